//! A YAML document with a grammar.
//!
//! The grammar comes from types ([`Language`]: serde and schemars); this crate knows nothing of what the values mean. It
//! keeps where each value was written, so that every message points at `file:line:column`, reports everything that is
//! wrong with the form at once with "did you mean", applies assignments (`--set PATH=VALUE`), follows `like`, and expands
//! the points of a sweep (`grid`, `zip`, `list`).
//!
//! It is not a YAML parser (that is serde-saphyr's job) and does not interpret a document: what is missing or
//! impossible beyond its form is reported by the owner of the language, with [`Diagnostics`] that point into the text.

// Only the program prints.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod assign;
mod diagnostic;
mod document;
mod grammar;
mod like;
mod node;
mod path;
mod points;
mod render;
mod schema;
mod source;
mod structure;
mod terms;
mod value;
mod visible;
mod words;
mod yaml;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use document::Document;
pub use grammar::Grammar;
pub use path::{Path, Segment};
pub use schema::{json_schema, json_schema_text};
pub use source::{Source, Span};
pub use terms::{Language, Terms};
pub use value::{OneOrMany, is_default};
pub use visible::{is_obeyed, visible, visible_json, visible_lines};
pub use words::{cut, did_you_mean, hint, meant, quoted_list, shortened};
