//! Everything that is wrong with a document, in one list.

use std::fmt;
use std::sync::Arc;

use super::node::Node;
use super::path::Path;
use super::render;
use super::source::{Source, Span};
use super::structure::Finding;
use super::visible::visible;

/// The severity of a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The document cannot be used; the file has to change.
    Error,
    /// The document cannot be used; the data that it names has to change, or the file.
    DataError,
    /// The document can be used.
    Warning,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// What is wrong, without the place.
    pub message: String,
    /// Path of the value: `stages[3].train.epochs`.
    pub path: String,
    /// Where the value was written; `None` if the file could not be read at all.
    pub span: Option<Span>,
    /// What to do.
    pub help: Option<String>,
}

/// Where the values of a document come from.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// The file, then the `--set` arguments.
    pub sources: Vec<Source>,
    /// The document with `--set` and `like` applied.
    pub root: Option<Node>,
    /// The noun for documents of the language.
    pub noun: &'static str,
}

/// A list of diagnostics about one document. As an error it shows itself in full, for a log or a plain terminal.
#[derive(Debug, Clone)]
pub struct Diagnostics {
    origins: Arc<Origins>,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) fn new(origins: Arc<Origins>) -> Self {
        Self { origins, list: Vec::new() }
    }

    pub(crate) fn from_findings(origins: Arc<Origins>, findings: Vec<Finding>) -> Self {
        let mut all = Self::new(origins);
        for Finding { path, span, message, help } in findings {
            let path = path.to_string();
            all.insert(Diagnostic { severity: Severity::Error, message, path, span: Some(span), help });
        }
        all
    }

    /// Adds an error about the value at a path (`stages[3].train.epochs`). If the path leads to a default that is not
    /// written in the file, the error points at the nearest value above it.
    pub fn push(&mut self, path: &str, message: impl Into<String>, help: Option<String>) {
        self.add(Severity::Error, path, false, message.into(), help);
    }

    /// Adds an error about the key at the end of a path.
    pub fn push_key(&mut self, path: &str, message: impl Into<String>, help: Option<String>) {
        self.add(Severity::Error, path, true, message.into(), help);
    }

    /// Adds an error that lies in the data which the value at the path names.
    pub fn push_data(&mut self, path: &str, message: impl Into<String>, help: Option<String>) {
        self.add(Severity::DataError, path, false, message.into(), help);
    }

    /// Adds a warning about the value at a path.
    pub fn warn(&mut self, path: &str, message: impl Into<String>, help: Option<String>) {
        self.add(Severity::Warning, path, false, message.into(), help);
    }

    fn add(&mut self, severity: Severity, path: &str, key: bool, message: String, help: Option<String>) {
        let place = Path::parse(path).unwrap_or_default();
        let span = self.origins.root.as_ref().map(|root| root.find(&place, key));
        self.insert(Diagnostic { severity, message, path: path.to_owned(), span, help });
    }

    /// The same message at the same place (of a value that several items share) is reported once.
    fn insert(&mut self, new: Diagnostic) {
        // Names of columns and values come from elsewhere.
        let help = new.help.map(|help| visible(&help).into_owned());
        let new = Diagnostic { message: visible(&new.message).into_owned(), help, ..new };
        if !self.list.iter().any(|d| d.span == new.span && d.message == new.message) {
            self.list.push(new);
        }
    }

    /// The diagnostics in the order of the file.
    pub fn items(&self) -> Vec<&Diagnostic> {
        let mut items: Vec<&Diagnostic> = self.list.iter().collect();
        items.sort_by_key(|d| d.span.map_or((0, 0), |s| (s.source, s.start)));
        items
    }

    /// Whether there is nothing, not even a warning.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many errors there are, of the file and of the data.
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|d| d.severity != Severity::Warning).count()
    }

    /// Whether there is an error about the value at a path or something inside it.
    pub fn has_error_below(&self, path: &str) -> bool {
        self.list
            .iter()
            .filter(|d| d.severity != Severity::Warning)
            .any(|d| d.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])))
    }

    /// What to call the document.
    pub(crate) fn noun(&self) -> &'static str {
        self.origins.noun
    }

    /// Whether all errors lie in the data.
    pub fn only_data(&self) -> bool {
        self.errors() > 0 && self.list.iter().all(|d| d.severity != Severity::Error)
    }

    /// The source of a diagnostic.
    pub fn source_of(&self, diagnostic: &Diagnostic) -> Option<&Source> {
        self.origins.sources.get(diagnostic.span.map_or(0, |s| s.source))
    }

    /// The whole list as text: with colours, frames and arrows (`fancy`, for a terminal), or plain, one
    /// `file:line:column: error: …` each with the line of the file below.
    pub fn render(&self, fancy: bool) -> String {
        if fancy { render::fancy(self) } else { render::plain(self) }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}
