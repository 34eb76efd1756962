//! The `train` stage: none, known, learned or Augerino-style augmentation.

use super::StageError;
use super::discovered::conclude;
use super::group::{Within, known_group, search_space};
use super::lineage::FieldForm;
use super::second_look::second_look;
use super::task::Task;
use super::world::{Model, Origin, World};
use crate::data::DataError;
use crate::discover::ensemble::{Ensemble, comparable_losses};
use crate::discover::procedure::Discovery;
use crate::discover::support::Support;
use crate::discover::tangent::row_major;
use crate::engine::{HostParam, Streams};
use crate::spec::types::{Augerino, Augment, Known, KnownGroup, Learned, Liegan, MovedTarget, Train, Validate};
use crate::table::MetricRow;
use crate::train::adversarial::{Search, search as search_basis};
use crate::train::state::HistoryPoint;
use crate::train::{Augmentation, Fit, GroupSource, Problem, TrainError, Trained, WidthsPlan, fit};

/// Trains one model and adds it to the world, with its tables.
pub fn run(world: &mut World<'_>, spec: &Train) -> Result<(), StageError> {
    let (task, problem, rows, held_out) = problem_of(world, spec)?;
    let job = Job { spec, problem: &problem, rows: &rows, held_out: &held_out, streams: world.streams.scope("train") };
    let linear = task.linear;
    let origin = origin_of(world, spec, &task, &problem)?;
    let mut model = match &spec.augment {
        Augment::None => job.model(job.fit(world, "train", Augmentation::None, None)?, task, origin),
        Augment::Known(known) => {
            let group = detailed(known);
            let (source, generators, affine) = known_group(&group.group, group.extent, linear)?;
            let problem = problem.with_translations(affine);
            let job = Job { problem: &problem, ..job };
            let trained = job.fit(world, "train", Augmentation::Group(&source), None)?;
            let task = Task { affine, ..task };
            let (x_layout, y_layout) = (problem.x_layout.clone(), problem.y_layout.clone());
            let origin = Origin { x_layout, y_layout, extent: Some(group.extent), ..origin };
            Model { known: Some(group.group), generators, ..job.model(trained, task, origin) }
        }
        Augment::Augerino(augerino) => job.augerino(world, augerino, task, origin)?,
        Augment::Liegan(liegan) => job.liegan(world, liegan, task, origin)?,
        Augment::Learned(learned) => job.learned(world, learned, task, origin)?,
    };
    model.task.change_scale = problem.change_scale;
    if let Some(discovered) = &model.discovered {
        discovered.write(&spec.name, &mut world.tables);
    }
    world.models.insert(spec.name.clone(), model);
    Ok(())
}

fn detailed(known: &Known) -> KnownGroup {
    match known {
        Known::Name(group) => KnownGroup { group: group.clone(), extent: 0.5, target: MovedTarget::Label },
        Known::Detailed(group) => group.clone(),
    }
}

/// What outputs for transformed rows should be.
fn moved_target(augment: &Augment) -> MovedTarget {
    match augment {
        Augment::Known(Known::Detailed(group)) => group.target,
        Augment::Learned(learned) => learned.target,
        _ => MovedTarget::Label,
    }
}

/// The task, its rows, and which of them train and which are held out. Held-out rows of another data set are put after
/// the training rows.
fn problem_of(world: &World<'_>, spec: &Train) -> Result<(Task, Problem, Vec<usize>, Vec<usize>), StageError> {
    let missing = |name: &str| DataError::Field {
        field: name.to_owned(),
        reason: format!("'{}' needs the data set '{name}', which no stage before it made", spec.name),
    };
    let data = world.data.get(&spec.from).ok_or_else(|| missing(&spec.from))?;
    let mut task = Task::new(spec, data, world.data.values())?;
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
    let least = 2;
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
        extent: None,
    })
}

/// What the fits of one stage share.
struct Job<'a> {
    spec: &'a Train,
    problem: &'a Problem,
    rows: &'a [usize],
    held_out: &'a [usize],
    streams: Streams,
}

impl Job<'_> {
    fn epoch_steps(&self) -> usize {
        self.spec.epochs * self.rows.len().div_ceil(self.spec.batch.max(1)).max(1)
    }

    /// The main fit, over all epochs. Every stage draws from the same streams, so that models that differ only in their
    /// augmentation start alike and see the same batches.
    fn fit(
        &self,
        world: &mut World<'_>,
        name: &str,
        augmentation: Augmentation<'_>,
        start: Option<&[HostParam]>,
    ) -> Result<Trained, StageError> {
        let spec = self.spec;
        let job = Fit {
            label: format!("{}/{name}", spec.name),
            problem: self.problem,
            rows: self.rows,
            held_out: self.held_out,
            model: &spec.model,
            steps: self.epoch_steps(),
            batch: spec.batch,
            optimizer: &spec.optimizer,
            schedule: &spec.schedule,
            patience: spec.patience,
            ema: spec.ema,
            augmentation,
            target: moved_target(&spec.augment),
            streams: self.streams.clone(),
            start,
        };
        let trained = fit(&job, world.device, world.session)?;
        self.record(world, name, &trained.state.progress.history);
        Ok(trained)
    }

    fn model(&self, trained: Trained, task: Task, origin: Origin) -> Model {
        Model { task, trained, known: None, discovered: None, generators: Vec::new(), origin }
    }

    fn augerino(
        &self,
        world: &mut World<'_>,
        spec: &Augerino,
        task: Task,
        origin: Origin,
    ) -> Result<Model, StageError> {
        let space = search_space(&spec.space)?;
        let plan = WidthsPlan {
            directions: space.basis.iter().flat_map(row_major).map(|v| v as f32).collect(),
            count: space.basis.len(),
            reward: spec.reward,
            basis_lr: self.spec.optimizer.basis_lr,
        };
        let trained = self.fit(world, "train", Augmentation::Widths(&plan), None)?;
        let widths = trained.state.progress.widths.clone().unwrap_or_default();
        super::discovered::write_widths(&self.spec.name, &space.basis, &widths, &mut world.tables);
        Ok(self.model(trained, task, origin))
    }

    fn liegan(&self, world: &mut World<'_>, spec: &Liegan, task: Task, origin: Origin) -> Result<Model, StageError> {
        let space = search_space(&spec.space)?;
        let streams = self.streams.scope(&self.spec.name);
        let support = Support::of_space(&space.basis, self.problem, self.rows, &self.spec.name, &streams)?;
        let search = Search {
            label: format!("{}/search", self.spec.name),
            problem: self.problem,
            rows: self.rows,
            directions: support.flat(),
            count: support.directions.len(),
            generators: spec.generators.min(support.directions.len()),
            size: spec.size,
            steps: spec.steps,
            batch: self.spec.batch,
            optimizer: &self.spec.optimizer,
            streams: streams.scope("search"),
        };
        let basis = search_basis(&search, world.device, world.session)?.matrix();
        let generators: Vec<_> = basis.row_iter().map(|row| support.combine(&row.transpose())).collect();
        super::discovered::write_untested(&self.spec.name, &generators, &space, &mut world.tables)?;
        let source = Within { generators, limit: spec.size };
        let trained = self.fit(world, "train", Augmentation::Group(&source), None)?;
        Ok(self.model(trained, task, origin))
    }

    fn learned(
        &self,
        world: &mut World<'_>,
        settings: &Learned,
        task: Task,
        origin: Origin,
    ) -> Result<Model, StageError> {
        let space = search_space(&settings.space)?;
        let discovery = Discovery {
            problem: self.problem,
            rows: self.rows,
            held_out: self.held_out,
            space: &space.basis,
            model: &self.spec.model,
            settings,
            batch: self.spec.batch,
            optimizer: &self.spec.optimizer,
            label: &self.spec.name,
            streams: self.streams.scope(&self.spec.name),
        };
        let mut findings = discovery.run(world.device, world.session)?;
        self.record(world, "discover", &findings.joint.state.progress.history);
        for (s, member) in findings.ensemble.members.iter().enumerate() {
            self.record(world, &format!("audit{s}"), &member.state.progress.history);
        }
        let second = second_look(&discovery, &findings, &space, world.device, world.session)?;
        if let Some(second) = &second {
            findings.audit.accept(&second.span);
        }
        let mut discovered = conclude(&findings, second, self.problem, self.rows, &space, settings, &self.streams)?;
        world.session.event(discovered.as_event(&self.spec.name));
        let generators = discovered.accepted_basis();
        let trained = match (&discovered.source, settings.finish) {
            (_, false) => findings.joint,
            (Some(source), true) => {
                let start = findings.joint.params();
                let along = |group: &dyn GroupSource, name: &str, world: &mut World<'_>| {
                    self.fit(world, name, Augmentation::Group(group), Some(&start))
                };
                let whole = along(source, "finish", world)?;
                // Plain networks saw an end of it, maybe for lack of data there only. Training decides.
                match discovered.within.take() {
                    Some(within) if self.is_worse(&whole, &findings.ensemble) => {
                        let trained = along(&within, "finish-within", world)?;
                        discovered.hold_within(within);
                        trained
                    }
                    _ => whole,
                }
            }
            // Nothing was found: the very network that would have been trained without asking.
            (None, true) => self.fit(world, "finish", Augmentation::None, None)?,
        };
        Ok(Model { discovered: Some(discovered), generators, ..self.model(trained, task, origin) })
    }

    /// Whether a network has a larger loss on the held-out rows, as they are, than the audit's plain ones on average (classifiers at
    /// their best temperatures), although it was trained on more and for longer.
    fn is_worse(&self, trained: &Trained, plain: &Ensemble) -> bool {
        let (problem, rows) = (self.problem, self.held_out);
        let loss = |t: &Trained| {
            let pred = t.predict(&problem.gather_x(rows), problem.inputs());
            comparable_losses(problem, rows, &pred).iter().sum::<f64>() / rows.len().max(1) as f64
        };
        let others = plain.members.iter().map(loss).sum::<f64>() / plain.members.len().max(1) as f64;
        loss(trained) > others
    }

    fn record(&self, world: &mut World<'_>, part: &str, history: &[HistoryPoint]) {
        for h in history {
            let mut put = |split: &str, metric: &str, value: f64| {
                world.tables.metrics.push(MetricRow {
                    stage: part.to_owned(),
                    model: self.spec.name.clone(),
                    epoch: h.epoch.saturating_sub(1) as u32,
                    step: h.step as u64,
                    split: split.to_owned(),
                    metric: metric.to_owned(),
                    value,
                });
            };
            put("train", "loss", h.train_loss);
            put("validate", "loss", h.held_out_loss);
            put("train", "learning_rate", h.lr);
            for (i, s) in h.strengths.iter().enumerate() {
                put("train", &format!("strength.{i}"), *s);
            }
        }
    }
}
