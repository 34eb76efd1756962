//! Evidence for one direction: does the function's error grow when data is moved along it?
//!
//! For held-out rows the error at (g x, g y), g = exp(t u), is compared with the error at the held-out row nearest to
//! g x. With a symmetry the two are alike, so a = P(moved > neighbour) is what it is without moving. The effect size is
//! that of Vargha & Delaney (2000), who call 0.56 the smallest that is not negligible: this is the margin here.

use std::collections::BTreeMap;

use nalgebra::DMatrix;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::ensemble::{Ensemble, median};
use super::neighbours::nearest;
use super::tangent::transform;
use crate::engine::Kernels;
use crate::train::Problem;

/// Effect sizes up to this are negligible (Vargha & Delaney 2000).
pub const NEGLIGIBLE: f64 = 0.56;
/// Off-support shares up to this many times the natural one count as on the support.
pub const SUPPORT_LIMIT: f64 = 3.0;
/// Coefficients are uniform between ± this many whitened units (radians, for rotations).
const REACH: f64 = 0.5;
const RESAMPLES: usize = 300;

/// An estimate with its bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// What was seen along one direction.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Evidence {
    /// Effect size a, ½ for a symmetry.
    pub effect: Interval,
    /// Median error at moved rows over the median at their neighbours, less 1.
    pub excess: Interval,
    /// Off-support share of the displacement, over the natural one.
    pub support: Interval,
    /// Share of moved rows that stay as near to the data as its own rows are to each other.
    pub inside: f64,
}

/// The held-out rows on which directions are judged.
pub struct Court<'a, D: Kernels> {
    ensemble: &'a Ensemble<D>,
    problem: &'a Problem,
    rows: Vec<usize>,
    folds: Vec<usize>,
    x: Vec<f32>,
    y: Vec<f32>,
    errors: Vec<f64>,
    /// Per row, whether its error exceeds its neighbour's.
    base: Vec<f64>,
    /// Distance up to which a point counts as inside the data.
    near: f64,
    confidence: f64,
}

impl<'a, D: Kernels> Court<'a, D> {
    /// Prepares judgement on `rows`; `fold` names the fold of a row.
    pub fn new(
        ensemble: &'a Ensemble<D>,
        problem: &'a Problem,
        rows: &[usize],
        fold: &dyn Fn(usize) -> usize,
        confidence: f64,
    ) -> Self {
        let (x, y) = (problem.gather_x(rows), problem.gather_y(rows));
        let folds: Vec<usize> = rows.iter().map(|&i| fold(i)).collect();
        let errors = ensemble.errors(problem, &x, &y, &folds);
        let other = |q: usize, p: usize| problem.group(rows[q]) == problem.group(rows[p]);
        let found = nearest(&x, &x, problem.inputs(), 1, other);
        let base = found.iter().zip(&errors).map(|(n, e)| compare(*e, n.first().map(|n| errors[n.0]))).collect();
        let mut distances: Vec<f64> = found.iter().filter_map(|n| n.first()).map(|n| f64::from(n.1)).collect();
        distances.sort_by(f64::total_cmp);
        let near = distances.get(distances.len() * 95 / 100).copied().unwrap_or(0.0);
        Self { ensemble, problem, rows: rows.to_vec(), folds, x, y, errors, base, near, confidence }
    }

    /// Judges a direction; `support` is its off-support share over the natural one.
    pub fn hear(&self, l: &DMatrix<f64>, support: Interval, rng: &mut ChaCha8Rng) -> Evidence {
        let times: Vec<f64> = self.rows.iter().map(|_| rng.random_range(-REACH..REACH)).collect();
        let (mut gx, mut gy) = (self.x.clone(), self.y.clone());
        transform(l, &times, &self.problem.x_layout, &mut gx);
        transform(l, &times, &self.problem.y_layout, &mut gy);
        let moved = self.ensemble.errors(self.problem, &gx, &gy, &self.folds);
        let (problem, rows) = (self.problem, &self.rows);
        let same = |q: usize, p: usize| problem.group(rows[q]) == problem.group(rows[p]);
        let found = nearest(&self.x, &gx, self.problem.inputs(), 1, same);
        let inside: Vec<bool> = found.iter().map(|n| n.first().is_some_and(|n| f64::from(n.1) <= self.near)).collect();
        let share = inside.iter().filter(|&&i| i).count() as f64 / inside.len().max(1) as f64;
        // Far from all data the network may do anything: rows that leave it say nothing, unless nearly all do.
        let counted = |i: usize| inside[i] || share < 0.1;
        let rows: Vec<(usize, f64)> = (0..self.rows.len())
            .filter(|&i| counted(i))
            .map(|i| {
                let neighbour = found[i].first().map(|n| self.errors[n.0]);
                (self.problem.group(self.rows[i]), compare(moved[i], neighbour) - self.base[i] + 0.5)
            })
            .collect();
        let pairs: Vec<(usize, f64, f64)> = (0..self.rows.len())
            .filter(|&i| counted(i))
            .filter_map(|i| found[i].first().map(|n| (self.problem.group(self.rows[i]), moved[i], self.errors[n.0])))
            .collect();
        Evidence {
            effect: bootstrap_mean(&rows, self.confidence, rng),
            excess: bootstrap_excess(&pairs, self.confidence, rng),
            support,
            inside: share,
        }
    }
}

/// 1 if the first is larger, ½ if alike or nothing to compare with.
fn compare(a: f64, b: Option<f64>) -> f64 {
    match b {
        Some(b) if a > b => 1.0,
        Some(b) if a < b => 0.0,
        _ => 0.5,
    }
}

/// Mean of (group, value) rows with a percentile interval from resampling whole groups.
pub fn bootstrap_mean(rows: &[(usize, f64)], confidence: f64, rng: &mut ChaCha8Rng) -> Interval {
    let mut groups: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for &(g, v) in rows {
        let sum = groups.entry(g).or_default();
        *sum = (sum.0 + v, sum.1 + 1.0);
    }
    let groups: Vec<(f64, f64)> = groups.into_values().collect();
    let mean = |picked: &[&(f64, f64)]| {
        let (sum, n) = picked.iter().fold((0.0, 0.0), |(a, b), (s, n)| (a + s, b + n));
        sum / n
    };
    percentiles(&groups, mean, confidence, rng)
}

/// Ratio of medians, less 1, of (group, moved, neighbour) rows, with an interval as in [`bootstrap_mean`].
fn bootstrap_excess(rows: &[(usize, f64, f64)], confidence: f64, rng: &mut ChaCha8Rng) -> Interval {
    let mut groups: BTreeMap<usize, Vec<(f64, f64)>> = BTreeMap::new();
    for &(g, moved, neighbour) in rows {
        groups.entry(g).or_default().push((moved, neighbour));
    }
    let groups: Vec<Vec<(f64, f64)>> = groups.into_values().collect();
    let ratio = |picked: &[&Vec<(f64, f64)>]| {
        let middle = |f: fn(&(f64, f64)) -> f64| median(picked.iter().flat_map(|g| g.iter().map(f)));
        middle(|p| p.0) / middle(|p| p.1).max(1e-300) - 1.0
    };
    percentiles(&groups, ratio, confidence, rng)
}

/// Ratio of means without the largest hundredth of (group, above, below) rows, with an interval as in [`bootstrap_mean`].
pub fn bootstrap_ratio(rows: &[(usize, f64, f64)], confidence: f64, rng: &mut ChaCha8Rng) -> Interval {
    let mut groups: BTreeMap<usize, Vec<(f64, f64)>> = BTreeMap::new();
    for &(g, above, below) in rows {
        groups.entry(g).or_default().push((above, below));
    }
    let groups: Vec<Vec<(f64, f64)>> = groups.into_values().collect();
    let ratio = |picked: &[&Vec<(f64, f64)>]| {
        let mean = |f: fn(&(f64, f64)) -> f64| trimmed_mean(picked.iter().flat_map(|g| g.iter().map(f)).collect());
        mean(|p| p.0) / mean(|p| p.1).max(1e-300)
    };
    percentiles(&groups, ratio, confidence, rng)
}

/// The mean without the largest hundredth: single corrupted rows do not rule it.
pub fn trimmed_mean(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v.truncate((v.len() * 99).div_ceil(100).max(1));
    v.iter().sum::<f64>() / v.len().max(1) as f64
}

/// A statistic of groups, with the percentiles of its values over resampled groups.
fn percentiles<G>(groups: &[G], statistic: impl Fn(&[&G]) -> f64, confidence: f64, rng: &mut ChaCha8Rng) -> Interval {
    if groups.is_empty() {
        return Interval { value: f64::NAN, low: f64::NAN, high: f64::NAN };
    }
    let mut draws: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let picked: Vec<&G> = (0..groups.len()).map(|_| &groups[rng.random_range(0..groups.len())]).collect();
            statistic(&picked)
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    let at = |q: f64| draws[((draws.len() - 1) as f64 * q).round() as usize];
    Interval { value: statistic(&groups.iter().collect::<Vec<_>>()), low: at(tail), high: at(1.0 - tail) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn a_ratio_is_not_ruled_by_single_rows() {
        let mut rows: Vec<(usize, f64, f64)> =
            (0..300).map(|i| (i, 2.0 + (i % 3) as f64, 4.0 + (i % 5) as f64)).collect();
        rows[7].1 = 1e9;
        let r = bootstrap_ratio(&rows, 0.95, &mut ChaCha8Rng::seed_from_u64(3));
        assert!((r.value - 0.5).abs() < 0.02 && r.low < r.value && r.value < r.high && r.high < 0.6, "{r:?}");
    }

    #[test]
    fn the_interval_covers_the_mean_and_widens_with_dependence() {
        let rng = || ChaCha8Rng::seed_from_u64(3);
        let alone: Vec<(usize, f64)> = (0..400).map(|i| (i, f64::from(u8::from(i % 20 < 10)))).collect();
        let grouped: Vec<(usize, f64)> = alone.iter().map(|&(i, v)| (i / 10, v)).collect();
        let (a, g) = (bootstrap_mean(&alone, 0.95, &mut rng()), bootstrap_mean(&grouped, 0.95, &mut rng()));
        assert!((a.value - 0.5).abs() < 1e-12 && a.low < 0.5 && a.high > 0.5);
        assert!(g.high - g.low > 2.0 * (a.high - a.low));
    }
}
