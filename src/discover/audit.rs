//! The audit: plain networks find the directions along which they are equivariant on half of the groups, and judge each by
//! errors at rows of the other half that they have not been trained on.
//!
//! (G/ḡ + O) u = κ u in whitened coordinates; G is the Gram matrix of infinitesimal equivariance residuals on the first
//! half of the groups, O the off-support displacement. Eigenvectors by rising κ are the candidates.

use nalgebra::{DMatrix, DVector};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::ensemble::{Ensemble, rising_eigenvectors, robust_weights, weighted_gram};
use super::evidence::{Court, Evidence, Interval, bootstrap_mean, trimmed_mean};
use super::family::Family;
use super::folds::Folds;
use super::reach::Reach;
use super::support::Support;
use super::verdict::{Verdict, judge};
use crate::engine::Streams;
use crate::lie::random::normal;
use crate::train::Problem;
use crate::train::problem::shuffle;

/// Rows looked at; more do not sharpen the verdict, whose limit is the networks' own error.
const ROWS: usize = 4000;
/// Of these, so many for every direction are what derivatives are taken on, along each: more would cost as much as training.
const PER_DIRECTION: usize = 128;
/// Rows for fewer directions than these are no fewer.
const FEW: usize = 8;
/// Random directions that every candidate is compared with.
const RANDOM: usize = 79;
/// Rows on which random directions are judged.
const RANDOM_ROWS: usize = 500;
/// The natural off-support share is taken to be at least this: below it, the tangent spaces' own error rules.
pub const NATURAL_FLOOR: f64 = 0.02;
/// Rows on which the extent of accepted directions is measured.
const REACH_ROWS: usize = 1000;
/// Families of tests: the audit's own directions, and those that training proposes. The level is divided among them.
const FAMILIES: usize = 2;
/// Candidates looked at beyond the accepted ones.
const BEYOND: usize = 3;

/// One candidate direction with all that was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// Unit coefficients in whitened directions.
    pub u: Vec<f64>,
    /// Where it comes from: the audit's own eigenvectors, or the trained basis.
    pub trained: bool,
    pub evidence: Evidence,
    /// Share of random directions with no larger effect.
    pub p_value: f64,
    /// The same, adjusted for all directions that were tested (family-wise); 1 where it was not, being off the support.
    pub p_adjusted: f64,
    /// What is seen along it at each size of the coefficient, if it was accepted.
    pub reach: Reach,
    pub verdict: Verdict,
}

/// The audit's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    pub directions: Vec<Direction>,
    /// The accepted span, sharpened on all rows: orthonormal coefficients in whitened directions.
    pub span: Vec<Vec<f64>>,
    /// All directions from all rows, the least bad first: orthonormal coefficients in whitened directions.
    pub candidates: Vec<Vec<f64>>,
    /// Share of the target's variation that the networks explain on unseen rows (R², robust).
    pub skill: f64,
    /// Median effect of random directions.
    pub random_effect: f64,
    /// Median excess error of random directions.
    pub random_excess: f64,
}

impl Direction {
    /// Unit coefficients in whitened directions.
    pub fn vector(&self) -> DVector<f64> {
        vector(&self.u)
    }
}

impl Audit {
    /// The `rank` least bad directions.
    pub fn candidate_span(&self, rank: usize) -> Vec<DVector<f64>> {
        self.candidates.iter().take(rank).map(|u| vector(u)).collect()
    }

    /// Accepts a span as a whole: its group has passed a test of its own.
    pub fn accept(&mut self, span: &[DVector<f64>]) {
        let span = orthonormal(span);
        for d in &mut self.directions {
            if remainder(&d.vector(), &span).norm() < 0.5 {
                d.verdict = Verdict::Accepted;
            }
        }
        self.span = span.iter().map(|u| u.iter().copied().collect()).collect();
    }
}

/// Everything the audit looks at.
pub struct Bench<'a> {
    pub problem: &'a Problem,
    pub support: &'a Support,
    pub ensemble: &'a Ensemble,
    pub folds: &'a Folds,
    pub rows: &'a [usize],
    /// Directions that training proposes, unit coefficients in whitened directions.
    pub proposed: &'a [DVector<f64>],
    /// At least this many of the audit's own directions are judged.
    pub least: usize,
    pub confidence: f64,
    pub streams: &'a Streams,
}

/// Infinitesimal equivariance residuals and errors of rows, which every Gram matrix is made from.
struct Residuals<'a> {
    rows: &'a [usize],
    residuals: Vec<DMatrix<f64>>,
    errors: Vec<f64>,
}

impl<'a> Residuals<'a> {
    fn of(bench: &Bench<'_>, rows: &'a [usize]) -> Self {
        let residuals = bench.ensemble.residuals(bench.problem, rows, &bench.support.directions);
        Self { rows, residuals, errors: bench.errors(rows) }
    }

    /// G over those of the rows that are asked for.
    fn gram(&self, asked: impl Fn(usize) -> bool) -> DMatrix<f64> {
        let picked: Vec<usize> = (0..self.rows.len()).filter(|&at| asked(self.rows[at])).collect();
        let residuals: Vec<&DMatrix<f64>> = picked.iter().map(|&at| &self.residuals[at]).collect();
        let errors: Vec<f64> = picked.iter().map(|&at| self.errors[at]).collect();
        weighted_gram(&residuals, &robust_weights(&errors))
    }
}

/// What random directions do, and the rows on which they were judged.
struct Chance<'a, 'b> {
    court: &'a Court<'b>,
    /// Effect and excess of each.
    random: &'a [(f64, f64)],
}

impl Chance<'_, '_> {
    /// Share of random directions with no larger effect than this one on the same rows: (1 + those) / (1 + all).
    fn p_value(&self, l: &DMatrix<f64>, rng: &mut ChaCha8Rng) -> f64 {
        let (effect, _) = self.court.glance(l, rng);
        let worse = self.random.iter().filter(|r| r.0 > effect).count();
        (1 + self.random.len() - worse) as f64 / (1 + self.random.len()) as f64
    }
}

impl Bench<'_> {
    /// Runs the audit.
    pub fn audit(&self) -> Audit {
        let mut judged = self.rows.to_vec();
        shuffle(&mut judged, &mut self.streams.get("rows", 0));
        judged.truncate(ROWS);
        let second: Vec<usize> = judged.iter().copied().filter(|&i| self.folds.half(i) != 0).collect();
        let court = self.court(&second);
        let random_court = self.court(&second[..second.len().min(RANDOM_ROWS)]);
        let random: Vec<(f64, f64)> = (0..RANDOM).map(|i| self.random(&random_court, &judged, i as u64)).collect();
        let chance = Chance { court: &random_court, random: &random };
        let skill = self.skill(&judged);
        let many = (PER_DIRECTION * self.support.directions.len().max(FEW)).min(judged.len());
        let residuals = Residuals::of(self, &judged[..many]);
        let mut directions = self.own(&residuals.gram(|i| self.folds.half(i) == 0), &court, &chance);
        self.proposals(&court, &chance, &mut directions);
        let reach_court = self.court(&second[..second.len().min(REACH_ROWS)]).amid();
        for (i, d) in directions.iter_mut().enumerate().filter(|(_, d)| d.verdict == Verdict::Accepted) {
            let l = self.support.combine(&vector(&d.u));
            d.reach = Reach::measure(&reach_court, &l, &mut self.streams.get("reach", i as u64));
        }
        let accepted: Vec<DVector<f64>> =
            directions.iter().filter(|d| d.verdict == Verdict::Accepted).map(|d| vector(&d.u)).collect();
        let all: Vec<DVector<f64>> =
            rising_eigenvectors(self.pencil(&residuals.gram(|_| true))).into_iter().map(|(_, u)| u).collect();
        let span = if accepted.is_empty() { Vec::new() } else { sharpen(&accepted, &all) };
        let middle = |f: fn(&(f64, f64)) -> f64| super::ensemble::median(random.iter().map(f));
        Audit {
            directions,
            span: span.iter().map(|u| u.iter().copied().collect()).collect(),
            candidates: all.iter().map(|u| u.iter().copied().collect()).collect(),
            skill,
            random_effect: middle(|r| r.0),
            random_excess: middle(|r| r.1),
        }
    }

    fn court(&self, rows: &[usize]) -> Court<'_> {
        Court::new(self.ensemble, self.problem, rows, &|i| self.folds.fold(i), self.confidence)
    }

    fn errors(&self, rows: &[usize]) -> Vec<f64> {
        let p = self.problem;
        self.ensemble.errors(p, &p.gather_x(rows), &p.gather_y(rows), &self.folds.of(rows))
    }

    /// G/ḡ + O.
    fn pencil(&self, gram: &DMatrix<f64>) -> DMatrix<f64> {
        let mean = gram.trace() / gram.nrows().max(1) as f64;
        gram / mean.max(1e-300) + &self.support.off
    }

    fn off_support(&self, u: &DVector<f64>, rng: &mut ChaCha8Rng) -> Interval {
        let natural = self.support.natural.max(NATURAL_FLOOR);
        let share = |m: &DMatrix<f64>| (u.transpose() * m * u)[0] / natural;
        let rows: Vec<(usize, f64)> = self.support.per_row.iter().map(|(g, m)| (*g, share(m))).collect();
        bootstrap_mean(&rows, self.confidence, rng)
    }

    /// Effect and excess of a random direction.
    fn random(&self, court: &Court<'_>, rows: &[usize], index: u64) -> (f64, f64) {
        let mut rng = self.streams.get("random", index);
        let side = self.problem.x_layout.side;
        let affine = self.problem.x_layout.affine();
        let mut l = DMatrix::from_fn(side, side, |_, _| normal(&mut rng));
        if affine {
            l.row_mut(side - 1).fill(0.0);
        }
        let l = &l * (1.0 / super::support::relative_size(&l, self.problem, rows).max(1e-12));
        court.glance(&l, &mut rng)
    }

    fn hear(
        &self,
        court: &Court<'_>,
        chance: &Chance<'_, '_>,
        u: &DVector<f64>,
        family: &mut Family,
        (trained, index): (bool, u64),
    ) -> Direction {
        let mut rng = self.streams.get(if trained { "hear-trained" } else { "hear" }, index);
        let support = self.off_support(u, &mut rng);
        let l = self.support.combine(u);
        let evidence = court.hear(&l, support, &mut rng);
        let p_value = chance.p_value(&l, &mut rng);
        // What leaves the data is not tested, and has no say about those after it.
        let adjusted = if evidence.is_off_support() { 1.0 } else { family.adjust(p_value) };
        let verdict = judge(&evidence, adjusted, super::ensemble::median(chance.random.iter().map(|r| r.0)));
        if !matches!(verdict, Verdict::Accepted | Verdict::NotIdentifiable) {
            family.close();
        }
        let u = u.iter().copied().collect();
        Direction { u, trained, evidence, p_value, p_adjusted: adjusted, reach: Reach::default(), verdict }
    }

    fn own(&self, gram: &DMatrix<f64>, court: &Court<'_>, chance: &Chance<'_, '_>) -> Vec<Direction> {
        let mut out: Vec<Direction> = Vec::new();
        let mut family = Family::new(FAMILIES);
        for (i, (_, u)) in rising_eigenvectors(self.pencil(gram)).iter().enumerate() {
            let last = out.iter().rposition(|d| d.verdict == Verdict::Accepted).map_or(0, |p| p + 1);
            if i >= self.least && i >= last + BEYOND {
                break;
            }
            out.push(self.hear(court, chance, u, &mut family, (false, i as u64)));
        }
        out
    }

    /// What training proposes beyond the accepted directions.
    fn proposals(&self, court: &Court<'_>, chance: &Chance<'_, '_>, directions: &mut Vec<Direction>) {
        let mut family = Family::new(FAMILIES);
        for (i, proposed) in self.proposed.iter().enumerate() {
            let accepted: Vec<DVector<f64>> =
                directions.iter().filter(|d| d.verdict == Verdict::Accepted).map(|d| vector(&d.u)).collect();
            let rest = remainder(proposed, &accepted);
            if rest.norm() > 0.5 {
                directions.push(self.hear(court, chance, &rest.normalize(), &mut family, (true, i as u64)));
            }
        }
    }

    /// 1 − (error / spread)², both as means without the largest hundredth.
    fn skill(&self, rows: &[usize]) -> f64 {
        let width = self.problem.outputs();
        let y = self.problem.gather_y(rows);
        let mut mean = vec![0.0; width];
        for row in y.chunks_exact(width) {
            mean.iter_mut().zip(row).for_each(|(m, v)| *m += f64::from(*v) / rows.len() as f64);
        }
        let spread = y.chunks_exact(width).map(|r| r.iter().zip(&mean).map(|(v, m)| (f64::from(*v) - m).powi(2)).sum());
        let spread = trimmed_mean(spread.collect());
        1.0 - trimmed_mean(self.errors(rows).iter().map(|e| e * e).collect()) / spread.max(1e-300)
    }
}

/// The span again, from all rows: the lowest eigenvectors within reach of the accepted ones.
fn sharpen(accepted: &[DVector<f64>], all: &[DVector<f64>]) -> Vec<DVector<f64>> {
    let sharp: Vec<DVector<f64>> = all.iter().take(accepted.len()).cloned().collect();
    let agrees = accepted.iter().all(|a| remainder(a, &sharp).norm() < 0.3);
    if agrees { sharp } else { orthonormal(accepted) }
}

/// The part of a vector outside an orthonormalised span.
pub fn remainder(v: &DVector<f64>, span: &[DVector<f64>]) -> DVector<f64> {
    orthonormal(span).iter().fold(v.clone(), |r, s| &r - s * s.dot(&r))
}

/// Gram–Schmidt; dependent vectors are left out.
pub fn orthonormal(span: &[DVector<f64>]) -> Vec<DVector<f64>> {
    let mut out: Vec<DVector<f64>> = Vec::new();
    for v in span {
        let r = out.iter().fold(v.clone(), |r, s| &r - s * s.dot(&r));
        if r.norm() > 1e-9 * v.norm().max(1e-300) {
            out.push(r.normalize());
        }
    }
    out
}

fn vector(u: &[f64]) -> DVector<f64> {
    DVector::from_row_slice(u)
}
