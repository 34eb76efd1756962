//! A document of a language, read and checked for its form.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::assign;
use super::diagnostic::{Diagnostics, Origins};
use super::grammar::Grammar;
use super::like;
use super::node::{Content, Node};
use super::path::{Path, Segment};
use super::points::{self, Points};
use super::source::{Source, Span};
use super::structure::{self, Finding};
use super::terms::{Language, Terms};
use super::yaml;

/// Largest document in bytes; larger ones are data by mistake.
const MAX_BYTES: u64 = 4 << 20;

/// A document at one of its points, with `--set` and `like` applied, of correct form; semantics are not checked here.
#[derive(Debug, Clone)]
pub struct Document<L> {
    sweep: Arc<Sweep>,
    origins: Arc<Origins>,
    content: L,
    value: Value,
    directory: PathBuf,
}

/// What all points of a document share.
#[derive(Debug)]
struct Sweep {
    sources: Vec<Source>,
    grammar: Grammar,
    /// The document without its points.
    root: Node,
    points: Points,
    /// What is wrong with the document whatever the point.
    findings: Vec<Finding>,
}

impl Sweep {
    /// The document at one point.
    fn at<L: Language>(self: &Arc<Self>, point: usize, directory: &FilePath) -> Result<Document<L>, Diagnostics> {
        let mut root = self.root.clone();
        let mut findings = self.findings.clone();
        findings.extend(self.points.apply(point, &mut root, &self.grammar));
        findings.extend(like::merge(&mut root, self.grammar.terms));
        findings.extend(structure::check(&self.grammar, &root));
        let value = root.to_value();
        let content = serde_json::from_value::<L>(value.clone());
        let origins = Arc::new(Origins { sources: self.sources.clone(), root: Some(root), noun: L::TERMS.noun });
        match content {
            Ok(content) if findings.is_empty() => {
                Ok(Document { sweep: Arc::clone(self), origins, content, value, directory: directory.to_owned() })
            }
            Err(error) if findings.is_empty() => {
                // The structural check and the types come from the same source; this is a second net.
                let span = Span { source: 0, line: 1, column: 1, start: 0, len: 0 };
                findings.push(Finding { path: Path::default(), span, message: error.to_string(), help: None });
                Err(Diagnostics::from_findings(origins, findings))
            }
            _ => Err(Diagnostics::from_findings(origins, findings)),
        }
    }
}

impl<L: Language> Document<L> {
    /// Reads a file and applies `--set` arguments (`PATH=VALUE`) in order.
    ///
    /// # Errors
    /// If the file cannot be read, is not YAML, or does not follow the grammar: all errors of its form at once.
    pub fn load(file: &FilePath, sets: &[String]) -> Result<Self, Diagnostics> {
        let name = file.display().to_string();
        let text = read_text(file, &L::TERMS)
            .map_err(|(text, message, byte)| unreadable(&L::TERMS, (&name, &text), message, byte))?;
        let directory = file.parent().map(FilePath::to_path_buf).unwrap_or_default();
        Self::parse(&name, &text, sets, &directory)
    }

    /// The same from text; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`Document::load`], except for reading.
    pub fn from_text(name: &str, text: &str, sets: &[String]) -> Result<Self, Diagnostics> {
        Self::parse(name, text, sets, FilePath::new(""))
    }

    /// The same from a copy of a file that lies elsewhere: paths in it are relative to `directory`.
    ///
    /// # Errors
    /// As [`Document::from_text`].
    pub fn from_copy(name: &str, text: &str, sets: &[String], directory: &FilePath) -> Result<Self, Diagnostics> {
        Self::parse(name, text, sets, directory)
    }

    fn parse(name: &str, text: &str, sets: &[String], directory: &FilePath) -> Result<Self, Diagnostics> {
        let mut root = match yaml::parse(text, 0) {
            Ok(root) if root.content == Content::Null => {
                let message = format!("the file is empty; {}", L::TERMS.outline);
                return Err(unreadable(&L::TERMS, (name, text), message, Some(0)));
            }
            Ok(root) => root,
            Err(error) => return Err(syntax(&L::TERMS, name, text, error)),
        };
        let grammar = Grammar::of::<L>();
        let mut sources = vec![Source::file(name, text)];
        let mut findings = Vec::new();
        for argument in sets {
            let number = sources.len();
            let source = Source::set(argument);
            if let Err((message, help)) = assign::apply(&mut root, &grammar, argument, number) {
                let span = Span::at_byte(number, argument, 0, argument.len());
                findings.push(Finding { path: Path::default(), span, message, help });
            }
            sources.push(source);
        }
        // The form of the points as they are written; the rest is checked with the values of a point in it.
        let of_points =
            |f: &Finding| matches!(f.path.0.first(), Some(Segment::Key(key)) if points::KEYS.contains(&key.as_str()));
        let mut wrong: Vec<Finding> = structure::check(&grammar, &root).into_iter().filter(of_points).collect();
        let (points, unusable) = Points::take(&mut root, grammar.terms);
        if wrong.is_empty() {
            wrong = unusable;
        }
        findings.extend(wrong);
        Arc::new(Sweep { sources, grammar, root, points, findings }).at(0, directory)
    }

    /// How many points `grid`, `zip` and `list` ask for; at least one. This document is the first, or the requested
    /// one.
    pub fn points(&self) -> usize {
        self.sweep.points.len()
    }

    /// The document at another point, counted from 0.
    ///
    /// # Errors
    /// All errors of form that the point's values make.
    pub fn at(&self, point: usize) -> Result<Self, Diagnostics> {
        self.sweep.at(point, &self.directory)
    }

    /// What a point sets: paths and values as written.
    pub fn settings(&self, point: usize) -> Vec<(String, Value)> {
        self.sweep.points.settings(point)
    }

    /// The document as typed values; `like` is followed and gone.
    pub fn content(&self) -> &L {
        &self.content
    }

    /// The document as plain values: what was written, without defaults.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The directory of the file, to which paths in it are relative (empty for the current directory).
    pub fn directory(&self) -> &FilePath {
        &self.directory
    }

    /// Whether something is written at a path such as `stages[3].train.epochs`, rather than left to its default.
    pub fn is_written(&self, path: &str) -> bool {
        let Ok(path) = Path::parse(path) else { return false };
        path.0
            .iter()
            .try_fold(&self.value, |value, segment| match segment {
                Segment::Key(key) => value.get(key),
                Segment::Index(index) => value.get(index),
            })
            .is_some()
    }

    /// Where the value at a path was written.
    pub fn span(&self, path: &str) -> Option<Span> {
        Some(self.origins.root.as_ref()?.find(&Path::parse(path).ok()?, false))
    }

    /// An empty list for errors about this document.
    pub fn diagnostics(&self) -> Diagnostics {
        Diagnostics::new(Arc::clone(&self.origins))
    }
}

/// The text of a file; else what could be read of it, what is wrong, and at which byte.
fn read_text(file: &FilePath, terms: &Terms) -> Result<String, (String, String, Option<usize>)> {
    let refuse = |message: String| (String::new(), message, None);
    let meta = std::fs::metadata(file).map_err(|e| refuse(format!("cannot open the {} file: {e}", terms.noun)))?;
    if meta.is_dir() {
        return Err(refuse(format!("is a directory, not a {} file", terms.noun)));
    }
    if meta.len() > MAX_BYTES {
        return Err(refuse(format!("has {} bytes; a {} file has at most {MAX_BYTES}", meta.len(), terms.noun)));
    }
    let bytes = std::fs::read(file).map_err(|e| refuse(format!("cannot read the {} file: {e}", terms.noun)))?;
    String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        (text, format!("not UTF-8 text: byte 0x{:02x}", error.as_bytes().get(byte).unwrap_or(&0)), Some(byte))
    })
}

fn unreadable(terms: &Terms, (name, text): (&str, &str), message: String, byte: Option<usize>) -> Diagnostics {
    let origins = Arc::new(Origins { sources: vec![Source::file(name, text)], root: None, noun: terms.noun });
    match byte {
        Some(byte) => {
            let span = Span::at_byte(0, text, byte, 1);
            Diagnostics::from_findings(origins, vec![Finding { path: Path::default(), span, message, help: None }])
        }
        None => {
            let mut all = Diagnostics::new(origins);
            all.push("", message, None);
            all
        }
    }
}

fn syntax(terms: &Terms, name: &str, text: &str, error: yaml::SyntaxError) -> Diagnostics {
    let origins = Arc::new(Origins { sources: vec![Source::file(name, text)], root: None, noun: terms.noun });
    let finding = Finding { path: Path::default(), span: error.span, message: error.message, help: None };
    Diagnostics::from_findings(origins, vec![finding])
}
