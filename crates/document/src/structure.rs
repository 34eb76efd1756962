//! The structural check: keys, types and choices of a document against the grammar, all errors at once.

use super::grammar::{Grammar, Member, Shape};
use super::node::{Content, Entry, Node};
use super::path::Path;
use super::quoted_list;
use super::source::Span;
use super::terms::NAME;
use super::words::{did_you_mean, meant};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub path: Path,
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
}

/// Everything in the document that the grammar does not allow.
pub(crate) fn check(grammar: &Grammar, root: &Node) -> Vec<Finding> {
    let mut checker = Checker { grammar, findings: Vec::new() };
    checker.node(&grammar.root, root, &Path::default(), root.span);
    checker.findings
}

struct Checker<'a> {
    grammar: &'a Grammar,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn report(&mut self, path: &Path, span: Span, message: String, help: Option<String>) {
        self.findings.push(Finding { path: path.clone(), span, message, help });
    }

    /// `owner` is where the key of this value stands: what is missing is missing there.
    fn node(&mut self, shape: &Shape, node: &Node, path: &Path, owner: Span) {
        let grammar = self.grammar;
        match (grammar.resolve(shape), &node.content) {
            (Shape::Either(shapes), _) => self.either(shape, shapes, node, path, owner),
            (Shape::Choice { words, tagged }, Content::Text(_) | Content::Map(_)) => {
                self.choice(words, tagged, node, path, owner);
            }
            (resolved, _) if !grammar.looks_like(resolved, node) => self.wrong_type(resolved, node, path, owner),
            (Shape::Integer { min, max }, Content::Number(number)) => {
                let small = min.is_some_and(|min| number.as_i64().is_some_and(|n| n < min));
                let large = max.is_some_and(|max| number.as_u64().is_some_and(|n| n > max));
                if small || large {
                    let bound = if small { format!("at least {}", min.unwrap_or(0)) } else { upper(*max) };
                    self.report(path, node.span, format!("expected a whole number, {bound}, found {number}"), None);
                }
            }
            (Shape::List { item, min, max }, Content::List(items)) => {
                if items.len() < *min || items.len() > *max {
                    let wanted = if min == max { min.to_string() } else { format!("{min} to {max}") };
                    let message = format!("expected a list of {wanted} items, found {}", items.len());
                    self.report(path, node.span, message, None);
                }
                for (i, below) in items.iter().enumerate() {
                    self.node(item, below, &path.index(i), below.span);
                }
            }
            (Shape::Record(members), Content::Map(entries)) => self.record(members, entries, path, owner),
            (Shape::Table(item), Content::Map(entries)) => {
                for entry in entries {
                    self.node(item, &entry.node, &path.key(&entry.key), entry.key_span);
                }
            }
            _ => {}
        }
    }

    fn wrong_type(&mut self, shape: &Shape, node: &Node, path: &Path, owner: Span) {
        let expected = self.grammar.expected(shape);
        let message = format!("expected {expected}, found {}", node.describe());
        let scalar = matches!(node.content, Content::Number(_) | Content::Bool(_));
        let help = match &node.content {
            _ if scalar && self.takes_text(shape) => Some("put the value in quotes to make it a text".to_owned()),
            // Source 0 is the file, the others are `--set` arguments.
            Content::Null if node.span.source > 0 => Some("write a value after the `=`".to_owned()),
            Content::Null => Some("write a value after the colon, or remove the key".to_owned()),
            Content::NotFinite(_) => Some("numbers must be finite".to_owned()),
            _ => None,
        };
        let own = node.content != Content::Null || node.span.source != owner.source;
        let span = if own { node.span } else { owner };
        self.report(path, span, message, help);
    }

    fn takes_text(&self, shape: &Shape) -> bool {
        match self.grammar.resolve(shape) {
            Shape::Text => true,
            Shape::Either(shapes) => shapes.iter().any(|s| self.takes_text(s)),
            _ => false,
        }
    }

    fn record(&mut self, members: &[Member], entries: &[Entry], path: &Path, owner: Span) {
        let keys = || members.iter().map(|m| m.key.as_str());
        let mut misspelt = Vec::new();
        for entry in entries {
            match members.iter().find(|m| m.key == entry.key) {
                Some(member) => self.node(&member.shape, &entry.node, &path.key(&entry.key), entry.key_span),
                None => {
                    misspelt.extend(did_you_mean(&entry.key, keys()));
                    let message = format!("unknown key '{}'{}", entry.key, meant(&entry.key, keys()));
                    let help = comma_help(entry)
                        .or_else(|| truth_help(entry, keys()))
                        .unwrap_or_else(|| format!("the keys here are {}", quoted_list(keys())));
                    self.report(&path.key(&entry.key), entry.key_span, message, Some(help));
                }
            }
        }
        // A key that is there under a misspelt name is told only there.
        let absent = |key: &str| !misspelt.contains(&key) && !entries.iter().any(|e| e.key == key);
        // A `like` that is still there could not be followed: what it would have given is not known.
        let unmerged = entries.iter().any(|e| e.key == "like");
        let missing: Vec<&str> = members
            .iter()
            .filter(|m| m.required && absent(&m.key) && (!unmerged || m.key == NAME))
            .map(|m| m.key.as_str())
            .collect();
        if !missing.is_empty() {
            let plural = if missing.len() == 1 { "key" } else { "keys" };
            self.report(path, owner, format!("missing required {plural} {}", quoted_list(missing)), None);
        }
    }

    fn choice(&mut self, words: &[String], tagged: &[(String, Shape)], node: &Node, path: &Path, owner: Span) {
        let names = || words.iter().map(String::as_str).chain(tagged.iter().map(|(name, _)| name.as_str()));
        let all = || quoted_list(names());
        let unknown = |name: &str| format!("unknown value '{name}'{}", meant(name, names()));
        let help = || Some(format!("expected one of {}", all()));
        match (node.text(), node.entries()) {
            (Some(word), _) if words.iter().any(|w| w == word) => {}
            (Some(word), _) if tagged.iter().any(|(name, _)| name == word) => {
                let message = format!("'{word}' needs settings of its own: write `{word}: …`");
                self.report(path, node.span, message, None);
            }
            (Some(word), _) => self.report(path, node.span, unknown(word), help()),
            (None, []) => self.report(path, owner, format!("expected one of {}, found an empty map", all()), None),
            (None, [entry]) => {
                let below = path.key(&entry.key);
                if let Some((_, shape)) = tagged.iter().find(|(name, _)| *name == entry.key) {
                    self.node(shape, &entry.node, &below, entry.key_span);
                } else if words.contains(&entry.key) {
                    let message = format!("'{}' takes no settings: write it as a plain word", entry.key);
                    self.report(&below, entry.key_span, message, None);
                } else {
                    self.report(&below, entry.key_span, unknown(&entry.key), help());
                }
            }
            (None, several) => self.too_many(&all(), several, path),
        }
    }

    /// A choice with several keys is mostly wrong indentation.
    fn too_many(&mut self, all: &str, entries: &[Entry], path: &Path) {
        let [first, second, ..] = entries else { return };
        let keys = quoted_list(entries.iter().map(|e| &e.key));
        let help = match first.node.content {
            Content::Null => Some(format!("indent what belongs to `{}:` further than it", first.key)),
            _ => comma_help(second),
        };
        self.report(path, second.key_span, format!("expected exactly one of {all}, found {keys}"), help);
    }

    /// Checks against the one option that has the form of what is written, so that errors speak of that one.
    fn either(&mut self, shape: &Shape, shapes: &[Shape], node: &Node, path: &Path, owner: Span) {
        let mut best: Option<Vec<Finding>> = None;
        for option in shapes.iter().filter(|s| self.grammar.looks_like(s, node)) {
            let mut attempt = Checker { grammar: self.grammar, findings: Vec::new() };
            attempt.node(option, node, path, owner);
            if best.as_ref().is_none_or(|b| attempt.findings.len() < b.len()) {
                best = Some(attempt.findings);
            }
        }
        match best {
            Some(findings) => self.findings.extend(findings),
            None => self.wrong_type(shape, node, path, owner),
        }
    }
}

fn upper(max: Option<u64>) -> String {
    max.map_or_else(String::new, |max| format!("at most {max}"))
}

/// Writers of YAML 1.1, such as PyYAML, take the key `on` for a truth value.
fn truth_help<'a>(entry: &Entry, mut keys: impl Iterator<Item = &'a str>) -> Option<String> {
    let is_truth = ["true", "True", "TRUE"].contains(&entry.key.as_str());
    (is_truth && keys.any(|key| key == "on")).then(|| {
        "this was `on` before a program wrote it as YAML 1.1 (PyYAML does): put the key in quotes, 'on'".to_owned()
    })
}

/// `{known: so(1,3)}` is two entries to YAML: `known: so(1` and `3)`.
fn comma_help(entry: &Entry) -> Option<String> {
    (entry.key.ends_with(')') && entry.node.content == Content::Null)
        .then(|| "a comma inside {…} starts a new entry: put values such as 'so(1,3)' in quotes".to_owned())
}
