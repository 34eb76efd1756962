//! The grammar as shapes, read from the JSON schema that is derived from the types of a language.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::{Content, Node};
use super::schema;
use super::terms::{Language, Terms};

/// What a value may be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Any,
    Null,
    Bool,
    Number,
    Text,
    Integer {
        min: Option<i64>,
        max: Option<u64>,
    },
    List {
        item: Box<Shape>,
        min: usize,
        max: usize,
    },
    /// A map with these keys and no others.
    Record(Vec<Member>),
    /// A map with any keys.
    Table(Box<Shape>),
    /// One of some words, or a map with exactly one of some keys.
    Choice {
        words: Vec<String>,
        tagged: Vec<(String, Shape)>,
    },
    /// One of several shapes, told apart by what is written.
    Either(Vec<Shape>),
    /// A definition of the grammar.
    Named(String),
}

/// A key of a record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub key: String,
    pub shape: Shape,
    pub required: bool,
}

/// The whole grammar.
#[derive(Debug, Clone)]
pub struct Grammar {
    pub(crate) root: Shape,
    definitions: BTreeMap<String, Shape>,
    pub(crate) terms: &'static Terms,
}

impl Grammar {
    /// The grammar of a language.
    pub fn of<L: Language>() -> Self {
        let schema = schema::derived::<L>();
        let definitions = match schema.get("$defs") {
            Some(Value::Object(map)) => map.iter().map(|(name, s)| (name.clone(), compile(s))).collect(),
            _ => BTreeMap::new(),
        };
        Self { root: compile(&schema), definitions, terms: &L::TERMS }
    }

    /// Definitions with a part that the grammar does not understand, and that is therefore not checked: there should be none
    /// but the values of sweeps, which are checked where they are put.
    pub fn not_understood(&self) -> Vec<String> {
        let root = match &self.root {
            Shape::Record(members) => members.iter().filter(|m| has_any(&m.shape)).map(|m| m.key.clone()).collect(),
            other if has_any(other) => vec!["the document".to_owned()],
            _ => Vec::new(),
        };
        let below = self.definitions.iter().filter(|(_, shape)| has_any(shape)).map(|(name, _)| name.clone());
        root.into_iter().chain(below).collect()
    }

    /// The keys of the document itself.
    pub(crate) fn root_keys(&self) -> Vec<&str> {
        match self.resolve(&self.root) {
            Shape::Record(members) => members.iter().map(|m| m.key.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// The shape behind names.
    pub(crate) fn resolve<'a>(&'a self, mut shape: &'a Shape) -> &'a Shape {
        while let Shape::Named(name) = shape {
            shape = self.definitions.get(name).unwrap_or(&Shape::Any);
        }
        shape
    }

    /// Whether a node has the outer form of a shape: a map for a record, a list for a list, and so on.
    pub(crate) fn looks_like(&self, shape: &Shape, node: &Node) -> bool {
        match (self.resolve(shape), &node.content) {
            (Shape::Any, _)
            | (Shape::Null, Content::Null)
            | (Shape::Bool, Content::Bool(_))
            | (Shape::Number, Content::Number(_))
            | (Shape::Text, Content::Text(_))
            | (Shape::List { .. }, Content::List(_))
            | (Shape::Record(_) | Shape::Table(_), Content::Map(_)) => true,
            (Shape::Integer { .. }, Content::Number(n)) => n.is_i64() || n.is_u64(),
            (Shape::Choice { tagged, .. }, Content::Map(_)) => !tagged.is_empty(),
            (Shape::Choice { words, tagged }, Content::Text(_)) => !words.is_empty() || !tagged.is_empty(),
            (Shape::Either(shapes), _) => shapes.iter().any(|s| self.looks_like(s, node)),
            _ => false,
        }
    }

    /// What belongs here, in the words of a message.
    pub(crate) fn expected(&self, shape: &Shape) -> String {
        match self.resolve(shape) {
            Shape::Any | Shape::Named(_) => "a value".to_owned(),
            Shape::Null => "nothing".to_owned(),
            Shape::Bool => "true or false".to_owned(),
            Shape::Number => "a number".to_owned(),
            Shape::Text => "a text".to_owned(),
            Shape::Integer { min: Some(0), .. } => "a whole number from 0".to_owned(),
            Shape::Integer { .. } => "a whole number".to_owned(),
            Shape::List { item, .. } => format!("a list (each item {})", self.expected(item)),
            Shape::Record(members) => {
                let keys = members.iter().map(|m| m.key.as_str());
                format!("a map with the keys {}", super::quoted_list(keys))
            }
            Shape::Table(_) => "a map".to_owned(),
            Shape::Choice { words, tagged } => {
                let names = words.iter().chain(tagged.iter().map(|(name, _)| name));
                format!("one of {}", super::quoted_list(names))
            }
            Shape::Either(shapes) => {
                let parts = shapes.iter().filter(|s| **s != Shape::Null).map(|s| self.expected(s));
                parts.collect::<Vec<_>>().join(" or ")
            }
        }
    }
}

fn compile(schema: &Value) -> Shape {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return Shape::Named(name.rsplit('/').next().unwrap_or(name).to_owned());
    }
    if let Some(options) = schema.get("oneOf").and_then(Value::as_array) {
        return compile_choice(options).unwrap_or_else(|| Shape::Either(options.iter().map(compile).collect()));
    }
    if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
        return Shape::Either(options.iter().map(compile).collect());
    }
    if let Some(words) = words_of(schema) {
        return Shape::Choice { words, tagged: Vec::new() };
    }
    match schema.get("type") {
        Some(Value::String(kind)) => compile_type(kind, schema),
        Some(Value::Array(kinds)) => {
            Shape::Either(kinds.iter().filter_map(Value::as_str).map(|k| compile_type(k, schema)).collect())
        }
        _ => Shape::Any,
    }
}

fn compile_type(kind: &str, schema: &Value) -> Shape {
    let count = |key: &str| schema.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    match kind {
        "null" => Shape::Null,
        "boolean" => Shape::Bool,
        "number" => Shape::Number,
        "string" => Shape::Text,
        "integer" => Shape::Integer {
            min: schema.get("minimum").and_then(Value::as_i64),
            max: schema.get("maximum").and_then(Value::as_u64),
        },
        "array" => Shape::List {
            item: Box::new(schema.get("items").map_or(Shape::Any, compile)),
            min: count("minItems").unwrap_or(0),
            max: count("maxItems").unwrap_or(usize::MAX),
        },
        "object" => compile_object(schema),
        _ => Shape::Any,
    }
}

fn compile_object(schema: &Value) -> Shape {
    if let Some(additional @ Value::Object(_)) = schema.get("additionalProperties") {
        return Shape::Table(Box::new(compile(additional)));
    }
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Shape::Table(Box::new(Shape::Any));
    };
    let required = required_keys(schema);
    Shape::Record(
        properties
            .iter()
            .map(|(key, s)| Member { key: key.clone(), shape: compile(s), required: required.contains(&key.as_str()) })
            .collect(),
    )
}

fn required_keys(schema: &Value) -> Vec<&str> {
    let keys = schema.get("required").and_then(Value::as_array);
    keys.map(|keys| keys.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// The words of a `const` or `enum` of strings.
fn words_of(schema: &Value) -> Option<Vec<String>> {
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![word.to_owned()]);
    }
    let words = schema.get("enum")?.as_array()?;
    words.iter().map(|w| w.as_str().map(str::to_owned)).collect()
}

/// An externally tagged enum: every option is words, or a map with one required key.
fn compile_choice(options: &[Value]) -> Option<Shape> {
    let (mut words, mut tagged) = (Vec::new(), Vec::new());
    for option in options {
        if let Some(more) = words_of(option) {
            words.extend(more);
            continue;
        }
        let [key] = required_keys(option)[..] else { return None };
        let properties = option.get("properties")?.as_object().filter(|p| p.len() == 1)?;
        tagged.push((key.to_owned(), compile(properties.get(key)?)));
    }
    Some(Shape::Choice { words, tagged })
}

fn has_any(shape: &Shape) -> bool {
    match shape {
        Shape::Any => true,
        Shape::List { item, .. } | Shape::Table(item) => has_any(item),
        Shape::Record(members) => members.iter().any(|m| has_any(&m.shape)),
        Shape::Choice { tagged, .. } => tagged.iter().any(|(_, s)| has_any(s)),
        Shape::Either(shapes) => shapes.iter().any(has_any),
        _ => false,
    }
}
