//! One fit: a network on a problem along an augmentation, resumable after any step.

use dfdx::prelude::*;
use rand_chacha::ChaCha8Rng;

use super::augmentation::{Augmentation, LearnedPlan, WidthsPlan};
use super::basis::Basis;
use super::descent::descend;
use super::order::{Batches, steps_per_epoch};
use super::predict::{mean_loss, predict};
use super::problem::{Problem, act_rows};
use super::schedule;
use super::session::{Session, TrainError};
use super::state::{FitState, HistoryPoint};
use crate::engine::ops::{augment, loss};
use crate::engine::{HostParam, Kernels, Mat, ParamStore, Streams};
use crate::lie::random::normal;
use crate::model::Network;
use crate::spec::types::{Loss, Model, MovedTarget, Optimizer, Schedule};

/// Rows looked at for the held-out loss of an epoch.
const HELD_OUT_ROWS: usize = 4096;
/// Steps between looks at the network's error.
const LOOK: usize = 5;
/// Medians that a row's loss counts at most, where the error of the network is measured.
const TAIL: f32 = 100.0;

/// What to fit, and how.
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
    /// Streams of the stage; order, initial values and coefficients come from here.
    pub streams: Streams,
    /// Parameters to start from instead of random ones (moments start anew).
    pub start: Option<&'a [HostParam]>,
}

/// A trained network on a device.
pub struct Trained<D: Kernels> {
    pub network: Network,
    pub store: ParamStore<D>,
    pub state: FitState,
}

impl<D: Kernels> Trained<D> {
    /// Outputs for rows of inputs, in the problem's coordinates.
    pub fn predict(&self, x: &[f32], inputs: usize) -> Vec<f32> {
        predict(&self.network, &self.store, x, inputs)
    }
}

/// One step's device tensors.
struct Batch<D: Kernels> {
    pred: Mat<D, OwnedTape<f32, D>>,
    target: Mat<D, OwnedTape<f32, D>>,
    weights: Vec<f32>,
    /// The learned generators on the tape, and the coefficients per width for width learning.
    generators: Option<Mat<D>>,
}

/// Runs a fit to its end, or to an interruption; continues from its checkpoint if there is one.
///
/// # Errors
/// [`TrainError::Interrupted`] after saving; checkpoint and divergence errors.
pub fn fit<D: Kernels>(fit: &Fit<'_>, device: &D, session: &dyn Session) -> Result<Trained<D>, TrainError> {
    let mut store = ParamStore::new(device.clone());
    let network = Network::build(fit.model, &fit.problem.x_layout, &fit.problem.y_layout, &mut store, &fit.streams);
    let mut state = first_state(fit, &mut store)?;
    if let Some(saved) = FitState::resume(&fit.label, &mut store, session)? {
        state = saved;
    }
    let mut run = Run { fit, network, store, state, session, batches: Batches::default() };
    run.all_steps()?;
    Ok(Trained { network: run.network, store: run.store, state: run.state })
}

fn first_state<D: Kernels>(fit: &Fit<'_>, store: &mut ParamStore<D>) -> Result<FitState, TrainError> {
    let mut state = FitState::default();
    if let Some(start) = fit.start {
        let fresh = |p: &HostParam| HostParam {
            name: p.name.clone(),
            value: p.value.clone(),
            m: vec![0.0; p.value.len()],
            v: vec![0.0; p.value.len()],
            average: None,
        };
        if !store.set_from_host(&start.iter().map(fresh).collect::<Vec<_>>()) {
            return Err(TrainError::ForeignCheckpoint { name: fit.label.clone() });
        }
    }
    match &fit.augmentation {
        Augmentation::Learned(plan) => {
            let mut rng = fit.streams.get("basis", 0);
            state.progress.basis = Some(Basis::new(plan.generators, plan.count, &mut rng));
        }
        Augmentation::Widths(plan) => state.progress.widths = Some(vec![0.05; plan.count]),
        Augmentation::None | Augmentation::Group(_) | Augmentation::Beside(_) => {}
    }
    state.params = store.to_host();
    Ok(state)
}

struct Run<'a, D: Kernels> {
    fit: &'a Fit<'a>,
    network: Network,
    store: ParamStore<D>,
    state: FitState,
    session: &'a dyn Session,
    batches: Batches,
}

impl<D: Kernels> Run<'_, D> {
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
            self.state.pause(&self.fit.label, &self.store, self.session)?;
        }
        Ok(())
    }

    fn step(&mut self, step: usize, per_epoch: usize) -> Result<f64, TrainError> {
        let rows = self.batches.rows(self.fit.rows, &self.fit.streams, self.fit.batch, step);
        let factor = schedule::factor(self.fit.schedule, step, self.fit.steps, per_epoch);
        let batch = self.forward(&rows, step);
        let n = batch.weights.len();
        let weights = self.store.device().tensor_from_vec(batch.weights.clone(), (n,));
        let kept = &rows[..halves(n).0];
        if let Augmentation::Learned(plan) = &self.fit.augmentation
            && step.is_multiple_of(LOOK)
            && !kept.is_empty()
        {
            let plain = bounded_loss(self.fit.problem, &self.fit.problem.gather_y(kept), &batch.pred.as_vec());
            let random = self.random_loss(plan, kept, step);
            if let Some(basis) = &mut self.state.progress.basis {
                basis.watch(plain, random);
            }
        }
        let total = D::loss(self.fit.problem.loss, batch.pred, batch.target, &weights);
        let value = f64::from(total.as_vec()[0]);
        if !value.is_finite() {
            return Err(TrainError::Diverged { label: self.fit.label.clone(), step, loss: value });
        }
        let mut grads = total.backward();
        self.update_basis(&mut grads, batch.generators.as_ref(), step, factor);
        self.update_network(&mut grads, step, factor);
        Ok(value)
    }

    fn forward(&self, rows: &[usize], step: usize) -> Batch<D> {
        let (problem, n) = (self.fit.problem, rows.len());
        let (x, y) = (problem.gather_x(rows), problem.gather_y(rows));
        let mut rng = self.fit.streams.get("coefficients", step as u64);
        match &self.fit.augmentation {
            Augmentation::None => self.plain(x, y, vec![1.0 / n as f32; n]),
            Augmentation::Group(source) => {
                let (kept, moved) = halves(n);
                let elements = source.elements(&mut rng, moved);
                let (mut y, mut x) = (self.aimed_at(&x, y, kept), x);
                act_rows(&elements.g, &elements.inverse, &problem.x_layout, &mut x[kept * problem.inputs()..]);
                act_rows(&elements.g, &elements.inverse, &problem.y_layout, &mut y[kept * problem.outputs()..]);
                self.plain(x, y, vec![1.0 / n as f32; n])
            }
            Augmentation::Beside(source) => {
                let elements = source.elements(&mut rng, n);
                let (mut gx, mut gy) = (x.clone(), self.aimed_at(&x, y.clone(), 0));
                act_rows(&elements.g, &elements.inverse, &problem.x_layout, &mut gx);
                act_rows(&elements.g, &elements.inverse, &problem.y_layout, &mut gy);
                self.plain([x, gx].concat(), [y, gy].concat(), vec![1.0 / n as f32; 2 * n])
            }
            Augmentation::Learned(plan) => {
                let (kept, moved) = halves(n);
                let mut w = vec![0.0; kept * plan.generators];
                w.extend((0..moved * plan.generators).map(|_| (plan.scale * normal(&mut rng)) as f32));
                let mut weights = vec![1.0 / kept as f32; kept];
                weights.extend(vec![plan.weight as f32 / moved as f32; moved]);
                let y = self.aimed_at(&x, y, kept);
                self.augmented(x, y, w, self.generators(plan), weights)
            }
            Augmentation::Widths(plan) => {
                let (kept, moved) = halves(n);
                let mut w = vec![0.0; kept * plan.count];
                w.extend((0..moved * plan.count).map(|_| uniform(&mut rng)));
                self.augmented(x, y, w, self.widened(plan), vec![1.0 / n as f32; n])
            }
        }
    }

    fn plain(&self, x: Vec<f32>, y: Vec<f32>, weights: Vec<f32>) -> Batch<D> {
        let (dev, n) = (self.store.device(), weights.len());
        let x = dev.tensor_from_vec(x, (n, self.fit.problem.inputs()));
        let y = dev.tensor_from_vec(y, (n, self.fit.problem.outputs()));
        let pred = self.network.forward(&self.store, x.leaky_trace());
        Batch { pred, target: y.retaped(), weights, generators: None }
    }

    /// The targets of a batch before the rows after the first `kept` are transformed: given ones, or there what the network says.
    fn aimed_at(&self, x: &[f32], mut y: Vec<f32>, kept: usize) -> Vec<f32> {
        if self.fit.target == MovedTarget::Prediction {
            let problem = self.fit.problem;
            let (inputs, outputs) = (problem.inputs(), problem.outputs());
            let mut said = predict(&self.network, &self.store, &x[kept * inputs..], inputs);
            if problem.loss == Loss::CrossEntropy {
                said.chunks_exact_mut(outputs.max(1)).for_each(loss::softmax);
            }
            y.truncate(kept * outputs);
            y.extend(said);
        }
        y
    }

    /// Rows transformed by their coefficients, 0 for those that stay as they are.
    fn augmented(&self, x: Vec<f32>, y: Vec<f32>, w: Vec<f32>, generators: Vec<f32>, weights: Vec<f32>) -> Batch<D> {
        let (dev, problem, n) = (self.store.device(), self.fit.problem, weights.len());
        let ss = problem.x_layout.side.pow(2);
        let c = generators.len() / ss;
        let x = dev.tensor_from_vec(x, (n, problem.inputs()));
        let y = dev.tensor_from_vec(y, (n, problem.outputs()));
        let w = dev.tensor_from_vec(w, (n, c));
        let l = dev.tensor_from_vec(generators, (c, ss));
        let gx = D::augment(l.leaky_trace(), &w, &x, &problem.x_layout);
        let target = D::augment(l.retaped::<OwnedTape<f32, D>>(), &w, &y, &problem.y_layout);
        let pred = self.network.forward(&self.store, gx);
        Batch { pred, target, weights, generators: Some(l) }
    }

    /// Task loss of rows that are moved along random directions of strength 1, each along its own.
    fn random_loss(&self, plan: &LearnedPlan, rows: &[usize], step: usize) -> f64 {
        let problem = self.fit.problem;
        let mut rng = self.fit.streams.get("random-directions", step as u64);
        let mut w = Vec::with_capacity(rows.len() * plan.count);
        for _ in rows {
            let direction: Vec<f64> = (0..plan.count).map(|_| normal(&mut rng)).collect();
            let norm = direction.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            let size = plan.scale * normal(&mut rng) / norm;
            w.extend(direction.iter().map(|v| (size * v) as f32));
        }
        let moved = |rows: &[f32], layout| augment::forward(&plan.directions, &w, rows, layout);
        let x = moved(&problem.gather_x(rows), &problem.x_layout);
        let y = moved(&problem.gather_y(rows), &problem.y_layout);
        bounded_loss(problem, &y, &predict(&self.network, &self.store, &x, problem.inputs()))
    }

    /// L_i = Σ_p B_ip E'_p, row-major C×side².
    fn generators(&self, plan: &LearnedPlan) -> Vec<f32> {
        let basis = self.state.progress.basis.as_ref();
        basis.map(|b| b.combine(&plan.directions)).unwrap_or_default()
    }

    fn widened(&self, plan: &WidthsPlan) -> Vec<f32> {
        let ss = plan.directions.len() / plan.count;
        let widths = self.state.progress.widths.as_deref().unwrap_or(&[]);
        plan.directions.chunks_exact(ss).zip(widths).flat_map(|(e, &t)| e.iter().map(move |v| v * t as f32)).collect()
    }

    fn update_basis(&mut self, grads: &mut Gradients<f32, D>, l: Option<&Mat<D>>, step: usize, factor: f64) {
        let Some(l) = l else { return };
        if grads.try_alloc_for(l).is_err() {
            return;
        }
        let of_l = grads.get(l).as_vec();
        match (&self.fit.augmentation, &mut self.state.progress) {
            (Augmentation::Learned(plan), progress) => {
                let Some(basis) = &mut progress.basis else { return };
                if step < plan.freeze {
                    return;
                }
                let grad = chain(&of_l, &plan.directions, plan.count);
                let t = (step - plan.freeze) as f64 / (0.8 * (self.fit.steps - plan.freeze).max(1) as f64);
                let epsilon = 0.1 * 5f64.powf(t.min(1.0));
                let resolution = plan.resolution_in_force(basis);
                let clip = self.fit.optimizer.clip;
                basis.update(&grad, &plan.regulariser, resolution, epsilon, plan.basis_lr * factor, clip);
                if step.is_multiple_of(2) {
                    basis.cap();
                }
            }
            (Augmentation::Widths(plan), progress) => {
                let Some(widths) = &mut progress.widths else { return };
                let ss = plan.directions.len() / plan.count;
                for (p, t) in widths.iter_mut().enumerate() {
                    let e = &plan.directions[p * ss..(p + 1) * ss];
                    let slope: f64 = e.iter().zip(&of_l[p * ss..]).map(|(a, b)| f64::from(a * b)).sum();
                    *t = (*t - plan.basis_lr * factor * (slope - 2.0 * plan.reward * *t))
                        .clamp(0.0, std::f64::consts::PI);
                }
            }
            _ => {}
        }
    }

    fn update_network(&mut self, grads: &mut Gradients<f32, D>, step: usize, factor: f64) {
        descend(&mut self.store, self.fit.optimizer, grads, step, factor);
        if let Some(decay) = self.fit.ema {
            self.store.average(decay as f32);
        }
    }

    fn end_epoch(&mut self, per_epoch: usize) {
        let held_out = &self.fit.held_out[..self.fit.held_out.len().min(HELD_OUT_ROWS)];
        // Of the weights that are kept: the averages, where there are some.
        self.store.swap_averages();
        let held_out_loss = mean_loss(&self.network, &self.store, self.fit.problem, held_out);
        self.store.swap_averages();
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
            self.state.best = Some(self.store.to_host().into_iter().map(|p| p.average.unwrap_or(p.value)).collect());
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
        self.store.adopt_averages();
        if let Some(best) = &self.state.best {
            let mut host = self.store.to_host();
            host.iter_mut().zip(best).for_each(|(h, b)| h.value.clone_from(b));
            let fits = self.store.set_from_host(&host);
            debug_assert!(fits, "the best values come from this very store");
        }
        self.state.progress.finished = true;
        self.state.keep(&self.fit.label, &self.store, self.session)
    }
}

/// dL/dB from dL/dL: row-major C×p.
pub(super) fn chain(of_l: &[f32], directions: &[f32], count: usize) -> Vec<f64> {
    let ss = directions.len() / count;
    of_l.chunks_exact(ss)
        .flat_map(|g| {
            directions.chunks_exact(ss).map(move |e| g.iter().zip(e).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum())
        })
        .collect()
}

/// How many rows of a batch stay as they are, the first ones, and how many are transformed. The two halves of the loss are
/// estimated on different rows, in random order anew in each epoch: a step costs what it costs without augmentation.
fn halves(n: usize) -> (usize, usize) {
    (n / 2, n - n / 2)
}

/// Task loss of the rows of `y`, given at least as many predictions: the mean, in which no row counts more than [`TAIL`] times
/// the median, because a single corrupted row would otherwise set the resolution. Not the median: what an augmentation costs
/// is a mean too, and of errors with heavy tails that is many times the median.
fn bounded_loss(problem: &Problem, y: &[f32], pred: &[f32]) -> f64 {
    bounded_mean(loss::rows(problem.loss, pred, y, problem.outputs()))
}

fn bounded_mean(mut losses: Vec<f32>) -> f64 {
    losses.sort_by(f32::total_cmp);
    let most = losses.get(losses.len() / 2).map_or(0.0, |median| TAIL * median);
    losses.iter().map(|l| f64::from(l.min(most))).sum::<f64>() / losses.len().max(1) as f64
}

fn uniform(rng: &mut ChaCha8Rng) -> f32 {
    use rand::RngExt;
    rng.random_range(-1.0..1.0)
}

#[cfg(test)]
mod tests {
    use super::bounded_mean;

    #[test]
    fn a_corrupted_row_counts_a_hundred_medians_and_tails_count_as_they_are() {
        assert!((bounded_mean(vec![1.0, 1.0, 2.0, 60.0]) - 16.0).abs() < 1e-9);
        assert!((bounded_mean(vec![1.0, 1.0, 1.0, 1e9]) - 103.0 / 4.0).abs() < 1e-5);
        assert_eq!(bounded_mean(Vec::new()), 0.0);
    }
}
