//! Types of CSV columns.

use arrow::datatypes::DataType;
use semola_document::shortened;

use crate::cell::Cell;
use crate::column::Column;
use crate::infer::Leaf;
use crate::number::truth;

/// What was seen of a column.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    leaf: Option<Leaf>,
    empty: bool,
    /// A word for nothing; in a column of text it is text.
    nothing: bool,
}

impl Seen {
    /// Takes in a value.
    pub fn add(&mut self, word: &str) {
        let word = word.trim();
        if word.is_empty() {
            self.empty = true;
        } else if is_nothing(word) {
            self.nothing = true;
        } else if self.leaf != Some(Leaf::Text) {
            self.join(Some(leaf(word)));
        }
    }

    /// Takes in what was seen elsewhere.
    pub fn merge(&mut self, other: Self) {
        self.join(other.leaf);
        self.empty |= other.empty;
        self.nothing |= other.nothing;
    }

    /// The column.
    pub fn column(&self, name: &str) -> Column {
        let leaf = self.leaf.unwrap_or(Leaf::Text);
        let nullable = self.empty || (self.nothing && leaf != Leaf::Text);
        Column::scalar(name, leaf.data_type()).nullable(nullable)
    }

    fn join(&mut self, other: Option<Leaf>) {
        self.leaf = match (self.leaf, other) {
            (Some(a), Some(b)) => Some(a.join(b)),
            (a, b) => a.or(b),
        };
    }
}

fn is_nothing(word: &str) -> bool {
    matches!(word, "NA" | "N/A" | "null" | "NULL" | "None")
}

fn leaf(word: &str) -> Leaf {
    if word.parse::<i64>().is_ok() {
        Leaf::Int
    } else if word.parse::<f64>().is_ok() {
        Leaf::Float
    } else if truth(word, false).is_some() {
        Leaf::Bool
    } else {
        Leaf::Text
    }
}

/// The value of a column in a row.
///
/// # Errors
/// A phrase that says why the word is not a value of the column.
pub fn cell(word: &str, column: &Column) -> Result<Cell, String> {
    let text = word;
    let word = word.trim();
    let wrong = || format!("`{}` is not {}", shortened(word), column.leaf);
    if word.is_empty() || (is_nothing(word) && column.leaf != DataType::Utf8) {
        return Ok(Cell::Null);
    }
    match column.leaf {
        DataType::Int64 => word.parse().map(Cell::Int).map_err(|_| wrong()),
        DataType::Boolean => truth(word, false).map(|b| Cell::Bools(vec![b])).ok_or_else(wrong),
        DataType::Float64 => word.parse().map(Cell::Float).map_err(|_| wrong()),
        _ => Ok(Cell::Text(text.to_owned())),
    }
}
