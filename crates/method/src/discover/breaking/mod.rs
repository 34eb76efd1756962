//! How much of the target breaks a group: the orthogonality test, and a bound on the breaking that the rows do not exclude.
//!
//! | file | what it does |
//! |---|---|
//! | `law`, `mixture`, `pairs` | moves rows, with weights that make the pairs exchangeable for any law of the inputs |
//! | `orthogonality` | the statistic T, zero under the symmetry whatever the networks have learned |
//! | `residual` | networks that learn what networks trained along the group leave |
//! | `reference` | how much the target varies along moves as large: what a breaking is measured by |
//! | `dictionary`, `quadratic` | many functions of the inputs, and a quadratic form in their moments: an estimate of the breaking without networks that learn it |
//! | `injection` | known breakings, to see how much of one the networks recover |
//! | `symmetrised` | what the symmetric part of a network leaves: a bound without any networks that see a breaking |
//! | `screen` | T from the plain networks alone, before anything is trained |
//! | `measure` | all of it, for a claim |
//! | `single` | for single movements, without more networks |

mod dictionary;
mod injection;
mod law;
mod measure;
mod mixture;
mod orthogonality;
mod pairs;
mod quadratic;
mod reference;
mod residual;
mod screen;
mod single;
mod symmetrised;

use orthogonality::Tested;

#[cfg(test)]
pub use law::Law;
pub use measure::{Claim, measure};
#[cfg(test)]
pub use orthogonality::{First, orthogonality};
pub use pairs::{Carry, Moved, Movement, Pairs};
use screen::FAMILIAR;
pub use screen::Screen;
pub use single::Singles;

/// Standard errors of T above which a symmetry is refuted at a level of 5 %: 1.645 √2, because two rows of different folds
/// meet twice in T, which at most doubles its variance.
const LEVEL: f64 = 2.326;
/// The same for the one-sided 95 % bound.
const BOUND: f64 = 2.326;
/// Standard errors of T from which plain networks contradict one of many directions, and nothing is trained along a group.
const CONTRADICTED: f64 = 3.0;
/// Share of the tolerance below which a breaking is that of the basis or of the moving itself, and refutes nothing: of any basis, of one
/// in estimated coordinates, and where basis and moving are exact and the evidence is plain. (The law of the inputs is fitted.)
const NEGLIGIBLE: f64 = 0.1;
const NEGLIGIBLE_ESTIMATED: f64 = 0.25;
const NEGLIGIBLE_EXACT: f64 = 0.01;
/// Standard errors from which evidence is plain.
const PLAIN: f64 = 4.0;
/// Tolerances up to which a claim is approximate, in units of the tolerance: 5 % where that is 2 %.
pub(super) const APPROXIMATE: f64 = 2.5;
/// Share of an injected breaking below which the networks do not see what they are asked about.
const BLIND: f64 = 0.1;

/// What the rows say against a claimed group.
#[derive(Debug, Clone, PartialEq)]
pub struct Breaking {
    /// Standard errors of T above zero.
    pub z: f64,
    /// The estimated share of the target's variation along moves as large that breaks the group, and a bound that it lies below with 95 %
    /// confidence.
    pub share: f64,
    pub bound: f64,
    /// Lower bound of the share, at the test's level.
    pub least: f64,
    /// Share of an injected breaking's amplitude that networks recover, the smaller of two.
    pub seen: f64,
    /// Mean weight of the pairs: how much of the moved rows lies where the data are.
    pub accepted: f64,
    /// Rows that were moved.
    pub rows: usize,
    /// How well basis and moving are known.
    pub basis: Basis,
    /// Of each of the claim's directions, in their order.
    pub directions: Vec<Against>,
    /// Of each part of the group, where it has several: whether no breaking beyond the tolerance is left open.
    pub parts: Vec<bool>,
    /// Standard errors by which the loss on unseen rows is larger after training along the group than before; `None` where nothing was
    /// trained, because the plain networks' errors contradict the group.
    pub worse: Option<f64>,
}

/// How well the basis of a claim is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Of a standard algebra in its own coordinates: however small a breaking refutes it, if it is plain.
    Exact,
    /// Of an algebra with a name in coordinates that were estimated: those that are a little off break a little.
    Estimated,
    /// Directions of the audit.
    Free,
}

/// What the rows say against one direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Against {
    /// Standard errors of T above zero.
    pub z: f64,
    /// Bounds of the share of the target's variation that breaks it, as far as networks know the target: a lower one at the test's level, and an
    /// upper one.
    pub least: f64,
    pub most: f64,
    /// Mean weight of the pairs.
    pub accepted: f64,
}

impl Against {
    /// From the statistic; `level` standard errors count, `varies` is what the target varies by along such moves.
    fn of(tested: Tested, level: f64, varies: f64) -> Self {
        let (mean, all) = (tested.mean, varies * tested.accepted.max(1e-3));
        let least = (mean.value - level * mean.error) / all;
        let most = (mean.value.max(0.0) + BOUND * mean.error) / all;
        Self { z: mean.z(), least, most, accepted: tested.accepted }
    }

    /// Whether the errors of plain networks contradict it, by more than the tolerance and where moved rows are familiar to them.
    fn is_contradicted(&self, tolerance: f64) -> bool {
        self.accepted > FAMILIAR && self.z > CONTRADICTED && self.least > tolerance
    }
}

/// What follows for the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// No breaking beyond the tolerance.
    Holds,
    /// No breaking is seen, but only one of a few times the tolerance is excluded.
    Approximate,
    /// The rows contradict it.
    Broken,
    /// They do not exclude a large breaking.
    Open,
}

impl Breaking {
    /// The outcome for a tolerance, a share of the target's variation.
    pub fn outcome(&self, tolerance: f64) -> Outcome {
        if self.breaks_as_a_whole(tolerance) || self.breaks_along_one(tolerance) {
            // However small: of many directions some change any function little.
            Outcome::Broken
        } else if self.bound <= tolerance {
            Outcome::Holds
        } else if self.bound <= APPROXIMATE * tolerance {
            Outcome::Approximate
        } else {
            Outcome::Open
        }
    }

    fn breaks_as_a_whole(&self, tolerance: f64) -> bool {
        self.z > LEVEL && self.least > self.negligible(self.z) * tolerance
    }

    /// With what the rows say against a part of the group: the worse counts.
    fn with_part(self, part: Self, tolerance: f64) -> Self {
        let is_worse = match (part.outcome(tolerance), self.outcome(tolerance)) {
            (_, Outcome::Broken) => false,
            (Outcome::Broken, _) => true,
            _ => part.bound > self.bound,
        };
        let holds = matches!(part.outcome(tolerance), Outcome::Holds | Outcome::Approximate);
        let Self { directions, worse, mut parts, .. } = self;
        parts.push(holds);
        if is_worse { Self { directions, worse, parts, ..part } } else { Self { directions, worse, parts, ..self } }
    }

    /// Whether the rows contradict one direction by itself. Beside others that vary the target more, such as rotations beside shifts of
    /// an image, it disappears in the group's own share.
    fn breaks_along_one(&self, tolerance: f64) -> bool {
        self.contradicted().into_iter().any(|i| self.is_large(i, tolerance))
    }

    /// The directions that the test refutes one by one (Holm 1979), by their places.
    pub fn contradicted(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.directions.len()).collect();
        order.sort_by(|&a, &b| self.directions[b].z.total_cmp(&self.directions[a].z));
        let count = order.len();
        let level = |rank: usize| std::f64::consts::SQRT_2 * upper_quantile(0.05 / (count - rank) as f64);
        let failing = order.into_iter().enumerate().take_while(|(rank, i)| self.directions[*i].z > level(*rank));
        failing.map(|(_, i)| i).collect()
    }

    /// The directions that the test refutes, each as if it were the only one, or of which no bound within the tolerance is known; by their
    /// places.
    pub fn doubted(&self, tolerance: f64) -> Vec<usize> {
        let stands = |d: &Against| d.z <= LEVEL && d.most <= tolerance;
        (0..self.directions.len()).filter(|&i| !stands(&self.directions[i])).collect()
    }

    /// Whether a direction breaks by more than is negligible.
    fn is_large(&self, direction: usize, tolerance: f64) -> bool {
        let d = &self.directions[direction];
        d.least > self.negligible(d.z) * tolerance
    }

    /// With evidence of so many standard errors.
    fn negligible(&self, z: f64) -> f64 {
        match self.basis {
            Basis::Exact if z > PLAIN => NEGLIGIBLE_EXACT,
            Basis::Estimated => NEGLIGIBLE_ESTIMATED,
            Basis::Exact | Basis::Free => NEGLIGIBLE,
        }
    }

    /// The directions that the rows contradict, by their places: those that the test refutes one by one, or else the worst one.
    pub fn refuted(&self, tolerance: f64) -> Vec<usize> {
        let failing: Vec<usize> = self.contradicted().into_iter().filter(|&i| self.is_large(i, tolerance)).collect();
        if failing.is_empty() { self.worst().into_iter().collect() } else { failing }
    }

    /// The place of the direction that breaks most certainly.
    fn worst(&self) -> Option<usize> {
        (0..self.directions.len()).max_by(|&a, &b| self.directions[a].z.total_cmp(&self.directions[b].z))
    }

    /// The rows that a bound within the tolerance would take, from its fall with the square root of their number; `None` if no
    /// number would do, the estimate itself being larger.
    pub fn rows_for(&self, tolerance: f64) -> Option<usize> {
        let (share, margin) = (self.share.max(0.0), self.bound - self.share.max(0.0));
        let room = tolerance - share;
        (room > 0.0 && margin.is_finite()).then(|| (self.rows as f64 * (margin / room).powi(2)).ceil() as usize)
    }

    /// What was measured, and what it means, in a sentence.
    pub fn note(&self, tolerance: f64) -> String {
        let excluded = format!(
            "these rows exclude a breaking of more than {} of what the target varies by under moves as large (95 %; as rough as what the networks have \
             learned)",
            percent(self.bound)
        );
        match self.outcome(tolerance) {
            Outcome::Holds => excluded,
            Outcome::Approximate => {
                format!(
                    "approximate: {excluded}, and the tolerance is {}{}",
                    percent(tolerance),
                    self.more_rows(tolerance)
                )
            }
            Outcome::Broken if !self.breaks_as_a_whole(tolerance) => self.worst_direction(),
            Outcome::Broken => format!(
                "{} to {} of what the target varies by under moves as large breaks it ({:.1} standard errors)",
                percent(self.least.min(self.bound)),
                percent(self.bound),
                self.z
            ),
            Outcome::Open if self.seen < BLIND => format!(
                "the networks recover only {} of a breaking that is put in: more rows, less noise or a larger network would help",
                percent(self.seen)
            ),
            Outcome::Open => format!(
                "undecided: {excluded}, and the tolerance is {}{}",
                percent(tolerance),
                self.more_rows(tolerance)
            ),
        }
    }

    /// What the direction that breaks most certainly says.
    fn worst_direction(&self) -> String {
        self.worst().map(|i| self.directions[i]).map_or_else(String::new, |worst| {
            format!(
                "along one of its directions at least {} of what the target varies by under moves as large breaks it ({:.1} standard errors)",
                percent(worst.least),
                worst.z
            )
        })
    }

    fn more_rows(&self, tolerance: f64) -> String {
        self.rows_for(tolerance).map_or_else(String::new, |rows| format!("; about {rows} rows would reach it"))
    }
}

/// A share in per cent: small ones with two digits.
fn percent(share: f64) -> String {
    let all = 100.0 * share;
    let digits = if all.abs() >= 0.1 || all == 0.0 { 1 } else { (1.0 - all.abs().log10().floor()).min(6.0) as usize };
    format!("{all:.digits$} %")
}

/// The value that a standard normal variable exceeds with this probability, for 1e-6 to ½ within 5e-4 (Abramowitz & Stegun
/// 1964, 26.2.23).
fn upper_quantile(p: f64) -> f64 {
    let t = (-2.0 * p.clamp(1e-9, 0.5).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    t - above / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaking(z: f64, least: f64, bound: f64, seen: f64) -> Breaking {
        let share = (least + bound) / 2.0;
        Breaking {
            z,
            share,
            bound,
            least,
            seen,
            accepted: 0.9,
            rows: 4000,
            basis: Basis::Free,
            directions: Vec::new(),
            parts: Vec::new(),
            worse: None,
        }
    }

    #[test]
    fn outcomes_follow_the_test_and_the_bound() {
        let outcome = |z, least, bound, seen| breaking(z, least, bound, seen).outcome(0.02);
        assert_eq!(outcome(1.0, -0.01, 0.015, 0.9), Outcome::Holds);
        assert_eq!(outcome(1.0, -0.01, 0.04, 0.9), Outcome::Approximate);
        assert_eq!(outcome(1.0, -0.01, 0.06, 0.9), Outcome::Open);
        assert_eq!(outcome(9.0, 0.05, 0.2, 0.9), Outcome::Broken);
        assert_eq!(outcome(9.0, 0.01, 0.04, 0.9), Outcome::Broken);
        assert_eq!(outcome(9.0, 0.001, 0.01, 0.9), Outcome::Holds, "as little as an inexact basis breaks");
        let exact = Breaking { basis: Basis::Exact, ..breaking(9.0, 0.001, 0.01, 0.9) };
        assert_eq!(exact.outcome(0.02), Outcome::Broken, "an exact basis breaks nothing");
        assert_eq!(Breaking { z: 3.9, ..exact }.outcome(0.02), Outcome::Holds, "the law of the inputs is fitted");
        let off = |least| Breaking { basis: Basis::Estimated, ..breaking(9.0, least, 0.01, 0.9) };
        assert_eq!([0.004, 0.006].map(|least| off(least).outcome(0.02)), [Outcome::Holds, Outcome::Broken]);
    }

    #[test]
    fn a_direction_may_break_what_the_group_hides() {
        let of = |z: f64, least: f64| Breaking {
            directions: vec![
                Against { z: -0.9, least: -0.2, most: 0.1, accepted: 0.5 },
                Against { z, least, most: 0.3, accepted: 0.5 },
            ],
            ..breaking(1.0, -0.01, 0.015, 0.9)
        };
        assert_eq!(of(5.5, 0.178).outcome(0.02), Outcome::Broken);
        assert_eq!(of(5.5, 0.178).refuted(0.02), [1]);
        assert_eq!(of(2.5, 0.178).outcome(0.02), Outcome::Holds, "of two directions one may lie there by chance");
        assert_eq!(of(5.5, 0.001).outcome(0.02), Outcome::Holds, "as little as an inexact basis breaks");
        let exact = Breaking { basis: Basis::Exact, ..of(5.5, 0.001) };
        assert_eq!(exact.outcome(0.02), Outcome::Broken);
    }

    #[test]
    fn the_worse_part_counts() {
        let along = vec![Against { z: 0.1, least: -0.1, most: 0.2, accepted: 0.9 }];
        let whole = Breaking { directions: along.clone(), worse: Some(-2.0), ..breaking(1.0, -0.01, 0.015, 0.9) };
        let with = |part: Breaking| whole.clone().with_part(part, 0.02);
        assert_eq!(with(breaking(1.0, -0.01, 0.01, 0.9)), Breaking { parts: vec![true], ..whole.clone() });
        let open = with(breaking(1.0, -0.01, 0.3, 0.9));
        assert!(open.bound == 0.3 && open.directions == along && open.worse == Some(-2.0) && open.parts == [false]);
        assert_eq!(open.with_part(breaking(9.0, 0.05, 0.2, 0.9), 0.02).outcome(0.02), Outcome::Broken);
    }

    #[test]
    fn failing_directions_leave_one_by_one_or_the_worst_does() {
        let with = |z: &[f64]| Breaking {
            directions: z
                .iter()
                .map(|&z| Against { z, least: (z - 2.3) / 100.0, most: (z + 2.3) / 100.0, accepted: 0.9 })
                .collect(),
            ..breaking(9.0, 0.05, 0.2, 0.9)
        };
        assert_eq!(with(&[0.1, 9.0, -1.0, 7.0]).refuted(0.02), [1, 3]);
        assert_eq!(with(&[0.1, 2.4, 1.0]).refuted(0.02), [1]);
        assert_eq!(with(&[-1.0, 9.0, -0.4, 2.4, f64::NAN]).doubted(0.05), [1, 3, 4]);
        assert_eq!(with(&[-1.0, -0.2, 0.0]).doubted(0.02), [1, 2]);
        assert_eq!(with(&[]).refuted(0.02), Vec::<usize>::new());
        for (p, z) in [(0.05, 1.644_85), (0.01, 2.326_35), (0.001, 3.090_23)] {
            assert!((upper_quantile(p) - z).abs() < 5e-4);
        }
    }

    #[test]
    fn notes_say_what_breaks() {
        let along = Against { z: 5.5, least: 0.178, most: 0.4, accepted: 0.5 };
        let one = Breaking { directions: vec![along], ..breaking(1.0, -0.01, 0.015, 0.9) };
        assert!(one.note(0.02).starts_with("along one of its directions at least 17.8 %"), "{}", one.note(0.02));
        assert!(breaking(9.0, 0.05, 0.2, 0.9).note(0.02).starts_with("5.0 % to 20.0 %"));
        assert_eq!(
            [0.0, 0.000_042, 0.000_92, 0.0011, 0.2].map(percent),
            ["0.0 %", "0.0042 %", "0.092 %", "0.1 %", "20.0 %"]
        );
    }

    #[test]
    fn the_rows_that_would_do_follow_the_square_root() {
        let open = Breaking { share: 0.0, ..breaking(0.0, 0.0, 0.06, 0.9) };
        assert_eq!(open.rows_for(0.02), Some(36_000));
        assert!(open.note(0.02).contains("about 36000 rows"), "{}", open.note(0.02));
        assert_eq!(breaking(1.0, 0.0, 0.1, 0.9).rows_for(0.02), None);
    }
}
