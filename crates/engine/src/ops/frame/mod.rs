//! Vectors at points: their scalar products, and their combinations.
//!
//! A point has `vectors` vectors of `dim` coordinates, one after another. Scalar products do not change, and combinations turn
//! along, when all vectors are turned: what networks take in and give out that are equivariant by construction.

mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed_combine, composed_invariants};

/// Number of different scalar products of so many vectors, squares included.
pub fn products(vectors: usize) -> usize {
    vectors * (vectors + 1) / 2
}

/// ⟨v_a, v_b⟩ for a ≤ b: points×`products(vectors)`.
pub fn invariants(v: &[f32], vectors: usize, dim: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(v.len() / dim.max(1) / vectors.max(1) * products(vectors));
    for v in v.chunks_exact(vectors * dim) {
        for a in 0..vectors {
            for b in a..vectors {
                out.push((0..dim).map(|k| v[a * dim + k] * v[b * dim + k]).sum());
            }
        }
    }
    out
}

/// Adds the gradient of the vectors, given that of [`invariants`] (`up`).
pub fn pull_invariants(v: &[f32], vectors: usize, dim: usize, up: &[f32], grad: &mut [f32]) {
    let rows = v.chunks_exact(vectors * dim).zip(grad.chunks_exact_mut(vectors * dim));
    for ((v, grad), up) in rows.zip(up.chunks_exact(products(vectors))) {
        let mut up = up.iter();
        for a in 0..vectors {
            for (b, g) in (a..vectors).zip(&mut up) {
                for k in 0..dim {
                    grad[a * dim + k] += g * v[b * dim + k];
                    grad[b * dim + k] += g * v[a * dim + k];
                }
            }
        }
    }
}

/// Σ_a c_oa v_a for each `o`: points×outputs·dim; `c` is points×outputs·vectors.
pub fn combine(v: &[f32], c: &[f32], vectors: usize, dim: usize) -> Vec<f32> {
    let points = v.len() / (vectors * dim).max(1);
    let outputs = c.len() / (points * vectors).max(1);
    let mut out = vec![0.0; points * outputs * dim];
    let rows = v.chunks_exact(vectors * dim).zip(c.chunks_exact(outputs * vectors));
    for ((v, c), out) in rows.zip(out.chunks_exact_mut(outputs * dim)) {
        for (c, out) in c.chunks_exact(vectors).zip(out.chunks_exact_mut(dim)) {
            for (c, v) in c.iter().zip(v.chunks_exact(dim)) {
                out.iter_mut().zip(v).for_each(|(o, v)| *o += c * v);
            }
        }
    }
    out
}

/// The gradients of the vectors and of the coefficients of [`combine`], given the output's (`up`).
pub fn pull_combine(v: &[f32], c: &[f32], vectors: usize, dim: usize, up: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let points = v.len() / (vectors * dim).max(1);
    let outputs = c.len() / (points * vectors).max(1);
    let (mut gv, mut gc) = (vec![0.0; v.len()], vec![0.0; c.len()]);
    for i in 0..points {
        for (o, a) in (0..outputs).flat_map(|o| (0..vectors).map(move |a| (o, a))) {
            let (at, c_at) = (i * vectors * dim + a * dim, i * outputs * vectors + o * vectors + a);
            for k in 0..dim {
                let up = up[(i * outputs + o) * dim + k];
                gv[at + k] += c[c_at] * up;
                gc[c_at] += v[at + k] * up;
            }
        }
    }
    (gv, gc)
}
