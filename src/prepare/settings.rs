//! Settings that several steps share.

use schemars::JsonSchema;
use semola_document::OneOrMany;
use serde::{Deserialize, Serialize};

/// Which fields, and on which data set the numbers are fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// The fields that are divided by, or standardised with, numbers of their own.
    /// The fields to change.
    pub fields: OneOrMany<String>,
    /// The data set on which the numbers are computed (default: the first of `from`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
}

/// The fields of a step that needs nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    pub fields: OneOrMany<String>,
}

/// The names of fields for a label: `x, y`.
pub fn listed(fields: &OneOrMany<String>) -> String {
    fields.as_slice().join(", ")
}

/// The data set on which a step is fitted, for a label, if given.
pub fn fitted_on(fit: Option<&String>) -> String {
    fit.map(|name| format!(", fitted on {name}")).unwrap_or_default()
}
