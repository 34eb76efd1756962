//! Records, data items and properties of SDF.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int8Type, Int32Type, UInt8Type};

use super::*;
use crate::OnInvalid;
use crate::testing::{ask, find, watch};

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
    assert!(sdf.warnings.iter().any(|w| w.contains("joined to them in order")), "{:?}", sdf.warnings);
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

/// Molecules of one atom with these titles.
fn titled(titles: &[&str]) -> String {
    titles.iter().map(|title| NEON.replacen("neon", title, 1)).collect()
}

#[test]
fn titles_are_joined_as_they_are_written() {
    let join = |titles: &[&str], table: &str| decoded(&[("a.sdf", &titled(titles)), ("a.csv", table)], OnInvalid::Drop);
    let gaps = |titles: &[&str], table: &str| -> Vec<f64> {
        let (_, found) = join(titles, table).unwrap();
        found.arrays.last().unwrap().as_primitive::<Float64Type>().values().to_vec()
    };
    assert_eq!(gaps(&["01", "02"], "id,gap\n02,0.2\n01,0.1\n"), [0.1, 0.2]);
    // Ids that numbers cannot hold, are floats, or stand in a later column.
    assert_eq!(
        gaps(
            &["18446744073709551617", "18446744073709551618"],
            "id,gap\n18446744073709551618,0.2\n18446744073709551617,0.1\n"
        ),
        [0.1, 0.2]
    );
    assert_eq!(gaps(&["1.10", "1.1"], "id,gap\n1.1,0.2\n1.10,0.1\n"), [0.1, 0.2]);
    assert_eq!(gaps(&["b", "a"], "n,id,gap\n5,a,0.2\n6,b,0.1\n"), [0.1, 0.2]);
    // Not the first title, but others: a molecule without a row is a fault.
    let (_, found) = join(&["a", "b"], "id,gap\nb,0.2\nc,0.3\n").unwrap();
    assert_eq!(found.rows, 1);
    assert!(found.faults[0].fault.what.contains("a.csv has no row for the molecule `a`"), "{:?}", found.faults);
    let error = join(&["a", "b"], "id,gap\nb,0.2\nb,0.3\n").err().unwrap().to_string();
    assert!(error.contains("column `id` holds the titles of the molecules, but `b` twice"), "{error}");
    // Conformers of one title in the same order belong together.
    assert_eq!(gaps(&["a", "a"], "id,gap\na,0.1\na,0.2\n"), [0.1, 0.2]);
}

fn dropped(text: &str) -> (Place, String) {
    let (_, decoded) = decoded(&[("a.sdf", &format!("{NEON}{text}"))], OnInvalid::Drop).unwrap();
    let found = decoded.faults.into_iter().find(|f| !f.kept).unwrap();
    let Place::Line(line) = found.fault.place else { panic!("{found:?}") };
    (Place::Line(line - NEON.lines().count() as u64), found.fault.what)
}

#[test]
fn counts_and_charges_that_are_not_what_they_say_are_refused() {
    let atom = "    0.0000    0.0000    0.0000 C   0  0\n";
    let many = format!("big\n\n\n1200  0  0  0  0  0  0  0  0  0999 V2000\n{}M  END\n$$$$\n", atom.repeat(1200));
    let (place, what) = dropped(&many);
    assert!(place == Place::Line(4) && what.contains("120 atoms and 0 bonds, but 1200 lines follow"), "{what}");
    let bonds = WATER.replace("  3  2  0", "  3  1  0");
    assert!(dropped(&bonds).1.contains("3 atoms and 1 bonds, but 5 lines follow"));
    let (place, what) = dropped(&WATER.replace("O   0  5", "O   0  9"));
    assert!(place == Place::Line(5) && what.contains("`9` is not a code of a charge"), "{what}");
    let v3000 = |from: &str, to: &str| dropped(&NEON.replace(from, to));
    let (place, what) = v3000("0.25 0\n", "0.25 0 CHG=300\n");
    assert!(place == Place::Line(8) && what.contains("`CHG=300` is not a charge"), "{what}");
    assert!(v3000("0.25 0\n", "0.25 0 MASS=20 -\nM  V30 chg=1.5\n").1.contains("`chg=1.5` is not a charge"));
    let (place, what) = v3000("COUNTS 1 0", "COUNTS 1 100000000000");
    assert!(place == Place::Line(6) && what.contains("100000000000 bonds"), "{what}");
    assert!(v3000("COUNTS 1 0", "COUNTS 18446744073709551615 1").1.contains("atoms and 1 bonds"));
    let twice = NEON.replace("COUNTS 1", "COUNTS 2").replace("M  V30 END ATOM", "M  V30 1 C 0 0 0 0\nM  V30 END ATOM");
    assert!(dropped(&twice).1.contains("two atoms have the number 1"));
}

#[test]
fn items_for_nothing_are_missing_and_unused_lines_may_be_in_any_encoding() {
    let items = |value: &str| NEON.replace("-128", value);
    let (sdf, found) =
        decoded(&[("a.sdf", &format!("{}{}{}", items("1"), items("N/A"), items("2")))], OnInvalid::Drop).unwrap();
    assert_eq!((found.rows, found.arrays[6].null_count(), sdf.warnings.len()), (3, 1, 0));
    assert!(found.faults[0].kept && found.faults[0].fault.what.contains("`N/A` stands for no value"));
    let (sdf, _) = decoded(&[("a.sdf", &format!("{}{}", items("1"), items("1.5.")))], OnInvalid::Drop).unwrap();
    assert!(
        sdf.warnings[0].contains("`energy` is text: `1.5.`") && sdf.warnings[0].contains("a.sdf:28)"),
        "{:?}",
        sdf.warnings
    );
    let latin = [&b"a\n caf\xe9\n \xb5\n"[..], NEON.splitn(4, '\n').nth(3).unwrap().as_bytes()].concat();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.sdf");
    std::fs::write(&path, &latin).unwrap();
    let sdf = source(&find(&[path], None).unwrap(), ask(&watch(), OnInvalid::Error)).unwrap();
    let piece = sdf.pieces().unwrap().next().unwrap().unwrap();
    assert_eq!(sdf.decode(piece).unwrap().rows, 1);
}
