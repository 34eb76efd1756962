//! The layout of MD17 (S. Chmiela et al., Science Advances 3, e1603015 (2017); kcal/mol and Å) and of its revision (A. S.
//! Christensen, O. A. von Lilienfeld, Mach. Learn.: Sci. Technol. 1, 045018 (2020); the same units): trajectories of one
//! molecule.

use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};

use super::npz::{Member, array, values};
use super::{Arrays, Content, Part};
use crate::column::{Column, Layout};
use crate::elements::checked;
use crate::error::ImportError;

/// Names of positions, elements, energies and forces.
pub type Names = [&'static str; 4];

/// MD17, and revised MD17.
const LAYOUTS: [Names; 2] = [["R", "z", "E", "F"], ["coords", "nuclear_charges", "energies", "forces"]];

/// Atoms at most: their numbers are repeated in every row.
const MAX_ATOMS: u64 = 1 << 20;

/// The layout that the members have, if it is one of these: positions n×a×3, elements a, and energies n or n×1 or forces
/// n×a×3.
pub fn layout(members: &[Member]) -> Option<Names> {
    let shape = |name: &str| members.iter().find(|m| m.name == name).map(|m| m.header.shape.as_slice());
    LAYOUTS.into_iter().find(|[positions, elements, energies, forces]| {
        let (Some([n, atoms, 3]), Some([z])) = (shape(positions), shape(elements)) else { return false };
        let energy = match shape(energies) {
            None => shape(forces).is_some(),
            Some([rows] | [rows, 1]) => rows == n,
            Some(_) => false,
        };
        let force = shape(forces).is_none_or(|shape| shape == [*n, *atoms, 3]);
        z == atoms && *atoms <= MAX_ATOMS && energy && force
    })
}

/// Positions, forces, energies and repeated atomic numbers as columns, and other members with one row per frame.
///
/// # Errors
/// If elements are invalid, or another member has a different number of rows.
pub fn arrays(
    path: &Arc<Path>,
    members: Vec<Member>,
    [positions, elements, energies, forces]: &Names,
    metadata: Vec<(String, String)>,
) -> Result<Arrays, ImportError> {
    let (energy_unit, length_unit) = units(&metadata);
    let mut columns = Vec::new();
    let mut contents = Vec::new();
    let mut rows = 0;
    for member in members {
        let name = member.name.clone();
        if name == *elements {
            columns.push(Column::atomic_numbers());
            contents.push(Content::Constant(numbers(path, &member)?));
            continue;
        }
        let mut array = array(path, member)?;
        let vectors = |name: &str, leaf: DataType| Column::new(name, leaf, Layout::Points(3));
        let leaf = array.dtype.data_type();
        columns.push(if name == *positions {
            rows = array.rows;
            vectors("positions", leaf).with_unit(&length_unit)
        } else if name == *forces {
            vectors("forces", leaf).with_unit(&format!("{energy_unit}/{length_unit}"))
        } else if name == *energies {
            array.item.clear();
            Column::scalar("energy", leaf).with_unit(&energy_unit)
        } else {
            array.column(&name)
        });
        contents.push(Content::Array(array));
    }
    for (column, content) in columns.iter().zip(&contents) {
        if let Content::Array(array) = content
            && array.rows != rows
        {
            let what = format!("{} rows, but there are {rows} frames", array.rows);
            return Err(ImportError::array(path, &column.name, what));
        }
    }
    Ok(Arrays { columns, parts: vec![Part { path: path.clone(), rows, contents }], metadata })
}

/// Those of MD17, unless the archive states others.
fn units(metadata: &[(String, String)]) -> (String, String) {
    let stated = |key: &str| metadata.iter().find(|(name, _)| name == key).map(|(_, unit)| unit.trim());
    let length = match stated("r_unit") {
        None | Some("Ang" | "ang" | "A" | "Angstrom" | "angstrom") => "Å",
        Some(other) => other,
    };
    (stated("e_unit").unwrap_or("kcal/mol").to_owned(), length.to_owned())
}

fn numbers(path: &Path, member: &Member) -> Result<Vec<i64>, ImportError> {
    let failed = |what: String| ImportError::array(path, &member.name, what);
    let numbers = cast(&values(path, member)?, &DataType::Int64).map_err(|e| failed(e.to_string()))?;
    numbers.as_primitive::<Int64Type>().values().iter().map(|z| checked(*z).map_err(failed)).collect()
}
