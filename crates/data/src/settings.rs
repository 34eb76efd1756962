//! The settings of a data set: which files, which columns, and how a group element acts on them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use semola_document::{OneOrMany, is_default};
use serde::{Deserialize, Serialize};

/// Read a data set from Parquet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Name of the data set that this stage produces.
    #[serde(rename = "as")]
    pub name: String,
    /// File, glob, hive-partitioned directory, or a list of these; relative to the pipeline file. Parquet, or a format that
    /// `import` reads.
    pub path: OneOrMany<PathBuf>,
    /// Take the settings that are not given here from another `read` stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// The fields of the data set, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldSpec>,
    /// Keep the rows for which this SQL expression over scalar columns holds, such as `step < 10 AND split = 'a'`.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Computed scalar columns, by name: SQL expressions over scalar columns, usable as `column:` of a field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub select: BTreeMap<String, String>,
    /// Rows of this column belong together (a trajectory, a molecule); splits and bootstraps keep them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The file has one row a point: collect the rows with equal value of this column into one example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_by: Option<String>,
    /// At most this many rows, the first ones after `where`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// What to do with rows that hold nulls, NaN, infinities or the wrong length.
    #[serde(default)]
    pub on_invalid: OnInvalid,
    /// How files are read that are not Parquet (CSV, NumPy, XYZ, …).
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = {}))]
    pub import: Import,
    /// What to do where a column says that points lie in a periodic cell.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = "error"))]
    pub cell: Cell,
    /// Where pictures may lie that a row names by a `path` in place of bytes.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = "beside"))]
    pub pictures: PicturePaths,
}

/// How files are read that are not Parquet; of Parquet files it says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The format of the files (default: told by their names, else by their first bytes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FormatName>,
    /// Whether the first row of a CSV file names the columns (default: told by what is in it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
}

/// A format that is read besides Parquet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormatName {
    /// Images and labels of the MNIST family.
    Idx,
    /// A NumPy array.
    Npy,
    /// An archive of NumPy arrays.
    Npz,
    /// Extended XYZ, as ASE writes it.
    Extxyz,
    /// XYZ: plain, QM9's, or extended.
    Xyz,
    /// MDL structure files.
    Sdf,
    /// Meshes and clouds in the object file format.
    Off,
    /// Meshes and clouds in the polygon file format.
    Ply,
    /// Tables of text.
    Csv,
    /// The hierarchical data format (programs built with the feature `hdf5`).
    Hdf5,
}

/// Which files a row may name as its picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PicturePaths {
    /// Those in the directory of the Parquet file and below.
    #[default]
    Beside,
    /// Any: the data is trusted.
    Anywhere,
}

/// What to do with an invalid row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnInvalid {
    /// Stop, naming file, column and row.
    #[default]
    Error,
    /// Leave the row out and count it.
    Drop,
}

/// What to do with a periodic cell (a column `cell` or `lattice`, or a true value in `pbc`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Stop: periodic cells are not supported.
    #[default]
    Error,
    /// The cell plays no part: go on as if it were not there.
    Ignore,
}

/// One field: which columns it comes from and how a group element acts on it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// The column (default: the field's own name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Several scalar columns that together are the field, in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// How a group element acts on the field.
    #[serde(default)]
    pub action: ActionName,
    /// The k of GL(k): the length of one vector, point, covector, pseudovector, or the side of one tensor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dim: Option<usize>,
    /// Shape of one row, where the column is flat and has no shape metadata (an image: `[28, 28, 1]`). Encoded pictures:
    /// the size that all of them have, and 1 or 3 channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<usize>>,
    /// Encoded pictures (PNG, JPEG) only: resize them to this height and width while they are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// `pixels` only: what lies beyond the edge of the image.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = "zero"))]
    pub border: Border,
    /// Integer or string values are class labels: they are numbered in sorted order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub labels: bool,
    /// Unit of the values. If the column says another one in its metadata, that is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// Name of an action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionName {
    /// Not at all.
    #[default]
    Scalar,
    /// Block by block on R^{m·k}; translations do not act (velocities, forces, momenta).
    Vector,
    /// Block by block on N×k rows; translations act (positions).
    Points,
    /// By the inverse transpose.
    Covector,
    /// One number each, times det g: of rotations unchanged, of mirrors with the other sign (chirality, a triple product).
    Pseudoscalar,
    /// As vectors, times det g (angular momenta, magnetic fields).
    Pseudovector,
    /// g M gᵀ on k×k blocks.
    Tensor,
    /// An image (rows from top to bottom, channels last) is warped about its centre: k = 2.
    Pixels,
    /// Open: the pipeline is run once as each of scalar, vector, covector, pseudovector and tensor that fit (of single numbers:
    /// scalar and pseudoscalar).
    Auto,
}

/// What lies beyond the edge of an image that is warped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Border {
    /// Zeros.
    #[default]
    Zero,
    /// The nearest pixel of the edge.
    Edge,
}
