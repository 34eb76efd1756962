//! How sure a verdict is: the bound on a breaking against its tolerance, and what the networks explain.

use semola_data::table::GroupRow;

use super::setting::Setting;
use crate::words::number::short;
use semola_method::discover::Verdict;

/// Recovered share of a breaking that is put in below which the networks are blind.
const BLIND: f64 = 0.1;

/// A share in per cent.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", short(100.0 * share, if share < 0.995 { 2 } else { 3 }))
}

/// What the networks explain of the target.
pub(super) fn explained(group: &GroupRow) -> String {
    group.skill.map_or_else(
        || "an unknown share".to_owned(),
        |skill| {
            let shown = if skill > 0.999 { "more than 99.9 %".to_owned() } else { percent(skill.max(0.0)) };
            format!("{shown} of the variation")
        },
    )
}

/// Whether the networks see a breaking at all, as far as it was measured.
pub(super) fn is_blind(group: &GroupRow) -> bool {
    group.breaking_seen.is_some_and(|seen| seen < BLIND)
}

/// By how many times more rows the bound would reach the tolerance, if its margin falls with the square root of their number; `None`
/// if no number would do.
pub(super) fn more_rows(setting: &Setting<'_>, group: &GroupRow) -> Option<f64> {
    let (bound, tolerance) = (group.breaking_bound?, setting.tolerance(&group.model)?);
    let share = group.breaking.unwrap_or_default().max(0.0);
    let room = tolerance - share;
    (room > 0.0 && bound > tolerance).then(|| ((bound - share) / room).powi(2))
}

/// How sure the verdict is.
pub(super) fn certainty(setting: &Setting<'_>, group: &GroupRow) -> Option<String> {
    let verdict = Verdict::parse(&group.verdict)?;
    let networks = format!("The networks explain {} of the target on rows that they have not seen.", explained(group));
    match verdict {
        Verdict::Accepted | Verdict::Approximate => {
            Some(format!("{} {networks}", claimed(setting, group).unwrap_or_default()).trim_start().to_owned())
        }
        Verdict::None | Verdict::Refuted | Verdict::Undecided | Verdict::NotIdentifiable => {
            let tested = group.breaking_bound.filter(|_| !is_blind(group)).map(|bound| excluded(setting, group, bound));
            Some(format!("{}{}{networks}", tallied(group), tested.map(|t| format!("{t} ")).unwrap_or_default()))
        }
        Verdict::NoSkill | Verdict::NoEffect | Verdict::Flat | Verdict::NotTested => None,
    }
}

/// What the rows exclude of a claimed group.
fn claimed(setting: &Setting<'_>, group: &GroupRow) -> Option<String> {
    let bound = group.breaking_bound?;
    let tolerance = setting.tolerance(&group.model);
    let within = tolerance.is_none_or(|tolerance| bound <= tolerance);
    let excluded = excluded(setting, group, bound);
    Some(match (within, group.verdict.as_str(), as_a_whole(group)) {
        (true, ..) => excluded,
        (false, "approximate", _) => {
            let rows = more_rows(setting, group)
                .map(|times| format!(" About {} times as many rows would reach it.", short(times, 2)));
            format!("{excluded}{}", rows.unwrap_or_default())
        }
        (false, _, true) => format!(
            "It rests on a second look: networks that are trained on along the group explain unseen rows better than before. Where moved \
             rows lie there are no data, and so {}",
            lower(&excluded)
        ),
        (false, _, false) => format!(
            "It rests on each direction's own test against random ones, and on training along the group, which explains unseen rows better. \
             {excluded}"
        ),
    })
}

/// Whether the group was tested as a whole, by a second look.
fn as_a_whole(group: &GroupRow) -> bool {
    group.p_value.is_none()
}

fn excluded(setting: &Setting<'_>, group: &GroupRow, bound: f64) -> String {
    if bound >= 1.0 {
        return "These rows exclude no breaking, however large (95 % confidence).".to_owned();
    }
    let tolerance = setting
        .tolerance(&group.model)
        .map(|tolerance| format!("; the tolerance is {}", percent(tolerance)))
        .unwrap_or_default();
    let only = if setting.tolerance(&group.model).is_some_and(|tolerance| bound > tolerance) { " only" } else { "" };
    format!(
        "These rows exclude{only} a breaking of more than {} of what the target varies by under moves as large (95 % confidence{tolerance}).",
        percent(bound)
    )
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// How many directions of the search were refuted, undecided or not identifiable.
fn tallied(group: &GroupRow) -> String {
    let all = group.direction_verdict.len();
    if all == 0 {
        return String::new();
    }
    let count = |verdict: Verdict| group.direction_verdict.iter().filter(|word| *word == verdict.word()).count();
    let told = [Verdict::Accepted, Verdict::Refuted, Verdict::Undecided, Verdict::NotIdentifiable];
    let told = told.into_iter().map(|verdict| (count(verdict), verdict)).filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, verdict)| format!("{count} {verdict}")).collect();
    format!("Of {all} directions that were tested one by one: {}. ", told.join(", "))
}
