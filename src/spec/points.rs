//! The points of a sweep: what `grid`, `zip` and `list` ask for, as assignments to paths of the document.
//!
//! `grid` gives every combination of its values, `zip` takes its lists item by item, `list` states points one by one; given
//! together they are combined with each other. The keys leave the document before a point's values are put in: what a
//! member is does not depend on which other members there are.

use serde_json::Value;

use super::assign;
use super::grammar::Grammar;
use super::node::{Content, Entry, Node};
use super::path::Path;
use super::source::Span;
use super::structure::Finding;

/// The keys that a document loses.
pub(super) const KEYS: [&str; 3] = ["grid", "zip", "list"];
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
pub(super) struct Points {
    /// Each axis is a list of settings to choose from; a point takes one of each.
    axes: Vec<Vec<Vec<Assignment>>>,
}

impl Points {
    /// Takes the keys out of the document. What is wrong with them is told, and they then count as empty.
    pub fn take(root: &mut Node) -> (Self, Vec<Finding>) {
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
        findings.extend(points.conflicts());
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
    fn conflicts(&self) -> Vec<Finding> {
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
                let own = ["seed", "name", "description"].contains(&assignment.path.as_str());
                let message = match assignment.path.as_str() {
                    "seed" => "`seed` takes a list itself: every seed is a member at every point".to_owned(),
                    path if own => format!("`{path}` is the same for all members"),
                    path if seen.contains(&path) => {
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

/// One axis a path.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::spec::Document;

    const STAGES: &str = "
stages:
  - read: {as: d, path: a.parquet, limit: 5, fields: {x: {}, y: {}}}
  - train: {as: m, from: d, input: x, target: y, epochs: 2, model: {mlp: {hidden: [8]}}}
";

    fn document(head: &str) -> Document {
        Document::from_text("p.yaml", &format!("name: a\n{head}{STAGES}"), &[]).unwrap()
    }

    fn error(head: &str) -> String {
        Document::from_text("p.yaml", &format!("name: a\n{head}{STAGES}"), &[]).unwrap_err().to_string()
    }

    #[test]
    fn a_document_without_them_is_its_only_point() {
        let document = document("");
        assert_eq!(document.points(), 1);
        assert!(document.settings(0).is_empty());
        assert_eq!(document.at(0).unwrap().pipeline(), document.pipeline());
    }

    #[test]
    fn grid_zip_and_list_are_combined_and_leave_the_document() {
        let document = document(
            "grid: {m.epochs: [3, 4], d.limit: [1, 2]}\nzip: {m.batch: [8, 16], m.input: [x, [x]]}\nlist: [{d.path: b.parquet}, {}]",
        );
        assert_eq!(document.points(), 16);
        assert_eq!(
            document.settings(1),
            [
                ("m.epochs".to_owned(), json!(3)),
                ("d.limit".to_owned(), json!(1)),
                ("m.batch".to_owned(), json!(8)),
                ("m.input".to_owned(), json!("x"))
            ]
        );
        let last = document.at(15).unwrap();
        let value = serde_json::to_value(last.pipeline()).unwrap();
        assert_eq!(value["stages"][0]["read"]["limit"], 2);
        assert_eq!(value["stages"][1]["train"]["epochs"], 4);
        assert_eq!(value["stages"][1]["train"]["batch"], 16);
        assert!(["grid", "zip", "list"].iter().all(|key| value.get(key).is_none()), "{value}");
        let single = Document::from_text("p.yaml", &format!("name: a\n{STAGES}"), &["m.epochs=3".into()]).unwrap();
        let from_grid =
            Document::from_text("p.yaml", &format!("name: a\ngrid: {{m.epochs: [3]}}{STAGES}"), &[]).unwrap();
        assert_eq!(single.pipeline(), from_grid.pipeline(), "a member does not know of its sweep");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (head, place, message) in [
            (
                "grid: {m.epoch: [3]}",
                "p.yaml:2:8",
                "`m.epoch`: unknown key 'epoch' in the path; did you mean 'epochs'?",
            ),
            ("grid: {m.epochs: []}", "p.yaml:2:8", "`m.epochs` is an empty list"),
            ("grid: {m.epochs: 3}", "p.yaml:2:18", "expected a list"),
            ("grid: {m.epochs: [x]}", "p.yaml:2:19", "expected a whole number"),
            ("zip: {m.epochs: [3], m.batch: [4, 5]}", "p.yaml:2:22", "`m.batch` has 2 items and `m.epochs` has 1"),
            ("list: []", "p.yaml:2:1", "`list` is an empty list"),
            ("list: [3]", "p.yaml:2:8", "expected a map"),
            ("grid: {m.epochs: [3]}\nlist: [{m.epochs: 4}]", "p.yaml:3:9", "`m.epochs` is set twice"),
            ("grid: {seed: [3]}", "p.yaml:2:8", "`seed` takes a list itself"),
            ("gird: {m.epochs: [3]}", "p.yaml:2:1", "did you mean 'grid'?"),
        ] {
            let text = error(head);
            assert!(text.contains(place) && text.contains(message), "{head}: {text}");
        }
    }

    #[test]
    fn points_beyond_the_first_are_checked_when_they_are_asked_for() {
        let document = document("grid: {m.epochs: [3, x]}");
        let text = document.at(1).unwrap_err().to_string();
        assert!(text.contains("p.yaml:2:22") && text.contains("expected a whole number"), "{text}");
    }
}
