//! Records, data items and properties of SDF.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int8Type, Int32Type, UInt8Type};

use super::*;
use crate::OnInvalid;
use crate::input::find;
use crate::testing::{ask, watch};

const WATER: &str = "water\n  prog\n\n  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.1173 O   0  5  0  0  0  0  0  0  0  0  0  0
    0.0000    0.7572   -0.4692 H   0  0  0  0  0  0  0  0  0  0  0  0
    0.0000   -0.7572   -0.4692 H   0  0  0  0  0  0  0  0  0  0  0  0
  1  2  1  0
  1  3  1  0
M  END
> <energy>
-76.4

>  <note>  (1)
two
lines

$$$$
";

const NEON: &str = "neon\n\n\n  0  0  0     0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 1 0 0 0 0
M  V30 BEGIN ATOM
M  V30 1 Ne 1.5 -2 0.25 0
M  V30 END ATOM
M  V30 END CTAB
M  END
> <energy>
-128

$$$$
";

fn decoded(files: &[(&str, &str)], on_invalid: OnInvalid) -> Result<(Sdf, Decoded), ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<_> = files.iter().map(|(name, _)| dir.path().join(name)).collect();
    paths.iter().zip(files).for_each(|(path, (_, text))| std::fs::write(path, text).unwrap());
    let sdf = source(&find(&paths, None)?, ask(&watch(), on_invalid))?;
    let piece = sdf.pieces()?.next().unwrap()?;
    let decoded = sdf.decode(piece)?;
    Ok((sdf, decoded))
}

#[test]
fn both_versions_and_their_items_become_rows() {
    let (sdf, decoded) = decoded(&[("a.sdf", &format!("{WATER}{NEON}\n"))], OnInvalid::Drop).unwrap();
    let names: Vec<&str> = sdf.columns.iter().map(|c| c.name.as_str()).collect();
    let expected = ["name", "atomic_numbers", "positions", "formal_charges", "bonds", "bond_orders", "energy", "note"];
    assert_eq!((names, decoded.rows), (expected.to_vec(), 2));
    let list = |c: usize, row: usize| decoded.arrays[c].as_list::<i32>().value(row);
    assert_eq!(list(1, 0).as_primitive::<UInt8Type>().values(), &[8, 1, 1]);
    assert_eq!(list(1, 1).as_primitive::<UInt8Type>().values(), &[10]);
    let neon = list(2, 1).as_fixed_size_list().value(0);
    assert_eq!(neon.as_primitive::<Float64Type>().values(), &[1.5, -2.0, 0.25]);
    assert_eq!(list(3, 0).as_primitive::<Int8Type>().values(), &[-1, 0, 0]);
    assert_eq!(list(4, 0).as_fixed_size_list().value(1).as_primitive::<Int32Type>().values(), &[0, 2]);
    assert_eq!(decoded.arrays[6].as_primitive::<Float64Type>().values(), &[-76.4, -128.0]);
    assert_eq!(decoded.arrays[7].as_string::<i32>().value(0), "two\nlines");
    assert!(decoded.arrays[7].is_null(1) && decoded.faults.len() == 1 && decoded.faults[0].kept);
}

#[test]
fn properties_are_joined_by_title_or_by_number() {
    let both = format!("{WATER}{NEON}");
    let by_title = decoded(&[("a.sdf", &both), ("a.csv", "id,x\nwater,1\nargon,3\nneon,2\n")], OnInvalid::Drop);
    let (sdf, found) = by_title.unwrap();
    assert_eq!(sdf.columns.last().unwrap().name, "x");
    assert_eq!(found.arrays.last().unwrap().as_primitive::<arrow::datatypes::Int64Type>().values(), &[1, 2]);
    let (sdf, found) = decoded(&[("a.sdf", &both), ("a.csv", "energy\n5\n6\n")], OnInvalid::Drop).unwrap();
    assert_eq!(sdf.columns.last().unwrap().name, "csv_energy");
    assert_eq!(found.rows, 2);
    let error = decoded(&[("a.sdf", &both), ("a.csv", "x\n5\n")], OnInvalid::Drop).err().unwrap().to_string();
    assert!(error.contains("1 rows do not match 2 molecules"), "{error}");
    let (_, found) = decoded(&[("a.sdf", &both), ("a.csv", "id,x\nwater,1\n")], OnInvalid::Drop).unwrap();
    assert!(found.rows == 1 && found.faults.iter().any(|f| f.fault.what.contains("no row for the molecule `neon`")));
}

#[test]
fn a_bad_record_is_named_with_its_line() {
    let fault = |text: &str| {
        let (_, decoded) = decoded(&[("a.sdf", text)], OnInvalid::Drop).unwrap();
        decoded.faults.into_iter().find(|f| !f.kept).map(|f| (f.fault.place, f.fault.what)).unwrap()
    };
    let both = format!("{NEON}{WATER}");
    let water = NEON.lines().count() as u64;
    for (from, to, line, word) in [
        ("0.1173 O ", "0.1x73 O ", 5, "coordinate"),
        ("0.1173 O ", "0.1173 Xx", 5, "no element `Xx`"),
        ("  3  2  0", "  9  2  0", 8, ""),
        ("  3  2  0", "  x  2  0", 4, "counts"),
        ("  1  3  1  0", "  1  7  1  0", 1, "atom index 7"),
    ] {
        let (place, what) = fault(&both.replace(from, to));
        assert_eq!(place, Place::Line(water + line), "{what}");
        assert!(what.contains(word), "{what}");
    }
    let cut = both.len() - 8;
    assert!(fault(&both[..cut]).1.contains("no `$$$$` ends it"));
}
