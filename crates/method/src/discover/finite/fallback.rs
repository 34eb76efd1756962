//! Many tests, one error rate: the fallback procedure (Wiens & Dmitrienko, *Journal of Biopharmaceutical Statistics* 15, 2005).
//!
//! The order of the tests is fixed before. Each has a share of the level, and what an accepted test had passes to the next one: unlike
//! in a fixed sequence one true element that fails does not end it. The probability of any false claim stays below the level.

/// The levels of tests, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Fallback {
    level: f64,
    tests: i32,
    carried: f64,
}

impl Fallback {
    /// With this level for all tests.
    pub fn new(level: f64) -> Self {
        Self { level, tests: 0, carried: 0.0 }
    }

    /// The level of the next test: half of what is left for single tests, and what the last one passed on.
    pub fn level(&self) -> f64 {
        self.carried + self.level / 2f64.powi(self.tests + 1)
    }

    /// The test was made.
    pub fn tested(&mut self, accepted: bool) {
        self.carried = if accepted { self.level() } else { 0.0 };
        self.tests += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// Of all tests together.
    const LEVEL: f64 = 0.05;

    #[test]
    fn levels_pass_on_and_never_exceed_the_whole() {
        let mut all = Fallback::new(LEVEL);
        assert_eq!(all.level(), LEVEL / 2.0);
        all.tested(true);
        assert_eq!(all.level(), LEVEL * 0.75);
        all.tested(false);
        assert_eq!(all.level(), LEVEL / 8.0);
        for _ in 0..60 {
            assert!(all.level() <= LEVEL);
            all.tested(true);
        }
    }

    /// Uncorrected, some of ten true hypotheses is rejected in 40 % of all cases.
    #[test]
    fn the_error_rate_holds_for_all_tests_together() {
        let mut rng = semola_engine::Streams::new(1).get("test", 0);
        let cases = 20_000;
        let mut any = || {
            let mut all = Fallback::new(LEVEL);
            (0..10).fold(false, |any, _| {
                let rejected = rng.random_range(0.0..1.0) <= all.level();
                all.tested(rejected);
                any || rejected
            })
        };
        let share = (0..cases).filter(|_| any()).count() as f64 / f64::from(cases);
        assert!(share <= 0.055 && share > 0.03, "{share}");
    }
}
