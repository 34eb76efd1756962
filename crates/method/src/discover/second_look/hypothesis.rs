//! One hypothesis: a standard algebra, and whether it is significant that the observed span lies near it.

use nalgebra::DVector;

use crate::discover::algebra::NEAR;
use crate::discover::audit::judge::SIGNIFICANCE;
use crate::discover::support::Support;
use crate::motion::DEFAULT_EXTENT;
use semola_engine::Streams;
use semola_lie::identify::{Identification, chance_near};
use semola_lie::space::SearchSpace;
use semola_lie::subspace::{inside, orthonormalise};

/// Number of random spans that estimate the chance of lying this near to a standard algebra.
const CHANCES: usize = 200;
/// Matrices that differ by less are considered equal up to rounding.
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

    /// Whether it is significant that the span lies this near to a standard algebra. A single direction always lies
    /// near some standard direction: there the training test has to decide, which it can for a compact group (a
    /// circle), and for others only if they are found nearly exactly and do better than random ones (moving noisy
    /// images slightly smooths them, which helps by itself).
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
