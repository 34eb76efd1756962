//! Tables of text: a header, then one row per line; types are those of all values of a column.

mod chunk;
mod header;
mod types;

#[cfg(test)]
mod tests;

use arrow::array::ArrayRef;
use arrow::compute::concat;

use super::Ask;
use super::cell::Cell;
use super::column::{Column, few_enough};
use super::error::{ImportError, Place, RowFault, stopped};
use super::input::Input;
use super::records::{Pieces, Record, bytes_in, bytes_of, scan};
use super::source::{Source, Work};
use super::table::{Decoded, Row, Table};
use chunk::Chunks;
use header::Header;
use semola_data::Watch;
use types::Seen;

/// CSV files with the same columns.
pub struct Csv<'a> {
    inputs: &'a [Input],
    chunks: Chunks,
    columns: Vec<Column>,
    warnings: Vec<String>,
}

/// Opens CSV files: the delimiter of each is told by its first lines, types by all values.
///
/// # Errors
/// If a file cannot be read, its first line is not a header, or names other columns than the first file's.
pub fn source<'a>(inputs: &'a [Input], ask: Ask) -> Result<Csv<'a>, ImportError> {
    let headers: Vec<Header> =
        inputs.iter().map(|input| Header::read(&input.path, ask.header)).collect::<Result<_, _>>()?;
    let names = headers.first().map_or(&[][..], |h| &h.names);
    for (input, header) in inputs.iter().zip(&headers) {
        if header.names != names {
            let what =
                format!("its columns are {}; those of the first file {}", header.names.join(", "), names.join(", "));
            return Err(RowFault::line(1, "row", what).into_error(&input.path));
        }
    }
    let named = headers.first().is_none_or(|h| h.named);
    let chunks = Chunks { delimiters: headers.iter().map(|h| h.delimiter).collect(), named };
    few_enough(names.len())?;
    let mut seen = vec![Seen::default(); names.len()];
    let look = |record: &Record| {
        let mut seen = vec![Seen::default(); names.len()];
        chunks.rows(record, names.len(), |line, row| {
            if let Ok(words) = row {
                seen.iter_mut().zip(words).for_each(|(seen, word)| seen.add(word, &record.path, line));
            }
        })?;
        Ok(seen)
    };
    scan(inputs, &chunks, ask, look, |more| {
        seen.iter_mut().zip(more).for_each(|(seen, more)| seen.merge(more));
    })?;
    let columns = names.iter().zip(&seen).map(|(name, seen)| seen.column(name)).collect();
    let warnings = names.iter().zip(&seen).filter_map(|(name, seen)| seen.warning(name)).collect();
    Ok(Csv { inputs, chunks, columns, warnings })
}

impl Source for Csv<'_> {
    type Piece = Vec<Record>;

    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn pieces(&self) -> Result<Work<'_, Vec<Record>>, ImportError> {
        Ok(Box::new(Pieces::new(self.inputs, &self.chunks, self.columns.len())))
    }

    fn decode(&self, piece: Vec<Record>) -> Result<Decoded, ImportError> {
        let mut table = Table::new(&self.columns);
        for record in &piece {
            let rows = self.chunks.rows(record, self.columns.len(), |line, row| {
                let cells = row.and_then(|words| self.cells(line, &words));
                let row = cells.map(|cells| Row { cells, missing: Vec::new() });
                table.push(&record.path, Place::Line(line), row);
            });
            if let Err(fault) = rows {
                table.push(&record.path, Place::Line(record.line), Err(fault));
            }
        }
        table.finish(piece.first().map_or(std::path::Path::new(""), |r| &r.path))
    }

    fn total(&self) -> u64 {
        bytes_of(self.inputs)
    }

    fn bytes(&self, piece: &Vec<Record>) -> u64 {
        bytes_in(piece)
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}

impl Csv<'_> {
    fn cells(&self, line: u64, words: &[&str]) -> Result<Vec<Cell>, RowFault> {
        let cell = |(word, column): (&&str, &Column)| {
            types::cell(word, column)
                .map_err(|what| RowFault::line(line, &column.name, format!("`{}`: {what}", column.name)))
        };
        words.iter().zip(&self.columns).map(cell).collect()
    }

    /// All rows in memory: for tables that are joined to others.
    ///
    /// # Errors
    /// If a file cannot be read, any row is invalid, or the watcher asks to stop.
    pub fn load(&self, watch: &dyn Watch) -> Result<(Vec<ArrayRef>, usize), ImportError> {
        let mut parts: Vec<Vec<ArrayRef>> = Vec::new();
        let mut rows = 0;
        for piece in self.pieces()? {
            stopped(watch)?;
            let decoded = self.decode(piece?)?;
            if let Some(found) = decoded.faults.into_iter().next() {
                return Err(found.fault.into_error(&found.path));
            }
            rows += decoded.rows;
            parts.push(decoded.arrays);
        }
        let failed = |e: arrow::error::ArrowError| {
            ImportError::file(self.inputs.first().map_or(std::path::Path::new(""), |i| &i.path), e.to_string())
        };
        let column = |c: usize| {
            let arrays: Vec<_> = parts.iter().filter_map(|part| part.get(c)).map(AsRef::as_ref).collect();
            concat(&arrays).map_err(failed)
        };
        Ok(((0..self.columns.len()).map(column).collect::<Result<_, _>>()?, rows))
    }

    /// The words of each column as they are written, of all rows, before they become numbers: for keys of joins.
    ///
    /// # Errors
    /// As [`Csv::load`].
    pub fn words(&self, watch: &dyn Watch) -> Result<Vec<Vec<String>>, ImportError> {
        let mut columns: Vec<Vec<String>> = vec![Vec::new(); self.columns.len()];
        for piece in self.pieces()? {
            stopped(watch)?;
            for record in piece? {
                let take = |_, row: Result<Vec<&str>, RowFault>| {
                    // A row that is invalid was refused by `load`.
                    for (column, word) in columns.iter_mut().zip(row.unwrap_or_default()) {
                        column.push(word.trim().to_owned());
                    }
                };
                self.chunks.rows(&record, self.columns.len(), take).map_err(|fault| fault.into_error(&record.path))?;
            }
        }
        Ok(columns)
    }
}
