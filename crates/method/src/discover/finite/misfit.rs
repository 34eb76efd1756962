//! How much the networks, or nearest rows, contradict an element: the misfit L(g) = mean |f(g x) − g f(x)|² on rows of the first half.

use nalgebra::DMatrix;

use super::moving::{Moving, Side};
use crate::discover::ensemble::{Predictor, column_means};
use crate::discover::neighbours::{nearest, usual_distance};
use crate::fit::Problem;
use semola_lie::finite::Element;
use semola_lie::statistics::{median, trimmed_mean};

/// Rows of the cloud that say whether a moved row is inside the data.
const CLOUD: usize = 1000;

/// What is predicted for some rows.
pub struct Misfit<'a> {
    problem: &'a Problem,
    predictor: &'a dyn Predictor,
    moving: &'a Moving,
    x: Vec<f32>,
    f: Vec<f32>,
    cloud: Vec<f32>,
    near: f64,
}

impl<'a> Misfit<'a> {
    /// On the first `many` of these rows.
    pub fn new(
        problem: &'a Problem,
        predictor: &'a dyn Predictor,
        moving: &'a Moving,
        rows: &[usize],
        many: usize,
    ) -> Self {
        let x = problem.gather_x(&rows[..rows.len().min(many)]);
        let f = predictor.seen(problem, &x);
        let cloud = problem.gather_x(&rows[..rows.len().min(CLOUD)]);
        let few = &cloud[..cloud.len().min(x.len())];
        let own = nearest(&cloud, few, problem.inputs(), 1, |q, p| q == p);
        let near = usual_distance(&own).unwrap_or(f64::INFINITY);
        Self { problem, predictor, moving, x, f, cloud, near }
    }

    /// f(g x) − g f(x), row after row.
    fn residual(&self, element: &Element) -> (Vec<f32>, Vec<f32>) {
        let gx = self.moving.moved(element, Side::Inputs, &self.x);
        let fg = self.predictor.seen(self.problem, &gx);
        let gf = self.moving.moved(element, Side::Targets, &self.f);
        (gx, fg.iter().zip(&gf).map(|(a, b)| a - b).collect())
    }

    /// Squared residuals of the rows.
    fn squares(&self, residual: &[f32]) -> Vec<f64> {
        let width = self.problem.outputs().max(1);
        residual.chunks_exact(width).map(|r| r.iter().map(|v| f64::from(*v).powi(2)).sum()).collect()
    }

    /// L(g) on all rows, wherever they are moved.
    pub fn everywhere(&self, element: &Element) -> f64 {
        let (_, r) = self.residual(element);
        robust_mean(&self.squares(&r))
    }

    /// L(g) on the rows that stay inside the data, and their share.
    pub fn inside(&self, element: &Element) -> (f64, f64) {
        let (gx, r) = self.residual(element);
        let found = nearest(&self.cloud, &gx, self.problem.inputs(), 1, |q, p| q == p);
        let is_inside = |n: &Vec<(usize, f32)>| n.first().is_some_and(|n| f64::from(n.1) <= self.near);
        let kept: Vec<f64> =
            self.squares(&r).into_iter().zip(&found).filter(|(_, n)| is_inside(n)).map(|(s, _)| s).collect();
        let share = kept.len() as f64 / found.len().max(1) as f64;
        (if kept.is_empty() { f64::INFINITY } else { trimmed_mean(kept) }, share)
    }

    /// E |g x − x|² / 2 E |x − x̄|², at which moves that forget where they started lie at 1.
    pub fn displacement(&self, element: &Element) -> f64 {
        let width = self.problem.inputs().max(1);
        let gx = self.moving.moved(element, Side::Inputs, &self.x);
        let means = column_means(&self.x, width);
        let off = |a: f32, b: f64| (f64::from(a) - b).powi(2);
        let moved: f64 = gx.iter().zip(&self.x).map(|(a, b)| off(*a, f64::from(*b))).sum();
        let size: f64 = self.x.iter().zip(means.iter().cycle()).map(|(a, m)| off(*a, *m)).sum();
        moved / (2.0 * size).max(1e-300)
    }

    /// Weighted residuals of matrices in one pass: one vector √w (f(A x) − A f(x)) for each; the weights are those of the first.
    pub fn weighted(&self, matrices: &[DMatrix<f64>]) -> Vec<Vec<f64>> {
        let width = self.problem.outputs().max(1);
        let elements: Vec<Element> = matrices.iter().map(|m| self.moving.linear(m.clone())).collect();
        let gx: Vec<f32> = elements.iter().flat_map(|e| self.moving.moved(e, Side::Inputs, &self.x)).collect();
        let fg = self.predictor.seen(self.problem, &gx);
        let mut weights: Vec<f64> = Vec::new();
        let mut out = Vec::with_capacity(elements.len());
        for (element, fg) in elements.iter().zip(fg.chunks_exact(self.f.len().max(1))) {
            let gf = self.moving.moved(element, Side::Targets, &self.f);
            let r: Vec<f32> = fg.iter().zip(&gf).map(|(a, b)| a - b).collect();
            if weights.is_empty() {
                weights = robust_weights(&self.squares(&r)).into_iter().map(f64::sqrt).collect();
            }
            out.push(r.iter().enumerate().map(|(i, v)| f64::from(*v) * weights[i / width]).collect());
        }
        out
    }
}

/// 1 / (1 + e²/median e²).
fn robust_weights(squares: &[f64]) -> Vec<f64> {
    let middle = median(squares.iter().copied()).max(1e-300);
    squares.iter().map(|s| 1.0 / (1.0 + s / middle)).collect()
}

/// The mean with these weights, which single rows do not rule.
fn robust_mean(squares: &[f64]) -> f64 {
    if squares.iter().any(|s| !s.is_finite()) {
        return f64::INFINITY;
    }
    let weights = robust_weights(squares);
    let sum: f64 = weights.iter().sum();
    squares.iter().zip(&weights).map(|(s, w)| s * w).sum::<f64>() / sum.max(1e-300)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_rows_do_not_rule_the_mean() {
        let mut squares = vec![1.0; 99];
        squares.push(1e12);
        assert!(robust_mean(&squares) < 1.1);
        assert_eq!(robust_mean(&[f64::NAN, 1.0]), f64::INFINITY);
        assert_eq!(robust_mean(&[0.0, 0.0]), 0.0);
    }
}
