//! Turned kernels on dfdx's tape.

use dfdx::prelude::*;

use super::{Turns, backward, forward};
use crate::device::{Device, Flat};
use crate::ops::pick::weighted;
use crate::ops::record::record;
use crate::ops::view::view;

/// Turned kernels on a device.
pub trait Op: Device {
    /// Learned kernels in all their turns, flat, on a tape of their own.
    fn turn<T: Tape<f32, Self>>(learned: &Flat<Self>, turns: &Turns) -> Flat<Self, T> {
        composed(learned, turns)
    }
}

impl Op for Cpu {
    fn turn<T: Tape<f32, Self>>(learned: &Flat<Self>, turns: &Turns) -> Flat<Self, T> {
        let out = forward(view(learned), turns);
        let out = learned.device().tensor_from_vec(out, (turns.kernels(),));
        let turns = turns.clone();
        record(T::default(), out, [learned], move |up, [learned]| backward(up, &turns, learned))
    }
}

/// The kernels of stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(learned: &Flat<D>, turns: &Turns) -> Flat<D, T> {
    let learned = learned.retaped::<T>().reshape_like(&(turns.learned(), 1));
    let sources: Vec<Vec<(usize, f32)>> = (0..turns.kernels()).map(|at| turns.sources(at).collect()).collect();
    let most = sources.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let tap = |t: usize| {
        let places: Vec<_> = sources.iter().map(|s| s.get(t).copied()).collect();
        weighted(learned.retaped::<T>(), &places)
    };
    (1..most).fold(tap(0), |out, t| out + tap(t)).reshape_like(&(turns.kernels(),))
}
