//! Values of extended XYZ comments: their type, shape and numbers.

use serde_json::Value as Json;

use super::comment::Written;
use crate::cell::Cell;
use crate::column::{Column, Layout};
use crate::infer::{Leaf, Seen, cell};

/// A value: its words in row-major order, with their type and shape, and its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// The text verbatim, without quotes.
    pub text: String,
    /// One word, or those of an array.
    pub words: Vec<String>,
    /// The type of the words.
    pub leaf: Leaf,
    /// Scalar or fixed.
    pub layout: Layout,
    /// Nine words in the old style, which were put from column by column into row by row.
    transposed: bool,
}

impl Value {
    /// Interprets what is written. Nine numbers in the old style are a 3×3 matrix, column by column, as the
    /// specification has it; `rows` reads them row by row (the lattice vectors).
    pub fn read(written: &Written, rows: bool) -> Self {
        match written {
            Written::Flag => Self::scalar("T".to_owned()),
            Written::Array(text) => Self::array(text).unwrap_or_else(|| Self::text(text.clone())),
            Written::Words(text) => match text.strip_prefix("_JSON ") {
                Some(json) => Self::json(json).unwrap_or_else(|| Self::text(text.clone())),
                None => Self::old_style(text, rows),
            },
        }
    }

    /// What a column sees of it.
    pub fn seen(&self) -> Seen {
        Seen::once(self.leaf, self.layout.clone())
    }

    /// The cell of a column; `None`: the value is not of its type.
    pub fn cell(mut self, column: &Column) -> Option<Cell> {
        if column.leaf == Leaf::Text.data_type() {
            return Some(Cell::Text(self.text));
        }
        // Where other frames have other lengths, nine numbers are no matrix either.
        if self.transposed && column.layout == Layout::List {
            transpose(&mut self.words);
        }
        cell(&self.words.iter().map(String::as_str).collect::<Vec<_>>(), column, true)
    }

    fn text(text: String) -> Self {
        Self { words: Vec::new(), text, leaf: Leaf::Text, layout: Layout::Scalar, transposed: false }
    }

    fn scalar(text: String) -> Self {
        let leaf = Leaf::of(&text, true);
        Self { leaf, words: vec![text.clone()], text, layout: Layout::Scalar, transposed: false }
    }

    fn old_style(text: &str, rows: bool) -> Self {
        // Old files put commas between the numbers of an array too.
        let split = |c: char| c.is_whitespace() || c == ',';
        let words: Vec<&str> = text.split(split).filter(|w| !w.is_empty()).collect();
        if words.len() < 2 {
            return Self::scalar(text.trim().to_owned());
        }
        let Some(leaf) = common(&words).filter(|leaf| !leaf.is_text()) else { return Self::text(text.to_owned()) };
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let layout = if words.len() == 9 { Layout::Fixed(vec![3, 3]) } else { Layout::Fixed(vec![words.len()]) };
        let transposed = words.len() == 9 && !rows;
        if transposed {
            transpose(&mut words);
        }
        Self { text: text.to_owned(), words, leaf, layout, transposed }
    }

    /// `[1, 2]` or `[[1, 2], [3, 4]]`, with commas or spaces; `None`: not numbers in equal rows.
    fn array(text: &str) -> Option<Self> {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?.trim();
        let split = |c: char| c.is_whitespace() || c == ',';
        let in_row =
            |row: &str| -> Vec<String> { row.split(split).filter(|w| !w.is_empty()).map(str::to_owned).collect() };
        let (words, shape) = if inner.starts_with('[') {
            let rows: Option<Vec<Vec<String>>> = inner
                .split(']')
                .map(|row| row.trim_start_matches(split))
                .filter(|row| !row.is_empty())
                .map(|row| row.strip_prefix('[').map(in_row))
                .collect();
            let rows = rows?;
            let width = rows.first()?.len();
            if rows.iter().any(|row| row.len() != width) {
                return None;
            }
            let shape = vec![rows.len(), width];
            (rows.concat(), shape)
        } else {
            let words = in_row(inner);
            let shape = vec![words.len()];
            (words, shape)
        };
        Self::of_words(text, words, shape)
    }

    fn of_words(text: &str, words: Vec<String>, shape: Vec<usize>) -> Option<Self> {
        let leaf = common(&words.iter().map(String::as_str).collect::<Vec<_>>()).filter(|leaf| !leaf.is_text())?;
        Some(Self { text: text.to_owned(), words, leaf, layout: Layout::Fixed(shape), transposed: false })
    }

    /// What ASE writes where its own types do not suffice; `None`: neither a scalar nor numbers in equal rows.
    fn json(text: &str) -> Option<Self> {
        match serde_json::from_str(text).ok()? {
            Json::Bool(b) => Some(Self::scalar(if b { "T" } else { "F" }.to_owned())),
            Json::String(s) => Some(Self::text(s)),
            Json::Number(_) => Some(Self::scalar(text.trim().to_owned())),
            Json::Array(items) => {
                let (words, shape) = flat(&items)?;
                Self::of_words(text, words, shape)
            }
            Json::Null => Some(Self::scalar("null".to_owned())),
            Json::Object(_) => None,
        }
    }
}

/// Nine words from column by column to row by row, or back.
fn transpose(words: &mut [String]) {
    for (i, j) in [(1, 3), (2, 6), (5, 7)] {
        words.swap(i, j);
    }
}

/// The words of nested lists of numbers, and their shape.
fn flat(items: &[Json]) -> Option<(Vec<String>, Vec<usize>)> {
    let mut words = Vec::new();
    let mut inner: Option<Vec<usize>> = None;
    for item in items {
        let (mut more, shape) = match item {
            Json::Number(number) => (vec![number.to_string()], Vec::new()),
            Json::Bool(b) => (vec![if *b { "T" } else { "F" }.to_owned()], Vec::new()),
            Json::Array(items) => flat(items)?,
            _ => return None,
        };
        if inner.as_ref().is_some_and(|inner| *inner != shape) {
            return None;
        }
        inner = Some(shape);
        words.append(&mut more);
    }
    Some((words, std::iter::once(items.len()).chain(inner?).collect()))
}

/// The type that holds all words; `None`: there are none.
fn common(words: &[&str]) -> Option<Leaf> {
    words.iter().map(|word| Leaf::of(word, true)).reduce(Leaf::join)
}
