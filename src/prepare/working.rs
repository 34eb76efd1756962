//! The data sets that the steps go over.

use std::collections::BTreeMap;

use semola_document::hint;

use super::error::PrepareError;
use crate::data::{Dataset, Field};

/// All data sets of the run, and which of them the steps change.
pub struct Working<'a> {
    pub data: &'a mut BTreeMap<String, Dataset>,
    /// Names of the data sets that the steps change; a split puts the parts in the place of the whole.
    pub active: Vec<String>,
    /// After a split nothing says which part is first, so `fit` has to.
    pub split: bool,
}

impl<'a> Working<'a> {
    /// Starts with the data sets of `from`.
    ///
    /// # Errors
    /// Where one of them does not exist.
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
    /// Where it is not among those that the step changes, or has to be named after a split.
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

    /// Checks that every data set has the fields.
    ///
    /// # Errors
    /// Where a field is missing.
    pub fn check_fields<'n>(
        &self,
        step: &'static str,
        fields: impl Iterator<Item = &'n str> + Clone,
    ) -> Result<(), PrepareError> {
        for (dataset, data) in self.datasets() {
            fields.clone().try_for_each(|name| field_of(step, dataset, data, name).map(|_| ()))?;
        }
        Ok(())
    }

    /// Checks that every data set has the fields, and that they hold numbers that may be changed.
    ///
    /// # Errors
    /// Where a field is missing or holds class labels.
    pub fn check_numeric(&self, step: &'static str, fields: &[String]) -> Result<(), PrepareError> {
        for (dataset, data) in self.datasets() {
            for name in fields {
                if field_of(step, dataset, data, name)?.classes.is_some() {
                    let reason = "it holds class labels, which this step would change".to_string();
                    return Err(wrong_field(step, dataset, name, reason));
                }
            }
        }
        Ok(())
    }
}

/// The field of a data set.
///
/// # Errors
/// [`PrepareError::UnknownField`], with a suggestion.
pub fn field_of<'d>(
    step: &'static str,
    dataset: &str,
    data: &'d Dataset,
    name: &str,
) -> Result<&'d Field, PrepareError> {
    data.fields.get(name).ok_or_else(|| PrepareError::UnknownField {
        step,
        dataset: dataset.to_string(),
        field: name.to_string(),
        hint: hint(name, data.fields.keys().map(String::as_str)),
    })
}

/// An error about a field.
pub fn wrong_field(step: &'static str, dataset: &str, field: &str, reason: String) -> PrepareError {
    PrepareError::Field { step, dataset: dataset.to_string(), field: field.to_string(), reason }
}

fn unknown<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> PrepareError {
    PrepareError::UnknownDataset { name: name.to_string(), hint: hint(name, known) }
}
