//! Rows and their images under random elements of a group, in pairs that are exchangeable where the group is a symmetry.
//!
//! A [`Movement`] moves every row by an element g, or with equal probability by its inverse, and says how targets at both ends are brought
//! together. Along groups that are continuous each is carried half way: with g = q², σ the action of q on targets, y ↦ σ y and f(g x) ↦
//! σ⁻¹ f(g x). Where elements have no root, those of moved rows are carried back all the way.

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

/// All rows moved once, each by an element of its own.
pub struct Moved {
    pub x: Vec<f32>,
    /// The weight of each pair.
    pub weights: Vec<f64>,
    pub carry: Box<dyn Carry>,
}

/// How targets of rows x, and of their images g x, are brought together; all rows end to end.
pub trait Carry: Send + Sync {
    /// Targets of x.
    fn here(&self, targets: &mut [f32]);
    /// Targets of g x. Under the symmetry they are then those of x on average.
    fn there(&self, targets: &mut [f32]);
    /// Differences of targets of x.
    fn differences_here(&self, values: &mut [f32]);
    /// What differences of targets of g x are multiplied by so that the product with a residual at x changes its sign when the ends are
    /// exchanged.
    fn differences_there(&self, values: &mut [f32]);
}

/// What moves rows.
pub trait Movement: Sync {
    /// Moves all of these rows.
    fn moved(&self, pairs: &Pairs<'_>, rng: &mut ChaCha8Rng) -> Moved;
}

/// By the squares of elements.
impl<G: GroupSource> Movement for G {
    fn moved(&self, pairs: &Pairs<'_>, rng: &mut ChaCha8Rng) -> Moved {
        pairs.moved_by_squares(self, rng)
    }
}

/// Elements that carry targets half way.
struct HalfWay {
    layout: Layout,
    elements: Elements,
    /// Without translations.
    linear: Elements,
}

impl Carry for HalfWay {
    fn here(&self, targets: &mut [f32]) {
        act_rows(&self.elements.g, &self.elements.inverse, &self.layout, targets);
    }

    fn there(&self, targets: &mut [f32]) {
        act_rows(&self.elements.inverse, &self.elements.g, &self.layout, targets);
    }

    fn differences_here(&self, values: &mut [f32]) {
        act_rows(&self.linear.g, &self.linear.inverse, &self.layout, values);
    }

    /// The residual is the same from both ends, and σ h(x) − σ⁻¹ h(g x) changes its sign.
    fn differences_there(&self, values: &mut [f32]) {
        act_rows(&self.linear.inverse, &self.linear.g, &self.layout, values);
    }
}

impl<'a> Pairs<'a> {
    /// Of these rows.
    pub fn new(problem: &'a Problem, law: Law, rows: Vec<usize>, folds: &Folds, rng: &mut ChaCha8Rng) -> Self {
        let mut x = problem.gather_x(&rows);
        resample(&problem.x_layout, rows.len(), &mut x, rng);
        let log_density = law.log_densities(&problem.x_layout, &x);
        Self { problem, law: Arc::new(law), folds: folds.of(&rows), rows, x, log_density }
    }

    /// Of other rows, which nothing resamples: for movements that map pixels to pixels.
    pub fn sharp(&self, rows: Vec<usize>, folds: &Folds) -> Self {
        let x = self.problem.gather_x(&rows);
        let log_density = self.law.log_densities(&self.problem.x_layout, &x);
        let (problem, law) = (self.problem, Arc::clone(&self.law));
        Self { problem, law, folds: folds.of(&rows), rows, x, log_density }
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

    /// Moves every row.
    pub fn moved(&self, by: &dyn Movement, rng: &mut ChaCha8Rng) -> Moved {
        by.moved(self, rng)
    }

    /// The weights of moved rows; `log_det` is log |det| of the linear part of each row's element.
    pub fn weights(&self, x: &[f32], log_det: impl Fn(usize) -> f64 + Sync) -> Vec<f64> {
        let layout = &self.problem.x_layout;
        let mut log_ratio = self.law.log_densities(layout, x);
        log_ratio.iter_mut().zip(&self.log_density).for_each(|(after, before)| *after -= before);
        let weight = |((i, row), log_ratio): ((usize, &[f32]), &f64)| {
            let log_ratio = log_ratio + self.law.log_volume(layout, row, log_det(i));
            if log_ratio.is_finite() { log_ratio.min(0.0).exp() } else { 0.0 }
        };
        let rows = x.par_chunks_exact(layout.width.max(1)).enumerate();
        rows.zip(&log_ratio).with_min_len(CHUNK).map(weight).collect()
    }

    /// Moves every row by the square of an element, or with equal probability by its inverse.
    fn moved_by_squares(&self, root: &dyn GroupSource, rng: &mut ChaCha8Rng) -> Moved {
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
        let ss = side * side;
        let log_det = |i: usize| determinant(&whole[i * ss..(i + 1) * ss], side, layout.linear).abs().max(1e-300).ln();
        let weights = self.weights(&x, log_det);
        let layout = self.problem.y_layout.clone();
        let linear = linear_parts(&half, &layout);
        Moved { x, weights, carry: Box::new(HalfWay { layout, elements: half, linear }) }
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
fn linear_parts(elements: &Elements, layout: &Layout) -> Elements {
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
