//! The pipeline file: what the user wrote, as plain types.
//!
//! These types, with those of the stages, are the only source of the grammar: the JSON schema (`semola-pipe schema`),
//! the structural checks with "did you mean" and the deserialisation all come from them. They hold no spans; a semantic
//! check that points into the file names the path of a value (`stages[3].train.model`), and the [`Document`] maps it to
//! a position.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use semola_document::{Language, OneOrMany, Terms};
use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::list::Stage;

/// A pipeline: a name, seeds and a list of stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// Name of the pipeline; the default output directory is `runs/<name>`.
    pub name: String,
    /// Free text, kept in the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One seed, or a list of seeds: every seed is a member of its own.
    #[serde(default)]
    pub seed: OneOrMany<u64>,
    /// The most memory that a run may take, such as `2GiB` (default: what the machine, the control group and the limits of the shell
    /// allow). What needs more is an error before anything is read. It changes no result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Amount>,
    /// Values to sweep over: every combination is a point. By path, as for `--set`: `learned.epochs: [5, 10]`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grid: BTreeMap<String, Vec<serde_json::Value>>,
    /// Values to sweep over together, item by item: lists of one length, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub zip: BTreeMap<String, Vec<serde_json::Value>>,
    /// Points that are stated one by one: maps of path and value, such as the data sets to run on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<BTreeMap<String, serde_json::Value>>,
    /// The stages, in the order in which they run.
    pub stages: Vec<Stage>,
}

/// A parsed pipeline file whose form was checked.
pub type Document = semola_document::Document<Pipeline>;

impl Language for Pipeline {
    const TERMS: Terms = Terms {
        id: "urn:semola-pipe:pipeline",
        noun: "pipeline",
        outline: "a pipeline has a name and stages",
        items: "stages",
        item: "stage",
        like: &["read", "train"],
        like_types: &["Read", "Train"],
        fixed: &["name", "description", "memory"],
        repeated: &[("seed", "`seed` takes a list itself: every seed is a member at every point")],
        assignments: "--set seed=3 or --set learned.epochs=5",
    };
}

/// The JSON schema of the pipeline file as committed: indented, with a trailing newline; equal for equal types.
pub fn json_schema_text() -> String {
    semola_document::json_schema_text::<Pipeline>()
}
