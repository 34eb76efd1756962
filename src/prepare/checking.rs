//! The check of one step: its view of the data sets, and its changes to their shapes.

use semola_document::{OneOrMany, meant};

use super::form::{Rule, ask};
use super::shapes::{Member, Shapes};
use semola_document::quoted_list;
use semola_plan::{Context, DataShape, FieldShape, each};

/// A step that is checked. Settings are named by their path below the step, such as `by.rotate`; `""` is the step itself.
pub struct Checking<'a, 'c> {
    pub(crate) context: &'a mut Context<'c>,
    pub(crate) shapes: &'a mut Shapes,
    /// Path of the step below the stage: `steps[2].scale`.
    at: String,
}

impl<'a, 'c> Checking<'a, 'c> {
    pub(crate) fn new(context: &'a mut Context<'c>, shapes: &'a mut Shapes, at: String) -> Self {
        Self { context, shapes, at }
    }

    /// The path of a setting below the stage.
    pub(crate) fn below(&self, key: &str) -> String {
        match key {
            "" => self.at.clone(),
            key => format!("{}.{key}", self.at),
        }
    }

    /// The path of the step in the pipeline, which is noted with the fields that it changes.
    pub(crate) fn path(&self) -> String {
        self.context.path(&self.at)
    }

    /// Whether a setting is written in the pipeline.
    pub(crate) fn is_written(&self, key: &str) -> bool {
        (self.context.is_written)(&self.context.path(&self.below(key)))
    }

    /// An error about a setting.
    pub(crate) fn error(&mut self, key: &str, message: impl Into<String>) {
        self.context.error(&self.below(key), message);
    }

    /// An error with advice.
    pub(crate) fn error_help(&mut self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        self.context.error_help(&self.below(key), message, help);
    }

    /// A warning with advice.
    pub(crate) fn warn(&mut self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        self.context.warn(&self.below(key), message, help);
    }

    /// An error unless a number satisfies a condition; returns whether it does.
    pub(crate) fn require(&mut self, holds: bool, key: &str, value: impl std::fmt::Display, condition: &str) -> bool {
        self.context.require(holds, &self.below(key), value, condition)
    }

    /// Whether the closure reported new errors.
    pub(crate) fn fails(&mut self, work: impl FnOnce(&mut Self)) -> bool {
        let errors = self.context.diagnostics.errors();
        work(self);
        self.context.diagnostics.errors() > errors
    }

    /// The numbers of a step are computed on one of the data sets that it changes.
    pub(crate) fn fitted_on(&mut self, fit: Option<&str>) {
        let members = &self.shapes.members;
        let names: Vec<&str> = members.iter().filter(|m| !m.by_values).map(|m| m.name.as_str()).collect();
        let listed = quoted_list(&names);
        match fit {
            None if self.shapes.split => {
                let message = "after a split, say with `fit` on which part the numbers are computed";
                self.context.error_help(&self.at, message, format!("the data sets here are {listed}"));
            }
            Some(name) if !names.contains(&name) && !members.iter().any(|m| m.by_values) => {
                let below = self.below("fit");
                if names.is_empty() {
                    return;
                }
                if self.shapes.split || self.context.data(name, &below).is_some() {
                    let meant = meant(name, names);
                    let message =
                        format!("`fit` must be one of the data sets that the step changes, not '{name}'{meant}");
                    self.context.error_help(&below, message, format!("the data sets here are {listed}"));
                }
            }
            _ => {}
        }
    }

    /// The `fields` of the step, each with its path; an error if there are none or one is named twice.
    pub(crate) fn listed<'f>(&mut self, fields: &'f OneOrMany<String>) -> Vec<(String, &'f String)> {
        let below = self.below("fields");
        self.context.distinct(fields, &below);
        each(&below, fields)
    }

    /// Checks the `fields` in every data set.
    pub(crate) fn fields(&mut self, fields: &OneOrMany<String>, rule: Rule) {
        for (below, name) in self.listed(fields) {
            self.look(&below, name, rule);
        }
    }

    /// Checks the `fields` in every data set and notes that the step changes them.
    pub(crate) fn change(&mut self, fields: &OneOrMany<String>, rule: Rule) {
        for (below, name) in self.listed(fields) {
            self.look(&below, name, rule);
            self.mark(name, "");
        }
    }

    /// Checks the field that a setting names in every data set.
    pub(crate) fn field(&mut self, key: &str, name: &str, rule: Rule) {
        self.look(&self.below(key), name, rule);
    }

    /// Checks a field in every data set; `below` is where it is named.
    pub(crate) fn look(&mut self, below: &str, name: &str, rule: Rule) {
        for member in &self.shapes.members {
            let known = member.data.fields.contains_key(name);
            match self.context.field(&member.data, &member.name, name, below) {
                Some(_) => {
                    if let Err(message) = ask(&member.data, name, rule) {
                        self.context.error(below, message);
                        return;
                    }
                }
                None if !known => return,
                None => {}
            }
        }
    }

    /// Notes that the step, or a setting of it, changes the field.
    pub(crate) fn mark(&mut self, name: &str, key: &str) {
        let step = self.context.path(&self.below(key));
        for member in &mut self.shapes.members {
            if let Some(Some(field)) = member.data.fields.get_mut(name) {
                field.changes.push(step.clone());
            }
        }
    }

    /// Adds a field to every data set; `make` derives it from the data set, or reports what is wrong. Without `as` in
    /// the pipeline it takes the place of the field of that name.
    pub(crate) fn add(&mut self, name: &str, mut make: impl FnMut(&mut Self, &Member) -> Option<FieldShape>) {
        for i in 0..self.shapes.members.len() {
            let Some(member) = self.shapes.members.get(i).cloned() else { return };
            if self.is_written("as") && member.data.fields.contains_key(name) {
                let message = format!("data set '{}' has a field '{name}' already", member.name);
                self.error("as", message);
                return;
            }
            let field = make(self, &member);
            let failed = field.is_none();
            self.put(i, name, field);
            if failed {
                // What went wrong was told; the name exists, so that later steps do not complain about it.
                let all = self.shapes.members.iter_mut();
                all.for_each(|m| _ = m.data.fields.insert(name.to_owned(), None));
                return;
            }
        }
    }

    /// Replaces a field in every data set; `make` derives it from the old one, or says what is wrong.
    pub(crate) fn replace(
        &mut self,
        below: &str,
        name: &str,
        make: impl Fn(&FieldShape) -> Result<FieldShape, String>,
    ) {
        for i in 0..self.shapes.members.len() {
            let Some(Member { name: set, data, .. }) = self.shapes.members.get(i) else { return };
            let known = data.fields.contains_key(name);
            match self.context.field(data, set, name, below).map(|field| make(&field)) {
                Some(Ok(field)) => self.put(i, name, Some(field)),
                Some(Err(message)) => return self.context.error(below, format!("field '{name}': {message}")),
                None if !known => return,
                None => {}
            }
        }
    }

    /// Sets what is known of a field of the `i`th data set.
    pub(crate) fn put(&mut self, i: usize, name: &str, field: Option<FieldShape>) {
        if let Some(member) = self.shapes.members.get_mut(i) {
            member.data.fields.insert(name.to_owned(), field);
        }
    }

    /// Changes what is known of each data set.
    pub(crate) fn data_sets(&mut self, change: impl FnMut(&mut DataShape)) {
        self.shapes.members.iter_mut().map(|member| &mut member.data).for_each(change);
    }
}
