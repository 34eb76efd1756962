//! Plain XYZ: symbol or number, three coordinates, and perhaps more numbers.

use arrow::datatypes::DataType;

use super::Dialect;
use super::frame::Frames;
use crate::cell::Cell;
use crate::column::{Column, Layout};
use crate::elements::symbol_or_number;
use crate::error::RowFault;
use crate::number::finite;
use crate::records::Record;
use crate::table::Row;

/// Plain XYZ, with `extra` further numbers an atom.
pub struct Plain {
    extra: usize,
    columns: Vec<Column>,
}

impl Plain {
    /// The columns, from the first atom's line.
    pub fn new(atom: &str) -> Self {
        let extra = atom.split_whitespace().count().saturating_sub(4);
        let mut columns =
            vec![Column::atomic_numbers(), Column::new("positions", DataType::Float64, Layout::Points(3))];
        match extra {
            0 => {}
            1 => columns.push(Column::new("extra", DataType::Float64, Layout::List)),
            k => columns.push(Column::new("extra", DataType::Float64, Layout::Points(k))),
        }
        columns.push(Column::scalar("comment", DataType::Utf8));
        Self { extra, columns }
    }
}

impl Dialect for Plain {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn row(&self, record: &Record) -> Result<Row, RowFault> {
        let frame = Frames { trailer: 0 }.read(record)?;
        let (mut numbers, mut positions, mut extra) = (Vec::new(), Vec::new(), Vec::new());
        for (line, text) in frame.numbered() {
            let values = atom(line, text, &mut numbers, self.extra + 3)?;
            let (position, rest) = values.split_at_checked(3).unwrap_or_default();
            positions.extend_from_slice(position);
            extra.extend_from_slice(rest);
        }
        let mut cells = vec![Cell::Ints(numbers), Cell::Floats(positions)];
        if self.extra > 0 {
            cells.push(Cell::Floats(extra));
        }
        cells.push(Cell::Text(frame.comment.trim().to_owned()));
        Ok(Row { cells, missing: Vec::new() })
    }
}

/// Parses an atom's line: an element and `count` numbers.
///
/// # Errors
/// What is wrong with the line.
pub fn atom(line: u64, text: &str, numbers: &mut Vec<i64>, count: usize) -> Result<Vec<f64>, RowFault> {
    let mut words = text.split_ascii_whitespace();
    let element =
        words.next().ok_or_else(|| RowFault::line(line, "frame", "an atom should be here, but the line is empty"))?;
    numbers.push(symbol_or_number(element).map_err(|what| RowFault::line(line, "atomic_numbers", what))?);
    let values: Result<Vec<f64>, String> = words.map(finite).collect();
    let values = values.map_err(|what| RowFault::line(line, "positions", what))?;
    if values.len() != count {
        let what = format!("{} numbers follow the element where {count} are needed", values.len());
        return Err(RowFault::line(line, "frame", what));
    }
    Ok(values)
}
