//! Meshes and clouds in every dialect.

use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float32Type, Float64Type, Int32Type, UInt8Type};

use super::super::OnInvalid;
use super::super::source::Source;
use super::super::table::Decoded;
use super::*;
use crate::error::Place;
use crate::testing::{ask, find, watch};

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
    let off = off::source(&inputs, ask(&watch(), OnInvalid::Drop)).unwrap();
    (off.columns().iter().map(|c| c.name.clone()).collect(), decode(&off))
}

fn floats(decoded: &Decoded, column: usize, row: usize) -> Vec<f64> {
    let points = decoded.arrays[column].as_list::<i32>().value(row);
    points.as_fixed_size_list().values().as_primitive::<Float64Type>().values()[points.offset() * 3..]
        [..points.len() * 3]
        .to_vec()
}

#[test]
fn comments_and_blank_lines_may_follow_the_last_face() {
    let text = b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n\n# the end\n \n";
    let (_, decoded) = off(&[("a.off", text)]);
    assert_eq!((decoded.rows, decoded.faults.len()), (1, 0));
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
    let good: (&str, &[u8]) = ("0.off", b"OFF\n1 1 0\n0 0 0\n3 0 0 0\n");
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
        (b"OFF\n2 1 0\n0 0 0\n1 0 0\n0 1 0\n", 5, "a face of 0 corners"),
        (b"OFF\n2 1 0\n0 0 0\n1 0 0\n1 1 0\n", 5, "is the number of points, 2, right?"),
        (b"OFF\n1 0 0\n0 0 0\n# more\n\n0 1 0\n", 6, "goes on after its 1 points and 0 faces"),
        (b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n3 2 1 0\n", 7, "3 points and 1 faces"),
    ] {
        let (_, decoded) = off(&[good, ("1.off", text)]);
        let found = &decoded.faults[0];
        assert!(found.path.ends_with("1.off") && found.fault.what.contains(word), "{found:?}");
        assert_eq!(found.fault.place, Place::Line(line), "{found:?}");
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
        let ply = ply::source(&inputs, ask(&watch(), OnInvalid::Error)).unwrap();
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

/// What is wrong with a file in text of three points, a face and an edge.
fn ply_fault(data: &str) -> (Place, String) {
    let header = "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty uchar y\nelement face 1\n\
                  property list uchar int vertex_indices\nproperty float area\nelement edge 1\nproperty int a\nend_header\n";
    let fault = ply_file::read(format!("{header}{data}").as_bytes()).err().unwrap();
    (fault.place, fault.what)
}

#[test]
fn what_is_wrong_with_ply_text_is_said_in_words_with_its_line() {
    for (data, line, what) in [
        ("0 0\nnan 0\n", 13, "`x`: the value is NaN"),
        ("0 0\n0 a\n", 13, "`y`: `a` is not a number"),
        ("0 0\n0 256\n", 13, "`y`: `256` is not of the type that the header says, uchar"),
        ("0 0\n1e99 0\n", 13, "`x`: `1e99` is not of the type that the header says, float"),
        ("0 0\n1\n", 13, "the line ends before the value of `y`"),
        ("0 0\n1 1 1\n", 13, "there are more values than the header says"),
        (
            "0 0\n\n1 1\n",
            14,
            "the file is cut off: the header says that there are 3 of element `vertex`, but 2 are there",
        ),
        ("0 0\n1 1\n2 2\nx 0 1 2 0.5\n7\n", 15, "`vertex_indices`: `x` is not the number of values of a list"),
        ("0 0\n1 1\n2 2\n3 0 1 b 0.5\n7\n", 15, "`vertex_indices`: `b` is not the number of a point"),
        ("0 0\n1 1\n2 2\n3 0 1 3 0.5\n7\n", 15, "a face names point 3, but there are 3, counted from 0"),
        (
            "0 0\n1 1\n2 2\n3 0 1 2 0.5\n7\n\n8\n",
            18,
            "the file goes on after all elements that its header names; are the counts there right?",
        ),
    ] {
        assert_eq!(ply_fault(data), (Place::Line(line), what.to_owned()), "{data}");
    }
}

#[test]
fn what_is_wrong_with_a_ply_header_is_said_in_words_with_its_line() {
    for (text, place, what) in [
        ("plx\n", Place::Line(1), "`ply` should be here, but this is `plx`"),
        ("ply\nfoo\n", Place::Line(2), "`foo` is not a line of a PLY header, or is misplaced"),
        (
            "ply\nformat ascii 1.0\nelement vertex 1\nproperty flot x\nend_header\n",
            Place::Line(4),
            "`property flot x` is not a line of a PLY header, or is misplaced",
        ),
        (
            "ply\nformat ascii 1.0\nelement vertex 1\n",
            Place::Line(3),
            "the file is cut off: its header has no line `end_header`",
        ),
        (
            "ply\nelement vertex 1\nend_header\n",
            Place::File,
            "the header has no line `format` that is understood, such as `format ascii 1.0`",
        ),
    ] {
        let fault = ply_file::header(text.as_bytes()).err().unwrap();
        assert_eq!((fault.place, fault.what.as_str()), (place, what), "{text}");
    }
}

#[test]
fn data_beyond_the_counts_of_a_ply_file_are_errors() {
    for (format, more) in [("ascii", &b"\n \n"[..]), ("binary_little_endian", b"\n"), ("binary_big_endian", b"\r\n")] {
        let whole = ply_bytes(format);
        assert!(ply_file::read(&[&whole, more].concat()).is_ok(), "{format}");
        let fault = ply_file::read(&[&whole, more, b"1".as_slice()].concat()).err().unwrap();
        assert!(fault.what.contains("header") && fault.place != Place::File, "{format}: {fault:?}");
    }
}

#[test]
fn faces_may_come_before_the_points() {
    let header = |format: &str| {
        format!(
            "ply\nformat {format} 1.0\nelement face 1\nproperty list uchar int vertex_indices\nelement vertex 3\n\
             property float x\nproperty float y\nproperty float z\nend_header\n"
        )
    };
    let text = header("ascii") + "3 0 1 2\n0 0 0\n1 0 0\n0 1 0\n";
    assert_eq!(ply_file::read(text.as_bytes()).unwrap().faces, [0, 1, 2]);
    for (format, bytes) in
        [("binary_little_endian", i32::to_le_bytes as fn(i32) -> [u8; 4]), ("binary_big_endian", i32::to_be_bytes)]
    {
        let face = [0, 1, 2].iter().flat_map(|i| bytes(*i));
        let whole: Vec<u8> = header(format).into_bytes().into_iter().chain([3]).chain(face).chain([0; 36]).collect();
        let file = ply_file::read(&whole).unwrap();
        assert_eq!((file.faces, file.values.len()), (vec![0, 1, 2], 9), "{format}");
    }
    let beyond = text.replace("3 0 1 2", "3 0 1 3");
    assert!(ply_file::read(beyond.as_bytes()).err().unwrap().what.contains("names point 3, but there are 3"));
}

#[test]
fn comments_may_be_in_any_encoding_and_other_lines_are_named() {
    let ply = |comment: &[u8], rest: &str| {
        let head = b"ply\nformat ascii 1.0\ncomment ";
        let properties = "element vertex 1\nproperty float x\nproperty float y\nproperty float z\n";
        [&head[..], comment, b"\n", properties.as_bytes(), rest.as_bytes()].concat()
    };
    assert_eq!(ply_file::read(&ply(b"by Andr\xe9", "obj_info \u{e9}\nend_header\n0 0 0\n")).unwrap().values.len(), 3);
    let named = [&ply(b"", ""), &b"property float caf\xe9\nend_header\n"[..]].concat();
    assert_eq!(ply_file::header(&named).err().unwrap().place, Place::Line(8));
    let (_, decoded) = off(&[("a.off", b"OFF # \xe9\n1 0 0\n# \xff\n0 0 0\n")]);
    assert_eq!((decoded.rows, decoded.faults.len()), (1, 0));
    let (_, decoded) = off(&[("0.off", b"OFF\n1 0 0\n0 0 0\n"), ("a.off", b"OFF\n1 0 0\n0 0 \xe9\n")]);
    assert_eq!(decoded.faults[0].fault.place, Place::Line(3));
}

#[test]
fn binary_off_is_named_and_names_are_unique_in_ply() {
    for text in [&b"OFF BINARY\n\0\0\0\x01\xff\xfe"[..], b"# made\nCOFF BINARY\n\xff"] {
        let (_, decoded) = off(&[("0.off", b"OFF\n1 0 0\n0 0 0\n"), ("1.off", text)]);
        assert!(decoded.faults[0].fault.what.contains("binary OFF is not supported"), "{:?}", decoded.faults);
    }
    let properties = "property float x\nproperty float y\nproperty float z\n";
    let twice = format!("ply\nformat ascii 1.0\nelement vertex 1\n{properties}property int x\nend_header\n0 0 0 1\n");
    let fault = ply_file::header(twice.as_bytes()).err().unwrap();
    assert_eq!((fault.place, fault.what.as_str()), (Place::Line(7), "`x` is there twice"));
    let long = format!("ply\nformat ascii 1.0\nelement vertex 1\n{}", "comment x\n".repeat(40_000));
    assert!(ply_file::header(long.as_bytes()).err().unwrap().what.contains("the header is larger than"));
}

#[test]
fn many_properties_take_linear_time() {
    let properties: String = ["x", "y", "z"].iter().map(|n| format!("property float {n}\n")).collect();
    let more: String = (0..9000).map(|i| format!("property uchar p{i}\n")).collect();
    let text =
        format!("ply\nformat ascii 1.0\nelement vertex 1\n{properties}{more}end_header\n0 0 0{}\n", " 7".repeat(9000));
    let dir = tempfile::tempdir().unwrap();
    let inputs = find(&write(dir.path(), &[("a.ply", text.as_bytes())]), None).unwrap();
    let ply = ply::source(&inputs, ask(&watch(), OnInvalid::Error)).unwrap();
    assert_eq!((ply.columns().len(), decode(&ply).rows), (9002, 1));
}
