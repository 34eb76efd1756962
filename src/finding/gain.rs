//! What a group gains or costs: errors of the model beside those of the same network without augmentation, and with a group given.

use semola_data::table::EvaluationRow;

use super::setting::Setting;
use crate::words::number::short;

/// The metric that is shown of each model.
pub fn is_main(metric: &str) -> bool {
    metric == "mse" || metric == "accuracy"
}

/// Whether larger is better.
pub fn is_score(metric: &str) -> bool {
    ["accuracy", "r2", "auc", "f1", "skill"].iter().any(|score| metric.to_lowercase().contains(score))
}

/// A sentence for each data set and shift on which both models were measured.
pub(super) fn gains(setting: &Setting<'_>, model: &str, rows: &[EvaluationRow]) -> Vec<String> {
    let (plain, known) = (setting.plain(model), setting.known(model));
    let own = rows.iter().filter(|row| row.model == model && is_main(&row.metric));
    own.filter_map(|own| {
        let other = |name: &str| {
            rows.iter().find(|row| {
                row.model == name && row.split == own.split && row.shift == own.shift && row.metric == own.metric
            })
        };
        let plain = plain.and_then(other).map(|other| against(own, other, "the plain network's"));
        let known = known.and_then(|(name, group)| {
            other(name).map(|other| against(own, other, &format!("that with {group} given,")))
        });
        let told: Vec<String> = plain.into_iter().chain(known).collect();
        (!told.is_empty()).then(|| format!("{}: {}.", place(own, &unit(setting, model, &own.metric)), told.join("; ")))
    })
    .collect()
}

/// The unit of a metric, if the pipeline says the target's: `(eV²)`; or that the target is compressed.
fn unit(setting: &Setting<'_>, model: &str, metric: &str) -> String {
    if metric == "mse" && setting.is_compressed(model) {
        return " (on the compressed scale)".to_owned();
    }
    let unit = setting.measured_unit(model);
    unit.filter(|_| metric == "mse").map(|unit| format!(" ({unit})²")).unwrap_or_default()
}

fn place(own: &EvaluationRow, unit: &str) -> String {
    let shift = if own.shift == "none" { "as it is".to_owned() } else { format!("under the shift {}", own.shift) };
    let value = if own.metric == "accuracy" { percent(own.value) } else { short(own.value, 3) };
    format!(
        "On `{}` {shift}, {} {value}{unit}",
        own.split,
        if own.metric == "mse" { "mean squared error" } else { &own.metric }
    )
}

fn percent(share: f64) -> String {
    format!("{} %", short(100.0 * share, 3))
}

/// One comparison: `0.097 times the plain network's 2.1e-5 (better)`.
fn against(own: &EvaluationRow, other: &EvaluationRow, whose: &str) -> String {
    let better = if is_score(&own.metric) { own.value > other.value } else { own.value < other.value };
    let size = if is_score(&own.metric) {
        let points = 100.0 * (own.value - other.value);
        let side = if points < 0.0 { "below" } else { "above" };
        format!("{} points {side} {whose} {}", short(points.abs(), 2), percent(other.value))
    } else if other.value > 0.0 {
        format!("{} times {whose} {}", short(own.value / other.value, 2), short(other.value, 3))
    } else {
        format!("{whose} is {}", short(other.value, 3))
    };
    let told = match (own.value == other.value, apart(own, other), better) {
        (true, ..) => "the same",
        (_, false, _) => "no clear difference",
        (_, true, true) => "better",
        (_, true, false) => "worse",
    };
    format!("{size} ({told})")
}

/// Whether the intervals of two values have nothing in common.
fn apart(a: &EvaluationRow, b: &EvaluationRow) -> bool {
    let ends = |row: &EvaluationRow| (row.ci_low.unwrap_or(row.value), row.ci_high.unwrap_or(row.value));
    let ((a_low, a_high), (b_low, b_high)) = (ends(a), ends(b));
    a_high < b_low || b_high < a_low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(model: &str, metric: &str, value: f64, spread: f64) -> EvaluationRow {
        EvaluationRow {
            model: model.into(),
            split: "test".into(),
            shift: "none".into(),
            metric: metric.into(),
            value,
            ci_low: Some(value - spread),
            ci_high: Some(value + spread),
            n: 10,
        }
    }

    #[test]
    fn gains_losses_and_ties_are_told_apart() {
        let told = |metric, own, plain, spread| {
            against(&row("learned", metric, own, spread), &row("plain", metric, plain, spread), "the plain network's")
        };
        assert_eq!(told("mse", 0.5, 2.0, 0.1), "0.25 times the plain network's 2 (better)");
        assert_eq!(told("mse", 3.0, 2.0, 0.1), "1.5 times the plain network's 2 (worse)");
        assert_eq!(told("mse", 1.9, 2.0, 0.1), "0.95 times the plain network's 2 (no clear difference)");
        assert_eq!(told("mse", 2.0, 2.0, 0.1), "1 times the plain network's 2 (the same)");
        assert_eq!(told("accuracy", 0.75, 0.5, 0.01), "25 points above the plain network's 50 % (better)");
        assert_eq!(told("accuracy", 0.25, 0.5, 0.01), "25 points below the plain network's 50 % (worse)");
        assert_eq!(told("mse", 1.0, 0.0, 0.1), "the plain network's is 0 (worse)");
    }
}
