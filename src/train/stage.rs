//! The `train` stage: the rows of one model, its training, and its rows in the tables.

use std::borrow::Cow;

use super::augment::{Augmented, Given, Job};
use super::orbits::Moved;
use super::{Train, Validate, task_of};
use crate::model::FieldForm;
use crate::model::Task;
use crate::model::{Model, Origin};
use crate::stage::StageError;
use crate::stage::{World, left_out};
use semola_data::DataError;
use semola_data::table::MetricRow;
use semola_method::fit::{History, Problem, TrainError};
use semola_plan::LEAST_ROWS;

/// Trains one model and adds it to the world, with its tables.
pub fn run(world: &mut World<'_>, spec: &Train) -> Result<(), StageError> {
    leave_out(world, spec)?;
    let (task, problem, rows, held_out) = problem_of(world, spec)?;
    let origin = origin_of(world, spec, &task, &problem)?;
    let job = Job {
        spec,
        problem: &problem,
        rows: &rows,
        held_out: &held_out,
        linear: task.linear,
        streams: world.streams.scope("train"),
        device: world.device,
        session: world.session,
    };
    let Augmented { trained, given, generators, discovered, histories, rows } = spec.augment.method().train(&job)?;
    world.tables.metrics.extend(histories.iter().flat_map(|history| metrics(&spec.name, history)));
    rows.add_to(&mut world.tables);
    if let Some(found) = &discovered {
        let extent = found.extent().unwrap_or(1.0);
        let moved = Moved { task: &task, problem: &problem, rows: &held_out, extent };
        world.tables.orbits.extend(moved.rows(&spec.name, &generators));
    }
    let (task, origin) = match &given {
        Some(given) => along(given, task, origin, &problem),
        None => (task, origin),
    };
    let (known, components) = given.map(|given| (given.group, given.finite)).unzip();
    let components = components.flatten();
    let model = Model { task, trained, known, components, discovered, generators, origin };
    world.models.insert(spec.name.clone(), model);
    Ok(())
}

/// Leaves out rows that networks cannot compute with, and counts them.
fn leave_out(world: &mut World<'_>, spec: &Train) -> Result<(), StageError> {
    let fields: Vec<String> = spec.input.as_slice().iter().chain(spec.target.as_slice()).cloned().collect();
    let Some(Cow::Owned(left)) =
        world.data.get(&spec.from).map(|data| data.in_single_precision(&fields)).transpose()?
    else {
        return Ok(());
    };
    world.tables.count_dropped("train", &spec.name, &spec.from, &left.dropped);
    world.session.event(left_out("train", &spec.from, &left.dropped));
    world.data.insert(spec.from.clone(), left);
    Ok(())
}

/// In the coordinates of a given group.
fn along(given: &Given, task: Task, origin: Origin, problem: &Problem) -> (Task, Origin) {
    let Problem { x_layout, y_layout, .. } = problem.with_translations(given.affine);
    let origin = Origin { x_layout, y_layout, ..origin };
    (Task { affine: given.affine, ..task }, origin)
}

/// The task, its rows, and which of them are training and which held-out rows. Held-out rows of another data set are
/// appended after the training rows.
fn problem_of(world: &World<'_>, spec: &Train) -> Result<(Task, Problem, Vec<usize>, Vec<usize>), StageError> {
    let missing = |name: &str| DataError::Field {
        field: name.to_owned(),
        reason: format!("'{}' needs the data set '{name}', which no stage before it made", spec.name),
    };
    let data = world.data.get(&spec.from).ok_or_else(|| missing(&spec.from))?;
    let mut task = task_of(spec, data, world.data.values())?;
    let problem = task.view(data)?.problem;
    task.change_scale = problem.change_scale;
    let all: Vec<usize> = (0..problem.rows).collect();
    let (problem, rows, held_out) = match &spec.validate {
        Validate::Fraction(fraction) => {
            let mut rng = world.streams.get("validate", 0);
            let (rows, held_out) = problem.split_groups(&all, *fraction, &mut rng);
            (problem, rows, held_out)
        }
        Validate::Dataset(name) => {
            let other = task.adapted(world.data.get(name).ok_or_else(|| missing(name))?)?;
            let other = task.view(&other)?.problem;
            let held_out = (all.len()..all.len() + other.rows).collect();
            (problem.followed_by(other), all, held_out)
        }
    };
    let least = LEAST_ROWS;
    if rows.len() < least || held_out.is_empty() {
        let (label, rows, held_out) = (spec.name.clone(), rows.len(), held_out.len());
        return Err(TrainError::TooFewRows { label, rows, held_out, least }.into());
    }
    Ok((task, problem, rows, held_out))
}

/// What the model is made from.
fn origin_of(world: &World<'_>, spec: &Train, task: &Task, problem: &Problem) -> Result<Origin, StageError> {
    let unknown = || DataError::UnknownField { field: spec.from.clone(), hint: String::new() };
    let data = world.data.get(&spec.from).ok_or_else(unknown)?;
    let form = |name: &String| Ok(FieldForm::of(data.field(name)?));
    let forms = |names: &[String]| names.iter().map(form).collect::<Result<Vec<_>, DataError>>();
    Ok(Origin {
        network: spec.model.clone(),
        lineage: world.lineages.get(&spec.from).cloned().ok_or_else(unknown)?,
        x_layout: problem.x_layout.clone(),
        y_layout: problem.y_layout.clone(),
        inputs: forms(&task.inputs)?,
        targets: forms(&task.targets)?,
    })
}

/// The training history, as rows.
fn metrics(model: &str, history: &History) -> Vec<MetricRow> {
    let mut rows = Vec::new();
    for h in &history.points {
        let mut put = |split: &str, metric: &str, value: f64| {
            rows.push(MetricRow {
                stage: history.part.clone(),
                model: model.to_owned(),
                epoch: h.epoch.saturating_sub(1) as u32,
                step: h.step as u64,
                split: split.to_owned(),
                metric: metric.to_owned(),
                // Null where there is none, as of a loss without rows.
                value: if value.is_finite() { value } else { f64::NAN },
            });
        };
        put("train", "loss", h.train_loss);
        put("validate", "loss", h.held_out_loss);
        put("train", "learning_rate", h.lr);
        for (i, s) in h.strengths.iter().enumerate() {
            put("train", &format!("strength.{i}"), *s);
        }
    }
    rows
}
