//! A rough estimate of the memory that a plan takes.

use super::list::PlannedStage;
use super::stages::Plan;
use semola_plan::{Context, Walk, bytes};

/// Estimated bytes; `None` if something is unknown before reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All data sets together, after preparation.
    pub data: Option<usize>,
    /// The peak of the process while data is read and prepared.
    pub peak: Option<usize>,
    /// The largest training stage: weights, gradients, moments, averages and the activations of one batch.
    pub training: Option<usize>,
}

/// The program itself with its threads, before reading anything, and what the allocator retains.
const PROGRAM: usize = 64_000_000;

impl Memory {
    /// The estimate for a plan.
    pub fn of(plan: &Plan) -> Self {
        Self::of_stages(&plan.stages, plan.members)
    }

    /// The estimate for stages whose data is kept as it was read for other members, if there are any.
    pub(super) fn of_stages(stages: &[PlannedStage], members: usize) -> Self {
        let mut walk = Walk::default();
        for stage in stages {
            stage.planned().count_reading(&mut walk);
        }
        // All data sets are read before the first stage runs.
        let kept = if members > 1 { walk.read } else { Some(0) };
        let freed = walk.largest();
        for stage in stages {
            stage.planned().count_running(&mut walk);
        }
        // The allocator does not give back at once what decoding freed: measured on 60 000 images.
        let peak = walk
            .peak
            .zip(kept)
            .map(|(peak, kept)| peak.saturating_add(kept).saturating_add(freed).saturating_add(PROGRAM));
        Self { data: walk.total(), peak, training: walk.training }
    }
}

/// Memory that no machine has, bytes: what needs more is a slip.
const ABSURD: usize = 1 << 44;

/// Finds stages that need more memory than there is. What is read has to fit, by a close estimate; that of training is an upper
/// bound, and only a warning where the pipeline does not say (`stated`) how much there is.
pub(super) fn check(context: &mut Context, stages: &[PlannedStage], members: usize, stated: bool) {
    let available = context.environment.memory.and_then(|m| usize::try_from(m).ok());
    let memory = Memory::of_stages(stages, members);
    let mut tell = |path: &str, what: &str, needed: usize, is_close: bool, help: &str| {
        let takes = format!("{what} takes about {} of memory", bytes(Some(needed)));
        if needed > ABSURD {
            context.diagnostics.push(path, format!("{takes}, more than any machine has"), Some(help.to_owned()));
            return;
        }
        let Some(available) = available.filter(|available| needed > *available) else { return };
        let available = bytes(Some(available));
        match (stated, is_close) {
            (true, _) => {
                let help = format!("{help}; or allow more with `memory`");
                context.diagnostics.push(path, format!("{takes}, and `memory` allows {available}"), Some(help));
            }
            (false, true) => {
                let help = format!("{help}; where it is known to fit, say so with `memory: {}`", whole(needed));
                context.diagnostics.push(path, format!("{takes}, and this machine has {available}"), Some(help));
            }
            (false, false) => {
                let message = format!("{takes}, and this machine has {available}");
                context.diagnostics.warn(path, message, Some(help.to_owned()));
            }
        }
    };
    let fewer = "read fewer rows (`limit`) or fields, or use a machine with more memory";
    tell("stages", "reading and preparing", memory.peak.unwrap_or(0), true, fewer);
    let held = memory.data.unwrap_or(0);
    for (number, stage) in stages.iter().enumerate() {
        let Some(need) = stage.planned().need() else { continue };
        let needed = need.bytes.map_or(0, |bytes| bytes.saturating_add(held));
        tell(&format!("stages[{number}].{}", stage.kind()), &need.what, needed, false, need.help);
    }
}

/// An amount for `memory`, rounded up to whole MB.
fn whole(bytes: usize) -> String {
    format!("{}MB", bytes.div_ceil(1_000_000))
}
