//! What the columns of each table are in a comparison: keys, or numbers to average.

use polars::prelude::{DataFrame, DataType};

use super::read::MEMBER;
use semola_data::table::Table;

/// The columns of one table by what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    pub keys: Vec<String>,
    pub numbers: Vec<String>,
}

impl Shape {
    /// The stated shape of a table, if it is one of this version's.
    pub fn stated(table: &str) -> Option<Self> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let table = Table::named(table)?;
        Some(Self { keys: owned(table.keys), numbers: owned(table.numbers) })
    }

    /// The shape of a table as it was read: of its stated columns those that are there; if none are stated, floats are
    /// numbers and everything else except lists is a key.
    pub fn of(table: &str, frame: &DataFrame) -> Self {
        match Self::stated(table) {
            Some(mut shape) => {
                let has = |name: &String| frame.schema().contains(name);
                shape.keys.retain(has);
                shape.numbers.retain(has);
                shape
            }
            None => {
                let own = frame.columns().iter().filter(|column| column.name() != MEMBER);
                let types = own.map(|column| (column.name().to_string(), column.dtype()));
                let (numbers, keys): (Vec<_>, Vec<_>) =
                    types.filter(|(_, kind)| !matches!(kind, DataType::List(_))).partition(|(_, kind)| kind.is_float());
                let names = |columns: Vec<(String, &DataType)>| columns.into_iter().map(|(name, _)| name).collect();
                Self { keys: names(keys), numbers: names(numbers) }
            }
        }
    }
}
