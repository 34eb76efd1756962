//! The same evidence for single movements, such as elements of finite order: with the plain networks, nothing more is trained.

use semola_engine::Streams;

use super::measure::{Seen, drawn_moments, explained};
use super::orthogonality::{First, Outputs, orthogonality};
use super::pairs::{Movement, Pairs};
use super::reference::{LEAST, centred};
use super::screen::{FAMILIAR, Screen};
use super::{Basis, Breaking};
use crate::discover::ensemble::Ensemble;

/// Rows on which movements are tested.
const ROWS: usize = 4000;

/// What movements are tested on.
pub struct Singles<'a> {
    pairs: Pairs<'a>,
    plain: &'a Ensemble,
    /// Variance that the plain networks explain.
    explained: f64,
    streams: Streams,
}

impl<'a> Singles<'a> {
    /// On the first of these rows.
    pub fn new(screen: &'a Screen<'a>, rows: &[usize], streams: Streams) -> Self {
        let findings = screen.findings;
        let rows = rows[..rows.len().min(ROWS)].to_vec();
        let pairs = screen.all.sharp(rows, &findings.folds);
        let (explained, _) = explained(screen.discovery, findings, &[&findings.plain], &pairs.rows);
        Self { pairs, plain: &findings.plain, explained, streams }
    }

    /// What the target varies by where movements of no meaning are accepted, half the mean squared change; at most what is explained.
    pub fn varies(&self, by: &dyn Movement) -> f64 {
        let (problem, of_plain) = (self.pairs.problem, self.of_plain());
        let y = centred(&problem.gather_y(&self.pairs.rows), problem.outputs());
        let moved = orthogonality(&self.pairs, by, &First::Known(&y), &of_plain, 1, &self.streams.scope("varies"));
        self.within(moved.mean.value / moved.accepted.max(1e-300))
    }

    /// A variation, which is at most what is explained.
    pub fn within(&self, varies: f64) -> f64 {
        varies.clamp(LEAST * self.explained, self.explained)
    }

    /// What the rows say against a movement, each row being moved `draws` times; `varies` is what the target varies by without meaning.
    /// Of images only what the errors of the networks say, which bounds nothing.
    pub fn measure(&self, by: &dyn Movement, draws: usize, (basis, varies): (Basis, f64)) -> Breaking {
        let Self { pairs, streams, .. } = self;
        let of_plain: &Outputs<'_> = &self.of_plain();
        let tested = orthogonality(pairs, by, &First::Same, of_plain, draws, &streams.scope("pairs"));
        let familiar = tested.accepted > FAMILIAR;
        let amount = varies * tested.accepted.max(1e-3);
        let seen = if pairs.law.has_images() {
            Seen::Errors
        } else {
            Seen::Moments(drawn_moments((pairs, by), self.plain, draws, streams).of(of_plain), None)
        };
        let accepted = Breaking {
            accepted: tested.accepted,
            rows: pairs.rows.len(),
            ..seen.excluded((tested.mean, familiar), amount)
        };
        Breaking { basis, ..accepted }
    }

    fn of_plain(&self) -> impl Fn(&[f32], &[usize]) -> Vec<f32> + Sync + use<'a> {
        let (plain, problem) = (self.plain, self.pairs.problem);
        move |x, folds| plain.unseen(problem, x, folds)
    }
}
