//! Inputs that are rows of vectors of K numbers.

use rand_chacha::ChaCha8Rng;

use super::stream::normals;
use super::task::Split;

/// The vectors of an input; what does not fill one is left out.
pub(super) fn vectors<const K: usize, const N: usize>(input: &[f64]) -> [[f64; K]; N] {
    let mut all = [[0.0; K]; N];
    for (vector, part) in all.iter_mut().zip(input.chunks_exact(K)) {
        vector.copy_from_slice(part);
    }
    all
}

/// The Euclidean product.
pub(super) fn dot<const K: usize>(a: &[f64; K], b: &[f64; K]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// a − b.
pub(super) fn minus<const K: usize>(a: &[f64; K], b: &[f64; K]) -> [f64; K] {
    std::array::from_fn(|i| a[i] - b[i])
}

/// `count` standard normal vectors of k ≥ 2 numbers; the first one points to positive x, or to negative x where shifted:
/// a rotation by half a turn in the plane (x, y) takes one distribution to the other.
pub(super) fn half_cloud(count: usize, k: usize, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut cloud = normals(rng, count * k);
    if cloud.first().is_some_and(|&x| (x < 0.0) != (split == Split::Shifted)) {
        for vector in cloud.chunks_mut(k) {
            vector.iter_mut().take(2).for_each(|v| *v = -*v);
        }
    }
    cloud
}
