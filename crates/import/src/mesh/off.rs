//! OFF files (Geomview's object file format): `OFF`, `COFF`, `NOFF`, `CNOFF` in text, each file a row.

use arrow::datatypes::DataType;

use super::off_file::{Heading, OffFile};
use super::{Names, Whole, faces, off_file};
use crate::Ask;
use crate::cell::Cell;
use crate::column::{Column, Layout};
use crate::error::{ImportError, RowFault};
use crate::input::Input;
use crate::records::{Pieces, Record, bytes_in, bytes_of, decode, scan};
use crate::source::{Source, Work};
use crate::table::{Decoded, Row};

/// OFF files.
pub struct Off<'a> {
    inputs: &'a [Input],
    names: Names,
    columns: Vec<Column>,
    /// What some file has.
    heading: Heading,
}

/// Opens OFF files: a file whose points have other values than the first one's is invalid.
///
/// # Errors
/// If a file cannot be read, or is invalid and that is an error.
pub fn source<'a>(inputs: &'a [Input], ask: Ask) -> Result<Off<'a>, ImportError> {
    let mut heading: Option<Heading> = None;
    scan(
        inputs,
        &Whole,
        ask,
        |record| Ok(OffFile::open(&off_file::text(record)?)?.heading),
        |found| {
            let known = heading.get_or_insert(found);
            known.faces |= found.faces;
        },
    )?;
    let heading = heading.unwrap_or_default();
    let names = Names::new(inputs);
    let mut columns = names.columns();
    columns.push(Column::new("points", DataType::Float64, Layout::Points(3)));
    if heading.normals {
        columns.push(Column::new("normals", DataType::Float64, Layout::Points(3)));
    }
    if heading.colors > 0 {
        columns.push(Column::new("colors", DataType::Float64, Layout::Points(heading.colors)));
    }
    if heading.faces {
        columns.push(faces::column());
    }
    Ok(Off { inputs, names, columns, heading })
}

impl Source for Off<'_> {
    type Piece = Vec<Record>;

    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn pieces(&self) -> Result<Work<'_, Vec<Record>>, ImportError> {
        Ok(Box::new(Pieces::new(self.inputs, &Whole, self.columns.len())))
    }

    fn decode(&self, piece: Vec<Record>) -> Result<Decoded, ImportError> {
        decode(&piece, &self.columns, |record| self.row(record))
    }

    fn total(&self) -> u64 {
        bytes_of(self.inputs)
    }

    fn bytes(&self, piece: &Vec<Record>) -> u64 {
        bytes_in(piece)
    }
}

impl Off<'_> {
    fn row(&self, record: &Record) -> Result<Row, RowFault> {
        let text = off_file::text(record)?;
        let mut file = OffFile::open(&text)?;
        let (own, all) = (file.heading, self.heading);
        if (own.normals, own.colors) != (all.normals, all.colors) {
            let what = format!("{own} a point here, {all} in the first file");
            return Err(RowFault::line(1, "points", what));
        }
        let mut cells = self.names.cells(self.inputs.get(record.file));
        let [points, normals, colors] = file.points()?;
        cells.push(Cell::Floats(points));
        if all.normals {
            cells.push(Cell::Floats(normals));
        }
        if all.colors > 0 {
            cells.push(Cell::Floats(colors));
        }
        if all.faces {
            cells.push(Cell::Ints(file.faces()?));
        }
        file.end()?;
        Ok(Row { cells, missing: Vec::new() })
    }
}
