//! The results as passed to the template: text and drawings.

use minijinja::{Value, context};

use super::charts::{equivariance, evaluation, grouped, safe, training};
use super::finite::finite;
use super::heatmap::heatmap;
use super::load::Results;
use super::words::{duration, facts, interval, number, state_tone, tone, verdict};
use crate::words::number::short;
use semola_data::table::{DirectionRow, GeneratorRow, GroupRow, flatten};

/// Everything on the page.
pub(super) fn page(results: &Results) -> Value {
    context! {
        header => header(results),
        groups => results.groups.iter().map(group).collect::<Value>(),
        generators => generators(&results.generators),
        directions => directions(&results.directions),
        finite => finite(&results.finite, &results.elements),
        evaluation => evaluation(&results.evaluation),
        equivariance => equivariance(&results.equivariance),
        training => training(&results.metrics),
        settings => settings(results),
    }
}

fn header(results: &Results) -> Value {
    let run = &results.manifest;
    let megabytes = run.peak_rss_bytes.map(|bytes| format!("{} MiB", bytes >> 20));
    let facts = [
        ("seed", Some(run.seed.to_string())),
        ("device", Some(run.device.clone()).filter(|device| !device.is_empty())),
        ("threads", Some(run.threads.to_string()).filter(|_| run.threads > 0)),
        ("started", run.started.clone()),
        ("took", (run.seconds > 0.0).then(|| duration(run.seconds))),
        ("processor time", run.cpu_seconds.map(duration)),
        ("memory", megabytes),
    ];
    context! {
        name => &run.name,
        run_id => &run.run_id,
        status => run.status.as_str(),
        tone => state_tone(run.status),
        error => run.error.clone().unwrap_or_default(),
        facts => pairs(facts.into_iter().filter_map(|(label, fact)| fact.map(|fact| (label.to_owned(), fact)))),
    }
}

fn group(group: &GroupRow) -> Value {
    let side = group.side as usize;
    let drawings = [("invariant quadratic form", &group.invariant_form), ("change of basis", &group.change_of_basis)];
    let drawings = drawings.into_iter().filter(|(_, matrix)| side > 0 && matrix.len() == side * side);
    context! {
        model => &group.model,
        verdict => &group.verdict,
        tone => tone(&group.verdict),
        sentence => verdict(group),
        notes => &group.notes,
        facts => pairs(facts(group).into_iter().map(|(label, fact)| (label.to_owned(), fact))),
        matrices => drawings.map(|(label, matrix)| context! {
            label => label,
            drawing => safe(heatmap(side, side, matrix, largest(matrix))),
        }).collect::<Value>(),
    }
}

/// The generators of each model, drawn to one scale.
fn generators(rows: &[GeneratorRow]) -> Value {
    let by_model = grouped(rows, |row| row.model.clone());
    let model = |(model, rows): (String, Vec<&GeneratorRow>)| {
        let scale = rows.iter().map(|row| row.value.abs()).fold(0.0, f64::max);
        let matrices = grouped(&rows, |row| row.generator);
        context! { model => model, matrices => matrices.iter().map(|(_, rows)| generator(rows, scale)).collect::<Value>() }
    };
    by_model.into_iter().map(model).collect()
}

fn generator(entries: &[&&GeneratorRow], scale: f64) -> Value {
    let rows = entries.iter().map(|entry| entry.row as usize + 1).max().unwrap_or_default();
    let columns = entries.iter().map(|entry| entry.col as usize + 1).max().unwrap_or_default();
    // A table from elsewhere may hold a few entries with huge positions: a page has no room for such a matrix.
    let drawing = if rows.saturating_mul(columns) <= entries.len() {
        let mut matrix = vec![0.0; rows * columns];
        entries.iter().for_each(|entry| {
            if let Some(value) = matrix.get_mut(entry.row as usize * columns + entry.col as usize) {
                *value = entry.value;
            }
        });
        heatmap(rows, columns, &matrix, scale)
    } else {
        String::new()
    };
    let first = entries.first();
    context! {
        number => first.map(|entry| entry.generator).unwrap_or_default(),
        strength => number(first.map(|entry| entry.strength)),
        accepted => first.is_some_and(|entry| entry.accepted),
        drawing => safe(drawing),
    }
}

fn directions(rows: &[DirectionRow]) -> Value {
    let by_model = grouped(rows, |row| row.model.clone());
    let model = |(model, rows): (String, Vec<&DirectionRow>)| {
        context! { model => model, rows => rows.into_iter().map(direction).collect::<Value>() }
    };
    by_model.into_iter().map(model).collect()
}

fn direction(row: &DirectionRow) -> Value {
    let side = row.side as usize;
    let fits = side > 0 && side <= 4 && row.matrix.len() == side * side;
    context! {
        number => row.direction,
        verdict => &row.verdict,
        tone => tone(&row.verdict),
        strength => number(row.strength),
        excess => interval(row.excess, row.excess_low, row.excess_high),
        p_value => p_value(row),
        extent => row.extent.map_or_else(|| number(None), |value| short(value, 3)),
        support => interval(row.support, row.support_low, row.support_high),
        matrix => if fits { matrix_words(&row.matrix, side) } else { String::new() },
    }
}

/// A direction that was accepted with its group has no p-value of its own: it was not among those that were tested one by one.
fn p_value(row: &DirectionRow) -> String {
    match row.p_adjusted {
        Some(value) if value >= 1.0 && row.verdict == "accepted" => "with its group".to_owned(),
        Some(value) => short(value, 2),
        None => number(None),
    }
}

/// A small matrix in one line: rows apart by semicolons.
fn matrix_words(matrix: &[f64], side: usize) -> String {
    let row = |row: &[f64]| row.iter().map(|value| short(*value, 3)).collect::<Vec<_>>().join(" ");
    format!("[{}]", matrix.chunks(side).map(row).collect::<Vec<_>>().join("; "))
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

fn pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Value {
    pairs.into_iter().map(|(label, value)| context! { label => label, value => value }).collect()
}

pub(super) fn largest(values: &[f64]) -> f64 {
    values.iter().map(|value| value.abs()).fold(0.0, f64::max)
}
