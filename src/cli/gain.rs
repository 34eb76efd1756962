//! What a model with a learned group gained over the same network without augmentation, in sentences.

use semola_data::table::EvaluationRow;
use semola_pipe::run::Finished;
use semola_pipe::words::number::short;

/// One sentence for each model with a group, data set and shift; none if no model was trained without augmentation.
pub fn sentences(member: &Finished) -> Vec<String> {
    let Some(plain) = member.plain_model() else { return Vec::new() };
    let mut lines = Vec::new();
    for group in &member.groups {
        for own in member.evaluation.iter().filter(|row| row.model == group.model && is_main(&row.metric)) {
            let same = |row: &&EvaluationRow| {
                row.model == plain && row.split == own.split && row.shift == own.shift && row.metric == own.metric
            };
            if let Some(other) = member.evaluation.iter().find(same) {
                lines.push(sentence(own, other));
            }
        }
    }
    lines
}

/// The metric that is shown of each model.
pub fn is_main(metric: &str) -> bool {
    metric == "mse" || metric == "accuracy"
}

fn sentence(own: &EvaluationRow, plain: &EvaluationRow) -> String {
    let case = format!("{} of {}, shift {}", own.metric, own.split, own.shift);
    let better = if own.metric == "accuracy" { own.value > plain.value } else { own.value < plain.value };
    let size = if own.metric == "accuracy" {
        let points = 100.0 * (own.value - plain.value);
        format!("{} points {}", short(points.abs(), 2), if points > 0.0 { "higher" } else { "lower" })
    } else {
        let (low, high) = (own.value.min(plain.value), own.value.max(plain.value));
        let times = if low > 0.0 { format!("{}x ", short(high / low, 2)) } else { String::new() };
        format!("{times}{}", if better { "lower" } else { "higher" })
    };
    let (word, remark) = match (better, apart(own, plain)) {
        (_, false) => ("no clear difference", " (their 95 % intervals overlap)"),
        (true, true) => ("gain", ""),
        (false, true) => ("no gain", ""),
    };
    format!("{word}: {case}: '{}' is {size} than '{}'{remark}", own.model, plain.model)
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
            sentence(&row("learned", metric, own, spread), &row("plain", metric, plain, spread))
        };
        assert_eq!(told("mse", 0.5, 2.0, 0.1), "gain: mse of test, shift none: 'learned' is 4x lower than 'plain'");
        assert_eq!(
            told("mse", 3.0, 2.0, 0.1),
            "no gain: mse of test, shift none: 'learned' is 1.5x higher than 'plain'"
        );
        assert_eq!(
            told("mse", 1.9, 2.0, 0.1),
            "no clear difference: mse of test, shift none: 'learned' is 1.1x lower than 'plain' (their 95 % intervals overlap)"
        );
        assert_eq!(
            told("accuracy", 0.75, 0.5, 0.01),
            "gain: accuracy of test, shift none: 'learned' is 25 points higher than 'plain'"
        );
        assert_eq!(told("mse", 0.0, 2.0, 0.1), "gain: mse of test, shift none: 'learned' is lower than 'plain'");
    }
}
