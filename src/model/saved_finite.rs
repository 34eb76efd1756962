//! The finite part of the group that a model was trained along, as it is saved with it.

use std::ops::Range;

use nalgebra::DMatrix;
use semola_engine::Layout;
use semola_lie::finite::Element;
use semola_lie::row_major;
use serde::{Deserialize, Serialize};

use super::Model;
use semola_method::discover::finite::{Blocks, Moving};

/// Elements as they act on rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedFinite {
    /// The identity first.
    elements: Vec<SavedElement>,
    blocks: Blocks,
    centre: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SavedElement {
    /// Row by row.
    matrix: Vec<f64>,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    /// Number of its inverse.
    inverse: usize,
}

impl SavedFinite {
    /// Of a model that was trained along one; `None` for others.
    pub fn of(model: &Model) -> Option<Self> {
        let found = model.discovered.as_ref().and_then(|d| d.finite.as_ref());
        let (group, moving) = match (&model.components, found.filter(|f| f.is_accepted() && !f.harmful)) {
            (Some(given), _) => (&given.group, &given.moving),
            (None, Some(found)) => (&found.group, &found.moving),
            (None, None) => return None,
        };
        let element = |(e, products): (&Element, &Vec<usize>)| SavedElement {
            matrix: row_major(&e.linear).collect(),
            inputs: e.inputs.clone(),
            outputs: e.outputs.clone(),
            inverse: products.iter().position(|&p| p == 0).unwrap_or(0),
        };
        let elements = group.elements.iter().zip(&group.table).map(element).collect();
        Some(Self { elements, blocks: moving.blocks.clone(), centre: moving.centre.clone() })
    }

    /// How many elements it has.
    pub fn order(&self) -> usize {
        self.elements.len()
    }

    /// How elements move rows of these layouts; `None` if they do not fit.
    pub fn moving(&self, x_layout: Layout, y_layout: Layout) -> Option<Moving> {
        let k = x_layout.linear;
        let fits = |e: &SavedElement| e.matrix.len() == k * k && e.inverse < self.order();
        let inside = |blocks: &[Vec<Range<usize>>], from: &[usize], width: usize| {
            from.len() == blocks.len()
                && from.iter().all(|&i| i < blocks.len())
                && blocks.iter().flatten().all(|r| r.start <= r.end && r.end <= width)
                && blocks.iter().all(|b| b.iter().map(Range::len).eq(blocks[0].iter().map(Range::len)))
        };
        let exchanges = self.elements.iter().all(|e| {
            inside(&self.blocks.inputs, &e.inputs, x_layout.width)
                && inside(&self.blocks.targets, &e.outputs, y_layout.width)
        });
        let all = self.order() > 0 && self.elements.iter().all(fits) && exchanges && self.centre.len() == k;
        all.then(|| Moving::on_layouts(x_layout, y_layout, self.blocks.clone(), self.centre.clone()))
    }

    /// The element of this number, counted round, and its inverse.
    pub fn pair(&self, number: usize, k: usize) -> (Element, Element) {
        let element = |e: &SavedElement| Element {
            linear: DMatrix::from_row_slice(k, k, &e.matrix),
            inputs: e.inputs.clone(),
            outputs: e.outputs.clone(),
        };
        let here = &self.elements[number % self.order()];
        (element(here), element(&self.elements[here.inverse]))
    }
}
