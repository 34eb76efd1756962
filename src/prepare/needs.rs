//! Which fields have to be read so that steps can be done to data that may lack some.

use std::collections::BTreeSet;

use super::center::FittedCenter;
use super::sample_points::positions;
use super::{Fitted, PrepareError, Run};
use crate::data::Dataset;
use crate::spec::types::Add;

/// The fields of a data set, before any step, that others afterwards depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// With their values.
    pub values: BTreeSet<String>,
    /// Only with what is done to them, so that predictions of them can be brought back to physical units.
    pub history: BTreeSet<String>,
}

impl Needs {
    /// What is needed before the steps, given what is needed after them.
    #[must_use]
    pub fn before<'s>(mut self, steps: impl DoubleEndedIterator<Item = &'s Fitted>) -> Self {
        for step in steps.rev() {
            self.step_back(step);
        }
        self.history = self.history.difference(&self.values).cloned().collect();
        self
    }

    fn step_back(&mut self, step: &Fitted) {
        if let Some(made) = step.made() {
            let sources = || step.sources().into_iter().map(str::to_owned);
            if self.values.remove(made) {
                self.values.extend(sources());
            }
            if self.history.remove(made) {
                self.history.extend(sources());
            }
            return;
        }
        let touched = |of: &BTreeSet<String>| step.changed().iter().any(|name| of.contains(*name));
        if touched(&self.values) || touched(&self.history) {
            let looked_at = step.sources().into_iter().filter(|name| !self.history.contains(*name));
            let looked_at: Vec<String> = looked_at.map(str::to_owned).collect();
            self.values.extend(looked_at);
        }
    }
}

impl Fitted {
    /// The new field that the step makes.
    fn made(&self) -> Option<&str> {
        match self {
            Self::Add(step) => Some(&step.field),
            Self::Neighbours(step) => Some(&step.name),
            Self::Normals(step) => Some(&step.name),
            Self::Rasterise(fitted) => Some(&fitted.step.name),
            Self::OneHot(fitted) => Some(fitted.step.new_field()),
            _ => None,
        }
    }

    /// Fields without which the step can do nothing.
    fn sources(&self) -> Vec<&str> {
        match self {
            Self::Add(Add { difference, join, .. }) => {
                difference.iter().flatten().chain(join.iter().flatten()).map(String::as_str).collect()
            }
            Self::Neighbours(step) => vec![&step.of],
            Self::Normals(step) => vec![&step.of],
            Self::Rasterise(fitted) => vec![&fitted.step.of],
            Self::OneHot(fitted) => vec![&fitted.step.field],
            Self::SamplePoints(step) => vec![positions(step)],
            Self::ElementBaseline(fitted) => vec![&fitted.elements],
            Self::Center(FittedCenter::Mass { elements, .. }) => vec![elements],
            _ => Vec::new(),
        }
    }

    /// Fields that a step with [`sources`](Self::sources), but without a new field, changes.
    fn changed(&self) -> Vec<&str> {
        match self {
            Self::SamplePoints(step) => step.fields.as_slice().iter().map(String::as_str).collect(),
            Self::ElementBaseline(fitted) => vec![&fitted.field],
            Self::Center(FittedCenter::Mass { fields, .. }) => fields.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// As [`Fitted::apply`], but leaves the step out where the data lacks a field without which it can do nothing: it is
    /// about fields that nobody [needs](Needs).
    ///
    /// # Errors
    /// As [`Fitted::apply`].
    pub fn apply_where_possible(
        &self,
        number: usize,
        name: &str,
        data: &mut Dataset,
        run: Run,
    ) -> Result<(), PrepareError> {
        match self.sources().into_iter().all(|field| data.fields.contains_key(field)) {
            true => self.apply(number, name, data, run),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::types::{Neighbours, OneOrMany, SamplePoints};

    fn add(field: &str, a: &str, b: &str) -> Fitted {
        let difference = Some([a.to_owned(), b.to_owned()]);
        let (action, field) = (Default::default(), field.to_owned());
        Fitted::Add(Add { field, constant: None, difference, join: None, action, dim: None })
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn needs_go_back_through_the_fields_that_steps_make() {
        let near = Neighbours { of: "p".into(), k: Some(3), radius: None, name: "near".into() };
        let fields = OneOrMany::Many(vec!["p".into(), "forces".into()]);
        let sample =
            SamplePoints { fields, of: None, points: 4, method: Default::default(), fewer: Default::default() };
        let steps =
            [Fitted::SamplePoints(sample), Fitted::Neighbours(near), add("dy", "y", "x"), add("other", "o", "x")];
        let needs = Needs { values: set(&["x", "near"]), history: set(&["dy", "forces"]) };
        let needs = needs.before(steps.iter());
        assert_eq!(needs, Needs { values: set(&["p", "x"]), history: set(&["forces", "y"]) });
    }
}
