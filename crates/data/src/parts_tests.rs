//! Files that are put together, or set apart: parts without rows, parts that differ, columns that cannot be read.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, StringArray, StructArray};
use arrow::datatypes::{DataType, Field};

use super::testing::*;
use super::{DataError, Dataset, RowShape, Values, probe, profile};
use crate::foreign::How;
use crate::profile::Kind;
use crate::settings::{ActionName, FieldSpec, OnInvalid, PicturePaths};
use semola_document::OneOrMany;

fn fixture(name: &str) -> Case {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name);
    Case::new(&[("unused", f32s(&[0.0]), &[])]).with(|r| r.path = OneOrMany::One(path))
}

/// Two parts, read in the order of their names.
fn two(a: &[Column], b: &[Column]) -> Case {
    Case::new(a).file("b.parquet", b).with(|r| r.path = OneOrMany::One("*.parquet".into()))
}

fn plain(case: Case, fields: &[&str]) -> Case {
    fields.iter().fold(case, |case, name| case.field(name, FieldSpec::default()))
}

fn labels(case: Case) -> Case {
    case.field("y", FieldSpec { labels: true, ..FieldSpec::default() })
}

fn flags(values: &[bool]) -> ArrayRef {
    Arc::new(BooleanArray::from(values.to_vec()))
}

#[track_caller]
fn assert_has(message: &str, words: &[&str]) {
    words.iter().for_each(|w| assert!(message.contains(w), "`{w}` is not in: {message}"));
}

fn numbers(data: &Dataset, name: &str) -> Vec<f64> {
    data.fields[name].values.iter().collect()
}

#[test]
fn parts_without_rows_are_left_out_wherever_they_are() {
    let full: [Column; 1] = [("x", f64s(&[1.0, 2.0]), &[])];
    // Writers that see no value write a type of their own.
    let empty: [Column; 1] = [("x", texts(&[]), &[])];
    for (a, b) in [(&full, &empty), (&empty, &full)] {
        let case = plain(two(a, b), &["x"]);
        let data = case.data();
        assert_eq!((data.rows, numbers(&data, "x")), (2, vec![1.0, 2.0]));
        assert!(case.probed_errors().is_empty());
        assert_eq!(profile(&[case.path("")], Path::new(""), How::default()).unwrap().rows, 2);
    }
    assert!(matches!(plain(two(&empty, &empty), &["x"]).result(), Err(DataError::NoRows(_))));
}

#[test]
fn lists_are_measured_where_there_are_some() {
    let empty = || lists(lists(f64s(&[]), &[]), &[Some(0); 4]);
    let some = lists(lists(f64s(&[0.0, 1.0, 2.0]), &[Some(3)]), &[Some(0), Some(1)]);
    for (a, b) in [(empty(), some.clone()), (some.clone(), empty())] {
        let case = two(&[("p", a, &[])], &[("p", b, &[])]).acting("p", ActionName::Points, Some(3));
        let data = case.data();
        assert_eq!((data.fields["p"].shape.as_slice(), numbers(&data, "p")), (&[3][..], vec![0.0, 1.0, 2.0]));
        assert!(case.probed_errors().is_empty());
    }
}

#[test]
fn labels_of_two_kinds_are_one_or_an_error() {
    let part = |y: ArrayRef| -> [Column; 1] { [("y", y, &[])] };
    for (a, b) in [(flags(&[true, false]), ints(&[0, 1])), (ints(&[1, 0]), flags(&[false, true]))] {
        let data = labels(two(&part(a), &part(b))).data();
        assert_eq!(data.fields["y"].classes.as_deref().unwrap(), ["0", "1"]);
        assert_eq!(numbers(&data, "y"), [1.0, 0.0, 0.0, 1.0]);
    }
    let mixed = labels(two(&part(ints(&[1, 2])), &part(texts(&["2", "1"])))).data();
    assert_eq!(mixed.fields["y"].classes.as_deref().unwrap(), ["1", "2"]);
    let differ = labels(two(&part(flags(&[true])), &part(texts(&["true"]))));
    assert_has(&differ.error(), &["b.parquet: column `y` holds strings", "a.parquet it holds truth values"]);
    assert_eq!(differ.probed_errors(), [differ.error()]);
    let floats = labels(two(&part(ints(&[1])), &part(f64s(&[1.0]))));
    assert_has(&floats.error(), &["b.parquet: column `y` is floating-point numbers", "labels are integers"]);
}

#[test]
fn labels_may_be_lists_of_one() {
    for column in [fixed(ints(&[2, 0, 2]), 1), lists(ints(&[2, 0, 2]), &[Some(1); 3])] {
        let case = labels(Case::new(&[("y", column, &[])]));
        let data = case.data();
        assert_eq!((data.fields["y"].shape.len(), numbers(&data, "y")), (0, vec![1.0, 0.0, 1.0]));
        assert!(case.probed_errors().is_empty());
    }
    let two = labels(Case::new(&[("y", lists(ints(&[2, 0, 2]), &[Some(1), Some(2)]), &[])]));
    assert_has(&two.error(), &["column `y`", "one of 2 values"]);
    // As keys and in expressions too.
    let case = Case::new(&[("x", f64s(&[1.0, 2.0]), &[]), ("g", fixed(ints(&[5, 6]), 1), &[])]);
    let case = plain(case, &["x"]).with(|r| (r.group, r.filter) = (Some("g".into()), Some("g > 5".into())));
    assert_eq!(case.data().row_ids, [1]);
}

#[test]
fn a_name_that_two_columns_have_is_refused_where_it_is_used() {
    let columns: [Column; 3] = [("x", f64s(&[1.0]), &[]), ("y", f64s(&[2.0]), &[]), ("y", f64s(&[3.0]), &[])];
    let case = plain(Case::new(&columns), &["x", "y"]);
    assert_has(&case.error(), &["a.parquet: column `y` is there more than once"]);
    assert_eq!(case.probed_errors(), [case.error()]);
    let unused = plain(Case::new(&columns), &["x"]);
    assert_eq!(unused.data().rows, 1);
    let filtered = unused.with(|r| r.filter = Some("y > 0".into()));
    assert_has(&filtered.error(), &["column `y` is there more than once"]);
    let grouped = plain(Case::new(&columns), &["x"]).with(|r| r.group = Some("y".into()));
    assert_has(&grouped.error(), &["column `y` is there more than once"]);
    let side = FieldSpec { columns: Some(vec!["x".into(), "y".into()]), ..FieldSpec::default() };
    assert_has(&Case::new(&columns).field("f", side).error(), &["column `y` is there more than once"]);
}

#[test]
fn parts_that_differ_are_named_with_what_they_hold() {
    let one = |y: ArrayRef| -> [Column; 1] { [("y", y, &[])] };
    let case = plain(two(&one(f64s(&[1.0])), &one(lists(f64s(&[1.0]), &[Some(1)]))), &["y"]);
    let words =
        ["b.parquet: column `y` holds rows ragged (any number of single numbers)", "a.parquet it holds one number"];
    assert_has(&case.error(), &words);
    let case = plain(two(&one(fixed(f64s(&[1.0; 2]), 2)), &one(fixed(f64s(&[1.0; 3]), 3))), &["y"]);
    assert_has(&case.error(), &["b.parquet: column `y` holds rows [3]", "a.parquet it holds rows [2]"]);
    let image = |shape: &'static str| -> Vec<Column<'static>> {
        vec![("y", fixed(f64s(&[0.0; 6]), 6), Box::leak(Box::new([("shape", shape)])))]
    };
    let case = plain(two(&image("[2, 3]"), &image("[3, 2]")), &["y"]);
    assert_has(
        &case.error(),
        &["b.parquet: column `y` holds rows of shape [3, 2]", "a.parquet it holds rows of shape [2, 3]"],
    );
}

#[test]
fn a_column_that_one_part_lacks_is_named_with_both_files() {
    let (x, y): (Column, Column) = (("x", f64s(&[1.0]), &[]), ("y", f64s(&[1.0]), &[]));
    for (a, b, lacking) in [(vec![x.clone()], vec![x.clone(), y.clone()], "a"), (vec![x.clone(), y], vec![x], "b")] {
        let case = plain(two(&a, &b), &["x", "y"]);
        let other = if lacking == "a" { "b" } else { "a" };
        assert_has(
            &case.error(),
            &[&format!("{lacking}.parquet: no column `y`, which "), &format!("{other}.parquet has")],
        );
        assert_eq!(case.probed_errors(), [case.error()]);
        let schema = probe(&case.read, case.dir.path(), &[]).unwrap();
        assert_eq!(schema.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["x", "y"]);
        let filtered = plain(two(&a, &b), &["x"]).with(|r| r.filter = Some("y > 0".into()));
        assert_has(&filtered.error(), &["no column `y`, which"]);
    }
}

#[test]
fn a_column_of_an_unknown_type_leaves_the_others_alone() {
    let case = plain(fixture("unknown_type.parquet"), &["x", "y"]);
    let data = case.data();
    assert_eq!((data.rows, data.fields["x"].values.len(), data.fields["y"].values.len()), (20, 20, 20));
    assert!(case.probed_errors().is_empty());
    let source = &case.read.path.as_slice()[0];
    let found = profile(std::slice::from_ref(source), Path::new(""), How::default()).unwrap();
    assert!(found.columns.iter().any(|c| c.name == "y" && c.kind == Kind::Float));
    let used = plain(fixture("unknown_type.parquet"), &["v"]);
    assert_has(&used.error(), &["column `v` is of", "numbers"]);
    assert_eq!(used.probed_errors(), [used.error()]);
}

#[test]
fn a_column_that_arrow_has_no_type_for_is_set_apart() {
    use parquet::basic::{Repetition, Type as Physical};
    use parquet::data_type::{DoubleType, Int64Type};
    use parquet::schema::types::Type;
    // A group without columns has no type in Arrow.
    let case = Case::new(&[("x", f64s(&[0.0]), &[])]);
    let path = case.path("a.parquet");
    let leaf = |name: &str, physical| {
        let column = Type::primitive_type_builder(name, physical).with_repetition(Repetition::REPEATED);
        Arc::new(column.build().unwrap())
    };
    let list = Type::group_type_builder("odd")
        .with_repetition(Repetition::REPEATED)
        .with_converted_type(parquet::basic::ConvertedType::LIST)
        .with_fields(vec![leaf("n", Physical::INT64)]);
    let x = Type::primitive_type_builder("x", Physical::DOUBLE).with_repetition(Repetition::REQUIRED).build().unwrap();
    let fields = vec![Arc::new(list.build().unwrap()), Arc::new(x)];
    let schema = Arc::new(Type::group_type_builder("schema").with_fields(fields).build().unwrap());
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = parquet::file::writer::SerializedFileWriter::new(file, schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut odd = group.next_column().unwrap().unwrap();
    odd.typed::<Int64Type>().write_batch(&[1, 2], Some(&[2, 2]), Some(&[0, 0])).unwrap();
    odd.close().unwrap();
    let mut x = group.next_column().unwrap().unwrap();
    x.typed::<DoubleType>().write_batch(&[0.5, 1.5], None, None).unwrap();
    x.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let opened = super::open_parquet(&path).unwrap();
    assert_eq!(opened.unreadable.keys().collect::<Vec<_>>(), ["odd"]);
    let case = plain(case, &["x"]);
    assert_eq!(numbers(&case.data(), "x"), [0.5, 1.5]);
    let used = case.field("odd", FieldSpec::default());
    assert_has(&used.error(), &["column `odd` is of a type that is not known here"]);
    assert_eq!(used.probed_errors(), [used.error()]);
}

#[test]
fn rows_that_a_footer_only_claims_are_not_believed() {
    let case = plain(fixture("claims_rows.parquet"), &["y"]);
    assert_has(&case.error(), &["not a readable Parquet file", "claims 1099511627776 rows", "300 values in it"]);
}

#[test]
fn many_equal_values_are_believed() {
    // A constant column takes few bytes a row; its pages are counted.
    let case = plain(Case::new(&[("x", f64s(&[7.0; 4]), &[])]), &["x"]);
    let batch = arrow::record_batch::RecordBatch::try_from_iter([("x", f64s(&vec![7.0; 400_000]))]).unwrap();
    let file = std::fs::File::create(case.path("a.parquet")).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert!(std::fs::metadata(case.path("a.parquet")).unwrap().len() < 50_000);
    assert_eq!(case.data().rows, 400_000);
}

#[test]
fn tensors_in_another_order_are_refused() {
    let tensor = |order: &'static str| -> Vec<(&'static str, &'static str)> {
        vec![("ARROW:extension:name", "arrow.fixed_shape_tensor"), ("ARROW:extension:metadata", order)]
    };
    let case = |order| {
        let metadata = tensor(order);
        plain(Case::new(&[("m", fixed(f64s(&[1.0; 6]), 6), &metadata)]), &["m"])
    };
    let permuted = case("{\"shape\":[2,3],\"permutation\":[1,0]}");
    assert_has(&permuted.error(), &["column `m`", "tensors with a `permutation`"]);
    assert_eq!(permuted.probed_errors(), [permuted.error()]);
    assert_eq!(
        profile(&[permuted.path("a.parquet")], Path::new(""), How::default()).unwrap().columns[0].kind,
        Kind::Other
    );
    assert_eq!(case("{\"shape\":[2,3],\"permutation\":[0,1]}").data().fields["m"].shape, [2, 3]);
}

#[test]
fn flat_lists_are_points_of_as_many_numbers_as_the_action_says() {
    let lengths = [Some(6), Some(3), Some(9)];
    let columns: [Column; 3] = [
        ("p", lists(f32s(&count(18)), &lengths), &[]),
        ("f", lists(f32s(&count(18)), &lengths), &[]),
        ("q", lists(lists(f32s(&count(18)), &[Some(3); 6]), &[Some(2), Some(1), Some(3)]), &[]),
    ];
    let case = Case::new(&columns).acting("p", ActionName::Points, Some(3)).acting("q", ActionName::Points, Some(3));
    let case = case.acting("f", ActionName::Vector, Some(3));
    let data = case.data();
    assert_eq!(data.fields["p"], data.fields["q"]);
    assert_eq!(
        (&data.fields["f"].offsets, &data.fields["f"].values),
        (&data.fields["p"].offsets, &data.fields["p"].values)
    );
    let schema = probe(&case.read, case.dir.path(), &[]).unwrap();
    assert_eq!((&schema.fields["p"].shape, schema.errors.len()), (&RowShape::Ragged(vec![3]), 0));
    let even = [("p", lists(f32s(&count(12)), &[Some(6); 2]), &[] as &[_])];
    let even = Case::new(&even).acting("p", ActionName::Points, Some(3));
    assert_eq!((even.data().fields["p"].shape.as_slice(), even.probed_errors().len()), (&[2, 3][..], 0));
    let odd = [("p", lists(f32s(&count(13)), &[Some(6), Some(7)]), &[] as &[_])];
    let odd = Case::new(&odd).acting("p", ActionName::Points, Some(3));
    assert_has(&odd.error(), &["column `p`, row 1", "7 values, which is no whole number of points of 3"]);
    let kept = odd.with(|r| r.on_invalid = OnInvalid::Drop).data();
    assert_eq!((kept.row_ids.as_slice(), kept.fields["p"].values.clone()), (&[0][..], Values::F32(count(6))));
}

/// Rows that name files.
fn named(paths: &[&str]) -> ArrayRef {
    let paths: ArrayRef = Arc::new(StringArray::from(paths.to_vec()));
    Arc::new(StructArray::from(vec![(Arc::new(Field::new("path", DataType::Utf8, true)), paths)]))
}

#[test]
fn pictures_are_read_beside_the_data_only_and_from_regular_files() {
    let picture = {
        let buffer = image::GrayImage::from_raw(2, 2, vec![1, 2, 3, 4]).unwrap();
        let mut bytes = std::io::Cursor::new(Vec::new());
        buffer.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    let outside = tempfile::tempdir().unwrap();
    let elsewhere = outside.path().join("a.png");
    std::fs::write(&elsewhere, &picture).unwrap();
    let shaped = FieldSpec { action: ActionName::Pixels, shape: Some(vec![2, 2, 1]), ..FieldSpec::default() };
    let case = |path: &str| {
        let case = Case::new(&[("i", named(&[path]), &[])]).field("i", shaped.clone());
        std::fs::write(case.path("in.png"), &picture).unwrap();
        std::os::unix::fs::symlink(&elsewhere, case.path("link.png")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", case.path("zero.png")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(case.path("pipe.png")).status().unwrap().success());
        case
    };
    assert_eq!(case("in.png").data().fields["i"].values, Values::F32(vec![1., 2., 3., 4.]));
    let away = elsewhere.display().to_string();
    for path in [away.as_str(), "link.png", "/dev/zero", "zero.png", "../../etc/passwd"] {
        assert_has(&case(path).error(), &["column `i`, row 0", "lies outside of the directory", "pictures: anywhere"]);
    }
    assert_has(&case("pipe.png").error(), &["a pipe, socket or device, not a regular file"]);
    let anywhere = |path: &str| case(path).with(|r| r.pictures = PicturePaths::Anywhere);
    assert_eq!(anywhere(&away).data().rows, 1);
    assert_eq!(anywhere("link.png").data().rows, 1);
    assert_has(&anywhere("/dev/zero").error(), &["not a regular file"]);
}
