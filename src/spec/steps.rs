//! The settings of preparation steps on points, classes and images; part of [`super::types`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::types::{OnInvalid, OneOrMany, Pose, is_default};

// ---------------------------------------------------------------------------------------------- points

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

/// Add what is near each point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Neighbours {
    /// Where the points are.
    pub of: String,
    /// Add the vectors to this many nearest points, nearest first; 0 where a row has fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<usize>,
    /// Add the number of other points within this distance, in prepared units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<f64>,
    /// Name of the new field.
    #[serde(rename = "as")]
    pub name: String,
}

/// Add the normal vector of the surface at each point: the direction in which its neighbours spread least, pointing away
/// from the row's centroid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Normals {
    /// Where the points are, in two or three dimensions.
    pub of: String,
    /// How many neighbours are looked at.
    #[serde(default = "default_normals")]
    pub k: usize,
    /// Name of the new field.
    #[serde(rename = "as")]
    pub name: String,
}

fn default_normals() -> usize {
    16
}

/// The fields of a step that needs nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    pub fields: OneOrMany<String>,
}

/// Add Gaussian noise to the values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jitter {
    pub fields: OneOrMany<String>,
    /// Standard deviation of the noise, in prepared units.
    pub size: f64,
}

/// Move each row by a random group element of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// The fields that are moved, all of a row by the same element.
    pub fields: OneOrMany<String>,
    pub by: Pose,
}

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
    #[serde(default)]
    pub values: RasterValues,
    /// Standard deviation of the Gaussian that a point is drawn as, in pixels; 0: each point counts in its own pixel.
    #[serde(default, skip_serializing_if = "is_default")]
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

// --------------------------------------------------------------------------------------------- classes

/// Add one 0/1 value for each class of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneHot {
    /// The scalar field: one value a row or a point, or class labels.
    pub field: String,
    /// Name of the new field (default: it takes the place of `field`).
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The values that are classes (default: all that occur in the data set of `fit`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
    /// What to do with rows that hold a value which is no class.
    #[serde(default)]
    pub on_invalid: OnInvalid,
}

impl OneHot {
    /// Name of the new field.
    pub fn new_field(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.field)
    }
}

/// Turn the values of a scalar field into class labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Encode {
    /// The field, one value a row; its different values, in ascending order, become the classes.
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
    /// What to do with rows that hold a value which does not occur in the data set of `fit`.
    #[serde(default)]
    pub on_invalid: OnInvalid,
}

// ---------------------------------------------------------------------------------------------- images

/// Scale images to another size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    pub fields: OneOrMany<String>,
    /// Height and width afterwards.
    pub size: [usize; 2],
    #[serde(default)]
    pub filter: ResizeFilter,
}

/// How pixels of another size are computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResizeFilter {
    /// The nearest pixel: for masks and labels.
    Nearest,
    /// Linear between pixels; a weighted mean of all pixels that are covered when an image shrinks.
    #[default]
    Bilinear,
    /// The mean of the pixels that are covered.
    Area,
}

/// Put a border around images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pad {
    pub fields: OneOrMany<String>,
    /// Pixels on every side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
    /// Height and width afterwards; the image stays in the middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<[usize; 2]>,
    /// What the border holds, in prepared units.
    #[serde(default, skip_serializing_if = "is_default")]
    pub value: f64,
}

/// Cut images to a smaller size, the same part out of every listed field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    pub fields: OneOrMany<String>,
    /// Height and width afterwards.
    pub to: [usize; 2],
    #[serde(default)]
    pub at: CropAt,
}

/// Where an image is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CropAt {
    /// In the middle.
    #[default]
    Center,
    /// At a random place, one for each row.
    Random,
}
