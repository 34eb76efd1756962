//! One fit: a network to a problem along an augmentation, resumable after any step.

use semola_engine::{Backend, HostParam, Learner, Streams};

use super::augmentation::{Augmentation, Step};
use super::basis::Basis;
use super::descent::descent;
use super::order::{Batches, steps_per_epoch};
use super::predict::mean_loss;
use super::problem::Problem;
use super::schedule;
use super::session::{Session, TrainError};
use super::state::{FitState, HistoryPoint};
use crate::fit::{Optimizer, Schedule};
use crate::motion::MovedTarget;
use semola_engine::nets::Model;

/// Maximal number of rows for the held-out loss of an epoch.
const HELD_OUT_ROWS: usize = 4096;

/// The settings of a fit.
pub struct Fit<'a> {
    /// Name of the fit: its checkpoint, its streams and its progress line.
    pub label: String,
    pub problem: &'a Problem,
    pub rows: &'a [usize],
    pub held_out: &'a [usize],
    pub model: &'a Model,
    pub steps: usize,
    pub batch: usize,
    pub optimizer: &'a Optimizer,
    pub schedule: &'a Schedule,
    pub patience: Option<usize>,
    pub ema: Option<f64>,
    pub augmentation: Augmentation<'a>,
    /// What outputs for transformed rows should be; read by groups and learned generators.
    pub target: MovedTarget,
    /// Streams of the stage; they determine order, initial values and coefficients.
    pub streams: Streams,
    /// Parameters to start from instead of random ones (moments are reset).
    pub start: Option<&'a [HostParam]>,
}

/// A trained network on a device.
pub struct Trained {
    pub learner: Learner,
    pub state: FitState,
}

impl Trained {
    /// Outputs for rows of inputs, in the problem's coordinates.
    pub fn predict(&self, x: &[f32], inputs: usize) -> Vec<f32> {
        self.learner.predict(x, inputs, None)
    }

    /// Parameters and moments.
    pub fn params(&self) -> Vec<HostParam> {
        self.learner.to_host()
    }
}

/// Runs a fit to its end, or to an interruption; continues from its checkpoint if there is one.
///
/// # Errors
/// [`TrainError::Interrupted`] after saving; checkpoint and divergence errors.
pub fn fit(fit: &Fit<'_>, backend: &Backend, session: &dyn Session) -> Result<Trained, TrainError> {
    let problem = fit.problem;
    let mut learner = Learner::build(backend, fit.model, &problem.x_layout, &problem.y_layout, &fit.streams);
    let mut state = first_state(fit, &mut learner)?;
    if let Some(saved) = FitState::resume(&fit.label, &mut learner, session)? {
        state = saved;
    }
    let mut run = Run { fit, learner, state, session, batches: Batches::default() };
    run.all_steps()?;
    Ok(Trained { learner: run.learner, state: run.state })
}

fn first_state(fit: &Fit<'_>, learner: &mut Learner) -> Result<FitState, TrainError> {
    let mut state = FitState::default();
    if let Some(start) = fit.start {
        let fresh = |p: &HostParam| HostParam {
            name: p.name.clone(),
            value: p.value.clone(),
            m: vec![0.0; p.value.len()],
            v: vec![0.0; p.value.len()],
            average: None,
        };
        if !learner.set_from_host(&start.iter().map(fresh).collect::<Vec<_>>()) {
            return Err(TrainError::ForeignCheckpoint { name: fit.label.clone() });
        }
    }
    fit.augmentation.method().start(&fit.streams, &mut state.progress);
    state.params = learner.to_host();
    Ok(state)
}

struct Run<'a> {
    fit: &'a Fit<'a>,
    learner: Learner,
    state: FitState,
    session: &'a dyn Session,
    batches: Batches,
}

impl Run<'_> {
    fn steps_per_epoch(&self) -> usize {
        steps_per_epoch(self.fit.rows.len(), self.fit.batch)
    }

    fn all_steps(&mut self) -> Result<(), TrainError> {
        let per_epoch = self.steps_per_epoch();
        while !self.state.progress.finished {
            let step = self.state.progress.step;
            if step >= self.fit.steps {
                self.finish()?;
                break;
            }
            let loss = self.step(step, per_epoch)?;
            let p = &mut self.state.progress;
            p.loss_sum += loss;
            p.loss_count += 1;
            p.step = step + 1;
            if p.step.is_multiple_of(per_epoch) || p.step == self.fit.steps {
                self.end_epoch(per_epoch);
            }
            self.tell(loss);
            self.state.pause(&self.fit.label, &self.learner, self.session)?;
        }
        Ok(())
    }

    fn step(&mut self, step: usize, per_epoch: usize) -> Result<f64, TrainError> {
        let Self { fit, learner, state, batches, .. } = self;
        let (fit, inputs) = (*fit, fit.problem.inputs());
        let rows = batches.rows(fit.rows, &fit.streams, fit.batch, step);
        let at = Step {
            problem: fit.problem,
            rows: &rows,
            step,
            steps: fit.steps,
            factor: schedule::factor(fit.schedule, step, fit.steps, per_epoch),
            optimizer: fit.optimizer,
            target: fit.target,
            streams: &fit.streams,
        };
        let method = fit.augmentation.method();
        let lesson = method.lesson(&at, &|x| learner.predict(x, inputs, None), &state.progress);
        let looks = lesson.random_loss.is_some();
        let pass = learner.step(lesson.batch, Some(&descent(fit.optimizer, step, at.factor)), looks);
        if !pass.loss.is_finite() {
            return Err(TrainError::Diverged { label: fit.label.clone(), step, loss: pass.loss });
        }
        method.learn(&at, &pass, lesson.random_loss, &mut state.progress);
        if !state.progress.basis.as_ref().is_none_or(Basis::is_finite) {
            return Err(TrainError::NotFinite { label: fit.label.clone() });
        }
        if let Some(decay) = fit.ema {
            learner.average(decay as f32);
        }
        Ok(pass.loss)
    }

    fn end_epoch(&mut self, per_epoch: usize) {
        let held_out = &self.fit.held_out[..self.fit.held_out.len().min(HELD_OUT_ROWS)];
        // Of the weights that are kept: the averages, where there are some.
        self.learner.swap_averages();
        let held_out_loss = mean_loss(&self.learner, self.fit.problem, held_out);
        self.learner.swap_averages();
        let step = self.state.progress.step;
        let factor = schedule::factor(self.fit.schedule, step.saturating_sub(1), self.fit.steps, per_epoch);
        let strengths = self.strengths();
        let p = &mut self.state.progress;
        p.history.push(HistoryPoint {
            epoch: step.div_ceil(per_epoch),
            step,
            train_loss: p.loss_sum / p.loss_count.max(1) as f64,
            held_out_loss,
            lr: self.fit.optimizer.lr * factor,
            strengths,
        });
        (p.loss_sum, p.loss_count) = (0.0, 0);
        let Some(patience) = self.fit.patience else { return };
        if p.best_loss.is_none_or(|best| held_out_loss < best) {
            (p.best_loss, p.stale_epochs) = (Some(held_out_loss), 0);
            self.state.best = Some(self.learner.to_host().into_iter().map(|p| p.average.unwrap_or(p.value)).collect());
        } else {
            p.stale_epochs += 1;
        }
        if self.state.progress.stale_epochs >= patience {
            self.state.progress.step = self.fit.steps;
        }
    }

    fn strengths(&self) -> Vec<f64> {
        let p = &self.state.progress;
        p.basis.as_ref().map(|b| b.spectrum().0).or_else(|| p.widths.clone()).unwrap_or_default()
    }

    fn tell(&self, loss: f64) {
        let step = self.state.progress.step;
        self.session.progress(&self.fit.label, step, self.fit.steps, &|| {
            let strengths: Vec<String> = self.strengths().iter().map(|s| format!("{s:.2}")).collect();
            let held_out = self.state.progress.history.last().map(|h| format!("  held out {:.3e}", h.held_out_loss));
            let list =
                if strengths.is_empty() { String::new() } else { format!("  strengths {}", strengths.join(" ")) };
            format!(
                "epoch {}  loss {loss:.3e}{}{list}",
                step.div_ceil(self.steps_per_epoch()),
                held_out.unwrap_or_default()
            )
        });
    }

    fn finish(&mut self) -> Result<(), TrainError> {
        self.learner.adopt_averages();
        if let Some(best) = &self.state.best {
            let mut host = self.learner.to_host();
            host.iter_mut().zip(best).for_each(|(h, b)| h.value.clone_from(b));
            let fits = self.learner.set_from_host(&host);
            debug_assert!(fits, "the best values come from this very store");
        }
        // The loss of the last step is that before its update.
        let finite = |param: &HostParam| param.value.iter().all(|value| value.is_finite());
        if !self.learner.to_host().iter().all(finite) || !self.strengths().iter().all(|s| s.is_finite()) {
            return Err(TrainError::NotFinite { label: self.fit.label.clone() });
        }
        self.state.progress.finished = true;
        self.state.keep(&self.fit.label, &self.learner, self.session)
    }
}
