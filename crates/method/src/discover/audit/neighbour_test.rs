//! The measurement along one direction: does the function's error grow when data is moved along it?
//!
//! For held-out rows the error at (g x, g y), g = exp(t u), is compared with the error at the held-out row nearest to g
//! x. With a symmetry the two are alike, so a = P(moved > neighbour) is the same as without moving. The effect size is
//! that of Vargha & Delaney (2000), who call 0.56 the smallest that is not negligible: this is the margin here.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::bootstrap::{Interval, Pair, bootstrap_excess, bootstrap_mean};
use crate::discover::displacement::transform;
use crate::discover::ensemble::{Predictor, row_errors};
use crate::discover::folds::Folds;
use crate::discover::neighbours::{nearest, usual_distance};
use crate::fit::Problem;
use semola_lie::statistics::median;

/// Effect sizes up to this are negligible (Vargha & Delaney 2000).
pub const NEGLIGIBLE: f64 = 0.56;
/// Off-support shares up to this many times the natural one count as on the support.
pub const SUPPORT_LIMIT: f64 = 3.0;
/// Coefficients are uniform between ± this many whitened units (a unit moves the data by its own size).
const REACH: f64 = 0.5;
/// Below this share of moved rows that stay inside the data, the test measures extrapolation by the networks.
pub const MOSTLY_OUTSIDE: f64 = 0.1;
/// Number of neighbours used to decide whether a point lies in the interior of the data.
const INTERIOR_NEIGHBOURS: usize = 8;

/// The measurements along one direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// Effect size a, ½ for a symmetry.
    pub effect: Interval,
    /// Median error at moved rows over the median at their neighbours, less 1.
    pub excess: Interval,
    /// Off-support share of the displacement, over the natural one.
    pub support: Interval,
    /// Share of moved rows that stay as near to the data as its own rows are to each other.
    pub inside: f64,
}

impl Measurement {
    /// Whether the error does not grow by more than a negligible amount, on the data.
    pub fn is_negligible(&self) -> bool {
        self.effect.high <= NEGLIGIBLE && self.support.high <= SUPPORT_LIMIT
    }

    /// Whether moved rows significantly leave the data.
    pub fn is_off_support(&self) -> bool {
        self.support.low > SUPPORT_LIMIT
    }
}

/// Compares errors at moved rows, by networks not trained on them, with those at the nearest rows.
pub struct NeighbourTest<'a> {
    predictor: &'a dyn Predictor,
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
    /// How one-sided a point's neighbours may lie, if that is checked.
    one_sided: Option<f64>,
    confidence: f64,
}

impl<'a> NeighbourTest<'a> {
    /// A test on `rows`.
    pub fn new(
        predictor: &'a dyn Predictor,
        problem: &'a Problem,
        rows: &[usize],
        folds: &Folds,
        confidence: f64,
    ) -> Self {
        let (x, y) = (problem.gather_x(rows), problem.gather_y(rows));
        let folds = folds.of(rows);
        let errors = row_errors(&predictor.unseen(problem, &x, &folds), &y, problem.outputs());
        let other = |q: usize, p: usize| problem.group(rows[q]) == problem.group(rows[p]);
        let found = nearest(&x, &x, problem.inputs(), 1, other);
        let base = found.iter().zip(&errors).map(|(n, e)| exceeds(*e, n.first().map(|n| errors[n.0]))).collect();
        let near = usual_distance(&found).unwrap_or(0.0);
        Self { predictor, problem, rows: rows.to_vec(), folds, x, y, errors, base, near, one_sided: None, confidence }
    }

    /// Counts only moved rows that land in the interior of the data, not at its edge: at large coefficients, all points
    /// still near data may be at its edge, where networks do worse.
    pub fn in_the_interior(mut self) -> Self {
        let (problem, rows) = (self.problem, &self.rows);
        let other = |q: usize, p: usize| problem.group(rows[q]) == problem.group(rows[p]);
        let found = nearest(&self.x, &self.x, problem.inputs(), INTERIOR_NEIGHBOURS, other);
        let rows = self.x.chunks_exact(problem.inputs()).zip(&found);
        let mut own: Vec<f64> = rows.map(|(x, n)| one_sidedness(x, n, &self.x)).collect();
        own.sort_by(f64::total_cmp);
        self.one_sided = own.get(own.len() * 9 / 10).copied();
        self
    }

    /// Measures along a direction; `support` is its off-support share over the natural one.
    pub fn measure(&self, l: &DMatrix<f64>, support: Interval, rng: &mut ChaCha8Rng) -> Measurement {
        self.moved_at_random(l, rng).measurement(support, self.confidence, rng)
    }

    /// Effect and excess of a reference direction, without intervals.
    pub fn estimate(&self, l: &DMatrix<f64>, rng: &mut ChaCha8Rng) -> (f64, f64) {
        let seen = self.moved_at_random(l, rng);
        let effect = seen.effects.iter().map(|e| e.1).sum::<f64>() / seen.effects.len().max(1) as f64;
        let middle = |f: fn(&(usize, f64, f64)) -> f64| median(seen.pairs.iter().map(f));
        (effect, middle(|p| p.1) / middle(|p| p.2).max(1e-300) - 1.0)
    }

    fn moved_at_random(&self, l: &DMatrix<f64>, rng: &mut ChaCha8Rng) -> Compared {
        let times: Vec<f64> = self.rows.iter().map(|_| rng.random_range(-REACH..REACH)).collect();
        self.compare(l, &times)
    }

    /// Measures at one size of the coefficient, in both senses.
    pub fn measure_at(&self, l: &DMatrix<f64>, size: f64, rng: &mut ChaCha8Rng) -> Measurement {
        let times: Vec<f64> = self.rows.iter().map(|_| if rng.random_bool(0.5) { size } else { -size }).collect();
        self.compare(l, &times).measurement(Interval { value: 0.0, low: 0.0, high: 0.0 }, self.confidence, rng)
    }

    fn compare(&self, l: &DMatrix<f64>, times: &[f64]) -> Compared {
        let (mut gx, mut gy) = (self.x.clone(), self.y.clone());
        transform(l, times, &self.problem.x_layout, &mut gx);
        transform(l, times, &self.problem.y_layout, &mut gy);
        self.compare_moved(&gx, &gy)
    }

    /// Compares errors at these rows, which the test's own ones were moved to, with those at their neighbours.
    pub fn compare_moved(&self, gx: &[f32], gy: &[f32]) -> Compared {
        let (problem, rows) = (self.problem, &self.rows);
        let outputs = self.predictor.unseen(problem, gx, &self.folds);
        let moved = row_errors(&outputs, gy, problem.outputs());
        let same = |q: usize, p: usize| problem.group(rows[q]) == problem.group(rows[p]);
        let k = if self.one_sided.is_some() { INTERIOR_NEIGHBOURS } else { 1 };
        let found = nearest(&self.x, gx, problem.inputs(), k, same);
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
            (problem.group(rows[i]), exceeds(moved[i], neighbour) - self.base[i] + 0.5)
        };
        let pair = |&i: &usize| found[i].first().map(|n| (problem.group(rows[i]), moved[i], self.errors[n.0]));
        Compared {
            effects: counted.iter().map(effect).collect(),
            pairs: counted.iter().filter_map(pair).collect(),
            neighbours: counted.iter().filter_map(|&i| Some((i, found[i].first()?.0))).collect(),
            inside: share,
            outputs,
        }
    }

    /// Places of the rows of the test in the problem.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Inputs and targets of the rows.
    pub fn data(&self) -> (&[f32], &[f32]) {
        (&self.x, &self.y)
    }

    /// The folds of the rows.
    pub fn folds(&self) -> &[usize] {
        &self.folds
    }
}

/// The rows that count: their groups and the comparisons of errors.
pub struct Compared {
    /// Group, and whether the error exceeds the neighbour's, on the scale of the effect.
    pub effects: Vec<(usize, f64)>,
    /// Group, error moved, error of the neighbour.
    pairs: Vec<Pair>,
    /// The place of each row that counts, and that of the row next to where it was moved.
    pub neighbours: Vec<(usize, usize)>,
    /// Share of the rows that stay inside.
    pub inside: f64,
    /// What was predicted at the moved rows, all of them.
    pub outputs: Vec<f32>,
}

impl Compared {
    fn measurement(&self, support: Interval, confidence: f64, rng: &mut ChaCha8Rng) -> Measurement {
        Measurement {
            effect: bootstrap_mean(&self.effects, confidence, rng),
            excess: bootstrap_excess(&self.pairs, confidence, rng),
            support,
            inside: self.inside,
        }
    }
}

/// Distance of a point to the mean of its neighbours, over the mean distance to them: 1 where they all lie on one side.
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

/// 1 if the first is larger or NaN, ½ if equal or nothing to compare with.
fn exceeds(a: f64, b: Option<f64>) -> f64 {
    match b {
        _ if !a.is_finite() => 1.0,
        Some(b) if a > b => 1.0,
        Some(b) if a < b => 0.0,
        _ => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_lie_around_a_point_in_the_middle_and_on_one_side_of_one_at_the_edge() {
        let points: Vec<f32> = (0..9).flat_map(|i| [(i % 3) as f32, (i / 3) as f32]).collect();
        let sided = |x: [f32; 2]| one_sidedness(&x, &nearest(&points, &x, 2, 5, |_, _| false)[0], &points);
        assert!(sided([1.0, 1.0]) < 1e-9 && sided([-0.5, 1.0]) > 0.6, "{}", sided([-0.5, 1.0]));
        assert!(sided([-9.0, 1.0]) > 0.99);
    }
}
