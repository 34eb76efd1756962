//! `center`: subtracting a centre.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::{Call, place};
use super::change::{change, means};
use super::elements::standard_weight;
use super::error::PrepareError;
use super::working::{Working, field_of, wrong_field};
use crate::data::pieces::{Number, Ticks, new_rows};
use crate::data::{Dataset, Field, Transform, Values};
use crate::lie::action::Action;
use crate::spec::types::{Center, CenterOn};

const STEP: &str = "center";

/// A fitted `center` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FittedCenter {
    /// The centre of each field: one k-vector for all blocks of a vector or point field, one number a component of a
    /// scalar field, one number a channel of an image.
    Mean { fit: String, centers: BTreeMap<String, Vec<f64>> },
    /// Each row's own mean over its blocks is subtracted.
    Centroid { fields: Vec<String> },
    /// Each row's own centre of mass is subtracted; `elements` holds the atomic numbers.
    Mass { fields: Vec<String>, elements: String },
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
    match (step.on, &step.elements) {
        (CenterOn::Centroid, _) => return Ok(FittedCenter::Centroid { fields: fields.to_vec() }),
        (CenterOn::Mass, Some(elements)) => {
            working.check_numeric(STEP, std::slice::from_ref(elements))?;
            return Ok(FittedCenter::Mass { fields: fields.to_vec(), elements: elements.clone() });
        }
        (CenterOn::Mass, None) => {
            let reason = "`on: mass` needs the field of atomic numbers; name it with `elements`".to_owned();
            return Err(PrepareError::Step { step: STEP, reason });
        }
        (CenterOn::Mean, _) => {}
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
        (_, CenterOn::Mean) => Ok(()),
        _ => blocks(field).map(|_| ()),
    }
}

/// Length of the blocks of which a row has a centroid.
///
/// # Errors
/// Where a row has no points.
pub fn blocks(field: &Field) -> Result<usize, String> {
    match field.action {
        Action::Scalar | Action::Pixels(_) | Action::Tensor { .. } => {
            Err("it has no points to take a centroid of".into())
        }
        action => Ok(action.block_len()),
    }
}

/// After how many values the components repeat. One number for all pixels of a channel: a mean image would not turn with
/// the images.
fn period(field: &Field) -> usize {
    match field.action {
        Action::Scalar => field.block(),
        Action::Pixels(image) => image.channels,
        action => action.block_len(),
    }
}

impl FittedCenter {
    /// Subtracts the centres; `call` knows the data set.
    ///
    /// # Errors
    /// Where the data set has no atomic numbers, or other numbers of them than points.
    pub fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        match self {
            Self::Mean { centers, .. } => {
                let shifts = centers.iter().map(|(name, center)| (name, Transform::Shift(center.clone())));
                shifts.for_each(|(name, shift)| change(call, data, name, shift));
            }
            Self::Centroid { fields } => {
                for name in fields {
                    if let Some(field) = data.fields.get(name) {
                        let transform = centroids(call, name, field, data.rows);
                        change(call, data, name, transform);
                    }
                }
            }
            Self::Mass { fields, elements } => {
                for name in fields {
                    if data.fields.contains_key(name) {
                        let transform = centres_of_mass(call, name, elements, data)?;
                        change(call, data, name, transform);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The mean over the blocks of each row; 0 for rows without points.
pub fn centroids(call: &Call, name: &str, field: &Field, rows: usize) -> Transform {
    let equal = |_: usize, _: &mut Vec<f64>| Ok(());
    let shifts = call.ticking(rows, name, |ticks| match &field.values {
        Values::F32(values) => weighted(values, field, rows, ticks, equal),
        Values::F64(values) => weighted(values, field, rows, ticks, equal),
    });
    // Equal weights never fail.
    Transform::PerRow { block: field.action.block_len(), shifts: shifts.unwrap_or_default() }
}

fn centres_of_mass(call: &Call, name: &str, elements: &str, data: &Dataset) -> Result<Transform, PrepareError> {
    let (field, numbers) = (call.field(data, name)?, call.field(data, elements)?);
    let block = field.action.block_len().max(1);
    let masses = |row: usize, masses: &mut Vec<f64>| {
        let (atoms, points) = (numbers.range(row), field.range(row).len() / block);
        if atoms.len() != points {
            let (atoms, place) = (atoms.len(), place(data, row));
            return Err(format!("{place} has {points} points, but `{elements}` has {atoms} values there"));
        }
        for z in atoms.map(|i| numbers.values.get(i)) {
            // 0 stands for an atom that is not there.
            let mass = if z == 0.0 { Some(0.0) } else { standard_weight(z) };
            masses.push(mass.ok_or_else(|| format!("{z} ({}) is no atomic number", place(data, row)))?);
        }
        Ok(())
    };
    let shifts = call.ticking(data.rows, name, |ticks| match &field.values {
        Values::F32(values) => weighted(values, field, data.rows, ticks, masses),
        Values::F64(values) => weighted(values, field, data.rows, ticks, masses),
    });
    Ok(Transform::PerRow { block, shifts: shifts.map_err(|reason| call.wrong(name, reason))? })
}

/// The weighted mean of the blocks of each row, end to end; `weights` fills in those of a row, none for equal ones.
fn weighted<T: Number>(
    values: &[T],
    field: &Field,
    rows: usize,
    ticks: &Ticks,
    weights: impl Fn(usize, &mut Vec<f64>) -> Result<(), String> + Sync,
) -> Result<Vec<f64>, String> {
    let block = field.action.block_len().max(1);
    let mean = |own: &mut Vec<f64>, row: usize, out: &mut [f64]| {
        own.clear();
        weights(row, own)?;
        let points = values.get(field.range(row)).unwrap_or(&[]).chunks_exact(block);
        let mut total = 0.0;
        for (i, point) in points.enumerate() {
            let weight = own.get(i).copied().unwrap_or(1.0);
            total += weight;
            out.iter_mut().zip(point).for_each(|(o, x)| *o += weight * x.wide());
        }
        if total > 0.0 {
            out.iter_mut().for_each(|o| *o /= total);
        }
        Ok(())
    };
    new_rows(rows, |row| row * block, ticks, |_| Vec::new(), mean)
}
