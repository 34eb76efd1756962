//! `subsample`: keeping a random part of the rows.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use semola_data::Dataset;
use serde::{Deserialize, Serialize};

use crate::prepare::step::{Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches};
use crate::prepare::whole_groups::shuffled;
use semola_plan::{Certainty, DataShape, grouped};

/// Keep a random part of the rows (whole groups where the data set has them).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subsample {
    /// How many rows to keep.
    pub rows: usize,
}

/// What a `subsample` step kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subsampled {
    /// Rows that are left, by data set.
    pub rows: BTreeMap<String, usize>,
}

impl PrepareStep for Subsample {
    type Fitted = Subsampled;

    fn check(&self, at: &mut Checking) {
        at.require(self.rows > 0, "rows", self.rows, "at least 1");
        at.data_sets(|data| keep(data, self.rows));
    }

    fn label(&self) -> String {
        format!("keep {} random rows", grouped(self.rows))
    }

    fn memory(&self, _: &Shapes, after: &Shapes) -> Option<usize> {
        after.most(|member| member.data.bytes())
    }

    /// Keeps at most `rows` rows of each data set, in their order: random ones, or random whole groups. An error if not
    /// even one group fits.
    fn fit(&self, fitting: &mut Fitting) -> Result<Subsampled, PrepareError> {
        let mut rows = BTreeMap::new();
        let mut kept = BTreeMap::new();
        for (name, data) in fitting.working.datasets() {
            if data.rows > self.rows {
                let chosen = choose(data, self.rows, &mut fitting.rng(name)).ok_or_else(|| {
                    fitting.fail(format!("no group of `{name}` has at most {} rows; allow more `rows`", self.rows))
                })?;
                kept.insert(name.to_owned(), chosen);
            }
        }
        fitting.working.each(|name, data| {
            if let Some(kept) = kept.get(name) {
                *data = data.take(kept);
            }
            rows.insert(name.to_string(), data.rows);
            Ok(())
        })?;
        Ok(Subsampled { rows })
    }
}

/// Keeps at most this many rows, by whole groups.
fn keep(data: &mut DataShape, most: usize) {
    if data.certainty != Certainty::About && data.rows.is_some_and(|rows| rows <= most) {
        return;
    }
    let fraction = data.rows.map_or(1.0, |rows| most as f64 / rows.max(1) as f64);
    let exact = !data.grouped && data.rows.is_some() && data.certainty == Certainty::Exact;
    data.keep(fraction, Some(most), if exact { Certainty::Exact } else { Certainty::AtMost });
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

impl FittedStep for Subsampled {
    const REACH: Reach = Reach::Stage;

    /// The rows were taken during the fit.
    fn apply(&self, _: &Call, _: &mut Dataset) -> Result<(), PrepareError> {
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::Step;
    use crate::prepare::fixtures::{run, two};

    #[test]
    fn subsamples_keep_whole_groups_in_order() {
        let mut data = two();
        run(&[Step::Subsample(Subsample { rows: 22 })], &mut data, &["train", "test"]).unwrap();
        assert_eq!((data["train"].rows, data["test"].rows), (20, 20));
        let groups = data["train"].groups.clone().unwrap();
        assert!(groups.is_sorted() && groups.chunk_by(|a, b| a == b).all(|g| g.len() == 4));
        assert_ne!(data["train"].row_ids, (0..20).collect::<Vec<u64>>());
        assert!(run(&[Step::Subsample(Subsample { rows: 3 })], &mut data, &["train"]).is_err());
    }
}
