//! `like:`: a `read` or `train` stage takes the settings it does not give from an earlier stage of its kind.
//!
//! A setting is one key of the stage, taken as a whole.

use super::node::{Content, Entry, Node};
use super::path::Path;
use super::quoted_list;
use super::structure::Finding;
use super::suggest::meant;

/// The kinds of stages that know `like`.
const KINDS: [&str; 2] = ["read", "train"];

/// Fills in what `like` stands for and removes the key where that worked.
pub(super) fn merge(root: &mut Node) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(Content::List(stages)) = root.get_mut("stages").map(|n| &mut n.content) else {
        return findings;
    };
    for i in 0..stages.len() {
        let (before, rest) = stages.split_at_mut(i);
        let Some((stage, after)) = rest.split_first_mut() else {
            break;
        };
        let Some(kind) = KINDS.into_iter().find(|k| stage.get(k).is_some()) else {
            continue;
        };
        let Some(body) = stage.get_mut(kind) else { continue };
        let Some(name) = body.get("like").and_then(Node::text).map(str::to_owned) else {
            continue;
        };
        if let Some(model) = named(before, kind, &name) {
            let inherited = model.entries().to_vec();
            adopt(body, inherited);
        } else if let Some(span) = body.get("like").map(|n| n.span) {
            let path = Path::default().key("stages").index(i).key(kind).key("like");
            let own = body.get("as").and_then(Node::text) == Some(&name);
            let (message, help) = explain(&name, kind, own, before, after);
            findings.push(Finding { path, span, message, help: Some(help) });
        }
    }
    findings
}

/// The setting that a stage would take from the stage it is like, before merging.
pub(super) fn inherited(root: &Node, stage: usize, key: &str) -> Option<Node> {
    let stages = root.get("stages")?.items();
    let kind = KINDS.into_iter().find(|k| stages.get(stage).is_some_and(|s| s.get(k).is_some()))?;
    let mut end = stage;
    loop {
        let body = stages.get(end)?.get(kind)?;
        if end != stage
            && let Some(node) = body.get(key)
        {
            return Some(node.clone());
        }
        let name = body.get("like")?.text()?;
        end = stages[..end].iter().rposition(|s| is_named(s, kind, name))?;
    }
}

fn is_named(stage: &Node, kind: &str, name: &str) -> bool {
    stage.get(kind).and_then(|body| body.get("as")).and_then(Node::text) == Some(name)
}

fn named<'a>(stages: &'a [Node], kind: &str, name: &str) -> Option<&'a Node> {
    stages.iter().rfind(|s| is_named(s, kind, name)).and_then(|s| s.get(kind))
}

fn adopt(body: &mut Node, inherited: Vec<Entry>) {
    let Content::Map(entries) = &mut body.content else {
        return;
    };
    entries.retain(|e| e.key != "like");
    for entry in inherited {
        if entry.key != "as" && !entries.iter().any(|e| e.key == entry.key) {
            entries.push(entry);
        }
    }
}

fn explain(name: &str, kind: &str, own: bool, before: &[Node], after: &[Node]) -> (String, String) {
    if own {
        return (format!("stage '{name}' cannot be like itself"), format!("name an earlier `{kind}` stage"));
    }
    if named(after, kind, name).is_some() {
        return (format!("stage '{name}' comes later"), format!("`like` names an earlier `{kind}` stage: move it up"));
    }
    if KINDS.iter().any(|other| *other != kind && named(before, other, name).is_some()) {
        return (format!("'{name}' is not a `{kind}` stage"), "`like` names a stage of the same kind".to_owned());
    }
    let names: Vec<&str> = before.iter().filter_map(|s| s.get(kind)?.get("as")?.text()).collect();
    let help = if names.is_empty() {
        format!("there is no `{kind}` stage before this one")
    } else {
        format!("the `{kind}` stages before this one are {}", quoted_list(&names))
    };
    (format!("there is no `{kind}` stage '{name}'{}", meant(name, names)), help)
}

#[cfg(test)]
mod tests {
    use crate::spec::Document;

    fn load(stages: &str) -> Result<Document, String> {
        Document::from_text("p.yaml", &format!("name: a\nstages:\n{stages}"), &[]).map_err(|e| e.to_string())
    }

    #[test]
    fn settings_pass_on_through_several_stages_with_their_places() {
        let stages = "  - read: {as: a, path: a.parquet, group: g, fields: {x: {}}}
  - read: {as: b, like: a, path: b.parquet}
  - read: {as: c, like: b, fields: {z: {}}}
";
        let document = load(stages).unwrap();
        let c = &document.value()["stages"][2]["read"];
        assert_eq!(c["path"], "b.parquet");
        assert_eq!(c["group"], "g");
        assert_eq!(c["fields"], serde_json::json!({"z": {}}));
        assert_eq!(c["like"], serde_json::Value::Null);
        let span = document.span("stages[2].read.group").unwrap();
        assert_eq!((span.line, span.column), (3, 43));
        assert!(document.is_written("stages[2].read.group") && !document.is_written("stages[2].read.limit"));
    }

    #[test]
    fn what_is_still_missing_after_merging_is_an_error() {
        let stages = "  - train: {as: a, from: d, input: x, target: y, model: {mlp: {hidden: []}}}\n  - train: {as: b, like: a}\n";
        let error = load(stages).unwrap_err();
        assert!(error.contains("p.yaml:3:5: error: missing required key 'epochs'"), "{error}");
        assert!(error.contains("p.yaml:4:5: error: missing required key 'epochs'"), "{error}");
    }

    #[test]
    fn a_mistake_in_a_shared_setting_is_told_once() {
        let stages = "  - read: {as: a, path: p, fields: {x: {dims: 2}}}\n  - read: {as: b, like: a}\n";
        assert_eq!(load(stages).unwrap_err().matches("error:").count(), 1);
    }

    #[test]
    fn names_that_cannot_be_followed_are_errors_without_consequences() {
        let cases = [
            (
                "  - read: {as: train, path: p}\n  - read: {as: b, like: trian}\n",
                "4:25: error: there is no `read` stage 'trian'; did you mean 'train'?",
            ),
            ("  - read: {as: a, like: b}\n  - read: {as: b, like: a}\n", "3:25: error: stage 'b' comes later"),
            ("  - read: {as: a, like: a}\n", "3:25: error: stage 'a' cannot be like itself"),
            ("  - read: {as: a, path: p}\n  - train: {as: m, like: a}\n", "4:26: error: 'a' is not a `train` stage"),
        ];
        for (stages, wanted) in cases {
            let error = load(stages).unwrap_err();
            assert!(error.contains(wanted), "{error}");
            assert!(!error.contains("missing"), "{error}");
        }
    }
}
