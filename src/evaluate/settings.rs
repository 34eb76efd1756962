//! `evaluate`: its settings, and whether the data sets have what the models need.

use std::fmt;

use schemars::JsonSchema;
use semola_document::OneOrMany;
use serde::{Deserialize, Serialize};

use super::shifts::{self, Shift};
use crate::stage::{Planned, StageKind};
use crate::stage::{StageError, World};
use semola_plan::{Certainty, Context, DataShape, Keys, ModelShape, Need, Walk, check_same, each, rows_label};

/// Measure models in and out of distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluate {
    /// The models to measure.
    pub models: OneOrMany<String>,
    /// The data sets.
    pub on: OneOrMany<String>,
    /// Stated changes of the distribution; the unchanged data is always measured too.
    #[serde(default)]
    pub shifts: Vec<Shift>,
    /// Bootstrap resamples for the confidence intervals (whole groups where the data set has them).
    #[serde(default = "default_bootstrap")]
    pub bootstrap: usize,
    /// Write the `predictions` table (for at most `max_predictions` rows a data set and shift).
    #[serde(default = "default_true")]
    pub predictions: bool,
    /// At most this many predictions of each model and shift go into the table.
    #[serde(default = "default_max_predictions")]
    pub max_predictions: usize,
}

fn default_bootstrap() -> usize {
    500
}
fn default_true() -> bool {
    true
}
fn default_max_predictions() -> usize {
    1000
}

/// Models to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedEvaluate {
    pub spec: Evaluate,
    /// The data sets with their numbers of rows, if known.
    pub on: Vec<(String, Option<usize>, Certainty)>,
}

/// Checks the stage and returns what it will measure.
fn plan(context: &mut Context<'_>, spec: &Evaluate) -> PlannedEvaluate {
    context.distinct(&spec.models, "models");
    context.distinct(&spec.on, "on");
    context.within(spec.bootstrap, "bootstrap", 1_000_000);
    let mut models: Vec<(String, ModelShape)> = Vec::new();
    for (below, name) in each("models", &spec.models) {
        if let Some(model) = context.model(name, &below) {
            models.push((name.clone(), model));
        }
    }
    let mut sets: Vec<(String, DataShape)> = Vec::new();
    for (below, name) in each("on", &spec.on) {
        let Some(data) = context.data(name, &below) else {
            continue;
        };
        for (model_name, model) in &models {
            let fields: Vec<_> = model.inputs.iter().chain(&model.targets).collect();
            if !check_same(context, &data, name, &fields, model_name, &below) {
                break;
            }
        }
        if data.most_rows() == Some(0) {
            let path = context.path(&below);
            context.diagnostics.push_data(&path, format!("data set '{name}' has no rows to evaluate on"), None);
        }
        sets.push((name.clone(), data));
    }
    shifts::check(context, &spec.shifts, &models, &sets);
    let on = sets.into_iter().map(|(name, data)| (name, data.rows, data.certainty)).collect();
    PlannedEvaluate { spec: spec.clone(), on }
}

impl fmt::Display for PlannedEvaluate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "evaluate {}", self.spec.models.as_slice().join(", "))?;
        for (name, count, certainty) in &self.on {
            writeln!(f, "    on {name}: {}", rows_label(*count, *certainty))?;
        }
        let shifts: Vec<String> = self.spec.shifts.iter().map(|shift| shift.kind().label()).collect();
        let shifts = if shifts.is_empty() { "none".to_owned() } else { shifts.join("; ") };
        writeln!(f, "    shifts: {shifts}; {} bootstrap resamples", self.spec.bootstrap)
    }
}

impl StageKind for Evaluate {
    type Planned = PlannedEvaluate;

    fn makes(&self) -> Vec<&str> {
        Vec::new()
    }

    fn resolve(&self, context: &mut Context<'_>) -> Option<PlannedEvaluate> {
        Some(plan(context, self))
    }
}

impl Planned for PlannedEvaluate {
    fn name(&self) -> Option<&str> {
        None
    }

    fn note_keys(&self, _: usize, _: &mut Keys) {}

    fn count_reading<'a>(&'a self, _: &mut Walk<'a>) {}

    fn count_running<'a>(&'a self, _: &mut Walk<'a>) {}

    fn need(&self) -> Option<Need> {
        None
    }

    fn run(&self, world: &mut World<'_>, number: usize) -> Result<(), StageError> {
        super::stage::run(world, &self.spec, number)
    }
}
