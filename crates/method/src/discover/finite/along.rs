//! Training along a finite part: each row by a random element of it, then by one of a connected group.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::Finite;
use super::moving::{Moving, Prepared, Side};
use crate::fit::groups::Sampled;
use crate::motion::{Elements, GroupSource};
use semola_lie::finite::FiniteGroup;

/// Random elements h c of a group with components: c uniform in the finite part, h of the group of the algebra.
pub struct Along {
    moving: Moving,
    elements: Vec<Prepared>,
    connected: Option<Sampled>,
}

impl Along {
    /// Of the elements of a finite group, and those of a connected one.
    pub fn new(finite: &FiniteGroup, moving: &Moving, connected: Option<Sampled>) -> Self {
        let elements = finite.elements.iter().map(|e| moving.prepared(e)).collect();
        Self { moving: moving.clone(), elements, connected }
    }
}

impl GroupSource for Along {
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements {
        let one = || DMatrix::identity(self.moving.side(), self.moving.side());
        match &self.connected {
            Some(group) => group.elements(rng, n),
            None => Elements::of((0..n).map(|_| one())),
        }
    }

    fn before(&self, rng: &mut ChaCha8Rng, x: &mut [f32], y: &mut [f32]) {
        let (inputs, outputs) = (self.moving.width(Side::Inputs), self.moving.width(Side::Targets));
        for (x, y) in x.chunks_exact_mut(inputs).zip(y.chunks_exact_mut(outputs)) {
            let element = &self.elements[rng.random_range(0..self.elements.len())];
            self.moving.apply_to_row(element, Side::Inputs, x);
            self.moving.apply_to_row(element, Side::Targets, y);
        }
    }
}

impl Finite {
    /// Notes that training along it made the network worse.
    pub fn not_used(&mut self) {
        let note = "trained along it the network became worse on the data as they are, so that it was not used";
        self.notes.push(note.to_owned());
        self.harmful = true;
    }
}
