//! How much of an accepted group holds: all of it, or only what lies near the identity.

use crate::fit::groups::Within;

/// The part of an accepted group that training confirms.
#[derive(Debug, Clone)]
pub enum Holds {
    Whole,
    /// Up to a size of the coefficients: training along all of it was harmful.
    Within(Within),
}

impl Holds {
    /// Plain networks found a limit of the group at `within`, possibly only for lack of data there. Training decides:
    /// all of the group holds unless a network trained along all of it has a larger loss on the untransformed held-out
    /// rows than the plain ones on average, although it was trained on more data and for longer.
    pub fn decide(within: &Within, along_all: f64, plain: f64) -> Self {
        if along_all > plain { Self::Within(within.clone()) } else { Self::Whole }
    }

    /// For the notes of the `groups` table.
    pub(super) fn note(&self) -> Option<String> {
        let Self::Within(within) = self else { return None };
        Some(format!(
            "it holds up to {:.3} (the angle of a rotation in radians, the rapidity of a boost, otherwise shares of the data's size): trained along all of it the \
             network became worse on the data as they are",
            within.limit
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_holds_as_a_whole_unless_training_along_it_made_the_network_worse() {
        let within = Within { generators: Vec::new(), limit: 0.5 };
        assert!(matches!(Holds::decide(&within, 0.2, 0.2), Holds::Whole));
        assert!(matches!(Holds::decide(&within, f64::NAN, 0.2), Holds::Whole));
        let part = Holds::decide(&within, 0.3, 0.2);
        assert!(part.note().is_some_and(|note| note.starts_with("it holds up to 0.500 (")), "{part:?}");
    }
}
