//! What a plan has to know about the world outside the file.

use std::collections::BTreeMap;

use semola_data::Blame;

use super::scope::Size;
use semola_data::check_action::RowShape;
use semola_data::settings::Read;

/// Looks into the files of a `read` stage.
type Probe<'a> = dyn Fn(&Read) -> Result<SourceShape, ProbeError> + 'a;

/// Whether a group of that name acts on R^k, with translations if `affine`; the error says why not.
type KnownGroup<'a> = dyn Fn(&str, usize, bool) -> Result<(), String> + 'a;

/// The questions that a plan asks.
pub struct Environment<'a> {
    /// Shapes, columns and rows of a data set, without reading its values.
    pub probe: &'a Probe<'a>,
    /// `known(name, k, affine)`.
    pub known: &'a KnownGroup<'a>,
    /// Bytes of memory of the machine, if the system reports it.
    pub memory: Option<u64>,
}

/// What the files' own schema says about a data set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceShape {
    /// Rows in the files before `where`, `limit` and `group_by`.
    pub rows: Option<usize>,
    /// All columns of the files and computed ones; empty if they are not known.
    pub columns: Vec<String>,
    /// The fields of the stage that can be read.
    pub fields: BTreeMap<String, ProbedField>,
    /// What is wrong with the others, and with other settings.
    pub errors: Vec<ProbeError>,
    /// What reading has shown, if it was read already.
    pub read: Option<ReadShape>,
}

/// What only reading shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadShape {
    pub rows: usize,
    pub groups: Option<usize>,
    /// How many classes each field of labels has.
    pub classes: BTreeMap<String, usize>,
    /// Rows by value of the columns that a `split` needs.
    pub values: BTreeMap<String, BTreeMap<String, usize>>,
}

/// What the files say about one field.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbedField {
    /// The shape of a row.
    pub shape: RowShape,
    /// The unit, from the pipeline or the column's metadata.
    pub unit: Option<String>,
    /// The number of classes of the labels, if known without reading.
    pub classes: Option<usize>,
    /// How much it holds.
    pub size: Size,
}

/// Why files cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeError {
    /// The setting of the `read` stage that the error is about: `path`, `fields.x.column`.
    pub at: String,
    pub message: String,
    pub help: Option<String>,
    pub blame: Blame,
}

impl ProbeError {
    /// The setting of a `read` stage that names a column: `fields.x.column`, `group`; `path` if none does.
    pub fn setting_of_column(read: &Read, column: &str) -> String {
        for (name, field) in &read.fields {
            let at = Self::setting_of_field(name);
            if let Some(i) = field.columns.as_ref().and_then(|all| all.iter().position(|c| c == column)) {
                return format!("{at}.columns[{i}]");
            }
            match &field.column {
                Some(own) if own == column => return format!("{at}.column"),
                None if name == column => return at,
                _ => {}
            }
        }
        let keys = [("group", &read.group), ("group_by", &read.group_by)];
        let key = keys.into_iter().find(|(_, own)| own.as_deref() == Some(column));
        key.map_or("path", |(setting, _)| setting).to_owned()
    }

    /// The settings of a field of a `read` stage: `fields.x`, quoted if the name needs it.
    pub fn setting_of_field(name: &str) -> String {
        semola_document::Path::default().key("fields").key(name).to_string()
    }
}
