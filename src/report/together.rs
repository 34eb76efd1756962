//! The page of a run: what its members found, how often, and what that gained.

use std::collections::BTreeMap;
use std::path::Path;

use minijinja::{Value, context};
use semola_data::table::EvaluationRow;
use serde_json::Value as Json;

use super::charts::safe;
use super::dots::{Dot, Row, dots};
use super::glossary::glossary;
use super::load::Results;
use super::view::{marked, pairs};
use super::words::state_tone;
use crate::finding::{Finding, Setting, findings, is_main, is_score};
use crate::member::named_settings;
use crate::words::count;
use crate::words::number::short;

/// Settings that identify a member and do not tell how it was made.
const NAMES: [&str; 3] = ["name", "seed", "description"];

/// Everything on the page.
pub(super) fn page(run: &Path, results: &[Results]) -> Value {
    let found: Vec<Vec<Finding>> =
        results.iter().map(|r| findings(&r.manifest.pipeline, &r.groups, &r.evaluation)).collect();
    let differing = differing(results);
    let settings = |at: usize| differing.iter().filter_map(|(_, values)| values.get(at).cloned()).collect::<Vec<_>>();
    let members = results.iter().zip(&found).enumerate();
    let members = members.map(|(at, (results, found))| member(results, found, settings(at)));
    let names: Vec<String> = differing.iter().map(|(name, _)| name.clone()).collect();
    context! {
        name => results.first().map(|results| results.manifest.name.clone()).unwrap_or_default(),
        directory => run.file_name().map(|name| name.to_string_lossy().into_owned()),
        count => count(results.len(), "member"),
        sentences => sentences(&found),
        gains => gains(results, &found),
        settings => names,
        members => members.collect::<Value>(),
        glossary => glossary(),
    }
}

/// Each finding with the number of members that made it, the most frequent first.
fn sentences(found: &[Vec<Finding>]) -> Value {
    let mut counts: BTreeMap<(&str, &str), (usize, &Finding)> = BTreeMap::new();
    for finding in found.iter().flatten() {
        // Sentences of members that differ in a number only (the explained share) count together by their word.
        counts.entry((&finding.model, &finding.word)).or_insert((0, finding)).0 += 1;
    }
    let mut counts: Vec<(usize, &Finding)> = counts.into_values().collect();
    counts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.sentence.cmp(&b.1.sentence)));
    let of = |model: &str| found.iter().filter(|all| all.iter().any(|f| f.model == model)).count();
    let sentence = |(times, finding): (usize, &Finding)| {
        context! {
            count => format!("{times} of {}", of(&finding.model)),
            model => &finding.model,
            word => &finding.word,
            tone => finding.tone().class(),
            sentence => marked(&finding.sentence),
        }
    };
    counts.into_iter().map(sentence).collect()
}

/// A comparison: model, data set, shift, metric.
type Case = (String, String, String, String);

/// For each data set and shift the main metric of the models with a group over that of the others, a dot for each member.
fn gains(results: &[Results], found: &[Vec<Finding>]) -> Value {
    let mut cases: Vec<(Case, Vec<Row>)> = Vec::new();
    for (results, found) in results.iter().zip(found) {
        for (case, label, dot) in found.iter().flat_map(|finding| against(results, &finding.model)) {
            let at = cases.iter().position(|(known, _)| *known == case).unwrap_or_else(|| {
                cases.push((case, Vec::new()));
                cases.len() - 1
            });
            let rows = &mut cases[at].1;
            match rows.iter_mut().find(|row| row.label == label) {
                Some(row) => row.dots.push(dot),
                None => rows.push(Row { label, dots: vec![dot] }),
            }
        }
    }
    cases.into_iter().map(chart).collect()
}

/// One member's comparisons of a model with that without augmentation, and with that along a given group.
fn against(results: &Results, model: &str) -> Vec<(Case, String, Dot)> {
    let setting = Setting::of(&results.manifest.pipeline);
    let known = setting.known(model).map(|(other, group)| (other, format!("{group} given")));
    let plain = setting.plain(model).map(|other| (other, "no augmentation".to_owned()));
    let others: Vec<(&str, String)> = plain.into_iter().chain(known).collect();
    let mut all = Vec::new();
    for own in results.evaluation.iter().filter(|row| row.model == model && is_main(&row.metric)) {
        for (other, label) in &others {
            let same = |row: &&EvaluationRow| {
                row.model == *other && row.split == own.split && row.shift == own.shift && row.metric == own.metric
            };
            let Some(other) = results.evaluation.iter().find(same) else { continue };
            let value = match is_score(&own.metric) {
                true => 100.0 * (own.value - other.value),
                false => own.value / other.value,
            };
            let case = (model.to_owned(), own.split.clone(), own.shift.clone(), own.metric.clone());
            let hint = format!("seed {}: {}", results.manifest.seed, short(value, 3));
            all.push((case, label.clone(), Dot { value, hint }));
        }
    }
    all
}

fn chart(((model, split, shift, metric), rows): (Case, Vec<Row>)) -> Value {
    let shift = if shift == "none" { "as it is".to_owned() } else { format!("shift: {shift}") };
    let (axis, mark, log) = match is_score(&metric) {
        true => (format!("points of {metric} above the model with …"), 0.0, false),
        false => (format!("{metric} over that of the model with …"), 1.0, true),
    };
    let drawing = dots(&format!("{axis} on {split}, {shift}"), &rows, (mark, "no difference"), log);
    context! { title => format!("{model} on {split}, {shift}"), axis => axis, drawing => safe(drawing) }
}

/// The settings in which the members differ, with the value of each.
fn differing(results: &[Results]) -> Vec<(String, Vec<String>)> {
    let all: Vec<BTreeMap<String, Json>> =
        results.iter().map(|results| named_settings(&results.manifest.pipeline).into_iter().collect()).collect();
    let Some(first) = all.first() else { return Vec::new() };
    let names = all.iter().flat_map(|settings| settings.keys());
    let mut names: Vec<&String> = names.filter(|name| !NAMES.contains(&name.as_str())).collect();
    names.sort();
    names.dedup();
    let differs = |name: &&String| all.iter().any(|settings| settings.get(*name) != first.get(*name));
    let word = |value: Option<&Json>| {
        value.map_or_else(String::new, |v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
    };
    let mut kept: Vec<(String, Vec<String>)> = Vec::new();
    for name in names.into_iter().filter(differs) {
        let values: Vec<String> = all.iter().map(|settings| word(settings.get(name))).collect();
        // Of settings that change together (`like`) the first stands for all.
        if kept.iter().all(|(_, other)| *other != values) {
            kept.push((name.clone(), values));
        }
    }
    kept
}

fn member(results: &Results, found: &[Finding], settings: Vec<String>) -> Value {
    let run = &results.manifest;
    let bound = results.groups.first().and_then(|group| group.breaking_bound);
    context! {
        seed => run.seed,
        run_id => &run.run_id,
        status => run.status.as_str(),
        tone => state_tone(run.status),
        found => found.iter().map(|f| context! { word => &f.word, tone => f.tone().class() }).collect::<Value>(),
        bound => bound.map_or_else(|| "–".to_owned(), |bound| format!("{} %", short(100.0 * bound, 2))),
        settings => settings,
        details => pairs(found.iter().flat_map(Finding::details).map(|(l, t)| (l.to_owned(), t.to_owned()))),
    }
}
