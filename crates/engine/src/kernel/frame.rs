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

    /// Compares values with a reference in double precision, and gradients with its central differences, which are exact for
    /// bilinear functions but for rounding.
    fn check(f: impl Fn(&[f64]) -> Vec<f64>, (x, values): (&[f32], &[f32]), up: &[f32], grad: &[f32]) {
        let x: Vec<f64> = x.iter().map(|v| f64::from(*v)).collect();
        for (at, (value, want)) in values.iter().zip(f(&x)).enumerate() {
            assert!((f64::from(*value) - want).abs() < 1e-5, "value {at}: {value} not {want}");
        }
        for i in 0..x.len() {
            let at = |h: f64| {
                let mut x = x.clone();
                x[i] += h;
                f(&x).iter().zip(up).map(|(o, u)| o * f64::from(*u)).sum::<f64>()
            };
            let want = at(0.5) - at(-0.5);
            assert!((f64::from(grad[i]) - want).abs() < 1e-5, "[{i}]: {} not {want}", grad[i]);
        }
    }

    /// Gram matrices, by indices.
    fn gram_reference(v: &[f64], vectors: usize, dim: usize) -> Vec<f64> {
        let dot = |i: usize, a: usize, b: usize| -> f64 {
            (0..dim).map(|k| v[(i * vectors + a) * dim + k] * v[(i * vectors + b) * dim + k]).sum()
        };
        let pairs = (0..vectors).flat_map(|a| (a..vectors).map(move |b| (a, b)));
        (0..v.len() / (vectors * dim)).flat_map(|i| pairs.clone().map(move |(a, b)| dot(i, a, b))).collect()
    }

    /// Combinations, by indices.
    fn combine_reference(v: &[f64], c: &[f64], (points, vectors, dim): (usize, usize, usize)) -> Vec<f64> {
        let outputs = c.len() / (points * vectors);
        let at = |n: usize| {
            let (i, o, k) = (n / dim / outputs, n / dim % outputs, n % dim);
            (0..vectors).map(|a| c[(i * outputs + o) * vectors + a] * v[(i * vectors + a) * dim + k]).sum()
        };
        (0..points * outputs * dim).map(at).collect()
    }

    #[test]
    fn products_combinations_and_their_gradients_agree_with_the_reference() {
        let (points, vectors, dim, outputs) = (4, 3, 2, 2);
        let (v, c) = (numbers(points * vectors * dim, 7), numbers(points * outputs * vectors, 5));
        let gram = invariants(&v, vectors, dim);
        assert_eq!(gram.len(), points * products(vectors));
        let up = numbers(gram.len(), 3);
        let mut grad = vec![0.0; v.len()];
        pull_invariants(&v, vectors, dim, &up, &mut grad);
        check(|v| gram_reference(v, vectors, dim), (&v, &gram), &up, &grad);
        let up = numbers(points * outputs * dim, 9);
        let (gv, gc) = pull_combine(&v, &c, vectors, dim, &up);
        let combined = combine(&v, &c, vectors, dim);
        let double = |x: &[f32]| -> Vec<f64> { x.iter().map(|v| f64::from(*v)).collect() };
        let (v64, c64, sizes) = (double(&v), double(&c), (points, vectors, dim));
        check(|v| combine_reference(v, &c64, sizes), (&v, &combined), &up, &gv);
        check(|c| combine_reference(&v64, c, sizes), (&c, &combined), &up, &gc);
    }
}
