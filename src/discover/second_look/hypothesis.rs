//! One hypothesis: a standard algebra, and whether it is telling that what was seen comes near to it.

use nalgebra::DVector;

use crate::discover::algebra::NEAR;
use crate::discover::audit::judge::SIGNIFICANCE;
use crate::discover::support::Support;
use crate::engine::Streams;
use crate::lie::identify::{Identification, chance_near};
use crate::lie::space::SearchSpace;
use crate::lie::subspace::{inside, orthonormalise};
use crate::motion::DEFAULT_EXTENT;

/// Random spans that tell how telling it is to lie near a standard algebra.
const CHANCES: usize = 200;
/// Matrices that differ by less are equal up to rounding.
const ROUNDING: f64 = 1e-6;

/// A standard algebra and the directions that it was recognised by.
#[derive(Debug, Clone)]
pub(super) struct Hypothesis {
    /// Unit coefficients in whitened directions.
    pub(super) span: Vec<DVector<f64>>,
    pub(super) identification: Identification,
    /// Random directions hardly ever do as well as any of these in the audit.
    pub(super) significant: bool,
}

impl Hypothesis {
    /// Whether this is a smaller algebra inside another one, and was itself found within this angle (radians).
    pub(super) fn is_inside(&self, other: &Self, angle: f64) -> bool {
        let basis =
            |h: &Self| h.identification.snapped.as_ref().map_or_else(Vec::new, |s| orthonormalise(&s.exact.basis()));
        let (own, outer) = (basis(self), basis(other));
        self.identification.angle <= angle
            && own.len() < outer.len()
            && own.iter().all(|l| (l - inside(&outer, l)).norm() < ROUNDING)
    }

    /// Whether the whole of its group can be sampled.
    pub(super) fn is_compact(&self) -> bool {
        self.identification.sampler(DEFAULT_EXTENT).is_compact()
    }

    /// Whether it is no chance that the span lies so near to a standard algebra. A single direction always lies near some
    /// direction: there the test has to tell, which it does for a whole circle, and for others only where they are found
    /// nearly exactly and do better than random ones (moving noisy images a little smoothes them, which is worth something by itself).
    pub(super) fn is_telling(&self, space: &SearchSpace, support: &Support, streams: &Streams) -> bool {
        let (rank, angle) = (self.span.len(), self.identification.angle);
        if rank == 1 {
            return self.is_compact() || angle <= NEAR && self.significant;
        }
        let directions = (space, support.directions.as_slice());
        chance_near(rank, angle, directions, CHANCES, &mut streams.get("second-look-chance", rank as u64))
            <= SIGNIFICANCE
    }

    /// The standard algebra with its coordinates.
    pub(super) fn algebra(&self) -> &str {
        &self.identification.nearest
    }
}
