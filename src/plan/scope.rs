//! The data sets and models that exist at one point of a pipeline.

use std::collections::BTreeMap;

use crate::data::check_action::RowShape;
use crate::lie::action::Action;

/// One field of a data set, as far as it is known before reading.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldShape {
    pub shape: RowShape,
    pub action: Action,
    /// The values are numbered class labels.
    pub labels: bool,
    /// How many classes there are, where that is known.
    pub classes: Option<usize>,
    pub unit: Option<String>,
    /// The preparation steps that changed its values, by path, in order.
    pub changes: Vec<String>,
}

impl FieldShape {
    /// Whether translations move it.
    pub fn is_points(&self) -> bool {
        matches!(self.action, Action::Points { .. })
    }

    /// Whether rows differ in length.
    pub fn is_ragged(&self) -> bool {
        matches!(self.shape, RowShape::Ragged(_))
    }

    /// Values of a row; `None` where rows differ.
    pub fn width(&self) -> Option<usize> {
        self.shape.width()
    }

    /// Blocks of the action in a row (points, vectors); `None` where rows differ.
    pub fn blocks(&self) -> Option<usize> {
        Some(self.width()? / self.action.block_len().max(1))
    }

    /// Shape and action are the same.
    pub fn matches(&self, other: &Self) -> bool {
        self.shape == other.shape && self.action == other.action && self.labels == other.labels
    }
}

/// A data set, as far as it is known before reading.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DataShape {
    /// Rows, where they are known: an upper bound under `where`.
    pub rows: Option<usize>,
    /// Whether rows belong to groups that are kept together.
    pub grouped: bool,
    /// The fields; `None` for one that exists but is not known because of an error already told.
    pub fields: BTreeMap<String, Option<FieldShape>>,
    /// Columns of the source files and computed ones; empty if not known.
    pub columns: Vec<String>,
    /// Number of the `read` stage that it comes from.
    pub read: usize,
}

/// Inputs and targets of a model, with the names of their fields.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelShape {
    pub inputs: Vec<(String, FieldShape)>,
    pub targets: Vec<(String, FieldShape)>,
}

/// What exists at one point.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub data: BTreeMap<String, DataShape>,
    /// `None` for a model that is not known because of an error already told.
    pub models: BTreeMap<String, Option<ModelShape>>,
    /// A data set that was split by the values of a column: its parts have names that are only in the data.
    pub split_by_values: Option<DataShape>,
    /// Names of data sets that were split, with their parts.
    pub gone: BTreeMap<String, Vec<String>>,
    /// All names that the pipeline makes anywhere, with the number of the stage.
    pub makers: BTreeMap<String, usize>,
}
