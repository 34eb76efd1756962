//! The points of a sweep: what `grid`, `zip` and `list` ask for, as assignments to paths of the document.
//!
//! `grid` gives every combination of its values, `zip` takes its lists item by item, `list` states points one by one;
//! given together they are combined with each other. The keys are removed from the document before a point's values are
//! inserted: a member does not depend on the other members.

use serde_json::Value;

use super::assign;
use super::grammar::Grammar;
use super::node::{Content, Entry, Node};
use super::path::Path;
use super::source::Span;
use super::structure::Finding;
use super::terms::Terms;

/// The keys that a document loses.
pub(crate) const KEYS: [&str; 3] = ["grid", "zip", "list"];
/// More points than this are a mistake.
const MOST: usize = 1_000_000;

/// A value for one path.
#[derive(Debug, Clone, PartialEq)]
struct Assignment {
    path: String,
    /// Where the path stands.
    span: Span,
    value: Node,
}

/// All points of a document; without `grid`, `zip` and `list` there is one that assigns nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Points {
    /// Each axis is a list of settings to choose from; a point takes one of each.
    axes: Vec<Vec<Vec<Assignment>>>,
}

impl Points {
    /// Takes the keys out of the document. Errors in them are reported, and they then count as empty.
    pub fn take(root: &mut Node, terms: &Terms) -> (Self, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut axes = Vec::new();
        if let Content::Map(entries) = &mut root.content {
            for key in KEYS {
                if let Some(at) = entries.iter().position(|e| e.key == key) {
                    let entry = entries.remove(at);
                    let path = Path::default().key(key);
                    match key {
                        "grid" => grid(entry.node.entries(), &path, &mut axes, &mut findings),
                        "zip" => axes.extend(zip(entry.node.entries(), &path, &mut findings)),
                        _ => axes.extend(list(&entry, &path, &mut findings)),
                    }
                }
            }
        }
        let points = Self { axes };
        findings.extend(points.conflicts(terms));
        match points.checked_len() {
            Some(n) if n <= MOST => {}
            _ => {
                let message = format!("these are more than {MOST} points");
                findings.push(Finding { path: Path::default(), span: root.span, message, help: None });
            }
        }
        if findings.is_empty() { (points, findings) } else { (Self { axes: Vec::new() }, findings) }
    }

    fn checked_len(&self) -> Option<usize> {
        self.axes.iter().try_fold(1usize, |n, axis| n.checked_mul(axis.len()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.checked_len().unwrap_or(usize::MAX)
    }

    /// The assignments of one point: the last axis changes fastest.
    fn at(&self, point: usize) -> Vec<&Assignment> {
        let mut rest = point;
        let mut chosen: Vec<&Vec<Assignment>> = Vec::new();
        for axis in self.axes.iter().rev() {
            chosen.extend(axis.get(rest % axis.len().max(1)));
            rest /= axis.len().max(1);
        }
        chosen.into_iter().rev().flatten().collect()
    }

    /// The settings of a point, as written.
    pub fn settings(&self, point: usize) -> Vec<(String, Value)> {
        self.at(point).into_iter().map(|a| (a.path.clone(), a.value.to_value())).collect()
    }

    /// Puts a point's values into the document.
    pub fn apply(&self, point: usize, root: &mut Node, grammar: &Grammar) -> Vec<Finding> {
        let mut findings = Vec::new();
        for Assignment { path, span, value } in self.at(point) {
            if let Err((message, help)) = assign::assign(root, grammar, path, value.clone()) {
                findings.push(Finding {
                    path: Path::default(),
                    span: *span,
                    message: format!("`{path}`: {message}"),
                    help,
                });
            }
        }
        findings
    }

    /// Paths that two axes set, and those that are not for points.
    fn conflicts(&self, terms: &Terms) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for axis in &self.axes {
            let mut here: Vec<&Assignment> = Vec::new();
            for assignment in axis.iter().flatten() {
                if !here.iter().any(|a| a.path == assignment.path) {
                    here.push(assignment);
                }
            }
            for assignment in &here {
                let repeated = terms.repeated.iter().find(|(key, _)| *key == assignment.path);
                let message = match (assignment.path.as_str(), repeated) {
                    (_, Some((_, message))) => (*message).to_owned(),
                    (path, _) if terms.fixed.contains(&path) => format!("`{path}` is the same for all members"),
                    (path, _) if seen.contains(&path) => {
                        format!("`{path}` is set twice: by one of `grid`, `zip`, `list` only")
                    }
                    _ => continue,
                };
                findings.push(Finding { path: Path::default(), span: assignment.span, message, help: None });
            }
            seen.extend(here.iter().map(|a| a.path.as_str()));
        }
        findings
    }
}

fn assignment(entry: &Entry, value: &Node) -> Assignment {
    Assignment { path: entry.key.trim().to_owned(), span: entry.key_span, value: value.clone() }
}

/// One axis per path.
fn grid(entries: &[Entry], path: &Path, axes: &mut Vec<Vec<Vec<Assignment>>>, findings: &mut Vec<Finding>) {
    for entry in entries {
        if entry.node.items().is_empty() {
            findings.push(empty(entry, path));
        } else {
            axes.push(entry.node.items().iter().map(|v| vec![assignment(entry, v)]).collect());
        }
    }
}

/// One axis for all paths together.
fn zip(entries: &[Entry], path: &Path, findings: &mut Vec<Finding>) -> Option<Vec<Vec<Assignment>>> {
    let first = entries.first()?;
    let count = first.node.items().len();
    if count == 0 {
        findings.push(empty(first, path));
    }
    for entry in entries.iter().filter(|e| e.node.items().len() != count) {
        let message = format!(
            "`zip` takes its lists item by item, but `{}` has {} items and `{}` has {count}",
            entry.key,
            entry.node.items().len(),
            first.key
        );
        findings.push(Finding { path: path.key(&entry.key), span: entry.key_span, message, help: None });
    }
    let point = |i: usize| entries.iter().filter_map(|e| Some(assignment(e, e.node.items().get(i)?))).collect();
    Some((0..count).map(point).collect())
}

/// One axis of stated points.
fn list(entry: &Entry, path: &Path, findings: &mut Vec<Finding>) -> Option<Vec<Vec<Assignment>>> {
    let points = entry.node.items();
    if points.is_empty() {
        findings.push(empty(entry, path));
        return None;
    }
    Some(points.iter().map(|point| point.entries().iter().map(|e| assignment(e, &e.node)).collect()).collect())
}

fn empty(entry: &Entry, path: &Path) -> Finding {
    let message = format!("`{}` is an empty list: that leaves no point", entry.key);
    Finding { path: path.key(&entry.key), span: entry.key_span, message, help: None }
}
