//! `exchange`: equal blocks of every example are exchanged, of inputs and targets together.

use schemars::JsonSchema;
use semola_engine::Streams;
use serde::{Deserialize, Serialize};

use super::{Rows, ShiftKind, Shifted, Subject};
use crate::stage::StageError;
use semola_method::discover::finite::{Moving, Side, check_exchanges, exchanged};
use semola_plan::Context;

/// Pairs of blocks to exchange, one pair after the other: points, or else the vectors of each field, or fields of one kind; counted
/// from 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Exchange(pub Vec<[usize; 2]>);

impl ShiftKind for Exchange {
    fn check(&self, context: &mut Context<'_>, subject: &Subject<'_>, at: &str) {
        if self.0.is_empty() {
            context.error(at, "name at least one pair of blocks: `exchange: [[0, 1]]`");
        }
        let blocks = subject.models.iter().filter_map(|(_, model)| model.blocks).min();
        check_exchanges(context, &self.0, blocks, at);
    }

    fn label(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|[i, j]| format!("({i},{j})")).collect();
        format!("exchange {}", pairs.join(" "))
    }

    fn apply(&self, rows: &Rows<'_>, _: &Streams) -> Result<Shifted, StageError> {
        let moving = Moving::about_origin(rows.x_layout, rows.y_layout);
        let element = self.0.iter().try_fold(moving.identity(), |element, &pair| exchanged(&element, pair))?;
        let mut out = rows.unchanged();
        moving.apply(&element, Side::Inputs, &mut out.x);
        moving.apply(&element, Side::Targets, &mut out.y);
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
    fn vectors_of_inputs_and_targets_change_places() {
        let form = Form { action: Action::Vector { dim: 2 }, axes: vec![4], ragged: false, translation_scale: 1.0 };
        let layout = Layout::arrange((2, 2), &[form], None);
        let (x, y) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]);
        let moved = Exchange(vec![[0, 1]]).apply(&rows((&x, &layout), (&y, &layout)), &Streams::new(1)).unwrap();
        assert_eq!((moved.x, moved.y), (vec![3.0, 4.0, 1.0, 2.0], vec![7.0, 8.0, 5.0, 6.0]));
        assert!(Exchange(vec![[0, 2]]).apply(&rows((&x, &layout), (&y, &layout)), &Streams::new(1)).is_err());
    }
}
