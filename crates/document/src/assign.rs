//! `--set PATH=VALUE`: changes one value of a document.
//!
//! A path starts at the root (`seed`, `stages[3].train.epochs`, `stages.3.train.epochs`) or at the name of an item of the
//! document's list (`learned.epochs`, `stages.learned.train.epochs`).

use super::grammar::{Grammar, Shape};
use super::like;
use super::node::{Content, Entry, Node};
use super::path::{Path, Segment};
use super::quoted_list;
use super::source::Span;
use super::terms::{NAME, Terms};
use super::words::meant;
use super::yaml;

/// What is wrong with an argument: message and help.
pub(crate) type Refusal = (String, Option<String>);

/// Applies one argument; `source` is the number of its [`super::Source`].
pub(crate) fn apply(root: &mut Node, grammar: &Grammar, argument: &str, source: usize) -> Result<(), Refusal> {
    let usage = || Some(format!("write --set PATH=VALUE, such as {}", grammar.terms.assignments));
    let (path, text) = argument.split_once('=').ok_or_else(|| ("there is no '=' in it".to_owned(), usage()))?;
    let mut value =
        yaml::parse(text, source).map_err(|e| (format!("the value cannot be read: {}", e.message), None))?;
    let start = path.len() + 1;
    value.place_at(Span { source, line: 1, column: path.chars().count() + 2, start, len: text.len() });
    assign(root, grammar, path, value).map_err(|(message, help)| (message, help.or_else(usage)))
}

/// Puts a value at the path of that text.
pub(crate) fn assign(root: &mut Node, grammar: &Grammar, path: &str, value: Node) -> Result<(), Refusal> {
    let path = Path::parse(path.trim()).map_err(|reason| (format!("the path is broken: {reason}"), None))?;
    let target = locate(root, grammar, &path)?;
    inherit(root, grammar.terms, &target);
    put(grammar, &grammar.root, root, &target, value)
}

/// The path from the root, with an item's name replaced by its number and kind.
fn locate(root: &Node, grammar: &Grammar, path: &Path) -> Result<Vec<Segment>, Refusal> {
    let terms = grammar.terms;
    let keys = grammar.root_keys();
    let items = root.get(terms.items).map(Node::items).unwrap_or_default();
    let (item, rest) = match &path.0[..] {
        [] => return Err(("the path is empty".to_owned(), None)),
        [Segment::Key(word), Segment::Index(i), rest @ ..] if word == terms.items => (*i, rest),
        [Segment::Key(word), Segment::Key(name), rest @ ..] if word == terms.items => match name.parse::<usize>() {
            Ok(i) => (i, rest),
            Err(_) => (item_named(terms, items, name, &[])?, rest),
        },
        [Segment::Key(key), ..] if keys.contains(&key.as_str()) => {
            return Ok(path.0.clone());
        }
        [Segment::Key(name), rest @ ..] => (item_named(terms, items, name, &keys)?, rest),
        [Segment::Index(_), ..] => return Err(("a path starts with a name".to_owned(), None)),
    };
    let Some(node) = items.get(item) else {
        return Err((
            format!("there is no {} {item}: they are numbered from 0 to {}", terms.item, items.len().max(1) - 1),
            None,
        ));
    };
    let mut target = vec![Segment::Key(terms.items.to_owned()), Segment::Index(item)];
    if let [entry] = node.entries() {
        let kind = Segment::Key(entry.key.clone());
        if !rest.is_empty() && rest.first() != Some(&kind) {
            target.push(kind);
        }
    }
    target.extend_from_slice(rest);
    Ok(target)
}

fn item_named(terms: &Terms, items: &[Node], name: &str, others: &[&str]) -> Result<usize, Refusal> {
    let names: Vec<&str> = items.iter().filter_map(|s| s.entries().first()?.node.get(NAME)?.text()).collect();
    let found = items
        .iter()
        .position(|s| s.entries().first().and_then(|e| e.node.get(NAME)).and_then(Node::text) == Some(name));
    found.ok_or_else(|| {
        let known: Vec<&str> = others.iter().chain(&names).copied().collect();
        let help = format!("a path starts with {}", quoted_list(&known));
        (format!("there is no {} '{name}'{}", terms.item, meant(name, known)), Some(help))
    })
}

/// Before a part of a setting is changed that an item has from the one it is like, the item gets its own copy.
fn inherit(root: &mut Node, terms: &Terms, target: &[Segment]) {
    let [Segment::Key(_), Segment::Index(item), Segment::Key(kind), Segment::Key(key), _, ..] = target else {
        return;
    };
    let Some(copy) = like::inherited(root, terms, *item, key) else {
        return;
    };
    let Some(Content::List(items)) = root.get_mut(terms.items).map(|n| &mut n.content) else {
        return;
    };
    let Some(body) = items.get_mut(*item).and_then(|s| s.get_mut(kind)) else {
        return;
    };
    let span = body.span;
    if let Content::Map(entries) = &mut body.content
        && !entries.iter().any(|e| e.key == *key)
    {
        entries.push(Entry { key: key.clone(), key_span: span, node: copy });
    }
}

/// Puts the value at the path below this node, creating missing maps on the way.
fn put(grammar: &Grammar, shape: &Shape, node: &mut Node, path: &[Segment], value: Node) -> Result<(), Refusal> {
    let Some((segment, rest)) = path.split_first() else {
        *node = value;
        return Ok(());
    };
    match (grammar.resolve(shape), segment) {
        (Shape::Either(shapes), _) => match shapes.iter().find(|s| enters(grammar, s, segment)) {
            Some(option) => put(grammar, option, node, path, value),
            None => Err(no_inside(segment)),
        },
        (Shape::Record(members), Segment::Key(key)) => match members.iter().find(|m| m.key == *key) {
            Some(member) => put(grammar, &member.shape, child(node, key, value.span)?, rest, value),
            None => Err(unknown(key, members.iter().map(|m| m.key.as_str()))),
        },
        (Shape::Table(item), Segment::Key(key)) => put(grammar, item, child(node, key, value.span)?, rest, value),
        (Shape::Choice { words, tagged }, Segment::Key(key)) => match tagged.iter().find(|(name, _)| name == key) {
            Some((_, below)) => {
                if node.get(key).is_none() {
                    node.content = Content::Map(Vec::new());
                }
                put(grammar, below, child(node, key, value.span)?, rest, value)
            }
            None => {
                Err(unknown(key, tagged.iter().map(|(name, _)| name.as_str()).chain(words.iter().map(String::as_str))))
            }
        },
        (Shape::List { item, .. }, _) => {
            let index = match segment {
                Segment::Index(i) => *i,
                Segment::Key(key) => key.parse().map_err(|_| (format!("'{key}' is not the index of a list"), None))?,
            };
            let Content::List(items) = &mut node.content else {
                return Err(no_inside(segment));
            };
            let count = items.len();
            match items.get_mut(index) {
                Some(below) => put(grammar, item, below, rest, value),
                None => Err((format!("there is no item {index}: the list has {count}, numbered from 0"), None)),
            }
        }
        _ => Err(no_inside(segment)),
    }
}

fn enters(grammar: &Grammar, shape: &Shape, segment: &Segment) -> bool {
    match (grammar.resolve(shape), segment) {
        (Shape::List { .. }, Segment::Index(_)) | (Shape::Record(_) | Shape::Table(_), Segment::Key(_)) => true,
        (Shape::List { .. }, Segment::Key(key)) => key.parse::<usize>().is_ok(),
        (Shape::Choice { tagged, .. }, Segment::Key(_)) => !tagged.is_empty(),
        (Shape::Either(shapes), _) => shapes.iter().any(|s| enters(grammar, s, segment)),
        _ => false,
    }
}

/// The value below a key; a node that is not a map becomes one, a missing key is made.
fn child<'a>(node: &'a mut Node, key: &str, span: Span) -> Result<&'a mut Node, Refusal> {
    if !matches!(node.content, Content::Map(_)) {
        *node = Node { span, content: Content::Map(Vec::new()) };
    }
    if node.get(key).is_none()
        && let Content::Map(entries) = &mut node.content
    {
        entries.push(Entry { key: key.to_owned(), key_span: span, node: Node { span, content: Content::Null } });
    }
    node.get_mut(key).ok_or_else(|| no_inside(&Segment::Key(key.to_owned())))
}

fn unknown<'a>(key: &str, keys: impl Iterator<Item = &'a str> + Clone) -> Refusal {
    let message = format!("unknown key '{key}' in the path{}", meant(key, keys.clone()));
    (message, Some(format!("the keys there are {}", quoted_list(keys))))
}

fn no_inside(segment: &Segment) -> Refusal {
    let name = match segment {
        Segment::Key(key) => format!("'{key}'"),
        Segment::Index(index) => format!("[{index}]"),
    };
    (format!("the path continues with {name}, but the value before it has no members"), None)
}
