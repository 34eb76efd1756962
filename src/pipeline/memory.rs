//! A rough estimate of the memory that a plan takes.

use std::path::PathBuf;

use super::list::PlannedStage;
use super::stages::Plan;
use crate::member::{machine_memory, scratch};
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

/// With less memory than this, bytes, nothing can be kept in a file: the program, its networks and what it works on need as much.
const LEAST: usize = 200_000_000;
/// Disk for data in a file, of the estimated memory: what is freed in between is given back a little later.
const DISK: f64 = 1.5;

/// The data of a plan does not fit in memory and is kept in a file: the memory that may be used, bytes, and a folder for the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDisk {
    pub limit: u64,
    pub folder: PathBuf,
}

impl OnDisk {
    /// Of a plan on this machine; `None` if its data fits, or if there is no room for it on disk either.
    pub fn of(plan: &Plan) -> Option<Self> {
        let own = plan.pipeline.memory.as_ref().and_then(|amount| amount.bytes().ok());
        let limit = own.or_else(machine_memory)?;
        let folder = folder(Memory::of(plan).peak?, usize::try_from(limit).ok()?)?;
        Some(Self { limit, folder })
    }
}

/// A folder with room for data that needs so much memory, where so much is available; `None` if it fits, or there is no room.
fn folder(needed: usize, available: usize) -> Option<PathBuf> {
    let is_possible = needed > available && available >= LEAST && needed <= ABSURD;
    if is_possible { scratch((DISK * needed as f64) as u64) } else { None }
}

/// Memory that no machine has, bytes: what needs more is a slip.
const ABSURD: usize = 1 << 44;

/// Finds stages that need more memory than there is. What is read has to fit, by a close estimate, in memory or else on disk; that of
/// training is an upper bound, and only a warning where the pipeline does not say (`stated`) how much there is.
pub(super) fn check(context: &mut Context, stages: &[PlannedStage], members: usize, stated: bool) {
    let memory = Memory::of_stages(stages, members);
    let available = context.environment.memory.and_then(|m| usize::try_from(m).ok());
    let tell = |context: &mut Context, path: &str, what: &str, needed: usize, is_close: bool, help: &str| {
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
    let needed = memory.peak.unwrap_or(0);
    let on_disk = available.and_then(|available| folder(needed, available));
    match &on_disk {
        None => tell(context, "stages", "reading and preparing", needed, true, fewer),
        Some(folder) => {
            let message = format!(
                "reading and preparing takes about {} of memory, and there are {}: what does not fit lies in a temporary file in {}",
                bytes(Some(needed)),
                bytes(available),
                folder.display()
            );
            let help = "it is slower than memory where the data is read from disk again; `TMPDIR` names another folder";
            context.diagnostics.warn("stages", message, Some(help.to_owned()));
        }
    }
    let held = if on_disk.is_some() { 0 } else { memory.data.unwrap_or(0) };
    for (number, stage) in stages.iter().enumerate() {
        let Some(need) = stage.planned().need() else { continue };
        let needed = need.bytes.map_or(0, |bytes| bytes.saturating_add(held));
        tell(context, &format!("stages[{number}].{}", stage.kind()), &need.what, needed, false, need.help);
    }
}

/// An amount for `memory`, rounded up to whole MB.
fn whole(bytes: usize) -> String {
    format!("{}MB", bytes.div_ceil(1_000_000))
}
