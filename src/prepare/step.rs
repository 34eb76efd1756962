//! What a preparation step is: the two halves that every file in [`super::steps`] holds.
//!
//! The settings of a step implement [`PrepareStep`]: what can be checked before data is read, and the fit. The result
//! of the fit implements [`FittedStep`]: it can be stored with a model and applied to other data.

use std::collections::BTreeMap;

use semola_data::Dataset;
use semola_data::settings::OnInvalid;

pub use super::call::Call;
pub use super::checking::Checking;
pub use super::error::PrepareError;
pub use super::fitting::Fitting;
pub use super::shapes::Shapes;

/// The settings of a step.
pub trait PrepareStep {
    /// The result of the fit.
    type Fitted: FittedStep;

    /// Checks the settings and whether the step suits the data sets, and changes their shapes as the step does.
    fn check(&self, at: &mut Checking);

    /// What the step does, in a few words.
    fn label(&self) -> String;

    /// Bytes that the step allocates besides the data sets, one data set after the other: copies, fields that are about
    /// to replace others, numbers of points and classes. `None` if something is not known before reading.
    fn memory(&self, before: &Shapes, after: &Shapes) -> Option<usize>;

    /// Computes the numbers of the step on the data set of `fit`. Changes of the set of rows are applied immediately.
    ///
    /// # Errors
    /// If a data set or a field is missing or does not suit the step.
    fn fit(&self, fitting: &mut Fitting) -> Result<Self::Fitted, PrepareError>;

    /// The parts into which the step divides a data set, as far as they are given.
    fn division(&self) -> Option<Division<'_>> {
        None
    }
}

/// A step with its computed numbers: enough to apply it to other data.
pub trait FittedStep {
    /// Whether data that the stage has not seen goes through the step as well.
    const REACH: Reach;

    /// Applies the step to one data set. An invertible change is noted in the history of its field.
    ///
    /// Fields that the data set does not have (the target, in data to predict on) are left out, but the change is
    /// noted, so that predictions of them can be converted back to physical units.
    ///
    /// # Errors
    /// If a field that is needed is missing, a value is not a class or element that the step knows, or a row does
    /// not fit.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError>;

    /// Which fields the step reads, creates and changes.
    fn touches(&self) -> Touches<'_>;

    /// What is done with rows that hold a value the step cannot use, where it has such a setting.
    fn on_invalid(&mut self) -> Option<&mut OnInvalid> {
        None
    }
}

/// To which data a step is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To the data sets of the stage, and to all data that a model fitted on them sees later.
    All,
    /// To the data sets of the stage only: subsamples and splits, noise and random poses are about these.
    Stage,
}

/// The fields that a step touches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touches<'a> {
    /// Fields that the step requires.
    pub needs: Vec<&'a str>,
    /// The new field that it creates.
    pub makes: Option<&'a str>,
    /// The classes of the new field.
    pub classes: Option<FoundClasses<'a>>,
    /// Fields that it changes.
    pub changes: Vec<&'a str>,
    /// The data set that it divides, with the parts and their rows.
    pub divides: Option<(&'a str, &'a BTreeMap<String, usize>)>,
}

/// The classes that a step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundClasses<'a> {
    /// The data set that they were found in.
    pub fit: &'a str,
    pub names: &'a [String],
}

/// A data set that a step divides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division<'a> {
    pub of: &'a str,
    /// Names of the parts.
    pub into: Vec<&'a str>,
    /// The column whose values name the parts.
    pub by: Option<&'a str>,
}

/// The names of fields, for [`Touches`].
pub fn names(fields: &[String]) -> Vec<&str> {
    fields.iter().map(String::as_str).collect()
}
