//! How much memory a plan takes, roughly.

use std::collections::BTreeMap;

use super::context::Context;
use super::print;
use super::stages::{Plan, PlannedRead, PlannedStage, PlannedTrain};
use crate::prepare::PlannedPrepare;
use crate::spec::types::Augment;

/// Estimated bytes; `None` where something is not known before reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All data sets together, as they are after their preparation.
    pub data: Option<usize>,
    /// The process at its largest while data is read and prepared.
    pub peak: Option<usize>,
    /// The largest training stage: weights, gradients, moments, averages and the activations of one batch.
    pub training: Option<usize>,
}

/// The program itself with its threads, before it has read anything, and what the allocator keeps.
const PROGRAM: usize = 64_000_000;

/// While a data set is read, its columns are there as they are decoded and as they are joined.
const READING: usize = 2;

impl Memory {
    /// The estimate for a plan.
    pub fn of(plan: &Plan) -> Self {
        Self::of_stages(&plan.stages, plan.members)
    }

    /// The estimate for stages whose data is kept as it was read for other members, if there are any.
    pub(super) fn of_stages(stages: &[PlannedStage], members: usize) -> Self {
        let mut walk = Walk { read: Some(0), peak: Some(0), now: BTreeMap::new() };
        let mut training = Some(0usize);
        for stage in stages {
            match stage {
                PlannedStage::Read(read) => walk.read(read),
                PlannedStage::Train(train) => training = training.zip(training_bytes(train)).map(|(a, b)| a.max(b)),
                _ => {}
            }
        }
        // All data sets are read before the first stage runs.
        let kept = if members > 1 { walk.read } else { Some(0) };
        for stage in stages {
            if let PlannedStage::Prepare(prepare) = stage {
                walk.prepare(prepare);
            }
        }
        // The allocator does not give back at once what decoding freed: measured on 60 000 images.
        let reads = stages.iter().map(|s| if let PlannedStage::Read(r) = s { r.data.bytes() } else { Some(0) });
        let freed = reads.max().flatten().unwrap_or(0);
        let peak = walk
            .peak
            .zip(kept)
            .map(|(peak, kept)| peak.saturating_add(kept).saturating_add(freed).saturating_add(PROGRAM));
        Self { data: walk.total(), peak, training }
    }
}

/// Warns of stages that need more memory than the machine has.
pub(super) fn warn(context: &mut Context, stages: &[PlannedStage], members: usize) {
    let Some(machine) = context.environment.memory.and_then(|m| usize::try_from(m).ok()) else { return };
    let memory = Memory::of_stages(stages, members);
    let mut tell = |path: &str, what: &str, needed: usize, help: &str| {
        if needed > machine {
            let (needed, has) = (print::bytes(Some(needed)), print::bytes(Some(machine)));
            let message = format!("{what} takes about {needed} of memory, and this machine has {has}");
            context.diagnostics.warn(path, message, Some(help.to_owned()));
        }
    };
    let fewer = "read fewer rows (`limit`) or fields, or use a machine with more memory";
    tell("stages", "reading and preparing", memory.peak.unwrap_or(0), fewer);
    let held = memory.data.unwrap_or(0);
    for (number, stage) in stages.iter().enumerate() {
        let PlannedStage::Train(train) = stage else { continue };
        let needed = training_bytes(train).map_or(0, |bytes| bytes.saturating_add(held));
        let what = format!("training '{}'", train.spec.name);
        let smaller = "make the `model` or the `batch` smaller, or use a machine with more memory";
        tell(&format!("stages[{number}].train"), &what, needed, smaller);
    }
}

/// The data sets along the stages.
struct Walk<'a> {
    /// Bytes of all data as it was read.
    read: Option<usize>,
    peak: Option<usize>,
    now: BTreeMap<&'a str, Option<usize>>,
}

impl<'a> Walk<'a> {
    fn total(&self) -> Option<usize> {
        self.now.values().try_fold(0, |sum: usize, bytes| Some(sum.saturating_add((*bytes)?)))
    }

    fn read(&mut self, read: &'a PlannedRead) {
        let bytes = read.data.bytes();
        let reading = self.read.zip(bytes).map(|(before, b)| before.saturating_add(b.saturating_mul(READING)));
        self.peak = self.peak.zip(reading).map(|(a, b)| a.max(b));
        self.read = self.read.zip(bytes).map(|(a, b)| a.saturating_add(b));
        self.now.insert(&read.spec.name, bytes);
    }

    fn prepare(&mut self, prepare: &'a PlannedPrepare) {
        self.peak = self.peak.zip(prepare.peak).map(|(a, b)| a.max(b));
        for name in prepare.spec.from.as_slice() {
            self.now.remove(name.as_str());
        }
        self.now.extend(prepare.produces.iter().map(|(name, data)| (name.as_str(), data.bytes())));
    }
}

/// Five numbers a weight (value, gradient, two moments, average); a learned augmentation has the networks of its audit
/// and runs a second, augmented batch.
fn training_bytes(train: &PlannedTrain) -> Option<usize> {
    let (networks, passes) = match &train.spec.augment {
        Augment::None | Augment::Known(_) | Augment::Augerino(_) | Augment::Liegan(_) => (1, 1),
        Augment::Learned(learned) => (learned.audit.networks.saturating_add(1), 2),
    };
    let weights = train.size.parameters?.saturating_mul(5 * 4).saturating_mul(networks);
    // Each activation with its gradient, before and after the non-linearity.
    let rows = train.spec.batch.min(train.rows.unwrap_or(usize::MAX));
    let batch = train.size.activations?.saturating_mul(rows).saturating_mul(4 * 4 * passes);
    Some(weights.saturating_add(batch))
}
