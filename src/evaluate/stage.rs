//! The `evaluate` stage: every model on every data set under every shift.

use semola_data::Event;

use super::equivariance::relative_errors;
use super::metrics::Scores;
use super::shifts::{Rows, Shifted};
use super::{Evaluate, Shift};
use crate::model::Model;
use crate::model::View;
use crate::model::{likeliest, measured, physical};
use crate::stage::StageError;
use crate::stage::{World, left_out};
use semola_data::table::{EquivarianceRow, EvaluationRow, PredictionRow};
use semola_data::{DataError, Dataset};
use semola_engine::Streams;
use semola_engine::ops::loss::Loss;
use semola_method::fit::TrainError;

/// Number of random generators in the equivariance table.
const RANDOM: usize = 4;

/// Measures the models and writes `evaluation`, `equivariance` and `predictions`.
pub fn run(world: &mut World<'_>, spec: &Evaluate, number: usize) -> Result<(), StageError> {
    let streams = world.streams.scope(&format!("evaluate{number}"));
    let known = spec.models.as_slice().iter().find_map(|m| world.models.get(m).filter(|m| m.known.is_some()));
    let known = known.map(|m| (m.generators.clone(), m.task.affine));
    let total = spec.models.as_slice().len() * spec.on.as_slice().len() * (spec.shifts.len() + 1);
    let mut done = 0;
    for name in spec.models.as_slice() {
        let Some(model) = world.models.get(name) else { continue };
        for split in spec.on.as_slice() {
            let Some(data) = world.data.get(split) else { continue };
            let before = &data.dropped;
            let data = model.task.adapted(data)?;
            if data.dropped != *before {
                world.tables.count_dropped("evaluate", name, split, &data.dropped);
                world.session.event(left_out("evaluate", split, &data.dropped));
            }
            let view = model.task.view(&data)?;
            let case = Case { model, name, split, data: &data, view: &view, spec };
            // The same stream for every model: they are compared on the same draws.
            for shift in std::iter::once(None).chain(spec.shifts.iter().map(Some)) {
                let label = shift.map_or_else(|| "none".to_owned(), |s| s.kind().label());
                let (evaluation, predictions) =
                    case.measure(shift, &label, &streams.scope(&format!("{split}/{label}")))?;
                if evaluation.is_empty() {
                    let message =
                        format!("evaluate: shift '{label}' leaves no row of '{split}'; the tables have nothing of it");
                    world.session.event(Event::NothingLeft { model: name.clone(), message });
                }
                world.tables.evaluation.extend(evaluation);
                world.tables.predictions.extend(predictions);
                done += 1;
                if world.session.interrupted() {
                    return Err(TrainError::Interrupted.into());
                }
                world.session.progress("evaluate", done, total, &|| format!("{name} on {split}, shift {label}"));
            }
            world.tables.equivariance.extend(case.equivariance(known.as_ref(), &streams.scope(split)));
        }
    }
    Ok(())
}

/// One model on one data set.
struct Case<'a> {
    model: &'a Model,
    name: &'a str,
    split: &'a str,
    data: &'a Dataset,
    view: &'a View,
    spec: &'a Evaluate,
}

impl Case<'_> {
    fn measure(
        &self,
        shift: Option<&Shift>,
        label: &str,
        streams: &Streams,
    ) -> Result<(Vec<EvaluationRow>, Vec<PredictionRow>), StageError> {
        let shifted = self.shifted(shift, streams)?;
        let outputs = self.outputs(&shifted);
        self.check_outputs(&shifted, &outputs, label)?;
        let group = |i: usize| self.view.problem.group(shifted.rows[i]);
        let (scores, predictions) = if self.model.task.loss == Loss::CrossEntropy {
            let classes = self.view.problem.outputs();
            let logits: Vec<f64> = outputs.iter().map(|&v| f64::from(v)).collect();
            let truth: Vec<usize> = shifted.y.iter().map(|&c| c as usize).collect();
            (
                Scores::classification(&logits, &truth, classes, &group),
                self.class_rows(&shifted, &logits, &truth, label),
            )
        } else {
            let predicted = self.physical(&shifted.rows, &outputs)?;
            let target = self.physical(&shifted.rows, &shifted.y)?;
            let rows = self.predicted_rows(&shifted, &predicted, &target, label)?;
            let (predicted, target) = match self.model.task.is_compressed(self.data) {
                true => (self.measured(&shifted.rows, &outputs)?, self.measured(&shifted.rows, &shifted.y)?),
                false => (predicted, target),
            };
            (Scores::regression(&predicted, &target, self.view.target_width, &group), rows)
        };
        let n = scores.len() as u64;
        let row = |m: super::metrics::Metric| EvaluationRow {
            model: self.name.to_owned(),
            split: self.split.to_owned(),
            shift: label.to_owned(),
            metric: m.name.to_owned(),
            value: m.value,
            ci_low: Some(m.low),
            ci_high: Some(m.high),
            n,
        };
        if scores.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let metrics = scores.metrics(self.spec.bootstrap, streams);
        if let Some(m) = metrics.iter().find(|m| m.value.is_infinite()) {
            let (model, split, shift) = (self.name.to_owned(), self.split.to_owned(), label.to_owned());
            return Err(StageError::Metric { model, split, shift, metric: m.name, value: m.value });
        }
        Ok((metrics.into_iter().map(row).collect(), predictions))
    }

    /// The data under a shift; `y` are the plain targets in prepared coordinates.
    fn shifted(&self, shift: Option<&Shift>, streams: &Streams) -> Result<Shifted, StageError> {
        let p = &self.view.problem;
        let rows = Rows {
            x: &p.x,
            x_layout: &p.x_layout,
            y: &self.view.plain_targets,
            y_layout: &self.model.task.plain_layout(self.data)?,
            column_of: &|field| Ok(self.model.task.column_of(self.data, field)?),
        };
        shift.map_or_else(|| Ok(rows.unchanged()), |shift| shift.kind().apply(&rows, streams))
    }

    /// Network outputs; those of a residual network are converted back to plain targets.
    fn outputs(&self, shifted: &Shifted) -> Vec<f32> {
        let inputs = self.view.problem.inputs();
        let mut out = self.model.trained.predict(&shifted.x, inputs);
        self.model.task.add_inputs(&shifted.x, inputs, &mut out, self.view.target_width);
        out
    }

    /// A model that gives no number for a row has no metrics.
    fn check_outputs(&self, shifted: &Shifted, outputs: &[f32], label: &str) -> Result<(), StageError> {
        let Some(at) = outputs.iter().position(|value| !value.is_finite()) else { return Ok(()) };
        let row = at / (outputs.len() / shifted.rows.len().max(1)).max(1);
        let place = self.data.place(shifted.rows.get(row).copied().unwrap_or(row));
        let (model, split, shift) = (self.name.to_owned(), self.split.to_owned(), label.to_owned());
        Err(StageError::Prediction { model, split, shift, place, value: outputs.get(at).copied().unwrap_or(f32::NAN) })
    }

    /// Prepared coordinates to physical units, field by field; NaN for missing points.
    fn physical(&self, rows: &[usize], values: &[f32]) -> Result<Vec<f64>, DataError> {
        physical(self.data, &self.model.task.target_columns(self.data)?, rows, values)
    }

    /// As [`Case::physical`], but compressed targets stay so.
    fn measured(&self, rows: &[usize], values: &[f32]) -> Result<Vec<f64>, DataError> {
        measured(self.data, &self.model.task.target_columns(self.data)?, rows, values)
    }

    fn predicted_rows(
        &self,
        shifted: &Shifted,
        predicted: &[f64],
        target: &[f64],
        label: &str,
    ) -> Result<Vec<PredictionRow>, DataError> {
        let mut rows = Vec::new();
        let width = self.view.target_width;
        for (i, &row) in shifted.rows.iter().enumerate().take(self.limit()) {
            let mut at = i * width;
            for field in &self.model.task.targets {
                for component in 0..self.model.task.width(self.data, field)? {
                    if !target[at].is_nan() {
                        rows.push(self.prediction(row, label, field, component, predicted[at], target[at]));
                    }
                    at += 1;
                }
            }
        }
        Ok(rows)
    }

    fn class_rows(&self, shifted: &Shifted, logits: &[f64], truth: &[usize], label: &str) -> Vec<PredictionRow> {
        let classes = self.view.problem.outputs();
        let Some(field) = self.model.task.targets.first() else { return Vec::new() };
        let rows = shifted.rows.iter().zip(logits.chunks_exact(classes)).zip(truth).take(self.limit());
        rows.map(|((&row, logits), &class)| {
            self.prediction(row, label, field, 0, likeliest(logits) as f64, class as f64)
        })
        .collect()
    }

    fn limit(&self) -> usize {
        if self.spec.predictions { self.spec.max_predictions } else { 0 }
    }

    fn prediction(
        &self,
        row: usize,
        label: &str,
        field: &str,
        component: usize,
        predicted: f64,
        target: f64,
    ) -> PredictionRow {
        PredictionRow {
            model: self.name.to_owned(),
            split: self.split.to_owned(),
            shift: label.to_owned(),
            row_id: self.data.row_ids.get(row).copied().unwrap_or(row as u64),
            field: field.to_owned(),
            component: component as u32,
            predicted,
            target,
        }
    }

    fn equivariance(
        &self,
        known: Option<&(Vec<nalgebra::DMatrix<f64>>, bool)>,
        streams: &Streams,
    ) -> Vec<EquivarianceRow> {
        let p = &self.view.problem;
        if p.x_layout.segments.iter().all(|s| s.action.dim().is_none()) {
            return Vec::new();
        }
        let mut sources = Vec::new();
        if self.model.discovered.is_some() && !self.model.generators.is_empty() {
            sources.push(("learned", self.model.generators.clone(), self.model.task.affine));
        }
        if let Some((generators, affine)) = known {
            sources.push(("known", generators.clone(), *affine));
        }
        let mut rng = streams.get("random-generators", 0);
        let k = p.x_layout.linear;
        let mut random = || nalgebra::DMatrix::from_fn(k, k, |_, _| semola_lie::random::normal(&mut rng));
        let random = (0..RANDOM).map(|_| random()).collect();
        sources.push(("random", random, false));
        let mut rows = Vec::new();
        for (source, generators, affine) in sources {
            let problem = p.with_translations(affine);
            for (size, error) in relative_errors(&self.model.trained, &problem, &generators, &streams.scope(source)) {
                rows.push(EquivarianceRow {
                    model: self.name.to_owned(),
                    split: self.split.to_owned(),
                    group_source: source.to_owned(),
                    coefficient_size: size,
                    // Moved so far that the outputs overflow: unknown.
                    relative_error: if error.is_finite() { error } else { f64::NAN },
                });
            }
        }
        rows
    }
}
