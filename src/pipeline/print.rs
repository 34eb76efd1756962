//! A plan as text, for `semola-pipe check`.

use std::fmt;

use super::memory::Memory;
use super::stages::Plan;
use semola_plan::bytes;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seeds = self.pipeline.seed.as_slice().iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let hash: String = self.pipeline_hash.chars().take(12).collect();
        writeln!(f, "{}: {} stages, seed {seeds}, pipeline {hash}", self.pipeline.name, self.stages.len())?;
        for (number, stage) in self.stages.iter().enumerate() {
            write!(f, "\n[{number}] {}", stage.planned())?;
        }
        let memory = Memory::of(self);
        let (data, peak, training) = (bytes(memory.data), bytes(memory.peak), bytes(memory.training));
        writeln!(f, "\nmemory, estimated: data {data}, reading and preparing at most {peak}, training {training}")
    }
}
