//! What a fit trains along: which rows a step sees, and what is learned besides the network. One augmentation per file.

mod beside;
mod group;
mod learned;
mod none;
mod widths;

use semola_engine::{Batch, Pass, Streams};

pub use learned::LearnedPlan;
pub use widths::WidthsPlan;

use super::problem::{Problem, act_rows};
use super::state::Progress;
use crate::fit::Optimizer;
use crate::motion::{Elements, GroupSource, MovedTarget};
use semola_engine::ops::loss::{self, Loss};

/// A training step from the augmentation's point of view.
pub struct Step<'a> {
    pub problem: &'a Problem,
    /// The rows of the batch.
    pub rows: &'a [usize],
    /// Number of the step, and the total.
    pub step: usize,
    pub steps: usize,
    /// The schedule's factor on learning rates.
    pub factor: f64,
    pub optimizer: &'a Optimizer,
    /// What outputs for transformed rows should be.
    pub target: MovedTarget,
    pub streams: &'a Streams,
}

/// Outputs of the network before the step.
pub type Predict<'p> = &'p dyn Fn(&[f32]) -> Vec<f32>;

impl Step<'_> {
    /// The targets of a batch before the rows after the first `kept` are transformed: given ones, or for those the
    /// network's predictions.
    fn aimed_at(&self, x: &[f32], mut y: Vec<f32>, kept: usize, predict: Predict<'_>) -> Vec<f32> {
        if self.target == MovedTarget::Prediction {
            let (inputs, outputs) = (self.problem.inputs(), self.problem.outputs());
            let mut said = predict(&x[kept * inputs..]);
            if self.problem.loss == Loss::CrossEntropy {
                said.chunks_exact_mut(outputs.max(1)).for_each(loss::softmax);
            }
            y.truncate(kept * outputs);
            y.extend(said);
        }
        y
    }

    /// The inputs and targets of the batch.
    fn gathered(&self) -> (Vec<f32>, Vec<f32>) {
        (self.problem.gather_x(self.rows), self.problem.gather_y(self.rows))
    }

    /// Rows transformed by elements, inputs and targets together.
    fn act(&self, elements: &Elements, x: &mut [f32], y: &mut [f32]) {
        act_rows(&elements.g, &elements.inverse, &self.problem.x_layout, x);
        act_rows(&elements.g, &elements.inverse, &self.problem.y_layout, y);
    }

    /// Rows with equal weights.
    fn lesson(&self, x: Vec<f32>, y: Vec<f32>, rows: usize, weight: f32) -> Lesson<'static> {
        let weights = vec![weight; rows];
        Lesson { batch: Batch { x, y, weights, loss: self.problem.loss, along: None }, random_loss: None }
    }
}

/// What a step learns from.
pub struct Lesson<'a> {
    pub batch: Batch<'a>,
    /// Task loss of rows along random directions, if it is due; outputs are needed then.
    pub random_loss: Option<f64>,
}

/// The interface of an augmentation.
pub trait Trains {
    /// Puts what it learns into the state of a fit that begins.
    fn start(&self, streams: &Streams, progress: &mut Progress);

    /// The rows of a step, transformed or with what is needed to transform them.
    fn lesson<'a>(&self, step: &Step<'a>, predict: Predict<'_>, progress: &Progress) -> Lesson<'a>;

    /// Updates the augmentation's parameters from the step's results; `random_loss` is the one returned with its rows.
    fn learn(&self, step: &Step<'_>, pass: &Pass, random_loss: Option<f64>, progress: &mut Progress);
}

/// What a training step augments along.
#[derive(Clone, Copy)]
pub enum Augmentation<'a> {
    /// Rows as they are.
    None,
    /// Half of each batch along a group.
    Group(&'a dyn GroupSource),
    /// Each batch as it is, plus transformed copies of all of it: the same training examples as without, and more.
    Beside(&'a dyn GroupSource),
    /// Joint discovery of a basis.
    Learned(&'a LearnedPlan),
    /// Learned widths of fixed generators.
    Widths(&'a WidthsPlan),
}

impl<'a> Augmentation<'a> {
    /// Its implementation.
    pub(super) fn method(&self) -> Box<dyn Trains + 'a> {
        match self {
            Self::None => Box::new(none::AsTheyAre),
            Self::Group(source) => Box::new(group::Along(*source)),
            Self::Beside(source) => Box::new(beside::Beside(*source)),
            Self::Learned(plan) => Box::new(learned::Joint(plan)),
            Self::Widths(plan) => Box::new(widths::Widths(plan)),
        }
    }
}

/// How many rows of a batch, the first ones, stay as they are, and how many are transformed. The two halves of the loss
/// are estimated on different rows, reshuffled in each epoch: a step costs as much as without augmentation.
fn halves(n: usize) -> (usize, usize) {
    (n / 2, n - n / 2)
}
