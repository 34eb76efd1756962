//! Multiple testing: many tests, one error rate.
//!
//! Directions are tested in an order that was fixed on other rows (by ascending κ, or by descending strength), each
//! only while all before it have passed: this fixed sequence keeps the probability of any false rejection at the level
//! of a single test, however many directions there are (Maurer, Hothorn & Lehmacher 1995). Several sequences share the
//! level (Bonferroni).

/// A sequence of tests.
#[derive(Debug, Clone, Copy)]
pub struct FixedSequence {
    /// Sequences that share the level.
    sequences: usize,
    /// Largest p-value so far; 1 once a test has failed for another reason.
    worst: f64,
}

impl FixedSequence {
    /// One of so many sequences.
    pub fn new(sequences: usize) -> Self {
        Self { sequences: sequences.max(1), worst: 0.0 }
    }

    /// The adjusted p-value of the next test: the largest of the sequence so far, times the number of sequences.
    pub fn adjust(&mut self, p: f64) -> f64 {
        self.worst = self.worst.max(p);
        (self.worst * self.sequences as f64).min(1.0)
    }

    /// Ends the sequence: no later test passes.
    pub fn close(&mut self) {
        self.worst = 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn later_tests_are_no_better_than_earlier_ones() {
        let mut sequence = FixedSequence::new(2);
        assert_eq!([0.01, 0.02, 0.005, 0.6].map(|p| sequence.adjust(p)), [0.02, 0.04, 0.04, 1.0]);
        let mut sequence = FixedSequence::new(1);
        assert_eq!(sequence.adjust(0.01), 0.01);
        sequence.close();
        assert_eq!(sequence.adjust(0.0), 1.0);
    }

    /// Ten true null hypotheses in each of two sequences: uncorrected, some test passes in 64 % of all cases.
    #[test]
    fn the_level_holds_for_all_tests_together() {
        let mut rng = semola_engine::Streams::new(1).get("test", 0);
        let cases = 20_000;
        let mut any = || {
            (0..2).any(|_| {
                let mut sequence = FixedSequence::new(2);
                (0..10).any(|_| sequence.adjust(rng.random_range(0.0..1.0)) <= 0.05)
            })
        };
        let share = (0..cases).filter(|_| any()).count() as f64 / f64::from(cases);
        assert!((share - 0.05).abs() < 0.006, "{share}");
    }
}
