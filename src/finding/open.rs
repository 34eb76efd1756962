//! What a verdict without a claim means, and what to try next.

use semola_data::table::GroupRow;

use super::certainty::{is_blind, more_rows, percent};
use super::setting::Setting;
use crate::words::number::short;
use semola_method::discover::Verdict;

/// Share of the variation below which better networks are the first thing to try.
const GOOD: f64 = 0.8;
/// More rows than that, in times, are no advice.
const MANY: f64 = 100.0;

/// The words on a verdict without a claim.
pub(super) struct Open {
    pub meaning: String,
    pub next: Option<String>,
}

/// The words on a verdict without a claim.
pub(super) fn open(setting: &Setting<'_>, group: &GroupRow, verdict: Verdict) -> Open {
    let network = if group.whole.is_empty() {
        "the network is that without augmentation."
    } else {
        "the network is trained along the finite part, if that did no harm."
    };
    let (meaning, next) = match verdict {
        Verdict::Accepted | Verdict::Approximate => (String::new(), None),
        Verdict::None => (
            format!(
                "No direction of the search space leaves the target alone. Only linear (or affine) maps of the fields as they are declared were \
                 searched: symmetries of scalars that belong together are not seen; {network}"
            ),
            Some(
                "read components that belong together as one vector (`columns: [ax, ay]`, `action: vector`); another search space \
                 (`affine` finds translations); `center` the data."
                    .to_owned(),
            ),
        ),
        Verdict::Undecided => (
            format!("It may or may not be a symmetry: no algebra is claimed, and {network}"),
            Some(undecided(setting, group)),
        ),
        Verdict::NotIdentifiable => (
            format!(
                "This is a statement about the data, not about the law behind them: a network learns nothing about poses that the data lack; \
                 {network}"
            ),
            Some(
                "add data in other poses; search fewer directions (a smaller `space`). If you know the symmetry, give it: \
                 `augment: {known: NAME}`."
                    .to_owned(),
            ),
        ),
        Verdict::NoSkill => (
            "A network that explains nothing is symmetric under everything, so this is no verdict about the data.".to_owned(),
            Some(
                "more rows, longer training (`audit.steps`), a larger or fitting network, scaled fields; check that the inputs determine the \
                 target."
                    .to_owned(),
            ),
        ),
        Verdict::Refuted => ("Moved along it, the labels change otherwise than they would under a symmetry.".to_owned(), None),
        Verdict::NoEffect | Verdict::Flat => (
            "Moving the data along the search space leaves them where they are.".to_owned(),
            Some("another search space, or fields with an `action`.".to_owned()),
        ),
        Verdict::NotTested => (
            "Use the matrices as a hint only.".to_owned(),
            Some("`augment: {learned: {space: …}}` tests what it finds.".to_owned()),
        ),
    };
    Open { meaning, next }
}

fn undecided(setting: &Setting<'_>, group: &GroupRow) -> String {
    let mut all = Vec::new();
    if is_blind(group) {
        all.push(format!(
            "the networks recover only {} of a breaking that is put in, so they would not see one: more rows, less noise, or a larger network",
            percent(group.breaking_seen.unwrap_or_default())
        ));
    } else if let Some(times) = more_rows(setting, group).filter(|times| *times <= MANY) {
        all.push(format!("about {} times as many rows", short(times.max(1.1), 2)));
    }
    if group.skill.is_some_and(|skill| skill < GOOD) {
        all.push("longer training (`audit.steps`) or another network: what it does not explain may hide a symmetry, or a breaking".to_owned());
    }
    if all.is_empty() {
        all.push("more rows, longer training (`audit.steps`), or a smaller search space".to_owned());
    }
    if let (Some(bound), Some(tolerance)) = (group.breaking_bound, setting.tolerance(&group.model))
        && bound > tolerance
        && bound < 0.5
        && !is_blind(group)
    {
        all.push(format!(
            "`audit: {{tolerance: {}}}`, if a breaking of that share does not matter to you",
            short((bound * 100.0).ceil() / 100.0, 2)
        ));
    }
    format!("{}.", all.join("; "))
}
