//! The data sets while the steps go over them.

use std::collections::BTreeMap;

use semola_data::Dataset;
use semola_document::hint;

use super::error::PrepareError;

/// All data sets of the run, and which of them the steps change.
pub struct Working<'a> {
    pub data: &'a mut BTreeMap<String, Dataset>,
    /// Names of the data sets that the steps change; a split replaces the whole by its parts.
    pub active: Vec<String>,
    /// Set after a split: the parts have no first one, so `fit` has to name one.
    pub split: bool,
}

impl<'a> Working<'a> {
    /// Starts with the data sets of `from`.
    ///
    /// # Errors
    /// If one of them does not exist.
    pub fn new(data: &'a mut BTreeMap<String, Dataset>, from: &[String]) -> Result<Self, PrepareError> {
        for name in from {
            if !data.contains_key(name) {
                return Err(unknown(name, data.keys().map(String::as_str)));
            }
        }
        Ok(Self { data, active: from.to_vec(), split: false })
    }

    /// The data set on which a step's numbers are computed, with its name.
    ///
    /// # Errors
    /// If it is not among those that the step changes, or has to be named after a split.
    pub fn fit_on(&self, step: &'static str, fit: Option<&str>) -> Result<(&str, &Dataset), PrepareError> {
        let active = || self.active.iter().map(String::as_str);
        let name = match fit {
            Some(name) => active().find(|a| *a == name).ok_or_else(|| unknown(name, active()))?,
            None if self.split => {
                let reason = "after a split, say with `fit` on which part the numbers are computed".to_string();
                return Err(PrepareError::Step { step, reason });
            }
            None => active().next().unwrap_or_default(),
        };
        self.data.get(name).map(|data| (name, data)).ok_or_else(|| unknown(name, active()))
    }

    /// The data sets that the steps change, with their names.
    pub fn datasets(&self) -> impl Iterator<Item = (&str, &Dataset)> {
        self.active.iter().filter_map(|name| self.data.get(name).map(|data| (name.as_str(), data)))
    }

    /// Changes each of them.
    ///
    /// # Errors
    /// The first error of the change.
    pub fn each(
        &mut self,
        mut change: impl FnMut(&str, &mut Dataset) -> Result<(), PrepareError>,
    ) -> Result<(), PrepareError> {
        for name in &self.active {
            if let Some(data) = self.data.get_mut(name) {
                change(name, data)?;
            }
        }
        Ok(())
    }
}

/// An error: no data set of that name, with a suggestion.
pub fn unknown<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> PrepareError {
    PrepareError::UnknownDataset { name: name.to_string(), hint: hint(name, known) }
}
