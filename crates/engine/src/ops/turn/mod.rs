//! Kernels of a group convolution from what is learned of them: every kernel in all its turns.
//!
//! A field on a cyclic group has at each pixel a value for each turn. The kernel for turn r of the result is the learned
//! one turned by r in the plane, and reads turn g of a field where the learned one reads g − r (Cohen & Welling 2016). Turns
//! by 90° move the kernel's pixels onto each other. A turn by 45° takes them by bilinear interpolation; so that nothing is
//! cut off at the corners, kernels of that group live on a disc.

mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed};

use rayon::prelude::*;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A cyclic group of rotations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cyclic {
    #[default]
    C4,
    C8,
}

/// Channels that a kernel reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Plain channels, as those of an image.
    Image(usize),
    /// Channels that have a value for each turn.
    Field(usize),
}

impl Read {
    /// The number of channels.
    pub fn channels(&self) -> usize {
        match *self {
            Self::Image(channels) | Self::Field(channels) => channels,
        }
    }
}

/// How the kernels of a group convolution come about.
#[derive(Debug, Clone, PartialEq)]
pub struct Turns {
    /// Number of turns in the group.
    pub turns: usize,
    /// Channels of the result, each with a value for each turn.
    pub outputs: usize,
    /// By turn, for each value that a pixel holds: the value that the kernel reads where it is not turned.
    shifts: Vec<Vec<usize>>,
    /// By turn, for each pixel of the kernel: which pixels of the learned kernel it is made of, and their weights.
    stencils: Vec<Vec<Vec<(usize, f32)>>>,
}

impl Turns {
    /// Kernels of side `kernel` (odd) that read these channels, one after the other.
    pub fn new(group: Cyclic, kernel: usize, reads: &[Read], outputs: usize) -> Self {
        let turns = order(group);
        let stencils = (0..turns).map(|r| (0..kernel * kernel).map(|s| stencil(group, kernel, r, s)).collect());
        let shifts = (0..turns).map(|r| {
            let mut shift = Vec::new();
            for read in reads {
                let start = shift.len();
                match *read {
                    Read::Image(channels) => shift.extend(start..start + channels),
                    Read::Field(channels) => shift.extend((0..turns * channels).map(|at| {
                        let (g, c) = (at / channels, at % channels);
                        start + (g + turns - r) % turns * channels + c
                    })),
                }
            }
            shift
        });
        Self { turns, outputs, stencils: stencils.collect(), shifts: shifts.collect() }
    }

    /// Values that a pixel of the read image holds.
    pub fn depth(&self) -> usize {
        self.shifts[0].len()
    }

    /// Pixels of a kernel.
    pub fn pixels(&self) -> usize {
        self.stencils[0].len()
    }

    /// Learned values: kernel pixel, value read, output.
    pub fn learned(&self) -> usize {
        self.pixels() * self.depth() * self.outputs
    }

    /// Values of all kernels: kernel pixel, value read, turn, output.
    pub fn kernels(&self) -> usize {
        self.learned() * self.turns
    }

    /// Learned pixels that the kernels use.
    pub fn used(&self) -> usize {
        self.stencils[0].iter().filter(|s| !s.is_empty()).count()
    }

    /// The learned values that each value of the kernels is made of: at most four, with their weights.
    pub fn sources(&self, at: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let (o, rest) = (at % self.outputs, at / self.outputs);
        let (r, rest) = (rest % self.turns, rest / self.turns);
        let (i, s) = (rest % self.depth(), rest / self.depth());
        let from = self.shifts[r][i];
        self.stencils[r][s].iter().map(move |&(s, weight)| ((s * self.depth() + from) * self.outputs + o, weight))
    }
}

/// Number of turns in a group.
pub fn order(group: Cyclic) -> usize {
    match group {
        Cyclic::C4 => 4,
        Cyclic::C8 => 8,
    }
}

/// Pixels of the learned kernel that pixel `s` of the kernel turned `r` times is made of. Pixels are numbered column by column
/// from the left, from the top down.
fn stencil(group: Cyclic, kernel: usize, r: usize, s: usize) -> Vec<(usize, f32)> {
    let reach = (kernel / 2) as isize;
    let (mut x, mut y) = ((s / kernel) as isize - reach, reach - (s % kernel) as isize);
    let quarters = r / (order(group) / 4);
    for _ in 0..quarters {
        (x, y) = (y, -x);
    }
    let index = |x: isize, y: isize| (x + reach) as usize * kernel + (reach - y) as usize;
    // On the disc about the centre that touches the sides of the kernel; twice the radius is a whole number.
    let held = |x: isize, y: isize| match group {
        Cyclic::C4 => x.abs().max(y.abs()) <= reach,
        Cyclic::C8 => x.abs().max(y.abs()) <= reach && 4 * (x * x + y * y) <= (2 * reach + 1).pow(2),
    };
    if !held(x, y) {
        return Vec::new();
    }
    if r.is_multiple_of(order(group) / 4) {
        return vec![(index(x, y), 1.0)];
    }
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let (u, v) = ((x + y) as f64 * half, (y - x) as f64 * half);
    let (left, below) = (u.floor(), v.floor());
    let mut found = Vec::new();
    for (i, j) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let weight = (1.0 - (u - left - f64::from(i)).abs()) * (1.0 - (v - below - f64::from(j)).abs());
        let (x, y) = (left as isize + i as isize, below as isize + j as isize);
        if weight > 0.0 && held(x, y) {
            found.push((index(x, y), weight as f32));
        }
    }
    found
}

/// All kernels from the learned values.
pub fn forward(learned: &[f32], turns: &Turns) -> Vec<f32> {
    let mut out = vec![0.0; turns.kernels()];
    let (o, depth) = (turns.outputs, turns.depth());
    out.par_chunks_mut(depth * turns.turns * o).enumerate().for_each(|(s, out)| {
        for (i, out) in out.chunks_exact_mut(turns.turns * o).enumerate() {
            for (r, out) in out.chunks_exact_mut(o).enumerate() {
                for &(from, weight) in &turns.stencils[r][s] {
                    let at = (from * depth + turns.shifts[r][i]) * o;
                    out.iter_mut().zip(&learned[at..at + o]).for_each(|(k, l)| *k += weight * l);
                }
            }
        }
    });
    out
}

/// Adds to `grad` the gradient of the learned values, given the gradient `out` of all kernels.
pub fn backward(out: &[f32], turns: &Turns, grad: &mut [f32]) {
    let (o, depth) = (turns.outputs, turns.depth());
    grad.par_chunks_mut(depth * o).enumerate().for_each(|(from, grad)| {
        for (r, stencils) in turns.stencils.iter().enumerate() {
            let uses = stencils.iter().enumerate();
            let uses = uses.flat_map(|(s, held)| held.iter().filter(|(f, _)| *f == from).map(move |&(_, w)| (s, w)));
            for (s, weight) in uses {
                for (i, &shift) in turns.shifts[r].iter().enumerate() {
                    let at = ((s * depth + i) * turns.turns + r) * o;
                    grad[shift * o..(shift + 1) * o]
                        .iter_mut()
                        .zip(&out[at..at + o])
                        .for_each(|(g, k)| *g += weight * k);
                }
            }
        }
    });
}
