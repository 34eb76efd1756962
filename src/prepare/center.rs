//! `center`: subtracting a centre.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::change::{change, means};
use super::error::PrepareError;
use super::working::{Working, field_of, wrong_field};
use crate::data::{Dataset, Field, Transform};
use crate::lie::action::Action;
use crate::spec::types::{Center, CenterOn};

const STEP: &str = "center";

/// A fitted `center` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FittedCenter {
    /// The centre of each field: one k-vector for all blocks of a vector or point field, one number a component of a
    /// scalar field.
    Mean { fit: String, centers: BTreeMap<String, Vec<f64>> },
    /// Each row's own mean over its blocks is subtracted.
    Centroid { fields: Vec<String> },
}

/// Computes the centres.
///
/// # Errors
/// Where a field is missing, holds labels, or cannot be centred without breaking its action.
pub fn fit(step: &Center, working: &Working) -> Result<FittedCenter, PrepareError> {
    let fields = step.fields.as_slice();
    working.check_numeric(STEP, fields)?;
    for (dataset, data) in working.datasets() {
        for name in fields {
            check(field_of(STEP, dataset, data, name)?, step.on).map_err(|r| wrong_field(STEP, dataset, name, r))?;
        }
    }
    if step.on == CenterOn::Centroid {
        return Ok(FittedCenter::Centroid { fields: fields.to_vec() });
    }
    let (fit, data) = working.fit_on(STEP, step.fit.as_deref())?;
    let mut centers = BTreeMap::new();
    for name in fields {
        let field = field_of(STEP, fit, data, name)?;
        centers.insert(name.clone(), means(field, period(field)));
    }
    Ok(FittedCenter::Mean { fit: fit.to_string(), centers })
}

fn check(field: &Field, on: CenterOn) -> Result<(), String> {
    match (field.action, on) {
        (Action::Tensor { .. }, _) => Err("a constant tensor does not turn with the others; leave it uncentred".into()),
        (Action::Scalar | Action::Pixels(_), CenterOn::Centroid) => Err("it has no points to take a centroid of".into()),
        _ => Ok(()),
    }
}

/// After how many values the components repeat.
fn period(field: &Field) -> usize {
    match field.action {
        Action::Scalar => field.block(),
        action => action.block_len(),
    }
}

impl FittedCenter {
    /// Subtracts the centres.
    pub fn apply(&self, data: &mut Dataset) {
        match self {
            Self::Mean { centers, .. } => {
                centers.iter().for_each(|(name, center)| change(data, name, Transform::Shift(center.clone())));
            }
            Self::Centroid { fields } => {
                for name in fields {
                    if let Some(field) = data.fields.get(name) {
                        let transform = centroids(field, data.rows);
                        change(data, name, transform);
                    }
                }
            }
        }
    }
}

/// The mean over the blocks of each row; 0 for rows without points.
fn centroids(field: &Field, rows: usize) -> Transform {
    let block = field.action.block_len();
    let centroid = |row: usize| {
        let range = field.range(row);
        let blocks = (range.len() / block.max(1)).max(1) as f64;
        let component = move |c: usize| range.clone().skip(c).step_by(block).map(|i| field.values.get(i)).sum::<f64>();
        (0..block).map(move |c| component(c) / blocks).collect::<Vec<f64>>()
    };
    let shifts: Vec<Vec<f64>> = (0..rows).into_par_iter().map(centroid).collect();
    Transform::PerRow { block, shifts: shifts.concat() }
}
