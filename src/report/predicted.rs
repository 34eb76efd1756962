//! Predicted against true values; of classes, how often each was taken for which.

use minijinja::{Value, context};
use semola_data::table::PredictionRow;

use super::charts::{grouped, safe};
use super::heatmap::heatmap;
use super::scale::Scale;
use super::svg::{Anchor, Svg};

const SIDE: f64 = 300.0;
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 38.0;
const TOP: f64 = 24.0;
/// Points of a scatter.
const POINTS: usize = 400;
/// More classes than this are not drawn.
const CLASSES: usize = 12;

/// Charts of these models, on the data as they are and under the first shift.
pub(super) fn predicted(rows: &[PredictionRow], models: &[&str], are_classes: bool, unit: Option<&str>) -> Value {
    let cases = grouped(rows, |row| (row.split.clone(), row.shift.clone()));
    let plain = cases.iter().find(|((_, shift), _)| shift == "none");
    let shifted = cases.iter().find(|((_, shift), _)| shift != "none");
    let chart = |(case, rows): &((String, String), Vec<&PredictionRow>), model: &str| {
        let own: Vec<&PredictionRow> = rows.iter().filter(|row| row.model == model).copied().collect();
        let drawing = if are_classes { confusion(&own)? } else { scatter(&own, unit)? };
        let shift = if case.1 == "none" { "as it is".to_owned() } else { format!("shift: {}", case.1) };
        Some(context! { title => format!("{model} on {}, {shift}", case.0), drawing => safe(drawing) })
    };
    let cases = plain.into_iter().chain(shifted);
    cases.flat_map(|case| models.iter().filter_map(move |model| chart(case, model))).collect()
}

/// Predicted over true values, with the line on which they are equal; `None` without points.
fn scatter(rows: &[&PredictionRow], unit: Option<&str>) -> Option<String> {
    let stride = rows.len().div_ceil(POINTS).max(1);
    let finite = |row: &&&PredictionRow| row.predicted.is_finite() && row.target.is_finite();
    let points: Vec<(f64, f64)> =
        rows.iter().step_by(stride).filter(finite).map(|row| (row.target, row.predicted)).collect();
    let x = Scale::new(points.iter().map(|point| point.0), false, LEFT, SIDE - 8.0)?;
    let all = points.iter().flat_map(|point| [point.0, point.1]);
    let y = Scale::new(all, false, SIDE - BOTTOM, TOP)?;
    let mut svg = Svg::new(SIDE, SIDE);
    for (tick, label) in x.ticks() {
        svg.line("grid", (x.at(tick), TOP), (x.at(tick), SIDE - BOTTOM));
        svg.text("tick", Anchor::Middle, (x.at(tick), SIDE - BOTTOM + 13.0), &label);
    }
    for (tick, label) in y.ticks() {
        svg.line("grid", (LEFT, y.at(tick)), (SIDE - 8.0, y.at(tick)));
        svg.text("tick", Anchor::End, (LEFT - 7.0, y.at(tick)), &label);
    }
    let low = points.iter().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|point| point.0).fold(f64::NEG_INFINITY, f64::max);
    svg.line("rule", (x.at(low), y.at(low)), (x.at(high), y.at(high)));
    svg.cloud("l0", &points.iter().map(|point| (x.at(point.0), y.at(point.1))).collect::<Vec<_>>());
    let unit = unit.map(|unit| format!(" ({unit})")).unwrap_or_default();
    svg.text("label", Anchor::Middle, ((LEFT + SIDE) / 2.0, SIDE - 9.0), &format!("true{unit}"));
    svg.text("label", Anchor::Start, (0.0, 8.0), &format!("predicted{unit}"));
    Some(svg.finish("predicted over true values"))
}

/// Shares of the rows of each class (below each other) by the predicted class (beside each other); `None` without rows, or with many
/// classes.
fn confusion(rows: &[&PredictionRow]) -> Option<String> {
    let class = |value: f64| (value.is_finite() && value >= 0.0).then_some(value as usize);
    let pairs: Vec<(usize, usize)> =
        rows.iter().filter_map(|row| Some((class(row.target)?, class(row.predicted)?))).collect();
    let classes = pairs.iter().map(|(truth, predicted)| truth.max(predicted) + 1).max()?;
    if classes > CLASSES {
        return None;
    }
    let mut counts = vec![0.0; classes * classes];
    pairs.iter().for_each(|(truth, predicted)| counts[truth * classes + predicted] += 1.0);
    let shares = counts.chunks(classes).flat_map(|row| {
        let all = row.iter().sum::<f64>().max(1.0);
        row.iter().map(move |count| (100.0 * count / all).round() / 100.0)
    });
    Some(heatmap(classes, classes, &shares.collect::<Vec<_>>(), 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(target: f64, predicted: f64) -> PredictionRow {
        PredictionRow {
            model: "m".into(),
            split: "test".into(),
            shift: "none".into(),
            target,
            predicted,
            ..Default::default()
        }
    }

    #[test]
    fn a_scatter_is_thinned_and_classes_are_counted() {
        let many: Vec<PredictionRow> = (0..2000).map(|i| row(f64::from(i), f64::from(i) + 0.5)).collect();
        let drawn = scatter(&many.iter().collect::<Vec<_>>(), Some("eV")).unwrap();
        assert!((350..=400).contains(&drawn.matches("h0").count()) && drawn.contains("true (eV)"));
        let classes = [row(0.0, 0.0), row(0.0, 1.0), row(1.0, 1.0)];
        let drawn = confusion(&classes.iter().collect::<Vec<_>>()).unwrap();
        assert!(drawn.contains("row 0, column 1: 0.5<") && !drawn.contains("row 1, column 0"), "{drawn}");
        assert!(confusion(&[&row(0.0, 40.0)]).is_none() && scatter(&[], None).is_none());
        let charts = predicted(&many, &["m", "absent"], false, None);
        assert_eq!(charts.len(), Some(1));
    }
}
