//! What is wrong with a network's settings, or with its input and target fields.

use crate::Form;

/// A setting that a network cannot be built with.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The setting, below the network's name: `hidden[1]`.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What it must be.
    pub condition: &'static str,
}

impl Problem {
    /// A problem unless the condition holds.
    pub(super) fn unless(
        holds: bool,
        key: impl Into<String>,
        value: impl ToString,
        condition: &'static str,
    ) -> Option<Self> {
        (!holds).then(|| Self { key: key.into(), value: value.to_string(), condition })
    }
}

/// A field by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    pub form: Form,
}

/// Which fields do not suit a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The inputs together.
    Inputs,
    /// The input of that index.
    Input(usize),
    /// The target of that index.
    Target(usize),
}

/// Fields that a network cannot take or give.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    pub whose: Whose,
    pub message: String,
    pub help: Option<&'static str>,
}

impl Misfit {
    pub(super) fn new(whose: Whose, message: String) -> Self {
        Self { whose, message, help: None }
    }

    pub(super) fn help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }
}
