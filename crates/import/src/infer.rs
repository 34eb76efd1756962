//! The type of a column from the values of all rows.

use arrow::datatypes::DataType;

use super::cell::Cell;
use super::column::{Column, Layout};
use super::number::{float, truth};

/// Type of a value; a later one can hold an earlier one, except that truth values only become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leaf {
    Bool,
    Int,
    Float,
    Text,
}

impl Leaf {
    /// The type of one word; `short` allows `T` and `F` as truth values.
    pub fn of(word: &str, short: bool) -> Self {
        if truth(word, short).is_some() {
            Self::Bool
        } else if word.parse::<i64>().is_ok() {
            Self::Int
        } else if float(word).is_some() {
            Self::Float
        } else {
            Self::Text
        }
    }

    /// The type that holds both.
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Bool, _) | (_, Self::Bool) => Self::Text,
            (a, b) => a.max(b),
        }
    }

    /// In Arrow.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Text => DataType::Utf8,
        }
    }
}

/// What was seen of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its type so far.
    pub leaf: Leaf,
    /// Its arrangement so far.
    pub layout: Layout,
    /// Rows that have a value.
    pub rows: u64,
}

impl Seen {
    /// One row's value.
    pub fn once(leaf: Leaf, layout: Layout) -> Self {
        Self { leaf, layout, rows: 1 }
    }

    /// Takes in another row's. Lists of different lengths become lists of any length; text beside lists is one text.
    pub fn merge(&mut self, other: &Self) {
        self.leaf = self.leaf.join(other.leaf);
        if self.layout != other.layout {
            self.layout = Layout::List;
        }
        if self.leaf == Leaf::Text {
            self.layout = Layout::Scalar;
        }
        self.rows += other.rows;
    }

    /// The column, nullable if fewer than `rows` rows have a value.
    pub fn column(&self, name: &str, rows: u64) -> Column {
        Column::new(name, self.leaf.data_type(), self.layout.clone()).nullable(self.rows < rows)
    }
}

/// The cell of words in a column; `None` if a word is not of the column's type.
pub fn cell(words: &[&str], column: &Column, short: bool) -> Option<Cell> {
    match &column.leaf {
        DataType::Boolean => Some(Cell::Bools(words.iter().map(|w| truth(w, short)).collect::<Option<_>>()?)),
        DataType::Utf8 => Some(Cell::Texts(words.iter().map(|w| (*w).to_owned()).collect())),
        kind if kind.is_integer() => Some(Cell::Ints(words.iter().map(|w| w.parse().ok()).collect::<Option<_>>()?)),
        _ => Some(Cell::Floats(words.iter().map(|w| float(w)).collect::<Option<_>>()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_join() {
        use Leaf::*;
        for (word, leaf) in [("T", Bool), ("true", Bool), ("12", Int), ("1e3", Float), ("nan", Float), ("a1", Text)] {
            assert_eq!(Leaf::of(word, true), leaf, "{word}");
        }
        assert_eq!(Leaf::of("T", false), Text);
        assert_eq!((Int.join(Float), Bool.join(Int), Float.join(Text), Bool.join(Bool)), (Float, Text, Text, Bool));
    }

    #[test]
    fn lengths_that_differ_make_lists_of_any_length() {
        let mut seen = Seen::once(Leaf::Int, Layout::Fixed(vec![3]));
        seen.merge(&Seen::once(Leaf::Float, Layout::Fixed(vec![3])));
        assert_eq!((seen.leaf, &seen.layout), (Leaf::Float, &Layout::Fixed(vec![3])));
        seen.merge(&Seen::once(Leaf::Float, Layout::Scalar));
        assert_eq!(seen.layout, Layout::List);
        seen.merge(&Seen::once(Leaf::Text, Layout::Scalar));
        assert_eq!((seen.leaf, seen.layout.clone(), seen.rows), (Leaf::Text, Layout::Scalar, 4));
        assert!(seen.column("x", 5).nullable && !seen.column("x", 4).nullable);
    }
}
