//! A record's molecule, by sdfrust.

use arrow::datatypes::DataType;
use sdfrust::{Molecule, SdfError, parse_sdf_string};

use super::counts;
use super::record::{check_whole, title};
use crate::cell::Cell;
use crate::column::{Column, Layout};
use crate::elements::atomic_number;
use crate::error::RowFault;
use crate::records::Record;
use semola_data::guard::caught;

/// The columns that every record has. Bonds are pairs of atoms, counted from 0; orders are those of the format (1 to 3,
/// 4 is aromatic, more are queries).
pub fn columns() -> Vec<Column> {
    vec![
        Column::scalar("name", DataType::Utf8),
        Column::atomic_numbers(),
        Column::new("positions", DataType::Float64, Layout::Points(3)),
        Column::new("formal_charges", DataType::Int8, Layout::List),
        Column::new("bonds", DataType::Int32, Layout::Points(2)),
        Column::new("bond_orders", DataType::UInt8, Layout::List),
    ]
}

/// The cells of these columns.
///
/// # Errors
/// What is wrong with the record, and in which line.
pub fn cells(record: &Record, text: &str) -> Result<Vec<Cell>, RowFault> {
    check_whole(text, record.line)?;
    counts::check(text).map_err(|(offset, what)| RowFault::line(record.line + offset, "record", what))?;
    let crashed = || RowFault::line(record.line, "record", "the record contradicts itself");
    let molecule = caught(|| parse_sdf_string(text)).ok_or_else(crashed)?;
    let molecule = molecule.map_err(|e| fault(record, text, &e))?;
    if molecule.atoms.is_empty() {
        return Err(RowFault::line(record.line, "record", "the record has no atoms"));
    }
    Ok(vec![
        Cell::Text(title(text).to_owned()),
        Cell::Ints(elements(record, text, &molecule)?),
        Cell::Floats(molecule.atoms.iter().flat_map(|a| [a.x, a.y, a.z]).collect()),
        Cell::Ints(molecule.atoms.iter().map(|a| i64::from(a.formal_charge)).collect()),
        Cell::Ints(molecule.bonds.iter().flat_map(|b| [b.atom1 as i64, b.atom2 as i64]).collect()),
        Cell::Ints(molecule.bonds.iter().map(|b| i64::from(b.order.to_sdf())).collect()),
    ])
}

fn elements(record: &Record, text: &str, molecule: &Molecule) -> Result<Vec<i64>, RowFault> {
    // Atoms follow the counts, one a line, in V2000 only.
    let fixed = text.lines().nth(3).is_some_and(|counts| !counts.contains("V3000"));
    let line = |atom: usize| record.line + if fixed { 4 + atom as u64 } else { 0 };
    let number = |(i, symbol): (usize, &str)| {
        atomic_number(symbol).map_err(|what| RowFault::line(line(i), "atomic_numbers", what))
    };
    molecule.atoms.iter().map(|atom| atom.element.as_str()).enumerate().map(number).collect()
}

/// The crate's error at the line that it means.
fn fault(record: &Record, text: &str, error: &SdfError) -> RowFault {
    let holds = |part: &str| text.lines().skip(4).position(|line| line.contains(part)).map_or(0, |i| i + 4);
    let offset = match error {
        SdfError::Parse { line, .. }
        | SdfError::InvalidV3000AtomLine { line, .. }
        | SdfError::InvalidV3000BondLine { line, .. } => line.saturating_sub(1),
        SdfError::InvalidCountsLine(_) => 3,
        SdfError::InvalidCoordinate(found) => holds(found),
        SdfError::AtomCountMismatch { .. } | SdfError::BondCountMismatch { .. } => {
            text.lines().count().saturating_sub(1)
        }
        _ => 0,
    };
    RowFault::line(record.line + offset as u64, "record", error.to_string())
}
