//! What a training step augments along.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::basis::{Basis, Regulariser};
use crate::lie::row_major;

/// Group elements as row-major `side`² matrices, one an example, with their inverses where covectors need them.
#[derive(Debug, Clone, Default)]
pub struct Elements {
    pub g: Vec<f32>,
    pub inverse: Vec<f32>,
}

impl Elements {
    /// Of matrices, as batches want them.
    pub fn of(matrices: impl Iterator<Item = DMatrix<f64>>) -> Self {
        let mut elements = Self::default();
        for g in matrices {
            let inverse = g.clone().try_inverse().unwrap_or_else(|| DMatrix::identity(g.nrows(), g.ncols()));
            for (m, out) in [(&g, &mut elements.g), (&inverse, &mut elements.inverse)] {
                out.extend(row_major(m).map(|v| v as f32));
            }
        }
        elements
    }
}

/// A source of random group elements.
pub trait GroupSource: Sync {
    /// `n` elements.
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements;
}

/// Joint discovery of a basis.
#[derive(Debug, Clone)]
pub struct LearnedPlan {
    /// Whitened basis E' of the search space, p matrices of side², row-major: one unit moves the data by its own size.
    pub directions: Vec<f32>,
    /// p.
    pub count: usize,
    /// Number of generators C.
    pub generators: usize,
    /// Standard deviation s of the coefficients.
    pub scale: f64,
    /// λ_eq.
    pub weight: f64,
    /// λ_reg; `None` takes it from the function's own error and from what random directions cost.
    pub resolution: Option<f64>,
    pub regulariser: Regulariser,
    pub basis_lr: f64,
    /// Steps for which the basis is frozen.
    pub freeze: usize,
}

/// The resolution is so fine at most: at the end of training a direction that costs more than twice λ_reg dies, so what costs a
/// fifth of random directions stays.
const FINEST: f64 = 0.1;
/// And so coarse: what costs half of random directions dies.
const COARSEST: f64 = 0.25;

impl LearnedPlan {
    /// λ_reg: as given, or e²/s² with the function's own (bounded mean) error e², within bounds that follow from what random
    /// directions cost.
    pub fn resolution_in_force(&self, basis: &Basis) -> f64 {
        let own = basis.task_loss.unwrap_or(1.0);
        let random = (basis.random_loss.unwrap_or(own) - own).max(1e-9);
        self.resolution.unwrap_or((own / self.scale.powi(2)).clamp(FINEST * random, COARSEST * random))
    }
}

/// Learned widths of fixed generators (Benton et al. 2020): coefficients uniform in ±θ_p, reward for wide θ.
#[derive(Debug, Clone)]
pub struct WidthsPlan {
    /// Basis of the search space, p matrices of side², row-major.
    pub directions: Vec<f32>,
    /// p.
    pub count: usize,
    /// Reward per squared width.
    pub reward: f64,
    pub basis_lr: f64,
}

/// What a training step augments along.
pub enum Augmentation<'a> {
    None,
    /// Half of each batch along a group.
    Group(&'a dyn GroupSource),
    /// Each batch as it is, and transformed copies of all of it beside: the same lessons as without, and more.
    Beside(&'a dyn GroupSource),
    Learned(&'a LearnedPlan),
    Widths(&'a WidthsPlan),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resolution_follows_the_error_between_bounds_set_by_random_directions() {
        let plan = LearnedPlan {
            directions: vec![0.0; 4],
            count: 1,
            generators: 1,
            scale: 0.25,
            weight: 1.0,
            resolution: None,
            regulariser: Regulariser { support: DMatrix::zeros(1, 1), support_weight: 0.0 },
            basis_lr: 5e-3,
            freeze: 0,
        };
        let at = |own: f64, random: f64| {
            let mut basis = Basis::new(1, 1, &mut crate::engine::Streams::new(1).get("test", 0));
            basis.watch(own, random);
            plan.resolution_in_force(&basis)
        };
        assert!((at(0.01, 1.01) - 0.16).abs() < 1e-12, "e²/s²");
        assert!(
            (at(1e-6, 1.0) - 0.1).abs() < 1e-6,
            "a small error does not make it finer than random directions allow"
        );
        assert!((at(0.5, 1.5) - 0.25).abs() < 1e-12, "nor a large one coarser");
        assert!(at(0.5, 0.4) <= 1e-9, "where random directions cost nothing, nothing is told apart");
        assert_eq!(
            LearnedPlan { resolution: Some(0.3), ..plan.clone() }.resolution_in_force(&Basis::new(
                1,
                1,
                &mut crate::engine::Streams::new(1).get("test", 0)
            )),
            0.3
        );
    }
}
