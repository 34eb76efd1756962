//! The evidence on one element, from rows of the second half: does the error grow when rows are moved by it, and do networks that were
//! trained on different rows disagree about moved rows more than about rows as they are?
//!
//! The first measure is that of the audit (`audit/neighbour_test.rs`) with one element in place of a one-parameter group. It contains
//! the noise of the labels, which hides false elements. The second, D(g) = mean |f_s(g x) − g f_t(x)|² for networks s ≠ t, does not; but
//! networks that have not learned what breaks a symmetry agree. So the labels are asked as well (`breaking/single.rs`), as for directions.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::candidates::{Candidate, LEAST_MOVED, Source};
use super::moving::{Moving, Side};
use super::paired::Paired;
use super::placebo::{Drawn, PLACEBOS, Placebo};
use super::rows::Shuffle;
use crate::discover::audit::neighbour_test::NeighbourTest;
use crate::discover::breaking::{Basis, Breaking, Singles};
use crate::discover::ensemble::{Predictor, row_squares};
use crate::discover::folds::Folds;
use crate::fit::Problem;
use crate::fit::problem::shuffle;
use semola_engine::Streams;
use semola_lie::finite::Element;
use semola_lie::statistics::{Mean, median, trimmed_mean};

/// Rows on which elements are judged, and on which they are compared with placebos.
pub const ROWS: usize = 2000;
const PLACEBO_ROWS: usize = 500;
/// Placebos that say what the target varies by where it is moved without meaning.
const MEANINGLESS: u64 = 24;
/// Moves from this displacement on change as much as placebos do; a mirror of one of five coordinates has 0.4, a turn of a plane by 30° at
/// most 0.13.
const FAR: f64 = 0.35;

/// What was measured of an element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Effect size a, ½ for a symmetry.
    pub effect: Mean,
    /// Share of moved rows that stay inside the data.
    pub inside: f64,
    /// D(g), over the least of what placebos and a shuffle of the same components do.
    pub relative: Mean,
    /// D(g) over the networks' own disagreement.
    pub over_own: Mean,
    /// Share of placebos with no larger effect, on the same rows.
    pub p_value: f64,
    /// Median effect of placebos.
    pub placebo: f64,
    /// Whether moving the same components at random changes nothing: the function does not feel them.
    pub flat: bool,
    /// What the target varies by when only what the element moves is replaced by another row's.
    pub felt: f64,
}

/// What all courts share.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    pub problem: &'a Problem,
    pub moving: &'a Moving,
    pub whitening: &'a DMatrix<f64>,
    pub folds: &'a Folds,
    pub placebo: &'a Placebo<'a>,
    /// Asks the labels; nearest rows do without.
    pub singles: Option<&'a Singles<'a>>,
}

/// Judges elements by one kind of predictor.
pub struct Court<'a> {
    problem: &'a Problem,
    moving: &'a Moving,
    whitening: &'a DMatrix<f64>,
    all: Sample<'a>,
    few: Sample<'a>,
    /// Effect and D of each placebo.
    placebos: Vec<(f64, f64)>,
    /// For each row another one.
    other: Vec<usize>,
    interior: bool,
    /// With what the target varies by under placebos.
    singles: Option<(&'a Singles<'a>, f64)>,
}

/// A neighbour test with what the two networks say about its rows.
struct Sample<'a> {
    test: NeighbourTest<'a>,
    /// By a network that was trained on the row.
    seen: Vec<f32>,
    /// Of each row, the disagreement about the row as it is.
    own: Vec<f64>,
}

impl<'a> Sample<'a> {
    fn new(predictor: &'a dyn Predictor, problem: &'a Problem, rows: &[usize], folds: &Folds, interior: bool) -> Self {
        let test = NeighbourTest::new(predictor, problem, rows, folds, 0.95);
        let test = if interior { test.in_the_interior() } else { test };
        let (x, _) = test.data();
        let next: Vec<usize> = test.folds().iter().map(|f| (f + 1) % predictor.folds().max(1)).collect();
        let seen = predictor.unseen(problem, x, &next);
        let unseen = predictor.unseen(problem, x, test.folds());
        let own = row_squares(&unseen, &seen, problem.outputs()).collect();
        Self { test, seen, own }
    }
}

impl<'a> Court<'a> {
    /// A court on these rows; `interior`: only rows that are moved amid the data count.
    pub fn new(
        predictor: &'a dyn Predictor,
        bench: Bench<'a>,
        rows: &[usize],
        interior: bool,
        streams: &Streams,
    ) -> Self {
        let Bench { problem, moving, whitening, folds, placebo, singles } = bench;
        let rows = &rows[..rows.len().min(ROWS)];
        let all = Sample::new(predictor, problem, rows, folds, interior);
        let few = Sample::new(predictor, problem, &rows[..rows.len().min(PLACEBO_ROWS)], folds, interior);
        let mut other: Vec<usize> = (0..rows.len()).collect();
        shuffle(&mut other, &mut streams.get("other", 0));
        let singles = singles.map(|s| (s, varies(s, placebo, moving, streams)));
        let mut court = Self { problem, moving, whitening, all, few, placebos: Vec::new(), other, interior, singles };
        court.placebos = (0..PLACEBOS).map(|i| court.placebo(placebo, &mut streams.get("placebo", i as u64))).collect();
        court
    }

    fn placebo(&self, placebo: &Placebo<'_>, rng: &mut ChaCha8Rng) -> (f64, f64) {
        let (x, y) = self.few.test.data();
        let drawn = placebo.draw(rng);
        let moved = |side: Side, rows: &[f32]| placebo.moved(&drawn, side, rows);
        let (effects, d) =
            self.compare(&self.few, &moved(Side::Inputs, x), &moved(Side::Targets, y), &|f| moved(Side::Targets, f));
        (effects.0.value, trimmed(&d.0))
    }

    /// Effect and share inside; squared disagreements of the rows that count, and what the networks' own are next to these.
    #[expect(clippy::type_complexity, reason = "two measures, each with its reference")]
    fn compare(
        &self,
        sample: &Sample<'_>,
        gx: &[f32],
        gy: &[f32],
        targets: &dyn Fn(&[f32]) -> Vec<f32>,
    ) -> ((Mean, f64), (Vec<(usize, f64)>, Vec<f64>)) {
        let compared = sample.test.compare_moved(gx, gy);
        let said = targets(&sample.seen);
        let d: Vec<f64> = row_squares(&compared.outputs, &said, self.problem.outputs()).collect();
        let rows = sample.test.rows();
        let counted = compared.neighbours.iter();
        let there = counted.clone().map(|&(i, _)| (self.problem.group(rows[i]), d[i])).collect();
        let own = counted.map(|&(_, n)| sample.own[n]).collect();
        ((Mean::of(compared.effects), compared.inside), (there, own))
    }

    /// The evidence on an element that moves rows so far (see [`Misfit::displacement`](super::misfit::Misfit::displacement)): small moves are
    /// compared with what small ones change.
    pub fn hear(&self, element: &Element, displacement: f64) -> Evidence {
        let moved = |side: Side, rows: &[f32]| self.moving.moved(element, side, rows);
        let of = |sample: &Sample<'_>| {
            let (x, y) = sample.test.data();
            self.compare(sample, &moved(Side::Inputs, x), &moved(Side::Targets, y), &|f| moved(Side::Targets, f))
        };
        let ((effect, inside), (d, own)) = of(&self.all);
        let ((few, _), _) = of(&self.few);
        let no_worse = self.placebos.iter().filter(|p| p.0 <= few.value).count();
        let (placebo, placebo_d) =
            (median(self.placebos.iter().map(|p| p.0)), median(self.placebos.iter().map(|p| p.1)));
        let (flat, shuffled, usual) = self.shuffled(element, placebo_d);
        let d = Mean::trimmed(d);
        let over = |reference: f64| {
            let reference = reference.max(1e-300);
            Mean { value: d.value / reference, error: d.error / reference }
        };
        Evidence {
            effect,
            inside,
            relative: over(moved_so_far(placebo_d, displacement).min(shuffled)),
            over_own: over(trimmed_mean(own)),
            p_value: (1 + no_worse) as f64 / (1 + self.placebos.len()) as f64,
            placebo,
            flat,
            felt: (0.5 * (shuffled - usual)).max(0.0),
        }
    }

    /// Whether the function ignores what the element moves, D of replacing that by another row's, and the networks' own.
    fn shuffled(&self, element: &Element, placebo: f64) -> (bool, f64, f64) {
        let (x, y) = self.all.test.data();
        let other = Shuffle::of(element, self.moving, self.problem, self.whitening);
        let x = other.apply(x, self.problem.inputs(), &self.other);
        let ((effect, _), (d, own)) = self.compare(&self.all, &x, y, &<[f32]>::to_vec);
        let (d, own) = (trimmed(&d), trimmed_mean(own));
        (effect.high() <= super::judge::NEGLIGIBLE && d <= (4.0 * own).max(0.02 * placebo), d, own)
    }

    /// What the labels say of a candidate; nothing where they are not asked.
    pub fn ask(&self, candidate: &Candidate, evidence: &Evidence) -> Option<Breaking> {
        let (singles, varies) = self.singles?;
        let by = Paired::new(self.moving, [&candidate.element]);
        // A row is moved by an element or its inverse.
        let draws = if by.is_involution() { 1 } else { 2 };
        let basis = match candidate.source {
            Source::Catalogue | Source::Exchange | Source::Component => Basis::Exact,
            Source::Axes | Source::Frame | Source::Search | Source::Product => Basis::Estimated,
        };
        let varies = moved_so_far(varies, candidate.displacement).min(evidence.felt);
        Some(singles.measure(&by, draws, (basis, singles.within(varies))))
    }

    /// Whether nearest rows predict, and only rows that are moved amid the data count.
    pub fn is_of_nearest_rows(&self) -> bool {
        self.interior
    }

    /// Whether the element moves neither inputs nor targets.
    pub fn has_no_effect(&self, element: &Element) -> bool {
        let (x, y) = self.few.test.data();
        self.moving.has_no_effect(element, x, y)
    }
}

/// What moves without meaning that are so far change, from what placebos do: that of small moves grows with their square.
fn moved_so_far(by_placebos: f64, displacement: f64) -> f64 {
    by_placebos * (displacement.max(LEAST_MOVED) / FAR).min(1.0)
}

/// What the target varies by under placebos; without limit for images, whose placebos are no elements.
fn varies(singles: &Singles<'_>, placebo: &Placebo<'_>, moving: &Moving, streams: &Streams) -> f64 {
    let drawn = (0..MEANINGLESS).filter_map(|i| match placebo.draw(&mut streams.get("meaningless", i)) {
        Drawn::Element(element) => Some(element),
        Drawn::Pixels(_) => None,
    });
    let elements: Vec<Element> = drawn.collect();
    if elements.is_empty() { f64::INFINITY } else { singles.varies(&Paired::new(moving, &elements)) }
}

fn trimmed(rows: &[(usize, f64)]) -> f64 {
    trimmed_mean(rows.iter().map(|r| r.1).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_moves_are_compared_with_what_small_moves_change() {
        let of = |displacement| moved_so_far(2.0, displacement);
        assert_eq!([FAR, 1.0, 2.0].map(of), [2.0; 3]);
        assert!((of(0.2 * FAR) - 0.4).abs() < 1e-12);
        assert_eq!(of(0.0), of(LEAST_MOVED));
    }
}
