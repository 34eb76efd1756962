//! A plan as text, for `semola-pipe check`.

use std::fmt;

use super::memory::Memory;
use super::network;
use super::scope::{Certainty, DataShape, FieldShape};
use super::stages::{Plan, PlannedPrepare, PlannedRead, PlannedStage, PlannedTrain};
use crate::lie::action::Action;
use crate::spec::types::{Augment, Known, Loss, Validate};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seeds = self.pipeline.seed.as_slice().iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let hash: String = self.pipeline_hash.chars().take(12).collect();
        writeln!(f, "{}: {} stages, seed {seeds}, pipeline {hash}", self.pipeline.name, self.stages.len())?;
        for (number, stage) in self.stages.iter().enumerate() {
            write!(f, "\n[{number}] ")?;
            match stage {
                PlannedStage::Read(read) => show_read(f, read)?,
                PlannedStage::Prepare(prepare) => show_prepare(f, prepare)?,
                PlannedStage::Train(train) => show_train(f, train)?,
                PlannedStage::Evaluate(evaluate) => write!(f, "{evaluate}")?,
            }
        }
        let memory = Memory::of(self);
        let (data, peak, training) = (bytes(memory.data), bytes(memory.peak), bytes(memory.training));
        writeln!(f, "\nmemory, estimated: data {data}, reading and preparing at most {peak}, training {training}")
    }
}

fn show_read(f: &mut fmt::Formatter<'_>, read: &PlannedRead) -> fmt::Result {
    let paths: Vec<String> = read.spec.path.as_slice().iter().map(|p| p.display().to_string()).collect();
    writeln!(f, "read {}: {} from {}", read.spec.name, rows_of(&read.data), paths.join(", "))?;
    if let Some(filter) = &read.spec.filter {
        writeln!(f, "    where {filter}")?;
    }
    for (name, field) in &read.data.fields {
        writeln!(f, "    {name}: {}", field.as_ref().map_or_else(|| "not known".to_owned(), field_label))?;
    }
    Ok(())
}

fn show_prepare(f: &mut fmt::Formatter<'_>, prepare: &PlannedPrepare) -> fmt::Result {
    writeln!(f, "prepare {}", prepare.spec.from.as_slice().join(", "))?;
    for step in &prepare.spec.steps {
        writeln!(f, "    {}", super::steps::label(step))?;
    }
    for (name, data) in &prepare.produces {
        writeln!(f, "    → {name}: {}, {}", rows_of(data), field_names(data))?;
    }
    Ok(())
}

fn show_train(f: &mut fmt::Formatter<'_>, train: &PlannedTrain) -> fmt::Result {
    let names = |fields: &[(String, FieldShape)]| {
        fields.iter().map(|(n, field)| format!("{n} {}", field.shape)).collect::<Vec<_>>().join(", ")
    };
    let spec = &train.spec;
    writeln!(f, "train {} on {} ({})", spec.name, spec.from, rows_label(train.rows, train.certainty))?;
    let residual = if spec.residual { " − input" } else { "" };
    writeln!(f, "    {} → {}{residual}", names(&train.inputs), names(&train.targets))?;
    let parameters = train
        .size
        .parameters
        .map_or_else(|| "parameters not known before reading".to_owned(), |p| format!("{} parameters", grouped(p)));
    let width = |w: Option<usize>, unknown: &str| w.map_or_else(|| unknown.to_owned(), |w| w.to_string());
    let unknown = if spec.loss == Loss::CrossEntropy { "classes" } else { "?" };
    let (input, output) = (width(train.size.input, "?"), width(train.size.output, unknown));
    writeln!(f, "    {}, {parameters}", network::label(&spec.model, &input, &output))?;
    writeln!(f, "    augment: {}", augment_label(train))?;
    let held_out = match &spec.validate {
        Validate::Fraction(fraction) => format!("{fraction} of {}", spec.from),
        Validate::Dataset(name) => name.clone(),
    };
    writeln!(f, "    {} epochs, batch {}, validated on {held_out}", spec.epochs, spec.batch)
}

fn augment_label(train: &PlannedTrain) -> String {
    let space = train.space.map(|s| {
        let kind = if s.affine { "affine" } else { "linear" };
        format!("{} generators in a space of {} dimensions ({kind} maps of R^{})", s.generators, s.dimension, s.side)
    });
    match &train.spec.augment {
        Augment::None => "none".to_owned(),
        Augment::Known(Known::Name(name)) => format!("known, {name}"),
        Augment::Known(Known::Detailed(group)) => format!("known, {}, extent {}", group.group, group.extent),
        Augment::Learned(_) => format!("learned, {}", space.unwrap_or_default()),
        Augment::Augerino(_) => format!("augerino, {}", space.unwrap_or_default()),
        Augment::Liegan(_) => format!("liegan, {}", space.unwrap_or_default()),
    }
}

fn field_names(data: &DataShape) -> String {
    let show = |(name, field): (&String, &Option<FieldShape>)| match field {
        Some(field) => format!("{name} {}", field.shape),
        None => name.clone(),
    };
    data.fields.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn field_label(field: &FieldShape) -> String {
    let mut text = field.shape.to_string();
    match (field.labels, field.classes) {
        (true, Some(classes)) => text += &format!(", {classes} classes"),
        (true, None) => text += ", class labels",
        _ => text += &format!(", {}", action_label(field.action)),
    }
    if let Some(unit) = &field.unit {
        text += &format!(", {unit}");
    }
    text
}

/// `vector of 3`, `scalar`.
pub(super) fn action_label(action: Action) -> String {
    match action {
        Action::Scalar => "scalar".to_owned(),
        Action::Vector { dim } => format!("vector of {dim}"),
        Action::Points { dim } => format!("points in R^{dim}"),
        Action::Covector { dim } => format!("covector of {dim}"),
        Action::Tensor { dim } => format!("tensor {dim}×{dim}"),
        Action::Pixels(image) => format!("pixels {}×{}×{}", image.height, image.width, image.channels),
    }
}

fn rows_of(data: &DataShape) -> String {
    rows_label(data.rows, data.certainty)
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
pub(super) fn grouped(n: usize) -> String {
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
