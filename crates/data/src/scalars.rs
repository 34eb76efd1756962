//! Scalar columns: labels, keys, and what expressions work on.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray, UInt64Array};
use arrow::compute::{CastOptions, cast_with_options, take};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use super::dataset::Values;
use super::numbers::Numbers;
use super::problem::{Bad, Problem};

/// One value per row; `None` is null.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalars {
    Bool(Vec<Option<bool>>),
    Int(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
}

impl Default for Scalars {
    /// No rows.
    fn default() -> Self {
        Self::Text(Vec::new())
    }
}

/// One value in a form that can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Bool(bool),
    Int(i64),
    /// The bits of a float.
    Float(u64),
    Text(String),
}

/// The kind of scalars a column of this type becomes: an Arrow type to cast to. `None`: it is no scalar column.
fn target(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Boolean => Some(DataType::Boolean),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(DataType::LargeUtf8),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None) => Some(DataType::LargeUtf8),
        DataType::Dictionary(_, value) => target(value),
        // One value a row all the same, as in arrays of shape (n, 1).
        DataType::FixedSizeList(item, 1) => target(item.data_type()),
        other if other.is_integer() => Some(DataType::Int64),
        other => other.is_numeric().then_some(DataType::Float64),
    }
}

/// Is this a type that expressions, groups, keys and labels can use?
pub fn is_scalar(data_type: &DataType) -> bool {
    target(data_type).is_some()
}

/// Is this a type that labels can use? Also lists, whose rows then have one item each.
pub fn is_label(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, 1) => {
            is_label(item.data_type())
        }
        other => is_scalar(other),
    }
}

/// The items of lists that have one each, at any depth; other arrays as they are.
fn only_items(array: &ArrayRef) -> Result<ArrayRef, String> {
    let lengths: Vec<usize> = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().offsets().lengths().collect(),
        DataType::LargeList(_) => array.as_list::<i64>().offsets().lengths().collect(),
        DataType::FixedSizeList(_, 1) => vec![1; array.len()],
        _ => return Ok(array.clone()),
    };
    let items = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().values().clone(),
        DataType::LargeList(_) => array.as_list::<i64>().values().clone(),
        _ => array.as_fixed_size_list().values().clone(),
    };
    if let Some((_, n)) = lengths.iter().enumerate().find(|(row, n)| array.is_valid(*row) && **n != 1) {
        return Err(format!("lists, one of {n} values, where one value a row is needed"));
    }
    let start = |row: usize| match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().offsets().get(row).map_or(0, |o| *o as u64),
        DataType::LargeList(_) => array.as_list::<i64>().offsets().get(row).map_or(0, |o| *o as u64),
        _ => row as u64,
    };
    let rows = UInt64Array::from_iter((0..array.len()).map(|row| array.is_valid(row).then(|| start(row))));
    only_items(&take(&items, &rows, None).map_err(|e| format!("not usable ({e})"))?)
}

impl Scalars {
    /// The values of an Arrow array.
    ///
    /// # Errors
    /// A phrase that says what the column is, where it is not scalar, or an integer does not fit into 64 signed bits.
    pub fn from_array(array: &ArrayRef) -> Result<Self, String> {
        let array = &only_items(array)?;
        let to = target(array.data_type()).ok_or_else(|| format!("of type {}", array.data_type()))?;
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        let plain = cast_with_options(array, &to, &strict).map_err(|e| format!("not usable ({e})"))?;
        Ok(match to {
            DataType::Boolean => Self::Bool(plain.as_boolean().iter().collect()),
            DataType::Int64 => Self::Int(plain.as_primitive::<Int64Type>().iter().collect()),
            DataType::Float64 => Self::Float(plain.as_primitive::<Float64Type>().iter().collect()),
            _ => Self::Text(plain.as_string::<i64>().iter().map(|s| s.map(str::to_string)).collect()),
        })
    }

    /// Values of hive partitions: numbers where all of them are numbers.
    pub fn from_texts(texts: Vec<Option<String>>) -> Self {
        fn all<T: std::str::FromStr>(texts: &[Option<String>]) -> Option<Vec<Option<T>>> {
            texts.iter().map(|t| t.as_ref().map(|t| t.parse().ok()).map_or(Some(None), |v| v.map(Some))).collect()
        }
        match (all::<i64>(&texts), all::<f64>(&texts)) {
            (Some(ints), _) => Self::Int(ints),
            (None, Some(floats)) if floats.iter().flatten().all(|x| x.is_finite()) => Self::Float(floats),
            _ => Self::Text(texts),
        }
    }

    /// As an Arrow array.
    pub fn into_array(self) -> ArrayRef {
        match self {
            Self::Bool(v) => Arc::new(BooleanArray::from(v)),
            Self::Int(v) => Arc::new(Int64Array::from(v)),
            Self::Float(v) => Arc::new(Float64Array::from(v)),
            Self::Text(v) => Arc::new(StringArray::from(v)),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Bool(v) => v.len(),
            Self::Int(v) => v.len(),
            Self::Float(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Are there no rows?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The kind in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "booleans",
            Self::Int(_) => "integers",
            Self::Float(_) => "floating-point numbers",
            Self::Text(_) => "strings",
        }
    }

    /// Value `i`; `None` if it is null.
    pub fn key(&self, i: usize) -> Option<Key> {
        match self {
            Self::Bool(v) => v.get(i)?.map(Key::Bool),
            Self::Int(v) => v.get(i)?.map(Key::Int),
            Self::Float(v) => v.get(i)?.map(|x| Key::Float((x + 0.0).to_bits())),
            Self::Text(v) => v.get(i)?.clone().map(Key::Text),
        }
    }

    /// Value `i` as text; empty where it is null.
    pub fn text(&self, i: usize) -> String {
        match self.key(i) {
            None => String::new(),
            Some(key) => key.to_string(),
        }
    }

    /// These rows, in this order.
    pub fn take(&self, rows: &[usize]) -> Self {
        fn pick<T: Clone>(from: &[Option<T>], rows: &[usize]) -> Vec<Option<T>> {
            rows.iter().map(|&r| from.get(r).cloned().flatten()).collect()
        }
        match self {
            Self::Bool(v) => Self::Bool(pick(v, rows)),
            Self::Int(v) => Self::Int(pick(v, rows)),
            Self::Float(v) => Self::Float(pick(v, rows)),
            Self::Text(v) => Self::Text(pick(v, rows)),
        }
    }

    /// Puts the rows of another part behind; parts of different kinds become numbers (truth values 0 and 1) or, failing
    /// that, strings.
    pub fn append(&mut self, other: Self) {
        let (mine, other) = match (&*self, other) {
            (Self::Bool(_), other @ (Self::Int(_) | Self::Float(_))) => (std::mem::take(self).whole(), other),
            (Self::Int(_) | Self::Float(_), other @ Self::Bool(_)) => (std::mem::take(self), other.whole()),
            (_, other) => (std::mem::take(self), other),
        };
        *self = mine;
        match (&mut *self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.extend(b),
            (Self::Int(a), Self::Int(b)) => a.extend(b),
            (Self::Float(a), Self::Float(b)) => a.extend(b),
            (Self::Float(a), Self::Int(b)) => a.extend(b.into_iter().map(|x| x.map(|x| x as f64))),
            (Self::Text(a), Self::Text(b)) => a.extend(b),
            (Self::Int(a), Self::Float(b)) => {
                *self = Self::Float(a.iter().map(|x| x.map(|x| x as f64)).chain(b).collect());
            }
            (_, other) => {
                let texts = |s: &Self| (0..s.len()).map(|i| s.key(i).map(|k| k.to_string())).collect::<Vec<_>>();
                *self = Self::Text(texts(self).into_iter().chain(texts(&other)).collect());
            }
        }
    }

    /// Truth values as 0 and 1.
    fn whole(self) -> Self {
        match self {
            Self::Bool(v) => Self::Int(v.into_iter().map(|x| x.map(i64::from)).collect()),
            other => other,
        }
    }

    /// Marks for the rows that are null (or no finite number).
    pub fn bad(&self, column: &str) -> Vec<Bad> {
        let problem = |i: usize| match self {
            Self::Float(v) => match v.get(i).copied().flatten() {
                None => Some(Problem::Null),
                Some(x) => (!x.is_finite()).then_some(Problem::NotFinite(x)),
            },
            _ => self.key(i).is_none().then_some(Problem::Null),
        };
        let mark = |row| problem(row).map(|problem| Bad { row, column: column.into(), problem });
        (0..self.len()).filter_map(mark).collect()
    }

    /// The rows as numbers of one component; `None` for strings.
    pub fn numbers(&self, column: &str) -> Option<Numbers> {
        let values: Vec<f64> = match self {
            Self::Bool(v) => v.iter().map(|x| x.map_or(f64::NAN, f64::from)).collect(),
            Self::Int(v) => v.iter().map(|x| x.map_or(f64::NAN, |x| x as f64)).collect(),
            Self::Float(v) => v.iter().map(|x| x.unwrap_or(f64::NAN)).collect(),
            Self::Text(_) => return None,
        };
        let bad = self.bad(column);
        Some(Numbers { rows: values.len(), values: Values::F64(values), lengths: None, axes: Vec::new(), bad })
    }

    /// Numbers equal values alike, from 0 in order of appearance; every null is alone.
    pub fn dense_ids(&self) -> Vec<u32> {
        let mut seen = HashMap::new();
        let mut next = 0;
        let mut fresh = || {
            next += 1;
            next - 1
        };
        (0..self.len())
            .map(|i| match self.key(i) {
                None => fresh(),
                Some(key) => *seen.entry(key).or_insert_with(&mut fresh),
            })
            .collect()
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(x) => write!(f, "{x}"),
            Self::Int(x) => write!(f, "{x}"),
            Self::Float(bits) => write!(f, "{}", f64::from_bits(*bits)),
            Self::Text(x) => f.write_str(x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{DictionaryArray, UInt64Array};
    use arrow::datatypes::Int8Type;

    #[test]
    fn dictionaries_are_texts_and_large_integers_are_refused() {
        let words: DictionaryArray<Int8Type> = vec![Some("b"), None, Some("a"), Some("b")].into_iter().collect();
        let words = Scalars::from_array(&(Arc::new(words) as ArrayRef)).unwrap();
        assert_eq!(words.text(0), "b");
        assert_eq!(words.dense_ids(), [0, 1, 2, 0]);
        assert_eq!(words.bad("w")[0].row, 1);
        assert!(words.numbers("w").is_none());
        let large: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
        assert!(Scalars::from_array(&large).is_err());
    }

    #[test]
    fn truth_values_are_0_and_1_beside_numbers() {
        let flags = || Scalars::Bool(vec![Some(true), None, Some(false)]);
        let mut a = flags();
        a.append(Scalars::Int(vec![Some(0), Some(1)]));
        assert_eq!(a, Scalars::Int(vec![Some(1), None, Some(0), Some(0), Some(1)]));
        let mut b = Scalars::Float(vec![Some(0.5)]);
        b.append(flags());
        assert_eq!(b, Scalars::Float(vec![Some(0.5), Some(1.0), None, Some(0.0)]));
    }

    #[test]
    fn lists_of_one_item_are_one_value_a_row() {
        use super::super::testing::{fixed, ints, lists};
        let values = Scalars::Int(vec![Some(4), Some(5), Some(6)]);
        let column = fixed(ints(&[3, 4, 5, 6]), 1);
        assert!(is_scalar(column.data_type()));
        assert_eq!(Scalars::from_array(&column.slice(1, 3)).unwrap(), values);
        assert_eq!(Scalars::from_array(&fixed(fixed(ints(&[4, 5, 6]), 1), 1)).unwrap(), values);
        let column = lists(ints(&[4, 6]), &[Some(1), None, Some(1)]);
        assert!(is_label(column.data_type()) && !is_scalar(column.data_type()));
        assert_eq!(Scalars::from_array(&column).unwrap(), Scalars::Int(vec![Some(4), None, Some(6)]));
        assert!(
            Scalars::from_array(&lists(ints(&[4, 5, 6]), &[Some(1), Some(2)])).unwrap_err().contains("one of 2 values")
        );
        assert!(Scalars::from_array(&fixed(ints(&[1, 2]), 2)).is_err());
    }

    #[test]
    fn kinds_widen_when_parts_differ() {
        let mut a = Scalars::Int(vec![Some(1), None]);
        a.append(Scalars::Float(vec![Some(0.5)]));
        assert_eq!(a, Scalars::Float(vec![Some(1.0), None, Some(0.5)]));
        a.append(Scalars::Text(vec![Some("x".into())]));
        assert_eq!((a.text(0), a.text(3)), ("1".into(), "x".into()));
        let texts = |t: &[&str]| Scalars::from_texts(t.iter().map(|s| Some(s.to_string())).collect());
        assert_eq!(texts(&["1", "2"]), Scalars::Int(vec![Some(1), Some(2)]));
        assert_eq!(texts(&["1.5", "2"]).kind(), "floating-point numbers");
        assert_eq!(texts(&["1", "nan"]).kind(), "strings");
    }
}
