//! `sample_points`: some of the points of each row, the same ones in every field.

mod choose;
mod shapes;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use semola_data::pieces::{Number, offsets};
use semola_data::{Dataset, Field, RowShape, Values};
use semola_document::OneOrMany;
use serde::{Deserialize, Serialize};

use crate::prepare::call::{drop_rows, place};
use crate::prepare::per_point::{Points, point_axes, points, row_shape};
use crate::prepare::rows::{Work, compute};
use crate::prepare::settings::listed;
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches, names,
};
use choose::Choose;

/// Keep some of the points of each row, the same ones in every listed field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SamplePoints {
    /// The fields with values at each point.
    pub fields: OneOrMany<String>,
    /// Where the points are (default: the first of `fields`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// How many points to keep.
    pub points: usize,
    /// Which points are kept.
    #[serde(default)]
    pub method: SampleMethod,
    /// What to do with rows that have fewer points.
    #[serde(default)]
    pub fewer: Fewer,
}

/// Which points are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SampleMethod {
    /// From the point farthest from the centroid on, always the one farthest from those kept: evenly spread, and the same
    /// points however the row is turned.
    #[default]
    Farthest,
    /// Random ones.
    Random,
}

/// What to do with rows of fewer points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fewer {
    /// Keep them as they are: rows stay ragged.
    #[default]
    Keep,
    /// Stop, naming the row; all rows have equally many points afterwards.
    Error,
    /// Leave them out and count them; all rows have equally many points afterwards.
    Drop,
}

impl SamplePoints {
    /// The field of the points' positions.
    fn positions(&self) -> &str {
        self.of.as_deref().or(self.fields.as_slice().first().map(String::as_str)).unwrap_or_default()
    }
}

impl PrepareStep for SamplePoints {
    type Fitted = Self;

    fn check(&self, at: &mut Checking) {
        shapes::sample(self, at);
    }

    fn label(&self) -> String {
        format!("keep {} {:?} points of {}", self.points, self.method, listed(&self.fields)).to_lowercase()
    }

    fn memory(&self, _: &Shapes, after: &Shapes) -> Option<usize> {
        after.most(|member| {
            let numbers = member.for_rows(self.points.saturating_mul(8));
            Some(member.largest(self.fields.as_slice())?.saturating_add(numbers))
        })
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<Self, PrepareError> {
        fitting.has(self.fields.as_slice())?;
        Ok(self.clone())
    }
}

impl FittedStep for SamplePoints {
    const REACH: Reach = Reach::All;

    /// Keeps the points of a data set; fields that it does not have are left out. Earlier changes of a field can still
    /// be undone.
    ///
    /// An error if the field of positions is missing, fields disagree about the points, or a row has too few.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let of = self.positions();
        leave_out(self, call, data)?;
        let field = call.field(data, of)?;
        let (all, dim) = points(field).map_err(|reason| call.wrong(of, reason))?;
        let kept = kept_points(&all, data.rows, self.points);
        let choose = Choose { method: self.method, dim, call };
        let numbers = compute(call, of, field, data.rows, |i| kept.before(i), &choose)?;
        let chosen = Chosen { all, kept, numbers };
        let present = self.fields.as_slice().iter().filter(|name| data.fields.contains_key(*name));
        for name in present.cloned().collect::<Vec<String>>() {
            let field = gathered(self, call, data, &name, &chosen)?;
            data.fields.insert(name, field);
        }
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { needs: vec![self.positions()], changes: names(self.fields.as_slice()), ..Touches::default() }
    }
}

/// The points of a data set, and which of them are kept.
struct Chosen {
    all: Points,
    kept: Points,
    /// The numbers of the points that are kept, row by row.
    numbers: Values,
}

/// Rows with fewer points: an error, or left out.
fn leave_out(step: &SamplePoints, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
    let of = step.positions();
    let (all, _) = points(call.field(data, of)?).map_err(|reason| call.wrong(of, reason))?;
    let enough: Vec<usize> = (0..data.rows).filter(|&row| all.of(row) >= step.points).collect();
    if step.fewer == Fewer::Keep || enough.len() == data.rows {
        return Ok(());
    }
    if step.fewer == Fewer::Error || enough.is_empty() {
        let row = (0..data.rows).find(|&row| all.of(row) < step.points).unwrap_or(0);
        let reason = format!(
            "{} has {} points, fewer than {}; say `fewer: keep` or `fewer: drop`",
            place(data, row),
            all.of(row),
            step.points
        );
        return Err(call.wrong(of, reason));
    }
    drop_rows(data, of, &enough);
    Ok(())
}

/// The number of points that rows keep.
fn kept_points(all: &Points, rows: usize, most: usize) -> Points {
    match all {
        Points::Fixed(n) => Points::Fixed(most.min(*n)),
        Points::Ragged(_) => Points::Ragged(offsets((0..rows).map(|row| all.of(row).min(most)))),
    }
}

/// The field with the chosen points.
fn gathered(
    step: &SamplePoints,
    call: &Call,
    data: &Dataset,
    name: &str,
    chosen: &Chosen,
) -> Result<Field, PrepareError> {
    let Chosen { all, kept, numbers } = chosen;
    let field = call.field(data, name)?;
    let fixed = match all {
        Points::Fixed(n) => Some(*n),
        Points::Ragged(offsets) if field.offsets.as_ref().is_some_and(|o| o != offsets) => {
            return Err(
                call.wrong(name, format!("its rows have not as many points as those of `{}`", step.positions()))
            );
        }
        Points::Ragged(_) => None,
    };
    let axes = point_axes(&field.row_shape(), field.action, fixed).map_err(|reason| call.wrong(name, reason))?;
    let width = axes.iter().product::<usize>();
    if field.offsets.is_none() && !changed_point_by_point(data, name, width) {
        let reason = "its components were standardised one by one, differently at each point; sample the points first";
        return Err(call.wrong(name, reason));
    }
    let gather = Gather { kept, numbers, width };
    let values = compute(call, name, field, data.rows, |i| kept.before(i) * width, &gather)?;
    let same = match kept {
        Points::Fixed(n) => Some(*n),
        Points::Ragged(_) if step.fewer != Fewer::Keep => Some(step.points),
        Points::Ragged(_) => None,
    };
    let (shape, offsets) = match (row_shape(same, &axes), kept) {
        (RowShape::Fixed(shape), _) if field.shape.len() == 1 && field.offsets.is_none() && !axes.is_empty() => {
            (vec![shape.iter().product()], None)
        }
        (RowShape::Ragged(shape), Points::Ragged(offsets)) => (shape, Some(offsets.clone())),
        (shape, _) => (shape.axes().to_vec(), None),
    };
    Ok(Field { values, shape, offsets, unit: field.unit.clone(), classes: field.classes.clone(), ..*field })
}

/// Whether all changes of a field were the same at each point, so that they can be undone on any points.
fn changed_point_by_point(data: &Dataset, name: &str, width: usize) -> bool {
    let history = data.history.get(name).map_or(&[][..], Vec::as_slice);
    history.iter().all(|change| width.is_multiple_of(change.period().max(1)))
}

/// Copies the chosen points.
struct Gather<'a> {
    kept: &'a Points,
    numbers: &'a Values,
    width: usize,
}

impl Work for Gather<'_> {
    type Scratch = ();

    fn scratch(&self, _: usize) {}

    fn row<T: Number>(&self, (): &mut (), i: usize, from: &[T], out: &mut [T]) -> Result<(), String> {
        for (k, out) in out.chunks_exact_mut(self.width.max(1)).enumerate() {
            let n = self.numbers.get(self.kept.before(i) + k) as usize;
            let point = from.get(n * self.width..(n + 1) * self.width).unwrap_or(&[]);
            out.iter_mut().zip(point).for_each(|(o, v)| *o = *v);
        }
        Ok(())
    }
}
