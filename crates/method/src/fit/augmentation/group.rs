//! Half of each batch along a group.

use semola_engine::{Pass, Streams};

use super::{Lesson, Predict, Step, Trains, halves};
use crate::fit::state::Progress;
use crate::motion::GroupSource;

/// The group.
pub(super) struct Along<'g>(pub &'g dyn GroupSource);

impl Trains for Along<'_> {
    fn start(&self, _: &Streams, _: &mut Progress) {}

    fn lesson<'a>(&self, step: &Step<'a>, predict: Predict<'_>, _: &Progress) -> Lesson<'a> {
        let n = step.rows.len();
        let (kept, moved) = halves(n);
        let (mut x, y) = step.gathered();
        let mut rng = step.streams.get("coefficients", step.step as u64);
        let elements = self.0.elements(&mut rng, moved);
        let mut y = step.aimed_at(&x, y, kept, predict);
        let (inputs, outputs) = (step.problem.inputs(), step.problem.outputs());
        self.0.before(&mut rng, &mut x[kept * inputs..], &mut y[kept * outputs..]);
        step.act(&elements, &mut x[kept * inputs..], &mut y[kept * outputs..]);
        step.lesson(x, y, n, 1.0 / n as f32)
    }

    fn learn(&self, _: &Step<'_>, _: &Pass, _: Option<f64>, _: &mut Progress) {}
}
