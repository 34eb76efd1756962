//! A quadratic form in many moments: how much breaking lies in the span of a [`Dictionary`].
//!
//! For each function φ of the dictionary and each unit vector e of the targets, with ψ = φ(x) σ e − φ(g x) σ⁻¹ e, the mean S of
//!
//! s = a ⟨σ y − ½(σ f(x) + σ⁻¹ f(g x)), ψ⟩
//!
//! is zero under the symmetry for the reason why T is ([`orthogonality`](super::orthogonality)). With the Gram matrix
//! B = ½ E a ψ ψᵀ and W = (B + λ)⁻¹,
//!
//! U = Σ_{i≠j} s_iᵀ W s_j / n(n − 1)
//!
//! is an unbiased estimate of Sᵀ W S, which lies between 0 and the energy ½ E a |σ b(x) − σ⁻¹ b(g x)|² of the breaking b: the part
//! of it that the dictionary sees. Its variance under the symmetry is 2 tr (W C)² / n², C the covariance of s: moments without a
//! breaking add noise by the square root of their number, where a network that has to learn the breaking first finds less than
//! all of it. (Tests by many moments: Bierens 1990, Econometrica 58, 1443; by their quadratic form: Muandet et al. 2020,
//! arXiv 2002.09225; estimates of quadratic functionals: Laurent & Massart 2000, Ann. Statist. 28, 1302.) λ is the one whose
//! bound is smallest where U is zero; U itself does not enter.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use semola_engine::Streams;
use semola_engine::ops::product::{View, product_here};
use semola_engine::ops::simd::add_scaled;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::BLIND;
use super::dictionary::Dictionary;
use super::injection::Injection;
use super::orthogonality::{Factor, First, Outputs};
use super::pairs::{Moved, Movement, Pairs};
use crate::discover::ensemble::row_squares;

/// Rows of outputs from which the Gram matrix is made.
const GRAM: usize = 24_000;
/// Rows that are worked on together.
const CHUNK: usize = 256;
/// Standard errors of a one-sided 95 % bound, and of a lower one at the level of the test.
const UPPER: f64 = 1.645;
const LOWER: f64 = 2.326;
/// Powers of ten of λ, in units of the mean eigenvalue of B.
const RIDGE: [f64; 2] = [-4.0, 1.0];
const RIDGES: usize = 11;

/// What the quadratic form says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quadratic {
    /// Standard errors above zero, of the normal variable that is as rare (Wilson & Hilferty 1931).
    pub z: f64,
    /// Energy of the breaking as far as the dictionary sees it, with a lower and an upper bound.
    pub value: f64,
    pub least: f64,
    pub most: f64,
    /// Share of the energy of an injected breaking that it sees: less than of most.
    pub seen: f64,
}

impl Quadratic {
    /// Nothing was seen, and nothing is excluded.
    const BLIND: Self = Self { z: 0.0, value: 0.0, least: 0.0, most: f64::INFINITY, seen: 0.0 };
}

/// Moments of the functions of a dictionary over all rows, each moved `draws` times.
pub struct Moments<'a> {
    pairs: &'a Pairs<'a>,
    by: &'a dyn Movement,
    dictionary: Dictionary<'a>,
    injections: Vec<Injection<'a>>,
    draws: usize,
    streams: Streams,
    /// What does not depend on the residuals: found with the first of them.
    known: OnceCell<Known>,
}

/// Sums over pairs that do not depend on residuals.
struct Sums {
    gram: DMatrix<f64>,
    /// Of each injected breaking: the mean moments over each half of the rows.
    injected: Vec<[DVector<f64>; 2]>,
    /// Its energy.
    energy: Vec<f64>,
}

/// The same in the eigenvectors of the Gram matrix.
struct Known {
    eigenvalues: DVector<f64>,
    vectors: DMatrix<f64>,
    injected: Vec<[DVector<f64>; 2]>,
    energy: Vec<f64>,
}

/// What a chunk of rows adds.
struct Part {
    gram: Option<DMatrix<f64>>,
    /// Columns: each injected breaking, over the first half of rows, then over the second.
    injected: DMatrix<f64>,
}

impl<'a> Moments<'a> {
    /// Of these functions; `injections` are known breakings, of which they see a share.
    pub fn new(
        pairs: &'a Pairs<'a>,
        by: &'a dyn Movement,
        (dictionary, injections): (Dictionary<'a>, Vec<Injection<'a>>),
        draws: usize,
        streams: Streams,
    ) -> Self {
        Self { pairs, by, dictionary, injections, draws: draws.max(1), streams, known: OnceCell::new() }
    }

    /// The quadratic form of what f leaves.
    pub fn of(&self, f: &Outputs<'_>) -> Quadratic {
        let mut sums = self.known.get().is_none().then(|| self.empty());
        let scores = self.scores(f, sums.as_mut());
        if let Some(sums) = sums {
            // Only set where it was empty.
            let _ = self.known.set(sums.rotated());
        }
        self.known.get().map_or(Quadratic::BLIND, |known| known.quadratic(self.pairs, &scores))
    }

    fn count(&self) -> usize {
        self.dictionary.len() * self.pairs.problem.outputs().max(1)
    }

    fn empty(&self) -> Sums {
        let (count, several) = (self.count(), self.injections.len());
        Sums {
            gram: DMatrix::zeros(count, count),
            injected: vec![[DVector::zeros(count), DVector::zeros(count)]; several],
            energy: vec![0.0; several],
        }
    }

    /// The moments of each row, end to end; adds to the sums that do not depend on f.
    fn scores(&self, f: &Outputs<'_>, mut sums: Option<&mut Sums>) -> Vec<f32> {
        let Self { pairs, dictionary, draws, .. } = self;
        let (problem, n, draws) = (pairs.problem, pairs.rows.len(), *draws);
        let (width, count) = (problem.outputs().max(1), self.count());
        let first = First::Residual(f);
        let factor = Factor::new(&first, &[], pairs);
        let here = dictionary.at(&pairs.x);
        let injections = if sums.is_some() { self.injections.as_slice() } else { &[] };
        let own: Vec<Vec<f32>> = injections.iter().map(|b| b.at(&pairs.x)).collect();
        let halves = halves(pairs);
        let sizes = [false, true].map(|half| halves.iter().filter(|h| **h == half).count().max(1) as f64);
        let for_gram = (GRAM / (n * width).max(1)).clamp(1, draws);
        let mut scores = vec![0.0; n * count];
        for draw in 0..draws {
            let moved = pairs.moved(self.by, &mut self.streams.get("pairs", draw as u64));
            let here_by = |values: &mut [f32]| moved.carry.differences_here(values);
            let there_by = |values: &mut [f32]| moved.carry.differences_there(values);
            let carried: Vec<Vec<f32>> = own.iter().map(|b| carried(b, &here_by)).collect();
            let pair = Pair {
                here: &here,
                there: &dictionary.at(&moved.x),
                units: units(&here_by, pairs, width),
                back: units(&there_by, pairs, width),
                residual: factor.at(&moved, &[]),
                injected: &carried,
                moved: &moved,
                halves: &halves,
                functions: dictionary.len(),
                width,
            };
            let with_gram = sums.is_some() && draw < for_gram;
            let chunks = scores.par_chunks_mut(CHUNK * count).enumerate();
            let parts: Vec<Part> = chunks.map(|(i, scores)| pair.part(i * CHUNK, scores, draws, with_gram)).collect();
            let Some(sums) = sums.as_deref_mut() else { continue };
            for part in parts {
                if let Some(gram) = part.gram {
                    sums.gram += gram / (2.0 * (n * for_gram) as f64);
                }
                for (b, both) in sums.injected.iter_mut().enumerate() {
                    for half in 0..2 {
                        let column = part.injected.column(half * injections.len() + b);
                        both[half] += column / (sizes[half] * draws as f64);
                    }
                }
            }
            if draw == 0 {
                for ((b, here), energy) in injections.iter().zip(&carried).zip(&mut sums.energy) {
                    *energy = energy_of(here, &self::carried(&b.at(&moved.x), &there_by), &moved, width);
                }
            }
        }
        scores
    }
}

impl Sums {
    fn rotated(self) -> Known {
        let eigen = self.gram.symmetric_eigen();
        let vectors = eigen.eigenvectors;
        let injected = self.injected.iter().map(|both| [0, 1].map(|half| vectors.transpose() * &both[half])).collect();
        Known { eigenvalues: eigen.eigenvalues, vectors, injected, energy: self.energy }
    }
}

impl Known {
    /// With the ridge whose bound is smallest where there is no breaking.
    fn quadratic(&self, pairs: &Pairs<'_>, scores: &[f32]) -> Quadratic {
        let count = self.eigenvalues.len();
        let by_group = by_group(pairs, scores, count);
        let (groups, n) = (by_group.nrows() as f64, pairs.rows.len().max(1) as f64);
        let rotated = by_group / n * &self.vectors;
        let mean = DVector::from_iterator(count, rotated.column_iter().map(|c| c.sum()));
        let covariance = rotated.transpose() * &rotated;
        let natural = self.eigenvalues.iter().map(|b| b.max(0.0)).sum::<f64>() / count.max(1) as f64;
        let few = groups / (groups - 1.0).max(1.0);
        let at = |ridge: f64| {
            let w = self.eigenvalues.map(|b| 1.0 / (b.max(0.0) + ridge * natural + 1e-300));
            let trace = w.iter().zip(covariance.diagonal().iter()).map(|(w, c)| w * c).sum::<f64>();
            let all = (0..count).flat_map(|i| (0..count).map(move |j| (i, j)));
            let square = all.map(|(i, j)| w[i] * w[j] * covariance[(i, j)].powi(2)).sum::<f64>();
            let square = (square - trace * trace / groups).max(1e-3 * square);
            let share = |(both, energy): (&[DVector<f64>; 2], &f64)| {
                let seen = (0..count).map(|i| w[i] * both[0][i] * both[1][i]).sum::<f64>();
                if *energy > 0.0 { (seen / energy).clamp(0.0, 1.0) } else { 0.0 }
            };
            let seen = usually_more(&self.injected.iter().zip(&self.energy).map(share).collect::<Vec<_>>());
            let form = (0..count).map(|i| w[i] * mean[i] * mean[i]).sum::<f64>();
            Ridged { form, trace, square, seen, few }
        };
        let step = (RIDGE[1] - RIDGE[0]) / (RIDGES - 1) as f64;
        let forms = (0..RIDGES).map(|i| at(10f64.powf(RIDGE[0] + step * i as f64)));
        let best = forms.min_by(|a, b| a.expected().total_cmp(&b.expected()));
        best.map_or(Quadratic::BLIND, |form| form.quadratic())
    }
}

/// The mean of shares less their standard deviation: each is known only roughly, so that the least of them says little. 1 without any.
fn usually_more(shares: &[f64]) -> f64 {
    if shares.is_empty() {
        return 1.0;
    }
    let n = shares.len() as f64;
    let mean = shares.iter().sum::<f64>() / n;
    let variance = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n;
    (mean - variance.sqrt()).max(0.0)
}

/// The form with one ridge.
struct Ridged {
    /// Sᵀ W S with the mean S over all rows.
    form: f64,
    /// tr W C and tr (W C)² of the covariance C of that mean.
    trace: f64,
    square: f64,
    seen: f64,
    /// Groups over one fewer.
    few: f64,
}

impl Ridged {
    /// Twice the squared standard error that comes with an energy, per energy: 4 Sᵀ W C W S with C like its mean direction.
    fn along(&self) -> f64 {
        self.square / self.trace.max(1e-300)
    }

    /// The bound z standard errors above (or, with a negative z, below) a value.
    fn bound(&self, value: f64, z: f64) -> f64 {
        let linear = 2.0 * z * z * self.along();
        let root = (linear * linear + z * z * 2.0 * self.square + 2.0 * linear * value).max(0.0).sqrt();
        value + linear + root.copysign(z)
    }

    /// The bound where there is no breaking, of all that is there.
    fn expected(&self) -> f64 {
        if self.seen >= BLIND * BLIND { self.bound(0.0, UPPER) / self.seen } else { f64::INFINITY }
    }

    fn quadratic(&self) -> Quadratic {
        let value = (self.form - self.trace) * self.few;
        let degrees = self.trace * self.trace / self.square.max(1e-300);
        let spread = 2.0 / (9.0 * degrees.max(1e-300));
        let z = if self.trace > 0.0 { ((self.form / self.trace).cbrt() - (1.0 - spread)) / spread.sqrt() } else { 0.0 };
        Quadratic {
            z,
            value,
            least: if value > 0.0 { self.bound(value, -LOWER) } else { 0.0 },
            most: self.bound(value.max(0.0), UPPER),
            seen: self.seen,
        }
    }
}

/// All rows with one element each.
struct Pair<'a> {
    here: &'a [f32],
    there: &'a [f32],
    /// σ e and σ⁻¹ e for each unit vector e, row by row.
    units: Vec<Vec<f32>>,
    back: Vec<Vec<f32>>,
    residual: Vec<f32>,
    /// σ b(x) of each injected breaking.
    injected: &'a [Vec<f32>],
    moved: &'a Moved,
    halves: &'a [bool],
    functions: usize,
    width: usize,
}

impl Pair<'_> {
    /// The second factors of the rows from `start` on, times the root of their weights: a row for each row and output, with all functions
    /// of one unit vector after those of the other.
    fn factors(&self, start: usize, rows: usize) -> Vec<f32> {
        let (functions, width) = (self.functions, self.width);
        let mut psi = vec![0.0; rows * width * functions * width];
        for (i, own) in psi.chunks_exact_mut((functions * width).max(1)).enumerate() {
            let (at, o) = (start + i / width, i % width);
            let root = self.moved.weights[at].sqrt() as f32;
            let [here, there] = [self.here, self.there].map(|all| &all[at * functions..(at + 1) * functions]);
            for (c, own) in own.chunks_exact_mut(functions).enumerate() {
                let [e, back] = [&self.units, &self.back].map(|u| root * u[c][at * width + o]);
                for (value, (here, there)) in own.iter_mut().zip(here.iter().zip(there)) {
                    let v = here * e - there * back;
                    *value = if v.is_finite() { v } else { 0.0 };
                }
            }
        }
        psi
    }

    fn part(&self, start: usize, scores: &mut [f32], draws: usize, with_gram: bool) -> Part {
        let (width, count) = (self.width, self.functions * self.width);
        let rows = scores.len() / count.max(1);
        let psi = self.factors(start, rows);
        let root = |at: usize| self.moved.weights[at].sqrt();
        for (i, psi) in psi.chunks_exact(count.max(1)).enumerate() {
            let (row, o) = (i / width, i % width);
            let at = start + row;
            let factor = (root(at) * f64::from(self.residual[at * width + o]) / draws as f64) as f32;
            if factor.is_finite() {
                add_scaled(factor, psi, &mut scores[row * count..(row + 1) * count]);
            }
        }
        let several = self.injected.len();
        let mut known = vec![0.0; rows * width * 2 * several];
        for (i, known) in known.chunks_exact_mut((2 * several).max(1)).enumerate() {
            let (at, o) = (start + i / width, i % width);
            let half = usize::from(self.halves[at]) * several;
            for (known, b) in known[half..half + several].iter_mut().zip(self.injected) {
                let value = root(at) as f32 * b[at * width + o];
                *known = if value.is_finite() { value } else { 0.0 };
            }
        }
        let psi = View::new(&psi, rows * width, count);
        let times = |other: View<'_>, columns: usize| {
            let mut out = vec![0.0; count * columns];
            product_here(psi.t(), other, &mut out, false);
            DMatrix::from_row_iterator(count, columns, out.into_iter().map(f64::from))
        };
        let injected = times(View::new(&known, rows * width, 2 * several), 2 * several);
        Part { injected, gram: with_gram.then(|| times(psi, count)) }
    }
}

/// Each unit vector of the targets, carried for every row.
fn units(by: &dyn Fn(&mut [f32]), pairs: &Pairs<'_>, width: usize) -> Vec<Vec<f32>> {
    let unit = |c: usize| {
        let all: Vec<f32> = (0..pairs.rows.len() * width).map(|i| f32::from(u8::from(i % width == c))).collect();
        carried(&all, by)
    };
    (0..width).map(unit).collect()
}

/// Outputs of all rows, carried.
fn carried(values: &[f32], by: &dyn Fn(&mut [f32])) -> Vec<f32> {
    let mut values = values.to_vec();
    by(&mut values);
    values
}

/// ½ E a |σ b(x) − σ⁻¹ b(g x)|².
fn energy_of(here: &[f32], there: &[f32], moved: &Moved, width: usize) -> f64 {
    let one = |(square, weight): (f64, &f64)| if square.is_finite() { 0.5 * weight * square } else { 0.0 };
    row_squares(here, there, width).zip(&moved.weights).map(one).sum::<f64>() / moved.weights.len().max(1) as f64
}

/// Whether each row belongs to the second half; rows of one group are in the same.
fn halves(pairs: &Pairs<'_>) -> Vec<bool> {
    let mut seen = BTreeMap::new();
    let groups = pairs.rows.iter().map(|&row| pairs.problem.group(row));
    let number = |group| {
        let next = seen.len();
        *seen.entry(group).or_insert(next)
    };
    groups.map(number).map(|number| number % 2 == 1).collect()
}

/// The sums of moments over the rows of each group.
fn by_group(pairs: &Pairs<'_>, scores: &[f32], count: usize) -> DMatrix<f64> {
    let mut places = BTreeMap::new();
    let mut all: Vec<f64> = Vec::new();
    for (row, scores) in pairs.rows.iter().zip(scores.chunks_exact(count.max(1))) {
        let next = places.len();
        let at = *places.entry(pairs.problem.group(*row)).or_insert(next);
        all.resize(places.len() * count, 0.0);
        all[at * count..].iter_mut().zip(scores).for_each(|(sum, s)| *sum += f64::from(*s));
    }
    DMatrix::from_row_slice(places.len(), count, &all)
}

#[cfg(test)]
mod tests {
    use super::super::law::Law;
    use super::*;
    use crate::discover::folds::Folds;
    use crate::fit::Problem;
    use crate::fit::groups::known_group;
    use semola_engine::ops::loss::Loss;
    use semola_engine::{Form, Layout};
    use semola_lie::action::Action;
    use semola_lie::random::normal;

    const ROWS: usize = 1500;

    /// Planar vectors of an elongated law, and a target with noise.
    fn problem(seed: u64, target: impl Fn([f32; 2], f32) -> Vec<f32>) -> Problem {
        let mut rng = Streams::new(seed).get("test", 0);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for _ in 0..ROWS {
            let row = [1.2 * normal(&mut rng) as f32, 0.8 * normal(&mut rng) as f32];
            y.extend(target(row, normal(&mut rng) as f32));
            x.extend(row);
        }
        let planar = Form { action: Action::Vector { dim: 2 }, axes: vec![2], ragged: false, translation_scale: 1.0 };
        let form = if y.len() > ROWS { planar.clone() } else { Form::number() };
        let of = |form: Form| Layout::arrange((2, 2), &[form], None);
        Problem::new((x, of(planar)), (y, of(form)), None, Loss::Mse)
    }

    fn form(problem: &Problem, f: &Outputs<'_>) -> (Quadratic, f64) {
        let all: Vec<usize> = (0..ROWS).collect();
        let streams = Streams::new(5);
        let folds = Folds::deal(problem, &all, 3, "test", &mut streams.get("folds", 0)).unwrap();
        let pairs = Pairs::new(problem, Law::of(problem, &all), all, &folds, &mut streams.get("rows", 0));
        let outputs = problem.outputs();
        let dictionary =
            Dictionary::draw(&pairs.law, &problem.x_layout, &pairs.x, outputs, &mut streams.get("dictionary", 0));
        let group = known_group("so(2)", 1.0, 2).unwrap();
        let moved = pairs.moved(&group.source, &mut streams.get("accepted", 0));
        let accepted = moved.weights.iter().sum::<f64>() / ROWS as f64;
        (Moments::new(&pairs, &group.source, (dictionary, Vec::new()), 6, streams).of(f), accepted)
    }

    /// Badly wrong networks: under the symmetry the form is as large as its noise, for numbers and for fields that turn.
    #[test]
    fn under_the_symmetry_the_form_is_noise() {
        let wrong = |x: &[f32], _: &[usize]| x.chunks_exact(2).map(|x| x[0] * x[0] - 0.3 * x[1]).collect::<Vec<_>>();
        let field =
            |x: &[f32], _: &[usize]| x.chunks_exact(2).flat_map(|x| [x[1] + 0.4, x[0] * x[1]]).collect::<Vec<_>>();
        let z = |seed| {
            let number = problem(seed, |x, e| vec![x[0] * x[0] + x[1] * x[1] + 0.5 * e]);
            let turning = problem(seed, |x, e| vec![x[0] - 2.0 * x[1] + 0.3 * e, x[1] + 2.0 * x[0]]);
            [form(&number, &wrong).0.z, form(&turning, &field).0.z]
        };
        let all: Vec<f64> = (0..6).flat_map(z).collect();
        assert!(all.iter().all(|z| z.abs() < 3.5), "{all:?}");
        assert!(all.iter().map(|z| z * z).sum::<f64>() / 12.0 < 2.5, "{all:?}");
    }

    /// y = |x|² + c x₀ + e with c = 0.2: the energy ½ E a (c x₀ − c (g x)₀)² is about c² E x₀² of the pairs that count.
    #[test]
    fn a_breaking_is_measured_through_noise() {
        let f = |x: &[f32], _: &[usize]| x.chunks_exact(2).map(|x| x[0] * x[0] + x[1] * x[1]).collect::<Vec<_>>();
        for seed in 0..4 {
            let p = problem(seed, |x, e| vec![x[0] * x[0] + x[1] * x[1] + 0.2 * x[0] + 0.5 * e]);
            let (q, accepted) = form(&p, &f);
            let energy = 0.04 * accepted;
            assert!(q.z > 2.5 && q.least < energy && q.most > 0.75 * energy, "{q:?} {energy}");
            assert!((q.value - energy).abs() < 0.7 * energy, "{q:?} {energy}");
            let whole = problem(seed, |x, e| vec![x[0] * x[0] + x[1] * x[1] + 0.5 * e]);
            let (q, accepted) = form(&whole, &f);
            assert!(q.z < 3.0 && q.most < 0.03 * accepted, "{q:?}");
        }
    }

    #[test]
    fn most_injected_breakings_are_seen_better_than_stated() {
        assert!((usually_more(&[0.5, 0.3, 0.7]) - (0.5 - (0.08f64 / 3.0).sqrt())).abs() < 1e-12);
        assert_eq!([usually_more(&[]), usually_more(&[0.4]), usually_more(&[0.0, 0.0, 0.9])], [1.0, 0.4, 0.0]);
    }

    #[test]
    fn a_form_with_many_degrees_of_freedom_is_normal() {
        let of = |form| Ridged { form, trace: 100.0, square: 100.0, seen: 0.5, few: 1.0 };
        let q = of(100.0 + 2.0 * 200f64.sqrt()).quadratic();
        assert!((q.z - 1.95).abs() < 0.1, "{q:?}");
        let form = of(130.0);
        let (low, high) = (form.bound(30.0, -1.645), form.bound(30.0, 1.645));
        for end in [low, high] {
            // The ends are where the value lies as many standard errors away as asked for.
            let sd = (200.0 + 4.0 * end).sqrt();
            assert!(((end - 30.0).abs() / sd - 1.645).abs() < 1e-9, "{low} {high}");
        }
        assert!((form.expected() - form.bound(0.0, UPPER) / 0.5).abs() < 1e-12);
    }
}
