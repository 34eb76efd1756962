//! What a column holds, gathered batch by batch.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, kernels::aggregate};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, UInt64Type};
use semola_document::shortened;
use serde_json::{Map, Value, json};

use super::pictures::Pictures;

/// A column, a field of a structure or the elements of a list.
pub(super) struct Column {
    name: String,
    field: Field,
    /// Values seen, with and without the nulls; for the elements of a list, elements.
    values: u64,
    nulls: u64,
    not_finite: u64,
    range: Option<(Value, Value)>,
    /// Shortest and longest list.
    lengths: Option<(u64, u64)>,
    pictures: Pictures,
    children: Vec<Column>,
}

impl Column {
    pub fn new(field: &Field) -> Self {
        Self::named(field.name().clone(), field)
    }

    fn named(name: String, field: &Field) -> Self {
        let children = match field.data_type() {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                vec![Self::named(format!("{name}[]"), item)]
            }
            DataType::Struct(fields) => {
                fields.iter().map(|field| Self::named(format!("{name}.{}", field.name()), field)).collect()
            }
            _ => vec![],
        };
        let field = field.clone();
        Self {
            name,
            field,
            values: 0,
            nulls: 0,
            not_finite: 0,
            range: None,
            lengths: None,
            pictures: Pictures::default(),
            children,
        }
    }

    /// Takes in one batch.
    pub fn add(&mut self, array: &ArrayRef) {
        self.values += array.len() as u64;
        self.nulls += array.logical_null_count() as u64;
        self.pictures.add(array);
        match array.data_type() {
            DataType::List(_) => {
                let lists = array.as_list::<i32>();
                (0..lists.len()).filter(|row| lists.is_valid(*row)).for_each(|row| self.add_list(&lists.value(row)));
            }
            DataType::LargeList(_) => {
                let lists = array.as_list::<i64>();
                (0..lists.len()).filter(|row| lists.is_valid(*row)).for_each(|row| self.add_list(&lists.value(row)));
            }
            DataType::FixedSizeList(..) => {
                let lists = array.as_fixed_size_list();
                (0..lists.len()).filter(|row| lists.is_valid(*row)).for_each(|row| self.add_list(&lists.value(row)));
            }
            DataType::Struct(_) => {
                let columns = array.as_struct().columns();
                self.children.iter_mut().zip(columns).for_each(|(child, column)| child.add(column));
            }
            _ => self.add_scalars(array),
        }
    }

    fn add_list(&mut self, list: &ArrayRef) {
        let length = list.len() as u64;
        let (shortest, longest) = self.lengths.unwrap_or((length, length));
        self.lengths = Some((shortest.min(length), longest.max(length)));
        self.children.iter_mut().for_each(|child| child.add(list));
    }

    fn add_scalars(&mut self, array: &ArrayRef) {
        let range = match array.data_type() {
            DataType::Float16 | DataType::Float32 | DataType::Float64 => self.floats(array),
            DataType::UInt64 => cast(array, &DataType::UInt64).ok().and_then(|array| {
                let array = array.as_primitive::<UInt64Type>();
                aggregate::min(array).zip(aggregate::max(array)).map(|(low, high)| (json!(low), json!(high)))
            }),
            kind if kind.is_integer() || *kind == DataType::Boolean => integers(array),
            _ => texts(array),
        };
        if let Some((low, high)) = range {
            self.range = Some(match self.range.take() {
                None => (low, high),
                Some((lowest, highest)) => (least(lowest, low), greatest(highest, high)),
            });
        }
    }

    /// The range of the finite values.
    fn floats(&mut self, array: &ArrayRef) -> Option<(Value, Value)> {
        let array = cast(array, &DataType::Float64).ok()?;
        let values = array.as_primitive::<Float64Type>().iter().flatten();
        let mut range: Option<(f64, f64)> = None;
        for value in values {
            if value.is_finite() {
                let (low, high) = range.unwrap_or((value, value));
                range = Some((low.min(value), high.max(value)));
            } else {
                self.not_finite += 1;
            }
        }
        range.map(|(low, high)| (json!(low), json!(high)))
    }

    /// This column and what is inside it, one object each.
    pub fn into_json(self) -> Vec<Value> {
        let mut entry = Map::new();
        entry.insert("name".to_owned(), self.name.into());
        entry.insert("type".to_owned(), type_name(self.field.data_type()).into());
        entry.insert("values".to_owned(), self.values.into());
        entry.insert("nulls".to_owned(), self.nulls.into());
        if let Some(unit) = self.field.metadata().get("unit") {
            entry.insert("unit".to_owned(), unit.as_str().into());
        }
        if let Some((shortest, longest)) = self.lengths {
            entry.insert("shortest".to_owned(), shortest.into());
            entry.insert("longest".to_owned(), longest.into());
        }
        if let Some((low, high)) = self.range {
            entry.insert("min".to_owned(), low);
            entry.insert("max".to_owned(), high);
        }
        if self.not_finite > 0 {
            entry.insert("not_finite".to_owned(), self.not_finite.into());
        }
        if let Some(pictures) = self.pictures.into_json() {
            entry.insert("pictures".to_owned(), pictures);
        }
        let children = self.children.into_iter().flat_map(Self::into_json);
        std::iter::once(Value::Object(entry)).chain(children).collect()
    }
}

fn integers(array: &ArrayRef) -> Option<(Value, Value)> {
    let array = cast(array, &DataType::Int64).ok()?;
    let array = array.as_primitive::<Int64Type>();
    let range = aggregate::min(array).zip(aggregate::max(array))?;
    Some((json!(range.0), json!(range.1)))
}

/// The range in the order of the alphabet; types that have no text have no range.
fn texts(array: &ArrayRef) -> Option<(Value, Value)> {
    if matches!(array.data_type(), DataType::Binary | DataType::LargeBinary | DataType::BinaryView) {
        return None;
    }
    let array = cast(array, &DataType::Utf8).ok()?;
    let array = array.as_string::<i32>();
    let range = aggregate::min_string(array).zip(aggregate::max_string(array))?;
    Some((shortened(range.0).into(), shortened(range.1).into()))
}

fn less(left: &Value, right: &Value) -> bool {
    match (left.as_i64().zip(right.as_i64()), left.as_u64().zip(right.as_u64()), left.as_f64().zip(right.as_f64())) {
        (Some((left, right)), _, _) => left < right,
        (_, Some((left, right)), _) => left < right,
        (_, _, Some((left, right))) => left < right,
        _ => left.as_str() < right.as_str(),
    }
}

fn least(left: Value, right: Value) -> Value {
    if less(&right, &left) { right } else { left }
}

fn greatest(left: Value, right: Value) -> Value {
    if less(&left, &right) { right } else { left }
}

/// The Arrow type in short words.
fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::List(item) | DataType::LargeList(item) => format!("list<{}>", type_name(item.data_type())),
        DataType::FixedSizeList(item, size) => format!("list<{}>[{size}]", type_name(item.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|field| format!("{}: {}", field.name(), type_name(field.data_type()))).collect();
            format!("struct<{}>", fields.join(", "))
        }
        DataType::Dictionary(_, value) => format!("dictionary<{}>", type_name(value)),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}
