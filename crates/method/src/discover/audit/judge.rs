//! From a measurement to a verdict on one direction.

use super::neighbour_test::{Measurement, NEGLIGIBLE};
use crate::discover::verdict::Verdict;

/// Significance level: share of random directions that may do as well as an accepted one.
pub const SIGNIFICANCE: f64 = 0.05;

/// A direction is refuted if its effect significantly exceeds this share of that of random directions. Networks of
/// little skill hardly distinguish rows, so that even a broken symmetry has a negligible effect by itself.
const LIKE_RANDOM: f64 = 0.5;

/// Judges a direction from what was measured along it, its p-value against random directions, and their median effect.
pub fn judge(e: &Measurement, p_value: f64, random: f64) -> Verdict {
    let refuting = NEGLIGIBLE.min(0.5 + LIKE_RANDOM * (random - 0.5).max(0.0));
    if e.is_off_support() {
        Verdict::NotIdentifiable
    } else if e.effect.low > refuting {
        Verdict::Refuted
    } else if e.is_negligible() && p_value <= SIGNIFICANCE {
        Verdict::Accepted
    } else {
        Verdict::Undecided
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::audit::bootstrap::Interval;

    #[test]
    fn verdicts_follow_the_intervals() {
        let i = |low, high| Interval { value: (low + high) / 2.0, low, high };
        let on = i(0.0, 0.1);
        let e = |effect, support| Measurement { effect, excess: on, support, inside: 1.0 };
        assert_eq!(judge(&e(i(0.47, 0.53), on), 0.02, 0.8), Verdict::Accepted);
        assert_eq!(judge(&e(i(0.47, 0.53), on), 0.4, 0.8), Verdict::Undecided);
        assert_eq!(judge(&e(i(0.47, 0.58), on), 0.02, 0.8), Verdict::Undecided);
        assert_eq!(judge(&e(i(0.7, 0.8), on), 0.02, 0.8), Verdict::Refuted);
        assert_eq!(judge(&e(i(0.54, 0.58), on), 0.4, 0.57), Verdict::Refuted, "much like random directions");
        assert_eq!(judge(&e(i(0.52, 0.58), on), 0.4, 0.57), Verdict::Undecided);
        assert_eq!(judge(&e(i(0.47, 0.53), i(5.0, 6.0)), 0.02, 0.8), Verdict::NotIdentifiable);
    }
}
