//! Coordinates in which a hidden symmetry shows: f(A x) = f(x) makes every second moment that is built from f and the data commute
//! with A, so that A is a pattern of signs in their eigenvectors wherever their eigenvalues differ.

use nalgebra::{DMatrix, DVector};

use crate::discover::ensemble::Ensemble;
use crate::fit::Problem;
use semola_lie::action::Action;

/// Share of the largest eigenvalue below which the function ignores a direction.
const IGNORED: f64 = 0.003;
/// Step of the difference quotient, in whitened coordinates.
const STEP: f64 = 0.02;
/// Rows and vectors of a row that gradients are taken on, and their products with the coordinates at most.
const ROWS: usize = 300;
const MOST_EVALUATIONS: usize = 60_000;
/// Share of the second moment in the other frame.
const MIXED: f64 = 0.6;

/// Moments of the gradient, in whitened coordinates.
pub struct Frames {
    /// M = E Σ ∇f ∇fᵀ over outputs and vectors.
    pub gradient: DMatrix<f64>,
    /// N = E (f − f̄) Σ x xᵀ over vectors, of one output.
    pub second: Option<DMatrix<f64>>,
}

impl Frames {
    /// Of the networks' mean on the first of these rows; `whitening` and its inverse are k×k. `None` if no vectors are acted on.
    pub fn measure(
        problem: &Problem,
        ensemble: &Ensemble,
        rows: &[usize],
        (w, back): (&DMatrix<f64>, &DMatrix<f64>),
        centre: &[f64],
    ) -> Option<Self> {
        let k = problem.x_layout.linear;
        let vectors = |s: &&semola_engine::Segment| matches!(s.action, Action::Vector { .. } | Action::Points { .. });
        let blocks: Vec<(usize, f64)> = problem
            .x_layout
            .segments
            .iter()
            .filter(vectors)
            .flat_map(|s| {
                let unit = if matches!(s.action, Action::Points { .. }) { f64::from(s.translation_scale) } else { 0.0 };
                (0..s.blocks).map(move |b| (s.start + b * k, unit))
            })
            .collect();
        if blocks.is_empty() {
            return None;
        }
        let many = (MOST_EVALUATIONS / (2 * k * blocks.len())).clamp(1, ROWS);
        let x = problem.gather_x(&rows[..rows.len().min(many)]);
        let (width, outputs) = (problem.inputs(), problem.outputs());
        let predict = |x: &[f32]| ensemble.for_loss(problem, ensemble.predict(x, width));
        let n = x.len() / width.max(1);
        let mut gradient = DMatrix::zeros(k, k);
        for &(at, _) in &blocks {
            let quotient = |a: usize| -> Vec<f64> {
                let moved = |sign: f64| {
                    let mut x = x.clone();
                    x.chunks_exact_mut(width).for_each(|row| {
                        (0..k).for_each(|i| row[at + i] += (sign * STEP * back[(i, a)]) as f32);
                    });
                    predict(&x)
                };
                moved(1.0).iter().zip(moved(-1.0)).map(|(p, m)| f64::from(p - m) / (2.0 * STEP)).collect()
            };
            let columns: Vec<Vec<f64>> = (0..k).map(quotient).collect();
            for i in 0..n * outputs {
                let g = DVector::from_iterator(k, columns.iter().map(|c| c[i]));
                gradient += &g * g.transpose() / n.max(1) as f64;
            }
        }
        let second = (outputs == 1).then(|| {
            let f = predict(&x);
            let mean = f.iter().map(|v| f64::from(*v)).sum::<f64>() / n.max(1) as f64;
            let mut sum = DMatrix::zeros(k, k);
            for (row, f) in x.chunks_exact(width).zip(&f) {
                for &(at, unit) in &blocks {
                    let v = w * DVector::from_fn(k, |i, _| f64::from(row[at + i]) - unit * centre[i]);
                    sum += &v * v.transpose() * (f64::from(*f) - mean) / n.max(1) as f64;
                }
            }
            sum
        });
        gradient.iter().all(|v: &f64| v.is_finite()).then_some(Self { gradient, second })
    }

    /// Orthonormal columns of the directions that the function depends on, and of those that it ignores.
    pub fn directions(&self) -> (DMatrix<f64>, DMatrix<f64>) {
        let eigen = self.gradient.clone().symmetric_eigen();
        let limit = IGNORED * eigen.eigenvalues.max();
        let k = self.gradient.nrows();
        let of = |keep: &dyn Fn(f64) -> bool| {
            let columns: Vec<_> = (0..k).filter(|&i| keep(eigen.eigenvalues[i])).collect();
            DMatrix::from_fn(k, columns.len(), |i, j| eigen.eigenvectors[(i, columns[j])])
        };
        (of(&|v| v > limit), of(&|v| v <= limit))
    }

    /// Eigenvectors as columns, of the first moment and of a mixture with the second.
    pub fn bases(&self) -> Vec<DMatrix<f64>> {
        let basis = |m: DMatrix<f64>| m.symmetric_eigen().eigenvectors;
        let mixed = self
            .second
            .as_ref()
            .filter(|n| n.amax() > 0.0 && self.gradient.amax() > 0.0)
            .map(|n| basis(&self.gradient / self.gradient.amax() + n * (MIXED / n.amax())));
        std::iter::once(basis(self.gradient.clone())).chain(mixed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_directions_are_told_apart() {
        let gradient = DMatrix::from_diagonal(&vec![1.0, 1e-5, 0.2].into());
        let (felt, ignored) = Frames { gradient, second: None }.directions();
        assert_eq!((felt.ncols(), ignored.ncols()), (2, 1));
        assert!((ignored[(1, 0)].abs() - 1.0).abs() < 1e-12);
    }
}
