//! The numbers of a column while a data set is put together: rows of points, with the invalid rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, UInt64Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;

use super::check_action::RowShape;
use super::dataset::Values;
use super::problem::{Bad, Problem};

/// Integers beyond this have no exact 64-bit float.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Numbers of one column (or of several that form one field) in some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    pub rows: usize,
    pub values: Values,
    /// Points in each row; `None`: every row is one point.
    pub lengths: Option<Vec<usize>>,
    /// Shape of a point.
    pub axes: Vec<usize>,
    /// Invalid rows, in row order, at most one entry per row and column.
    pub bad: Vec<Bad>,
}

impl Numbers {
    /// No rows yet.
    pub fn empty(list: bool, axes: Vec<usize>, wide: bool) -> Self {
        Self { rows: 0, values: Values::empty(wide), lengths: list.then(Vec::new), axes, bad: Vec::new() }
    }

    /// The shape of a row, as its layout says it.
    pub fn row_shape(&self) -> RowShape {
        if self.lengths.is_some() { RowShape::Ragged(self.axes.clone()) } else { RowShape::Fixed(self.axes.clone()) }
    }

    /// Numbers in one point.
    pub fn block(&self) -> usize {
        self.axes.iter().product()
    }

    /// Appends the rows of an Arrow array of this layout.
    ///
    /// # Errors
    /// If the library cannot convert the numbers.
    pub fn push(&mut self, array: &ArrayRef, column: &Arc<str>) -> Result<(), ArrowError> {
        let mut problems = Vec::new();
        let list = if self.lengths.is_some() { list_parts(array) } else { None };
        let (points, row_of): (ArrayRef, Box<dyn Fn(usize) -> usize>) = match list {
            None => (array.clone(), Box::new(|point| point)),
            Some((items, offsets)) => {
                problems.extend(nulls(array.as_ref()).map(|row| (row, Problem::Null)));
                let first = offsets.first().copied().unwrap_or(0);
                let last = offsets.last().copied().unwrap_or(first);
                let lengths = offsets.iter().zip(offsets.iter().skip(1)).map(|(a, b)| b - a);
                self.lengths.get_or_insert_default().extend(lengths);
                let row = move |point: usize| offsets.partition_point(|&o| o - first <= point).saturating_sub(1);
                (items.slice(first, last - first), Box::new(row))
            }
        };
        let mut inside = Vec::new();
        let leaf = flatten(points, &self.axes, &mut inside)?;
        self.push_leaf(&leaf, &mut inside)?;
        problems.extend(inside.into_iter().map(|(point, problem)| (row_of(point), problem)));
        problems.sort_by_key(|(row, _)| *row);
        problems.dedup_by_key(|(row, _)| *row);
        let base = self.rows;
        let bad = |(row, problem)| Bad { row: base + row, column: column.clone(), problem };
        self.bad.extend(problems.into_iter().map(bad));
        self.rows += array.len();
        Ok(())
    }

    fn push_leaf(&mut self, leaf: &ArrayRef, problems: &mut Vec<(usize, Problem)>) -> Result<(), ArrowError> {
        let block = self.block();
        let integers = matches!(leaf.data_type(), DataType::Int64 | DataType::UInt64);
        let limit = if integers { LARGEST_EXACT } else { f64::INFINITY };
        match &mut self.values {
            Values::F32(values) => extend::<Float32Type>(values, leaf, &DataType::Float32, block, limit, problems),
            Values::F64(values) => extend::<Float64Type>(values, leaf, &DataType::Float64, block, limit, problems),
        }
    }
}

/// Casts the leaf and appends it; marks the points that hold nulls, infinities, NaN or too large integers.
fn extend<T>(
    values: &mut Vec<T::Native>,
    leaf: &ArrayRef,
    to: &DataType,
    block: usize,
    limit: f64,
    problems: &mut Vec<(usize, Problem)>,
) -> Result<(), ArrowError>
where
    T: ArrowPrimitiveType,
    T::Native: Into<f64> + Copy,
{
    let numbers = cast(leaf, to)?;
    let numbers: &PrimitiveArray<T> = numbers.as_primitive::<T>();
    let point = |i: usize| i / block.max(1);
    problems.extend(nulls(numbers).map(|i| (point(i), Problem::Null)));
    values.extend_from_slice(numbers.values());
    if leaf.data_type().is_integer() && limit.is_infinite() {
        return Ok(());
    }
    let unfit = |x: f64| !x.is_finite() || x.abs() > limit;
    for (i, &x) in numbers.values().iter().enumerate() {
        let x: f64 = x.into();
        if unfit(x) && numbers.is_valid(i) {
            problems.push((point(i), if x.is_finite() { Problem::TooLarge(x) } else { Problem::NotFinite(x) }));
        }
    }
    Ok(())
}

/// The items and offsets of a list of any length, `None` for other arrays.
fn list_parts(array: &ArrayRef) -> Option<(ArrayRef, Vec<usize>)> {
    match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            Some((list.values().clone(), list.offsets().iter().map(|&o| o as usize).collect()))
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            Some((list.values().clone(), list.offsets().iter().map(|&o| o as usize).collect()))
        }
        _ => None,
    }
}

/// The positions of nulls.
fn nulls(array: &dyn Array) -> impl Iterator<Item = usize> + '_ {
    let some = array.null_count() > 0;
    (0..if some { array.len() } else { 0 }).filter(|&i| array.is_null(i))
}

/// Strips the levels inside a point; every point then has `axes.product()` leaves, bad ones are filled with nulls.
fn flatten(points: ArrayRef, axes: &[usize], bad: &mut Vec<(usize, Problem)>) -> Result<ArrayRef, ArrowError> {
    let mut level = points;
    let mut per_point = 1;
    for &k in axes {
        bad.extend(nulls(level.as_ref()).map(|i| (i / per_point, Problem::Null)));
        level = match list_parts(&level) {
            Some((items, offsets)) => evened(&level, &items, &offsets, k, per_point, bad)?,
            None => match level.as_fixed_size_list_opt() {
                Some(list) => list.values().clone(),
                None => return Err(ArrowError::SchemaError(format!("a list was expected, not {}", level.data_type()))),
            },
        };
        per_point = (per_point * k).max(1);
    }
    Ok(level)
}

/// The items of inner lists that should all have length `k`.
fn evened(
    lists: &ArrayRef,
    items: &ArrayRef,
    offsets: &[usize],
    k: usize,
    per_point: usize,
    bad: &mut Vec<(usize, Problem)>,
) -> Result<ArrayRef, ArrowError> {
    let bounds = || offsets.iter().copied().zip(offsets.iter().skip(1).copied());
    if bounds().all(|(a, b)| b - a == k) {
        return Ok(items.slice(offsets.first().copied().unwrap_or(0), lists.len() * k));
    }
    let mut picked = Vec::with_capacity(lists.len() * k);
    for (i, (a, b)) in bounds().enumerate() {
        if b - a == k {
            picked.extend((a..b).map(|j| Some(j as u64)));
        } else {
            if lists.is_valid(i) {
                bad.push((i / per_point, Problem::Length { found: b - a, wanted: k }));
            }
            picked.extend(std::iter::repeat_n(None, k));
        }
    }
    take(items, &UInt64Array::from(picked), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{FixedSizeListArray, Float32Array, Int64Array, ListArray};
    use arrow::datatypes::{Float64Type, Int32Type};

    fn read(array: ArrayRef, list: bool, axes: &[usize], wide: bool) -> Numbers {
        let mut numbers = Numbers::empty(list, axes.to_vec(), wide);
        numbers.push(&array, &"c".into()).unwrap();
        numbers
    }

    fn problems(numbers: &Numbers) -> Vec<(usize, Problem)> {
        numbers.bad.iter().map(|b| (b.row, b.problem.clone())).collect()
    }

    #[test]
    fn scalars_keep_their_problems_by_row() {
        let array = Float32Array::from(vec![Some(1.0), None, Some(f32::INFINITY), Some(2.0)]);
        let numbers = read(Arc::new(array), false, &[], false);
        assert_eq!(problems(&numbers), [(1, Problem::Null), (2, Problem::NotFinite(f64::INFINITY))]);
        let large = read(Arc::new(Int64Array::from(vec![1 << 53, (1 << 53) + 2])), false, &[], true);
        assert_eq!(problems(&large), [(1, Problem::TooLarge(9_007_199_254_740_994.0))]);
    }

    #[test]
    fn fixed_lists_and_sliced_lists_are_read_in_place() {
        let rows = vec![Some(vec![Some(1), Some(2)]), None, Some(vec![Some(3), None])];
        let array = FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(rows, 2);
        let numbers = read(Arc::new(array.slice(1, 2)), false, &[2], true);
        assert_eq!((numbers.rows, numbers.values.len()), (2, 4));
        assert_eq!(problems(&numbers), [(0, Problem::Null), (1, Problem::Null)]);
        let lists = ListArray::from_iter_primitive::<Float64Type, _, _>(vec![
            Some(vec![Some(9.0)]),
            Some(vec![]),
            None,
            Some(vec![Some(1.0), Some(f64::NAN)]),
        ]);
        let numbers = read(Arc::new(lists.slice(1, 3)), true, &[], true);
        assert_eq!(numbers.lengths, Some(vec![0, 0, 2]));
        assert_eq!(numbers.values.get(0), 1.0);
        assert!(matches!(problems(&numbers)[..], [(1, Problem::Null), (2, Problem::NotFinite(_))]));
    }

    #[test]
    fn inner_lists_of_another_length_are_marked_and_filled() {
        let mut lists =
            arrow::array::ListBuilder::new(arrow::array::ListBuilder::new(arrow::array::Float64Builder::new()));
        for row in [vec![vec![1.0, 2.0], vec![3.0, 4.0]], vec![vec![5.0]], vec![vec![6.0, 7.0]]] {
            for point in row {
                lists.values().append_value(point.into_iter().map(Some));
            }
            lists.append(true);
        }
        let numbers = read(Arc::new(lists.finish()), true, &[2], true);
        assert_eq!(numbers.lengths, Some(vec![2, 1, 1]));
        assert_eq!(problems(&numbers), [(1, Problem::Length { found: 1, wanted: 2 })]);
        assert_eq!((numbers.values.get(3), numbers.values.get(6)), (4.0, 6.0));
    }
}
