//! The vocabulary of a document language.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// The key of an item's name.
pub(crate) const NAME: &str = "as";

/// A language: the type gives the grammar, the terms give the words for paths and messages.
pub trait Language: DeserializeOwned + JsonSchema {
    /// The words.
    const TERMS: Terms;
}

/// The words of a language.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// The identifier of its schema, a URI.
    pub id: &'static str,
    /// What a document is called: `pipeline`.
    pub noun: &'static str,
    /// What a document consists of, as a clause: `a pipeline has a name and stages`.
    pub outline: &'static str,
    /// The key of the document's list of items, each a map with one key, its kind: `stages`.
    pub items: &'static str,
    /// What an item is called: `stage`.
    pub item: &'static str,
    /// The kinds of items that may take settings from others by `like`.
    pub like: &'static [&'static str],
    /// The names of their definitions in the schema.
    pub like_types: &'static [&'static str],
    /// Keys of the document that are the same at all points of a sweep.
    pub fixed: &'static [&'static str],
    /// Keys that take several values without a sweep, and the advice if a sweep sets them.
    pub repeated: &'static [(&'static str, &'static str)],
    /// Examples of assignments, for help.
    pub assignments: &'static str,
}
