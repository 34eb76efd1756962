//! SDF files: one molecule a record, its data items as columns, and a CSV file of properties beside it.
//!
//! Records are parsed by the crate sdfrust (V2000 and V3000, fixed columns, charges of `M  CHG`). Cutting files into
//! records and reading data items is done here: the crate keeps no line numbers across records, forgets the order of
//! the items, and accepts a truncated record as complete.

mod items;
mod join;
mod molecule;
mod record;

#[cfg(test)]
mod tests;

use std::path::Path;

use super::Ask;
use super::cell::Cell;
use super::column::{Column, free_name};
use super::error::{ImportError, Place, RowFault};
use super::format::Format;
use super::infer::Seen;
use super::input::Input;
use super::records::{Pieces, Record, bytes_in, bytes_of, scan};
use super::source::{Source, Work};
use super::table::{Decoded, Row, Table};
use items::{Item, items};
use join::Properties;
use record::Records;

/// SDF files, with properties beside them.
pub struct Sdf {
    inputs: Vec<Input>,
    columns: Vec<Column>,
    /// The columns that are data items: the name of the item.
    items: Vec<String>,
    properties: Option<Properties>,
}

/// Opens SDF files, and CSV files among them as properties of the molecules.
///
/// # Errors
/// If a file cannot be read, or the properties cannot be joined to the molecules.
pub fn source(inputs: &[Input], ask: Ask) -> Result<Sdf, ImportError> {
    let is_table = |input: &&Input| matches!(Format::of(&input.path), Ok(Format::Csv));
    let (tables, inputs): (Vec<Input>, Vec<Input>) = inputs.iter().cloned().partition(|input| is_table(&input));
    if inputs.is_empty() {
        return Err(ImportError::Usage("no SDF file is given, only CSV; import it as `csv`".to_owned()));
    }
    let mut seen: Vec<(String, Seen)> = Vec::new();
    let (mut first, mut valid, mut records) = (None, 0, 0);
    // Invalid records count too: properties are joined by the number of the record.
    let look = |record: &Record| Ok((record.index, look(record)));
    scan(&inputs, &Records, ask, look, |(index, outcome)| {
        records = index + 1;
        if let Ok((title, items)) = outcome {
            first.get_or_insert(title);
            valid += 1;
            items.into_iter().for_each(|(name, one)| match seen.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => known.merge(&one),
                None => seen.push((name, one)),
            });
        }
    })?;
    let mut columns = molecule::columns();
    for (name, seen) in &seen {
        let taken = |name: &str| columns.iter().any(|c| c.name == name);
        let free = free_name(name, "item_", &taken);
        columns.push(seen.column(&free, valid));
    }
    let items = seen.into_iter().map(|(name, _)| name).collect();
    let properties = match tables.is_empty() {
        true => None,
        false => Some(Properties::load(&tables, first.as_deref().unwrap_or(""), records, &columns, ask)?),
    };
    columns.extend(properties.iter().flat_map(|p| p.columns.iter().cloned()));
    Ok(Sdf { inputs, columns, items, properties })
}

/// The title of a record, and the types of its data items.
fn look(record: &Record) -> Result<(String, Vec<(String, Seen)>), RowFault> {
    let text = record.text()?;
    let seen = items(text).into_iter().filter(|item| !item.value.is_empty()).map(|item| (item.seen(), item.name));
    let seen = seen.map(|(seen, name)| (name.to_owned(), seen)).collect();
    Ok((record::title(text).to_owned(), seen))
}

impl Sdf {
    /// Columns that are in the SDF files themselves.
    fn own(&self) -> &[Column] {
        let joined = self.properties.as_ref().map_or(0, |p| p.columns.len());
        self.columns.get(..self.columns.len() - joined).unwrap_or_default()
    }

    fn row(&self, record: &Record) -> Result<Row, RowFault> {
        let text = record.text()?;
        let mut row = Row { cells: molecule::cells(record, text)?, missing: Vec::new() };
        let found: Vec<Item> = items(text);
        for (name, column) in self.items.iter().zip(self.own().iter().skip(row.cells.len())) {
            match found.iter().find(|item| item.name == *name && !item.value.is_empty()) {
                Some(item) => row.cells.push(item.checked(column).map_err(|what| {
                    RowFault::line(record.line + item.line, &column.name, format!("`{}`: {what}", column.name))
                })?),
                None => {
                    row.cells.push(Cell::Null);
                    let what = format!("the record has no data item `{name}`, which others have");
                    row.missing.push(RowFault::line(record.line, &column.name, what));
                }
            }
        }
        Ok(row)
    }
}

impl Source for Sdf {
    type Piece = Vec<Record>;

    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn pieces(&self) -> Result<Work<'_, Vec<Record>>, ImportError> {
        Ok(Box::new(Pieces::new(&self.inputs, &Records)))
    }

    fn decode(&self, piece: Vec<Record>) -> Result<Decoded, ImportError> {
        let mut table = Table::new(self.own());
        let mut rows = Vec::new();
        for record in &piece {
            let mut row = self.row(record);
            let mut joined = 0;
            if let (Some(properties), Ok(_)) = (&self.properties, &row) {
                match properties.find(record) {
                    Ok(found) => joined = found,
                    Err(fault) => row = Err(fault),
                }
            }
            if table.push(&record.path, Place::Line(record.line), row) {
                rows.push(joined);
            }
        }
        let path = piece.first().map_or(Path::new(""), |r| &r.path);
        let mut decoded = table.finish(path)?;
        if let Some(properties) = &self.properties {
            decoded.arrays.extend(properties.take(&rows).map_err(|e| ImportError::file(path, e.to_string()))?);
        }
        Ok(decoded)
    }

    fn total(&self) -> u64 {
        bytes_of(&self.inputs)
    }

    fn bytes(&self, piece: &Vec<Record>) -> u64 {
        bytes_in(piece)
    }
}
