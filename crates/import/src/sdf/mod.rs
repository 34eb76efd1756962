//! SDF files: one molecule a record, its data items as columns, and a CSV file of properties beside it.
//!
//! Records are parsed by the crate sdfrust (V2000 and V3000, fixed columns, charges of `M  CHG`). Cutting files into
//! records and reading data items is done here: the crate keeps no line numbers across records, forgets the order of
//! the items, and accepts a truncated record as complete.

mod counts;
mod items;
mod join;
mod molecule;
mod record;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::Ask;
use super::cell::Cell;
use super::column::{Column, few_enough, free_name};
use super::error::{ImportError, Place, RowFault};
use super::format::{self, Format};
use super::infer::Seen;
use super::input::Input;
use super::records::{Pieces, Record, bytes_in, bytes_of, scan};
use super::source::{Source, Work};
use super::table::{Decoded, Missing, Row, Table};
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
    warnings: Vec<String>,
}

/// Opens SDF files, and CSV files among them as properties of the molecules.
///
/// # Errors
/// If a file cannot be read, or the properties cannot be joined to the molecules.
pub fn source(inputs: &[Input], ask: Ask) -> Result<Sdf, ImportError> {
    let is_table = |input: &&Input| matches!(format::of(&input.path), Ok(Format::Csv));
    let (tables, inputs): (Vec<Input>, Vec<Input>) = inputs.iter().cloned().partition(|input| is_table(&input));
    if inputs.is_empty() {
        return Err(ImportError::Usage("no SDF file is given, only CSV; import it as `csv`".to_owned()));
    }
    let mut seen: Vec<(String, Seen)> = Vec::new();
    let mut slots: HashMap<String, usize> = HashMap::new();
    let (mut titles, mut valid) = (Vec::new(), 0);
    let joins = !tables.is_empty();
    // Invalid records count too: properties are joined by the number of the record.
    scan(
        &inputs,
        &Records,
        ask,
        |record| Ok(look(record)),
        |outcome| {
            let (title, items) = outcome.map_or_else(|_| (None, Vec::new()), |(title, items)| (Some(title), items));
            valid += u64::from(title.is_some());
            if joins {
                titles.push(title);
            }
            for (name, one) in items {
                match slots.get(&name).and_then(|slot| seen.get_mut(*slot)) {
                    Some((_, known)) => known.merge(one),
                    None => {
                        slots.insert(name.clone(), seen.len());
                        seen.push((name, one));
                    }
                }
            }
        },
    )?;
    let mut columns = molecule::columns();
    few_enough(columns.len() + seen.len())?;
    let mut names: HashSet<String> = columns.iter().map(|c| c.name.clone()).collect();
    let mut warnings = Vec::new();
    for (name, seen) in &seen {
        let free = free_name(name, "item_", &|name| names.contains(name));
        warnings.extend(seen.warning(&free));
        columns.push(seen.column(&free, valid));
        names.insert(free);
    }
    let items = seen.into_iter().map(|(name, _)| name).collect();
    let properties = match joins {
        true => Some(Properties::load(&tables, &titles, &names, ask)?),
        false => None,
    };
    columns.extend(properties.iter().flat_map(|p| p.columns.iter().cloned()));
    warnings.extend(properties.iter().flat_map(|p| p.warnings.iter().cloned()));
    Ok(Sdf { inputs, columns, items, properties, warnings })
}

/// The title of a record, and the types of its data items.
fn look(record: &Record) -> Result<(String, Vec<(String, Seen)>), RowFault> {
    let text = record::text(record)?;
    let items = items(&text)?.into_iter().filter(|item| !item.value.is_empty());
    let seen = |item: &Item| item.seen().at(&record.path, record.line + item.line, item.value.trim());
    let seen = items.map(|item| (item.name.to_owned(), seen(&item))).collect();
    Ok((record::title(&text).to_owned(), seen))
}

impl Sdf {
    /// Columns that are in the SDF files themselves.
    fn own(&self) -> &[Column] {
        let joined = self.properties.as_ref().map_or(0, |p| p.columns.len());
        self.columns.get(..self.columns.len() - joined).unwrap_or_default()
    }

    fn row(&self, record: &Record) -> Result<Row, RowFault> {
        let text = record::text(record)?;
        let mut row = Row { cells: molecule::cells(record, &text)?, missing: Vec::new() };
        let found = items(&text)?;
        let found: HashMap<&str, &Item> = found.iter().map(|item| (item.name, item)).collect();
        for (name, column) in self.items.iter().zip(self.own().iter().skip(row.cells.len())) {
            match found.get(name.as_str()).filter(|item| !item.is_missing(column)) {
                Some(item) => row.cells.push(item.checked(column).map_err(|what| {
                    RowFault::line(record.line + item.line, &column.name, format!("`{}`: {what}", column.name))
                })?),
                None => {
                    row.cells.push(Cell::Null);
                    let word = found.get(name.as_str()).map(|item| item.value.trim()).filter(|word| !word.is_empty());
                    row.missing.push(Missing {
                        column: row.cells.len() - 1,
                        line: record.line,
                        word: word.map(str::to_owned),
                        rows: "records",
                    });
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
        Ok(Box::new(Pieces::new(&self.inputs, &Records, self.columns.len())))
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

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
