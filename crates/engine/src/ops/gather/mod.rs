//! Values by their positions: from rows of fields to points, and from points back to rows.

#[cfg(any(test, feature = "cuda"))]
pub(crate) mod gpu;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed};

use rayon::prelude::*;

/// In the place of a position: 0 stands there.
pub const NOTHING: u32 = u32::MAX;

/// Values per piece of work.
const CHUNK: usize = 1 << 14;

/// `out[i] = x[index[i]]`, or 0 for [`NOTHING`].
pub fn forward(x: &[f32], index: &[u32]) -> Vec<f32> {
    let mut out = vec![0.0; index.len()];
    out.par_chunks_mut(CHUNK).zip(index.par_chunks(CHUNK)).for_each(|(out, index)| {
        for (out, &i) in out.iter_mut().zip(index) {
            // NOTHING lies beyond every slice that can be indexed with 32 bits.
            *out = x.get(i as usize).copied().unwrap_or(0.0);
        }
    });
    out
}

/// Adds the gradient `out` of the output to where its values came from; without a `grad` that is nowhere.
pub fn backward(index: &[u32], out: &[f32], grad: &mut [f32]) {
    if grad.is_empty() {
        return;
    }
    for (g, &i) in out.iter().zip(index) {
        if let Some(grad) = grad.get_mut(i as usize) {
            *grad += g;
        }
    }
}
