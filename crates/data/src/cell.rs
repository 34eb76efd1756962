//! Molecules in a periodic cell: they need periodic images of their atoms, which are not supported, so that they are
//! rejected unless the pipeline says that the cell does not matter.

use super::error::DataError;
use super::load;
use super::scalars::Scalars;
use super::source::{Part, Source};
use crate::settings::{ActionName, Cell, Read};

/// Checks that no column says that points are in a periodic cell, if a field has `action: points`.
///
/// A column `pbc` decides if there is one: a value that is true is an error. Without it a column `cell` or `lattice`
/// is one.
///
/// # Errors
/// [`DataError::Periodic`], naming the column; others where `pbc` cannot be read.
pub fn check_cell(source: &Source, read: &Read) -> Result<(), DataError> {
    let points = read.fields.values().any(|f| f.action == ActionName::Points);
    if !points || read.cell == Cell::Ignore {
        return Ok(());
    }
    for part in &source.parts {
        let found = match named(part, &["pbc"]) {
            Some(pbc) if is_periodic(source, &pbc)? => Some(pbc),
            Some(_) => None,
            None => named(part, &["cell", "lattice"]),
        };
        if let Some(column) = found {
            return Err(DataError::Periodic { path: part.path.clone(), column });
        }
    }
    Ok(())
}

fn named(part: &Part, names: &[&str]) -> Option<String> {
    let wanted = |name: &str| names.iter().any(|n| n.eq_ignore_ascii_case(name));
    part.schema().fields().iter().map(|f| f.name()).find(|name| wanted(name)).cloned()
}

/// Is any value of the column true (a number other than 0, or a text such as `T T F`)?
fn is_periodic(source: &Source, column: &str) -> Result<bool, DataError> {
    let ids = source.row_ids(0..source.rows)?;
    let numeric = source.parts.iter().all(|part| load::part_layout(part, column).is_ok());
    if numeric {
        return Ok(load::numbers(source, &ids, column)?.values.iter().any(|x| x != 0.0));
    }
    let truth = |text: &String| text.contains(['T', 't', '1']);
    Ok(match load::scalars(source, &ids, column)? {
        Scalars::Text(texts) => texts.iter().flatten().any(truth),
        Scalars::Bool(values) => values.contains(&Some(true)),
        Scalars::Int(values) => values.iter().flatten().any(|x| *x != 0),
        Scalars::Float(values) => values.iter().flatten().any(|x| *x != 0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use arrow::array::{ArrayRef, BooleanArray};
    use std::sync::Arc;

    fn molecules(name: &'static str, column: ArrayRef) -> Case {
        let points = fixed(fixed(f32s(&count(12)), 3), 2);
        Case::new(&[("r", points, &[]), (name, column, &[])]).acting("r", ActionName::Points, None)
    }

    fn flags(values: &[bool]) -> ArrayRef {
        fixed(Arc::new(BooleanArray::from(values.to_vec())), 3)
    }

    #[test]
    fn a_cell_is_an_error_unless_it_is_to_be_ignored() {
        for name in ["cell", "Lattice", "LATTICE"] {
            let case = molecules(name, fixed(f32s(&count(18)), 9));
            let words = format!("column `{name}` says that the points lie in a periodic cell");
            assert!(case.error().contains(&words) && case.error().contains("cell: ignore"), "{}", case.error());
            assert_eq!(case.probed_errors(), [case.error()]);
            let case = case.with(|r| r.cell = Cell::Ignore);
            assert_eq!((case.data().rows, case.probed_errors().len()), (2, 0));
        }
        let vectors = molecules("cell", fixed(f32s(&count(18)), 9)).acting("r", ActionName::Vector, None);
        assert!(vectors.result().is_ok(), "no field of points");
    }

    #[test]
    fn periodic_boundary_conditions_are_looked_at_row_by_row() {
        assert!(molecules("pbc", flags(&[false; 6])).result().is_ok());
        let mixed = [false, false, false, false, true, false];
        assert!(molecules("PBC", flags(&mixed)).error().contains("column `PBC`"));
        assert!(molecules("pbc", texts(&["F F F", "T T T"])).error().contains("periodic cell"));
        assert!(molecules("pbc", texts(&["F F F", "F F F"])).result().is_ok());
    }
}
