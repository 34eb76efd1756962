//! The stage `train`: its settings, and its entry in a plan.

use std::fmt;

use schemars::JsonSchema;
use semola_document::OneOrMany;
use serde::{Deserialize, Serialize};

use super::augment::{Augment, Effort};
use super::check;
use crate::stage::{Planned, StageKind};
use crate::stage::{StageError, World};
use semola_engine::nets::Model;
use semola_engine::ops::loss::Loss;
use semola_method::fit::{Optimizer, PlannedSpace, Schedule};
use semola_plan::{Certainty, Context, FieldShape, Keys, Need, Walk, grouped, rows_label};

/// Train one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Train {
    /// Name of the model that this stage produces.
    #[serde(rename = "as")]
    pub name: String,
    /// Take the settings that are not given here from another `train` stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// The data set.
    pub from: String,
    /// Held-out data: a data set's name, or a fraction of `from` (groups kept whole).
    #[serde(default)]
    pub validate: Validate,
    /// The fields to predict from.
    pub input: OneOrMany<String>,
    /// The fields to predict.
    pub target: OneOrMany<String>,
    /// Predict the change `target − input` instead of the target (one input field of the target's shape).
    #[serde(default)]
    pub residual: bool,
    /// What is made small.
    #[serde(default)]
    pub loss: Loss,
    /// The network.
    pub model: Model,
    /// Along which group, if any, rows are moved while training.
    #[serde(default)]
    pub augment: Augment,
    /// Passes over the training rows; with `learned`, those after discovery.
    pub epochs: usize,
    /// Rows of a training step.
    #[serde(default = "default_batch")]
    pub batch: usize,
    /// How the parameters are changed.
    #[serde(default)]
    pub optimizer: Optimizer,
    /// How the learning rate changes over the training.
    #[serde(default)]
    pub schedule: Schedule,
    /// Stop when the validation loss has not improved for this many epochs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// Decay of an exponential moving average of the weights; the average is what is evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ema: Option<f64>,
}

fn default_batch() -> usize {
    128
}

/// Held-out data for validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Validate {
    /// This part of the training data.
    Fraction(f64),
    /// This data set.
    Dataset(String),
}

impl Default for Validate {
    fn default() -> Self {
        Self::Fraction(0.1)
    }
}

/// A model to train.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTrain {
    pub spec: Train,
    /// Number of training rows, if known.
    pub rows: Option<usize>,
    pub certainty: Certainty,
    pub inputs: Vec<(String, FieldShape)>,
    pub targets: Vec<(String, FieldShape)>,
    /// Size of the network, as far as it is known before reading.
    pub size: NetworkSize,
    /// The search space of a learned augmentation.
    pub space: Option<PlannedSpace>,
}

/// How large a network is; `None` for what is unknown before reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NetworkSize {
    /// Number of input values.
    pub input: Option<usize>,
    /// Number of output values; for labels the number of classes.
    pub output: Option<usize>,
    /// Weights and biases.
    pub parameters: Option<usize>,
    /// Approximate number of activations per row between the layers.
    pub activations: Option<usize>,
}

impl StageKind for Train {
    type Planned = PlannedTrain;

    fn makes(&self) -> Vec<&str> {
        vec![&self.name]
    }

    fn resolve(&self, context: &mut Context<'_>) -> Option<PlannedTrain> {
        check::plan(context, self)
    }
}

impl fmt::Display for PlannedTrain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |fields: &[(String, FieldShape)]| {
            fields.iter().map(|(n, field)| format!("{n} {}", field.shape)).collect::<Vec<_>>().join(", ")
        };
        let spec = &self.spec;
        writeln!(f, "train {} on {} ({})", spec.name, spec.from, rows_label(self.rows, self.certainty))?;
        let residual = if spec.residual { " − input" } else { "" };
        writeln!(f, "    {} → {}{residual}", names(&self.inputs), names(&self.targets))?;
        let parameters = self
            .size
            .parameters
            .map_or_else(|| "parameters not known before reading".to_owned(), |p| format!("{} parameters", grouped(p)));
        let width = |w: Option<usize>, unknown: &str| w.map_or_else(|| unknown.to_owned(), |w| w.to_string());
        let unknown = if spec.loss == Loss::CrossEntropy { "classes" } else { "?" };
        let (input, output) = (width(self.size.input, "?"), width(self.size.output, unknown));
        writeln!(f, "    {}, {parameters}", spec.model.label(&input, &output))?;
        writeln!(f, "    augment: {}", spec.augment.method().label(self.space))?;
        let held_out = match &spec.validate {
            Validate::Fraction(fraction) => format!("{fraction} of {}", spec.from),
            Validate::Dataset(name) => name.clone(),
        };
        writeln!(f, "    {} epochs, batch {}, validated on {held_out}", spec.epochs, spec.batch)
    }
}

impl Planned for PlannedTrain {
    fn name(&self) -> Option<&str> {
        Some(&self.spec.name)
    }

    fn note_keys(&self, _: usize, _: &mut Keys) {}

    fn count_reading<'a>(&'a self, _: &mut Walk<'a>) {}

    fn count_running<'a>(&'a self, walk: &mut Walk<'a>) {
        walk.train(self.bytes());
    }

    fn need(&self) -> Option<Need> {
        Some(Need {
            what: format!("training '{}'", self.spec.name),
            bytes: self.bytes(),
            help: "make the `model` or the `batch` smaller, or use a machine with more memory",
        })
    }

    fn run(&self, world: &mut World<'_>, _: usize) -> Result<(), StageError> {
        super::stage::run(world, &self.spec)
    }
}

impl PlannedTrain {
    /// Bytes that training takes: five numbers per weight (value, gradient, two moments, average), as often as the
    /// augmentation has networks, and its passes per batch. `None` if the network is unknown.
    fn bytes(&self) -> Option<usize> {
        let Effort { networks, passes } = self.spec.augment.method().effort();
        let weights = self.size.parameters?.saturating_mul(5 * 4).saturating_mul(networks);
        // Each activation with its gradient, before and after the non-linearity.
        let rows = self.spec.batch.min(self.rows.unwrap_or(usize::MAX));
        let batch = self.size.activations?.saturating_mul(rows).saturating_mul(4 * 4 * passes);
        Some(weights.saturating_add(batch))
    }
}
