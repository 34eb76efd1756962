//! The charts of the page, each with its title and legend.

use std::collections::BTreeMap;

use minijinja::{Value, context};

use super::bars::{Bar, bars};
use super::lines::lines;
use super::series::Series;
use super::svg::COLOURS;
use semola_data::table::{EquivarianceRow, EvaluationRow, MetricRow};

/// One chart per split and metric: the shifts below each other, each with all models.
pub(super) fn evaluation(rows: &[EvaluationRow]) -> Value {
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
        context! { split => split, metric => metric, n => n, drawing => safe(drawing) }
    };
    grouped(rows, |row| (row.split.clone(), row.metric.clone())).into_iter().map(chart).collect()
}

/// Scores between 0 and 1 are compared on a linear axis, errors on a logarithmic one.
fn is_score(metric: &str) -> bool {
    ["accuracy", "r2", "auc", "f1", "skill"].iter().any(|score| metric.to_lowercase().contains(score))
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
        let drawing = lines(&format!("equivariance on {split}"), "size of the coefficients", &curves, true, true);
        context! { title => format!("relative error on {split}"), drawing => safe(drawing), legend => legend(&curves) }
    };
    grouped(rows, |row| row.split.clone()).into_iter().map(chart).collect()
}

/// One chart per model and metric: stages and splits.
pub(super) fn training(rows: &[MetricRow]) -> Value {
    let chart = |((model, metric), rows): ((String, String), Vec<&MetricRow>)| {
        let curves: Vec<Series> = grouped(&rows, |row| format!("{} ({})", row.split, row.stage))
            .into_iter()
            .map(|(label, rows)| Series::new(label, rows.iter().map(|row| (row.step as f64, row.value)).collect()))
            .collect();
        let drawing = lines(&format!("{metric} of {model}"), "step", &curves, false, !is_score(&metric));
        context! { title => format!("{model}: {metric}"), drawing => safe(drawing), legend => legend(&curves) }
    };
    // Counts of rows that were left out are no curves.
    let is_curve = |((_, metric), _): &((String, String), Vec<&MetricRow>)| !metric.starts_with("dropped.");
    grouped(rows, |row| (row.model.clone(), row.metric.clone())).into_iter().filter(is_curve).map(chart).collect()
}

fn legend(curves: &[Series]) -> Value {
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
