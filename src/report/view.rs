//! The results as passed to the template: text and drawings.

use minijinja::{Value, context};

use super::charts::{equivariance, evaluation, grouped, safe, training};
use super::finite::finite;
use super::generators::{flows, generators};
use super::glossary::glossary;
use super::heatmap::heatmap;
use super::load::Results;
use super::predicted::predicted;
use super::sizes::sizes;
use super::svg::escape;
use super::words::{duration, extent, facts, matrix_words, state_tone, tone, why};
use crate::finding::{Finding, Setting, findings, unasked};
use crate::member::Status;
use crate::words::number::short;
use semola_data::table::{DirectionRow, GroupRow, flatten};

/// Everything on the page.
pub(super) fn page(results: &Results) -> Value {
    let setting = Setting::of(&results.manifest.pipeline);
    let found = findings(&results.manifest.pipeline, &results.groups, &results.evaluation);
    let model = found.first().map_or("", |finding| finding.model.as_str());
    let unit = setting.target_unit(model);
    let models: Vec<&str> = [Some(model), setting.plain(model)].into_iter().flatten().collect();
    let are_classes = results.evaluation.iter().any(|row| row.metric == "accuracy");
    context! {
        header => header(results),
        groups => results.groups.iter().zip(&found).map(|(row, found)| group(row, found)).collect::<Value>(),
        flows => flows(results, setting),
        sizes => sizes(&results.extents, &results.groups),
        generators => generators(&results.generators),
        directions => directions(&results.directions, &results.groups),
        evaluation => evaluation(&results.evaluation, setting.measured_unit(model).as_deref()),
        predicted => predicted(&results.predictions, &models, are_classes, unit.as_deref()),
        finite => finite(&results.finite, &results.elements),
        equivariance => equivariance(&results.equivariance),
        training => training(&results.metrics),
        glossary => glossary(),
        settings => settings(results),
    }
}

fn header(results: &Results) -> Value {
    let run = &results.manifest;
    let megabytes = run.peak_rss_bytes.map(|bytes| format!("{} MiB", bytes >> 20));
    let facts = [
        ("device", Some(run.device.clone()).filter(|device| !device.is_empty())),
        ("threads", Some(run.threads.to_string()).filter(|_| run.threads > 0)),
        ("started", run.started.clone()),
        ("took", (run.seconds > 0.0).then(|| duration(run.seconds))),
        ("processor time", run.cpu_seconds.map(duration)),
        ("memory", megabytes),
    ];
    let nothing = match run.status {
        Status::Done => unasked(&run.pipeline).unwrap_or("There is no finding."),
        Status::Failed => "The run failed before it found anything.",
        Status::Running | Status::Interrupted => "The run is not finished: there is no finding yet.",
    };
    context! {
        name => &run.name,
        run_id => &run.run_id,
        seed => run.seed,
        nothing => nothing,
        status => run.status.as_str(),
        tone => state_tone(run.status),
        error => run.error.clone().unwrap_or_default(),
        facts => pairs(facts.into_iter().filter_map(|(label, fact)| fact.map(|fact| (label.to_owned(), fact)))),
    }
}

fn group(group: &GroupRow, finding: &Finding) -> Value {
    let side = group.side as usize;
    let drawings = [("invariant quadratic form", &group.invariant_form), ("change of basis", &group.change_of_basis)];
    let drawings = drawings.into_iter().filter(|(_, matrix)| side > 0 && matrix.len() == side * side);
    context! {
        model => &group.model,
        verdict => &group.verdict,
        tone => finding.tone().class(),
        sentence => marked(&finding.sentence),
        details => finding.details().into_iter().map(|(label, text)| context! { label => label, value => marked(text) }).collect::<Value>(),
        notes => &group.notes,
        facts => pairs(facts(group).into_iter().map(|(label, fact)| (label.to_owned(), fact))),
        matrices => drawings.map(|(label, matrix)| context! {
            label => label,
            drawing => safe(heatmap(side, side, matrix, largest(matrix))),
        }).collect::<Value>(),
    }
}

fn directions(rows: &[DirectionRow], groups: &[GroupRow]) -> Value {
    let by_model = grouped(rows, |row| row.model.clone());
    let model = |(model, rows): (String, Vec<&DirectionRow>)| {
        let name = groups.iter().find(|group| group.model == model).map_or("", |group| group.name.as_str());
        context! { model => model, rows => rows.into_iter().map(|row| direction(row, name)).collect::<Value>() }
    };
    by_model.into_iter().map(model).collect()
}

fn direction(row: &DirectionRow, name: &str) -> Value {
    let side = row.side as usize;
    let fits = side > 0 && side <= 4 && row.matrix.len() == side * side;
    let times = |excess: f64| short(1.0 + excess, 3);
    let excess = match (row.excess, row.excess_low, row.excess_high) {
        (Some(excess), Some(low), Some(high)) => format!("{} [{}, {}]", times(excess), times(low), times(high)),
        (Some(excess), ..) => times(excess),
        (None, ..) => "–".to_owned(),
    };
    context! {
        number => row.direction,
        verdict => &row.verdict,
        tone => tone(&row.verdict),
        words => why(row),
        excess => excess,
        p_value => p_value(row),
        extent => row.extent.map_or_else(|| "–".to_owned(), |value| extent(value, name)),
        matrix => if fits { matrix_words(&row.matrix, side) } else { String::new() },
    }
}

/// A direction that was accepted with its group has no p-value of its own: it was not among those that were tested one by one.
fn p_value(row: &DirectionRow) -> String {
    match row.p_adjusted {
        Some(value) if value >= 1.0 && row.verdict == "accepted" => "tested with its group".to_owned(),
        Some(value) => format!("{} %", short(100.0 * value, 2)),
        None => "–".to_owned(),
    }
}

fn settings(results: &Results) -> Value {
    let run = &results.manifest;
    let hashes = [("pipeline hash", &run.pipeline_hash), ("data hash", &run.data_hash)];
    let hashes = hashes.into_iter().map(|(label, hash)| (label.to_owned(), hash.clone()));
    let versions = run.versions.iter().map(|(name, version)| (format!("version of {name}"), version.clone()));
    let files = run.files.iter().map(|file| (file.path.clone(), format!("{} rows, {}", file.rows, file.hash)));
    let pipeline = flatten(&run.pipeline).into_iter().map(|setting| {
        let words = setting.value.as_str().map_or_else(|| setting.value.to_string(), str::to_owned);
        (setting.path, words)
    });
    context! { run => pairs(hashes.chain(versions)), files => pairs(files), pipeline => pairs(pipeline) }
}

/// Text with names in backquotes as code.
pub(super) fn marked(text: &str) -> Value {
    let escaped = escape(text);
    let mut parts = escaped.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    while let Some(name) = parts.next() {
        // What follows the closing one; one that stands alone is a sign like others.
        match parts.next() {
            Some(after) => out += &format!("<code>{name}</code>{after}"),
            None => out += &format!("`{name}"),
        }
    }
    safe(out)
}

/// Labels with values.
pub(super) fn pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Value {
    pairs.into_iter().map(|(label, value)| context! { label => label, value => value }).collect()
}

pub(super) fn largest(values: &[f64]) -> f64 {
    values.iter().map(|value| value.abs()).fold(0.0, f64::max)
}
