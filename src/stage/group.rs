//! Groups as sources of random elements: named ones, discovered ones, motions of shifts.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::StageError;
use crate::evaluate::motion::algebra;
use crate::evaluate::shift::elements_of;
use crate::lie::motion::Motion;
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

/// Motions with stated bounds.
#[derive(Debug, Clone)]
pub struct Moving(pub Motion);

impl GroupSource for Moving {
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements {
        elements_of((0..n).map(|_| self.0.sample(rng)))
    }
}

/// The named group on R^k: its elements, its generators, and whether it has translations.
///
/// # Errors
/// If no group of that name acts on R^k.
pub fn known_group(name: &str, extent: f64, k: usize) -> Result<(Sampled, Vec<DMatrix<f64>>, bool), StageError> {
    let (algebra, affine) = algebra(name, k).map_err(|e| StageError::Group(e.to_string()))?;
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
