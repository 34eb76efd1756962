//! Groups as sources of random elements: named ones, discovered ones, rotations of shifts.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::StageError;
use crate::evaluate::shift::elements_of;
use crate::lie::named::named;
use crate::lie::random::uniform;
use crate::lie::rotation::{plane_rotation, random_rotation};
use crate::lie::sample::GroupSampler;
use crate::lie::space::SearchSpace;
use crate::spec::types::Space;
use crate::train::{Elements, GroupSource};

/// A group that is sampled over its whole orbit.
#[derive(Debug, Clone)]
pub struct Sampled(pub GroupSampler);

impl GroupSource for Sampled {
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements {
        elements_of((0..n).map(|_| self.0.sample(rng)))
    }
}

/// Rotations of R^k: over the whole of SO(k), or in a plane with uniform angles up to a bound.
#[derive(Debug, Clone, Copy)]
pub struct Rotations {
    k: usize,
    plane: Option<([usize; 2], f64)>,
}

impl GroupSource for Rotations {
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements {
        let mut one = || match self.plane {
            None => random_rotation(self.k, rng),
            Some(([i, j], bound)) => plane_rotation(self.k, i, j, bound * (2.0 * uniform(rng) - 1.0)),
        };
        elements_of((0..n).map(|_| one()))
    }
}

/// Rotations of R^k, in a plane (two axes) up to an angle (radians) if one is given.
pub fn rotations(k: usize, plane: Option<([usize; 2], f64)>) -> Rotations {
    Rotations { k, plane }
}

/// The named group on R^k: its elements, its generators, and whether it has translations.
///
/// # Errors
/// If no group of that name acts on R^k.
pub fn known_group(name: &str, extent: f64, k: usize) -> Result<(Sampled, Vec<DMatrix<f64>>, bool), StageError> {
    let (algebra, affine) = match named(name, k, false) {
        Ok(algebra) => (algebra, false),
        // Groups with translations exist in homogeneous coordinates only; the first message names all families.
        Err(e) => (named(name, k, true).map_err(|_| StageError::Group(e.to_string()))?, true),
    };
    let generators = algebra.basis.clone();
    Ok((Sampled(GroupSampler::new(&algebra.into(), extent)), generators, affine))
}

/// The search space of the pipeline.
///
/// # Errors
/// If it has no direction or its parts do not fit together.
pub fn search_space(space: &Space) -> Result<SearchSpace, StageError> {
    let made = match space {
        Space::Gl(k) => SearchSpace::gl(*k),
        Space::Affine(k) => SearchSpace::affine(*k),
        Space::Block(b) => SearchSpace::block(&b.sizes, b.tied),
        Space::Mask(m) => SearchSpace::mask(m.len(), m),
    };
    made.map_err(|e| StageError::Group(e.to_string()))
}
