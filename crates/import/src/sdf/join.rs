//! Properties in CSV files, joined to molecules by title or by number.

use std::collections::{HashMap, HashSet};

use arrow::array::{ArrayRef, UInt64Array};
use arrow::compute::take;
use arrow::error::ArrowError;

use super::record::{text, title};
use crate::column::{Column, free_name};
use crate::csv;
use crate::error::{ImportError, RowFault};
use crate::input::Input;
use crate::records::Record;
use crate::{Ask, OnInvalid};

/// A table in memory, one row a molecule.
pub struct Properties {
    /// Its columns.
    pub columns: Vec<Column>,
    /// What the user should know of them, and of how they were joined.
    pub warnings: Vec<String>,
    arrays: Vec<ArrayRef>,
    /// Rows by the molecule's title; `None`: rows are in the order of the molecules.
    by_title: Option<HashMap<String, u64>>,
    table: String,
}

/// How rows belong to molecules.
enum Key {
    /// By the titles in this column.
    Column(HashMap<String, u64>),
    /// Row by row; a column holds the titles in this order.
    SameOrder,
    /// Row by row; no column holds titles.
    None,
}

impl Properties {
    /// Reads the tables. The key is the column that holds the most `titles` of molecules, each once, as they are written and
    /// not as numbers; without one, there must be as many rows as molecules.
    ///
    /// # Errors
    /// If a file cannot be read, a column that holds titles holds one twice, or there is no key and the number of rows
    /// differs.
    pub fn load(
        tables: &[Input],
        titles: &[Option<String>],
        taken: &HashSet<String>,
        ask: Ask,
    ) -> Result<Self, ImportError> {
        let source = csv::source(tables, Ask { on_invalid: OnInvalid::Error, ..ask })?;
        let (arrays, rows) = source.load(ask.watch)?;
        let path = tables.first().map(|t| t.path.clone()).unwrap_or_else(|| std::path::Path::new("").into());
        let error = |what: String| ImportError::file(&path, what);
        let columns = crate::source::Source::columns(&source);
        let mut warnings = crate::source::Source::warnings(&source);
        let by_title = match key(columns, &source.words(ask.watch)?, titles).map_err(error)? {
            Key::Column(rows) => Some(rows),
            Key::SameOrder => None,
            Key::None if rows == titles.len() => {
                warnings.push(format!(
                    "{}: no column holds the titles of the molecules; its rows were joined to them in order",
                    path.display()
                ));
                None
            }
            Key::None => {
                let first = titles.iter().flatten().next().map_or("", String::as_str);
                return Err(error(format!(
                    "no column holds titles of molecules (the first is `{first}`), and {rows} rows do not match {} \
                     molecules one by one",
                    titles.len()
                )));
            }
        };
        let renamed =
            |c: &Column| Column { name: free_name(&c.name, "csv_", &|name| taken.contains(name)), ..c.clone() };
        let table = path.display().to_string();
        Ok(Self { columns: columns.iter().map(renamed).collect(), warnings, arrays, by_title, table })
    }

    /// The row that belongs to a record.
    ///
    /// # Errors
    /// If there is none.
    pub fn find(&self, record: &Record) -> Result<u64, RowFault> {
        let Some(rows) = &self.by_title else { return Ok(record.index) };
        let text = text(record)?;
        let title = title(&text);
        rows.get(title).copied().ok_or_else(|| {
            RowFault::line(record.line, "record", format!("{} has no row for the molecule `{title}`", self.table))
        })
    }

    /// These rows.
    ///
    /// # Errors
    /// If one does not exist.
    pub fn take(&self, rows: &[u64]) -> Result<Vec<ArrayRef>, ArrowError> {
        let rows = UInt64Array::from(rows.to_vec());
        self.arrays.iter().map(|array| take(array, &rows, None)).collect()
    }
}

/// The key among the words of the columns.
fn key(columns: &[Column], words: &[Vec<String>], titles: &[Option<String>]) -> Result<Key, String> {
    let known: HashSet<&str> = titles.iter().flatten().map(String::as_str).filter(|title| !title.is_empty()).collect();
    if known.is_empty() {
        return Ok(Key::None);
    }
    let in_order = |column: &&Vec<String>| {
        let pairs = column.iter().zip(titles);
        column.len() == titles.len() && pairs.into_iter().all(|(word, title)| title.as_ref().is_none_or(|t| t == word))
    };
    if words.iter().any(|column| in_order(&column)) {
        return Ok(Key::SameOrder);
    }
    let mut best: Option<(usize, usize)> = None;
    for (c, column) in words.iter().enumerate() {
        let held = column.iter().map(String::as_str).filter(|word| known.contains(word)).collect::<HashSet<_>>().len();
        // Few matches are chance: numbers that happen to be titles too. The first column is where names stand.
        let enough = held > 0 && (c == 0 || 2 * held >= known.len());
        if enough && best.is_none_or(|(_, most)| held > most) {
            best = Some((c, held));
        }
    }
    let Some((c, _)) = best else { return Ok(Key::None) };
    let column = words.get(c).map_or(&[][..], Vec::as_slice);
    let mut rows = HashMap::new();
    for (row, word) in (0_u64..).zip(column) {
        if rows.insert(word.clone(), row).is_some() && known.contains(word.as_str()) {
            let name = columns.get(c).map_or("", |column| &column.name);
            return Err(format!("column `{name}` holds the titles of the molecules, but `{word}` twice"));
        }
    }
    Ok(Key::Column(rows))
}
