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
use crate::train::Problem;

/// Effect sizes up to this are negligible (Vargha & Delaney 2000).
pub const NEGLIGIBLE: f64 = 0.56;
/// Off-support shares up to this many times the natural one count as on the support.
pub const SUPPORT_LIMIT: f64 = 3.0;
/// Coefficients are uniform between ± this many whitened units (one moves the data by its own size).
const REACH: f64 = 0.5;
/// Below this share of moved rows that stay inside the data, what is seen is what the networks do outside of it.
pub const MOSTLY_OUTSIDE: f64 = 0.1;
/// Neighbours that tell whether a point lies amid the data.
const AMID: usize = 8;
const RESAMPLES: usize = 300;
/// For intervals of several looks, which are wider.
const MANY_RESAMPLES: usize = 1000;

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

impl Evidence {
    /// Whether what it moves surely leaves the data.
    pub fn is_off_support(&self) -> bool {
        self.support.low > SUPPORT_LIMIT
    }
}

/// The held-out rows on which directions are judged.
pub struct Court<'a> {
    ensemble: &'a Ensemble,
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
    /// How one-sided a point's neighbours may lie, if that is looked at.
    one_sided: Option<f64>,
    confidence: f64,
}

impl<'a> Court<'a> {
    /// Prepares judgement on `rows`; `fold` names the fold of a row.
    pub fn new(
        ensemble: &'a Ensemble,
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
        Self { ensemble, problem, rows: rows.to_vec(), folds, x, y, errors, base, near, one_sided: None, confidence }
    }

    /// Counts only moved rows that land amid the data, not at its edge: at large coefficients all that still lies near data
    /// may be at the edge, where networks do worse.
    pub fn amid(mut self) -> Self {
        let (problem, rows) = (self.problem, &self.rows);
        let other = |q: usize, p: usize| problem.group(rows[q]) == problem.group(rows[p]);
        let found = nearest(&self.x, &self.x, problem.inputs(), AMID, other);
        let rows = self.x.chunks_exact(problem.inputs()).zip(&found);
        let mut own: Vec<f64> = rows.map(|(x, n)| one_sidedness(x, n, &self.x)).collect();
        own.sort_by(f64::total_cmp);
        self.one_sided = own.get(own.len() * 9 / 10).copied();
        self
    }

    /// Judges a direction; `support` is its off-support share over the natural one.
    pub fn hear(&self, l: &DMatrix<f64>, support: Interval, rng: &mut ChaCha8Rng) -> Evidence {
        self.of_both_signs(l, rng).evidence(support, self.confidence, rng)
    }

    /// Effect and excess of a direction that is only compared with.
    pub fn glance(&self, l: &DMatrix<f64>, rng: &mut ChaCha8Rng) -> (f64, f64) {
        let seen = self.of_both_signs(l, rng);
        let effect = seen.effects.iter().map(|e| e.1).sum::<f64>() / seen.effects.len().max(1) as f64;
        let middle = |f: fn(&(usize, f64, f64)) -> f64| median(seen.pairs.iter().map(f));
        (effect, middle(|p| p.1) / middle(|p| p.2).max(1e-300) - 1.0)
    }

    fn of_both_signs(&self, l: &DMatrix<f64>, rng: &mut ChaCha8Rng) -> Seen {
        let times: Vec<f64> = self.rows.iter().map(|_| rng.random_range(-REACH..REACH)).collect();
        self.look(l, &times)
    }

    /// What is seen at one size of the coefficient, in both senses.
    pub fn at(&self, l: &DMatrix<f64>, size: f64, rng: &mut ChaCha8Rng) -> Evidence {
        let times: Vec<f64> = self.rows.iter().map(|_| if rng.random_bool(0.5) { size } else { -size }).collect();
        self.look(l, &times).evidence(Interval { value: 0.0, low: 0.0, high: 0.0 }, self.confidence, rng)
    }

    fn look(&self, l: &DMatrix<f64>, times: &[f64]) -> Seen {
        let (mut gx, mut gy) = (self.x.clone(), self.y.clone());
        transform(l, times, &self.problem.x_layout, &mut gx);
        transform(l, times, &self.problem.y_layout, &mut gy);
        let moved = self.ensemble.errors(self.problem, &gx, &gy, &self.folds);
        let (problem, rows) = (self.problem, &self.rows);
        let same = |q: usize, p: usize| problem.group(rows[q]) == problem.group(rows[p]);
        let k = if self.one_sided.is_some() { AMID } else { 1 };
        let found = nearest(&self.x, &gx, problem.inputs(), k, same);
        let is_inside = |(x, n): (&[f32], &Vec<(usize, f32)>)| {
            let near = n.first().is_some_and(|n| f64::from(n.1) <= self.near);
            near && self.one_sided.is_none_or(|most| one_sidedness(x, n, &self.x) <= most)
        };
        let inside: Vec<bool> = gx.chunks_exact(problem.inputs()).zip(&found).map(is_inside).collect();
        let share = inside.iter().filter(|&&i| i).count() as f64 / inside.len().max(1) as f64;
        // Far from all data the network may do anything: rows that leave it say nothing, unless nearly all do.
        let counted: Vec<usize> = (0..rows.len()).filter(|&i| inside[i] || share < MOSTLY_OUTSIDE).collect();
        let effect = |&i: &usize| {
            let neighbour = found[i].first().map(|n| self.errors[n.0]);
            (problem.group(rows[i]), compare(moved[i], neighbour) - self.base[i] + 0.5)
        };
        let pair = |&i: &usize| found[i].first().map(|n| (problem.group(rows[i]), moved[i], self.errors[n.0]));
        Seen {
            effects: counted.iter().map(effect).collect(),
            pairs: counted.iter().filter_map(pair).collect(),
            inside: share,
        }
    }
}

/// The rows that count: their groups, with what the errors there say.
struct Seen {
    effects: Vec<(usize, f64)>,
    /// Group, error moved, error of the neighbour.
    pairs: Vec<(usize, f64, f64)>,
    inside: f64,
}

impl Seen {
    fn evidence(&self, support: Interval, confidence: f64, rng: &mut ChaCha8Rng) -> Evidence {
        Evidence {
            effect: bootstrap_mean(&self.effects, confidence, rng),
            excess: bootstrap_excess(&self.pairs, confidence, rng),
            support,
            inside: self.inside,
        }
    }
}

/// Distance of a point to the middle of its neighbours, over the mean distance to them: 1 where they all lie on one side.
fn one_sidedness(x: &[f32], neighbours: &[(usize, f32)], points: &[f32]) -> f64 {
    let n = neighbours.len().max(1) as f64;
    let mut middle = vec![0.0; x.len()];
    for &(i, _) in neighbours {
        let y = &points[i * x.len()..(i + 1) * x.len()];
        middle.iter_mut().zip(y.iter().zip(x)).for_each(|(m, (y, x))| *m += f64::from(y - x) / n);
    }
    let mean = neighbours.iter().map(|n| f64::from(n.1).sqrt()).sum::<f64>() / n;
    middle.iter().map(|m| m * m).sum::<f64>().sqrt() / mean.max(1e-300)
}

/// 1 if the first is larger or no number, ½ if alike or nothing to compare with.
fn compare(a: f64, b: Option<f64>) -> f64 {
    match b {
        _ if !a.is_finite() => 1.0,
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
    percentiles((&groups, RESAMPLES), mean, confidence, rng)
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
    percentiles((&groups, RESAMPLES), ratio, confidence, rng)
}

/// Ratio of means without the largest hundredth of (group, above, below) rows, with an interval as in [`bootstrap_mean`], for
/// confidences up to 0.998.
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
    percentiles((&groups, MANY_RESAMPLES), ratio, confidence, rng)
}

/// The mean without the largest hundredth: single corrupted rows do not rule it.
pub fn trimmed_mean(mut v: Vec<f64>) -> f64 {
    let kept = (v.len() * 99).div_ceil(100).max(1);
    if kept < v.len() {
        v.select_nth_unstable_by(kept, f64::total_cmp);
        v.truncate(kept);
    }
    v.iter().sum::<f64>() / v.len().max(1) as f64
}

/// A statistic of groups, with the percentiles of its values over resampled groups.
fn percentiles<G>(
    (groups, resamples): (&[G], usize),
    statistic: impl Fn(&[&G]) -> f64,
    confidence: f64,
    rng: &mut ChaCha8Rng,
) -> Interval {
    if groups.is_empty() {
        return Interval { value: f64::NAN, low: f64::NAN, high: f64::NAN };
    }
    let mut draws: Vec<f64> = (0..resamples)
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
    fn neighbours_lie_around_a_point_in_the_middle_and_on_one_side_of_one_at_the_edge() {
        let points: Vec<f32> = (0..9).flat_map(|i| [(i % 3) as f32, (i / 3) as f32]).collect();
        let sided = |x: [f32; 2]| one_sidedness(&x, &nearest(&points, &x, 2, 5, |_, _| false)[0], &points);
        assert!(sided([1.0, 1.0]) < 1e-9 && sided([-0.5, 1.0]) > 0.6, "{}", sided([-0.5, 1.0]));
        assert!(sided([-9.0, 1.0]) > 0.99);
    }

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
