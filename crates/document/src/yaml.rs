//! YAML text to a [`Node`] tree.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_yaml::{Error, Location, NonFiniteFloatPolicy, Spanned};

use super::node::{Content, Entry, Node};
use super::source::Span;

/// Deepest nesting that is read; the grammar needs ten levels.
const MAX_DEPTH: usize = 64;

/// A syntax error.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub message: String,
    pub span: Span,
}

/// Reads one YAML document. Booleans are those of YAML 1.2 (so that a field may be called `y`); duplicate keys
/// and several documents are errors. NaN and infinities are parsed, and rejected once their key is known.
pub(crate) fn parse(text: &str, source: usize) -> Result<Node, SyntaxError> {
    let options = serde_yaml::options! {
        strict_booleans: true,
        with_snippet: false,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        budget: serde_yaml::budget! { max_depth: MAX_DEPTH, flow_nesting_limit: MAX_DEPTH, max_nodes: 100_000 },
    };
    match serde_yaml::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(raw) => Ok(place(raw, source)),
        Err(error) => Err(SyntaxError { message: explain(&error), span: error_span(&error, text, source) }),
    }
}

/// A value as the YAML crate hands it over.
enum Raw {
    Leaf(Content),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Leaf(Content::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Leaf(Content::Bool(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Leaf(Content::Number(value.into())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Leaf(Content::Number(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Leaf(Number::from_f64(value).map_or(Content::NotFinite(value), Content::Number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Leaf(Content::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries: Vec<(Spanned<String>, Spanned<Raw>)> = Vec::new();
        while let Some((key, value)) = access.next_entry::<Spanned<String>, Spanned<Raw>>()? {
            // `3` and `'3'` are different keys to YAML, and the same name here.
            if entries.iter().any(|(k, _)| k.value == key.value) {
                return Err(A::Error::custom(format!("duplicate key '{}'", key.value)));
            }
            entries.push((key, value));
        }
        Ok(Raw::Map(entries))
    }
}

fn place(raw: Spanned<Raw>, source: usize) -> Node {
    let span = to_span(raw.defined, source);
    let content = match raw.value {
        Raw::Leaf(content) => content,
        Raw::List(items) => Content::List(items.into_iter().map(|n| place(n, source)).collect()),
        Raw::Map(entries) => Content::Map(
            entries
                .into_iter()
                .map(|(key, node)| Entry {
                    key_span: to_span(key.defined, source),
                    key: key.value,
                    node: place(node, source),
                })
                .collect(),
        ),
    };
    Node { span, content }
}

fn to_span(location: Location, source: usize) -> Span {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    Span {
        source,
        line: number(location.line()).max(1),
        column: number(location.column()).max(1),
        start: number(location.span().byte_offset().unwrap_or(0)),
        len: number(location.span().byte_len().unwrap_or(0)),
    }
}

/// Scanner errors know line and column but no byte.
fn error_span(error: &Error, text: &str, source: usize) -> Span {
    match error.location() {
        Some(location) if location.line() > 0 => {
            let span = to_span(location, source);
            Span { start: Span::byte_at(text, span.line, span.column), ..span }
        }
        _ => Span::at_byte(source, text, 0, 0),
    }
}

/// The crate's message in the words of this program, without the position, which is reported separately.
fn explain(error: &Error) -> String {
    match error.without_snippet() {
        Error::DuplicateMappingKey { key, .. } => match key {
            Some(key) => format!("duplicate key '{key}'"),
            None => "duplicate key".to_owned(),
        },
        Error::MultipleDocuments { .. } => "only one YAML document is allowed in the file; remove the `---`".to_owned(),
        Error::NullIntoString { .. } => "a key must be a name, not empty".to_owned(),
        Error::Unexpected { expected: "string scalar", .. } => "a key must be a name, not a list or map".to_owned(),
        other => {
            let text = other.to_string();
            let end = text.rfind(" at line ").unwrap_or(text.len());
            let message = text[..end].replace('\n', " ");
            if matches!(other, Error::Budget { .. }) {
                format!("the file is too deep or too large: {message}")
            } else if message.starts_with("duplicate key") {
                message
            } else {
                format!("not valid YAML: {message}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(text: &str) -> (usize, usize, String) {
        let error = parse(text, 0).unwrap_err();
        (error.span.line, error.span.column, error.message)
    }

    #[test]
    fn every_key_and_value_knows_its_place() {
        let text = "a: é\nlist: [1, 'two']\nmap:\n  y: on\n";
        let root = parse(text, 0).unwrap();
        let two = &root.get("list").unwrap().items()[1];
        assert_eq!((two.span.line, two.span.column), (2, 11));
        assert_eq!(&text[two.span.start..two.span.start + two.span.len], "'two'");
        let y = root.get("map").unwrap().entry("y").unwrap();
        assert_eq!((y.key_span.line, y.key_span.column, y.node.text()), (4, 3, Some("on")));
    }

    #[test]
    fn aliases_and_merge_keys_point_at_the_definition() {
        let root = parse("base: &b {k: 1}\nuse: *b\nmore: {<<: *b, z: 2}\n", 0).unwrap();
        assert_eq!(root.get("use").unwrap().get("k").unwrap().span.line, 1);
        assert_eq!(root.get("more").unwrap().to_value(), serde_json::json!({"z": 2, "k": 1}));
    }

    #[test]
    fn errors_have_line_column_and_plain_words() {
        assert_eq!(failure("a: 1\nb: 2\na: 3\n"), (3, 1, "duplicate key 'a'".to_owned()));
        assert_eq!(failure("3: 1\n'3': 2\n").2, "duplicate key '3'");
        assert_eq!(failure("a: 1\n---\nb: 2\n").0, 3);
        assert_eq!(failure("[a]: 1").2, "a key must be a name, not a list or map");
        assert_eq!(failure("~: 1").2, "a key must be a name, not empty");
        let (line, column, message) = failure("a: [1, 2\nb: 3\n");
        assert!((line, column) >= (1, 4) && message.starts_with("not valid YAML"), "{line}:{column} {message}");
        let (line, column, _) = failure("a:\n  - b\n - c\n");
        assert_eq!((line, column), (3, 2));
    }

    #[test]
    fn hostile_nesting_and_alias_bombs_are_errors() {
        assert!(parse(&"[".repeat(100_000), 0).is_err());
        assert!(parse(&"- ".repeat(10_000), 0).is_err());
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (i, c) in ('b'..='j').enumerate() {
            let previous = char::from(b'a' + i as u8);
            bomb += &format!("{c}: &{c} [{}]\n", vec![format!("*{previous}"); 10].join(", "));
        }
        assert!(parse(&bomb, 0).is_err());
    }
}
