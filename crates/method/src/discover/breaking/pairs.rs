//! Rows and their images under random elements of a group, in pairs that are exchangeable where the group is a symmetry.

use std::sync::Arc;

use nalgebra::DMatrix;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use semola_engine::Layout;
use semola_engine::ops::augment::determinant;
use semola_engine::ops::augment::expm::multiply_add;
use semola_lie::action::Action;

use super::law::Law;
use crate::discover::folds::Folds;
use crate::fit::Problem;
use crate::fit::problem::{act_rows, gather};
use crate::motion::{Elements, GroupSource};

/// Rows that are weighted together.
const CHUNK: usize = 256;
/// Root mean square shift, in pixels, by which the images that moved ones are compared with are resampled: interpolation
/// blurs both alike.
const RESAMPLED: f64 = 0.5;

/// Rows to be moved.
pub struct Pairs<'a> {
    pub problem: &'a Problem,
    pub law: Arc<Law>,
    pub rows: Vec<usize>,
    /// Of each row.
    pub folds: Vec<usize>,
    /// Inputs, images resampled.
    pub x: Vec<f32>,
    log_density: Vec<f64>,
}

/// All rows moved once, each by the square of an element of its own.
pub struct Moved {
    /// The elements whose squares moved the rows: they carry targets of x, and their inverses those of the moved row, half way.
    pub half: Elements,
    pub x: Vec<f32>,
    /// The weight of each pair.
    pub weights: Vec<f64>,
}

impl<'a> Pairs<'a> {
    /// Of these rows.
    pub fn new(problem: &'a Problem, law: Law, rows: Vec<usize>, folds: &Folds, rng: &mut ChaCha8Rng) -> Self {
        let mut x = problem.gather_x(&rows);
        resample(&problem.x_layout, rows.len(), &mut x, rng);
        let layout = &problem.x_layout;
        let log_density = law.log_densities(layout, &x);
        Self { problem, law: Arc::new(law), folds: folds.of(&rows), rows, x, log_density }
    }

    /// The rows of one fold only.
    pub fn of_fold(&self, fold: usize) -> Self {
        let kept: Vec<usize> = (0..self.rows.len()).filter(|&i| self.folds[i] == fold).collect();
        self.kept(&kept)
    }

    /// The first rows, at most so many.
    pub fn first(&self, most: usize) -> Self {
        let kept: Vec<usize> = (0..self.rows.len().min(most)).collect();
        self.kept(&kept)
    }

    /// The rows at these places.
    fn kept(&self, kept: &[usize]) -> Self {
        Self {
            problem: self.problem,
            law: Arc::clone(&self.law),
            rows: kept.iter().map(|&i| self.rows[i]).collect(),
            folds: kept.iter().map(|&i| self.folds[i]).collect(),
            x: gather(&self.x, self.problem.inputs(), kept),
            log_density: kept.iter().map(|&i| self.log_density[i]).collect(),
        }
    }

    /// Moves every row by the square of an element, or with equal probability by its inverse.
    pub fn moved(&self, root: &dyn GroupSource, rng: &mut ChaCha8Rng) -> Moved {
        let layout = &self.problem.x_layout;
        let (side, n) = (layout.side, self.rows.len());
        let mut half = root.elements(rng, n);
        let pairs = half.g.chunks_exact_mut(side * side).zip(half.inverse.chunks_exact_mut(side * side));
        for (g, inverse) in pairs {
            if rng.random_bool(0.5) {
                g.swap_with_slice(inverse);
            }
        }
        let [whole, inverse] = [&half.g, &half.inverse].map(|all| squares(all, side));
        // Images as they are: what moves is interpolated once.
        let mut x = self.problem.gather_x(&self.rows);
        act_rows(&whole, &inverse, layout, &mut x);
        let rows = x.par_chunks_exact(layout.width.max(1)).zip(whole.par_chunks_exact(side * side));
        let mut log_ratio = self.law.log_densities(layout, &x);
        log_ratio.iter_mut().zip(&self.log_density).for_each(|(after, before)| *after -= before);
        let weight = |((row, g), log_ratio): ((&[f32], &[f32]), &f64)| {
            let log_det = determinant(g, side, layout.linear).abs().max(1e-300).ln();
            let log_ratio = log_ratio + self.law.log_volume(layout, row, log_det);
            if log_ratio.is_finite() { log_ratio.min(0.0).exp() } else { 0.0 }
        };
        let weights = rows.zip(&log_ratio).with_min_len(CHUNK).map(weight).collect();
        Moved { half, x, weights }
    }
}

/// Moves images by about half a pixel; other fields stay.
fn resample(layout: &Layout, n: usize, x: &mut [f32], rng: &mut ChaCha8Rng) {
    let Some(image) = layout.segments.iter().find_map(|s| match s.action {
        Action::Pixels(image) => Some(image),
        _ => None,
    }) else {
        return;
    };
    // A matrix of independent entries of standard deviation s moves a point at distance 1 by s √2.
    let s = RESAMPLED / image.pixels_per_unit() / 2.0_f64.sqrt();
    let side = layout.side;
    let linear = |rng: &mut ChaCha8Rng| {
        DMatrix::from_fn(side, side, |i, j| {
            let own = if i == j { 1.0 } else { 0.0 };
            if i < layout.linear && j < layout.linear { own + s * semola_lie::random::normal(rng) } else { own }
        })
    };
    let elements = Elements::of((0..n).map(|_| linear(rng)));
    let only_images = Layout {
        segments: layout.segments.iter().filter(|s| matches!(s.action, Action::Pixels(_))).cloned().collect(),
        ..layout.clone()
    };
    act_rows(&elements.g, &elements.inverse, &only_images, x);
}

/// Each matrix times itself.
fn squares(all: &[f32], side: usize) -> Vec<f32> {
    let mut out = vec![0.0; all.len()];
    for (g, square) in all.chunks_exact(side * side).zip(out.chunks_exact_mut(side * side)) {
        multiply_add(g, g, square, side);
    }
    out
}

/// The same elements without translations: how they act on differences of targets.
pub fn linear_parts(elements: &Elements, layout: &Layout) -> Elements {
    let (side, linear) = (layout.side, layout.linear);
    let of = |all: &[f32]| {
        let mut out = all.to_vec();
        if side > linear {
            out.chunks_exact_mut(side * side).for_each(|g| (0..linear).for_each(|i| g[i * side + linear] = 0.0));
        }
        out
    };
    Elements { g: of(&elements.g), inverse: of(&elements.inverse) }
}
