//! `compress`: logarithms of large sizes, so that a few enormous values do not decide everything.
//!
//! Each block v becomes v · asinh(|v| / s) / |v|, where s is the median of |v|: linear below s, logarithmic above it. The
//! direction stays, and the size is a function of the old one, so that rotations and mirrors act on the new values as
//! on the old ones. Stretches, shears and boosts do not.

use schemars::JsonSchema;
use semola_data::{Dataset, Transform, Values};
use semola_lie::action::Action;
use serde::{Deserialize, Serialize};

use crate::prepare::change::change;
use crate::prepare::form::Subject;
use crate::prepare::rules;
use crate::prepare::settings::{Fit, fitted_on, listed};
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches, names,
};

// Logarithms of large sizes.
// Not a doc comment: the grammar describes these settings once, for all steps that share them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Compress(pub Fit);

/// A fitted `compress` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedCompress {
    /// The data set that it was computed on.
    pub fit: String,
    pub fields: Vec<String>,
    /// The numbers of one vector; 1 for numbers.
    pub block: usize,
    /// The median of the sizes of all blocks of all the fields together that are not zero, in their unit at this step.
    pub size: f64,
}

impl PrepareStep for Compress {
    type Fitted = FittedCompress;

    fn check(&self, at: &mut Checking) {
        at.fitted_on(self.0.fit.as_deref());
        at.change(&self.0.fields, |field| {
            rules::numbers(field)?;
            compressible(field)
        });
    }

    fn label(&self) -> String {
        format!("compress {}{}", listed(&self.0.fields), fitted_on(self.0.fit.as_ref()))
    }

    fn memory(&self, before: &Shapes, _: &Shapes) -> Option<usize> {
        // The sizes whose median is taken, in double precision: one for each value of scalars.
        let fields = self.0.fields.as_slice();
        Some(2 * fields.len() * before.largest(fields)?)
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<FittedCompress, PrepareError> {
        let fields = self.0.fields.as_slice();
        fitting.require(fields, rules::numbers)?;
        fitting.require(fields, compressible)?;
        let (fit, data) = fitting.fit_on(self.0.fit.as_deref())?;
        let (mut sizes, mut block) = (Vec::new(), None);
        for name in fields {
            let field = fitting.field(fit, data, name)?;
            let own = field.action.block_len();
            if *block.get_or_insert(own) != own {
                let reason = "its vectors have another length than the first field's; use a step for each";
                return Err(fitting.wrong(fit, name, reason.to_owned()));
            }
            match &field.values {
                Values::F32(values) => sizes.extend(values.chunks(own).map(|v| norm(v.iter().map(|&x| f64::from(x))))),
                Values::F64(values) => sizes.extend(values.chunks(own).map(|v| norm(v.iter().copied()))),
            }
        }
        let fields_text = fields.join(", ");
        sizes.retain(|size| *size > 0.0);
        if sizes.is_empty() {
            return Err(fitting.fail(format!("the values of {fields_text} in `{fit}` are all 0; leave them out")));
        }
        let middle = sizes.len() / 2;
        let (_, size, _) = sizes.select_nth_unstable_by(middle, f64::total_cmp);
        let size = *size;
        if !size.is_normal() {
            return Err(fitting.fail(format!(
                "the values of {fields_text} in `{fit}` have the median size {size:e}, which cannot be computed with: \
                 convert them to another unit, or leave them out"
            )));
        }
        Ok(FittedCompress { fit: fit.to_string(), fields: fields.to_vec(), block: block.unwrap_or(1), size })
    }
}

/// The Euclidean norm.
fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::hypot)
}

/// What has a size that does not depend on an origin.
fn compressible(field: &Subject) -> Result<(), String> {
    match field.form.action {
        Action::Points { .. } => Err(format!("{field} holds positions, whose sizes depend on the origin; use `scale`")),
        Action::Pixels(_) => Err(format!("{field} is an image; use `scale` or `normalise`")),
        _ => Ok(()),
    }
}

impl FittedStep for FittedCompress {
    const REACH: Reach = Reach::All;

    /// Changes sizes, which is undone in predictions but not where errors are measured.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let change_of = Transform::Compress { block: self.block, size: self.size };
        self.fields.iter().for_each(|name| change(call, data, name, change_of.clone()));
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { changes: names(&self.fields), ..Touches::default() }
    }
}

#[cfg(test)]
mod tests {
    use semola_data::Values;

    use crate::prepare::fixtures::{assert_close, clouds, failure, numbers, one};

    #[test]
    fn the_median_size_is_the_unit_and_errors_stay_on_the_new_scale() {
        let mut data = clouds(5, 1);
        data.fields.get_mut("n").unwrap().values = Values::F64(vec![-2.0, 0.0, 4e9, 1.0, 3.0]);
        let done = one("{compress: {fields: n}}", data);
        // The median of 1, 2, 3, 4e9 that is taken is the upper one.
        let wanted = [-2.0, 0.0, 4e9, 1.0, 3.0].map(|x: f64| (x / 3.0).asinh());
        assert_close(&numbers(&done, "n"), &wanted);
        let (mut physical, mut measured) = (wanted.to_vec(), wanted.to_vec());
        done.inverse("n", &[0, 1, 2, 3, 4], &mut physical).unwrap();
        assert!((physical[2] - 4e9).abs() < 1.0 && (physical[0] + 2.0).abs() < 1e-12, "{physical:?}");
        done.measured("n", &[0, 1, 2, 3, 4], &mut measured).unwrap();
        assert_eq!(measured, wanted);
    }

    #[test]
    fn what_has_no_size_is_refused() {
        let with = |values: Vec<f64>| {
            let mut data = clouds(values.len(), 1);
            data.fields.get_mut("n").unwrap().values = Values::F64(values);
            data
        };
        assert!(failure("{compress: {fields: n}}", with(vec![0.0; 8])).contains("all 0"));
        assert!(failure("{compress: {fields: n}}", with(vec![1e-320; 8])).contains("cannot be computed with"));
        let sum = "{compress: {fields: n}}, {add: {field: d, join: [n, n]}}";
        assert!(failure(sum, clouds(8, 1)).contains("`n` is compressed; add before `compress`"));
        assert!(failure("{compress: {fields: p}}", clouds(8, 1)).contains("depend on the origin"));
    }
}
