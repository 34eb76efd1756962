//! From a data set and the settings of a `train` stage to a problem, and from its outputs back to physical units.

use std::borrow::Cow;

use crate::data::{DataError, Dataset, Transform, relabel};
use crate::engine::{Layout, Segment};
use crate::lie::action::Action;
use crate::spec::types::{Augment, Loss, Space, Train};
use crate::train::{Part, Problem};

/// What a model was trained on, in terms that other data sets can be brought into.
#[derive(Debug, Clone)]
pub struct Task {
    pub inputs: Vec<String>,
    pub targets: Vec<String>,
    /// The k of GL(k); 1 if every field is a scalar.
    pub linear: usize,
    /// Whether the model's own group has translations.
    pub affine: bool,
    pub loss: Loss,
    pub residual: bool,
    /// Unit of the change that a residual network predicts, once it is known.
    pub change_scale: Option<f32>,
    /// Class names of the target.
    pub classes: Option<Vec<String>>,
    /// Product of the scalings of the first points field: the unit of translations.
    pub(super) unit: f64,
}

/// Rows of a data set as a model sees them.
pub struct View {
    pub problem: Problem,
    /// Targets in prepared coordinates before any change or one-hot coding, and their width.
    pub plain_targets: Vec<f32>,
    pub target_width: usize,
}

impl Task {
    /// The task of a `train` stage on its data set.
    pub fn new(train: &Train, data: &Dataset) -> Result<Self, DataError> {
        let names: Vec<String> = train.input.as_slice().iter().chain(train.target.as_slice()).cloned().collect();
        let mut linear = None;
        let mut unit = None;
        for name in &names {
            let action = data.field(name)?.action;
            linear = linear.or(action.dim());
            if matches!(action, Action::Points { .. }) {
                unit = unit.or(Some(scaling(data, name)));
            }
        }
        let classes = match train.target.as_slice() {
            [one] => data.field(one)?.classes.clone(),
            _ => None,
        };
        let affine = match &train.augment {
            Augment::Learned(l) => matches!(l.space, Space::Affine(_)),
            Augment::Augerino(a) => matches!(a.space, Space::Affine(_)),
            Augment::Known(_) | Augment::None => false,
        };
        Ok(Self {
            inputs: train.input.as_slice().to_vec(),
            targets: train.target.as_slice().to_vec(),
            linear: linear.unwrap_or(1),
            affine,
            loss: train.loss,
            residual: train.residual,
            change_scale: None,
            classes,
            unit: unit.unwrap_or(1.0),
        })
    }

    /// A data set, its labels numbered as in training, as this task sees it.
    ///
    /// # Errors
    /// Missing fields, ragged rows, classes out of range.
    pub fn view(&self, data: &Dataset) -> Result<View, DataError> {
        let values = |names: &[String]| -> Result<Vec<Column>, DataError> {
            names.iter().map(|name| self.column(data, name)).collect()
        };
        let (inputs, mut targets) = (values(&self.inputs)?, values(&self.targets)?);
        let plain_targets = join(&targets, data.rows);
        let target_width = targets.iter().map(|t| t.width).sum();
        if let (Loss::CrossEntropy, Some(classes)) = (self.loss, &self.classes) {
            let values = one_hot(&plain_targets, classes.len());
            targets = vec![Column { action: Action::Scalar, width: classes.len(), values, translation_scale: 1.0 }];
        }
        let inputs: Vec<Part<'_>> = inputs.iter().map(Column::part).collect();
        let targets: Vec<Part<'_>> = targets.iter().map(Column::part).collect();
        let shape = (self.linear + usize::from(self.affine), self.linear);
        let mut problem = Problem::new(shape, &inputs, &targets, data.groups.clone(), self.loss);
        if self.residual {
            problem = problem.into_residual(self.change_scale);
        }
        Ok(View { problem, plain_targets, target_width })
    }
}

impl Task {
    /// How a group acts on the plain targets (before any change or one-hot coding).
    pub fn plain_layout(&self, data: &Dataset) -> Result<Layout, DataError> {
        let mut layout = Layout {
            side: self.linear,
            linear: self.linear,
            width: 0,
            segments: Vec::with_capacity(self.targets.len()),
        };
        for name in &self.targets {
            let (action, width) = (data.field(name)?.action, data.width(name)?);
            let translation_scale = (self.unit / scaling(data, name)) as f32;
            let blocks = width / action.block_len();
            layout.segments.push(Segment { start: layout.width, blocks, action, translation_scale });
            layout.width += width;
        }
        Ok(layout)
    }

    /// Where an input field starts in the input row.
    pub fn column_of(&self, data: &Dataset, field: &str) -> Result<usize, DataError> {
        let mut start = 0;
        for name in &self.inputs {
            if name == field {
                return Ok(start);
            }
            start += data.width(name)?;
        }
        let inputs = self.inputs.join(", ");
        Err(DataError::Field { field: field.to_owned(), reason: format!("it is not an input of the model ({inputs})") })
    }
}

/// One field's values with how a group acts on them.
struct Column {
    action: Action,
    width: usize,
    values: Vec<f32>,
    translation_scale: f32,
}

impl Column {
    fn part(&self) -> Part<'_> {
        Part { action: self.action, width: self.width, values: &self.values, translation_scale: self.translation_scale }
    }
}

impl Task {
    fn column(&self, data: &Dataset, name: &str) -> Result<Column, DataError> {
        Ok(Column {
            action: data.field(name)?.action,
            width: data.width(name)?,
            values: data.dense_f32(name)?,
            translation_scale: (self.unit / scaling(data, name)) as f32,
        })
    }

    /// The data set with its labels numbered as in training.
    ///
    /// # Errors
    /// A label that training has not seen, unless such rows are to be dropped.
    pub fn relabelled<'d>(&self, data: &'d Dataset) -> Result<Cow<'d, Dataset>, DataError> {
        let (Some(classes), [target]) = (&self.classes, self.targets.as_slice()) else {
            return Ok(Cow::Borrowed(data));
        };
        if data.field(target)?.classes.as_ref() == Some(classes) {
            return Ok(Cow::Borrowed(data));
        }
        let mut own = data.clone();
        let column = data.columns.get(target).unwrap_or(target);
        relabel(&mut own, target, column, classes, data.on_invalid)?;
        Ok(Cow::Owned(own))
    }
}

/// The product of all scalings of a field.
fn scaling(data: &Dataset, name: &str) -> f64 {
    let steps = data.history.get(name).map_or(&[][..], Vec::as_slice);
    steps.iter().map(|t| if let Transform::ScaleBy(s) = t { *s } else { 1.0 }).product()
}

fn join(parts: &[Column], rows: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for i in 0..rows {
        for c in parts {
            out.extend_from_slice(&c.values[i * c.width..(i + 1) * c.width]);
        }
    }
    out
}

fn one_hot(labels: &[f32], classes: usize) -> Vec<f32> {
    let mut out = vec![0.0; labels.len() * classes];
    for (i, &label) in labels.iter().enumerate() {
        if let Some(cell) = out.get_mut(i * classes + label as usize).filter(|_| (label as usize) < classes) {
            *cell = 1.0;
        }
    }
    out
}
