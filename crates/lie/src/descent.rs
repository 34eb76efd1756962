//! Least squares in a few parameters: Levenberg–Marquardt (Marquardt 1963, SIAM J. Appl. Math. 11, 431) with difference quotients.

use nalgebra::{DMatrix, DVector};

/// Relative gain below which a descent has ended.
const ENDED: f64 = 1e-3;
/// Damping at the start, what it is multiplied by after a step that gains and after one that does not, and how many of these are tried.
const DAMPING: f64 = 1e-2;
const EASED: f64 = 0.3;
const STIFFENED: f64 = 5.0;
const TRIES: usize = 4;

/// How to descend.
pub struct Descent {
    /// Parameters.
    pub count: usize,
    /// Steps at most, the largest length of one, and the step of a difference quotient (where derivatives are given, of no use).
    pub steps: usize,
    pub largest: f64,
    pub difference: f64,
}

impl Descent {
    /// From `start` to where the mean squared residual is least, with that mean. `residuals` are those of several points at once, of which
    /// the first may decide how all are weighted; `moved` is a point with these parameters added.
    pub fn run<T>(
        &self,
        start: T,
        residuals: impl Fn(&[T]) -> Vec<Vec<f64>>,
        moved: impl Fn(&T, &DVector<f64>) -> T,
    ) -> (T, f64)
    where
        T: Clone,
    {
        let unit = |j: usize| DVector::from_fn(self.count, |i, _| if i == j { self.difference } else { 0.0 });
        let quotients = |point: &T| {
            let mut points = vec![point.clone()];
            points.extend((0..self.count).map(|j| moved(point, &unit(j))));
            let mut all = residuals(&points);
            let slope = |i: usize, j: usize| (all[j + 1][i] - all[0][i]) / self.difference;
            let slopes = DMatrix::from_fn(all[0].len(), self.count, slope);
            (all.swap_remove(0), slopes)
        };
        self.by_slopes(start, |point| residuals(std::slice::from_ref(point)).swap_remove(0), quotients, &moved)
    }

    /// The same with derivatives of the residuals by the parameters: a row for each residual.
    pub fn by_slopes<T>(
        &self,
        start: T,
        residuals: impl Fn(&T) -> Vec<f64>,
        slopes: impl Fn(&T) -> (Vec<f64>, DMatrix<f64>),
        moved: impl Fn(&T, &DVector<f64>) -> T,
    ) -> (T, f64) {
        let mut damping = DAMPING;
        let mut point = start;
        let mut best = mean_square(&residuals(&point));
        for _ in 0..self.steps {
            let (own, jacobian) = slopes(&point);
            let gradient = jacobian.tr_mul(&DVector::from_column_slice(&own));
            let normal = jacobian.tr_mul(&jacobian);
            let scale = normal.diagonal().max().max(1e-300);
            let mut gained = false;
            for _ in 0..TRIES {
                let damped = &normal + DMatrix::identity(self.count, self.count) * (damping * scale);
                let Some(step) = damped.cholesky().map(|c| -c.solve(&gradient)) else { break };
                let step = &step * (self.largest / step.norm()).min(1.0);
                let next = moved(&point, &step);
                let new = mean_square(&residuals(&next));
                if new.is_finite() && new < best {
                    gained = new < best * (1.0 - ENDED);
                    (best, damping, point) = (new, damping * EASED, next);
                    break;
                }
                damping *= STIFFENED;
            }
            if !gained {
                break;
            }
        }
        (point, best)
    }
}

fn mean_square(r: &[f64]) -> f64 {
    r.iter().map(|v| v * v).sum::<f64>() / r.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosenbrock's valley (1960), (1 − a)² + 100 (b − a²)², from its usual start.
    #[test]
    fn it_follows_a_bent_valley_to_its_end() {
        let residuals =
            |all: &[DVector<f64>]| all.iter().map(|p| vec![1.0 - p[0], 10.0 * (p[1] - p[0] * p[0])]).collect();
        let descent = Descent { count: 2, steps: 200, largest: 1.0, difference: 1e-6 };
        let (end, left) = descent.run(DVector::from_row_slice(&[-1.2, 1.0]), residuals, |p, step| p + step);
        assert!((end - DVector::from_row_slice(&[1.0, 1.0])).norm() < 1e-3 && left < 1e-6, "{left}");
    }

    #[test]
    fn without_steps_it_stays_and_says_what_is_left() {
        let descent = Descent { count: 1, steps: 0, largest: 1.0, difference: 1e-3 };
        let (end, left) = descent.run(3.0, |all| all.iter().map(|x| vec![*x, 0.0]).collect(), |x, step| x + step[0]);
        assert!(end == 3.0 && left == 4.5);
    }
}
