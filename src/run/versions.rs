//! What the numbers of a run depend on besides the pipeline and the data.

use std::collections::BTreeMap;

/// Versions of the program and of what its numbers depend on.
pub fn versions() -> BTreeMap<String, String> {
    let all =
        [("semola-pipe", crate::VERSION), ("dfdx", "0.13"), ("gemm", "0.19"), ("arrow", "60"), ("polars", "0.55")];
    all.into_iter().map(|(name, version)| (name.to_owned(), version.to_owned())).collect()
}
