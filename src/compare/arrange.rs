//! The order of rows and the choice of columns of a result.

use polars::prelude::{Column, DataFrame};

use super::Shown;
use super::error::CompareError;
use super::frame::{has, unknown};
use super::order::sorted;
use super::pivot::cell_name;
use super::settings::CONFIG;

/// A result, with its displayed columns.
#[derive(Debug)]
pub struct Arranged {
    pub frame: DataFrame,
    /// The columns that identify rows; they come first.
    pub keys: Vec<String>,
    pub shown: Vec<Shown>,
}

impl Arranged {
    /// Puts in a column at a position among the keys.
    pub fn insert(&mut self, at: usize, name: &str, column: Column) -> Result<(), CompareError> {
        self.frame.insert_column(at, column)?;
        self.shown.insert(at, Shown::Column(name.to_owned()));
        self.keys.insert(at, name.to_owned());
        Ok(())
    }

    /// Sorts by columns, of which `-` in front asks for descending order. Unknown values come last.
    pub fn sort(&mut self, by: &[String]) -> Result<(), CompareError> {
        if by.is_empty() {
            return Ok(());
        }
        let mut found: Vec<(String, bool)> = Vec::new();
        for name in by {
            let own = name.trim_start_matches('-');
            // Several columns shown as one are sorted by the first, the mean.
            found.extend(self.meant("--sort", own)?.columns().into_iter().take(1).map(|column| (column, own != name)));
        }
        let by: Vec<(&str, bool)> = found.iter().map(|(name, descends)| (name.as_str(), *descends)).collect();
        self.frame = sorted(&self.frame, &by)?;
        Ok(())
    }

    /// Keeps these columns, in this order; all, if none is named.
    pub fn select(&mut self, columns: &[String]) -> Result<(), CompareError> {
        if columns.is_empty() {
            return Ok(());
        }
        let mut shown: Vec<Choice> = Vec::new();
        for name in columns {
            let found = self.meant("--select", name)?;
            if !shown.contains(&found) {
                shown.push(found);
            }
        }
        let mut names: Vec<String> = Vec::new();
        for name in shown.iter().flat_map(|choice| choice.all(&self.frame)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        self.frame = self.frame.select(&names)?;
        self.keys.retain(|key| names.contains(key));
        self.shown = shown.into_iter().map(|choice| choice.0).collect();
        Ok(())
    }

    /// What a name means: a column, a setting without or with `config.`, or columns that are shown as one.
    fn meant(&self, option: &'static str, name: &str) -> Result<Choice, CompareError> {
        let spellings = [name.to_owned(), format!("{CONFIG}{name}"), name.trim_start_matches(CONFIG).to_owned()];
        if let Some(column) = spellings.iter().find(|column| has(&self.frame, column)) {
            return Ok(Choice(Shown::Column(column.clone())));
        }
        let several = self
            .shown
            .iter()
            .find(|shown| matches!(shown, Shown::Statistics(label) | Shown::Interval(label) if label == name));
        several.cloned().map(Choice).ok_or_else(|| unknown(option, name, &[&self.frame]))
    }
}

/// A column that was named, or several shown as one.
#[derive(Debug, PartialEq)]
struct Choice(Shown);

impl Choice {
    /// The columns of the displayed table.
    fn columns(&self) -> Vec<String> {
        match &self.0 {
            Shown::Column(name) => vec![name.clone()],
            Shown::Statistics(label) | Shown::Interval(label) => {
                ["mean", "sd", "n"].iter().map(|cell| cell_name(label, cell)).collect()
            }
        }
    }

    /// The columns of the machine-readable output.
    fn all(&self, frame: &DataFrame) -> Vec<String> {
        match &self.0 {
            Shown::Column(name) => vec![name.clone()],
            Shown::Statistics(label) | Shown::Interval(label) => {
                let all = super::statistics::Statistics::NAMES.iter().map(|cell| cell_name(label, cell));
                all.filter(|name| has(frame, name)).collect()
            }
        }
    }
}
