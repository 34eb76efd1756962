//! Choosing and testing the directions.
//!
//! (G/ḡ + O) u = κ u in whitened coordinates; G is the Gram matrix of infinitesimal equivariance residuals on the first
//! half of the groups, O the off-support displacement. Eigenvectors by ascending κ are the candidates.

use nalgebra::{DMatrix, DVector};
use rand_chacha::ChaCha8Rng;

use super::bootstrap::{Interval, bootstrap_mean};
use super::extent::ExtentScan;
use super::fixed_sequence::FixedSequence;
use super::judge::judge;
use super::neighbour_test::NeighbourTest;
use super::random::RandomDirections;
use super::{Audit, Direction, OUTSIDE, accepted_units, refined};
use crate::discover::ensemble::{Ensemble, row_spreads};
use crate::discover::folds::Folds;
use crate::discover::gram::{Residuals, rising_eigenvectors};
use crate::discover::span::remainder;
use crate::discover::support::Support;
use crate::discover::verdict::Verdict;
use crate::fit::problem::shuffle;
use crate::fit::{Problem, Session, TrainError};
use semola_engine::Streams;
use semola_engine::ops::loss::{self, Loss};
use semola_lie::statistics::{median, trimmed_mean};

/// Maximal number of rows; more do not improve the verdict, which is limited by the networks' own error.
const ROWS: usize = 4000;
/// Of these, the number of rows per direction on which derivatives are computed: more would cost as much as training.
const PER_DIRECTION: usize = 128;
/// Minimal number of directions in this count.
const FEW: usize = 8;
/// Rows on which random directions are tested.
const RANDOM_ROWS: usize = 500;
/// Rows on which the extent of accepted directions is measured.
const EXTENT_ROWS: usize = 500;
/// Sequences of tests: the audit's own directions, and those proposed by training. The level is divided among them.
const SEQUENCES: usize = 2;
/// Candidates tested beyond the accepted ones.
const BEYOND: usize = 3;

/// The inputs of the audit.
pub struct Auditor<'a> {
    pub problem: &'a Problem,
    pub support: &'a Support,
    pub ensemble: &'a Ensemble,
    pub folds: &'a Folds,
    pub rows: &'a [usize],
    /// Directions proposed by training, unit coefficients in whitened directions.
    pub proposed: &'a [DVector<f64>],
    /// At least this many of the audit's own directions are tested.
    pub least: usize,
    pub confidence: f64,
    pub streams: &'a Streams,
    pub session: &'a dyn Session,
}

impl Auditor<'_> {
    /// Runs the audit.
    ///
    /// # Errors
    /// If the run should stop.
    pub fn audit(&self) -> Result<Audit, TrainError> {
        let mut judged = self.rows.to_vec();
        shuffle(&mut judged, &mut self.streams.get("rows", 0));
        judged.truncate(ROWS);
        let second: Vec<usize> = judged.iter().copied().filter(|&i| self.folds.half(i) != 0).collect();
        let upto = |rows: usize| &second[..second.len().min(rows)];
        let random =
            RandomDirections::measure(self.test(upto(RANDOM_ROWS)), self.problem, &judged, self.streams, self.session)?;
        let many = (PER_DIRECTION * self.support.directions.len().max(FEW)).min(judged.len());
        let residuals =
            Residuals::of_each(self.ensemble, self.folds, self.problem, &judged[..many], &self.support.directions);
        let judge = Judge { auditor: self, test: self.test(&second), random };
        let mut directions = judge.own(&Residuals::crossed(&residuals, |i| self.folds.half(i) == 0))?;
        judge.proposals(&mut directions)?;
        self.measure_extents(&mut directions, upto(EXTENT_ROWS))?;
        let energy = self.pencil(&Residuals::crossed(&residuals, |_| true));
        let candidates: Vec<DVector<f64>> = rising_eigenvectors(energy.clone()).into_iter().map(|(_, u)| u).collect();
        let span = refined(&directions, &candidates);
        let random_excess = judge.random.excess();
        Ok(Audit { directions, span, candidates, energy, skill: self.skill(&judged), random_excess })
    }

    fn test(&self, rows: &[usize]) -> NeighbourTest<'_> {
        NeighbourTest::new(self.ensemble, self.problem, rows, self.folds, self.confidence)
    }

    /// Along each direction that may be accepted.
    fn measure_extents(&self, directions: &mut [Direction], rows: &[usize]) -> Result<(), TrainError> {
        let test = self.test(rows).in_the_interior();
        for (i, d) in directions.iter_mut().enumerate().filter(|(_, d)| d.is_plausible()) {
            self.session.go_on()?;
            let l = self.support.combine(&d.u);
            d.extents = ExtentScan::along(&test, &l, &mut self.streams.get("reach", i as u64));
        }
        Ok(())
    }

    /// G/ḡ + O.
    fn pencil(&self, gram: &DMatrix<f64>) -> DMatrix<f64> {
        let mean = gram.trace() / gram.nrows().max(1) as f64;
        gram / mean.max(1e-300) + &self.support.off
    }

    /// Off-support share of a direction over the natural one.
    fn off_support(&self, u: &DVector<f64>, rng: &mut ChaCha8Rng) -> Interval {
        let natural = self.support.natural_share();
        let share = |m: &DMatrix<f64>| (u.transpose() * m * u)[0] / natural;
        let rows: Vec<(usize, f64)> = self.support.per_row.iter().map(|(g, m)| (*g, share(m))).collect();
        bootstrap_mean(&rows, self.confidence, rng)
    }

    /// 1 − (error / spread)², both as trimmed means (without the largest 1 %), where the loss is a robust one by that loss.
    fn skill(&self, rows: &[usize]) -> f64 {
        if matches!(self.problem.loss, Loss::Mae | Loss::Huber) {
            return self.robust_skill(rows);
        }
        let spread = trimmed_mean(row_spreads(&self.problem.gather_y(rows), self.problem.outputs()));
        let errors = self.ensemble.unseen_errors(self.problem, rows, self.folds);
        1.0 - trimmed_mean(errors.iter().map(|e| e * e).collect()) / spread.max(1e-300)
    }

    /// 1 − the loss over that of the best constant (the median of each component), of absolute errors squared.
    fn robust_skill(&self, rows: &[usize]) -> f64 {
        let (problem, width) = (self.problem, self.problem.outputs());
        let y = problem.gather_y(rows);
        let middle = |o: usize| median(y.iter().skip(o).step_by(width.max(1)).map(|v| f64::from(*v))) as f32;
        let best: Vec<f32> = (0..width).map(middle).collect();
        let constant: Vec<f32> = best.iter().copied().cycle().take(y.len()).collect();
        let mean = |losses: Vec<f64>| losses.iter().sum::<f64>() / losses.len().max(1) as f64;
        let spread = mean(loss::rows(problem.loss, &constant, &y, width).into_iter().map(f64::from).collect());
        let left = mean(self.ensemble.losses(problem, rows, &self.folds.of(rows))) / spread.max(1e-300);
        1.0 - if problem.loss == Loss::Mae { left * left } else { left }
    }
}

/// What is needed to test a direction.
struct Judge<'a> {
    auditor: &'a Auditor<'a>,
    /// On rows of the second half.
    test: NeighbourTest<'a>,
    random: RandomDirections<'a>,
}

impl Judge<'_> {
    /// The audit's own directions, the best first, until several in a row were not accepted.
    fn own(&self, gram: &DMatrix<f64>) -> Result<Vec<Direction>, TrainError> {
        let mut out: Vec<Direction> = Vec::new();
        let mut sequence = FixedSequence::new(SEQUENCES);
        for (i, (_, u)) in rising_eigenvectors(self.auditor.pencil(gram)).into_iter().enumerate() {
            self.auditor.session.go_on()?;
            let last = out.iter().rposition(|d| d.verdict == Verdict::Accepted).map_or(0, |p| p + 1);
            if i >= self.auditor.least && i >= last + BEYOND {
                break;
            }
            let mut rng = self.auditor.streams.get("hear", i as u64);
            out.push(self.judge(u, false, &mut sequence, &mut rng));
        }
        Ok(out)
    }

    /// Directions proposed by training beyond the accepted ones.
    fn proposals(&self, directions: &mut Vec<Direction>) -> Result<(), TrainError> {
        let mut sequence = FixedSequence::new(SEQUENCES);
        for (i, proposed) in self.auditor.proposed.iter().enumerate() {
            self.auditor.session.go_on()?;
            let rest = remainder(proposed, &accepted_units(directions));
            if rest.norm() > OUTSIDE {
                let mut rng = self.auditor.streams.get("hear-trained", i as u64);
                directions.push(self.judge(rest.normalize(), true, &mut sequence, &mut rng));
            }
        }
        Ok(())
    }

    fn judge(&self, u: DVector<f64>, trained: bool, sequence: &mut FixedSequence, rng: &mut ChaCha8Rng) -> Direction {
        let support = self.auditor.off_support(&u, rng);
        let l = self.auditor.support.combine(&u);
        let measured = self.test.measure(&l, support, rng);
        let p_value = self.random.p_value(&l, rng);
        // What leaves the data is not tested, and has no say about those after it.
        let p_adjusted = if measured.is_off_support() { 1.0 } else { sequence.adjust(p_value) };
        let verdict = judge(&measured, p_adjusted, self.random.effect());
        if !matches!(verdict, Verdict::Accepted | Verdict::NotIdentifiable) {
            sequence.close();
        }
        Direction { u, trained, measured, p_value, p_adjusted, against: None, extents: ExtentScan::default(), verdict }
    }
}
