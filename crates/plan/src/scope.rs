//! The data sets and models that exist at one point of a pipeline.

use std::collections::BTreeMap;

use semola_data::check_action::RowShape;
use semola_lie::action::Action;

/// Minimal number of rows to train on.
pub const LEAST_ROWS: usize = 2;

/// One field of a data set, as far as it is known before reading.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldShape {
    pub shape: RowShape,
    pub action: Action,
    /// The values are numbered class labels.
    pub labels: bool,
    /// The number of classes, if known.
    pub classes: Option<usize>,
    pub unit: Option<String>,
    /// The preparation steps that changed its values, by path, in order.
    pub changes: Vec<String>,
    pub size: Size,
}

/// How much a field holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Upper bound on the values of all rows together, if known.
    pub values: Option<usize>,
    /// Bytes of a value in memory.
    pub word: usize,
}

impl Size {
    /// Unknown size of a field in single precision.
    pub const UNKNOWN: Self = Self { values: None, word: 4 };

    /// A part of the rows.
    #[must_use]
    pub fn part(self, fraction: f64) -> Self {
        Self { values: self.values.map(|n| (n as f64 * fraction.clamp(0.0, 1.0)).ceil() as usize), ..self }
    }
}

impl FieldShape {
    /// Whether translations move it.
    pub fn is_translated(&self) -> bool {
        matches!(self.action, Action::Points { .. } | Action::Pixels(_))
    }

    /// Whether rows differ in length.
    pub fn is_ragged(&self) -> bool {
        matches!(self.shape, RowShape::Ragged(_))
    }

    /// Values of a row; `None` if rows differ.
    pub fn width(&self) -> Option<usize> {
        self.shape.width()
    }

    /// Upper bound on the bytes in memory for this many rows.
    pub fn bytes(&self, rows: Option<usize>) -> Option<usize> {
        let exact = rows.zip(self.width()).map(|(rows, width)| rows.saturating_mul(width));
        let offsets = if self.is_ragged() { rows.unwrap_or(0).saturating_mul(size_of::<usize>()) } else { 0 };
        let values = exact.or(self.size.values)?;
        Some(values.saturating_mul(self.size.word).saturating_add(offsets))
    }

    /// Blocks of the action in a row (points, vectors); `None` if rows differ.
    pub fn blocks(&self) -> Option<usize> {
        Some(self.width()? / self.action.block_len().max(1))
    }

    /// Whether shape and action are those wanted. Rows with a fixed number of points also match a varying number of
    /// points.
    pub fn matches(&self, wanted: &Self) -> bool {
        let equally_many = || {
            let point = self.shape.axes().split_first().map(|(_, point)| point);
            wanted.is_ragged() && !self.is_ragged() && point == Some(wanted.shape.axes())
        };
        let shape = self.shape == wanted.shape || equally_many();
        shape && self.action == wanted.action && self.labels == wanted.labels
    }
}

/// How certain a number of rows is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Certainty {
    #[default]
    Exact,
    /// Whole groups of unknown sizes were dealt out.
    About,
    /// Rows may be left out: by `where`, or because they turn out to be invalid.
    AtMost,
}

/// What is known of a data set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DataShape {
    /// Number of rows, if known.
    pub rows: Option<usize>,
    pub certainty: Certainty,
    /// Rows in the files that it comes from.
    pub file_rows: Option<usize>,
    /// Whether rows belong to groups that are kept together.
    pub grouped: bool,
    /// The number of groups, once it was read and as long as none was removed.
    pub groups: Option<usize>,
    /// The values of the columns that a `split` needs, once it was read, each with its number of rows as long as none
    /// was removed.
    pub values: BTreeMap<String, BTreeMap<String, Option<usize>>>,
    /// Steps leave out rows that they cannot use (`on_invalid: drop`).
    pub drops: bool,
    /// The fields; `None` for one that exists but is not known because of an error already reported.
    pub fields: BTreeMap<String, Option<FieldShape>>,
    /// Columns of the source files and computed ones; empty if not known.
    pub columns: Vec<String>,
    /// Number of the `read` stage that it comes from.
    pub read: usize,
}

impl DataShape {
    /// Bytes in memory, at most, with the numbers of the rows and groups.
    pub fn bytes(&self) -> Option<usize> {
        let fields = self.fields.values().map(|f| f.as_ref()?.bytes(self.rows));
        let fields = fields.collect::<Option<Vec<usize>>>()?.into_iter().fold(0, usize::saturating_add);
        Some(fields.saturating_add(self.rows.unwrap_or(0).saturating_mul(8 + 4)))
    }

    /// Keeps a part of the rows: this many, if known.
    pub fn keep(&mut self, fraction: f64, rows: Option<usize>, certainty: Certainty) {
        self.rows = rows;
        self.fields.values_mut().flatten().for_each(|f| f.size = f.size.part(fraction));
        self.loses_rows(certainty);
    }

    /// Some rows may be gone: what was known of single rows no longer is.
    pub fn loses_rows(&mut self, certainty: Certainty) {
        self.certainty = certainty;
        self.groups = None;
        self.values.values_mut().flat_map(BTreeMap::values_mut).for_each(|rows| *rows = None);
    }

    /// The number of rows, or an upper bound on it.
    pub fn most_rows(&self) -> Option<usize> {
        self.rows.filter(|_| self.certainty != Certainty::About)
    }
}

/// Inputs and targets of a model, with the names of their fields.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelShape {
    pub inputs: Vec<(String, FieldShape)>,
    pub targets: Vec<(String, FieldShape)>,
    /// Equal blocks of a row, which may be exchanged; `None` where that is not known.
    pub blocks: Option<usize>,
}

/// What exists at one point.
#[derive(Debug, Default)]
pub struct Scope {
    pub data: BTreeMap<String, DataShape>,
    /// `None` for a model that is not known because of an error already reported.
    pub models: BTreeMap<String, Option<ModelShape>>,
    /// A data set that was split by the values of a column: the names of its parts are only in the data.
    pub split_by_values: Option<DataShape>,
    /// Names of data sets that were split, with their parts.
    pub gone: BTreeMap<String, Vec<String>>,
    /// All names that the pipeline makes anywhere, with the number of the stage.
    pub makers: BTreeMap<String, usize>,
}
