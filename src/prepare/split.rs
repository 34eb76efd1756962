//! `split`: one data set into several.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use semola_document::hint;
use serde::{Deserialize, Serialize};

use super::error::PrepareError;
use super::whole_groups::shuffled;
use super::working::Working;
use crate::data::Dataset;
use crate::spec::types;

/// What a `split` step did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Splitted {
    pub of: String,
    /// Rows of each part.
    pub rows: BTreeMap<String, usize>,
}

fn wrong(reason: String) -> PrepareError {
    PrepareError::Step { step: "split", reason }
}

/// Puts the parts in the place of the whole. By fractions, groups stay whole; by a column, its values name the parts.
///
/// # Errors
/// Where the data set or the column is unknown, the fractions are no fractions, a part is empty, or a name is taken.
pub fn run(step: &types::Split, working: &mut Working, rng: &mut ChaCha8Rng) -> Result<Splitted, PrepareError> {
    let position = working.active.iter().position(|name| *name == step.of).ok_or_else(|| {
        let hint = hint(&step.of, working.active.iter().map(String::as_str));
        PrepareError::UnknownDataset { name: step.of.clone(), hint }
    })?;
    let whole = working.data.get(&step.of).ok_or_else(|| wrong(format!("no data set `{}`", step.of)))?;
    let parts = match &step.by {
        Some(_) if !step.into.is_empty() => return Err(wrong("give `into` or `by`, not both".into())),
        Some(column) => by_column(whole, column)?,
        None => by_fraction(whole, &step.into, rng)?,
    };
    if let Some(taken) = parts.keys().find(|name| working.data.contains_key(*name)) {
        return Err(wrong(format!("a data set `{taken}` exists already; give the part another name")));
    }
    if let Some((empty, _)) = parts.iter().find(|(_, rows)| rows.is_empty()) {
        return Err(wrong(format!("part `{empty}` of `{}` has no rows; its fraction is too small", step.of)));
    }
    let parts: BTreeMap<String, Dataset> = parts.into_iter().map(|(name, rows)| (name, whole.take(&rows))).collect();
    let rows = parts.iter().map(|(name, part)| (name.clone(), part.rows)).collect();
    working.active.splice(position..=position, parts.keys().cloned());
    working.data.remove(&step.of);
    working.data.extend(parts);
    working.split = true;
    Ok(Splitted { of: step.of.clone(), rows })
}

fn by_column(whole: &Dataset, column: &str) -> Result<BTreeMap<String, Vec<usize>>, PrepareError> {
    let keys = whole.keys.get(column).ok_or_else(|| {
        let hint = hint(column, whole.keys.keys().map(String::as_str));
        wrong(format!("column `{column}` was not read as a key{hint}"))
    })?;
    let mut parts = BTreeMap::<String, Vec<usize>>::new();
    for (row, key) in keys.iter().enumerate() {
        parts.entry(key.clone()).or_default().push(row);
    }
    Ok(parts)
}

/// Each group goes to the part in whose share of the shuffled rows its middle lies.
fn by_fraction(
    whole: &Dataset,
    into: &BTreeMap<String, f64>,
    rng: &mut ChaCha8Rng,
) -> Result<BTreeMap<String, Vec<usize>>, PrepareError> {
    if into.is_empty() || into.values().any(|f| !(*f > 0.0 && *f <= 1.0)) || into.values().sum::<f64>() > 1.0 + 1e-9 {
        return Err(wrong("`into` needs parts with fractions above 0 that sum to at most 1".into()));
    }
    let ends = into.values().scan(0.0, |end, fraction| {
        *end += fraction * whole.rows as f64;
        Some(*end)
    });
    // Fractions that sum to 1 up to rounding leave no row out.
    let ends: Vec<f64> = ends.map(|end| if end + 1e-6 > whole.rows as f64 { f64::INFINITY } else { end }).collect();
    let mut parts: Vec<Vec<usize>> = vec![Vec::new(); into.len()];
    let mut start = 0;
    for unit in shuffled(whole, rng) {
        let middle = start as f64 + unit.len() as f64 / 2.0;
        start += unit.len();
        if let Some(part) = ends.iter().position(|&end| middle <= end).and_then(|i| parts.get_mut(i)) {
            part.extend(unit);
        }
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    Ok(into.keys().cloned().zip(parts).collect())
}
