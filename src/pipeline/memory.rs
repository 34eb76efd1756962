//! How much memory a plan takes, roughly.

use std::collections::BTreeMap;

use super::context::Context;
use super::print;
use super::stage::PlannedStage;
use super::stages::Plan;

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
        let mut walk = Walk { read: Some(0), peak: Some(0), training: Some(0), now: BTreeMap::new() };
        for stage in stages {
            stage.count_reading(&mut walk);
        }
        // All data sets are read before the first stage runs.
        let kept = if members > 1 { walk.read } else { Some(0) };
        let freed = walk.now.values().copied().max().flatten().unwrap_or(0);
        for stage in stages {
            stage.count_running(&mut walk);
        }
        // The allocator does not give back at once what decoding freed: measured on 60 000 images.
        let peak = walk
            .peak
            .zip(kept)
            .map(|(peak, kept)| peak.saturating_add(kept).saturating_add(freed).saturating_add(PROGRAM));
        Self { data: walk.total(), peak, training: walk.training }
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
        let Some(need) = stage.need() else { continue };
        let needed = need.bytes.map_or(0, |bytes| bytes.saturating_add(held));
        tell(&format!("stages[{number}].{}", stage.kind()), &need.what, needed, need.help);
    }
}

/// The data sets along the stages.
#[derive(Debug)]
pub struct Walk<'a> {
    /// Bytes of all data as it was read.
    read: Option<usize>,
    peak: Option<usize>,
    /// The largest training stage.
    training: Option<usize>,
    now: BTreeMap<&'a str, Option<usize>>,
}

/// What a stage needs beside the data sets.
#[derive(Debug, Clone)]
pub struct Need {
    /// The work, as it begins a sentence.
    pub what: String,
    /// `None` where it is not known.
    pub bytes: Option<usize>,
    /// What to do where it is too much.
    pub help: &'static str,
}

impl<'a> Walk<'a> {
    fn total(&self) -> Option<usize> {
        self.now.values().try_fold(0, |sum: usize, bytes| Some(sum.saturating_add((*bytes)?)))
    }

    /// A data set of so many bytes is read.
    pub fn read(&mut self, name: &'a str, bytes: Option<usize>) {
        let reading = self.read.zip(bytes).map(|(before, b)| before.saturating_add(b.saturating_mul(READING)));
        self.at_most(reading);
        self.read = self.read.zip(bytes).map(|(a, b)| a.saturating_add(b));
        self.now.insert(name, bytes);
    }

    /// All data sets together take so much for a while.
    pub fn at_most(&mut self, bytes: Option<usize>) {
        self.peak = self.peak.zip(bytes).map(|(a, b)| a.max(b));
    }

    /// Data sets give way to others.
    pub fn replace(&mut self, gone: &[String], new: impl Iterator<Item = (&'a str, Option<usize>)>) {
        for name in gone {
            self.now.remove(name.as_str());
        }
        self.now.extend(new);
    }

    /// A model is trained in so many bytes.
    pub fn train(&mut self, bytes: Option<usize>) {
        self.training = self.training.zip(bytes).map(|(a, b)| a.max(b));
    }
}
