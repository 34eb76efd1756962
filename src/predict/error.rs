//! Why nothing could be predicted.

use std::io;
use std::path::PathBuf;

use arrow::error::ArrowError;
use parquet::errors::ParquetError;
use semola_data::output::OutputError;
use semola_data::{Blame, Fault};

use crate::member::RunError;
use crate::model::ModelFileError;
use crate::prepare::PrepareError;
use crate::run::DeviceError;
use semola_data::DataError;
use semola_data::error::not_found;

/// Why prediction failed.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    #[error("{}", in_options(.0))]
    Data(DataError),
    #[error("{}: {}", .0.display(), not_found(.0, ""))]
    NotFound(PathBuf),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error(
        "field `{field}` of the new data, once prepared, is {found}, but the model was trained on {wanted}; give data like that"
    )]
    Form { field: String, found: String, wanted: String },
    /// The model gives no number for a row.
    #[error(
        "{place}: the prediction of {targets} is not finite: the inputs of this row are too large, or too far from the training data, for \
         32-bit numbers; mend the row, leave it out with `--where`, or drop such rows with `--on-invalid drop`"
    )]
    NotFinite { place: String, targets: String },
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// Not a run, or a damaged one.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The pipeline in a member's manifest cannot be used.
    #[error("{}: {why}; run with --fresh", member.display())]
    Manifest { member: PathBuf, why: String },
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Output(#[from] OutputError),
    /// New data is read piece by piece.
    #[error(
        "{place}: the expression `{expression}` uses {found}; new data is read piece by piece, so that its value would depend \
         on how the files are cut, and differ from that in training; {remedy}"
    )]
    NotRowWise { place: String, expression: String, found: &'static str, remedy: String },
    /// The request is impossible.
    #[error("{0}")]
    Usage(String),
    #[error("shards {missing} of {} are missing; run the command again without --merge", dir.display())]
    Incomplete { dir: PathBuf, missing: String },
    #[error("{}: this is no shard of this prediction (damaged, or from elsewhere); remove it, and the same command makes it again", path.display())]
    Shard { path: PathBuf },
    #[error("the scores of shards in {}: {reason}", dir.display())]
    Score { dir: PathBuf, reason: String },
    #[error("{}: cannot be written: {source}; check the free space and the permissions", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{}: cannot be encoded as Parquet: {source}", path.display())]
    Encode { path: PathBuf, source: ParquetError },
    #[error("the predictions do not form a table: {0}")]
    Table(#[from] ArrowError),
    #[error("stopped by a signal before the file was complete; run the command again")]
    Interrupted,
}

/// The message with the option of this command in place of the key of a pipeline.
fn in_options(error: &DataError) -> String {
    error
        .to_string()
        .replace("set `on_invalid: drop`", "use `--on-invalid drop`")
        .replace("`on_invalid: drop`", "`--on-invalid drop`")
}

impl PredictError {
    /// For `map_err`: a failed file system operation.
    pub(super) fn write(path: &std::path::Path) -> impl Fn(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path: path.clone(), source }
    }

    /// For `map_err`: a Parquet error.
    pub(super) fn encode(path: &std::path::Path) -> impl Fn(ParquetError) -> Self {
        let path = path.to_owned();
        move |source| Self::Encode { path: path.clone(), source }
    }
}

impl From<DataError> for PredictError {
    fn from(e: DataError) -> Self {
        match e {
            // Here, paths are not those of a pipeline file.
            DataError::NotFound(path) => Self::NotFound(path),
            other => Self::Data(other),
        }
    }
}

impl Fault for PredictError {
    fn blame(&self) -> Blame {
        match self {
            Self::Data(e) => e.blame(),
            Self::NotFound(_) | Self::Prepare(_) | Self::Form { .. } | Self::NotFinite { .. } | Self::Shard { .. } => {
                Blame::Data
            }
            Self::Usage(_) | Self::NotRowWise { .. } => Blame::Pipeline,
            Self::Model(e) => e.blame(),
            Self::Run(e) => e.blame(),
            Self::Device(e) => e.blame(),
            Self::Output(e) => e.blame(),
            Self::Interrupted => Blame::Interrupted,
            Self::Incomplete { .. }
            | Self::Write { .. }
            | Self::Encode { .. }
            | Self::Score { .. }
            | Self::Manifest { .. }
            | Self::Table(_) => Blame::Run,
        }
    }
}
