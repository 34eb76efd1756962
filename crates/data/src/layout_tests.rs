//! Every layout that columns come in.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, Float16Array, Int8Array, LargeListArray, UInt8Array, UInt16Array,
};
use arrow::datatypes::{Int32Type, UInt8Type};

use super::testing::*;
use super::{Dataset, Field, RowShape, Values, probe};
use crate::settings::{ActionName, FieldSpec};
use semola_document::OneOrMany;
use semola_lie::action::Action;

fn numbers(field: &Field) -> Vec<f64> {
    field.values.iter().collect()
}

fn counted(n: usize) -> Vec<f64> {
    (0..n).map(|i| i as f64).collect()
}

/// Looking at the files tells the shape that reading finds.
fn assert_probed(case: &Case, data: &Dataset) {
    let schema = probe(&case.read, case.dir.path(), &case.keys).unwrap();
    assert!(schema.errors.is_empty(), "{:?}", schema.errors);
    for (name, field) in &data.fields {
        assert_eq!(schema.fields[name].shape, field.row_shape(), "{name}");
    }
}

#[test]
fn fixed_size_lists_and_lists_of_one_length_are_equal() {
    let items = || f32s(&count(20));
    let columns: [Column; 2] = [("x", fixed(items(), 4), &[]), ("y", lists(items(), &[Some(4); 5]), &[])];
    let case = Case::new(&columns).acting("x", ActionName::Vector, Some(2)).acting("y", ActionName::Vector, Some(2));
    let data = case.data();
    assert_eq!(data.fields["x"], data.fields["y"]);
    let x = &data.fields["x"];
    assert_eq!((x.action, x.shape.clone(), numbers(x)), (Action::Vector { dim: 2 }, vec![4], counted(20)));
    assert_eq!(data.dense_f32("x").unwrap(), count(20));
    assert_eq!(data.row_ids, [0, 1, 2, 3, 4]);
    assert_eq!((data.files[0].rows, data.files[0].hash.len()), (5, 64));
    assert_probed(&case, &data);
}

#[test]
fn ragged_points_as_lists_of_fixed_lists_and_lists_of_lists() {
    let lengths = [Some(2), Some(0), Some(3), Some(1)];
    let fixed_points = lists(fixed(f32s(&count(18)), 3), &lengths);
    let listed_points = lists(lists(f32s(&count(18)), &[Some(3); 6]), &lengths);
    let columns: [Column; 3] =
        [("p", fixed_points, &[]), ("q", listed_points, &[]), ("z", lists(ints(&[1, 6, 8, 8, 8, 1]), &lengths), &[])];
    let case = Case::new(&columns).acting("p", ActionName::Points, None).acting("q", ActionName::Points, Some(3));
    let case = case.field("z", FieldSpec::default());
    let data = case.data();
    assert_eq!(data.fields["p"], data.fields["q"]);
    let p = &data.fields["p"];
    assert_eq!((p.action, p.shape.clone()), (Action::Points { dim: 3 }, vec![3]));
    assert_eq!(p.offsets, Some(vec![0, 2, 2, 5, 6]));
    assert_eq!(numbers(p), counted(18));
    assert_eq!(data.fields["z"].row_shape(), RowShape::Ragged(vec![]));
    assert_probed(&case, &data);
    assert!(data.width("p").unwrap_err().to_string().contains("row 0"));
}

#[test]
fn ragged_points_of_one_length_and_nested_fixed_lists_are_dense() {
    let points = |k: usize| fixed(f32s(&count(4 * 2 * 3)), k as i32);
    let columns: [Column; 2] = [("p", lists(points(3), &[Some(2); 4]), &[]), ("q", fixed(points(3), 2), &[])];
    let case = Case::new(&columns).acting("p", ActionName::Points, None).acting("q", ActionName::Points, None);
    let data = case.data();
    assert_eq!(data.fields["p"], data.fields["q"]);
    assert_eq!(data.fields["p"].shape, [2, 3]);
    assert_probed(&case, &data);
}

#[test]
fn columns_are_grouped_in_the_order_given() {
    let columns: [Column; 5] = [
        ("px", f64s(&[0., 3.]), &[("unit", "GeV")]),
        ("py", f64s(&[1., 4.]), &[("unit", "GeV")]),
        ("pz", f64s(&[2., 5.]), &[]),
        ("jx", lists(f32s(&[0., 2., 4.]), &[Some(2), Some(1)]), &[]),
        ("jy", lists(f32s(&[1., 3., 5.]), &[Some(2), Some(1)]), &[]),
    ];
    let group = |names: &[&str]| FieldSpec {
        columns: Some(names.iter().map(ToString::to_string).collect()),
        action: ActionName::Vector,
        ..FieldSpec::default()
    };
    let case = Case::new(&columns).field("p", group(&["px", "py", "pz"])).field("j", group(&["jx", "jy"]));
    let data = case.data();
    let p = &data.fields["p"];
    assert_eq!((p.action, p.unit.as_deref(), numbers(p)), (Action::Vector { dim: 3 }, Some("GeV"), counted(6)));
    let j = &data.fields["j"];
    assert_eq!((j.action, j.offsets.clone(), numbers(j)), (Action::Vector { dim: 2 }, Some(vec![0, 2, 3]), counted(6)));
    assert_probed(&case, &data);
}

#[test]
fn flat_images_get_their_shape_from_metadata_or_the_pipeline() {
    let image = || fixed(Arc::new(UInt8Array::from((0..24).collect::<Vec<u8>>())), 12);
    let stated: &[(&str, &str)] = &[("height", "2"), ("width", "3"), ("channels", "2")];
    let case = Case::new(&[("i", image(), stated), ("j", image(), &[])]).field("i", FieldSpec::default());
    let case = case.field("j", FieldSpec { shape: Some(vec![4, 3]), ..FieldSpec::default() });
    let data = case.data();
    assert_eq!((&data.fields["i"].shape, &data.fields["j"].shape), (&vec![2, 3, 2], &vec![4, 3]));
    assert_eq!(numbers(&data.fields["i"]), counted(24));
    assert_probed(&case, &data);
    let wrong = case.field("j", FieldSpec { shape: Some(vec![5, 3]), ..FieldSpec::default() });
    assert!(wrong.error().contains("12 numbers, which is not the shape [5, 3]"), "{}", wrong.error());
    assert!(wrong.probed_errors()[0].contains("not the shape [5, 3]"));
}

#[test]
fn the_shape_in_a_files_own_metadata_counts_for_the_column_that_it_fits() {
    let case = Case::new(&[("i", fixed(f32s(&count(12)), 6), &[]), ("v", fixed(f32s(&count(4)), 2), &[])]);
    let path = case.path("a.parquet");
    let batch = arrow::record_batch::RecordBatch::try_from_iter([
        ("i", fixed(f32s(&count(12)), 6)),
        ("v", fixed(f32s(&count(4)), 2)),
    ])
    .unwrap();
    let metadata = [("height", "2"), ("width", "3"), ("channels", "1")];
    let schema = Arc::new(batch.schema().as_ref().clone().with_metadata(metadata));
    let file = std::fs::File::create(path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, schema.clone(), None).unwrap();
    writer.write(&batch.with_schema(schema).unwrap()).unwrap();
    writer.close().unwrap();
    let case = case.field("i", FieldSpec::default()).field("v", FieldSpec::default());
    let data = case.data();
    assert_eq!((&data.fields["i"].shape, &data.fields["v"].shape), (&vec![2, 3, 1], &vec![2]));
    assert_probed(&case, &data);
}

#[test]
fn every_width_is_read_and_wide_numbers_stay_wide() {
    let half: Vec<f32> = vec![1.0, 0.5];
    let half = arrow::compute::cast(&f32s(&half), &arrow::datatypes::DataType::Float16).unwrap();
    assert!(half.as_any().is::<Float16Array>());
    let narrow: [Column; 5] = [
        ("b", Arc::new(BooleanArray::from(vec![true, false])), &[]),
        ("i8", Arc::new(Int8Array::from(vec![-1, 2])), &[]),
        ("u16", Arc::new(UInt16Array::from(vec![1, 65535])), &[]),
        ("f16", half, &[]),
        ("f32", f32s(&[0.1, 0.2]), &[]),
    ];
    let wide: [Column; 2] = [("i64", ints(&[-5, 1 << 52]), &[]), ("f64", f64s(&[-40.478_930_123_456_7, 0.0]), &[])];
    let mut case = Case::new(&[narrow.to_vec(), wide.to_vec()].concat());
    for (name, ..) in narrow.iter().chain(&wide) {
        case = case.field(name, FieldSpec::default());
    }
    let data = case.data();
    assert!(narrow.iter().all(|(name, ..)| matches!(data.fields[*name].values, Values::F32(_))));
    assert_eq!(data.fields["b"].values, Values::F32(vec![1.0, 0.0]));
    assert_eq!(data.fields["u16"].values, Values::F32(vec![1.0, 65535.0]));
    assert_eq!(data.fields["f16"].values, Values::F32(vec![1.0, 0.5]));
    assert_eq!(data.fields["i64"].values, Values::F64(vec![-5.0, (1_u64 << 52) as f64]));
    assert_eq!(data.fields["f64"].values, Values::F64(vec![-40.478_930_123_456_7, 0.0]));
}

#[test]
fn labels_are_numbered_in_sorted_order() {
    let words: DictionaryArray<Int32Type> = ["dog", "cat", "dog"].into_iter().collect();
    let ids = DictionaryArray::<UInt8Type>::new(vec![0_u8, 1, 0].into(), ints(&[10, 9]));
    let columns: [Column; 2] = [("w", Arc::new(words), &[]), ("n", Arc::new(ids) as ArrayRef, &[])];
    let labels = || FieldSpec { labels: true, ..FieldSpec::default() };
    let case = Case::new(&columns).field("w", labels()).field("n", labels());
    let data = case.data();
    assert_eq!(data.fields["w"].classes, Some(vec!["cat".into(), "dog".into()]));
    assert_eq!(data.fields["w"].values, Values::F32(vec![1.0, 0.0, 1.0]));
    assert_eq!(data.fields["n"].classes, Some(vec!["9".into(), "10".into()]));
    assert_eq!(data.fields["n"].values, Values::F32(vec![1.0, 0.0, 1.0]));
    assert_probed(&case, &data);
}

#[test]
fn several_files_join_even_where_their_types_differ() {
    let large: LargeListArray = LargeListArray::from_iter_primitive::<arrow::datatypes::Float64Type, _, _>(
        (0..2).map(|i| Some((0..2).map(|j| Some(f64::from(8 + 2 * i + j))).collect::<Vec<_>>())),
    );
    let case = Case::new(&[("x", fixed(f32s(&count(8)), 2), &[])]).file("b.parquet", &[("x", Arc::new(large), &[])]);
    let case = case.acting("x", ActionName::Vector, Some(2)).with(|r| r.path = OneOrMany::One("*.parquet".into()));
    let data = case.data();
    assert_eq!(data.fields["x"].values, Values::F64(counted(12)));
    assert_eq!((data.fields["x"].shape.clone(), data.rows), (vec![2], 6));
    assert_eq!(data.locate(5).unwrap(), (case.path("b.parquet").as_path(), 1));
    let odd = case.file("c.parquet", &[("x", fixed(f32s(&count(9)), 3), &[])]);
    assert!(odd.error().contains("column `x`") && odd.error().contains("c.parquet"), "{}", odd.error());
}

#[test]
fn the_result_is_the_same_on_any_number_of_threads() {
    let n = 1000;
    let lengths: Vec<Option<usize>> = (0..n).map(|i| Some(i % 4)).collect();
    let items: usize = lengths.iter().flatten().sum();
    let columns: [Column; 2] =
        [("x", fixed(f32s(&count(2 * n)), 2), &[]), ("p", lists(fixed(f32s(&count(3 * items)), 3), &lengths), &[])];
    let case = Case::new(&columns).acting("x", ActionName::Vector, Some(2)).acting("p", ActionName::Points, None);
    let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| case.data());
    assert_eq!(on(1), on(2));
}
