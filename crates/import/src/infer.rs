//! The type of a column from the values of all rows.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::DataType;
use semola_document::shortened;

use super::cell::Cell;
use super::column::{Column, Layout};
use super::number::{float, has_decimal_comma, has_leading_zeros, is_integer, is_nothing, truth};

/// Type of a value; a later one can hold an earlier one, except that truth values only become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leaf {
    /// A word that stands for no value; in a column of text it is text.
    Nothing,
    Bool,
    Int,
    /// An integer of more than 64 bits: a float among floats, else text, since a float would change its digits.
    Big,
    Float,
    Text,
}

impl Leaf {
    /// The type of one word; `short` allows `T` and `F` as truth values.
    pub fn of(word: &str, short: bool) -> Self {
        if is_nothing(word) {
            Self::Nothing
        } else if truth(word, short).is_some() {
            Self::Bool
        } else if has_leading_zeros(word) {
            Self::Text
        } else if word.parse::<i64>().is_ok() {
            Self::Int
        } else if is_integer(word) {
            Self::Big
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
            (Self::Nothing, other) | (other, Self::Nothing) => other,
            (Self::Bool, _) | (_, Self::Bool) => Self::Text,
            (a, b) => a.max(b),
        }
    }

    /// Is a column of such values one of text?
    pub fn is_text(self) -> bool {
        matches!(self, Self::Nothing | Self::Big | Self::Text)
    }

    /// In Arrow.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Nothing | Self::Big | Self::Text => DataType::Utf8,
        }
    }
}

/// A value, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    path: Arc<Path>,
    line: u64,
    word: String,
}

/// How many of a column's values are numbers, and the first that is none: a column of text may be one of numbers with a
/// typing error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    numbers: u64,
    others: u64,
    first: Option<Witness>,
}

impl Census {
    /// Counts a value of this type.
    pub fn add(&mut self, leaf: Leaf, path: &Arc<Path>, line: u64, word: &str) {
        match leaf {
            Leaf::Nothing => {}
            Leaf::Int | Leaf::Float => self.numbers += 1,
            Leaf::Bool | Leaf::Big | Leaf::Text => {
                self.others += 1;
                if self.first.is_none() {
                    self.first = Some(Witness { path: path.clone(), line, word: shortened(word) });
                }
            }
        }
    }

    /// Takes in what was counted later in the file.
    pub fn merge(&mut self, other: Self) {
        self.numbers += other.numbers;
        self.others += other.others;
        self.first = self.first.take().or(other.first);
    }

    /// What to say of a column of text: whether it should be one of numbers.
    pub fn warning(&self, column: &str) -> Option<String> {
        let Witness { path, line, word } = self.first.as_ref()?;
        let why = if has_leading_zeros(word) {
            "has leading zeros, which numbers would lose".to_owned()
        } else if is_integer(word) {
            "is an integer of more than 64 bits, whose digits numbers would lose".to_owned()
        } else if has_decimal_comma(word) {
            "looks like a number with a decimal comma; write points, if these are numbers".to_owned()
        } else if self.numbers >= self.others {
            format!(
                "is no number, while {} other values are; mend it, or leave it empty, if these are numbers",
                self.numbers
            )
        } else {
            return None;
        };
        Some(format!("column `{column}` is text: `{word}` ({}:{line}) {why}", path.display()))
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
    /// Rows whose value is a word for none.
    nothing: u64,
    census: Census,
}

impl Seen {
    /// One row's value.
    pub fn once(leaf: Leaf, layout: Layout) -> Self {
        Self { leaf, layout, rows: 1, nothing: u64::from(leaf == Leaf::Nothing), census: Census::default() }
    }

    /// One row's value, with its place and text for warnings.
    pub fn at(mut self, path: &Arc<Path>, line: u64, word: &str) -> Self {
        self.census.add(self.leaf, path, line, word);
        self
    }

    /// Takes in another row's. Rows of points that differ in number become points; other lists of different lengths become
    /// lists of any length; text beside lists is one text.
    pub fn merge(&mut self, other: Self) {
        if self.leaf == Leaf::Nothing {
            self.layout = other.layout.clone();
        }
        if self.layout != other.layout && other.leaf != Leaf::Nothing {
            self.layout = both(&self.layout, &other.layout);
        }
        self.leaf = self.leaf.join(other.leaf);
        self.rows += other.rows;
        self.nothing += other.nothing;
        self.census.merge(other.census);
    }

    /// The column, nullable if fewer than `rows` rows have a value.
    pub fn column(&self, name: &str, rows: u64) -> Column {
        let text = self.leaf.is_text();
        let layout = if text { Layout::Scalar } else { self.layout.clone() };
        let valued = if text { self.rows } else { self.rows - self.nothing };
        Column::new(name, self.leaf.data_type(), layout).nullable(valued < rows)
    }

    /// What to say if the column is text and should perhaps be numbers.
    pub fn warning(&self, name: &str) -> Option<String> {
        self.census.warning(name).filter(|_| self.leaf.is_text())
    }
}

/// The layout that holds both of two different ones.
fn both(one: &Layout, other: &Layout) -> Layout {
    let width = |layout: &Layout| match layout {
        Layout::Points(width) => Some(*width),
        Layout::Fixed(shape) => match shape.as_slice() {
            [_, width] => Some(*width),
            _ => None,
        },
        Layout::Scalar | Layout::List => None,
    };
    match (width(one), width(other)) {
        (Some(one), Some(other)) if one == other => Layout::Points(one),
        _ => Layout::List,
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
        for (word, leaf) in [
            ("T", Bool),
            ("true", Bool),
            ("12", Int),
            ("0", Int),
            ("1e3", Float),
            ("nan", Float),
            ("a1", Text),
            ("007", Text),
            ("9223372036854775807", Int),
            ("9223372036854775808", Big),
            ("-12345678901234567890", Big),
            ("None", Nothing),
            ("N/A", Nothing),
            ("?", Nothing),
            ("1.5.", Text),
        ] {
            assert_eq!(Leaf::of(word, true), leaf, "{word}");
        }
        assert_eq!(Leaf::of("T", false), Text);
        assert_eq!((Int.join(Float), Bool.join(Int), Float.join(Text), Bool.join(Bool)), (Float, Text, Text, Bool));
        assert_eq!((Nothing.join(Bool), Int.join(Nothing), Int.join(Big), Big.join(Float)), (Bool, Int, Big, Float));
        assert!(Big.is_text() && Nothing.is_text() && !Float.is_text());
    }

    #[test]
    fn lengths_that_differ_make_lists_of_any_length_or_points() {
        let fixed = |shape: &[usize]| Seen::once(Leaf::Int, Layout::Fixed(shape.to_vec()));
        let mut seen = fixed(&[3]);
        seen.merge(Seen::once(Leaf::Float, Layout::Fixed(vec![3])));
        assert_eq!((seen.leaf, &seen.layout), (Leaf::Float, &Layout::Fixed(vec![3])));
        seen.merge(Seen::once(Leaf::Float, Layout::Scalar));
        assert_eq!(seen.layout, Layout::List);
        seen.merge(Seen::once(Leaf::Text, Layout::Scalar));
        assert_eq!((seen.column("x", 4).layout, seen.rows), (Layout::Scalar, 4));
        assert!(seen.column("x", 5).nullable && !seen.column("x", 4).nullable);
        let mut points = fixed(&[2, 3]);
        points.merge(fixed(&[1, 3]));
        points.merge(fixed(&[5, 3]));
        assert_eq!(points.layout, Layout::Points(3));
        points.merge(fixed(&[2, 2]));
        assert_eq!(points.layout, Layout::List);
    }

    #[test]
    fn words_for_nothing_are_nulls_in_numbers_and_text_in_text() {
        let mut seen = Seen::once(Leaf::Nothing, Layout::Scalar);
        seen.merge(Seen::once(Leaf::Float, Layout::Fixed(vec![3])));
        seen.merge(Seen::once(Leaf::Nothing, Layout::Scalar));
        let column = seen.column("x", 3);
        assert_eq!((column.leaf, column.layout, column.nullable), (DataType::Float64, Layout::Fixed(vec![3]), true));
        let mut text = Seen::once(Leaf::Nothing, Layout::Scalar);
        text.merge(Seen::once(Leaf::Text, Layout::Scalar));
        assert!(!text.column("x", 2).nullable);
    }

    #[test]
    fn a_word_among_numbers_is_named_with_its_line() {
        let path: Arc<Path> = Path::new("a.csv").into();
        let warning = |words: &[&str]| {
            let mut census = Census::default();
            (2..).zip(words).for_each(|(line, word)| census.add(Leaf::of(word, false), &path, line, word));
            census.warning("y").unwrap_or_default()
        };
        assert!(
            warning(&["1", "2", "1.5."])
                .starts_with("column `y` is text: `1.5.` (a.csv:4) is no number, while 2 other")
        );
        assert!(warning(&["1,5", "x", "y"]).contains("decimal comma"));
        assert!(warning(&["02", "01"]).contains("leading zeros"));
        assert!(warning(&["1", "12345678901234567890"]).contains("(a.csv:3) is an integer of more than 64 bits"));
        assert_eq!((warning(&["a", "b", "3"]), warning(&["1", "None"])), (String::new(), String::new()));
    }
}
