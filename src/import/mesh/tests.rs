//! Meshes and clouds in every dialect.

use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float32Type, Float64Type, Int32Type, UInt8Type};

use super::super::OnInvalid;
use super::super::source::Source;
use super::super::table::Decoded;
use super::*;
use crate::import::input::find;
use crate::import::testing::{ask, printer};

fn decode<S: Source>(source: &S) -> Decoded {
    source.decode(source.pieces().unwrap().next().unwrap().unwrap()).unwrap()
}

fn write(dir: &Path, files: &[(&str, &[u8])]) -> Vec<PathBuf> {
    let paths = files.iter().map(|(name, bytes)| {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    });
    paths.collect()
}

fn off(files: &[(&str, &[u8])]) -> (Vec<String>, Decoded) {
    let dir = tempfile::tempdir().unwrap();
    let inputs = find(&write(dir.path(), files), None).unwrap();
    let off = off::source(&inputs, ask(&printer(), OnInvalid::Drop)).unwrap();
    (off.columns().iter().map(|c| c.name.clone()).collect(), decode(&off))
}

fn floats(decoded: &Decoded, column: usize, row: usize) -> Vec<f64> {
    let points = decoded.arrays[column].as_list::<i32>().value(row);
    points.as_fixed_size_list().values().as_primitive::<Float64Type>().values()[points.offset() * 3..]
        [..points.len() * 3]
        .to_vec()
}

#[test]
fn glued_counts_comments_colours_and_polygons() {
    let square = b"OFF4 1 0\n# a comment\n0 0 0\n1 0 0\n1 1 0 # corner\n0 1 0\n4 0 1 2 3 255 0 0\n";
    let (names, decoded) = off(&[("chair/train/a.off", square), ("sofa/b.off", b"OFF\n1 0 0\n5 6 7\n")]);
    assert_eq!(names, ["file", "label", "points", "faces"]);
    assert_eq!((decoded.rows, decoded.faults.len()), (2, 0));
    assert_eq!(decoded.arrays[0].as_string::<i32>().value(0), "chair/train/a.off");
    assert_eq!(decoded.arrays[1].as_string::<i32>().value(1), "sofa");
    assert_eq!(floats(&decoded, 2, 0), [0., 0., 0., 1., 0., 0., 1., 1., 0., 0., 1., 0.]);
    let faces = decoded.arrays[3].as_list::<i32>().value(0);
    assert_eq!(faces.as_fixed_size_list().value(0).as_primitive::<Int32Type>().values(), &[0, 1, 2]);
    assert_eq!(faces.as_fixed_size_list().value(1).as_primitive::<Int32Type>().values(), &[0, 2, 3]);
    let (names, decoded) = off(&[("a.off", b"CNOFF\n1 0\n0 0 1 0 1 0 255 128 0\n")]);
    assert_eq!(names, ["file", "points", "normals", "colors"]);
    assert_eq!((floats(&decoded, 2, 0), floats(&decoded, 3, 0)), (vec![0., 1., 0.], vec![255., 128., 0.]));
}

#[test]
fn a_bad_off_file_is_named_with_its_line() {
    let good: (&str, &[u8]) = ("0.off", b"OFF\n1 1 0\n0 0 0\n1 0\n");
    for (text, line, word) in [
        (&b"OFF\n2 0 0\n0 0 0\n"[..], 3, "cut off"),
        (b"OFF\n1 0 0\n0 0 nan\n", 3, "NaN"),
        (b"OFF\n1 0 0\n0 0 x\n", 3, "`x` is not a number"),
        (b"OFF\n2 0 0\n0 0 0\n1 1\n", 4, "2 numbers where 3"),
        (b"OFF\n1 1 0\n0 0 0\n3 0 0 1\n", 4, "names point 1"),
        (b"4OFF\n1 0 0\n0 0 0\n", 1, "not supported"),
        (b"mesh\n", 1, "`OFF` should be here"),
        (b"OFF\n99999999999999999999 0 0\n", 2, "should be here"),
        (b"OFF\n9999999999999 0 0\n1 2 3\n", 3, "cut off"),
    ] {
        let (_, decoded) = off(&[good, ("1.off", text)]);
        let found = &decoded.faults[0];
        assert!(found.path.ends_with("1.off") && found.fault.what.contains(word), "{found:?}");
        assert_eq!(found.fault.place, crate::import::error::Place::Line(line), "{found:?}");
    }
}

fn ply_header(format: &str, count: usize, faces: usize) -> String {
    let float = |names: &[&str]| names.iter().map(|n| format!("property float {n}\n")).collect::<String>();
    let colors: String = ["red", "green", "blue"].iter().map(|n| format!("property uchar {n}\n")).collect();
    format!(
        "ply\nformat {format} 1.0\ncomment made by hand\nelement vertex {count}\n{}{colors}property double quality\n\
         element face {faces}\nproperty list uchar int vertex_indices\nend_header\n",
        float(&["x", "y", "z"])
    )
}

fn ply_bytes(format: &str) -> Vec<u8> {
    let mut bytes = ply_header(format, 3, 1).into_bytes();
    if format == "ascii" {
        bytes.extend(b"0 0.5 1 255 0 7 1.25\n1 0 0 1 2 3 0\n0 1 0 4 5 6 -2\n3 0 1 2\n");
        return bytes;
    }
    let little = format == "binary_little_endian";
    let f32 = |x: f32| if little { x.to_le_bytes() } else { x.to_be_bytes() };
    let f64 = |x: f64| if little { x.to_le_bytes() } else { x.to_be_bytes() };
    let i32 = |x: i32| if little { x.to_le_bytes() } else { x.to_be_bytes() };
    let rows =
        [([0.0, 0.5, 1.0], [255, 0, 7], 1.25), ([1.0, 0.0, 0.0], [1, 2, 3], 0.0), ([0.0, 1.0, 0.0], [4, 5, 6], -2.0)];
    for (point, color, quality) in rows {
        bytes.extend(point.iter().flat_map(|x| f32(*x)));
        bytes.extend(color);
        bytes.extend(f64(quality));
    }
    bytes.push(3);
    bytes.extend([0, 1, 2].iter().flat_map(|i| i32(*i)));
    bytes
}

#[test]
fn every_encoding_of_ply_gives_the_same_row() {
    for format in ["ascii", "binary_little_endian", "binary_big_endian"] {
        let dir = tempfile::tempdir().unwrap();
        let inputs = find(&write(dir.path(), &[("a.ply", &ply_bytes(format))]), None).unwrap();
        let ply = ply::source(&inputs, ask(&printer(), OnInvalid::Error)).unwrap();
        let names: Vec<&str> = ply.columns().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["file", "points", "colors", "quality", "faces"]);
        let decoded = decode(&ply);
        assert_eq!((decoded.rows, decoded.faults.len()), (1, 0), "{:?}", decoded.faults);
        let list = |c: usize| decoded.arrays[c].as_list::<i32>().value(0);
        let point = list(1).as_fixed_size_list().value(0);
        assert_eq!(point.as_primitive::<Float32Type>().values(), &[0.0, 0.5, 1.0]);
        let color = list(2).as_fixed_size_list().value(0);
        assert_eq!(color.as_primitive::<UInt8Type>().values(), &[255, 0, 7]);
        assert_eq!(list(3).as_primitive::<Float64Type>().values(), &[1.25, 0.0, -2.0]);
        let face = list(4).as_fixed_size_list().value(0);
        assert_eq!(face.as_primitive::<Int32Type>().values(), &[0, 1, 2]);
    }
}

#[test]
fn ply_files_cut_anywhere_are_errors() {
    for format in ["ascii", "binary_little_endian"] {
        let whole = ply_bytes(format);
        // The last byte of the text is the end of a line, which may be missing.
        for end in 1..whole.len() - 1 {
            assert!(ply_file::read(&whole[..end]).is_err(), "{format}, {end} bytes");
        }
        let absurd = String::from_utf8_lossy(&whole).replace("vertex 3", "vertex 4000000000");
        assert!(ply_file::read(absurd.as_bytes()).is_err());
    }
}
