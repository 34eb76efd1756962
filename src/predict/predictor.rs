//! A trained model applied to prepared data.

use std::collections::BTreeMap;

use super::PredictError;
use super::average::{same_for_all, source};
use super::score::Truth;
use crate::model::FieldForm;
use crate::model::Task;
use crate::model::{LoadedModel, ModelFileError, SavedModel, file_name};
use crate::model::{TargetColumn, physical};
use semola_data::settings::OnInvalid;
use semola_data::{DataError, Dataset};
use semola_engine::{Backend, Layout, Learner, Streams};
use semola_method::discover::finite::Side;
use semola_method::fit::groups::Orbit;
use semola_method::fit::problem::act_rows;

/// How to predict.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Rows per forward pass of the network.
    pub batch: Option<usize>,
    /// Average over this many elements of the model's group.
    pub average: Option<usize>,
    /// Keep the targets with the predictions.
    pub evaluate: bool,
}

/// Predictions for the rows of a piece.
pub struct Predicted {
    /// The rows' numbers in the files.
    pub rows: Vec<u64>,
    pub outputs: Outputs,
    /// The targets, if requested.
    pub truth: Option<Truth>,
    /// Rows of the piece that were left out, by column.
    pub dropped: BTreeMap<String, usize>,
}

/// The outputs of a network, in physical units.
pub enum Outputs {
    /// Row after row, target after target.
    Values { targets: Vec<TargetColumn>, values: Vec<f64> },
    /// One value per class, row after row.
    Logits { classes: usize, values: Vec<f64> },
}

impl Outputs {
    /// The rows, of so many, without a number where there has to be one, ascending.
    fn not_finite(&self, rows: usize) -> Vec<usize> {
        let (width, values) = match self {
            Self::Values { targets, values } => (targets.iter().map(|t| t.width).sum::<usize>(), values),
            Self::Logits { classes, values } => (*classes, values),
        };
        if values.iter().all(|value| value.is_finite()) {
            return Vec::new();
        }
        let needed = |row: usize| -> Vec<usize> {
            match self {
                Self::Values { targets, .. } => targets.iter().map(|t| t.width_of(row)).collect(),
                Self::Logits { classes, .. } => vec![*classes],
            }
        };
        let widths: Vec<usize> = match self {
            Self::Values { targets, .. } => targets.iter().map(|t| t.width).collect(),
            Self::Logits { classes, .. } => vec![*classes],
        };
        let is_bad = |row: &usize| {
            let mut start = row * width;
            widths.iter().zip(needed(*row)).any(|(width, needed)| {
                let own = values.get(start..start + needed).unwrap_or_default();
                start += width;
                own.iter().any(|value| !value.is_finite())
            })
        };
        (0..rows).filter(is_bad).collect()
    }
}

/// A network for rows of up to a number of points.
struct Built {
    room: Option<usize>,
    learner: Learner,
}

/// A loaded model on a device.
pub struct Predictor<'m> {
    loaded: &'m LoadedModel,
    device: &'m Backend,
    settings: Settings,
    group: Option<Orbit>,
    built: Option<Built>,
}

impl<'m> Predictor<'m> {
    /// Loads a model onto a device.
    ///
    /// # Errors
    /// If an average is requested and the model has no group.
    pub fn new(loaded: &'m LoadedModel, device: &'m Backend, settings: Settings) -> Result<Self, PredictError> {
        let model = &loaded.model;
        let no_group = || {
            let text = format!("--group-average: model '{}' was given no group, and none was accepted", model.name);
            PredictError::Usage(text)
        };
        let group = match (settings.average, &model.group) {
            (Some(_), Some(group)) => Some(source(group, &model.task, model.finite.is_some())?),
            (Some(_), None) if model.finite.is_none() => return Err(no_group()),
            _ => None,
        };
        Ok(Self { loaded, device, settings, group, built: None })
    }

    /// The model.
    pub fn model(&self) -> &'m SavedModel {
        &self.loaded.model
    }

    /// Predicts for prepared data; `None` if no row of it is left.
    ///
    /// # Errors
    /// If the data does not match the training data.
    pub fn predict(&mut self, data: &Dataset) -> Result<Option<Predicted>, PredictError> {
        let model = self.model();
        let usable = match self.settings.evaluate {
            true => model.task.adapted(data),
            false => data.in_single_precision(&model.task.inputs),
        };
        let data = match usable {
            Err(DataError::NothingLeft { .. }) => return Ok(None),
            other => other?,
        };
        let data = data.as_ref();
        check_forms(model, data)?;
        let task = with_room(&model.task, data)?;
        let (x, layout) = task.input_rows(data)?;
        let x_layout = model.x_layout.clone().with_room(task.points.unwrap_or(1));
        if layout.width != x_layout.width {
            let (found, wanted) = (format!("{} numbers a row", layout.width), format!("{}", x_layout.width));
            return Err(PredictError::Form { field: task.inputs.join(", "), found, wanted });
        }
        self.build(task.points)?;
        let classes = task.class_names().map(<[String]>::len);
        let y_layout = if classes.is_some() { None } else { Some(task.plain_layout(data)?) };
        let values = match self.settings.average {
            Some(samples) => self.averaged(&task, &x, &x_layout, y_layout.as_ref(), samples),
            None => self.plain(&task, &x, x_layout.width, y_layout.as_ref().map(|y| y.width)),
        };
        let outputs = match classes {
            Some(classes) => Outputs::Logits { classes, values: values.iter().map(|&v| f64::from(v)).collect() },
            None => {
                let targets = task.target_columns(data)?;
                let all: Vec<usize> = (0..data.rows).collect();
                let physical = physical(data, &targets, &all, &values)?;
                Outputs::Values { targets, values: physical }
            }
        };
        let bad = outputs.not_finite(data.rows);
        if let Some(&first) = bad.first() {
            return self.without(data, first, &bad);
        }
        let truth = match self.settings.evaluate {
            true => Some(Truth::of(&task, data, &values, model.lineage.read.group.as_deref())?),
            false => None,
        };
        Ok(Some(Predicted { rows: data.row_ids.clone(), outputs, truth, dropped: data.dropped.clone() }))
    }

    /// The prediction without the rows that got no number, if such rows are to be dropped.
    fn without(&mut self, data: &Dataset, first: usize, bad: &[usize]) -> Result<Option<Predicted>, PredictError> {
        let targets = &self.loaded.model.task.targets;
        if data.on_invalid == OnInvalid::Error {
            return Err(PredictError::NotFinite { place: data.place(first), targets: targets.join(", ") });
        }
        let kept: Vec<usize> = (0..data.rows).filter(|row| bad.binary_search(row).is_err()).collect();
        if kept.is_empty() {
            return Ok(None);
        }
        let mut left = data.take(&kept);
        *left.dropped.entry(targets.join(", ")).or_insert(0) += bad.len();
        self.predict(&left)
    }

    /// Outputs in prepared coordinates; a residual network's with its inputs added.
    fn plain(&self, task: &Task, x: &[f32], inputs: usize, width: Option<usize>) -> Vec<f32> {
        let Some(Built { learner, .. }) = &self.built else { return Vec::new() };
        let mut out = learner.predict(x, inputs, self.settings.batch);
        if let Some(width) = width {
            task.add_inputs(x, inputs, &mut out, width);
        }
        out
    }

    /// The mean of g⁻¹ f(g x), the same elements for every row; of classes, the logarithm of the mean probability.
    fn averaged(
        &self,
        task: &Task,
        x: &[f32],
        x_layout: &Layout,
        y_layout: Option<&Layout>,
        samples: usize,
    ) -> Vec<f32> {
        let streams = Streams::new(self.model().identity.seed).scope("predict");
        let rows = x.len() / x_layout.width.max(1);
        let y_layout = y_layout.map(|layout| layout.with_translations(task.affine));
        let inputs = x_layout.with_translations(task.affine);
        let components = self.model().finite.as_ref().and_then(|finite| {
            let targets =
                y_layout.clone().unwrap_or_else(|| Layout { width: 0, segments: Vec::new(), ..inputs.clone() });
            Some((finite, finite.moving(inputs.clone(), targets)?))
        });
        let mut sum: Vec<f64> = Vec::new();
        for sample in 0..samples {
            let draw = |group: &Orbit| same_for_all(group, &mut streams.get("group-average", sample as u64), rows);
            let g = self.group.as_ref().map(draw);
            let component = components.as_ref().map(|(finite, moving)| (finite.pair(sample, inputs.linear), moving));
            let mut moved = x.to_vec();
            if let Some(((c, _), moving)) = &component {
                moving.apply(c, Side::Inputs, &mut moved);
            }
            if let Some(g) = &g {
                act_rows(&g.g, &g.inverse, &inputs, &mut moved);
            }
            let mut out = self.plain(task, &moved, x_layout.width, y_layout.as_ref().map(|y| y.width));
            let own: Vec<f64> = match &y_layout {
                Some(layout) => {
                    if let Some(g) = &g {
                        act_rows(&g.inverse, &g.g, layout, &mut out);
                    }
                    if let Some(((_, back), moving)) = &component {
                        moving.apply(back, Side::Targets, &mut out);
                    }
                    out.iter().map(|&v| f64::from(v)).collect()
                }
                None => {
                    let classes = out.len() / rows.max(1);
                    let logits: Vec<f64> = out.iter().map(|&v| f64::from(v)).collect();
                    logits.chunks_exact(classes.max(1)).flat_map(probabilities).collect()
                }
            };
            sum.resize(own.len(), 0.0);
            sum.iter_mut().zip(own).for_each(|(s, v)| *s += v / samples.max(1) as f64);
        }
        let finish = |v: f64| if y_layout.is_some() { v } else { v.max(f64::MIN_POSITIVE).ln() };
        sum.into_iter().map(|v| finish(v) as f32).collect()
    }

    /// Builds the network for that many points, unless it exists.
    fn build(&mut self, room: Option<usize>) -> Result<(), PredictError> {
        if self.built.as_ref().is_some_and(|built| built.room == room) {
            return Ok(());
        }
        let model = self.model();
        let layout = |layout: &Layout| layout.clone().with_room(room.unwrap_or(1));
        let (x, y) = (layout(&model.x_layout), layout(&model.y_layout));
        let mut learner = Learner::build(self.device, &model.network, &x, &y, &Streams::new(0));
        if !learner.set_from_host(&self.loaded.params) {
            let problem = "its parameters do not belong to its network".to_owned();
            return Err(ModelFileError::Damaged { path: file_name(&model.name), problem }.into());
        }
        self.built = Some(Built { room, learner });
        Ok(())
    }
}

/// exp(l) / Σ exp(l).
pub fn probabilities(logits: &[f64]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|l| (l - top).exp()).sum();
    logits.iter().map(|l| (l - top).exp() / sum).collect()
}

/// The task with room for the points of the rows, if rows differ.
fn with_room(task: &Task, data: &Dataset) -> Result<Task, DataError> {
    let most = task.counts(data)?.into_iter().flatten().max().unwrap_or(0);
    Ok(Task { points: task.points.map(|points| points.max(most)), ..task.clone() })
}

/// Checks that the inputs are what the model was trained on.
fn check_forms(model: &SavedModel, data: &Dataset) -> Result<(), PredictError> {
    for (name, wanted) in model.task.inputs.iter().zip(&model.inputs) {
        let found = FieldForm::of(data.field(name)?);
        if (found.action, &found.shape, found.ragged) != (wanted.action, &wanted.shape, wanted.ragged) {
            let words = |form: &FieldForm| {
                let points = if form.ragged { " at each of any number of points" } else { "" };
                format!("of shape {:?}{points}", form.shape)
            };
            let (found, wanted) = (words(&found), words(wanted));
            return Err(PredictError::Form { field: name.clone(), found, wanted });
        }
    }
    Ok(())
}
