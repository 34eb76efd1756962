//! Transformed copies of all rows in addition to the rows.

use semola_engine::{Pass, Streams};

use super::{Lesson, Predict, Step, Trains};
use crate::fit::state::Progress;
use crate::motion::GroupSource;

/// The group.
pub(super) struct Beside<'g>(pub &'g dyn GroupSource);

impl Trains for Beside<'_> {
    fn start(&self, _: &Streams, _: &mut Progress) {}

    fn lesson<'a>(&self, step: &Step<'a>, predict: Predict<'_>, _: &Progress) -> Lesson<'a> {
        let n = step.rows.len();
        let (mut x, mut y) = step.gathered();
        let mut rng = step.streams.get("coefficients", step.step as u64);
        let elements = self.0.elements(&mut rng, n);
        let (mut gx, mut gy) = (x.clone(), step.aimed_at(&x, y.clone(), 0, predict));
        step.act(&elements, &mut gx, &mut gy);
        x.extend_from_slice(&gx);
        y.extend_from_slice(&gy);
        step.lesson(x, y, 2 * n, 1.0 / n as f32)
    }

    fn learn(&self, _: &Step<'_>, _: &Pass, _: Option<f64>, _: &mut Progress) {}
}
