//! Arrays of every type, order and byte order, and their damage.

use std::path::{Path, PathBuf};

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int16Type, Int64Type, UInt8Type};

use super::*;
use crate::testing::{find, watch};

fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    header += &" ".repeat((64 - (header.len() + 11) % 64) % 64);
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn idx(code: u8, shape: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, shape.len() as u8];
    bytes.extend(shape.iter().flat_map(|n| n.to_be_bytes()));
    bytes.extend(data);
    bytes
}

fn write(dir: &Path, files: &[(&str, Vec<u8>)]) -> Vec<PathBuf> {
    let write = |(name, bytes): &(&str, Vec<u8>)| {
        let path = dir.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    files.iter().map(write).collect()
}

fn all(arrays: &Arrays) -> Result<Vec<Decoded>, ImportError> {
    arrays.pieces()?.map(|piece| arrays.decode(piece?)).collect()
}

fn npy_column(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Result<(Column, ArrayRef), ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let inputs = find(&write(dir.path(), &[("x.npy", npy(descr, fortran, shape, data))]), None)?;
    let arrays = npy::source(&inputs, &watch())?;
    let decoded = all(&arrays)?.remove(0);
    Ok((arrays.columns[0].clone(), decoded.arrays[0].clone()))
}

#[test]
fn types_and_byte_orders_of_numpy() {
    let (column, array) = npy_column(">i2", false, "(2,)", &[0x01, 0x02, 0xff, 0xfe]).unwrap();
    assert_eq!((column.name.as_str(), &column.layout), ("x", &Layout::Scalar));
    assert_eq!(array.as_primitive::<Int16Type>().values(), &[0x0102, -2]);
    let (_, array) = npy_column("<f2", false, "(2,)", &[0x00, 0x3c, 0x00, 0xc1]).unwrap();
    assert_eq!(array.as_primitive::<Float32Type>().values(), &[1.0, -2.5]);
    let (_, array) = npy_column("|b1", false, "(3,)", &[1, 0, 2]).unwrap();
    assert_eq!(array.as_boolean().iter().flatten().collect::<Vec<_>>(), [true, false, true]);
    let (_, array) = npy_column("<U2", false, "(1,)", &[0x53, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    assert_eq!(array.as_string::<i32>().value(0), "S");
    let data: Vec<u8> = [1.5_f64, -2.0].iter().flat_map(|x| x.to_be_bytes()).collect();
    let (_, array) = npy_column(">f8", false, "(2,)", &data).unwrap();
    assert_eq!(array.as_primitive::<Float64Type>().values(), &[1.5, -2.0]);
}

#[test]
fn fortran_order_gives_the_rows_of_c_order() {
    // Element (i, j, k) is 100 i + 10 j + k, stored with the first axis fastest.
    let shape = [3_u8, 2, 2];
    let mut data = Vec::new();
    for k in 0..shape[2] {
        for j in 0..shape[1] {
            data.extend((0..shape[0]).map(|i| 100 * i + 10 * j + k));
        }
    }
    let (column, array) = npy_column("|u1", true, "(3, 2, 2)", &data).unwrap();
    assert_eq!(column.layout, Layout::Fixed(vec![2, 2]));
    assert_eq!(column.field().metadata()["shape"], "[2, 2]");
    let values = array.as_fixed_size_list().values().as_primitive::<UInt8Type>().values().to_vec();
    assert_eq!(values, [0, 1, 10, 11, 100, 101, 110, 111, 200, 201, 210, 211]);
}

#[test]
fn what_numpy_can_hold_but_no_column_can_is_refused() {
    let error = |descr: &str, shape: &str, data: &[u8]| npy_column(descr, false, shape, data).unwrap_err().to_string();
    assert!(error("|O", "(1,)", &[0]).contains("pickled Python objects"));
    assert!(error("<c8", "(1,)", &[0; 8]).contains("complex"));
    assert!(error("<f8", "()", &[0; 8]).contains("without rows"));
    assert!(error("<f8", "(0, 3)", &[]).contains("is empty"));
    assert!(error("<f8", "(2,)", &[0; 8]).contains("bytes in all"));
    assert!(error("<f8", "(1,)", &[0; 9]).contains("bytes in all"));
    assert!(error("<f8", "(18446744073709551615, 2)", &[0; 8]).contains("too large"));
    assert!(error("<f8", "(1, 4294967296)", &[0; 8]).contains("too large"));
    assert!(error("<f4", "(4611686018427387904,)", &[0; 8]).contains("too large"));
}

#[test]
fn images_and_labels_are_paired() {
    let dir = tempfile::tempdir().unwrap();
    let images = |n: u32, from: u8| idx(8, &[n, 1, 2], &(0..2 * n as u8).map(|i| from + i).collect::<Vec<_>>());
    let files = [
        ("t10k-images.idx3-ubyte", images(2, 100)),
        ("t10k-labels.idx1-ubyte", idx(8, &[2], &[8, 9])),
        ("train-images.idx3-ubyte", images(2, 0)),
        ("train-labels.idx1-ubyte", idx(8, &[2], &[1, 2])),
    ];
    let paths = write(dir.path(), &files);
    // The labels come in the wrong order: names tell what belongs together.
    let order = [0, 2, 3, 1].map(|i| paths[i].clone());
    let arrays = idx::source(&find(&order, None).unwrap()).unwrap();
    let names: Vec<(&str, &DataType)> = arrays.columns.iter().map(|c| (c.name.as_str(), &c.leaf)).collect();
    assert_eq!(names, [("image", &DataType::UInt8), ("label", &DataType::Int64)]);
    let metadata = arrays.columns[0].field().metadata().clone();
    let entry = |key: &str| metadata[key].clone();
    assert_eq!([entry("height"), entry("width"), entry("channels"), entry("shape")], ["1", "2", "1", "[1, 2, 1]"]);
    let decoded = all(&arrays).unwrap();
    let labels: Vec<i64> =
        decoded.iter().flat_map(|d| d.arrays[1].as_primitive::<Int64Type>().values().to_vec()).collect();
    assert_eq!(labels, [8, 9, 1, 2]);
    let alone = idx::source(&find(&paths[..1], None).unwrap()).unwrap();
    assert_eq!(alone.columns.len(), 1);
    let error = idx::source(&find(&paths[..3], None).unwrap()).err().unwrap().to_string();
    assert!(error.contains("no label file with 2 rows"), "{error}");
}

#[test]
fn idx_of_any_type_and_rank() {
    let dir = tempfile::tempdir().unwrap();
    let one = |bytes: Vec<u8>| -> Result<(Arrays, Vec<Decoded>), ImportError> {
        let inputs = find(&write(dir.path(), &[("a.idx", bytes)]), None)?;
        let arrays = idx::source(&inputs)?;
        let decoded = all(&arrays)?;
        Ok((arrays, decoded))
    };
    let floats: Vec<u8> = [1.5_f32, f32::NAN, 3.0, 4.0].iter().flat_map(|x| x.to_be_bytes()).collect();
    let (arrays, decoded) = one(idx(0x0d, &[2, 2], &floats)).unwrap();
    assert_eq!((arrays.columns[0].name.as_str(), decoded[0].rows), ("features", 1));
    let fault = &decoded[0].faults[0].fault;
    assert_eq!(fault.place, crate::error::Place::Array("a.idx".into(), Some(0)));
    let (arrays, _) = one(idx(8, &[1, 1, 1, 3], &[1, 2, 3])).unwrap();
    assert_eq!(arrays.columns[0].layout, Layout::Fixed(vec![1, 1, 3]));
    let (arrays, _) = one(idx(8, &[1, 1, 1, 1, 3], &[1, 2, 3])).unwrap();
    assert_eq!(arrays.columns[0].name, "features");
    let error = |bytes: Vec<u8>| one(bytes).err().unwrap().to_string();
    assert!(error(idx(7, &[1], &[1])).contains("not an IDX type"));
    assert!(error(idx(8, &[], &[1])).contains("without rows"));
    assert!(error(idx(8, &[3], &[1, 2])).contains("a.idx: byte 10"));
    assert!(error(idx(8, &[u32::MAX, u32::MAX, u32::MAX], &[1])).contains("too large"));
    assert!(error(vec![0, 0, 8, 3, 0]).contains("cut off"));
}

#[test]
fn a_cut_gzip_and_an_absurd_header_in_it_are_errors() {
    use std::io::Write;
    let dir = tempfile::tempdir().unwrap();
    let packed = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let read = |bytes: Vec<u8>| -> Result<usize, ImportError> {
        let inputs = find(&write(dir.path(), &[("a-idx3-ubyte.gz", bytes)]), None)?;
        Ok(all(&idx::source(&inputs)?)?.iter().map(|d| d.rows).sum())
    };
    let whole = packed(&idx(8, &[500, 4, 4], &(0..8000).map(|i| (i * i % 251) as u8).collect::<Vec<_>>()));
    assert_eq!(read(whole.clone()).unwrap(), 500);
    for end in [3, 12, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        assert!(read(whole[..end].to_vec()).is_err(), "{end} of {}", whole.len());
    }
    let absurd = read(packed(&idx(8, &[u32::MAX, 3000, 6000], &[0; 1000]))).unwrap_err().to_string();
    assert!(absurd.contains("cut off here"), "{absurd}");
    let long = read(packed(&idx(8, &[1], &[1, 2]))).unwrap_err().to_string();
    assert!(long.contains("longer than its header says"), "{long}");
}

/// A file with this text as its header.
fn npy_with(header: &str, data: &[u8]) -> Result<(Column, ArrayRef), ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    let inputs = find(&write(dir.path(), &[("x.npy", bytes)]), None)?;
    let arrays = npy::source(&inputs, &watch())?;
    let decoded = all(&arrays)?.remove(0);
    Ok((arrays.columns[0].clone(), decoded.arrays[0].clone()))
}

#[test]
fn headers_of_python_2_are_read() {
    for header in [
        "{'descr': '<i2', 'fortran_order': False, 'shape': (2L, 2L), }\n",
        "{'descr': u'<i2', u'fortran_order': False, 'shape': (2l, 2L)}\n",
        "{\"descr\": '<i2', 'fortran_order': False, 'shape': (2L,2L,), }          \n",
    ] {
        let (column, array) = npy_with(header, &[1, 0, 2, 0, 3, 0, 4, 0]).unwrap();
        assert_eq!(column.layout, Layout::Fixed(vec![2]), "{header}");
        assert_eq!(array.as_fixed_size_list().values().as_primitive::<Int16Type>().values(), &[1, 2, 3, 4], "{header}");
    }
}

#[test]
fn a_header_that_nests_without_end_is_refused_at_once() {
    let began = std::time::Instant::now();
    for depth in [10, 15, 5000] {
        let descr = format!("{}'<f8'{}", "[('a', ".repeat(depth), ")]".repeat(depth));
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}\n");
        let error = npy_with(&header, &[0; 16]).unwrap_err().to_string();
        assert!(error.contains("nests more than 8 brackets"), "{error}");
    }
    let error = npy_with(&"[".repeat(60_000), &[]).unwrap_err().to_string();
    assert!(error.contains("nests more than 8 brackets"), "{error}");
    // Structures of a usual depth are told as what they are.
    let field = "{'descr': [('a', [('b', '<f8', (3,))])], 'fortran_order': False, 'shape': (2,)}\n";
    let error = npy_with(field, &[0; 48]).unwrap_err().to_string();
    assert!(error.contains("is a structure"), "{error}");
    assert!(began.elapsed().as_secs() < 10);
}

#[test]
fn a_row_that_would_fill_the_memory_is_refused() {
    let error = npy_column("<f8", false, "(1, 100000000)", &[0; 8]).unwrap_err().to_string();
    assert!(error.contains("a row has 800000000 bytes, and at most 268435456 fit"), "{error}");
    let dir = tempfile::tempdir().unwrap();
    let inputs = find(&write(dir.path(), &[("a.idx", idx(8, &[1, 30_000, 30_000], &[1]))]), None).unwrap();
    assert!(idx::source(&inputs).err().unwrap().to_string().contains("at most 268435456 fit"));
}
