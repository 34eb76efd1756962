//! Columns of encoded pictures, against the pixels that another program decodes (`tests/fixtures/make.py`).

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryArray, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{DataType, Field};

use super::testing::*;
use super::{Dataset, RowShape, probe};
use crate::settings::{ActionName, FieldSpec, OnInvalid};
use semola_document::OneOrMany;
use semola_lie::action::{Action, Image};

fn fixture(name: &str) -> Case {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name);
    let case = Case::new(&[("unused", f32s(&[0.0]), &[])]);
    case.with(|r| r.path = OneOrMany::One(path))
}

fn pixels(column: &str) -> FieldSpec {
    FieldSpec { column: Some(column.into()), action: ActionName::Pixels, ..FieldSpec::default() }
}

fn stated(column: &str, shape: &[usize]) -> FieldSpec {
    FieldSpec { shape: Some(shape.to_vec()), ..pixels(column) }
}

#[track_caller]
fn assert_near(data: &Dataset, field: &str, other: &str, tolerance: f64) {
    let (a, b) = (&data.fields[field].values, &data.fields[other].values);
    assert_eq!(a.len(), b.len());
    let largest = a.iter().zip(b.iter()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(largest <= tolerance, "{field}: {largest}");
}

/// Rows of the layout of Hugging Face; `None` is null.
fn rows(pictures: &[(Option<&[u8]>, Option<&str>)]) -> ArrayRef {
    let bytes: ArrayRef = Arc::new(pictures.iter().map(|p| p.0).collect::<BinaryArray>());
    let paths: ArrayRef = Arc::new(pictures.iter().map(|p| p.1).collect::<StringArray>());
    let field = |name: &str, kind| Arc::new(Field::new(name, kind, true));
    Arc::new(StructArray::from(vec![(field("bytes", DataType::Binary), bytes), (field("path", DataType::Utf8), paths)]))
}

/// The encoded pictures of a fixture's plain column.
fn encoded(count: usize) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pictures.parquet");
    let file = std::fs::File::open(path).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let column = |b: &RecordBatch| b.column_by_name("plain").unwrap().clone();
    let all = batches.iter().flat_map(|b| {
        let array = column(b);
        let binary = array.as_any().downcast_ref::<BinaryArray>().unwrap().clone();
        (0..binary.len()).map(move |i| binary.value(i).to_vec()).collect::<Vec<_>>()
    });
    all.take(count).collect()
}

#[test]
fn pictures_in_both_layouts_are_what_another_program_decodes() {
    let flat = |c: &str| FieldSpec { action: ActionName::Scalar, ..stated(c, &[8, 8, 3]) };
    let case = fixture("pictures.parquet")
        .field("image", pixels("image"))
        .field("plain", pixels("plain"))
        .field("photo", pixels("photo"))
        .field("pixels", flat("pixels"))
        .field("photo_pixels", flat("photo_pixels"))
        .field("kind", FieldSpec { column: Some("name".into()), labels: true, ..FieldSpec::default() });
    let data = case.data();
    let image = Image { height: 8, width: 8, channels: 3, edge: false };
    let field = &data.fields["image"];
    assert_eq!((data.rows, field.action, &field.shape), (12, Action::Pixels(image), &vec![8, 8, 3]));
    assert_near(&data, "image", "pixels", 0.0);
    assert_near(&data, "plain", "pixels", 0.0);
    // Decoders of JPEG round differently.
    assert_near(&data, "photo", "photo_pixels", 3.0);
    assert_eq!(data.fields["kind"].classes, Some(vec!["bar".into(), "cross".into(), "ring".into()]));
    let schema = probe(&case.read, case.dir.path(), &[]).unwrap();
    assert!(schema.errors.is_empty(), "{:?}", schema.errors);
    assert_eq!(schema.fields["image"].shape, RowShape::Fixed(vec![8, 8, 3]));
    let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| case.data());
    assert_eq!(on(1), on(3));
}

#[test]
fn every_kind_of_picture_is_put_on_black_in_the_same_range() {
    let rgb = FieldSpec { action: ActionName::Scalar, ..stated("rgb", &[5, 7, 3]) };
    let case = fixture("kinds.parquet").field("image", stated("image", &[5, 7, 3])).field("rgb", rgb);
    // Half a grey value for compositing in whole numbers, and three for JPEG.
    assert_near(&case.data(), "image", "rgb", 3.0);
    let exact = case.with(|r| r.filter = Some("kind <> 'turned JPEG'".into()));
    assert_near(&exact.data(), "image", "rgb", 1e-4);
}

#[test]
fn shape_and_size_say_how_pictures_come_out() {
    let case = fixture("pictures.parquet").field("grey", stated("image", &[8, 8, 1]));
    let case = case.field("small", FieldSpec { size: Some([4, 6]), ..pixels("image") });
    let case = case.field("both", FieldSpec { size: Some([4, 4]), ..stated("image", &[4, 4]) });
    let data = case.data();
    let shapes = ["grey", "small", "both"].map(|f| data.fields[f].shape.clone());
    assert_eq!(shapes, [vec![8, 8, 1], vec![4, 6, 3], vec![4, 4]]);
    assert!(data.fields["small"].values.iter().all(|v| (0.0..=255.0).contains(&v)));
    let schema = probe(&case.read, case.dir.path(), &[]).unwrap();
    assert_eq!(schema.fields["small"].shape, RowShape::Fixed(vec![4, 6, 3]));
    let other = |spec| fixture("pictures.parquet").field("image", spec).error();
    assert!(other(stated("image", &[9, 8, 3])).contains("column `image`, row 0"));
    assert!(other(stated("image", &[8, 8, 2])).contains("with 1 or 3 channels"));
    assert!(other(FieldSpec { size: Some([4, 4]), ..stated("image", &[8, 8, 3]) }).contains("`size` says 4×4"));
    assert!(other(FieldSpec { size: Some([4, 4]), ..pixels("pixels") }).contains("leave it out"));
    assert!(
        other(FieldSpec { columns: Some(vec!["image".into()]), ..FieldSpec::default() }).contains("lists of numbers")
    );
}

#[test]
fn broken_and_missing_pictures_name_their_row_or_are_dropped() {
    let good = encoded(3);
    let broken = &good[1][..good[1].len() / 2];
    let column = rows(&[
        (Some(&good[0]), None),
        (Some(&good[1]), Some("ignored.png")),
        (None, Some("side/c.png")),
        (Some(broken), None),
        (None, None),
        (None, Some("nowhere.png")),
    ]);
    let case = Case::new(&[("image", column, &[]), ("n", ints(&[0, 1, 2, 3, 4, 5]), &[])]);
    std::fs::create_dir(case.path("side")).unwrap();
    std::fs::write(case.path("side/c.png"), &good[2]).unwrap();
    let case = case.field("image", pixels("image")).field("n", FieldSpec::default());
    let error = case.error();
    assert!(error.contains("a.parquet: column `image`, row 3") && error.contains("picture cannot be used"), "{error}");
    let only = |row: usize| fixture_row(&case, row).error();
    assert!(only(4).contains("the value is null"), "{}", only(4));
    assert!(only(5).contains("nowhere.png cannot be read"), "{}", only(5));
    let case = case.with(|r| r.on_invalid = OnInvalid::Drop);
    let data = case.data();
    assert_eq!((data.rows, data.dropped["image"]), (3, 3));
    assert_eq!(data.fields["n"].values.iter().collect::<Vec<_>>(), [0.0, 1.0, 2.0]);
    let no_picture = Case::new(&[("image", rows(&[(None, None), (Some(b"no"), None)]), &[])]);
    let no_picture = no_picture.field("image", pixels("image"));
    assert!(no_picture.error().contains("neither PNG nor JPEG"), "{}", no_picture.error());
    assert_eq!(no_picture.probed_errors(), [no_picture.error()]);
}

/// The same case with one row.
fn fixture_row(case: &Case, row: usize) -> Case {
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(case.path("a.parquet"), dir.path().join("a.parquet")).unwrap();
    let mut read = case.read.clone();
    read.filter = Some(format!("n = {row}"));
    Case { dir, read, keys: Vec::new() }
}

#[test]
fn a_column_that_is_pictures_in_one_file_only_is_refused() {
    let good = encoded(1);
    let case = Case::new(&[("image", rows(&[(Some(&good[0]), None)]), &[])]);
    let case = case.file("b.parquet", &[("image", fixed(f32s(&count(64)), 64), &[])]);
    let case = case.field("image", pixels("image")).with(|r| r.path = OneOrMany::One("*.parquet".into()));
    assert!(case.error().contains("b.parquet: column `image`") && case.error().contains("encoded pictures"));
}

#[test]
fn flat_lists_and_lists_of_any_length_are_images() {
    let shape: &[(&str, &str)] = &[("shape", "[2, 3, 2]")];
    let columns: [Column; 3] = [
        ("flat", fixed(f32s(&count(24)), 12), shape),
        ("list", lists(f32s(&count(24)), &[Some(12); 2]), &[]),
        ("rows", fixed(fixed(f32s(&count(12)), 3), 2), &[]),
    ];
    let edge = FieldSpec { border: crate::settings::Border::Edge, ..stated("list", &[2, 3, 2]) };
    let case = Case::new(&columns).field("flat", pixels("flat")).field("list", edge).field("rows", pixels("rows"));
    let data = case.data();
    let image = |channels, edge| Action::Pixels(Image { height: 2, width: 3, channels, edge });
    assert_eq!(
        ["flat", "list", "rows"].map(|f| data.fields[f].action),
        [image(2, false), image(2, true), image(1, false)]
    );
    assert_eq!(data.fields["flat"].values, data.fields["list"].values);
    let short = Case::new(&[("list", lists(f32s(&count(23)), &[Some(12), Some(11)]), &[])]);
    let short = short.field("list", stated("list", &[2, 3, 2]));
    assert!(short.error().contains("the list has 11 values where 12 are needed"), "{}", short.error());
}
