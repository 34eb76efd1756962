//! A basis found by deceiving a discriminator, after LieGAN (Yang, Walters, Dehmamy & Yu, ICML 2023): generators are
//! good if a network cannot tell the transformed pairs (g x, g y) from the given ones (x, y).
//!
//! LieGAN keeps its generators from vanishing and from collapsing onto each other by penalties with tuned weights; here
//! they are kept orthonormal in whitened coordinates: each moves the data by its own size. Coefficients are uniform in
//! a ball.

use nalgebra::DMatrix;
use semola_engine::{Along, Backend, Batch, Learner};

use super::basis::{Basis, Regulariser, chain};
use super::descent::descent;
use super::order::{Batches, steps_per_epoch};
use super::problem::Problem;
use super::schedule;
use super::session::{Session, TrainError};
use super::state::FitState;
use crate::fit::{Optimizer, Schedule};
use semola_engine::nets::{Mlp, Model};
use semola_engine::ops::activation::Activation;
use semola_engine::ops::augment;
use semola_engine::ops::loss::Loss;
use semola_engine::{Form, Layout, Streams};
use semola_lie::random::in_ball;

/// Widths of the discriminator.
const HIDDEN: [usize; 3] = [128, 128, 128];

/// The settings of a search.
pub struct Search<'a> {
    /// Name of the search: its checkpoint and its progress line.
    pub label: String,
    pub problem: &'a Problem,
    pub rows: &'a [usize],
    /// Whitened basis E' of the search space, p matrices of side², row-major: a unit coefficient moves the data by its
    /// own size.
    pub directions: Vec<f32>,
    /// p.
    pub count: usize,
    /// Number of generators, at most p.
    pub generators: usize,
    /// Radius of the ball of coefficients.
    pub size: f64,
    pub steps: usize,
    pub batch: usize,
    pub optimizer: &'a Optimizer,
    pub streams: Streams,
}

/// Runs a search to its end, or to an interruption; continues from its checkpoint if there is one. Returns the basis,
/// with orthonormal rows.
///
/// # Errors
/// [`TrainError::Interrupted`] after saving; checkpoint and divergence errors.
pub fn search(search: &Search<'_>, backend: &Backend, session: &dyn Session) -> Result<Basis, TrainError> {
    let problem = search.problem;
    let pairs = problem.x_layout.beside(&problem.y_layout);
    let given_or_made = Layout::arrange((1, 1), &[Form::classes(2)], None);
    let model = Model::Mlp(Mlp { hidden: HIDDEN.to_vec(), activation: Activation::Silu });
    let mut learner = Learner::build(backend, &model, &pairs, &given_or_made, &search.streams);
    let mut basis = Basis::new(search.generators, search.count, &mut search.streams.get("basis", 0));
    basis.orthonormalise();
    let mut state = FitState::default();
    state.progress.basis = Some(basis);
    state.params = learner.to_host();
    if let Some(saved) = FitState::resume(&search.label, &mut learner, session)? {
        if saved.progress.basis.is_none() {
            return Err(TrainError::ForeignCheckpoint { name: search.label.clone() });
        }
        state = saved;
    }
    let mut game = Game { search, pairs, learner, state, session, batches: Batches::default() };
    game.play()?;
    game.state.progress.basis.ok_or_else(|| TrainError::ForeignCheckpoint { name: search.label.clone() })
}

struct Game<'a> {
    search: &'a Search<'a>,
    /// The layout of inputs and targets side by side.
    pairs: Layout,
    learner: Learner,
    state: FitState,
    session: &'a dyn Session,
    batches: Batches,
}

impl Game<'_> {
    fn play(&mut self) -> Result<(), TrainError> {
        while !self.state.progress.finished {
            let step = self.state.progress.step;
            if step >= self.search.steps {
                if !self.state.progress.basis.as_ref().is_none_or(Basis::is_finite) {
                    return Err(TrainError::NotFinite { label: self.search.label.clone() });
                }
                self.state.progress.finished = true;
                return self.state.keep(&self.search.label, &self.learner, self.session);
            }
            let loss = self.step(step)?;
            self.state.progress.step = step + 1;
            self.session.progress(&self.search.label, step + 1, self.search.steps, &|| {
                format!("discriminator {loss:.3} (0.693: chance level)")
            });
            self.state.pause(&self.search.label, &self.learner, self.session)?;
        }
        Ok(())
    }

    /// One step of the discriminator, one of the basis.
    fn step(&mut self, step: usize) -> Result<f64, TrainError> {
        static SCHEDULE: std::sync::LazyLock<Schedule> = std::sync::LazyLock::new(Schedule::default);
        let s = self.search;
        let rows = self.batches.rows(s.rows, &s.streams, s.batch, step);
        let given = self.pairs_of(&rows);
        let mut rng = s.streams.get("coefficients", step as u64);
        let w: Vec<f32> = rows.iter().flat_map(|_| in_ball(&mut rng, s.generators, s.size)).map(|v| v as f32).collect();
        let factor = schedule::factor(&SCHEDULE, step, s.steps, steps_per_epoch(s.rows.len(), s.batch));
        let loss = self.tell_apart(&given, &w, step, factor);
        if !loss.is_finite() {
            return Err(TrainError::Diverged { label: s.label.clone(), step, loss });
        }
        self.deceive(given, w, factor);
        Ok(loss)
    }

    fn pairs_of(&self, rows: &[usize]) -> Vec<f32> {
        let p = self.search.problem;
        let mut pairs = Vec::with_capacity(rows.len() * self.pairs.width);
        for &i in rows {
            pairs.extend_from_slice(p.x_row(i));
            pairs.extend_from_slice(p.y_row(i));
        }
        pairs
    }

    /// Trains the discriminator to tell given pairs from transformed ones.
    fn tell_apart(&mut self, given: &[f32], w: &[f32], step: usize, factor: f64) -> f64 {
        let made = augment::forward(&self.generators(), w, given, &self.pairs);
        let n = given.len() / self.pairs.width;
        let classes = [[1.0, 0.0].repeat(n), [0.0, 1.0].repeat(n)].concat();
        let batch = Batch {
            x: [given, &made].concat(),
            y: classes,
            weights: vec![0.5 / n as f32; 2 * n],
            loss: Loss::CrossEntropy,
            along: None,
        };
        self.learner.step(batch, Some(&descent(self.search.optimizer, step, factor)), false).loss
    }

    /// Trains the basis to make pairs that pass for given ones.
    fn deceive(&mut self, given: Vec<f32>, w: Vec<f32>, factor: f64) {
        let s = self.search;
        let n = given.len() / self.pairs.width;
        let generators = self.generators();
        let along = Along { w, generators, x_layout: &self.pairs, y_layout: None };
        let batch = Batch {
            x: given,
            y: [1.0, 0.0].repeat(n),
            weights: vec![1.0 / n as f32; n],
            loss: Loss::CrossEntropy,
            along: Some(along),
        };
        let Some(of_l) = self.learner.step(batch, None, false).generators else { return };
        let grad = chain(&of_l, &s.directions, s.count);
        let Some(basis) = &mut self.state.progress.basis else { return };
        let free = Regulariser { support: DMatrix::zeros(s.count, s.count), support_weight: 0.0 };
        basis.update(&grad, &free, 0.0, 1.0, s.optimizer.basis_lr * factor, s.optimizer.clip);
        basis.orthonormalise();
    }

    /// Row-major C×side².
    fn generators(&self) -> Vec<f32> {
        let basis = self.state.progress.basis.as_ref();
        basis.map(|b| b.combine(&self.search.directions)).unwrap_or_default()
    }
}
