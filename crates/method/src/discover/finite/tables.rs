//! Rows of tables from the finite part.

use super::Finite;
use super::procedure::Judged;
use super::words::in_words;
use crate::discover::breaking::Breaking;
use crate::discover::rows::{Rows, matrix};
use semola_data::table::{ElementRow, FiniteRow};
use semola_lie::finite::{Element, FiniteGroup};
use semola_lie::row_major;

/// The kind of its generators' matrices in the table `matrices`.
const ELEMENT: &str = "element";

impl Finite {
    /// Adds what was found to a model's rows.
    pub fn add_to(&self, rows: &mut Rows, model: &str) {
        rows.finite.push(FiniteRow {
            model: model.to_owned(),
            verdict: self.verdict.to_string(),
            order: self.group.order() as u32,
            name: self.name.clone(),
            whole: self.whole_name().to_owned(),
            classes: self.group.classes(),
            generators: self.group.generators.len() as u32,
            notes: self.notes.join("; "),
        });
        for (i, &g) in self.group.generators.iter().enumerate() {
            rows.matrices.push(matrix(model, ELEMENT, i, &self.group.elements[g].linear));
        }
        rows.elements.extend(self.judged.iter().enumerate().map(|(i, j)| element_row(model, i, j, &self.group)));
        let accepted = self.is_accepted();
        for group in rows.groups.iter_mut().filter(|g| g.model == model && accepted) {
            group.whole = self.whole_name().to_owned();
        }
    }
}

fn element_row(model: &str, index: usize, judged: &Judged, group: &FiniteGroup) -> ElementRow {
    // An accepted element is listed as it is in the exact group.
    let exact = group.find(&judged.candidate.element).filter(|&i| i > 0).map(|i| &group.elements[i]);
    let element = exact.unwrap_or(&judged.candidate.element);
    let evidence = judged.evidence.as_ref();
    let of = |f: &dyn Fn(&super::court::Evidence) -> f64| evidence.map(f).filter(|v| v.is_finite());
    let said = |f: &dyn Fn(&Breaking) -> f64| judged.breaking.as_ref().map(f).filter(|v| v.is_finite());
    let order = FiniteGroup::trivial(
        element,
        &nalgebra::DMatrix::identity(element.linear.nrows(), element.linear.ncols()),
        group.even,
    )
    .with(element);
    ElementRow {
        model: model.to_owned(),
        element: index as u32,
        source: judged.candidate.source.word().to_owned(),
        verdict: judged.verdict.to_string(),
        element_words: in_words(element),
        order: order.ok().map(|g| g.order() as u64),
        determinant: element.linear.determinant(),
        matrix: row_major(&element.linear).collect(),
        side: element.linear.nrows() as u32,
        input_blocks: blocks(element, &element.inputs),
        target_blocks: blocks(element, &element.outputs),
        misfit: Some(judged.candidate.misfit).filter(|v| v.is_finite()),
        effect: of(&|e| e.effect.value),
        effect_low: of(&|e| e.effect.value - 1.96 * e.effect.error),
        effect_high: of(&|e| e.effect.value + 1.96 * e.effect.error),
        inside: of(&|e| e.inside),
        disagreement: of(&|e| e.relative.value),
        disagreement_bound: of(&|e| e.relative.high()),
        over_own: of(&|e| e.over_own.value),
        p_random: of(&|e| e.p_value),
        p_value: judged.test.map(|t| t.0),
        level: judged.test.map(|t| t.1),
        breaking_z: said(&|b| b.z),
        breaking_bound: said(&|b| b.bound),
        by_closure: judged.by_closure,
        note: judged.note.to_owned(),
    }
}

/// Where blocks come from, if any moves.
fn blocks(element: &Element, from: &[usize]) -> Vec<f64> {
    if element.exchanges() { from.iter().map(|&i| i as f64).collect() } else { Vec::new() }
}
