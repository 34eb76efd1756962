//! The verdict on a direction, or on a model's group: the word for it. `finding` makes sentences of it.

use std::fmt;

/// The verdict on one direction, or on the group of one model. Directions are accepted, refuted, undecided, not
/// identifiable or without effect; models are accepted, approximate, undecided, not identifiable, none, refused or not tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The error does not grow along it by more than a negligible amount, and it stays on the data.
    Accepted,
    /// As accepted, but the rows exclude only a breaking of a few times the tolerance.
    Approximate,
    /// No direction of the search space is a symmetry.
    None,
    /// It does not move the data at all.
    NoEffect,
    /// It moves what the function ignores: any other element that moves the same is as much a symmetry.
    Flat,
    /// The intervals are inconclusive, or random directions do no worse.
    Undecided,
    /// It moves the data where there is no data: the test is impossible.
    NotIdentifiable,
    /// The error grows along it.
    Refuted,
    /// The networks explain too little: a network that explains nothing is symmetric under everything.
    NoSkill,
    /// The method that found it has no test.
    NotTested,
}

/// The colour of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Good,
    Bad,
    Plain,
    Open,
}

impl Verdict {
    const ALL: [Self; 10] = [
        Self::Accepted,
        Self::Approximate,
        Self::None,
        Self::NoEffect,
        Self::Flat,
        Self::Undecided,
        Self::NotIdentifiable,
        Self::Refuted,
        Self::NoSkill,
        Self::NotTested,
    ];

    /// As written in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Approximate => "approximate",
            Self::None => "none",
            Self::NoEffect => "no effect",
            Self::Flat => "flat",
            Self::Undecided => "undecided",
            Self::NotIdentifiable => "not identifiable",
            Self::Refuted => "refuted",
            Self::NoSkill => "refused: no skill",
            Self::NotTested => "not tested",
        }
    }

    /// Whether it claims a group: training goes along it.
    pub fn claims(self) -> bool {
        matches!(self, Self::Accepted | Self::Approximate)
    }

    /// From the word in a table; `None` for a word of another version.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// Good, bad or open.
    pub fn tone(self) -> Tone {
        match self {
            Self::Accepted | Self::Approximate => Tone::Good,
            Self::Refuted | Self::NoSkill => Tone::Bad,
            Self::None | Self::NoEffect | Self::Flat => Tone::Plain,
            Self::Undecided | Self::NotIdentifiable | Self::NotTested => Tone::Open,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Tone {
    /// The class of the report's style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Plain => "plain",
            Self::Open => "open",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        assert!(Verdict::ALL.into_iter().all(|verdict| Verdict::parse(verdict.word()) == Some(verdict)));
        assert_eq!(Verdict::parse("certain"), None);
    }
}
