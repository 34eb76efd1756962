//! `rasterise`: an image of the points of each row.

mod draw;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use schemars::JsonSchema;
use semola_data::pieces::Number;
use semola_data::{Dataset, Field, RowShape, Values};
use semola_document::is_default;
use semola_lie::action::{Action, Image};
use serde::{Deserialize, Serialize};

use crate::prepare::image::check_size;
use crate::prepare::per_point::{planned_points, points};
use crate::prepare::rows::compute;
use crate::prepare::step::{Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches};
use draw::Draw;
use semola_method::motion::check_plane;
use semola_plan::{FieldShape, Size};

/// Add an image of the points of each row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rasterise {
    /// Where the points are.
    pub of: String,
    /// Name of the new field.
    #[serde(rename = "as")]
    pub name: String,
    /// Height and width of the image.
    pub size: [usize; 2],
    /// The coordinates that point right and up.
    #[serde(default = "default_axes")]
    pub axes: [usize; 2],
    /// Distance from the centre of the image (the origin) to the middle of its longer side's edge, in prepared units.
    #[serde(default)]
    pub extent: Extent,
    /// What a pixel holds.
    #[serde(default)]
    pub values: RasterValues,
    /// Standard deviation of the Gaussian that a point is drawn as, in pixels; 0: each point counts in its own pixel.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = 0.0))]
    pub blur: f64,
    /// The data set whose largest coordinate is the extent, where that is `auto` (default: the first of `from`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
}

fn default_axes() -> [usize; 2] {
    [0, 1]
}

/// How far an image reaches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Extent {
    /// `auto`: as far as the largest coordinate.
    Fitted(Auto),
    Given(f64),
}

impl Default for Extent {
    fn default() -> Self {
        Self::Fitted(Auto::Auto)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Auto {
    Auto,
}

/// What a pixel of a rasterised row holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RasterValues {
    /// The number of points.
    #[default]
    Count,
    /// The share of the row's points.
    Density,
}

/// A fitted `rasterise` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedRaster {
    pub step: Rasterise,
    /// Distance from the origin to the middle of the edge across the image's longer side.
    pub extent: f64,
}

impl Rasterise {
    /// The image that the step makes.
    fn image(&self) -> Image {
        let [height, width] = self.size;
        Image { height, width, channels: 1, edge: false }
    }

    fn check_settings(&self, at: &mut Checking) {
        let longer = self.size[0].max(self.size[1]) as f64;
        let blur = format!("from 0 to {longer}, the longer side");
        at.require((0.0..=longer).contains(&self.blur), "blur", self.blur, &blur);
        match self.extent {
            Extent::Fitted(_) => at.fitted_on(self.fit.as_deref()),
            Extent::Given(extent) => {
                at.require(extent > 0.0 && extent.is_finite(), "extent", extent, "above 0, or `auto`");
                if self.fit.is_some() {
                    at.error("fit", "`fit` has no meaning where the `extent` is given; remove one");
                }
            }
        }
    }
}

impl PrepareStep for Rasterise {
    type Fitted = FittedRaster;

    fn check(&self, at: &mut Checking) {
        let good = check_size(at, self.size, "size");
        self.check_settings(at);
        if !good {
            return;
        }
        let (below, changes) = (at.below("of"), at.path());
        at.add(&self.name, |at, member| {
            let (_, dim, field) = planned_points(at, member, &self.of, &below)?;
            let step = at.below("");
            if at.fails(|at| check_plane(at.context, self.axes, dim, &step, "axes")) {
                return None;
            }
            let image = self.image();
            let values = member.data.rows.map(|rows| rows.saturating_mul(image.len()));
            Some(FieldShape {
                shape: RowShape::Fixed(self.size.to_vec()),
                action: Action::Pixels(image),
                labels: false,
                classes: None,
                unit: None,
                changes: vec![changes.clone()],
                size: Size { values, word: field.size.word },
            })
        });
    }

    fn label(&self) -> String {
        format!("add {}, an image of {}×{} pixels of {}", self.name, self.size[0], self.size[1], self.of)
    }

    fn memory(&self, _: &Shapes, _: &Shapes) -> Option<usize> {
        Some(0)
    }

    /// Finds the extent; an error if every point is at the origin.
    fn fit(&self, fitting: &mut Fitting) -> Result<FittedRaster, PrepareError> {
        fitting.has(std::slice::from_ref(&self.of))?;
        if let Extent::Given(extent) = self.extent {
            return Ok(FittedRaster { step: self.clone(), extent });
        }
        let (fit, data) = fitting.fit_on(self.fit.as_deref())?;
        let field = fitting.field(fit, data, &self.of)?;
        let dim = points(field).map_err(|reason| fitting.wrong(fit, &self.of, reason))?.1;
        let extent = largest(field, dim, self.axes);
        if !(extent.is_finite() && extent > 0.0) {
            let reason = format!("the largest coordinate is {extent}; give an `extent`");
            return Err(fitting.wrong(fit, &self.of, reason));
        }
        Ok(FittedRaster { step: self.clone(), extent })
    }
}

/// The largest absolute value of two coordinates.
fn largest(field: &Field, dim: usize, axes: [usize; 2]) -> f64 {
    fn of<T: Number>(values: &[T], dim: usize, axes: [usize; 2]) -> f64 {
        let point = |p: &[T]| axes.iter().filter_map(|&a| p.get(a)).map(|x| x.wide().abs()).fold(0.0, f64::max);
        values.par_chunks(dim * 4096).map(|c| c.chunks(dim).map(point).fold(0.0, f64::max)).reduce(|| 0.0, f64::max)
    }
    match &field.values {
        Values::F32(values) => of(values, dim, axes),
        Values::F64(values) => of(values, dim, axes),
    }
}

impl FittedStep for FittedRaster {
    const REACH: Reach = Reach::All;

    /// Adds the image, which has no physical units to be converted back to; an error if the points are missing or the
    /// name is taken.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let (of, name) = (self.step.of.as_str(), self.step.name.as_str());
        if data.fields.contains_key(name) {
            return Err(call.wrong(name, "there is a field of that name already"));
        }
        let field = call.field(data, of)?;
        let dim = points(field).map_err(|reason| call.wrong(of, reason))?.1;
        let image = self.step.image();
        let draw = Draw { fitted: self, image, dim };
        let values = compute(call, of, field, data.rows, |i| i * image.len(), &draw)?;
        let shape = self.step.size.to_vec();
        let new = Field { action: Action::Pixels(image), values, shape, offsets: None, unit: None, classes: None };
        data.fields.insert(name.to_owned(), new);
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { needs: vec![&self.step.of], makes: Some(&self.step.name), ..Touches::default() }
    }
}
