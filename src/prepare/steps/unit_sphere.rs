//! `unit_sphere`: each row's centroid at the origin, its farthest point at distance 1.

use std::convert::Infallible;

use schemars::JsonSchema;
use semola_data::pieces::{Number, Ticks, new_rows};
use semola_data::{Dataset, Field, Transform, Values};
use serde::{Deserialize, Serialize};

use crate::prepare::call::place;
use crate::prepare::centroid::centroids;
use crate::prepare::change::change;
use crate::prepare::form::ask;
use crate::prepare::rules;
use crate::prepare::settings::{Fields, listed};
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches, names,
};

// Move and scale each row into the unit sphere.
// Not a doc comment: the grammar describes these settings once, for all steps that share them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct UnitSphere(pub Fields);

impl PrepareStep for UnitSphere {
    type Fitted = Self;

    fn check(&self, at: &mut Checking) {
        at.change(&self.0.fields, rules::several_points);
    }

    fn label(&self) -> String {
        format!("put each row of {} into the unit sphere", listed(&self.0.fields))
    }

    fn memory(&self, before: &Shapes, _: &Shapes) -> Option<usize> {
        // A shift and a scale of each row.
        before.most(|member| Some(member.for_rows(8 * 8)))
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<Self, PrepareError> {
        fitting.require(self.0.fields.as_slice(), rules::numbers)?;
        Ok(self.clone())
    }
}

impl FittedStep for UnitSphere {
    const REACH: Reach = Reach::All;

    /// Moves and scales the rows of each field; both can be undone. Rows whose points all coincide are only moved.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        for name in self.0.fields.as_slice() {
            ask(data, name, rules::centroid).map_err(|reason| call.wrong(name, reason))?;
            let Some(field) = data.fields.get(name) else { continue };
            let centre = centroids(call, name, field, data.rows);
            change(call, data, name, centre);
            if let Some(field) = data.fields.get(name) {
                let scales = call.ticking(data.rows, name, |ticks| match &field.values {
                    Values::F32(values) => radii(values, field, data.rows, ticks),
                    Values::F64(values) => radii(values, field, data.rows, ticks),
                });
                if let Some(row) = scales.iter().position(|scale| !scale.is_finite()) {
                    let size = "the size of the points is too large a number; convert them to another unit";
                    return Err(call.wrong(name, format!("{}: {size}", place(data, row))));
                }
                change(call, data, name, Transform::PerRowScale { scales });
            }
        }
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { changes: names(self.0.fields.as_slice()), ..Touches::default() }
    }
}

/// The largest norm of a block in each row; 1 where all are 0.
fn radii<T: Number>(values: &[T], field: &Field, rows: usize, ticks: &Ticks) -> Vec<f64> {
    let block = field.action.block_len().max(1);
    let radius = |_: &mut (), row: usize, out: &mut [f64]| {
        let square = |point: &[T]| point.iter().map(|x| x.wide() * x.wide()).sum::<f64>();
        let points = values.get(field.range(row)).unwrap_or(&[]).chunks_exact(block);
        let largest = points.map(square).fold(0.0, f64::max).sqrt();
        out.fill(if largest > 0.0 { largest } else { 1.0 });
        Ok::<(), Infallible>(())
    };
    new_rows(rows, |row| row, ticks, |_| (), radius).unwrap_or_else(|never| match never {})
}

#[cfg(test)]
mod tests {
    use crate::prepare::fixtures::{back, clouds, numbers, one, refused, row};

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[("{unit_sphere: {fields: e}}", "no points to take a centroid of")]);
    }

    #[test]
    fn the_unit_sphere_holds_every_row_and_is_undone() {
        let whole = clouds(40, 3);
        let data = one("{unit_sphere: {fields: p}}", whole.clone());
        for i in 0..data.rows {
            let points = row(&data, "p", i);
            let largest = points.iter().map(|p| p.iter().map(|x| x * x).sum::<f64>().sqrt()).fold(0.0, f64::max);
            assert!((largest - 1.0).abs() < 1e-6, "{largest}");
            (0..3).for_each(|c| assert!(points.iter().map(|p| p[c]).sum::<f64>().abs() < 1e-5));
        }
        let near = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-5));
        near(back(&data, "p"), numbers(&whole, "p"));
        near(back(&data.take(&[7, 3]), "p"), numbers(&whole.take(&[7, 3]), "p"));
    }
}
