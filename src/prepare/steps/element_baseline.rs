//! `element_baseline`: subtracting a least-squares sum of per-element constants (atomic energies).

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use schemars::JsonSchema;
use semola_data::{Dataset, Field, Transform};
use serde::{Deserialize, Serialize};

use crate::prepare::call::place;
use crate::prepare::change::change;
use crate::prepare::form::Subject;
use crate::prepare::rules;
use crate::prepare::settings::fitted_on;
use crate::prepare::step::{Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches};

/// Rows of one task; fixed, so that sums do not depend on the number of threads.
const PIECE: usize = 1024;

/// Singular values below this part of the largest belong to combinations of elements that do not vary in the data.
const RANK: f64 = 1e-12;

/// A per-element linear baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElementBaseline {
    /// The scalar target.
    pub field: String,
    /// The field of atomic numbers (ragged or fixed).
    pub elements: String,
    /// The data set that the baseline is fitted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
}

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

impl PrepareStep for ElementBaseline {
    type Fitted = FittedBaseline;

    fn check(&self, at: &mut Checking) {
        at.fitted_on(self.fit.as_deref());
        at.field("elements", &self.elements, rules::elements);
        at.field("field", &self.field, |field| {
            rules::numbers(field)?;
            one_scalar(field)
        });
        at.mark(&self.field, "field");
    }

    fn label(&self) -> String {
        format!("subtract a baseline by {} from {}{}", self.elements, self.field, fitted_on(self.fit.as_ref()))
    }

    fn memory(&self, before: &Shapes, _: &Shapes) -> Option<usize> {
        // The counts and the sum of each row.
        before.most(|member| Some(member.for_rows(256)))
    }

    /// Computes the least-squares constants; those of minimal norm if they are not unique.
    fn fit(&self, fitting: &mut Fitting) -> Result<FittedBaseline, PrepareError> {
        fitting.require(&[self.field.clone(), self.elements.clone()], rules::numbers)?;
        fitting.require(std::slice::from_ref(&self.field), one_scalar)?;
        let (fit, data) = fitting.fit_on(self.fit.as_deref())?;
        let counts = counts(fitting.field(fit, data, &self.elements)?, data.rows);
        let counts = counts.map_err(|reason| fitting.wrong(fit, &self.elements, reason))?;
        let target = fitting.field(fit, data, &self.field)?;
        let constants = least_squares(&counts, target).map_err(|reason| fitting.wrong(fit, &self.field, reason))?;
        let (fit, field, elements) = (fit.to_string(), self.field.clone(), self.elements.clone());
        Ok(FittedBaseline { fit, field, elements, constants })
    }
}

fn one_scalar(field: &Subject) -> Result<(), String> {
    match field.form.is_one_scalar() {
        true => Ok(()),
        false => {
            Err(format!("a baseline is subtracted from one scalar a row; {} is {}", field.row(), field.form.shape))
        }
    }
}

fn counts(elements: &Field, rows: usize) -> Result<Vec<Counts>, String> {
    let count = |row: usize| {
        let mut counts = Counts::new();
        for i in elements.range(row) {
            match elements.values.get(i) {
                0.0 => {}
                z if (1.0..=1000.0).contains(&z) && z.fract() == 0.0 => *counts.entry(z as u32).or_insert(0) += 1,
                z => return Err(format!("{z} (row {row}) is not an atomic number")),
            }
        }
        Ok(counts)
    };
    (0..rows).into_par_iter().map(count).collect::<Vec<_>>().into_iter().collect()
}

/// Solves the normal equations NᵀN c = Nᵀy by a singular value decomposition.
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
    if !right.iter().all(|sum| sum.is_finite()) {
        return Err("the sum of its values is too large a number; convert them to another unit".to_owned());
    }
    let svd = gram.svd(true, true);
    let cut = RANK * svd.singular_values.iter().copied().fold(0.0, f64::max);
    let solution = svd.solve(&right, cut).map_err(|e| format!("the least-squares problem has no solution ({e})"))?;
    Ok(elements.into_iter().zip(solution.iter().copied()).collect())
}

impl FittedStep for FittedBaseline {
    const REACH: Reach = Reach::All;

    /// Subtracts the baseline of each row, which can be undone.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
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

    fn touches(&self) -> Touches<'_> {
        Touches { needs: vec![&self.elements], changes: vec![&self.field], ..Touches::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::fixtures::{baseline, field, numbers, run, two};
    use semola_data::Values;
    use semola_lie::action::Action;

    #[test]
    fn a_baseline_without_variation_has_least_norm_and_unknown_elements_are_named() {
        let mut data = two();
        let train = data.get_mut("train").unwrap();
        let constant = Field { values: Values::F64([6.0, 1.0].repeat(40)), ..field(Action::Scalar, &[2], vec![]) };
        train.fields.insert("z".into(), constant);
        train.fields.insert("e".into(), field(Action::Scalar, &[], vec![-4.0; 40]));
        let message = run(&[baseline()], &mut data, &["train", "test"]).unwrap_err().to_string();
        assert!(message.contains("element 8") && message.contains("of f.parquet"), "{message}");
        let e = numbers(&data["train"], "e");
        assert!(e.iter().all(|e| e.abs() < 1e-9), "C and H share the energy equally: {e:?}");
    }
}
