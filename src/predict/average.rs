//! Averaging a prediction over the group that the model was trained along: the mean of g⁻¹ f(g x).

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::PredictError;
use crate::lie::algebra::{ExactAlgebra, Frame};
use crate::lie::named::named;
use crate::lie::row_major;
use crate::lie::sample::GroupSampler;
use crate::motion::DEFAULT_EXTENT;
use crate::stage::Model;
use crate::stage::task::Task;
use crate::train::groups::{Orbit, Sampled, Within, known_group};
use crate::train::{Elements, GroupSource};

/// A group that can be sampled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedGroup {
    /// Given by its name.
    Known { name: String, extent: f64 },
    /// Discovered and named; `frame` (row-major) where it is a conjugate of the standard one.
    Named { name: String, frame: Option<Vec<f64>> },
    /// Discovered, without a name: row-major generators.
    Span { generators: Vec<Vec<f64>> },
    /// Discovered, and true up to a size of the coefficients only: row-major generators, each moving the data by its own size.
    Within { generators: Vec<Vec<f64>>, limit: f64 },
}

impl SavedGroup {
    /// The group of a model, `None` where it has none.
    pub fn of(model: &Model) -> Option<Self> {
        if let Some(name) = &model.known {
            return Some(Self::Known { name: name.clone(), extent: model.origin.extent.unwrap_or(DEFAULT_EXTENT) });
        }
        let discovered = model.discovered.as_ref()?;
        let rows = |basis: &[DMatrix<f64>]| basis.iter().map(|l| row_major(l).collect()).collect();
        if let Orbit::Within(within) = discovered.source.as_ref()? {
            return Some(Self::Within { generators: rows(&within.generators), limit: within.limit });
        }
        let identification = &discovered.conclusion.identification;
        Some(match &identification.snapped {
            Some(snapped) => Self::Named {
                name: snapped.exact.algebra.name.clone(),
                frame: snapped.exact.frame.as_ref().map(|frame| row_major(&frame.matrix).collect()),
            },
            None => Self::Span { generators: rows(&identification.canonical_basis) },
        })
    }

    /// Random elements of the group as they act on the data of a task.
    ///
    /// # Errors
    /// Where the description fits no group on this space.
    pub fn source(&self, task: &Task) -> Result<Orbit, PredictError> {
        let side = task.linear + usize::from(task.affine);
        let matrix =
            |values: &Vec<f64>| (values.len() == side * side).then(|| DMatrix::from_row_slice(side, side, values));
        let wrong = || PredictError::Usage(format!("--group-average: {self:?} is no group that can be sampled"));
        let span = |generators: &[Vec<f64>]| {
            let matrices: Option<Vec<DMatrix<f64>>> = generators.iter().map(matrix).collect();
            matrices.ok_or_else(wrong)
        };
        Ok(Orbit::Whole(match self {
            Self::Within { generators, limit } => {
                return Ok(Orbit::Within(Within { generators: span(generators)?, limit: *limit }));
            }
            Self::Known { name, extent } => known_group(name, *extent, task.linear).map_err(|_| wrong())?.source,
            Self::Named { name, frame } => {
                let algebra = named(name, task.linear, task.affine).map_err(|_| wrong())?;
                let frame = match frame {
                    Some(values) => Some(matrix(values).and_then(Frame::new).ok_or_else(wrong)?),
                    None => None,
                };
                Sampled(GroupSampler::new(&ExactAlgebra { algebra, frame }, DEFAULT_EXTENT))
            }
            Self::Span { generators } => Sampled(GroupSampler::free(&span(generators)?, side, DEFAULT_EXTENT)),
        }))
    }
}

/// One random element for all rows.
pub fn same_for_all(source: &dyn GroupSource, rng: &mut ChaCha8Rng, rows: usize) -> Elements {
    let one = source.elements(rng, 1);
    Elements { g: one.g.repeat(rows), inverse: one.inverse.repeat(rows) }
}
