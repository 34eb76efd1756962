//! Data items of a record: `> <NAME>`, lines of text, a blank line.

use std::collections::HashSet;

use semola_document::shortened;

use crate::cell::{Builder, Cell};
use crate::column::{Column, Layout};
use crate::error::RowFault;
use crate::infer::{Leaf, Seen, cell};
use crate::number::is_nothing;

/// A data item.
pub struct Item<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its text; several lines stay so.
    pub value: String,
    /// Lines between the record's first and the value's.
    pub line: u64,
}

/// Data items of a record at most: each is a column.
const MOST: usize = 10_000;

/// The data items of a record, in order; of two with one name the last counts.
///
/// # Errors
/// If there are too many.
pub fn items(text: &str) -> Result<Vec<Item<'_>>, RowFault> {
    let mut items: Vec<Item> = Vec::new();
    let mut open = false;
    let lines = (0_u64..).zip(text.lines()).skip_while(|(_, line)| line.trim_end() != "M  END").skip(1);
    for (number, line) in lines.take_while(|(_, line)| !line.starts_with(super::record::END)) {
        if let Some(name) = name(line) {
            if items.len() == MOST {
                let what = format!("the record has more than {MOST} data items; does `$$$$` end it?");
                return Err(RowFault::line(number + 1, "record", what));
            }
            items.push(Item { name, value: String::new(), line: number + 1 });
            open = true;
        } else if line.trim().is_empty() {
            open = false;
        } else if let (true, Some(item)) = (open, items.last_mut()) {
            if !item.value.is_empty() {
                item.value.push('\n');
            }
            item.value.push_str(line.trim_end());
        }
    }
    let mut known = HashSet::new();
    let mut last: Vec<Item> = items.into_iter().rev().filter(|item| known.insert(item.name)).collect();
    last.reverse();
    Ok(last)
}

/// What stands between the first `<` and the next `>` of a header line.
fn name(line: &str) -> Option<&str> {
    let (_, rest) = line.strip_prefix('>')?.split_once('<')?;
    rest.split_once('>').map(|(name, _)| name.trim()).filter(|name| !name.is_empty())
}

impl Item<'_> {
    /// Is there no value, or a word for none where the column is not text?
    pub fn is_missing(&self, column: &Column) -> bool {
        self.value.is_empty() || (column.leaf != Leaf::Text.data_type() && is_nothing(self.value.trim()))
    }

    /// What a column sees of it.
    pub fn seen(&self) -> Seen {
        Seen::once(Leaf::of(self.value.trim(), false), Layout::Scalar)
    }

    /// The cell of a column, which can hold it.
    ///
    /// # Errors
    /// A phrase that says why the value is not one of the column.
    pub fn checked(&self, column: &Column) -> Result<Cell, String> {
        let cell = self.cell(column)?;
        Builder::new(column).check(&cell).map(|()| cell)
    }

    fn cell(&self, column: &Column) -> Result<Cell, String> {
        if column.leaf == Leaf::Text.data_type() {
            return Ok(Cell::Text(self.value.clone()));
        }
        let wrong = || format!("`{}` is not {}", shortened(&self.value), column.leaf);
        cell(&[self.value.trim()], column, false).ok_or_else(wrong)
    }
}
