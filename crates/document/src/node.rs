//! A document as a tree in which every key and value has its source position.

use serde_json::{Map, Number, Value};

use super::path::{Path, Segment};
use super::source::Span;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub span: Span,
    pub content: Content,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Null,
    Bool(bool),
    Number(Number),
    /// NaN or an infinity: no setting accepts it, which is reported at its position.
    NotFinite(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One `key: value` of a map.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub key: String,
    pub key_span: Span,
    pub node: Node,
}

impl Node {
    /// The entry of a map with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|e| e.key == key)
    }

    /// The value below a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.node)
    }

    /// The value below a key of a map, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        match &mut self.content {
            Content::Map(entries) => entries.iter_mut().find(|e| e.key == key).map(|e| &mut e.node),
            _ => None,
        }
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a text.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same tree without places.
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Null | Content::NotFinite(_) => Value::Null,
            Content::Bool(b) => Value::Bool(*b),
            Content::Number(n) => Value::Number(n.clone()),
            Content::Text(s) => Value::String(s.clone()),
            Content::List(items) => Value::Array(items.iter().map(Node::to_value).collect()),
            Content::Map(entries) => {
                Value::Object(entries.iter().map(|e| (e.key.clone(), e.node.to_value())).collect::<Map<_, _>>())
            }
        }
    }

    /// Gives every node of the tree the same place.
    pub fn place_at(&mut self, span: Span) {
        self.span = span;
        match &mut self.content {
            Content::List(items) => items.iter_mut().for_each(|n| n.place_at(span)),
            Content::Map(entries) => entries.iter_mut().for_each(|e| {
                e.key_span = span;
                e.node.place_at(span);
            }),
            _ => {}
        }
    }

    /// What the node is, in the words of a message: `the number 3`, `a list`.
    pub fn describe(&self) -> String {
        match &self.content {
            Content::Null => "nothing".to_owned(),
            Content::Bool(b) => b.to_string(),
            Content::Number(n) => format!("the number {n}"),
            Content::NotFinite(n) if n.is_nan() => "NaN".to_owned(),
            Content::NotFinite(_) => "infinity".to_owned(),
            Content::Text(s) if s.chars().count() > 40 => {
                format!("the text '{}…'", s.chars().take(40).collect::<String>())
            }
            Content::Text(s) => format!("the text '{s}'"),
            Content::List(_) => "a list".to_owned(),
            Content::Map(_) => "a map".to_owned(),
        }
    }

    /// The place of a path: of its value, or of its key if `key`. Where the path leads on beyond what was written
    /// (a default), the place of the nearest value above it, or rather its key, as that is what the reader looks for.
    pub fn find(&self, path: &Path, key: bool) -> Span {
        let mut node = self;
        let mut key_span = self.span;
        for segment in &path.0 {
            let next = match segment {
                Segment::Key(k) => node.entry(k).map(|e| (e.key_span, &e.node)),
                Segment::Index(i) => node.items().get(*i).map(|n| (n.span, n)),
            };
            let Some((span, below)) = next else { return key_span };
            key_span = span;
            node = below;
        }
        // What `--set` leaves empty is at fault there, and not at the key in the file.
        let elsewhere = node.span.source != key_span.source;
        let by_key = matches!(node.content, Content::Map(_) | Content::Null) && !elsewhere;
        if key || by_key { key_span } else { node.span }
    }
}
