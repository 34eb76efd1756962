//! A smooth random function.

use rand_chacha::ChaCha8Rng;

use crate::lie::random::{normal, uniform};

/// How many inputs the mean and spread of the features are measured on.
const MEASURED: usize = 2000;

/// y = √(2/m) Σ_j sin(⟨w_j, z⟩ + b_j), z the features in units of their spread: smooth, of order 1.
///
/// With m ≥ n + 2 waves in general position the function depends on all n features, and on no fewer combinations of them,
/// and it is not constant along any linear flow of them: what it is invariant under is what the features are.
#[derive(Debug, Clone)]
pub struct Waves {
    /// For each wave its weights, one a feature.
    weights: Vec<Vec<f64>>,
    phases: Vec<f64>,
    means: Vec<f64>,
    spreads: Vec<f64>,
}

impl Waves {
    /// Draws the function for features that `sample` draws.
    pub fn new(rng: &mut ChaCha8Rng, sample: impl Fn(&mut ChaCha8Rng) -> Vec<f64>) -> Self {
        let samples: Vec<Vec<f64>> = (0..MEASURED).map(|_| sample(rng)).collect();
        let n = samples.first().map_or(0, Vec::len);
        let mean = |of: &dyn Fn(&[f64]) -> f64| samples.iter().map(|z| of(z)).sum::<f64>() / MEASURED as f64;
        let means: Vec<f64> = (0..n).map(|i| mean(&|z| z[i])).collect();
        let spreads = (0..n).map(|i| mean(&|z| (z[i] - means[i]).powi(2)).sqrt()).collect();
        let weight = 1.0 / (n as f64).sqrt();
        let weights = (0..n + 2).map(|_| (0..n).map(|_| weight * normal(rng)).collect()).collect();
        let phases = (0..n + 2).map(|_| std::f64::consts::TAU * uniform(rng)).collect();
        Self { weights, phases, means, spreads }
    }

    /// The value at these features.
    pub fn at(&self, features: &[f64]) -> f64 {
        let z: Vec<f64> =
            features.iter().zip(&self.means).zip(&self.spreads).map(|((x, mean), spread)| (x - mean) / spread).collect();
        let wave = |w: &[f64], b: f64| (w.iter().zip(&z).map(|(w, z)| w * z).sum::<f64>() + b).sin();
        let sum: f64 = self.weights.iter().zip(&self.phases).map(|(w, &b)| wave(w, b)).sum();
        (2.0 / self.phases.len() as f64).sqrt() * sum
    }
}

/// `n` normal numbers with this spread.
pub fn normals(rng: &mut ChaCha8Rng, n: usize, spread: f64) -> Vec<f64> {
    (0..n).map(|_| spread * normal(rng)).collect()
}
