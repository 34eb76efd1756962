//! Plain networks, each trained on all folds of the groups except its own.
//!
//! Errors are always those of the network not trained on the row (cross-fitting); derivatives, which do not overfit to
//! training targets, are those of the mean of all networks.

use nalgebra::DMatrix;

use super::calibrate::calibrated_losses;
use super::displacement::transform;
use super::folds::Folds;
use crate::fit::problem::gather;
use crate::fit::{Problem, Trained};
use semola_engine::ops::loss;
use semola_engine::ops::loss::Loss;

/// Coefficient of the central difference along a whitened direction (a share of the data's size).
const STEP: f64 = 0.02;

/// Networks trained by cross-fitting.
pub struct Ensemble {
    /// Network s was trained without fold s.
    pub members: Vec<Trained>,
}

/// What a row's target is predicted by, from other rows than those of its fold.
pub trait Predictor: Sync {
    /// For each row of inputs what is compared with the target, by what was not trained on the row's fold.
    fn unseen(&self, problem: &Problem, x: &[f32], folds: &[usize]) -> Vec<f32>;

    /// The same by all of it, seen rows or not.
    fn seen(&self, problem: &Problem, x: &[f32]) -> Vec<f32>;

    /// The number of folds.
    fn folds(&self) -> usize;
}

impl Predictor for Ensemble {
    fn unseen(&self, problem: &Problem, x: &[f32], folds: &[usize]) -> Vec<f32> {
        Self::unseen(self, problem, x, folds)
    }

    fn seen(&self, problem: &Problem, x: &[f32]) -> Vec<f32> {
        self.for_loss(problem, self.predict(x, problem.inputs()))
    }

    fn folds(&self) -> usize {
        self.members.len()
    }
}

/// Task loss of each of the given rows with these outputs; of classes at the temperature that fits them best.
pub fn comparable_losses(problem: &Problem, rows: &[usize], pred: &[f32]) -> Vec<f64> {
    let (y, outputs) = (problem.gather_y(rows), problem.outputs());
    match problem.loss {
        Loss::CrossEntropy => calibrated_losses(pred, &y, outputs),
        other => loss::rows(other, pred, &y, outputs).into_iter().map(f64::from).collect(),
    }
}

impl Ensemble {
    /// Mean outputs for rows of inputs.
    pub fn predict(&self, x: &[f32], inputs: usize) -> Vec<f32> {
        let mut sum: Vec<f32> = Vec::new();
        for member in &self.members {
            let out = member.predict(x, inputs);
            if sum.is_empty() {
                sum = out;
            } else {
                sum.iter_mut().zip(out).for_each(|(s, o)| *s += o);
            }
        }
        let n = self.members.len().max(1) as f32;
        sum.iter_mut().for_each(|s| *s /= n);
        sum
    }

    /// Outputs of the network not trained on the row; `folds` holds each row's fold.
    pub fn predict_unseen(&self, x: &[f32], inputs: usize, outputs: usize, folds: &[usize]) -> Vec<f32> {
        let mut out = vec![0.0; folds.len() * outputs];
        for (s, member) in self.members.iter().enumerate() {
            let own: Vec<usize> = (0..folds.len()).filter(|&i| folds[i] == s).collect();
            let pred = member.predict(&gather(x, inputs, &own), inputs);
            for (p, &i) in pred.chunks_exact(outputs).zip(&own) {
                out[i * outputs..(i + 1) * outputs].copy_from_slice(p);
            }
        }
        out
    }

    /// Outputs as they are compared with the target, of the network not trained on the row.
    pub fn unseen(&self, problem: &Problem, x: &[f32], folds: &[usize]) -> Vec<f32> {
        self.for_loss(problem, self.predict_unseen(x, problem.inputs(), problem.outputs(), folds))
    }

    /// Norm of the error of each row, by the network not trained on it.
    pub fn errors(&self, problem: &Problem, x: &[f32], y: &[f32], folds: &[usize]) -> Vec<f64> {
        row_errors(&self.unseen(problem, x, folds), y, problem.outputs())
    }

    /// The same for rows of the problem as they are.
    pub fn unseen_errors(&self, problem: &Problem, rows: &[usize], folds: &Folds) -> Vec<f64> {
        self.errors(problem, &problem.gather_x(rows), &problem.gather_y(rows), &folds.of(rows))
    }

    /// Task loss of each of the given rows, by the network not trained on it; of classes at the best temperature.
    pub fn losses(&self, problem: &Problem, rows: &[usize], folds: &[usize]) -> Vec<f64> {
        let pred = self.predict_unseen(&problem.gather_x(rows), problem.inputs(), problem.outputs(), folds);
        comparable_losses(problem, rows, &pred)
    }

    /// Outputs as they are compared with the target: probabilities for classes.
    pub fn for_loss(&self, problem: &Problem, mut pred: Vec<f32>) -> Vec<f32> {
        if problem.loss == Loss::CrossEntropy {
            pred.chunks_exact_mut(problem.outputs()).for_each(loss::softmax);
        }
        pred
    }

    /// Infinitesimal equivariance residuals r_q(x) = d/dt [f(e^{tE_q} x) − e^{tE_q} f(x)] at t = 0, for the given rows:
    /// one matrix per row, outputs×q.
    pub fn residuals(&self, problem: &Problem, rows: &[usize], directions: &[DMatrix<f64>]) -> Vec<DMatrix<f64>> {
        self.residuals_of(&|x| self.predict(x, problem.inputs()), problem, rows, directions)
    }

    /// The same for each network on its own.
    pub fn residuals_of_each(
        &self,
        problem: &Problem,
        rows: &[usize],
        directions: &[DMatrix<f64>],
    ) -> Vec<Vec<DMatrix<f64>>> {
        let of = |m: &Trained| self.residuals_of(&|x| m.predict(x, problem.inputs()), problem, rows, directions);
        self.members.iter().map(of).collect()
    }

    fn residuals_of(
        &self,
        predict: &dyn Fn(&[f32]) -> Vec<f32>,
        problem: &Problem,
        rows: &[usize],
        directions: &[DMatrix<f64>],
    ) -> Vec<DMatrix<f64>> {
        let outputs = problem.outputs();
        let x = problem.gather_x(rows);
        let base = self.for_loss(problem, predict(&x));
        let mut all = vec![DMatrix::zeros(outputs, directions.len()); rows.len()];
        for (q, l) in directions.iter().enumerate() {
            for sign in [1.0, -1.0] {
                let times = vec![sign * STEP; rows.len()];
                let (mut gx, mut gf) = (x.clone(), base.clone());
                transform(l, &times, &problem.x_layout, &mut gx);
                transform(l, &times, &problem.y_layout, &mut gf);
                let fg = self.for_loss(problem, predict(&gx));
                for (i, r) in all.iter_mut().enumerate() {
                    for o in 0..outputs {
                        let at = i * outputs + o;
                        r[(o, q)] += sign * f64::from(fg[at] - gf[at]) / (2.0 * STEP);
                    }
                }
            }
        }
        all
    }
}

/// Mean of each column of rows, end to end.
pub fn column_means(y: &[f32], width: usize) -> Vec<f64> {
    let mut mean = vec![0.0; width];
    let n = (y.len() / width.max(1)).max(1) as f64;
    for row in y.chunks_exact(width.max(1)) {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += f64::from(*v) / n);
    }
    mean
}

/// Squared distance of each row from the mean of all.
pub fn row_spreads(y: &[f32], width: usize) -> Vec<f64> {
    let (width, mean) = (width.max(1), column_means(y, width));
    let square = |r: &[f32]| r.iter().zip(&mean).map(|(v, m)| (f64::from(*v) - m).powi(2)).sum();
    y.chunks_exact(width).map(square).collect()
}

/// Norms of the differences of rows.
pub fn row_errors(pred: &[f32], y: &[f32], width: usize) -> Vec<f64> {
    row_squares(pred, y, width).map(f64::sqrt).collect()
}

/// Squared norms of the differences of rows.
pub fn row_squares(a: &[f32], b: &[f32], width: usize) -> impl Iterator<Item = f64> {
    let square = |(a, b): (&[f32], &[f32])| a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    a.chunks_exact(width.max(1)).zip(b.chunks_exact(width.max(1))).map(square)
}
