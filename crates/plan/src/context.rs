//! What the checks of a stage share: the scope, and errors with locations.

use semola_document::meant;

use super::environment::Environment;
use super::scope::{DataShape, FieldShape, ModelShape, Scope};
use semola_document::OneOrMany;
use semola_document::{Diagnostics, quoted_list};

/// The state of resolving.
pub struct Context<'a> {
    /// Whether something is written at a path, rather than left to its default.
    pub is_written: &'a dyn Fn(&str) -> bool,
    pub environment: &'a Environment<'a>,
    pub scope: Scope,
    pub diagnostics: Diagnostics,
    /// Path of the stage's settings: `stages[3].train`.
    pub at: String,
    /// Number of the stage.
    pub stage: usize,
}

impl Context<'_> {
    /// The path of a setting of this stage.
    pub fn path(&self, below: &str) -> String {
        match below {
            "" => self.at.clone(),
            _ if self.at.is_empty() => below.to_owned(),
            _ if below.starts_with('[') => format!("{}{below}", self.at),
            _ => format!("{}.{below}", self.at),
        }
    }

    /// An error about a setting of this stage.
    pub fn error(&mut self, below: &str, message: impl Into<String>) {
        let path = self.path(below);
        self.diagnostics.push(&path, message, None);
    }

    /// An error with advice.
    pub fn error_help(&mut self, below: &str, message: impl Into<String>, help: impl Into<String>) {
        let path = self.path(below);
        self.diagnostics.push(&path, message, Some(help.into()));
    }

    /// A warning with advice.
    pub fn warn(&mut self, below: &str, message: impl Into<String>, help: impl Into<String>) {
        let path = self.path(below);
        self.diagnostics.warn(&path, message, Some(help.into()));
    }

    /// An error unless a number satisfies a condition, which is given in words: `must be above 0`. Returns whether it
    /// does.
    pub fn require(&mut self, holds: bool, below: &str, value: impl std::fmt::Display, condition: &str) -> bool {
        if !holds {
            let name = below.rsplit('.').next().unwrap_or(below);
            self.error(below, format!("`{name}` is {value}; it must be {condition}"));
        }
        holds
    }

    /// An error unless a number is at least 1 and at most `most`: larger ones are slips, and would take for ever or all
    /// memory.
    pub fn within(&mut self, value: usize, below: &str, most: usize) {
        if self.require(value > 0, below, value, "at least 1") {
            self.require(value <= most, below, value, &format!("at most {most}"));
        }
    }

    /// Whether a name is new; otherwise an error. Names of data sets and models are of one kind, so that `--set NAME.…`
    /// and the tables are unambiguous.
    pub fn is_new_name(&mut self, name: &str, below: &str) -> bool {
        if name.trim().is_empty() || name.contains(['/', '\\', '.', '[', ']', '\n', '\0']) || name.starts_with('-') {
            let help = "names appear in tables, file names and paths of settings: use letters, digits, `_` and `-`";
            self.error_help(below, format!("'{name}' cannot be a name"), help);
        }
        let taken = self.scope.data.contains_key(name)
            || self.scope.models.contains_key(name)
            || self.scope.gone.contains_key(name);
        if taken {
            let first = self.scope.makers.get(name).copied().unwrap_or_default();
            self.error(below, format!("the name '{name}' is taken by stage {first} already"));
        }
        !taken
    }

    /// The data set of that name; otherwise an error.
    pub fn data(&mut self, name: &str, below: &str) -> Option<DataShape> {
        if let Some(data) = self.scope.data.get(name) {
            return Some(data.clone());
        }
        let (message, help) = if let Some(parts) = self.scope.gone.get(name) {
            let help = match &parts[..] {
                [] => "its parts are named by the values of the column that it was split by".to_owned(),
                parts => format!("use one of its parts: {}", quoted_list(parts)),
            };
            (format!("data set '{name}' was split and is gone"), help)
        } else if self.scope.models.contains_key(name) {
            (format!("'{name}' is a model, not a data set"), self.existing())
        } else if let Some(stage) = self.scope.makers.get(name).filter(|s| **s >= self.stage) {
            (format!("data set '{name}' does not exist yet: stage {stage} makes it"), "move that stage up".to_owned())
        } else if let Some(part) = &self.scope.split_by_values {
            return Some(part.clone());
        } else {
            let meant = meant(name, self.scope.data.keys().map(String::as_str));
            (format!("there is no data set '{name}'{meant}"), self.existing())
        };
        self.error_help(below, message, help);
        None
    }

    fn existing(&self) -> String {
        if self.scope.data.is_empty() {
            return "there is no data set before this stage".to_owned();
        }
        format!("the data sets before this stage are {}", quoted_list(self.scope.data.keys()))
    }

    /// The model of that name; otherwise an error, once.
    pub fn model(&mut self, name: &str, below: &str) -> Option<ModelShape> {
        if let Some(model) = self.scope.models.get(name) {
            return model.clone();
        }
        let (message, help) = if self.scope.data.contains_key(name) {
            (format!("'{name}' is a data set, not a model"), String::new())
        } else if let Some(stage) = self.scope.makers.get(name).filter(|s| **s >= self.stage) {
            (format!("model '{name}' does not exist yet: stage {stage} trains it"), "move that stage up".to_owned())
        } else {
            let meant = meant(name, self.scope.models.keys().map(String::as_str));
            (format!("there is no model '{name}'{meant}"), String::new())
        };
        let models = || match self.scope.models.is_empty() {
            true => "no stage before this one trains a model".to_owned(),
            false => format!("the models before this stage are {}", quoted_list(self.scope.models.keys())),
        };
        let help = if help.is_empty() { models() } else { help };
        self.error_help(below, message, help);
        None
    }

    /// The field of a data set; otherwise an error, once.
    pub fn field(&mut self, data: &DataShape, set: &str, name: &str, below: &str) -> Option<FieldShape> {
        if let Some(field) = data.fields.get(name) {
            return field.clone();
        }
        let meant = meant(name, data.fields.keys().map(String::as_str));
        let help = format!("its fields are {}", quoted_list(data.fields.keys()));
        self.error_help(below, format!("data set '{set}' has no field '{name}'{meant}"), help);
        None
    }

    /// An error if a column is known not to exist; `place` is where it was searched for.
    pub fn column(&mut self, columns: &[String], name: &str, place: &str, below: &str) {
        if !columns.is_empty() && !columns.iter().any(|c| c == name) {
            let meant = meant(name, columns.iter().map(String::as_str));
            let help = format!("the columns are {}", quoted_list(columns));
            let path = self.path(below);
            self.diagnostics.push_data(&path, format!("{place}: there is no column '{name}'{meant}"), Some(help));
        }
    }

    /// An error if a list is empty or has duplicates.
    pub fn distinct(&mut self, values: &OneOrMany<String>, below: &str) {
        if values.as_slice().is_empty() {
            self.error(below, format!("`{below}` is empty; name at least one"));
        }
        let values = values.as_slice();
        for (i, value) in values.iter().enumerate() {
            if values[..i].contains(value) {
                self.error(&format!("{below}[{i}]"), format!("'{value}' is named twice"));
            }
        }
    }
}

/// The values of a setting that is one or a list, each with its path.
pub fn each<'b, T>(below: &str, values: &'b OneOrMany<T>) -> Vec<(String, &'b T)> {
    match values {
        OneOrMany::One(value) => vec![(below.to_owned(), value)],
        OneOrMany::Many(values) => values.iter().enumerate().map(|(i, v)| (format!("{below}[{i}]"), v)).collect(),
    }
}
