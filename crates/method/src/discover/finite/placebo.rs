//! Elements that are no symmetries of anything: the reference for every candidate.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::candidates::haar;
use super::moving::{Moving, Side};
use crate::fit::problem::shuffle;
use semola_lie::expm::expm;
use semola_lie::finite::Element;
use semola_lie::random::normal;

/// How many are drawn.
pub const PLACEBOS: usize = 79;

/// Random elements: uniform turns and mirrors in whitened coordinates; beside an accepted algebra stretched ones, since turns may be
/// symmetries; for images a permutation of all pixels.
pub struct Placebo<'a> {
    pub moving: &'a Moving,
    pub whitening: &'a DMatrix<f64>,
    pub unwhitening: &'a DMatrix<f64>,
    /// Whether an algebra was accepted.
    pub stretched: bool,
    /// Values of an input row, if it is an image.
    pub pixels: Option<usize>,
}

/// One placebo.
pub enum Drawn {
    Element(Element),
    Pixels(Vec<usize>),
}

impl Placebo<'_> {
    /// Draws one.
    pub fn draw(&self, rng: &mut ChaCha8Rng) -> Drawn {
        if let Some(width) = self.pixels {
            let mut order: Vec<usize> = (0..width).collect();
            shuffle(&mut order, rng);
            // As an element of finite order: a product of exchanges of pairs, like a mirror or half a turn.
            let mut from: Vec<usize> = (0..width).collect();
            order.chunks_exact(2).for_each(|pair| from.swap(pair[0], pair[1]));
            return Drawn::Pixels(from);
        }
        let k = self.whitening.nrows();
        let mut a = haar(k, rng.random_bool(0.5), rng);
        if self.stretched {
            let random = DMatrix::from_fn(k, k, |_, _| normal(rng));
            let mut s = &random + random.transpose();
            let mean = s.trace() / k as f64;
            s -= DMatrix::identity(k, k) * mean;
            let size = 0.5 * (k as f64).sqrt() / s.norm().max(1e-12);
            a *= expm(&(s * size));
        }
        Drawn::Element(self.moving.linear(self.unwhitening * a * self.whitening))
    }

    /// Rows moved by it.
    pub fn moved(&self, drawn: &Drawn, side: Side, rows: &[f32]) -> Vec<f32> {
        match drawn {
            Drawn::Element(element) => self.moving.moved(element, side, rows),
            Drawn::Pixels(from) if side == Side::Inputs => {
                rows.chunks_exact(from.len().max(1)).flat_map(|row| from.iter().map(|&i| row[i])).collect()
            }
            Drawn::Pixels(_) => rows.to_vec(),
        }
    }
}
