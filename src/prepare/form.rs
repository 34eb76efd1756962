//! What a rule about a field depends on. A rule is written once: the check evaluates it before data is read, with a
//! location for errors, and the fit evaluates it again as a guard.

use std::fmt;

use semola_data::{Dataset, RowShape};
use semola_lie::action::Action;

use semola_plan::DataShape;

/// A field without its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    pub shape: RowShape,
    pub action: Action,
    /// The values are numbered class labels.
    pub labels: bool,
}

impl Form {
    /// Whether it is one number per row that no group acts on.
    pub fn is_one_scalar(&self) -> bool {
        self.action == Action::Scalar && self.shape.width() == Some(1)
    }
}

/// A data set whose fields have forms.
pub trait Forms {
    /// Whether a message about a field has to name it; not if the error does so anyway.
    const NAMED: bool;

    /// The form of a field; `None` if there is none, or none is known.
    fn form(&self, name: &str) -> Option<Form>;
}

impl Forms for DataShape {
    const NAMED: bool = true;

    fn form(&self, name: &str) -> Option<Form> {
        let field = self.fields.get(name)?.as_ref()?;
        Some(Form { shape: field.shape.clone(), action: field.action, labels: field.labels })
    }
}

impl Forms for Dataset {
    const NAMED: bool = false;

    fn form(&self, name: &str) -> Option<Form> {
        let field = self.fields.get(name)?;
        Some(Form { shape: field.row_shape(), action: field.action, labels: field.classes.is_some() })
    }
}

/// The field that a rule is about, as the subject of a sentence: `field 'x'`, or `it`.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Its name, if it has to be stated.
    pub name: Option<&'a str>,
    pub form: Form,
}

impl Subject<'_> {
    /// `a row of field 'x'`, or `a row`.
    pub fn row(&self) -> String {
        self.name.map_or_else(|| "a row".to_owned(), |name| format!("a row of field '{name}'"))
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => write!(f, "field '{name}'"),
            None => f.write_str("it"),
        }
    }
}

/// Whether a field suits a step; says why not.
pub type Rule = fn(&Subject) -> Result<(), String>;

/// Evaluates the rule on a field; a missing or unknown field passes.
///
/// # Errors
/// What the rule says.
pub fn ask<F: Forms>(data: &F, name: &str, rule: Rule) -> Result<(), String> {
    match data.form(name) {
        Some(form) => rule(&Subject { name: F::NAMED.then_some(name), form }),
        None => Ok(()),
    }
}
