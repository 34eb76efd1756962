//! What is added to the clean labels.

use rand_chacha::ChaCha8Rng;

use semola_lie::random::{normal, uniform};

/// The distribution of the noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tails {
    /// There is no noise.
    None,
    Gaussian,
    /// Student's t with 3 degrees of freedom.
    Student,
}

/// Degrees of freedom of Student's t.
const FREEDOM: usize = 3;
/// How far outliers lie off, in standard deviations of the clean label.
const FAR: f64 = 10.0;

/// Noise and outliers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    pub tails: Tails,
    /// The clean labels' share of the variance, without outliers.
    pub share: f64,
    /// Share of labels that are outliers.
    pub outliers: f64,
}

impl Noise {
    /// A noisy label; its components together have variance 1 without noise.
    pub(super) fn apply(&self, clean: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
        let one = 1.0 / (clean.len().max(1) as f64).sqrt();
        let deviation = one * (1.0 / self.share - 1.0).max(0.0).sqrt();
        let wild = uniform(rng) < self.outliers;
        clean
            .iter()
            .map(|v| {
                let noise = match self.tails {
                    Tails::None => 0.0,
                    Tails::Gaussian => deviation * normal(rng),
                    Tails::Student => deviation * student(rng),
                };
                v + noise + if wild { FAR * one * normal(rng) } else { 0.0 }
            })
            .collect()
    }
}

/// Student's t, divided by its standard deviation √(ν / (ν − 2)).
fn student(rng: &mut ChaCha8Rng) -> f64 {
    let nu = FREEDOM as f64;
    let chi = (0..FREEDOM).map(|_| normal(rng).powi(2)).sum::<f64>();
    normal(rng) / (chi / nu).sqrt() / (nu / (nu - 2.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::stream::stream;
    use crate::generate::task::Split;

    #[test]
    fn noise_has_the_stated_share() {
        let mut rng = stream(1, "noise", Split::Test);
        for (tails, tolerance) in [(Tails::Gaussian, 0.05), (Tails::Student, 0.3)] {
            let noise = Noise { tails, share: 0.5, outliers: 0.0 };
            let values: Vec<f64> = (0..40_000).map(|_| noise.apply(&[0.0], &mut rng)[0]).collect();
            let variance = values.iter().map(|v| v * v).sum::<f64>() / 40_000.0;
            assert!((variance - 1.0).abs() < tolerance, "{tails:?} {variance}");
        }
        let clean = Noise { tails: Tails::None, share: 1.0, outliers: 0.0 };
        assert_eq!(clean.apply(&[1.5, -2.0], &mut rng), [1.5, -2.0]);
        let wild = Noise { outliers: 0.1, ..clean };
        let moved = (0..10_000).filter(|_| wild.apply(&[0.0], &mut rng)[0] != 0.0).count();
        assert!((900..1100).contains(&moved), "{moved}");
    }
}
