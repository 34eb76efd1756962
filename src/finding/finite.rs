//! The finite part in words.

use crate::words::number::short;
use semola_data::table::{ElementRow, FiniteRow};
use semola_method::discover::verdict::Verdict;

/// What was found, in a sentence.
pub fn sentence(part: &FiniteRow) -> String {
    match Verdict::parse(&part.verdict) {
        Some(Verdict::Accepted) if part.whole == part.name => {
            format!("The data is symmetric under {}, a group of {} elements ({}).", part.name, part.order, part.classes)
        }
        Some(Verdict::Accepted) => {
            format!("With its {} components the group is {} ({}).", part.order, part.whole, part.classes)
        }
        Some(Verdict::None) => "None of the mirrors, turns and exchanges that were tried is a symmetry.".to_owned(),
        Some(Verdict::Undecided) => {
            "The evidence does not decide about mirrors, fractions of a turn and exchanges.".to_owned()
        }
        Some(Verdict::NotIdentifiable) => {
            "This data cannot tell: mirrors, turns and exchanges move it to where there is no data.".to_owned()
        }
        Some(Verdict::NoSkill) => {
            "The network explains too little of the target for any symmetry of it to mean something.".to_owned()
        }
        _ => format!("Verdict: {}.", part.verdict),
    }
}

/// The accepted elements of a model that were tested by themselves.
pub fn accepted<'e>(model: &str, elements: &'e [ElementRow]) -> impl Iterator<Item = &'e ElementRow> {
    elements.iter().filter(move |e| e.model == model && e.level.is_some() && e.verdict == Verdict::Accepted.word())
}

/// Of each of them, what it does and what the rows leave open.
pub fn told(model: &str, elements: &[ElementRow]) -> Vec<String> {
    let told = accepted(model, elements).map(|e| {
        let open = e.disagreement_bound.map(|v| short(100.0 * v, 2));
        let open = open.map(|v| format!(" (these rows leave open up to {v} % of a random element's disagreement)"));
        format!("{}{}", e.element_words, open.unwrap_or_default())
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_sentences() {
        let part = |verdict: &str, name: &str, whole: &str| FiniteRow {
            verdict: verdict.to_owned(),
            name: name.to_owned(),
            whole: whole.to_owned(),
            order: 8,
            classes: "1+:1".to_owned(),
            ..FiniteRow::default()
        };
        assert_eq!(
            sentence(&part("accepted", "D4", "D4")),
            "The data is symmetric under D4, a group of 8 elements (1+:1)."
        );
        assert!(sentence(&part("accepted", "C_s", "O(3)")).contains("the group is O(3)"));
        assert!(sentence(&part("none", "1", "1")).starts_with("None of the mirrors"));
        assert!(sentence(&part("undecided", "1", "1")).contains("does not decide"));
    }

    #[test]
    fn only_claims_are_listed() {
        let element = |verdict: &str, level| ElementRow {
            model: "m".to_owned(),
            verdict: verdict.to_owned(),
            level,
            element_words: "mirror of axis 1".to_owned(),
            disagreement_bound: Some(0.0213),
            ..ElementRow::default()
        };
        let all = [element("accepted", Some(0.05)), element("accepted", None), element("refuted", Some(0.05))];
        let wanted = "mirror of axis 1 (these rows leave open up to 2.1 % of a random element's disagreement)";
        assert_eq!(told("m", &all), [wanted]);
        assert!(told("other", &all).is_empty());
    }
}
