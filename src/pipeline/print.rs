//! A plan as text, for `semola-pipe check`.

use std::fmt;

use super::memory::Memory;
use super::scope::Certainty;
use super::stages::Plan;
use semola_lie::action::Action;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seeds = self.pipeline.seed.as_slice().iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let hash: String = self.pipeline_hash.chars().take(12).collect();
        writeln!(f, "{}: {} stages, seed {seeds}, pipeline {hash}", self.pipeline.name, self.stages.len())?;
        for (number, stage) in self.stages.iter().enumerate() {
            write!(f, "\n[{number}] {stage}")?;
        }
        let memory = Memory::of(self);
        let (data, peak, training) = (bytes(memory.data), bytes(memory.peak), bytes(memory.training));
        writeln!(f, "\nmemory, estimated: data {data}, reading and preparing at most {peak}, training {training}")
    }
}

/// `vector of 3`, `scalar`.
pub fn action_label(action: Action) -> String {
    match action {
        Action::Scalar => "scalar".to_owned(),
        Action::Vector { dim } => format!("vector of {dim}"),
        Action::Points { dim } => format!("points in R^{dim}"),
        Action::Covector { dim } => format!("covector of {dim}"),
        Action::Tensor { dim } => format!("tensor {dim}×{dim}"),
        Action::Pixels(image) => format!("pixels {}×{}×{}", image.height, image.width, image.channels),
    }
}

/// `about 1 200 rows`.
pub fn rows_label(rows: Option<usize>, certainty: Certainty) -> String {
    let worth = match certainty {
        Certainty::Exact => "",
        Certainty::About => "about ",
        Certainty::AtMost => "at most ",
    };
    rows.map_or_else(|| "rows not known before reading".to_owned(), |n| format!("{worth}{} rows", grouped(n)))
}

/// 1234567 as `1 234 567`.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(c);
    }
    text
}

pub(super) fn bytes(bytes: Option<usize>) -> String {
    let Some(bytes) = bytes else {
        return "not known before reading".to_owned();
    };
    let steps = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    match steps.into_iter().find(|(size, _)| bytes as f64 >= *size) {
        Some((size, unit)) => format!("{:.1} {unit}", bytes as f64 / size),
        None => format!("{bytes} B"),
    }
}
