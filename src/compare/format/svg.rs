//! A picture of averages: for each row a point per model, with its 95 % interval; one panel for each metric.

use std::fmt::Write;

use serde_json::Value;

use super::super::frame::{has, values, word};
use super::super::gains::is_gain;
use super::super::pivot::cell_name;
use super::super::{Comparison, Shown};
use crate::compare::CompareError;
use crate::report::scale::Scale;
use crate::report::svg::{Anchor, COLOURS, Svg};
use crate::words::number::short;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 300.0;
const EDGE: f64 = 16.0;
const HEAD: f64 = 30.0;
const FOOT: f64 = 34.0;
const POINT: f64 = 15.0;
const GAP: f64 = 10.0;

const COLOUR: [&str; COLOURS] =
    ["#2c6fbb", "#b8461f", "#0d6b4d", "#8340a6", "#8a6400", "#0f7382", "#b03068", "#566270"];

/// A mean, with its interval if it has one.
type Mean = (f64, Option<(f64, f64)>);

/// A row of the comparison: its keys, and value and interval of each model.
struct Row {
    label: String,
    values: Vec<Option<Mean>>,
}

/// The averages of a comparison with one column a model.
///
/// # Errors
/// If there are no averages side by side.
pub fn svg(comparison: &Comparison) -> Result<String, CompareError> {
    let models: Vec<&String> = comparison
        .shown
        .iter()
        .filter_map(|shown| match shown {
            Shown::Statistics(label) if !is_gain(label) => Some(label),
            _ => None,
        })
        .collect();
    if models.is_empty() {
        let problem =
            "a picture needs averages with one column a model: leave --rows and --pivot as they are".to_owned();
        return Err(CompareError::Encode { format: "SVG", problem });
    }
    let panels = panels(comparison, &models);
    let size = |rows: &Vec<Row>| HEAD + rows.len() as f64 * (POINT * models.len() as f64 + GAP) + FOOT;
    let height = HEAD + panels.iter().map(|(_, rows)| size(rows)).sum::<f64>();
    let mut svg = Svg::new(WIDTH, height);
    svg.style(&style());
    let mut x = 0.0;
    for (number, model) in models.iter().enumerate() {
        svg.dot(&format!("s{}", number % COLOURS), (x + 6.0, 14.0), model);
        svg.text("label", Anchor::Start, (x + 14.0, 14.0), model);
        x += 34.0 + 7.0 * model.chars().count() as f64;
    }
    let mut top = HEAD;
    for (metric, rows) in &panels {
        panel(&mut svg, metric, rows, top);
        top += size(rows);
    }
    Ok(svg.finish_alone("comparison of models, with 95 % intervals"))
}

/// The rows of each metric.
fn panels(comparison: &Comparison, models: &[&String]) -> Vec<(String, Vec<Row>)> {
    let frame = &comparison.frame;
    let column =
        |name: &str| if has(frame, name) { frame.column(name).map(values).unwrap_or_default() } else { Vec::new() };
    let keys: Vec<(String, Vec<Value>)> =
        comparison.keys.iter().filter(|key| *key != "found").map(|key| (key.clone(), column(key))).collect();
    // What is the same in all rows tells nothing.
    let telling = |(name, cells): &&(String, Vec<Value>)| {
        name != "metric" && cells.iter().any(|cell| Some(cell) != cells.first())
    };
    let labels: Vec<&(String, Vec<Value>)> = keys.iter().filter(telling).collect();
    let metrics = column("metric");
    let cells: Vec<[Vec<Value>; 3]> =
        models.iter().map(|model| ["mean", "ci_low", "ci_high"].map(|cell| column(&cell_name(model, cell)))).collect();
    let mut panels: Vec<(String, Vec<Row>)> = Vec::new();
    for at in 0..frame.height() {
        let metric = metrics.get(at).map_or_else(String::new, word);
        let number = |cells: &[Value]| cells.get(at).and_then(Value::as_f64);
        let value = |[mean, low, high]: &[Vec<Value>; 3]| Some((number(mean)?, number(low).zip(number(high))));
        let said = labels.iter().filter_map(|(name, cells)| cells.get(at).map(|cell| (name, word(cell))));
        let said = said.map(|(name, word)| {
            if matches!(name.as_str(), "split" | "shift" | "pipeline") { word } else { format!("{name} {word}") }
        });
        let row = Row { label: said.collect::<Vec<_>>().join(", "), values: cells.iter().map(value).collect() };
        match panels.iter_mut().find(|(name, _)| *name == metric) {
            Some((_, rows)) => rows.push(row),
            None => panels.push((metric, vec![row])),
        }
    }
    panels
}

fn panel(svg: &mut Svg, metric: &str, rows: &[Row], top: f64) {
    let all = rows.iter().flat_map(|row| row.values.iter().flatten());
    let ends = all.flat_map(|(mean, interval)| [Some(*mean), interval.map(|i| i.0), interval.map(|i| i.1)]);
    let log = !crate::finding::is_score(metric);
    let Some(scale) = Scale::new(ends.flatten(), log, LEFT, WIDTH - EDGE) else { return };
    let row_height = |row: &Row| POINT * row.values.len() as f64 + GAP;
    let bottom = top + HEAD + rows.iter().map(row_height).sum::<f64>();
    svg.text("head", Anchor::Start, (LEFT, top + HEAD / 2.0), metric);
    for (tick, label) in scale.ticks() {
        let x = scale.at(tick);
        svg.line("grid", (x, top + HEAD - 6.0), (x, bottom));
        svg.text("tick", Anchor::Middle, (x, bottom + 12.0), &label);
    }
    let mut y = top + HEAD;
    for row in rows {
        let middle = y + (row_height(row) - GAP) / 2.0;
        svg.text("label", Anchor::End, (LEFT - 12.0, middle), &semola_document::cut(&row.label, 46));
        for (number, value) in row.values.iter().enumerate() {
            let at = y + POINT * (number as f64 + 0.5);
            let Some((mean, interval)) = value else { continue };
            if let Some((low, high)) = interval {
                svg.line(&format!("range l{}", number % COLOURS), (scale.at(*low), at), (scale.at(*high), at));
            }
            svg.dot(&format!("s{}", number % COLOURS), (scale.at(*mean), at), &short(*mean, 4));
        }
        y += row_height(row);
    }
}

/// The look of a picture that stands alone, on white.
fn style() -> String {
    let mut style =
        "text{font:12px system-ui,sans-serif;fill:#1b2430}.tick{fill:#4f5a68;font-size:11px}.head{font-weight:600}\
                     .grid{stroke:#e3e7ec}.range{stroke-width:2}"
            .to_owned();
    for (number, colour) in COLOUR.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(style, ".s{number}{{fill:{colour}}}.l{number}{{stroke:{colour}}}");
    }
    style
}
