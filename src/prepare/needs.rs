//! Which fields have to be read so that steps can be applied to data that may lack some.

use std::collections::BTreeSet;

use super::steps::Fitted;

/// The fields of a data set, before any step, that others afterwards depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// With their values.
    pub values: BTreeSet<String>,
    /// Only with their history, so that predictions of them can be converted back to physical units.
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
        let touches = step.touches();
        let needed = || touches.needs.iter().map(|name| (*name).to_owned());
        if let Some(made) = touches.makes {
            if self.values.remove(made) {
                self.values.extend(needed());
            }
            if self.history.remove(made) {
                self.history.extend(needed());
            }
            return;
        }
        let touched = |of: &BTreeSet<String>| touches.changes.iter().any(|name| of.contains(*name));
        if touched(&self.values) || touched(&self.history) {
            let looked_at: Vec<String> = needed().filter(|name| !self.history.contains(name)).collect();
            self.values.extend(looked_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use semola_document::OneOrMany;

    use super::*;
    use crate::prepare::steps::{Add, Neighbours, SamplePoints};

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
