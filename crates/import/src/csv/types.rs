//! Types of CSV columns.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::DataType;
use semola_document::shortened;

use crate::cell::Cell;
use crate::column::Column;
use crate::infer::{Census, Leaf};
use crate::number::{is_nothing, truth};

/// What was seen of a column.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    leaf: Option<Leaf>,
    empty: bool,
    /// A word for nothing; in a column of text it is text.
    nothing: bool,
    census: Census,
}

impl Seen {
    /// Takes in a value.
    pub fn add(&mut self, word: &str, path: &Arc<Path>, line: u64) {
        let word = word.trim();
        if word.is_empty() {
            self.empty = true;
        } else if is_nothing(word) {
            self.nothing = true;
        } else {
            let leaf = leaf(word);
            self.join(Some(leaf));
            self.census.add(leaf, path, line, word);
        }
    }

    /// Takes in what was seen later in the file.
    pub fn merge(&mut self, other: Self) {
        self.join(other.leaf);
        self.empty |= other.empty;
        self.nothing |= other.nothing;
        self.census.merge(other.census);
    }

    /// The column.
    pub fn column(&self, name: &str) -> Column {
        let leaf = self.leaf.unwrap_or(Leaf::Text);
        let nullable = self.empty || (self.nothing && !leaf.is_text());
        Column::scalar(name, leaf.data_type()).nullable(nullable)
    }

    /// What to say if the column is text and should perhaps be numbers.
    pub fn warning(&self, name: &str) -> Option<String> {
        self.census.warning(name).filter(|_| self.leaf.is_some_and(Leaf::is_text))
    }

    fn join(&mut self, other: Option<Leaf>) {
        self.leaf = match (self.leaf, other) {
            (Some(a), Some(b)) => Some(a.join(b)),
            (a, b) => a.or(b),
        };
    }
}

/// The type of a word. Fortran's exponents are not for CSV: `1D5` is rather the name of something.
fn leaf(word: &str) -> Leaf {
    match Leaf::of(word, false) {
        Leaf::Float if word.parse::<f64>().is_err() => Leaf::Text,
        leaf => leaf,
    }
}

/// Is this a number?
pub fn is_number(word: &str) -> bool {
    word.trim().parse::<f64>().is_ok()
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
