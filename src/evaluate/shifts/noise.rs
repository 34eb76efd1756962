//! `noise`: inputs get independent Gaussian noise.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use semola_engine::Streams;
use semola_lie::random::normal;
use serde::{Deserialize, Serialize};

use super::{Rows, ShiftKind, Shifted, Subject};
use crate::stage::StageError;
use semola_plan::Context;

/// Standard deviation of the noise, in prepared units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Noise(pub f64);

/// In the grammar it is a plain number.
impl JsonSchema for Noise {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        f64::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        f64::json_schema(generator)
    }
}

impl ShiftKind for Noise {
    fn check(&self, context: &mut Context<'_>, _: &Subject<'_>, at: &str) {
        context.require(self.0 > 0.0, at, self.0, "above 0");
    }

    fn label(&self) -> String {
        format!("noise {}", self.0)
    }

    fn apply(&self, rows: &Rows<'_>, streams: &Streams) -> Result<Shifted, StageError> {
        let mut out = rows.unchanged();
        let (mut rng, layout) = (streams.get("noise", 0), rows.x_layout);
        let width = layout.width.max(1);
        for (noisy, row) in out.x.chunks_exact_mut(width).zip(rows.x.chunks_exact(width)) {
            // Neither how many points a row has nor what pads it.
            for segment in layout.segments.iter().filter(|s| layout.is_data(s)) {
                let held = segment.start..segment.start + layout.held(segment, row);
                noisy[held].iter_mut().for_each(|v| *v += (self.0 * normal(&mut rng)) as f32);
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use semola_engine::{Form, Layout};
    use semola_lie::action::Action;

    use super::super::testing::rows;
    use super::*;

    #[test]
    fn noise_spares_the_number_of_points_and_the_room_of_those_that_are_not_there() {
        let form = Form { action: Action::Points { dim: 2 }, axes: vec![2], ragged: true, translation_scale: 1.0 };
        let layout = Layout::arrange((2, 2), &[form], Some(3)).with_count();
        let x = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 2.0];
        let noisy = Noise(0.1).apply(&rows((&x, &layout), (&[], &layout)), &Streams::new(1)).unwrap().x;
        assert!((0..4).all(|i| noisy[i] != x[i] && (noisy[i] - x[i]).abs() < 1.0), "{noisy:?}");
        assert_eq!(noisy[4..], x[4..]);
    }
}
