//! No augmentation.

use semola_engine::{Pass, Streams};

use super::{Lesson, Predict, Step, Trains};
use crate::fit::state::Progress;

/// Rows as they are.
pub(super) struct AsTheyAre;

impl Trains for AsTheyAre {
    fn start(&self, _: &Streams, _: &mut Progress) {}

    fn lesson<'a>(&self, step: &Step<'a>, _: Predict<'_>, _: &Progress) -> Lesson<'a> {
        let (x, y) = step.gathered();
        let n = step.rows.len();
        step.lesson(x, y, n, 1.0 / n as f32)
    }

    fn learn(&self, _: &Step<'_>, _: &Pass, _: Option<f64>, _: &mut Progress) {}
}
