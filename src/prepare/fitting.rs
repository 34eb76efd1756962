//! The fit of one step: its view of the data sets.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use semola_data::{Dataset, Field};

use super::call::{Call, Run};
use super::error::PrepareError;
use super::form::{Rule, ask};
use super::rules;
use super::steps::{Fitted, Step};
use super::working::Working;

/// Runs the steps of a `prepare` stage over the data sets `from` (changed in place), on the current Rayon pool.
///
/// A split replaces the whole in `data` by its parts. What can be undone is noted in [`Dataset::history`], for
/// [`Dataset::inverse`].
///
/// # Errors
/// If a data set or field does not exist or does not suit a step. Steps before the failed one stay applied.
pub fn fit_and_apply(
    steps: &[Step],
    data: &mut BTreeMap<String, Dataset>,
    from: &[String],
    run: Run,
) -> Result<Vec<Fitted>, PrepareError> {
    let mut working = Working::new(data, from)?;
    let mut done = Vec::with_capacity(steps.len());
    for (number, step) in steps.iter().enumerate() {
        let fitted = step.fit(&mut Fitting { run, kind: step.name(), number, working: &mut working })?;
        working.each(|name, data| fitted.run(&Call { run, kind: step.name(), number, dataset: name }, data))?;
        done.push(fitted);
    }
    Ok(done)
}

/// A step that is fitted.
pub struct Fitting<'a, 'w> {
    run: Run<'a>,
    /// The step's name, and its number among the steps.
    kind: &'static str,
    number: usize,
    pub(super) working: &'a mut Working<'w>,
}

impl Fitting<'_, '_> {
    /// The step at work on one data set.
    pub(super) fn call<'d>(&'d self, dataset: &'d str) -> Call<'d> {
        Call { run: self.run, kind: self.kind, number: self.number, dataset }
    }

    /// The random stream of the step on a data set.
    pub(super) fn rng(&self, dataset: &str) -> ChaCha8Rng {
        self.call(dataset).rng("", 0)
    }

    /// The data set on which the step's numbers are computed, with its name.
    ///
    /// # Errors
    /// If it is not among those that the step changes, or has to be named after a split.
    pub(super) fn fit_on(&self, fit: Option<&str>) -> Result<(&str, &Dataset), PrepareError> {
        self.working.fit_on(self.kind, fit)
    }

    /// The field of a data set.
    ///
    /// # Errors
    /// [`PrepareError::UnknownField`], with a suggestion.
    pub(super) fn field<'d>(&self, dataset: &str, data: &'d Dataset, name: &str) -> Result<&'d Field, PrepareError> {
        self.call(dataset).field(data, name)
    }

    /// Checks that every data set has the fields.
    ///
    /// # Errors
    /// If a field is missing.
    pub(super) fn has(&self, fields: &[String]) -> Result<(), PrepareError> {
        self.require(fields, rules::any)
    }

    /// Checks that every data set has the fields, and that they satisfy the rule.
    ///
    /// # Errors
    /// If a field is missing or does not suit the step.
    pub(super) fn require(&self, fields: &[String], rule: Rule) -> Result<(), PrepareError> {
        for (dataset, data) in self.working.datasets() {
            for name in fields {
                self.field(dataset, data, name)?;
                ask(data, name, rule).map_err(|reason| self.wrong(dataset, name, reason))?;
            }
        }
        Ok(())
    }

    /// An error about a field.
    pub(super) fn wrong(&self, dataset: &str, field: &str, reason: impl Into<String>) -> PrepareError {
        self.call(dataset).wrong(field, reason)
    }

    /// An error about the step.
    pub(super) fn fail(&self, reason: impl Into<String>) -> PrepareError {
        PrepareError::Step { step: self.kind, reason: reason.into() }
    }
}
