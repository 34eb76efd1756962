//! Known breakings, added to the targets to see how much of them the networks recover: sums of sines of the whitened inputs, or of
//! the places of points and of what stands out in images, averaged over these.

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use semola_engine::Layout;
use semola_lie::random::{normal, uniform};

use super::law::Law;

/// Sines per output.
const SINES: usize = 14;

/// How fast an injected breaking varies: radians per standard deviation of the inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Roughness {
    Smooth,
    Rough,
}

impl Roughness {
    fn frequency(self) -> f64 {
        match self {
            Self::Smooth => 1.0,
            Self::Rough => 2.0,
        }
    }

    /// In the names of checkpoints and streams.
    pub fn word(self) -> &'static str {
        match self {
            Self::Smooth => "smooth",
            Self::Rough => "rough",
        }
    }
}

/// A sum of random sines for each output.
pub struct Sines<'a> {
    law: &'a Law,
    layout: &'a Layout,
    /// Frequencies, phase and amplitude of each, output after output.
    terms: Vec<(Vec<f64>, f64, f64)>,
}

impl<'a> Sines<'a> {
    /// Draws them, for rows of this layout.
    pub fn draw(
        roughness: Roughness,
        (law, layout): (&'a Law, &'a Layout),
        outputs: usize,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let term = |rng: &mut ChaCha8Rng| {
            let direction: Vec<f64> = (0..law.coordinates(layout)).map(|_| normal(rng)).collect();
            let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-12);
            let frequencies = direction.iter().map(|v| v * roughness.frequency() / length).collect();
            (frequencies, std::f64::consts::TAU * uniform(rng), normal(rng))
        };
        Self { law, layout, terms: (0..SINES * outputs).map(|_| term(rng)).collect() }
    }

    /// The same, larger by a factor.
    #[must_use]
    pub fn times(mut self, factor: f64) -> Self {
        self.terms.iter_mut().for_each(|term| term.2 *= factor);
        self
    }

    /// Values for rows of inputs, end to end.
    pub fn at(&self, x: &[f32]) -> Vec<f32> {
        let row = |row: &[f32]| {
            let places = self.law.places(self.layout, row);
            let one = |(w, phase, amplitude): &(Vec<f64>, f64, f64)| {
                let at = |z: &[f64]| (w.iter().zip(z).map(|(w, z)| w * z).sum::<f64>() + phase).sin();
                amplitude * places.iter().map(|(weight, z)| weight * at(z)).sum::<f64>()
            };
            let sums = self.terms.chunks_exact(SINES).map(|terms| terms.iter().map(one).sum::<f64>() as f32);
            sums.collect::<Vec<_>>()
        };
        x.par_chunks_exact(self.layout.width.max(1)).flat_map_iter(row).collect()
    }
}
