//! Vectors at points: their scalar products, and their combinations.
//!
//! A point has `vectors` vectors of `dim` coordinates, one after another. Scalar products do not change, and combinations turn
//! along, when all vectors are turned: what networks take in and give out that are equivariant by construction.

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

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, m: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * m % 23) as f32 - 11.0) / 8.0).collect()
    }

    /// Compares gradients of bilinear functions: central differences are exact but for rounding.
    fn check(f: impl Fn(&[f32]) -> Vec<f32>, x: &[f32], up: &[f32], grad: &[f32]) {
        for i in 0..x.len() {
            let at = |h: f32| {
                let mut x = x.to_vec();
                x[i] += h;
                f(&x).iter().zip(up).map(|(o, u)| f64::from(*o) * f64::from(*u)).sum::<f64>()
            };
            let want = at(0.5) - at(-0.5);
            assert!((f64::from(grad[i]) - want).abs() < 1e-5, "[{i}]: {} not {want}", grad[i]);
        }
    }

    #[test]
    fn products_combinations_and_their_gradients_agree_with_differences() {
        let (points, vectors, dim, outputs) = (4, 3, 2, 2);
        let (v, c) = (numbers(points * vectors * dim, 7), numbers(points * outputs * vectors, 5));
        let gram = invariants(&v, vectors, dim);
        assert_eq!(gram.len(), points * products(vectors));
        assert_eq!(gram[1], v[0] * v[2] + v[1] * v[3]);
        let up = numbers(gram.len(), 3);
        let mut grad = vec![0.0; v.len()];
        pull_invariants(&v, vectors, dim, &up, &mut grad);
        check(|v| invariants(v, vectors, dim), &v, &up, &grad);
        let up = numbers(points * outputs * dim, 9);
        let (gv, gc) = pull_combine(&v, &c, vectors, dim, &up);
        check(|v| combine(v, &c, vectors, dim), &v, &up, &gv);
        check(|c| combine(&v, c, vectors, dim), &c, &up, &gc);
        assert_eq!(combine(&v, &c, vectors, dim)[0], c[0] * v[0] + c[1] * v[2] + c[2] * v[4]);
    }
}
