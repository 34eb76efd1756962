//! The learnable Lie algebra basis: B (C×p) over a whitened basis of the search space, with its regulariser.
//!
//! loss += λ_sup tr(B O' Bᵀ) − (λ_reg/2) logdet(B Bᵀ + ε² I), singular values of B capped at 1. The volume term rewards
//! independent directions; along a direction that costs more than about λ_reg/(2ε²) per squared strength, the cost
//! outweighs it.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// The regulariser of the basis.
#[derive(Debug, Clone)]
pub struct Regulariser {
    /// O' = Uᵀ O U: displacement off the data's tangent space, per pair of whitened directions (p×p).
    pub support: DMatrix<f64>,
    /// λ_sup.
    pub support_weight: f64,
}

/// B with its Adam moments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    pub generators: usize,
    pub directions: usize,
    /// Row-major C×p.
    pub b: Vec<f64>,
    m: Vec<f64>,
    v: Vec<f64>,
    updates: u64,
    /// Moving average of the plain task loss, from which the resolution follows.
    pub task_loss: Option<f64>,
    /// The same for rows moved along random directions of strength 1.
    pub random_loss: Option<f64>,
}

impl Basis {
    /// Rows start Gaussian with an expected norm of 0.3.
    pub fn new(generators: usize, directions: usize, rng: &mut rand_chacha::ChaCha8Rng) -> Self {
        let n = generators * directions;
        let scale = 0.3 / (directions as f64).sqrt();
        let b = (0..n).map(|_| scale * semola_lie::random::normal(rng)).collect();
        Self {
            generators,
            directions,
            b,
            m: vec![0.0; n],
            v: vec![0.0; n],
            updates: 0,
            task_loss: None,
            random_loss: None,
        }
    }

    /// Whether all of B is.
    pub fn is_finite(&self) -> bool {
        self.b.iter().all(|value| value.is_finite())
    }

    /// B as a matrix.
    pub fn matrix(&self) -> DMatrix<f64> {
        DMatrix::from_row_slice(self.generators, self.directions, &self.b)
    }

    /// Singular values of B in descending order, with the right singular vectors as rows.
    pub fn spectrum(&self) -> (Vec<f64>, DMatrix<f64>) {
        let eigen = (self.matrix().transpose() * self.matrix()).symmetric_eigen();
        let mut order: Vec<usize> = (0..self.directions).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let keep = self.generators.min(self.directions);
        let values = order.iter().take(keep).map(|&i| eigen.eigenvalues[i].max(0.0).sqrt()).collect();
        let rows: Vec<_> = order.iter().take(keep).map(|&i| eigen.eigenvectors.column(i).transpose()).collect();
        (values, DMatrix::from_rows(&rows))
    }

    /// L_i = Σ_p B_ip E'_p, row-major C×side², from the directions E', row-major p×side².
    pub fn combine(&self, directions: &[f32]) -> Vec<f32> {
        let ss = directions.len() / self.directions.max(1);
        let mut out = vec![0.0; self.generators * ss];
        for (i, out) in out.chunks_exact_mut(ss.max(1)).enumerate() {
            for (p, e) in directions.chunks_exact(ss.max(1)).enumerate() {
                let b = self.b[i * self.directions + p] as f32;
                out.iter_mut().zip(e).for_each(|(o, e)| *o += b * e);
            }
        }
        out
    }

    /// Makes the rows orthonormal: the nearest such matrix, U Vᵀ of B = U Σ Vᵀ.
    pub fn orthonormalise(&mut self) {
        self.respectrum(|_| 1.0);
    }

    /// Strength of a unit direction u: ‖B u‖.
    pub fn strength(&self, u: &nalgebra::DVector<f64>) -> f64 {
        (self.matrix() * u).norm()
    }

    /// Follows the task loss of rows as they are, and of the same rows moved along random directions, with a time
    /// constant of 50 evaluations.
    pub fn watch(&mut self, task_loss: f64, random_loss: f64) {
        let follow = |old: Option<f64>, new: f64| Some(old.map_or(new, |old| 0.98 * old + 0.02 * new));
        self.task_loss = follow(self.task_loss, task_loss);
        self.random_loss = follow(self.random_loss, random_loss);
    }

    /// One Adam step: `grad` is the gradient of the equivariance loss with respect to B (row-major), to which the
    /// regulariser's is added.
    pub fn update(&mut self, grad: &[f64], reg: &Regulariser, resolution: f64, epsilon: f64, lr: f64, clip: f64) {
        let b = self.matrix();
        let gram = &b * b.transpose() + DMatrix::identity(self.generators, self.generators) * (epsilon * epsilon);
        let mut total = DMatrix::from_row_slice(self.generators, self.directions, grad);
        total += &b * &reg.support * (2.0 * reg.support_weight);
        if let Some(inverse) = gram.try_inverse() {
            total -= inverse * &b * resolution;
        }
        let norm = total.norm();
        let scale = if clip > 0.0 && norm > clip { clip / norm } else { 1.0 };
        self.updates += 1;
        let (c1, c2) = (1.0 - 0.9f64.powf(self.updates as f64), 1.0 - 0.999f64.powf(self.updates as f64));
        for i in 0..self.b.len() {
            let g = scale * total[(i / self.directions, i % self.directions)];
            self.m[i] = 0.9 * self.m[i] + 0.1 * g;
            self.v[i] = 0.999 * self.v[i] + 0.001 * g * g;
            self.b[i] -= lr * (self.m[i] / c1) / ((self.v[i] / c2).sqrt() + 1e-8);
        }
    }

    /// Caps the singular values of B at 1.
    pub fn cap(&mut self) {
        if self.matrix().singular_values().iter().any(|&s| s > 1.0) {
            self.respectrum(|s| s.min(1.0));
        }
    }

    /// Changes each singular value of B.
    fn respectrum(&mut self, change: impl Fn(f64) -> f64) {
        let svd = self.matrix().svd(true, true);
        if let (Some(u), Some(vt)) = (svd.u, svd.v_t) {
            let changed = u * DMatrix::from_diagonal(&svd.singular_values.map(change)) * vt;
            for i in 0..self.generators {
                for j in 0..self.directions {
                    self.b[i * self.directions + j] = changed[(i, j)];
                }
            }
        }
    }
}

/// dL/dB from dL/dL: row-major C×p.
pub fn chain(of_l: &[f32], directions: &[f32], count: usize) -> Vec<f64> {
    let ss = directions.len() / count;
    of_l.chunks_exact(ss)
        .flat_map(|g| {
            directions.chunks_exact(ss).map(move |e| g.iter().zip(e).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum())
        })
        .collect()
}

/// Number of directions above the largest gap in the descending strengths; 0 if even the first is below `floor`.
pub fn rank_by_gap(strengths: &[f64], floor: f64) -> usize {
    if strengths.first().is_none_or(|&s| s < floor) {
        return 0;
    }
    let at = |i: usize| strengths.get(i).copied().unwrap_or(0.0).max(1e-3);
    let gap = |i: usize| at(i - 1) / at(i);
    (1..=strengths.len()).filter(|&i| at(i - 1) >= floor).max_by(|&a, &b| gap(a).total_cmp(&gap(b))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn the_volume_term_grows_cheap_directions_and_lets_dear_ones_die() {
        let mut basis = Basis::new(3, 3, &mut rand_chacha::ChaCha8Rng::seed_from_u64(1));
        let reg = Regulariser { support: DMatrix::zeros(3, 3), support_weight: 0.0 };
        let cost = [0.0, 1.0, 1.0]; // of σ² along each direction
        for step in 0..2000 {
            let grad: Vec<f64> = basis.b.iter().enumerate().map(|(i, b)| 2.0 * cost[i % 3] * b).collect();
            let epsilon = 0.1 * 5f64.powf((step as f64 / 1500.0).min(1.0));
            basis.update(&grad, &reg, 0.01, epsilon, 5e-3, 1.0);
            basis.cap();
        }
        let (strengths, vectors) = basis.spectrum();
        assert!((strengths[0] - 1.0).abs() < 1e-6 && strengths[1] < 0.05, "{strengths:?}");
        assert!(vectors[(0, 0)].abs() > 0.999);
        assert_eq!(rank_by_gap(&strengths, 0.1), 1);
    }

    #[test]
    fn rows_become_orthonormal_and_stay_in_their_span() {
        let mut basis = Basis::new(2, 4, &mut rand_chacha::ChaCha8Rng::seed_from_u64(2));
        let before = basis.matrix();
        basis.orthonormalise();
        let after = basis.matrix();
        assert!((&after * after.transpose() - DMatrix::identity(2, 2)).norm() < 1e-12);
        assert!((&before - &before * after.transpose() * &after).norm() < 1e-12);
        assert_eq!(basis.combine(&[1.0, 0.0, 0.0, 0.0]).len(), 2, "four directions of one number each");
    }

    #[test]
    fn the_rank_is_where_the_gap_is() {
        assert_eq!(rank_by_gap(&[1.0, 0.9, 0.5, 0.003], 0.1), 3);
        assert_eq!(rank_by_gap(&[0.05, 0.04], 0.1), 0);
        assert_eq!(rank_by_gap(&[1.0, 1.0], 0.1), 2);
    }
}
