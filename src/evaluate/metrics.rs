//! Metrics of predictions in physical units, with bootstrap intervals over whole groups.

use rand::RngExt;
use rayon::prelude::*;

use semola_engine::Streams;
use semola_lie::statistics::{median, percentile};

/// A variance below this part of the mean square is rounding noise.
const CONSTANT: f64 = 1e-24;

/// The score of one row.
#[derive(Debug, Clone, Copy, Default)]
struct RowScore {
    squared: f64,
    absolute: f64,
    /// Squared distance of the target from the targets' mean.
    spread: f64,
    /// Square of the target.
    size: f64,
    correct: f64,
    nats: f64,
}

/// Rows of predictions with their targets, ready to be aggregated.
pub struct Scores {
    rows: Vec<RowScore>,
    groups: Vec<Vec<usize>>,
    classification: bool,
}

/// A metric with its interval; NaN where it is undefined, such as R² of constant targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub name: &'static str,
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Scores {
    /// Regression: `predicted` and `target` are rows of `width` values; errors are averaged over the components. NaN
    /// targets are treated as missing.
    pub fn regression(predicted: &[f64], target: &[f64], width: usize, group: &dyn Fn(usize) -> usize) -> Self {
        let n = target.len() / width.max(1);
        let mut mean = vec![(0.0, 0.0); width];
        for row in target.chunks_exact(width) {
            let there = mean.iter_mut().zip(row).filter(|(_, v)| !v.is_nan());
            there.for_each(|((sum, count), v)| (*sum, *count) = (*sum + v, *count + 1.0));
        }
        let mean: Vec<f64> = mean.into_iter().map(|(sum, count): (f64, f64)| sum / count.max(1.0)).collect();
        let score = |(p, t): (&[f64], &[f64])| {
            let mut s = RowScore::default();
            let there = t.iter().filter(|t| !t.is_nan()).count().max(1) as f64;
            for ((p, t), m) in p.iter().zip(t).zip(&mean).filter(|((_, t), _)| !t.is_nan()) {
                s.squared += (p - t).powi(2) / there;
                s.absolute += (p - t).abs() / there;
                s.spread += (t - m).powi(2) / there;
                s.size += t.powi(2) / there;
            }
            s
        };
        let rows = predicted.chunks_exact(width).zip(target.chunks_exact(width)).map(score).collect();
        Self { rows, groups: by_group(n, group), classification: false }
    }

    /// Classification: `logits` are rows of one value per class, `class` the true class of each row.
    pub fn classification(logits: &[f64], class: &[usize], classes: usize, group: &dyn Fn(usize) -> usize) -> Self {
        let score = |(row, &class): (&[f64], &usize)| {
            let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let log_z = top + row.iter().map(|v| (v - top).exp()).sum::<f64>().ln();
            let best = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]).then(b.cmp(&a)));
            let nats = log_z - row.get(class).copied().unwrap_or(f64::NEG_INFINITY);
            RowScore { correct: f64::from(u8::from(best == Some(class))), nats, ..RowScore::default() }
        };
        let rows = logits.chunks_exact(classes).zip(class).map(score).collect();
        Self { rows, groups: by_group(class.len(), group), classification: true }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All metrics with 95 % percentile intervals from `resamples` bootstraps.
    pub fn metrics(&self, resamples: usize, streams: &Streams) -> Vec<Metric> {
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let values = self.summary(&all);
        let draws: Vec<Vec<f64>> = (0..resamples)
            .into_par_iter()
            .map(|i| {
                let mut rng = streams.get("bootstrap", i as u64);
                let n = self.groups.len();
                let pick = (0..n).flat_map(|_| self.groups[rng.random_range(0..n)].iter().copied()).collect::<Vec<_>>();
                self.summary(&pick)
            })
            .collect();
        let names = self.names();
        let interval = |i: usize| {
            // A draw may leave a metric undefined.
            let mut column: Vec<f64> = draws.iter().map(|d| d[i]).filter(|value| !value.is_nan()).collect();
            column.sort_by(f64::total_cmp);
            let at = |share: f64| percentile(&column, share).unwrap_or(values[i]);
            (at(0.025), at(0.975))
        };
        names
            .iter()
            .enumerate()
            .map(|(i, &name)| {
                let (low, high) = interval(i);
                Metric { name, value: values[i], low, high }
            })
            .collect()
    }

    fn names(&self) -> &'static [&'static str] {
        if self.classification { &["accuracy", "cross_entropy"] } else { &["mse", "rmse", "mae", "median_se", "r2"] }
    }

    fn summary(&self, rows: &[usize]) -> Vec<f64> {
        let mean = |f: &dyn Fn(&RowScore) -> f64| {
            rows.iter().map(|&i| f(&self.rows[i])).sum::<f64>() / rows.len().max(1) as f64
        };
        if self.classification {
            return vec![mean(&|r| r.correct), mean(&|r| r.nats)];
        }
        let (mse, spread) = (mean(&|r| r.squared), mean(&|r| r.spread));
        let middle = median(rows.iter().map(|&i| self.rows[i].squared));
        // Of targets that do not vary, beyond the rounding of their mean, no share is explained.
        let varies = spread > CONSTANT * mean(&|r| r.size);
        let r2 = if varies { 1.0 - mse / spread } else { f64::NAN };
        vec![mse, mse.sqrt(), mean(&|r| r.absolute), middle, r2]
    }
}

fn by_group(rows: usize, group: &dyn Fn(usize) -> usize) -> Vec<Vec<usize>> {
    let mut groups: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for i in 0..rows {
        groups.entry(group(i)).or_default().push(i);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regression_metrics_are_what_they_say() {
        let (p, t) = ([1.0, 2.0, 3.0, 4.0, 5.0, 9.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let scores = Scores::regression(&p, &t, 2, &|i| i);
        let m = scores.metrics(200, &Streams::new(1));
        let get = |name: &str| m.iter().find(|m| m.name == name).unwrap();
        assert!((get("mse").value - 1.5).abs() < 1e-12 && (get("mae").value - 0.5).abs() < 1e-12);
        assert_eq!(get("median_se").value, 0.0);
        let spread = 8.0 / 3.0;
        assert!((get("r2").value - (1.0 - 1.5 / spread)).abs() < 1e-12);
        assert!(get("mse").low <= 1.5 && get("mse").high >= 1.5);
    }

    #[test]
    fn constant_targets_have_no_r2() {
        let of = |target: f64| {
            let scores = Scores::regression(&[1.0; 40], &[target; 40], 1, &|i| i);
            scores.metrics(20, &Streams::new(1)).into_iter().find(|m| m.name == "r2").unwrap()
        };
        for target in [14.62, 0.1, -1e9, 0.0] {
            let r2 = of(target);
            assert!(r2.value.is_nan() && r2.low.is_nan() && r2.high.is_nan(), "{target}: {r2:?}");
        }
        // One group may be drawn again and again: that draw says nothing, and the interval is of the others.
        let scores = Scores::regression(&[1.0, 2.0], &[1.0, 2.0], 1, &|i| i);
        let r2 = scores.metrics(50, &Streams::new(1)).into_iter().find(|m| m.name == "r2").unwrap();
        assert_eq!((r2.value, r2.low, r2.high), (1.0, 1.0, 1.0));
    }

    #[test]
    fn classification_counts_hits() {
        let logits = [2.0, 0.0, 0.0, 3.0, 1.0, 0.0];
        let scores = Scores::classification(&logits, &[0, 1, 1], 2, &|i| i);
        let m = scores.metrics(10, &Streams::new(1));
        assert!((m[0].value - 2.0 / 3.0).abs() < 1e-12);
        let want = ((-2f64).exp().ln_1p() + (-3f64).exp().ln_1p() + 1f64.exp().ln_1p()) / 3.0;
        assert!((m[1].value - want).abs() < 1e-12);
    }
}
