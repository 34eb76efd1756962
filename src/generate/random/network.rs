//! Random smooth functions: one hidden layer on a few features each.

use rand_chacha::ChaCha8Rng;

use super::draw::subset;
use semola_lie::random::{normal, uniform};

/// The shape of a hidden unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wave {
    Tanh,
    Sine,
}

/// The most features that one unit depends on.
const FEATURES: usize = 4;
/// Units of a network: one for each feature, within these bounds.
const UNITS: (usize, usize) = (10, 32);

/// A hidden unit: features with their weights, and an offset.
struct Unit {
    weights: Vec<(usize, f64)>,
    offset: f64,
}

/// φ ↦ A σ(W φ + b).
pub(super) struct Network {
    wave: Wave,
    units: Vec<Unit>,
    /// Of each output, the weights of the units.
    outputs: Vec<Vec<f64>>,
}

impl Network {
    /// A network of standardised features; a unit's weights have the length `roughness` in the mean, so that is its slope per
    /// standard deviation. Every feature is in at least one unit.
    pub(super) fn draw(features: usize, outputs: usize, (wave, roughness): (Wave, f64), rng: &mut ChaCha8Rng) -> Self {
        let count = features.clamp(UNITS.0, UNITS.1).max(outputs.min(2 * UNITS.1));
        let units = (0..count).map(|at| {
            let mut chosen = subset(rng, features, FEATURES.min(features));
            // Each feature in turn.
            if features > 0 && !chosen.contains(&(at % features)) {
                chosen[0] = at % features;
            }
            let scale = roughness / (chosen.len().max(1) as f64).sqrt();
            let weights = chosen.into_iter().map(|i| (i, scale * normal(rng))).collect();
            Unit { weights, offset: roughness * (2.0 * uniform(rng) - 1.0) }
        });
        let units: Vec<Unit> = units.collect();
        let outputs = (0..outputs).map(|_| (0..count).map(|_| normal(rng)).collect()).collect();
        Self { wave, units, outputs }
    }

    /// The same with sums of outputs in place of the outputs from `first` on: the `each`-th of every block, block by block with these
    /// weights.
    pub(super) fn combined(mut self, first: usize, each: usize, weights: &[f64]) -> Self {
        let blocks = self.outputs.split_off(first.min(self.outputs.len()));
        let (units, each) = (self.units.len(), each.max(1));
        for at in 0..each {
            let mut sum = vec![0.0; units];
            for (block, weight) in blocks.chunks_exact(each).zip(weights) {
                sum.iter_mut().zip(&block[at]).for_each(|(s, v)| *s += weight * v);
            }
            self.outputs.push(sum);
        }
        self
    }

    /// The outputs at these features.
    pub(super) fn at(&self, features: &[f64]) -> Vec<f64> {
        let values: Vec<f64> = self
            .units
            .iter()
            .map(|unit| {
                let sum = unit.offset + unit.weights.iter().map(|&(i, w)| w * features[i]).sum::<f64>();
                match self.wave {
                    Wave::Tanh => sum.tanh(),
                    Wave::Sine => sum.sin(),
                }
            })
            .collect();
        self.outputs.iter().map(|weights| weights.iter().zip(&values).map(|(w, v)| w * v).sum()).collect()
    }
}

/// Features to mean 0 and standard deviation 1; large values are compressed (asinh), which keeps them smooth.
#[derive(Default)]
pub(super) struct Standard {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Standard {
    /// Of the features of these rows.
    pub(super) fn fit(rows: &[Vec<f64>]) -> Self {
        let (n, width) = (rows.len().max(1) as f64, rows.first().map_or(0, Vec::len));
        let mean: Vec<f64> = (0..width).map(|i| rows.iter().map(|r| r[i]).sum::<f64>() / n).collect();
        let square = |i: usize| rows.iter().map(|r| (r[i] - mean[i]).powi(2)).sum::<f64>() / n;
        // Constant features stay as they are.
        let deviation = (0..width).map(|i| Some(square(i).sqrt()).filter(|s| *s > 1e-9).unwrap_or(1.0)).collect();
        Self { mean, deviation }
    }

    /// The standardised features.
    pub(super) fn apply(&self, features: &[f64]) -> Vec<f64> {
        let moments = self.mean.iter().zip(&self.deviation);
        features.iter().zip(moments).map(|(f, (m, s))| ((f - m) / s).asinh()).collect()
    }
}
