//! `like:`: an item of the document's list takes the settings it does not give from an earlier item of its kind.
//!
//! A setting is one key of the item, taken as a whole.

use super::node::{Content, Entry, Node};
use super::path::Path;
use super::quoted_list;
use super::structure::Finding;
use super::terms::{NAME, Terms};
use super::words::meant;

/// Fills in what `like` stands for and removes the key where that worked.
pub(crate) fn merge(root: &mut Node, terms: &Terms) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(Content::List(items)) = root.get_mut(terms.items).map(|n| &mut n.content) else {
        return findings;
    };
    for i in 0..items.len() {
        let (before, rest) = items.split_at_mut(i);
        let Some((item, after)) = rest.split_first_mut() else {
            break;
        };
        let Some(kind) = terms.like.iter().find(|k| item.get(k).is_some()) else {
            continue;
        };
        let Some(body) = item.get_mut(kind) else { continue };
        let Some(name) = body.get("like").and_then(Node::text).map(str::to_owned) else {
            continue;
        };
        if let Some(model) = named(before, kind, &name) {
            let inherited = model.entries().to_vec();
            adopt(body, inherited);
        } else if let Some(span) = body.get("like").map(|n| n.span) {
            let path = Path::default().key(terms.items).index(i).key(kind).key("like");
            let own = body.get(NAME).and_then(Node::text) == Some(&name);
            let (message, help) = explain(terms, &name, (kind, own), before, after);
            findings.push(Finding { path, span, message, help: Some(help) });
        }
    }
    findings
}

/// The setting that an item would take from the one it is like, before merging.
pub(crate) fn inherited(root: &Node, terms: &Terms, item: usize, key: &str) -> Option<Node> {
    let items = root.get(terms.items)?.items();
    let kind = terms.like.iter().find(|k| items.get(item).is_some_and(|s| s.get(k).is_some()))?;
    let mut end = item;
    loop {
        let body = items.get(end)?.get(kind)?;
        if end != item
            && let Some(node) = body.get(key)
        {
            return Some(node.clone());
        }
        let name = body.get("like")?.text()?;
        end = items[..end].iter().rposition(|s| is_named(s, kind, name))?;
    }
}

fn is_named(item: &Node, kind: &str, name: &str) -> bool {
    item.get(kind).and_then(|body| body.get(NAME)).and_then(Node::text) == Some(name)
}

fn named<'a>(items: &'a [Node], kind: &str, name: &str) -> Option<&'a Node> {
    items.iter().rfind(|s| is_named(s, kind, name)).and_then(|s| s.get(kind))
}

fn adopt(body: &mut Node, inherited: Vec<Entry>) {
    let Content::Map(entries) = &mut body.content else {
        return;
    };
    entries.retain(|e| e.key != "like");
    for entry in inherited {
        if entry.key != NAME && !entries.iter().any(|e| e.key == entry.key) {
            entries.push(entry);
        }
    }
}

fn explain(terms: &Terms, name: &str, (kind, own): (&str, bool), before: &[Node], after: &[Node]) -> (String, String) {
    let item = terms.item;
    if own {
        return (format!("{item} '{name}' cannot be like itself"), format!("name an earlier `{kind}` {item}"));
    }
    if named(after, kind, name).is_some() {
        return (
            format!("{item} '{name}' comes later"),
            format!("`like` names an earlier `{kind}` {item}: move it up"),
        );
    }
    if terms.like.iter().any(|other| *other != kind && named(before, other, name).is_some()) {
        return (format!("'{name}' is not a `{kind}` {item}"), format!("`like` names a {item} of the same kind"));
    }
    let names: Vec<&str> = before.iter().filter_map(|s| s.get(kind)?.get(NAME)?.text()).collect();
    let help = if names.is_empty() {
        format!("there is no `{kind}` {item} before this one")
    } else {
        format!("the `{kind}` {} before this one are {}", terms.items, quoted_list(&names))
    };
    (format!("there is no `{kind}` {item} '{name}'{}", meant(name, names)), help)
}
