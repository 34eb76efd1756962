//! What a run found, in words: the only place that makes sentences of a verdict. Terminal, JSON, report and `compare` show these.
//!
//! | file | what it says |
//! |---|---|
//! | `setting` | what the pipeline says of the fields, the target and the models |
//! | `symmetry` | a group in the field's terms, with the names of the fields |
//! | `certainty` | how sure: the bound on a breaking against its tolerance |
//! | `reach` | how far: the size of the group elements up to which it holds |
//! | `finite` | the finite part |
//! | `gain` | what it gains or costs on the data as they are and shifted |
//! | `open` | what a verdict without a claim means, and what to try next |

mod certainty;
pub mod finite;
mod gain;
mod open;
mod reach;
mod setting;
mod symmetry;
#[cfg(test)]
mod tests;

use semola_data::table::{EvaluationRow, GroupRow};
use serde::Serialize;
use serde_json::Value;

use crate::words::count;
pub use gain::{is_main, is_score};
pub use reach::{Unit, unit};
use semola_method::discover::verdict::{Tone, Verdict};
pub use setting::{Field, Kind, Setting};

/// The finding about one model's group, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The model.
    pub model: String,
    /// The verdict as in the tables.
    pub verdict: String,
    /// A word for tables: the name of a claimed group, otherwise the verdict.
    pub word: String,
    /// What was found, in a sentence.
    pub sentence: String,
    /// How sure that is.
    pub certainty: Option<String>,
    /// How far the group's elements may go.
    pub reach: Option<String>,
    /// What it gains or costs: a sentence for each data set and shift.
    pub gains: Vec<String>,
    /// What the verdict means, where nothing is claimed.
    pub meaning: Option<String>,
    /// What to try next, where nothing is claimed.
    pub next: Option<String>,
}

impl Finding {
    /// All that is said beside the first sentence, each with its label.
    pub fn details(&self) -> Vec<(&'static str, &str)> {
        let optional = [
            ("means", &self.meaning),
            ("how sure", &self.certainty),
            ("how far", &self.reach),
            ("try next", &self.next),
        ];
        let said = optional.into_iter().filter_map(|(label, text)| text.as_deref().map(|text| (label, text)));
        said.chain(self.gains.iter().map(|gain| ("gain", gain.as_str()))).collect()
    }

    /// The colour of the verdict.
    pub fn tone(&self) -> Tone {
        Verdict::parse(&self.verdict).map_or(Tone::Open, Verdict::tone)
    }
}

/// The findings of a member about all models with a group, from its resolved pipeline and its tables.
pub fn findings(pipeline: &Value, groups: &[GroupRow], evaluation: &[EvaluationRow]) -> Vec<Finding> {
    let setting = Setting::of(pipeline);
    groups.iter().map(|group| finding(&setting, group, evaluation)).collect()
}

/// Why a member that is done says nothing of symmetries; `None` where a model was asked for one.
pub fn unasked(pipeline: &Value) -> Option<&'static str> {
    let setting = Setting::of(pipeline);
    match (setting.searching().is_empty(), setting.has_actions()) {
        (false, _) => None,
        (true, true) => Some("No model of this run was asked for a symmetry."),
        (true, false) => Some(
            "No group acts on these fields: they are plain numbers, so that there is no symmetry to look for. Where some are the components \
             of a vector, points or an image, read them with an `action`.",
        ),
    }
}

fn finding(setting: &Setting<'_>, group: &GroupRow, evaluation: &[EvaluationRow]) -> Finding {
    let verdict = Verdict::parse(&group.verdict);
    let claims = verdict.is_some_and(Verdict::claims);
    let open = verdict.filter(|_| !claims).map(|verdict| open::open(setting, group, verdict));
    Finding {
        model: group.model.clone(),
        verdict: group.verdict.clone(),
        word: word(&group.verdict, &group.name, &group.conjugacy, &group.whole),
        sentence: sentence(setting, group, verdict),
        certainty: certainty::certainty(setting, group),
        reach: claims.then(|| reach::reach(group)),
        gains: if claims || verdict == Some(Verdict::NotTested) {
            gain::gains(setting, &group.model, evaluation)
        } else {
            Vec::new()
        },
        meaning: open.as_ref().map(|open| open.meaning.clone()),
        next: open.and_then(|open| open.next),
    }
}

/// One finding in a word: the name of a claimed group, with its finite part if there is one, otherwise the verdict.
pub fn word(verdict: &str, name: &str, conjugacy: &str, whole: &str) -> String {
    let claimed = Verdict::parse(verdict).is_some_and(Verdict::claims);
    let name = match whole {
        // As missing values of tables are shown.
        "" | "-" | "null" if claimed => name,
        "" | "-" | "null" => return verdict.to_owned(),
        whole => whole,
    };
    if conjugacy == "conjugated" { format!("{name} conjugated") } else { name.to_owned() }
}

/// What was found, in a sentence.
fn sentence(setting: &Setting<'_>, group: &GroupRow, verdict: Option<Verdict>) -> String {
    let target = setting.target_words(&group.model);
    let behaves = if setting.target_moves(&group.model) { "equivariant" } else { "invariant" };
    let Some(verdict) = verdict else {
        return format!("The verdict is '{}', a word of another version.", group.verdict);
    };
    let claimed = || symmetry::found(setting, group);
    let candidate = || match group.tested.as_str() {
        "" => format!("a continuous symmetry of {target}"),
        name => symmetry::named(setting, &group.model, name, group.side),
    };
    match verdict {
        Verdict::Accepted => format!("{} is {behaves} under {}.", capital(&target), claimed()),
        Verdict::Approximate => format!("{} is approximately {behaves} under {}.", capital(&target), claimed()),
        Verdict::None => {
            format!("{} has no continuous symmetry among {}.", capital(&target), setting.space_words(&group.model))
        }
        Verdict::Undecided => format!("Undecided: these rows neither show nor exclude {}.", candidate()),
        Verdict::NotIdentifiable => {
            "Not identifiable: the moves that could be symmetries lead to where there are no data, so these rows cannot tell."
                .to_owned()
        }
        Verdict::NoSkill => format!(
            "No verdict: the networks explain {} of {target}, too little for a symmetry of them to say something about the data.",
            certainty::explained(group)
        ),
        Verdict::Refuted => format!("The rows contradict {}.", candidate()),
        Verdict::NoEffect | Verdict::Flat => "The directions of the search space do not move the data.".to_owned(),
        Verdict::NotTested => {
            format!("Nothing is claimed: the method has no test. Nearest to what it trained is {}.", symmetry::nearest(group))
        }
    }
}

/// How many generators.
fn generators(rank: u32) -> String {
    count(rank as usize, "generator")
}

/// The first letter as a capital, unless the text begins with a name in backquotes.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
