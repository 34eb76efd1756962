//! Random directions: the reference for every candidate.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::neighbour_test::NeighbourTest;
use crate::discover::support::relative_size;
use crate::fit::{Problem, Session, TrainError};
use semola_engine::Streams;
use semola_lie::random::normal;
use semola_lie::statistics::median;

/// Number of random directions.
const RANDOM: usize = 79;

/// The effects of random directions, and the test that measured them.
pub struct RandomDirections<'a> {
    test: NeighbourTest<'a>,
    /// Effect and excess of each.
    estimates: Vec<(f64, f64)>,
}

impl<'a> RandomDirections<'a> {
    /// Draws and measures them; each moves `rows` by their own size.
    ///
    /// # Errors
    /// If the run should stop.
    pub fn measure(
        test: NeighbourTest<'a>,
        problem: &Problem,
        rows: &[usize],
        streams: &Streams,
        session: &dyn Session,
    ) -> Result<Self, TrainError> {
        let estimate = |i: usize| {
            session.go_on()?;
            let mut rng = streams.get("random", i as u64);
            let l = direction(problem, rows, &mut rng);
            Ok(test.estimate(&l, &mut rng))
        };
        let estimates = (0..RANDOM).map(estimate).collect::<Result<_, TrainError>>()?;
        Ok(Self { test, estimates })
    }

    /// Share of random directions with no larger effect than this one on the same rows: (1 + those) / (1 + all).
    pub fn p_value(&self, l: &DMatrix<f64>, rng: &mut ChaCha8Rng) -> f64 {
        let (effect, _) = self.test.estimate(l, rng);
        let worse = self.estimates.iter().filter(|r| r.0 > effect).count();
        (1 + self.estimates.len() - worse) as f64 / (1 + self.estimates.len()) as f64
    }

    /// Their median effect.
    pub fn effect(&self) -> f64 {
        median(self.estimates.iter().map(|r| r.0))
    }

    /// Their median excess error.
    pub fn excess(&self) -> f64 {
        median(self.estimates.iter().map(|r| r.1))
    }
}

fn direction(problem: &Problem, rows: &[usize], rng: &mut ChaCha8Rng) -> DMatrix<f64> {
    let side = problem.x_layout.side;
    let affine = problem.x_layout.affine();
    let mut l = DMatrix::from_fn(side, side, |_, _| normal(rng));
    if affine {
        l.row_mut(side - 1).fill(0.0);
    }
    &l * (1.0 / relative_size(&l, &problem.x_layout, problem, rows).max(1e-12))
}
