//! The pipeline file: its grammar as plain types.

pub mod types;

#[cfg(test)]
mod document_tests;

pub use semola_document::{Diagnostic, Diagnostics, Path, Segment, Severity, Source, Span, did_you_mean, quoted_list};
use semola_document::{Language, Terms};

/// A pipeline file, read and checked for its form.
pub type Document = semola_document::Document<types::Pipeline>;

impl Language for types::Pipeline {
    const TERMS: Terms = Terms {
        noun: "pipeline",
        outline: "a pipeline has a name and stages",
        items: "stages",
        item: "stage",
        like: &["read", "train"],
        like_types: &["Read", "Train"],
        fixed: &["name", "description"],
        repeated: &[("seed", "`seed` takes a list itself: every seed is a member at every point")],
        assignments: "--set seed=3 or --set learned.epochs=5",
    };
}

/// The JSON schema of the pipeline file as committed: indented, with a newline at the end; equal for equal types.
pub fn json_schema_text() -> String {
    semola_document::json_schema_text::<types::Pipeline>()
}
