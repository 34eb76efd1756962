//! Groups to train along, as sources of random elements, and the search spaces.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;
use semola_data::{Blame, Fault};

use crate::fit::space::Space;
use crate::motion::{Elements, GroupSource, KnownGroup};
use semola_lie::acting::row_major;
use semola_lie::algebra::{NamedAlgebra, Part};
use semola_lie::finite::ClosureError;
use semola_lie::identify::IdentifyError;
use semola_lie::name::NameError;
use semola_lie::random::in_ball;
use semola_lie::sample::GroupSampler;
use semola_lie::space::{SearchSpace, SpaceError};

/// Why there is no such group.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Space(#[from] SpaceError),
    #[error(transparent)]
    Identify(#[from] IdentifyError),
    #[error("there is no block {block} to exchange: a row has {blocks} equal blocks; correct `exchanges`")]
    Block { block: usize, blocks: usize },
    #[error("the given elements make no finite group: {0}; give fewer of them")]
    Closure(ClosureError),
}

impl Fault for GroupError {
    fn blame(&self) -> Blame {
        Blame::Run
    }
}

/// A group that is sampled over its whole orbit.
#[derive(Debug, Clone)]
pub struct Sampled(pub GroupSampler);

impl GroupSource for Sampled {
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements {
        Elements::of((0..n).map(|_| self.0.sample(rng)))
    }
}

/// Elements near the identity: exp(Σ w_i L_i) with w uniform in the ball |w| ≤ limit.
#[derive(Debug, Clone)]
pub struct Within {
    /// A unit coefficient of each moves the data by its own size.
    pub generators: Vec<DMatrix<f64>>,
    pub limit: f64,
}

impl Within {
    /// Elements whose squares are those of this one.
    #[must_use]
    pub fn root(&self) -> Self {
        Self { generators: self.generators.clone(), limit: self.limit / 2.0 }
    }
}

impl GroupSource for Within {
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements {
        let flat: Vec<Vec<f64>> = self.generators.iter().map(|l| row_major(l).collect()).collect();
        let side = self.generators.first().map_or(0, |l| l.nrows());
        Elements::exponentials(side, n, |a| {
            let w = in_ball(rng, flat.len(), self.limit);
            for (at, v) in a.iter_mut().enumerate() {
                *v = flat.iter().zip(&w).map(|(l, w)| l[at] * w).sum::<f64>() as f32;
            }
        })
    }
}

/// A discovered group, as far as it holds.
#[derive(Debug, Clone)]
pub enum Orbit {
    /// All of it.
    Whole(Sampled),
    /// Up to a size of the coefficients.
    Within(Within),
}

impl Orbit {
    /// Elements whose squares reach all of it.
    #[must_use]
    pub fn root(&self) -> Self {
        match self {
            Self::Whole(source) => Self::Whole(Sampled(source.0.root())),
            Self::Within(within) => Self::Within(within.root()),
        }
    }

    /// The generators of its algebra.
    pub fn generators(&self) -> Vec<DMatrix<f64>> {
        match self {
            Self::Whole(source) => source.0.generators().to_vec(),
            Self::Within(within) => within.generators.clone(),
        }
    }
}

impl GroupSource for Orbit {
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements {
        match self {
            Self::Whole(source) => source.elements(rng, n),
            Self::Within(source) => source.elements(rng, n),
        }
    }
}

/// A group that is given.
#[derive(Debug, Clone)]
pub struct NamedGroup {
    pub source: Sampled,
    /// Its continuous part alone.
    pub connected: Sampled,
    /// One element of each component (k×k), the identity first: all of them, if they are few.
    pub components: Vec<DMatrix<f64>>,
    pub generators: Vec<DMatrix<f64>>,
    /// Whether it has translations.
    pub affine: bool,
}

/// The named group on R^k.
///
/// # Errors
/// If no group of that name acts on R^k.
pub fn known_group(name: &str, extent: f64, k: usize) -> Result<NamedGroup, GroupError> {
    given_group(&KnownGroup { extent, ..KnownGroup::named(name) }, k)
}

/// What acts by matrices of a given group on R^k.
///
/// # Errors
/// If there is no such group.
pub fn given_group(group: &KnownGroup, k: usize) -> Result<NamedGroup, GroupError> {
    let (algebra, affine) = group.algebra(k)?;
    let generators = algebra.basis.clone();
    let mut components = vec![DMatrix::identity(k, k)];
    let mut rest = Vec::new();
    for part in &algebra.parts {
        match part {
            Part::Finite(elements) => {
                let linear = |e: &DMatrix<f64>| e.view((0, 0), (k, k)).into_owned();
                components = components.iter().flat_map(|c| elements.iter().map(move |e| c * linear(e))).collect();
            }
            part => rest.push(part.clone()),
        }
    }
    let connected = NamedAlgebra::new("", algebra.side, rest);
    let sampled = |algebra: NamedAlgebra| Sampled(GroupSampler::new(&algebra.into(), group.extent));
    Ok(NamedGroup { connected: sampled(connected), source: sampled(algebra), components, generators, affine })
}

/// The search space of the pipeline.
///
/// # Errors
/// If it has no direction or its parts are inconsistent.
pub fn search_space(space: &Space) -> Result<SearchSpace, GroupError> {
    Ok(match space {
        Space::Gl(k) => SearchSpace::gl(*k),
        Space::Affine(k) => SearchSpace::affine(*k),
        Space::Block(b) => SearchSpace::block(&b.sizes, b.tied),
        Space::Mask(m) => SearchSpace::mask(m.len(), m),
    }?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_within_a_limit_fill_it_and_do_not_leave_it() {
        let rotation = DMatrix::from_row_slice(2, 2, &[0.0, -1.0, 1.0, 0.0]);
        let source = Within { generators: vec![rotation], limit: 0.6 };
        let elements = source.elements(&mut semola_engine::Streams::new(1).get("test", 0), 4000);
        let angles: Vec<f64> = elements.g.chunks_exact(4).map(|g| f64::from(g[2]).atan2(f64::from(g[0]))).collect();
        assert!(angles.iter().all(|a| a.abs() <= 0.6 + 1e-6));
        let beyond = |limit: f64| angles.iter().filter(|a| a.abs() > limit).count() as f64 / 4000.0;
        assert!((beyond(0.3) - 0.5).abs() < 0.04 && (beyond(0.54) - 0.1).abs() < 0.03, "uniform");
        assert!((angles.iter().sum::<f64>() / 4000.0).abs() < 0.03);
    }
}
