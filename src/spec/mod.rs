//! The pipeline file: its grammar, where each value was written, and everything that can be wrong with its form.

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
mod steps;
mod structure;
mod suggest;
pub mod types;
mod yaml;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use document::Document;
pub use path::{Path, Segment};
pub use schema::{json_schema, json_schema_text};
pub use source::{Source, Span};
pub use suggest::{did_you_mean, quoted_list};
