//! From evidence to a verdict on one element.

use super::court::Evidence;
use crate::discover::breaking::Outcome;
use crate::discover::verdict::Verdict;
use semola_lie::statistics::normal_tail;

pub use crate::discover::audit::neighbour_test::NEGLIGIBLE;

/// Below the first share of moved rows inside the data nothing is said, below the second nothing accepted: the few rows that stay are
/// those that look symmetric. (Of data in half of all poses a little less than half stay inside.)
const SAID: f64 = 0.3;
const ENOUGH: f64 = 0.4;
/// Refuted: the effect exceeds this share of that of placebos; or the disagreement is surely more than this share of theirs, and
/// this many times the networks' own.
const LIKE_PLACEBO: f64 = 0.5;
const LARGE: f64 = 0.25;
const OWN_LARGE: f64 = 4.0;
/// Accepted: the disagreement is surely below this share; or below this many times the networks' own, and surely below that share.
const SMALL: f64 = 0.05;
const OWN_SMALL: f64 = 2.5;
const MODERATE: f64 = 0.2;
/// Share of placebos that may do as well.
const SIGNIFICANCE: f64 = 0.05;

/// The probability of an effect as small as this one, if the true one were just not negligible.
pub fn p_of(evidence: &Evidence) -> f64 {
    match evidence.effect.error > 0.0 {
        true => normal_tail((NEGLIGIBLE - evidence.effect.value) / evidence.effect.error),
        false if evidence.effect.value < NEGLIGIBLE => 0.0,
        false => 1.0,
    }
}

/// The verdict at this level of the test. `labels` is what the labels say of a breaking (see `breaking`), if they were asked: they may refute
/// what the networks agree on, stand for an agreement that noise hides, and, beside an agreement, for an effect that few rows leave open. Nearest rows have errors of their own, so that their disagreement about rows as they are
/// is no measure of that about moved ones.
pub fn judge(e: &Evidence, level: f64, nearest: bool, labels: Option<Outcome>) -> Verdict {
    let refuting = NEGLIGIBLE.min(0.5 + LIKE_PLACEBO * (e.placebo - 0.5).max(0.0));
    let disagree = e.relative.low() > LARGE && !nearest && e.over_own.value > OWN_LARGE;
    if e.inside.is_nan() || e.inside < SAID || e.effect.value.is_nan() {
        Verdict::NotIdentifiable
    } else if e.flat {
        Verdict::Flat
    } else if e.effect.low() > refuting || disagree || labels == Some(Outcome::Broken) {
        Verdict::Refuted
    } else if is_open_to_labels(e, level, nearest) && two_of_three(e, level, nearest, labels) {
        Verdict::Accepted
    } else {
        Verdict::Undecided
    }
}

/// Whether places of moved rows and placebos, and errors or the networks' agreement, leave it to the labels.
pub fn is_open_to_labels(e: &Evidence, level: f64, nearest: bool) -> bool {
    e.inside >= ENOUGH && e.p_value <= SIGNIFICANCE && (p_of(e) <= level || agrees(e, nearest))
}

/// Whether two of three speak for it: errors that do not grow at this level, the networks' agreement, and labels that leave no breaking open.
fn two_of_three(e: &Evidence, level: f64, nearest: bool, labels: Option<Outcome>) -> bool {
    let holds = labels == Some(Outcome::Holds);
    [p_of(e) <= level, agrees(e, nearest), holds].into_iter().filter(|speaks| *speaks).count() >= 2
}

fn agrees(e: &Evidence, nearest: bool) -> bool {
    if nearest {
        return e.relative.high() <= MODERATE;
    }
    e.relative.high() <= SMALL || e.over_own.high() <= OWN_SMALL && e.relative.high() <= MODERATE
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_lie::statistics::Mean;

    fn evidence() -> Evidence {
        let mean = |value, error| Mean { value, error };
        Evidence {
            effect: mean(0.5, 0.015),
            inside: 0.95,
            relative: mean(0.01, 0.001),
            over_own: mean(1.2, 0.1),
            p_value: 0.0125,
            placebo: 0.85,
            flat: false,
            felt: 1.0,
        }
    }

    #[test]
    fn verdicts_follow_both_kinds_of_evidence() {
        let (good, mean) = (evidence(), |value, error| Mean { value, error });
        assert_eq!(judge(&good, 0.05, false, None), Verdict::Accepted);
        assert_eq!(judge(&good, 1e-9, false, None), Verdict::Undecided, "not at every level");
        assert_eq!(judge(&Evidence { effect: mean(0.7, 0.02), ..good }, 0.05, false, None), Verdict::Refuted);
        let noisy = Evidence { relative: mean(0.5, 0.05), over_own: mean(3.0, 0.2), ..good };
        assert_eq!(judge(&noisy, 0.05, false, None), Verdict::Undecided, "labels hide it, networks do not agree");
        assert_eq!(judge(&Evidence { over_own: mean(9.0, 0.2), ..noisy }, 0.05, false, None), Verdict::Refuted);
        assert_eq!(judge(&Evidence { inside: 0.35, ..good }, 0.05, false, None), Verdict::Undecided);
        assert_eq!(
            judge(&Evidence { inside: 0.48, ..good }, 0.05, false, None),
            Verdict::Accepted,
            "data in half of all poses"
        );
        assert_eq!(judge(&Evidence { inside: 0.2, ..good }, 0.05, false, None), Verdict::NotIdentifiable);
        assert_eq!(judge(&Evidence { flat: true, ..good }, 0.05, false, None), Verdict::Flat);
        assert_eq!(judge(&Evidence { p_value: 0.3, ..good }, 0.05, false, None), Verdict::Undecided);
        assert_eq!(
            judge(&Evidence { effect: mean(f64::NAN, f64::NAN), ..good }, 0.05, false, None),
            Verdict::NotIdentifiable
        );
    }

    #[test]
    fn labels_decide_where_networks_cannot() {
        let (good, mean) = (evidence(), |value, error| Mean { value, error });
        let judge = |e: &Evidence, labels| judge(e, 0.05, false, Some(labels));
        assert_eq!(judge(&good, Outcome::Broken), Verdict::Refuted);
        assert_eq!([Outcome::Holds, Outcome::Open].map(|o| judge(&good, o)), [Verdict::Accepted; 2]);
        let rough = Evidence { relative: mean(0.3, 0.02), ..good };
        assert_eq!(judge(&rough, Outcome::Holds), Verdict::Accepted);
        assert_eq!([Outcome::Approximate, Outcome::Open].map(|o| judge(&rough, o)), [Verdict::Undecided; 2]);
        let few = Evidence { effect: mean(0.53, 0.03), ..good };
        assert_eq!([Outcome::Holds, Outcome::Open].map(|o| judge(&few, o)), [Verdict::Accepted, Verdict::Undecided]);
        let both = Evidence { relative: mean(0.3, 0.02), ..few };
        assert_eq!(judge(&both, Outcome::Holds), Verdict::Undecided, "the labels alone do not do");
    }
}
