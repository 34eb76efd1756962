//! Averaging a prediction over the group that the model was trained along: the mean of g⁻¹ f(g x).

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::PredictError;
use crate::model::{SavedGroup, Task};
use semola_lie::algebra::{ExactAlgebra, Frame};
use semola_lie::named::named;
use semola_lie::sample::GroupSampler;
use semola_method::fit::groups::{Orbit, Sampled, Within, given_group};
use semola_method::motion::DEFAULT_EXTENT;
use semola_method::motion::{Elements, GroupSource, KnownGroup};

/// Random elements of the group as they act on the data of a task; of its continuous part only, if its components are `listed`
/// elsewhere.
///
/// # Errors
/// If the description matches no group on this space.
pub fn source(group: &SavedGroup, task: &Task, listed: bool) -> Result<Orbit, PredictError> {
    let side = task.linear + usize::from(task.affine);
    let matrix = |values: &Vec<f64>| (values.len() == side * side).then(|| DMatrix::from_row_slice(side, side, values));
    let wrong = || PredictError::Usage(format!("--group-average: {group:?} cannot be sampled"));
    let span = |generators: &[Vec<f64>]| {
        let matrices: Option<Vec<DMatrix<f64>>> = generators.iter().map(matrix).collect();
        matrices.ok_or_else(wrong)
    };
    Ok(Orbit::Whole(match group {
        SavedGroup::Within { generators, limit } => {
            return Ok(Orbit::Within(Within { generators: span(generators)?, limit: *limit }));
        }
        SavedGroup::Known { name, extent, generators } => {
            let group = Some(name.clone()).filter(|name| !name.is_empty());
            let (extent, generators) = (*extent, generators.clone());
            let known = KnownGroup { group, generators, extent, ..KnownGroup::named("") };
            let group = given_group(&known, task.linear).map_err(|_| wrong())?;
            if listed { group.connected } else { group.source }
        }
        SavedGroup::Named { name, frame } => {
            let algebra = named(name, task.linear, task.affine).map_err(|_| wrong())?;
            let frame = match frame {
                Some(values) => Some(matrix(values).and_then(Frame::new).ok_or_else(wrong)?),
                None => None,
            };
            Sampled(GroupSampler::new(&ExactAlgebra { algebra, frame }, DEFAULT_EXTENT))
        }
        SavedGroup::Span { generators } => Sampled(GroupSampler::free(&span(generators)?, side, DEFAULT_EXTENT)),
    }))
}

/// One random element for all rows.
pub fn same_for_all(source: &dyn GroupSource, rng: &mut ChaCha8Rng, rows: usize) -> Elements {
    let one = source.elements(rng, 1);
    Elements { g: one.g.repeat(rows), inverse: one.inverse.repeat(rows) }
}
