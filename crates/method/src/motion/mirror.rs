//! A mirror: the sign of some coordinates.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use semola_lie::motion::Motion;
use semola_lie::name::NameError;
use serde::{Deserialize, Serialize};

use super::common_dim;
use super::rotate::no_axis;
use super::{Moves, Moving};
use semola_plan::{Context, FieldShape};

/// The coordinates whose sign changes, the same ones in every row: `[0]` is a mirror, all of R^k the inversion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Mirror(pub Vec<usize>);

impl Moves for Mirror {
    fn check(&self, context: &mut Context<'_>, fields: &[(String, FieldShape)], at: &str) {
        let Some(k) = common_dim(context, fields.iter(), at) else {
            return;
        };
        if self.0.is_empty() {
            context.error(at, "name at least one coordinate: `mirror: [0]`");
        }
        for (i, axis) in self.0.iter().enumerate() {
            let at = format!("{at}[{i}]");
            if *axis >= k {
                context.error(&at, no_axis(*axis, k));
            } else if self.0[..i].contains(axis) {
                context.error(&at, format!("coordinate {axis} is named twice"));
            }
        }
    }

    fn label(&self) -> String {
        let axes: Vec<String> = self.0.iter().map(usize::to_string).collect();
        format!("mirror ({})", axes.join(","))
    }

    fn on(&self, k: usize) -> Result<Moving, NameError> {
        let sign = |i: usize| if self.0.contains(&i) { -1.0 } else { 1.0 };
        let matrix = DMatrix::from_fn(k, k, |i, j| if i == j { sign(i) } else { 0.0 });
        Ok(Moving { motion: Motion::Fixed(matrix), affine: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::motion::GroupSource;
    use semola_engine::Streams;

    #[test]
    fn every_row_gets_the_same_signs() {
        let moving = Mirror(vec![1]).on(2).unwrap();
        let elements = moving.elements(&mut Streams::new(1).get("test", 0), 2);
        assert_eq!(elements.g, [1.0, 0.0, 0.0, -1.0, 1.0, 0.0, 0.0, -1.0]);
        assert_eq!((elements.inverse, Mirror(vec![0, 2]).label()), (elements.g, "mirror (0,2)".to_owned()));
    }
}
