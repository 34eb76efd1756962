//! The list of preparation steps. A step is one file (its settings, check, label, memory, fit and effect on data) and
//! one line here.

use schemars::JsonSchema;
use semola_data::Dataset;
use semola_data::settings::OnInvalid;
use serde::{Deserialize, Serialize};

use super::call::{Call, Run};
use super::checking::Checking;
use super::error::PrepareError;
use super::fitting::Fitting;
use super::shapes::Shapes;
use super::step::{Division, FittedStep, PrepareStep, Reach, Touches};

/// Makes the modules and the two enums, with one variant for each step, and passes what is asked of them on to the steps.
/// A module's name is the step's name in a pipeline.
macro_rules! steps {
    ($($(#[$doc:meta])* $Step:ident: $step:ident,)*) => {
        $(
            mod $step;
            pub use $step::*;
        )*

        /// One preparation step.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Step {
            $($(#[$doc])* $Step($Step),)*
        }

        /// A step that was applied.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Fitted {
            $($Step(<$Step as PrepareStep>::Fitted),)*
        }

        impl Step {
            /// As it is written in a pipeline.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Step(_) => stringify!($step),)* }
            }

            /// What the step does, in a few words.
            pub fn label(&self) -> String {
                match self { $(Self::$Step(step) => step.label(),)* }
            }

            /// The parts into which the step divides a data set, as far as they are given.
            pub fn division(&self) -> Option<Division<'_>> {
                match self { $(Self::$Step(step) => step.division(),)* }
            }

            /// See [`PrepareStep::check`].
            pub(super) fn check(&self, at: &mut Checking) {
                match self { $(Self::$Step(step) => step.check(at),)* }
            }

            /// See [`PrepareStep::memory`].
            pub(super) fn memory(&self, before: &Shapes, after: &Shapes) -> Option<usize> {
                match self { $(Self::$Step(step) => step.memory(before, after),)* }
            }

            /// See [`PrepareStep::fit`].
            pub(super) fn fit(&self, fitting: &mut Fitting) -> Result<Fitted, PrepareError> {
                Ok(match self { $(Self::$Step(step) => Fitted::$Step(step.fit(fitting)?),)* })
            }
        }

        impl Fitted {
            /// The step's name, as it is written in a pipeline.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Step(_) => stringify!($step),)* }
            }

            /// The fields that the step touches.
            pub fn touches(&self) -> Touches<'_> {
                match self { $(Self::$Step(fitted) => fitted.touches(),)* }
            }

            /// To which data the step is applied.
            pub fn reach(&self) -> Reach {
                match self { $(Self::$Step(_) => <<$Step as PrepareStep>::Fitted as FittedStep>::REACH,)* }
            }

            /// What is done with rows that hold a value the step cannot use, where it has such a setting.
            pub fn on_invalid(&mut self) -> Option<&mut OnInvalid> {
                match self { $(Self::$Step(fitted) => fitted.on_invalid(),)* }
            }

            /// Applies the step to one of its own data sets.
            pub(super) fn run(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
                match self { $(Self::$Step(fitted) => fitted.apply(call, data),)* }
            }
        }

        /// The names of all steps.
        #[cfg(test)]
        pub(super) const NAMES: &[&str] = &[$(stringify!($step)),*];
    };
}

steps! {
    /// Subtract a centre.
    Center: center,
    /// Divide by one positive number for all the listed fields together (so that actions stay linear).
    Scale: scale,
    /// Take logarithms of large sizes: each number or vector keeps its direction. For values of very different sizes.
    Compress: compress,
    /// Subtract the mean and divide by the standard deviation, component by component (`scalar` fields only).
    Standardise: standardise,
    /// Subtract a least-squares sum of per-element constants (atomic energies) from a scalar target.
    ElementBaseline: element_baseline,
    /// Keep a random part of the rows.
    Subsample: subsample,
    /// Split one data set into several.
    Split: split,
    /// Add a field.
    Add: add,
    /// Keep some of the points of each row.
    SamplePoints: sample_points,
    /// Add what is near each point.
    Neighbours: neighbours,
    /// Add the normal vector of the surface at each point.
    Normals: normals,
    /// Put the centroid of each row at the origin and scale its farthest point to distance 1.
    UnitSphere: unit_sphere,
    /// Add Gaussian noise.
    Jitter: jitter,
    /// Move each row by a random group element of its own.
    Turn: turn,
    /// Add an image of the points of each row.
    Rasterise: rasterise,
    /// Add one 0/1 value for each class of a field.
    OneHot: one_hot,
    /// Turn scalar values into class labels.
    Encode: encode,
    /// Scale images to another size.
    Resize: resize,
    /// Put a border around images.
    Pad: pad,
    /// Cut images to a smaller size.
    Crop: crop,
    /// Subtract the mean and divide by the standard deviation, channel by channel (images only).
    Normalise: normalise,
}

impl Fitted {
    /// Applies the step, the `number`th of its stage, to a new data set: with the same numbers, nothing is refitted.
    /// `name` is the data set's. Steps that are about the data sets of the stage ([`Reach::Stage`]) do nothing here.
    ///
    /// # Errors
    /// As `FittedStep::apply`.
    pub fn apply(&self, number: usize, name: &str, data: &mut Dataset, run: Run) -> Result<(), PrepareError> {
        match self.reach() {
            Reach::All => self.run(&Call { run, kind: self.name(), number, dataset: name }, data),
            Reach::Stage => Ok(()),
        }
    }

    /// As [`Fitted::apply`], but skips the step if the data lacks a required field: it is then about fields that
    /// nothing [needs](super::Needs).
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
        match self.touches().needs.into_iter().all(|field| data.fields.contains_key(field)) {
            true => self.apply(number, name, data, run),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_called_as_in_the_grammar() {
        let schema = schemars::schema_for!(Step);
        let variants = schema.get("oneOf").and_then(|all| all.as_array()).unwrap();
        let written: Vec<&str> = variants.iter().map(|v| v["required"][0].as_str().unwrap()).collect();
        assert_eq!(written, NAMES);
    }

    #[test]
    fn settings_that_steps_share_are_one_definition_in_the_grammar() {
        let schema = schemars::schema_for!(Step);
        let definitions: Vec<&String> = schema.get("$defs").and_then(|all| all.as_object()).unwrap().keys().collect();
        for name in ["Fit", "Fields"] {
            assert!(definitions.iter().any(|d| *d == name), "{name}: {definitions:?}");
        }
        for name in ["Scale", "Standardise", "Normalise", "UnitSphere"] {
            assert!(!definitions.iter().any(|d| *d == name), "{name}: {definitions:?}");
        }
    }
}
