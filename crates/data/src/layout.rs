//! How the rows of a column are laid out, from its Arrow type.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;

/// Layout of a column of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Is the outermost level a list, so that rows may differ in length?
    pub list: bool,
    /// Lengths of the levels inside (of a row, or of a point of a list); `None` is an inner list, to be measured.
    pub axes: Vec<Option<usize>>,
    /// Do the numbers need 64 bits?
    pub wide: bool,
}

/// The layout of a column of that type.
///
/// # Errors
/// A sentence that names the type found, where it holds no numbers.
pub fn layout(data_type: &DataType) -> Result<Layout, String> {
    let (list, mut inner) = match data_type {
        DataType::List(item) | DataType::LargeList(item) => (true, item.data_type()),
        other => (false, other),
    };
    let mut axes = Vec::new();
    loop {
        inner = match inner {
            DataType::FixedSizeList(item, k) => {
                axes.push(Some(usize::try_from(*k).map_err(|_| format!("of type {data_type}"))?));
                item.data_type()
            }
            DataType::List(item) | DataType::LargeList(item) => {
                axes.push(None);
                item.data_type()
            }
            _ => break,
        };
    }
    match is_wide(inner) {
        Some(wide) => Ok(Layout { list, axes, wide }),
        None => Err(format!("of type {data_type}")),
    }
}

/// Do numbers of this type need 64 bits? `None`: they are no numbers.
fn is_wide(data_type: &DataType) -> Option<bool> {
    match data_type {
        DataType::Boolean | DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16 => Some(false),
        DataType::Float16 | DataType::Float32 => Some(false),
        DataType::Dictionary(_, value) => is_wide(value),
        other => other.is_numeric().then_some(true),
    }
}

impl Layout {
    /// The lengths of the inner levels; inner lists get the most frequent length found in `sample`.
    ///
    /// # Errors
    /// If the sample holds nothing to measure.
    pub fn measured(&self, sample: &ArrayRef) -> Result<Vec<usize>, String> {
        let mut level = if self.list { items(sample)? } else { sample.clone() };
        let mut axes = Vec::with_capacity(self.axes.len());
        for axis in &self.axes {
            let length = match axis {
                Some(k) => *k,
                None => most_frequent(lengths(&level)).ok_or("its first rows hold only empty lists")?,
            };
            axes.push(length);
            level = items(&level)?;
        }
        Ok(axes)
    }

    /// The lengths of the inner levels, where the type alone tells them.
    pub fn known(&self) -> Option<Vec<usize>> {
        self.axes.iter().copied().collect()
    }
}

/// The most frequent length, the smallest of equally frequent ones.
pub fn most_frequent(lengths: impl IntoIterator<Item = usize>) -> Option<usize> {
    let mut counts = std::collections::BTreeMap::new();
    lengths.into_iter().for_each(|n| *counts.entry(n).or_insert(0_usize) += 1);
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0))).map(|(n, _)| n)
}

/// Lengths of the lists that are not null.
pub fn lengths(array: &ArrayRef) -> Vec<usize> {
    let all: Vec<usize> = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().offsets().lengths().collect(),
        DataType::LargeList(_) => array.as_list::<i64>().offsets().lengths().collect(),
        _ => Vec::new(),
    };
    all.into_iter().enumerate().filter(|(i, _)| array.is_valid(*i)).map(|(_, n)| n).collect()
}

fn items(array: &ArrayRef) -> Result<ArrayRef, String> {
    match array.data_type() {
        DataType::List(_) => Ok(array.as_list::<i32>().values().clone()),
        DataType::LargeList(_) => Ok(array.as_list::<i64>().values().clone()),
        DataType::FixedSizeList(..) => Ok(array.as_fixed_size_list().values().clone()),
        other => Err(format!("of type {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::Field;
    use std::sync::Arc;

    fn item(data_type: DataType) -> Arc<Field> {
        Arc::new(Field::new("item", data_type, true))
    }

    #[test]
    fn reads_nested_types() {
        let xyz = DataType::FixedSizeList(item(DataType::Float32), 3);
        let points = layout(&DataType::List(item(xyz.clone()))).unwrap();
        assert_eq!(points, Layout { list: true, axes: vec![Some(3)], wide: false });
        let cube = layout(&DataType::FixedSizeList(item(xyz), 9)).unwrap();
        assert_eq!(cube, Layout { list: false, axes: vec![Some(9), Some(3)], wide: false });
        let nested = layout(&DataType::LargeList(item(DataType::List(item(DataType::Int64))))).unwrap();
        assert_eq!(nested, Layout { list: true, axes: vec![None], wide: true });
        assert!(layout(&DataType::List(item(DataType::Utf8))).unwrap_err().contains("Utf8"));
        assert!(layout(&DataType::Boolean).unwrap().axes.is_empty());
    }

    #[test]
    fn the_most_frequent_length_wins() {
        assert_eq!(most_frequent([3, 2, 3]), Some(3));
        assert_eq!(most_frequent([3, 2]), Some(2));
        assert_eq!(most_frequent([]), None);
    }
}
