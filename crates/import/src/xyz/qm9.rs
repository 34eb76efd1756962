//! The XYZ dialect of QM9's authors (R. Ramakrishnan, P. O. Dral, M. Rupp, O. A. von Lilienfeld, Scientific Data 1, 140022
//! (2014), table 2 and its readme): the comment holds a tag, a number and 15 properties, a Mulliken charge follows each
//! position, and the atoms are followed by frequencies, SMILES and InChI, each of the latter two before and after
//! relaxation.

use arrow::datatypes::DataType;

use super::Dialect;
use super::frame::Frames;
use super::plain::atom;
use crate::cell::Cell;
use crate::column::{Column, Layout};
use crate::error::RowFault;
use crate::number::{finite, float};
use crate::records::Record;
use crate::table::Row;

/// Lines after the atoms.
pub const TRAILER: usize = 3;

/// The properties in their order, with their units.
const PROPERTIES: [(&str, &str); 15] = [
    ("A", "GHz"),
    ("B", "GHz"),
    ("C", "GHz"),
    ("mu", "debye"),
    ("alpha", "bohr³"),
    ("homo", "hartree"),
    ("lumo", "hartree"),
    ("gap", "hartree"),
    ("r2", "bohr²"),
    ("zpve", "hartree"),
    ("U0", "hartree"),
    ("U", "hartree"),
    ("H", "hartree"),
    ("G", "hartree"),
    ("Cv", "cal/mol/K"),
];

/// The lines after the atoms hold these texts, two a line.
const TEXTS: [[&str; 2]; 2] = [["smiles", "smiles_relaxed"], ["inchi", "inchi_relaxed"]];

/// QM9's dialect.
pub struct Qm9 {
    columns: Vec<Column>,
}

/// Is this the comment of a frame in QM9's dialect: a word, an integer and 15 numbers?
pub fn is_comment(comment: &str) -> bool {
    let words: Vec<&str> = comment.split_whitespace().collect();
    match words.as_slice() {
        [tag, index, rest @ ..] => {
            let numbers = rest.len() == PROPERTIES.len() && rest.iter().all(|w| float(w).is_some());
            numbers && index.parse::<i64>().is_ok() && float(tag).is_none()
        }
        _ => false,
    }
}

impl Qm9 {
    /// The columns.
    pub fn new() -> Self {
        let mut columns = vec![Column::scalar("tag", DataType::Utf8), Column::scalar("index", DataType::Int64)];
        columns.push(Column::atomic_numbers());
        columns.push(Column::new("positions", DataType::Float64, Layout::Points(3)).with_unit("Å"));
        columns.push(Column::new("mulliken_charges", DataType::Float64, Layout::List).with_unit("e"));
        let property = |(name, unit): &(&str, &str)| Column::scalar(*name, DataType::Float64).with_unit(unit);
        columns.extend(PROPERTIES.iter().map(property));
        columns.push(Column::new("frequencies", DataType::Float64, Layout::List).with_unit("1/cm"));
        columns.extend(TEXTS.iter().flatten().map(|name| Column::scalar(*name, DataType::Utf8)));
        Self { columns }
    }
}

impl Dialect for Qm9 {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn row(&self, record: &Record) -> Result<Row, RowFault> {
        let frame = Frames { trailer: TRAILER }.read(record)?;
        let (mut numbers, mut positions, mut charges) = (Vec::new(), Vec::new(), Vec::new());
        for (line, text) in frame.numbered() {
            let values = atom(line, text, &mut numbers, 4)?;
            let (position, charge) = values.split_at_checked(3).unwrap_or_default();
            positions.extend_from_slice(position);
            charges.extend_from_slice(charge);
        }
        let mut cells = comment(frame.line + 1, frame.comment)?;
        let properties = cells.split_off(2);
        cells.extend([Cell::Ints(numbers), Cell::Floats(positions), Cell::Floats(charges)]);
        cells.extend(properties);
        cells.extend(trailer(frame.line + 2 + frame.atoms.len() as u64, &frame.trailer)?);
        Ok(Row { cells, missing: Vec::new() })
    }
}

/// Tag, index and properties.
fn comment(line: u64, text: &str) -> Result<Vec<Cell>, RowFault> {
    if !is_comment(text) {
        let what = "tag, index and 15 numbers of QM9 should be here, as in the first frame";
        return Err(RowFault::line(line, "frame", what));
    }
    let mut words = text.split_whitespace();
    let mut cells = vec![Cell::Text(words.next().unwrap_or("").to_owned())];
    let index = words.next().and_then(|word| word.parse().ok());
    cells.push(index.map_or(Cell::Null, Cell::Int));
    for (word, (name, _)) in words.zip(PROPERTIES) {
        cells.push(Cell::Float(finite(word).map_err(|what| RowFault::line(line, name, format!("`{name}`: {what}")))?));
    }
    Ok(cells)
}

/// Frequencies, SMILES and InChI.
fn trailer(first: u64, lines: &[&str]) -> Result<Vec<Cell>, RowFault> {
    let frequencies: Result<Vec<f64>, String> =
        lines.first().copied().unwrap_or("").split_whitespace().map(finite).collect();
    let mut cells = vec![Cell::Floats(
        frequencies.map_err(|what| RowFault::line(first, "frequencies", format!("frequencies: {what}")))?,
    )];
    for ((line, text), names) in (first + 1..).zip(lines.iter().skip(1)).zip(TEXTS) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [before, after] = words.as_slice() else {
            let what = format!("`{}` and `{}` should be here, but there are {} words", names[0], names[1], words.len());
            return Err(RowFault::line(line, names[0], what));
        };
        cells.extend([Cell::Text((*before).to_owned()), Cell::Text((*after).to_owned())]);
    }
    Ok(cells)
}
