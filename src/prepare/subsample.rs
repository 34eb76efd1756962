//! `subsample`: keeping a random part of the rows.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::error::PrepareError;
use super::whole_groups::shuffled;
use super::working::Working;
use crate::data::Dataset;
use crate::spec::types::Subsample;

/// What a `subsample` step kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subsampled {
    /// Rows that are left, by data set.
    pub rows: BTreeMap<String, usize>,
}

/// Keeps at most `rows` rows of each data set, in their order: random ones, or random whole groups.
///
/// `rng` gives the stream of a data set's name.
///
/// # Errors
/// Where not even one group fits.
pub fn run(
    step: &Subsample,
    working: &mut Working,
    mut rng: impl FnMut(&str) -> ChaCha8Rng,
) -> Result<Subsampled, PrepareError> {
    let mut rows = BTreeMap::new();
    working.each(|name, data| {
        if data.rows > step.rows {
            let kept = choose(data, step.rows, &mut rng(name)).ok_or_else(|| PrepareError::Step {
                step: "subsample",
                reason: format!("no group of `{name}` has at most {} rows; allow more `rows`", step.rows),
            })?;
            *data = data.take(&kept);
        }
        rows.insert(name.to_string(), data.rows);
        Ok(())
    })?;
    Ok(Subsampled { rows })
}

/// Whole groups in random order, as long as they fit.
fn choose(data: &Dataset, rows: usize, rng: &mut ChaCha8Rng) -> Option<Vec<usize>> {
    let mut kept = Vec::new();
    for unit in shuffled(data, rng) {
        if kept.len() + unit.len() <= rows {
            kept.extend(unit);
        }
    }
    kept.sort_unstable();
    (!kept.is_empty()).then_some(kept)
}
