//! Where a data set comes from: how it was read and which preparation steps were applied.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::prepare::Fitted;
use crate::prepare::Prepare;
use semola_data::settings::Read;
use semola_data::{Dataset, Field};
use semola_lie::action::Action;

/// The origin of a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lineage {
    /// The `read` stage.
    pub read: Read,
    /// The fields as they were read.
    pub fields: BTreeMap<String, FieldForm>,
    /// The steps that were applied to it, in order.
    pub steps: Vec<Applied>,
}

/// A step that was applied to a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    /// Number of the `prepare` stage among the stages, and of the step among its steps.
    pub stage: usize,
    pub number: usize,
    /// Name of the data set.
    pub dataset: String,
    pub fitted: Fitted,
}

/// The form of a field, without its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldForm {
    pub action: Action,
    /// Shape of a row, or of one point if `ragged`.
    pub shape: Vec<usize>,
    pub ragged: bool,
    pub unit: Option<String>,
    pub labels: bool,
}

impl FieldForm {
    /// The form of a field.
    pub fn of(field: &Field) -> Self {
        Self {
            action: field.action,
            shape: field.shape.clone(),
            ragged: field.offsets.is_some(),
            unit: field.unit.clone(),
            labels: field.classes.is_some(),
        }
    }

    /// Numbers in a row, or at a point if `ragged`.
    pub fn block(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Lineage {
    /// Of a data set that was just read.
    pub fn new(read: &Read, data: &Dataset) -> Self {
        let fields = data.fields.iter().map(|(name, field)| (name.clone(), FieldForm::of(field))).collect();
        Self { read: read.clone(), fields, steps: Vec::new() }
    }
}

/// Notes the steps of the `prepare` stage with this number in the lineages of the data sets that it changed.
pub fn note(lineages: &mut BTreeMap<String, Lineage>, spec: &Prepare, stage: usize, done: &[Fitted]) {
    let mut active: Vec<String> = spec.from.as_slice().to_vec();
    for (number, step) in done.iter().enumerate() {
        if let Some((of, parts)) = step.touches().divides {
            // The parts were prepared as the whole was; it is gone.
            if let Some(whole) = lineages.remove(of) {
                lineages.extend(parts.keys().map(|part| (part.clone(), whole.clone())));
            }
            active.retain(|name| name != of);
            active.extend(parts.keys().cloned());
        }
        for name in &active {
            if let Some(lineage) = lineages.get_mut(name) {
                let (dataset, fitted) = (name.clone(), step.clone());
                lineage.steps.push(Applied { stage, number, dataset, fitted });
            }
        }
    }
}
