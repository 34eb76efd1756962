//! `split`: one data set into several.

mod shapes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use semola_data::Dataset;
use semola_document::hint;
use serde::{Deserialize, Serialize};

use crate::prepare::step::{
    Call, Checking, Division, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches,
};
use crate::prepare::whole_groups::shuffled;
use crate::prepare::working::unknown;

/// Split one data set into several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// The data set to split.
    pub of: String,
    /// Names of the parts with their fractions; they sum to at most 1. Groups are kept whole.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub into: BTreeMap<String, f64>,
    /// Instead of fractions: the values of this column name the parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What a `split` step did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Splitted {
    pub of: String,
    /// Rows of each part.
    pub rows: BTreeMap<String, usize>,
}

impl PrepareStep for Split {
    type Fitted = Splitted;

    fn check(&self, at: &mut Checking) {
        shapes::split(self, at);
    }

    fn label(&self) -> String {
        match &self.by {
            Some(column) => format!("split {} by the values of {column}", self.of),
            None => {
                let parts = self.into.iter().map(|(name, fraction)| format!("{name} {fraction}"));
                format!("split {} into {}", self.of, parts.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn memory(&self, before: &Shapes, _: &Shapes) -> Option<usize> {
        // All parts are taken before the whole is dropped.
        before.most(|member| if member.name == self.of { member.data.bytes() } else { Some(0) })
    }

    /// Replaces the whole by the parts. By fractions, groups stay whole; by a column, its values name the parts.
    ///
    /// An error if the data set or the column is unknown, the fractions are invalid, a part is empty, or a name is
    /// taken.
    fn fit(&self, fitting: &mut Fitting) -> Result<Splitted, PrepareError> {
        let mut rng = fitting.rng(&self.of);
        let active = &fitting.working.active;
        let position = active.iter().position(|name| *name == self.of);
        let position = position.ok_or_else(|| unknown(&self.of, active.iter().map(String::as_str)))?;
        let parts = match fitting.working.data.get(&self.of) {
            None => Err(format!("no data set `{}`", self.of)),
            Some(whole) => self.parts(whole, fitting.working.data, &mut rng),
        };
        let parts = parts.map_err(|reason| fitting.fail(reason))?;
        let rows = parts.iter().map(|(name, part)| (name.clone(), part.rows)).collect();
        fitting.working.active.splice(position..=position, parts.keys().cloned());
        fitting.working.data.remove(&self.of);
        fitting.working.data.extend(parts);
        fitting.working.split = true;
        Ok(Splitted { of: self.of.clone(), rows })
    }

    fn division(&self) -> Option<Division<'_>> {
        let into = self.into.keys().map(String::as_str).collect();
        Some(Division { of: &self.of, into, by: self.by.as_deref() })
    }
}

impl Split {
    /// The parts of a data set, none of which may be empty or have the name of one of `all`.
    fn parts(
        &self,
        whole: &Dataset,
        all: &BTreeMap<String, Dataset>,
        rng: &mut ChaCha8Rng,
    ) -> Result<BTreeMap<String, Dataset>, String> {
        let parts = match &self.by {
            Some(_) if !self.into.is_empty() => return Err("give `into` or `by`, not both".into()),
            Some(column) => by_column(whole, column)?,
            None => by_fraction(whole, &self.into, rng)?,
        };
        if let Some(taken) = parts.keys().find(|name| all.contains_key(*name)) {
            return Err(format!("a data set `{taken}` exists already; give the part another name"));
        }
        if let Some((empty, _)) = parts.iter().find(|(_, rows)| rows.is_empty()) {
            return Err(format!("part `{empty}` of `{}` has no rows; its fraction is too small", self.of));
        }
        Ok(parts.into_iter().map(|(name, rows)| (name, whole.take(&rows))).collect())
    }
}

fn by_column(whole: &Dataset, column: &str) -> Result<BTreeMap<String, Vec<usize>>, String> {
    let keys = whole.keys.get(column).ok_or_else(|| {
        let hint = hint(column, whole.keys.keys().map(String::as_str));
        format!("column `{column}` was not read as a key{hint}")
    })?;
    let mut parts = BTreeMap::<String, Vec<usize>>::new();
    for (row, key) in keys.iter().enumerate() {
        parts.entry(key.clone()).or_default().push(row);
    }
    Ok(parts)
}

/// Each group goes to the part whose share of the shuffled rows contains the group's midpoint.
fn by_fraction(
    whole: &Dataset,
    into: &BTreeMap<String, f64>,
    rng: &mut ChaCha8Rng,
) -> Result<BTreeMap<String, Vec<usize>>, String> {
    if into.is_empty() || into.values().any(|f| !(*f > 0.0 && *f <= 1.0)) || into.values().sum::<f64>() > 1.0 + 1e-9 {
        return Err("`into` needs parts with fractions above 0 that sum to at most 1".into());
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

impl FittedStep for Splitted {
    const REACH: Reach = Reach::Stage;

    /// The parts were taken during the fit.
    fn apply(&self, _: &Call, _: &mut Dataset) -> Result<(), PrepareError> {
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { divides: Some((&self.of, &self.rows)), ..Touches::default() }
    }
}
