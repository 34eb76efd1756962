//! Counts of findings: `9× so(2), 1× none`.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame};
use serde_json::Value;

use super::error::CompareError;
use super::frame::{Fact, has, values, with_facts, word};
use super::gather::Member;
use super::read::read_table;
use crate::finding::{findings, word as word_of};
use semola_data::table::{GroupRow, Row, read_rows};

/// The column that holds the counts.
pub const FOUND: &str = "found";

/// Columns of `groups` that make up a finding.
const COLUMNS: [&str; 4] = ["model", "verdict", "name", "conjugacy"];
/// The name with the finite part; runs of older versions do not have it.
const WHOLE: &str = "whole";

/// What the chosen members found, in the words of `finding`: each sentence with its count, the most frequent first.
pub fn sentences(members: &[Member], chosen: &[usize]) -> Result<Vec<String>, CompareError> {
    let mut counts: BTreeMap<(String, String), (usize, String)> = BTreeMap::new();
    for &at in chosen {
        let member = &members[at];
        let Some(path) = member.checked_table(GroupRow::TABLE)? else { continue };
        // A table of another version is counted by its words alone.
        let Ok(groups) = read_rows::<GroupRow>(&path) else { continue };
        for found in findings(&member.manifest.pipeline, &groups, &[]) {
            let entry = counts.entry((found.model, found.word)).or_insert((0, found.sentence));
            entry.0 += 1;
        }
    }
    let models: BTreeMap<&String, usize> = counts.iter().fold(BTreeMap::new(), |mut all, ((model, _), (count, _))| {
        *all.entry(model).or_default() += count;
        all
    });
    let line = |((model, _), (count, sentence)): (&(String, String), &(usize, String))| {
        let of = models.get(model).copied().unwrap_or_default();
        (*count, format!("{model}, {count} of {of}: {sentence}"))
    };
    let mut lines: Vec<(usize, String)> = counts.iter().map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.0));
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// How often each finding occurred for a model, for each combination of some facts about members.
#[derive(Debug)]
pub struct Findings {
    facts: Vec<String>,
    counts: BTreeMap<Vec<String>, BTreeMap<String, BTreeMap<String, usize>>>,
}

impl Findings {
    /// Counts what the chosen members found; `None` if no member has a table `groups`.
    pub fn count(
        members: &[Member],
        chosen: &[usize],
        facts: &DataFrame,
        by: &[Fact],
    ) -> Result<Option<Self>, CompareError> {
        let Some(groups) = read_table(members, chosen, "groups", |name| name == WHOLE || COLUMNS.contains(&name))?
        else {
            return Ok(None);
        };
        if !COLUMNS.iter().all(|name| has(&groups, name)) {
            return Ok(None);
        }
        let groups = with_facts(&groups, facts, by)?;
        let texts = |name: &str| Ok::<_, CompareError>(words(groups.column(name)?));
        let [models, verdicts, names, conjugacies] =
            [texts("model")?, texts("verdict")?, texts("name")?, texts("conjugacy")?];
        let wholes = if has(&groups, WHOLE) { texts(WHOLE)? } else { vec![String::new(); groups.height()] };
        let keys = by.iter().map(|fact| texts(&fact.name)).collect::<Result<Vec<_>, _>>()?;
        let mut counts: BTreeMap<Vec<String>, BTreeMap<String, BTreeMap<String, usize>>> = BTreeMap::new();
        for row in 0..groups.height() {
            let key = keys.iter().map(|column| column[row].clone()).collect();
            let found = word_of(&verdicts[row], &names[row], &conjugacies[row], &wholes[row]);
            *counts.entry(key).or_default().entry(models[row].clone()).or_default().entry(found).or_default() += 1;
        }
        Ok(Some(Self { facts: by.iter().map(|fact| fact.name.clone()).collect(), counts }))
    }

    /// The counts for each row of a frame that has the facts as columns. A frame with a column `model` gets the counts
    /// of that model alone.
    pub fn column(&self, frame: &DataFrame) -> Result<Column, CompareError> {
        let keys =
            self.facts.iter().map(|name| Ok(words(frame.column(name)?))).collect::<Result<Vec<_>, CompareError>>()?;
        let models = if has(frame, "model") { Some(words(frame.column("model")?)) } else { None };
        let cell = |row: usize| {
            let key: Vec<String> = keys.iter().map(|column| column[row].clone()).collect();
            let of_models = self.counts.get(&key)?;
            match &models {
                Some(models) => of_models.get(&models[row]).map(tally),
                None => Some(of_all(of_models)),
            }
        };
        Ok(Column::new(FOUND.into(), (0..frame.height()).map(cell).collect::<Vec<Option<String>>>()))
    }
}

/// The models' counts; with their names, if there are several.
fn of_all(models: &BTreeMap<String, BTreeMap<String, usize>>) -> String {
    let named = |(model, counts): (&String, _)| {
        if models.len() > 1 { format!("{model}: {}", tally(counts)) } else { tally(counts) }
    };
    models.iter().map(named).collect::<Vec<_>>().join("; ")
}

/// Most frequent first.
fn tally(counts: &BTreeMap<String, usize>) -> String {
    let mut counts: Vec<(&String, &usize)> = counts.iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1));
    counts.iter().map(|(found, count)| format!("{count}× {found}")).collect::<Vec<_>>().join(", ")
}

fn words(column: &Column) -> Vec<String> {
    values(column).iter().map(|value: &Value| word(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_finding_comes_first() {
        let counts = |found: &[(&str, usize)]| found.iter().map(|(f, n)| ((*f).to_owned(), *n)).collect();
        let one: BTreeMap<String, usize> = counts(&[("none", 1), ("so(2)", 9)]);
        assert_eq!(tally(&one), "9× so(2), 1× none");
        let several = BTreeMap::from([("a".to_owned(), one), ("b".to_owned(), counts(&[("t(3)", 10)]))]);
        assert_eq!(of_all(&several), "a: 9× so(2), 1× none; b: 10× t(3)");
        assert_eq!(word_of("accepted", "so(2)", "conjugated", ""), "so(2) conjugated");
        assert_eq!(word_of("refused: no skill", "none", "", ""), "refused: no skill");
        assert_eq!(word_of("accepted", "so(2)", "standard", "O(2)"), "O(2)");
        assert_eq!(word_of("none", "none", "", "C4"), "C4");
        assert_eq!(word_of("none", "none", "", ""), "none");
    }
}
