//! The charts of the page, each with its title and legend.

use std::collections::BTreeMap;

use minijinja::{Value, context};

use super::bars::{Bar, bars};
use super::lines::Lines;
use super::series::Series;
use super::svg::COLOURS;
use crate::finding::{is_main, is_score};
use semola_data::table::{EquivarianceRow, EvaluationRow, MetricRow};

/// One chart per split and metric: the shifts below each other, each with all models.
pub(super) fn evaluation(rows: &[EvaluationRow], unit: Option<&str>) -> Value {
    let models = grouped(rows, |row| row.model.clone());
    let colours: BTreeMap<_, _> = models.iter().enumerate().map(|(at, (model, _))| (model.as_str(), at)).collect();
    let bar = |row: &EvaluationRow| Bar {
        label: row.model.clone(),
        colour: colours.get(row.model.as_str()).copied().unwrap_or_default(),
        value: row.value,
        low: row.ci_low,
        high: row.ci_high,
    };
    let chart = |((split, metric), rows): ((String, String), Vec<&EvaluationRow>)| {
        let shifts = grouped(&rows, |row| row.shift.clone());
        let title = |shift: &str| {
            if shift == "none" { "as it is".to_owned() } else { format!("shift: {shift}") }
        };
        let groups: Vec<(String, Vec<Bar>)> = shifts
            .into_iter()
            .map(|(shift, rows)| (title(&shift), rows.into_iter().map(|row| bar(row)).collect()))
            .collect();
        let n = rows.iter().map(|row| row.n).max().unwrap_or_default();
        let drawing = bars(&format!("{metric} on {split}"), &groups, !is_score(&metric));
        context! { split => split, metric => metric, n => n, unit => unit, drawing => safe(drawing) }
    };
    // The metric that the sentences are about comes first.
    let mut charts = grouped(rows, |row| (row.split.clone(), row.metric.clone()));
    charts.sort_by_key(|((_, metric), _)| !is_main(metric));
    charts.into_iter().map(chart).collect()
}

/// One chart per split: models and sources of the group.
pub(super) fn equivariance(rows: &[EquivarianceRow]) -> Value {
    let chart = |(split, rows): (String, Vec<&EquivarianceRow>)| {
        let curves: Vec<Series> = grouped(&rows, |row| format!("{}, {} group", row.model, row.group_source))
            .into_iter()
            .map(|(label, rows)| {
                Series::new(label, rows.iter().map(|row| (row.coefficient_size, row.relative_error)).collect())
            })
            .collect();
        let drawing = Lines {
            about: &format!("equivariance error on {split}"),
            x_label: "size of the group element",
            y_label: "relative error",
            curves: &curves,
            log_x: true,
            log_y: true,
            ..Lines::default()
        }
        .draw();
        context! { title => format!("relative error on {split}"), drawing => safe(drawing), legend => legend(&curves) }
    };
    grouped(rows, |row| row.split.clone()).into_iter().map(chart).collect()
}

/// One chart per model and metric, with a curve for each stage and split: losses, and the rest.
pub(super) fn training(rows: &[MetricRow]) -> Value {
    let chart = |((model, metric), rows): ((String, String), Vec<&MetricRow>)| {
        let curves: Vec<Series> = grouped(&rows, |row| format!("{} ({})", row.split, part(&row.stage)))
            .into_iter()
            .map(|(label, rows)| Series::new(label, rows.iter().map(|row| (row.step as f64, row.value)).collect()))
            .collect();
        let drawing = Lines {
            about: &format!("{metric} of {model} during training"),
            x_label: "step",
            y_label: &metric,
            curves: &curves,
            log_y: !is_score(&metric),
            ..Lines::default()
        }
        .draw();
        context! { title => format!("{model}: {metric}"), drawing => safe(drawing), legend => legend(&curves) }
    };
    // Counts of rows that were left out are no curves.
    let is_curve = |((_, metric), _): &((String, String), Vec<&MetricRow>)| !metric.starts_with("dropped.");
    let charts = grouped(rows, |row| (row.model.clone(), row.metric.clone())).into_iter().filter(is_curve);
    let (losses, others): (Vec<_>, Vec<_>) = charts.partition(|((_, metric), _)| metric == "loss");
    if losses.is_empty() && others.is_empty() {
        return Value::from(());
    }
    let charts = |all: Vec<_>| all.into_iter().map(chart).collect::<Value>();
    context! { losses => charts(losses), others => charts(others) }
}

/// A part of training in words.
fn part(stage: &str) -> String {
    match (stage, stage.strip_prefix("audit").and_then(|number| number.parse::<usize>().ok())) {
        ("discover", _) => "joint search".to_owned(),
        ("finish" | "finish-within", _) => "along the group".to_owned(),
        (_, Some(number)) => format!("audit network {}", number + 1),
        (other, None) => other.to_owned(),
    }
}

/// The names of curves with their colours.
pub(super) fn legend(curves: &[Series]) -> Value {
    let entry = |(at, series): (usize, &Series)| context! { colour => at % COLOURS, label => &series.label };
    curves.iter().enumerate().map(entry).collect()
}

/// A drawing is markup that was escaped when it was made.
pub(super) fn safe(drawing: String) -> Value {
    Value::from_safe_string(drawing)
}

/// Rows by a key, in the order in which the keys appear.
pub(super) fn grouped<T, K: Ord + Clone>(rows: &[T], key: impl Fn(&T) -> K) -> Vec<(K, Vec<&T>)> {
    let mut places: BTreeMap<K, usize> = BTreeMap::new();
    let mut groups: Vec<(K, Vec<&T>)> = Vec::new();
    for row in rows {
        let key = key(row);
        let place = *places.entry(key.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((key, vec![row])),
        }
    }
    groups
}
