//! The finite parts of groups, as passed to the template.

use minijinja::{Value, context};

use super::charts::safe;
use super::heatmap::heatmap;
use super::view::largest;
use super::words::{interval, number, tone};
use crate::finding::finite::{accepted, sentence};
use crate::words::number::short;
use semola_data::table::{ElementRow, FiniteRow};

/// Drawn generators at most.
const DRAWN: usize = 6;

/// One card for each model.
pub(super) fn finite(parts: &[FiniteRow], elements: &[ElementRow]) -> Value {
    let card = |part: &FiniteRow| {
        let own = || elements.iter().filter(|e| e.model == part.model);
        context! {
            model => &part.model,
            verdict => &part.verdict,
            tone => tone(&part.verdict),
            sentence => sentence(part),
            notes => &part.notes,
            matrices => accepted(&part.model, elements).take(DRAWN).filter_map(drawing).collect::<Value>(),
            rows => own().map(row).collect::<Value>(),
        }
    };
    parts.iter().map(card).collect()
}

/// What goes where: the matrix of an element.
fn drawing(element: &ElementRow) -> Option<Value> {
    let side = element.side as usize;
    let fits = side > 0 && element.matrix.len() == side.saturating_mul(side);
    fits.then(|| {
        context! {
            label => &element.element_words,
            drawing => safe(heatmap(side, side, &element.matrix, largest(&element.matrix))),
        }
    })
}

fn row(element: &ElementRow) -> Value {
    let bound = |value: Option<f64>| value.map_or_else(|| number(None), |v| format!("{} %", short(100.0 * v, 2)));
    let note = if element.by_closure { "by closure" } else { element.note.as_str() };
    context! {
        element => &element.element_words,
        verdict => &element.verdict,
        tone => tone(&element.verdict),
        note => note,
        source => &element.source,
        order => element.order.map_or_else(|| "–".to_owned(), |order| order.to_string()),
        effect => interval(element.effect, element.effect_low, element.effect_high),
        inside => number(element.inside),
        defect => bound(element.disagreement_bound),
        p_value => element.p_value.map_or_else(|| number(None), |p| short(p, 2)),
        level => element.level.map_or_else(|| number(None), |p| short(p, 2)),
    }
}
