//! What a training step augments along.

use rand_chacha::ChaCha8Rng;

use super::basis::{Basis, Regulariser};

/// Group elements as row-major `side`² matrices, one an example, with their inverses where covectors need them.
#[derive(Debug, Clone, Default)]
pub struct Elements {
    pub g: Vec<f32>,
    pub inverse: Vec<f32>,
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
    /// λ_reg; `None` takes it from the function's own error, e²/s².
    pub resolution: Option<f64>,
    /// Largest λ_reg that is taken from the error.
    pub coarsest: f64,
    pub regulariser: Regulariser,
    pub basis_lr: f64,
    /// Steps for which the basis is frozen.
    pub freeze: usize,
}

impl LearnedPlan {
    /// λ_reg: as given, or e²/s² with the function's own (bounded mean) error e².
    pub fn resolution_in_force(&self, basis: &Basis) -> f64 {
        let own = basis.task_loss.unwrap_or(1.0) / self.scale.powi(2);
        self.resolution.unwrap_or(own.clamp(1e-9, self.coarsest))
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
    Group(&'a dyn GroupSource),
    Learned(&'a LearnedPlan),
    Widths(&'a WidthsPlan),
}
