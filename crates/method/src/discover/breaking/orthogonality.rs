//! The orthogonality test: a mean that is zero where a group is a symmetry, whatever the networks have learned.
//!
//! For functions f and h that have not seen the row, and g = q² from a law closed under inversion,
//!
//! T = E a ⟨σ y − ½(σ f(x) + σ⁻¹ f(g x)), σ h(x) − σ⁻¹ h(g x)⟩,
//!
//! where σ is the action of q on targets, which carries both ends half way, and a makes the pair (x, g x) exchangeable
//! ([`Law`](super::law::Law)). Under the symmetry E(y | g x) = σ² E(y | x): exchanging x and g x keeps the first factor and turns
//! the sign of the second, so that T = 0. With f = h it is half the growth of the squared error when rows are moved. With h = y
//! and f = 0 it is half the mean square of what moving changes, so that T is positive as far as h has learned a breaking.

use rayon::prelude::*;
use semola_engine::Streams;
use semola_lie::statistics::{Mean, median};

use super::pairs::{Moved, Movement, Pairs};
use crate::discover::ensemble::row_errors;

/// Outputs for rows of inputs, each by the network that has not seen the row; the second argument holds their folds.
pub type Outputs<'f> = dyn Fn(&[f32], &[usize]) -> Vec<f32> + Sync + 'f;

/// Residuals longer than this many times their median are shortened to it (Huber 1964): single wrong labels do not decide.
pub(super) const CLIP: f64 = 5.0;

/// The first factor.
pub enum First<'a> {
    /// σ y − ½(σ f(x) + σ⁻¹ f(g x)).
    Residual(&'a Outputs<'a>),
    /// The same with h for f.
    Same,
    /// σ times known values of each row.
    Known(&'a [f32]),
}

/// The statistic over rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    pub mean: Mean,
    /// Mean weight of the pairs.
    pub accepted: f64,
}

/// T over all rows, each moved `draws` times.
pub fn orthogonality(
    pairs: &Pairs<'_>,
    by: &dyn Movement,
    first: &First<'_>,
    h: &Outputs<'_>,
    draws: usize,
    streams: &Streams,
) -> Tested {
    let problem = pairs.problem;
    let width = problem.outputs().max(1);
    let hx = h(&pairs.x, &pairs.folds);
    let factor = Factor::new(first, &hx, pairs);
    let (mut t, mut accepted) = (vec![0.0; pairs.rows.len()], 0.0);
    for draw in 0..draws.max(1) {
        let moved = pairs.moved(by, &mut streams.get("pairs", draw as u64));
        let (mut here, mut there) = (hx.clone(), h(&moved.x, &pairs.folds));
        let r = factor.at(&moved, &there);
        moved.carry.differences_here(&mut here);
        moved.carry.differences_there(&mut there);
        let terms = r.par_chunks_exact(width).zip(here.par_chunks_exact(width)).zip(there.par_chunks_exact(width));
        let products = terms.map(|((r, h), b)| {
            r.iter().zip(h.iter().zip(b)).map(|(r, (h, b))| f64::from(*r) * f64::from(h - b)).sum::<f64>()
        });
        let products: Vec<f64> = products.collect();
        for ((t, product), a) in t.iter_mut().zip(products).zip(&moved.weights) {
            if product.is_finite() {
                *t += a * product / draws.max(1) as f64;
            }
        }
        accepted += moved.weights.iter().sum::<f64>();
    }
    let n = (pairs.rows.len() * draws.max(1)).max(1) as f64;
    let values = pairs.rows.iter().zip(&t).map(|(&i, &t)| (problem.group(i), t));
    Tested { mean: Mean::of(values), accepted: accepted / n }
}

/// The first factor with what does not depend on the element.
pub(super) struct Factor<'a> {
    first: &'a First<'a>,
    pairs: &'a Pairs<'a>,
    y: Vec<f32>,
    /// f(x).
    fx: Vec<f32>,
    longest: f64,
}

impl<'a> Factor<'a> {
    /// `hx` is h(x).
    pub(super) fn new(first: &'a First<'a>, hx: &[f32], pairs: &'a Pairs<'a>) -> Self {
        let fx = match first {
            First::Residual(f) => f(&pairs.x, &pairs.folds),
            First::Same => hx.to_vec(),
            First::Known(_) => return Self { first, pairs, y: Vec::new(), fx: Vec::new(), longest: f64::INFINITY },
        };
        let y = pairs.problem.gather_y(&pairs.rows);
        let width = pairs.problem.outputs().max(1);
        let lengths = row_errors(&fx, &y, width).into_iter();
        Self { longest: CLIP * median(lengths), first, pairs, y, fx }
    }

    /// One row of outputs per pair; `hgx` is h(g x).
    pub(super) fn at(&self, moved: &Moved, hgx: &[f32]) -> Vec<f32> {
        let mut r = match self.first {
            First::Known(values) => {
                let mut here = values.to_vec();
                moved.carry.differences_here(&mut here);
                return here;
            }
            First::Residual(f) => f(&moved.x, &self.pairs.folds),
            First::Same => hgx.to_vec(),
        };
        let (mut y, mut fx) = (self.y.clone(), self.fx.clone());
        moved.carry.here(&mut y);
        moved.carry.here(&mut fx);
        moved.carry.there(&mut r);
        r.iter_mut().zip(y.iter().zip(&fx)).for_each(|(r, (y, f))| *r = y - 0.5 * (f + *r));
        for row in r.chunks_exact_mut(self.pairs.problem.outputs().max(1)) {
            let length = row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
            if length > self.longest {
                let shorter = (self.longest / length) as f32;
                row.iter_mut().for_each(|v| *v *= shorter);
            }
        }
        r
    }
}

#[cfg(test)]
mod tests {
    use super::super::law::Law;
    use super::super::symmetrised::left_over;
    use super::*;
    use crate::discover::folds::Folds;
    use crate::fit::Problem;
    use crate::fit::groups::{Within, known_group};
    use nalgebra::DMatrix;
    use semola_engine::ops::loss::Loss;
    use semola_engine::{Form, Layout};
    use semola_lie::action::Action;
    use semola_lie::random::normal;

    const ROWS: usize = 4000;

    /// Planar vectors of an elongated law, and a target with noise: (x, noise) to y.
    fn problem(seed: u64, vector: bool, target: impl Fn([f32; 2], f32) -> Vec<f32>) -> Problem {
        let mut rng = Streams::new(seed).get("test", 0);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for _ in 0..ROWS {
            let row = [1.5 * normal(&mut rng) as f32, 0.7 * normal(&mut rng) as f32];
            y.extend(target(row, normal(&mut rng) as f32));
            x.extend(row);
        }
        let planar = Form { action: Action::Vector { dim: 2 }, axes: vec![2], ragged: false, translation_scale: 1.0 };
        let form = if vector { planar.clone() } else { Form::number() };
        let of = |form: Form| Layout::arrange((2, 2), &[form], None);
        Problem::new((x, of(planar)), (y, of(form)), None, Loss::Mse)
    }

    #[test]
    fn the_same_function_in_both_places_is_asked_once() {
        let p = problem(3, false, |x, e| vec![x[0] * x[0] + x[1] + 0.2 * e]);
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let f: &Outputs<'_> = &|x, _| {
            asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            x.chunks_exact(2).map(|x| x[0] * x[0] + 0.3 * x[1]).collect()
        };
        let group = known_group("so(2)", 1.0, 2).unwrap();
        let all: Vec<usize> = (0..ROWS).collect();
        let folds = Folds::deal(&p, &all, 3, "test", &mut Streams::new(5).get("folds", 0)).unwrap();
        let pairs = Pairs::new(&p, Law::of(&p, &all), all, &folds, &mut Streams::new(5).get("rows", 0));
        let of = |first: &First<'_>| {
            let tested = orthogonality(&pairs, &group.source, first, f, 2, &Streams::new(6));
            (tested, asked.swap(0, std::sync::atomic::Ordering::Relaxed))
        };
        let ((once, three), (twice, six)) = (of(&First::Same), of(&First::Residual(f)));
        assert_eq!((once, three, six), (twice, 3, 6));
        assert!(once.mean.value != 0.0);
    }

    fn test(problem: &Problem, f: &Outputs<'_>, h: &Outputs<'_>, weighted: bool) -> Tested {
        let group = known_group("so(2)", 1.0, 2).unwrap();
        if weighted { tested(problem, &group.source, f, h) } else { unweighted(problem, &group.source, f, h) }
    }

    fn tested(problem: &Problem, by: &dyn Movement, f: &Outputs<'_>, h: &Outputs<'_>) -> Tested {
        let law = Law::of(problem, &(0..ROWS).collect::<Vec<_>>());
        under(law, problem, by, f, h)
    }

    fn unweighted(problem: &Problem, by: &dyn Movement, f: &Outputs<'_>, h: &Outputs<'_>) -> Tested {
        under(Law::of(&flat_problem(), &[0, 1, 2, 3]), problem, by, f, h)
    }

    fn under(law: Law, problem: &Problem, by: &dyn Movement, f: &Outputs<'_>, h: &Outputs<'_>) -> Tested {
        let all: Vec<usize> = (0..ROWS).collect();
        let streams = Streams::new(5);
        let folds = Folds::deal(problem, &all, 3, "test", &mut streams.get("folds", 0)).unwrap();
        let pairs = Pairs::new(problem, law, all, &folds, &mut streams.get("rows", 0));
        orthogonality(&pairs, by, &First::Residual(f), h, 8, &streams)
    }

    /// An isotropic law: every pair has weight 1.
    fn flat_problem() -> Problem {
        let mut p = problem(1, false, |_, _| vec![0.0]);
        p.x = vec![1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0];
        p.rows = 4;
        p
    }

    /// Badly wrong networks, and inputs in few poses: only the weighted mean is zero.
    #[test]
    fn under_the_symmetry_the_mean_is_zero_for_any_networks_if_pairs_are_weighted() {
        let wrong = |x: &[f32], _: &[usize]| x.chunks_exact(2).map(|x| x[0] * x[0] - 0.3 * x[1]).collect::<Vec<_>>();
        let mut z = Vec::new();
        for seed in 0..12 {
            let p = problem(seed, false, |x, e| vec![x[0] * x[0] + x[1] * x[1] + 0.5 * e]);
            let weighted = test(&p, &wrong, &wrong, true);
            z.push(weighted.mean.z());
            let bare = test(&p, &wrong, &wrong, false);
            assert!(bare.accepted > 0.999 && bare.mean.z().abs() > 6.0, "{bare:?}");
            assert!((0.4..0.9).contains(&weighted.accepted), "{weighted:?}");
        }
        assert!(z.iter().all(|z| z.abs() < 3.0), "{z:?}");
        assert!(z.iter().map(|z| z * z).sum::<f64>() / 12.0 < 2.2, "{z:?}");
    }

    #[test]
    fn targets_may_turn_or_be_stretched() {
        // A field that turns with the point, seen by networks that are nowhere near it.
        let wrong =
            |x: &[f32], _: &[usize]| x.chunks_exact(2).flat_map(|x| [x[1] + 0.4, x[0] * x[1]]).collect::<Vec<_>>();
        for seed in 0..6 {
            let p = problem(seed, true, |x, e| vec![x[0] - 2.0 * x[1] + 0.3 * e, x[1] + 2.0 * x[0]]);
            let t = test(&p, &wrong, &wrong, true);
            assert!(t.mean.z().abs() < 3.5, "{t:?}");
            // Elements that are not orthogonal: a field that boosts with the point, (x, y) to |x² − y²| (y, x).
            let boosted = |x: [f32; 2], e: f32| {
                let s = (x[0] * x[0] - x[1] * x[1]).abs();
                vec![s * x[1] + 0.3 * e, s * x[0]]
            };
            let boost = Within { generators: vec![DMatrix::from_row_slice(2, 2, &[0.0, 1.0, 1.0, 0.0])], limit: 0.25 };
            let t = tested(&problem(seed, true, boosted), &boost, &wrong, &wrong);
            assert!(t.mean.z().abs() < 3.5, "{t:?}");
            let broken = |x: [f32; 2], e: f32| vec![x[1] + 0.3 * e + 0.3, x[0]];
            let constant = |x: &[f32], _: &[usize]| x.chunks_exact(2).flat_map(|_| [0.3, 0.0]).collect::<Vec<_>>();
            let t = tested(&problem(seed, true, broken), &boost, &constant, &constant);
            assert!(t.mean.value > 0.0, "{t:?}");
        }
    }

    #[test]
    fn a_broken_symmetry_is_seen_through_noise_and_wrong_labels() {
        let f = |x: &[f32], _: &[usize]| x.chunks_exact(2).map(|x| x[0] * x[0] + x[1] * x[1]).collect::<Vec<_>>();
        let h = |x: &[f32], _: &[usize]| x.chunks_exact(2).map(|x| 0.2 * x[0]).collect::<Vec<_>>();
        let broken = |x: [f32; 2], e: f32| {
            let wrong = if e > 2.3 { 1e4 } else { 0.0 };
            vec![x[0] * x[0] + x[1] * x[1] + 0.4 * x[0] + e + wrong]
        };
        let t = test(&problem(3, false, broken), &f, &h, true);
        assert!(t.mean.z() > 4.0, "{t:?}");
        let whole = |x: [f32; 2], e: f32| vec![x[0] * x[0] + x[1] * x[1] + e];
        let t = test(&problem(3, false, whole), &f, &h, true);
        assert!(t.mean.z().abs() < 3.0, "{t:?}");
    }

    /// y = |x|² + 0.5 x₀ and noise of variance 0.04: a symmetric function leaves the breaking 0.25 · 2.25 and the noise.
    #[test]
    fn the_symmetric_part_of_a_network_leaves_the_breaking_and_the_noise() {
        let p = problem(7, false, |x, e| vec![x[0] * x[0] + x[1] * x[1] + 0.5 * x[0] + 0.2 * e]);
        let all: Vec<usize> = (0..ROWS).collect();
        let streams = Streams::new(5);
        let folds = Folds::deal(&p, &all, 3, "test", &mut streams.get("folds", 0)).unwrap();
        let law = Law::of(&p, &all);
        let pairs = Pairs::new(&p, law, all, &folds, &mut streams.get("rows", 0));
        let exact = |x: &[f32], _: &[usize]| {
            x.chunks_exact(2).map(|x| x[0] * x[0] + x[1] * x[1] + 0.5 * x[0]).collect::<Vec<_>>()
        };
        let group = known_group("so(2)", 1.0, 2).unwrap();
        let left = left_over(&pairs, &group.source, &exact, &mut streams.get("elements", 0));
        let expected = 0.25 * 2.25 + 0.04;
        // Sixteen elements leave a sixteenth of the breaking's orbit variance in the mean.
        assert!((left.value - expected).abs() < 4.0 * left.error + 0.06, "{left:?}");
    }
}
