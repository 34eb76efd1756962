//! `rotate`, `boost`, `group`, `mirror`: every example is moved by its own element, inputs and targets together.

use semola_engine::{Layout, Streams};

use super::{Rows, ShiftKind, Shifted, Subject};
use crate::stage::StageError;
use semola_method::fit::groups::GroupError;
use semola_method::fit::problem::act_rows;
use semola_method::motion::GroupSource;
use semola_method::motion::{Moves, Moving};
use semola_plan::Context;

impl<M: Moves> ShiftKind for M {
    fn check(&self, context: &mut Context<'_>, subject: &Subject<'_>, at: &str) {
        if subject.is_acted_on(context, at) {
            Moves::check(self, context, &subject.fields, at);
        }
    }

    fn label(&self) -> String {
        Moves::label(self)
    }

    fn apply(&self, rows: &Rows<'_>, streams: &Streams) -> Result<Shifted, StageError> {
        let moving = self.on(rows.x_layout.linear).map_err(GroupError::from)?;
        Ok(moved(&moving, rows, streams))
    }
}

fn moved(moving: &Moving, rows: &Rows<'_>, streams: &Streams) -> Shifted {
    let mut out = rows.unchanged();
    let elements = moving.elements(&mut streams.get("shift", 0), out.rows.len());
    let move_by = |layout: &Layout, rows: &mut [f32]| {
        act_rows(&elements.g, &elements.inverse, &layout.with_translations(moving.affine), rows);
    };
    move_by(rows.x_layout, &mut out.x);
    move_by(rows.y_layout, &mut out.y);
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::{layout, rows};
    use super::*;
    use semola_method::motion::KnownGroup;

    #[test]
    fn a_group_moves_inputs_and_targets_together() {
        let group = KnownGroup::named("so(2)");
        let layout = layout();
        let (x, y) = ([1.0, 2.0], [-4.0, 2.0]);
        let moved = group.apply(&rows((&x, &layout), (&y, &layout)), &Streams::new(1)).unwrap();
        // The target is twice the input, turned by a quarter turn; it stays so.
        assert!((moved.x[0] - x[0]).abs() > 1e-3 && (moved.x[0].hypot(moved.x[1]) - 5f32.sqrt()).abs() < 1e-5);
        assert!((moved.y[0] + 2.0 * moved.x[1]).abs() < 1e-5 && (moved.y[1] - 2.0 * moved.x[0]).abs() < 1e-5);
    }
}
