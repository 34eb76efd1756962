//! Predictions to a Parquet file, chunk by chunk.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use tempfile::NamedTempFile;

use super::advance::Advance;
use super::input::add_counts;
use super::output::{batch, schema};
use super::score::Scoring;
use super::{Input, MODEL, PIECE, PredictError, Predictor};
use semola_data::Piece;
use semola_data::table::properties;

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    pub rows: u64,
    /// Rows that were left out, by column.
    pub dropped: BTreeMap<String, usize>,
}

impl Written {
    /// Adds the counts of another file.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        add_counts(&mut self.dropped, &other.dropped);
    }
}

/// Predicts for the rows of these row groups and writes them into `file`, which is to become `target`.
///
/// A row group, or [`PIECE`] rows of it, is read, prepared and predicted at a time, so that the numbers do not depend on
/// which other row groups go into the same file.
///
/// # Errors
/// If the data is wrong or the file cannot be written; if the watcher stops the work.
pub fn write_rows(
    input: &Input,
    predictor: &mut Predictor,
    groups: &[Range<u64>],
    (file, target): (&mut NamedTempFile, &Path),
    notes: &[(&str, String)],
    scoring: &mut Scoring,
    advance: &mut Advance,
) -> Result<Written, PredictError> {
    let refused = PredictError::encode(target);
    let model = predictor.model();
    let own = &model.identity;
    let identity = [
        ("run_id", own.run_id.clone()),
        ("pipeline_hash", own.pipeline_hash.clone()),
        ("data_hash", own.data_hash.clone()),
        ("code_version", own.code_version.clone()),
        ("seed", own.seed.to_string()),
        (MODEL, model.name.clone()),
    ];
    let metadata = identity.iter().chain(notes).map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()));
    let properties = properties()
        .map_err(&refused)?
        .set_key_value_metadata(Some(metadata.collect()))
        .set_max_row_group_row_count(Some(PIECE as usize))
        .build();
    let schema = schema(model, input.identifiers(&[])?)?;
    let mut writer = ArrowWriter::try_new(BufWriter::new(file), schema, Some(properties)).map_err(&refused)?;
    let mut written = Written::default();
    for piece in groups.iter().flat_map(|group| input.stream().pieces(group.clone(), PIECE)) {
        let read = piece.end - piece.start;
        let Piece { data, mut dropped } = input.piece(piece)?;
        if let Some(data) = data {
            match predictor.predict(&data)? {
                Some(predicted) => {
                    dropped.clone_from(&predicted.dropped);
                    written.rows += predicted.rows.len() as u64;
                    writer.write(&batch(model, &predicted, input.identifiers(&predicted.rows)?)?).map_err(&refused)?;
                    scoring.add(predicted);
                }
                None => *dropped.entry(model.task.targets.join(", ")).or_insert(0) += data.rows,
            }
        }
        add_counts(&mut written.dropped, &dropped);
        advance.more(read);
        if advance.stop() {
            return Err(PredictError::Interrupted);
        }
    }
    let mut sink = writer.into_inner().map_err(&refused)?;
    sink.flush().map_err(PredictError::write(target))?;
    Ok(written)
}
