//! `element_baseline`: subtracting a least-squares sum of per-element constants (atomic energies).

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::call::{Call, place};
use super::change::change;
use super::error::PrepareError;
use super::working::{Working, field_of, wrong_field};
use crate::data::{Dataset, Field, Transform};
use crate::lie::action::Action;
use crate::spec::types::ElementBaseline;

const STEP: &str = "element_baseline";

/// Rows of one task; fixed, so that sums do not depend on the number of threads.
const PIECE: usize = 1024;

/// Singular values below this part of the largest belong to combinations of elements that the data does not vary.
const RANK: f64 = 1e-12;

/// A fitted `element_baseline` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedBaseline {
    /// The data set that it was computed on.
    pub fit: String,
    pub field: String,
    /// The field of atomic numbers.
    pub elements: String,
    /// Contribution of one atom, by atomic number.
    pub constants: BTreeMap<u32, f64>,
}

/// How often each element occurs in a row. 0 is padding.
type Counts = BTreeMap<u32, usize>;

/// Computes the least-squares constants; the ones of least norm, where the data leaves a choice.
///
/// # Errors
/// Where a field is missing or of the wrong kind, or an atomic number is no whole number.
pub fn fit(step: &ElementBaseline, working: &Working) -> Result<FittedBaseline, PrepareError> {
    working.check_numeric(STEP, &[step.field.clone(), step.elements.clone()])?;
    for (dataset, data) in working.datasets() {
        let target = field_of(STEP, dataset, data, &step.field)?;
        if target.action != Action::Scalar || target.offsets.is_some() || target.block() != 1 {
            let reason = format!("a baseline is subtracted from one scalar a row; a row is {}", target.row_shape());
            return Err(wrong_field(STEP, dataset, &step.field, reason));
        }
    }
    let (fit, data) = working.fit_on(STEP, step.fit.as_deref())?;
    let counts = counts(field_of(STEP, fit, data, &step.elements)?, data.rows);
    let counts = counts.map_err(|reason| wrong_field(STEP, fit, &step.elements, reason))?;
    let target = field_of(STEP, fit, data, &step.field)?;
    let constants = least_squares(&counts, target).map_err(|reason| wrong_field(STEP, fit, &step.field, reason))?;
    Ok(FittedBaseline { fit: fit.to_string(), field: step.field.clone(), elements: step.elements.clone(), constants })
}

fn counts(elements: &Field, rows: usize) -> Result<Vec<Counts>, String> {
    let count = |row: usize| {
        let mut counts = Counts::new();
        for i in elements.range(row) {
            match elements.values.get(i) {
                0.0 => {}
                z if (1.0..=1000.0).contains(&z) && z.fract() == 0.0 => *counts.entry(z as u32).or_insert(0) += 1,
                z => return Err(format!("{z} (row {row}) is no atomic number")),
            }
        }
        Ok(counts)
    };
    (0..rows).into_par_iter().map(count).collect::<Vec<_>>().into_iter().collect()
}

/// Solves the normal equations NᵀN c = Nᵀy by singular values.
fn least_squares(counts: &[Counts], target: &Field) -> Result<BTreeMap<u32, f64>, String> {
    let mut elements: Vec<u32> = counts.iter().flat_map(|c| c.keys().copied()).collect();
    elements.sort_unstable();
    elements.dedup();
    let n = elements.len();
    let piece = |(number, rows): (usize, &[Counts])| {
        let (mut gram, mut right) = (DMatrix::<f64>::zeros(n, n), DVector::<f64>::zeros(n));
        for (i, counts) in rows.iter().enumerate() {
            let row = DVector::from_iterator(n, elements.iter().map(|z| counts.get(z).map_or(0.0, |&c| c as f64)));
            right.axpy(target.values.get(number * PIECE + i), &row, 1.0);
            gram.ger(1.0, &row, &row, 1.0);
        }
        (gram, right)
    };
    let pieces: Vec<_> = counts.par_chunks(PIECE).enumerate().map(piece).collect();
    let (mut gram, mut right) = (DMatrix::<f64>::zeros(n, n), DVector::<f64>::zeros(n));
    for (g, r) in pieces {
        gram += g;
        right += r;
    }
    let svd = gram.svd(true, true);
    let cut = RANK * svd.singular_values.iter().copied().fold(0.0, f64::max);
    let solution = svd.solve(&right, cut).map_err(|e| format!("the least-squares problem has no solution ({e})"))?;
    Ok(elements.into_iter().zip(solution.iter().copied()).collect())
}

impl FittedBaseline {
    /// Subtracts the baseline of each row.
    ///
    /// # Errors
    /// Where the data set has no field of atomic numbers, or an element that the fit has not seen.
    pub fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let wrong = |reason: String| call.wrong(&self.elements, reason);
        let counts = counts(call.field(data, &self.elements)?, data.rows).map_err(wrong)?;
        let shift = |(row, counts): (usize, &Counts)| {
            let mut shift = 0.0;
            for (z, &count) in counts {
                let constant = self.constants.get(z).ok_or_else(|| {
                    let place = place(data, row);
                    format!("element {z}, {place}, does not occur in `{}`, on which it is fitted", self.fit)
                })?;
                shift += count as f64 * constant;
            }
            Ok(shift)
        };
        let shifts: Vec<Result<f64, String>> = counts.par_iter().enumerate().map(shift).collect();
        let shifts = shifts.into_iter().collect::<Result<Vec<f64>, String>>().map_err(wrong)?;
        change(call, data, &self.field, Transform::PerRow { block: 1, shifts });
        Ok(())
    }
}
