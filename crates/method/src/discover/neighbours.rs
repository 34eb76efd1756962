//! Exact nearest neighbours by comparison with every row, in parallel.

use rayon::prelude::*;
use semola_engine::ops::simd::fast;

/// Points that distances are taken to at once.
const LANES: usize = 16;

/// The `k` rows of `points` (row-major, `dim` values each) nearest to each of `queries`, nearest first, as
/// (index, squared distance). `skip(query, point)` leaves points out.
pub fn nearest(
    points: &[f32],
    queries: &[f32],
    dim: usize,
    k: usize,
    skip: impl Fn(usize, usize) -> bool + Sync,
) -> Vec<Vec<(usize, f32)>> {
    let dim = dim.max(1);
    let (packed, count) = (packed(points, dim), points.len() / dim);
    let query = |(q, x): (usize, &[f32])| {
        let mut best: Vec<(usize, f32)> = Vec::with_capacity(k + 1);
        for (block, held) in packed.chunks_exact(dim).enumerate() {
            let distances = fast(
                #[inline(always)]
                || squared_distances(x, held),
            );
            let first = block * LANES;
            for (p, &d) in (first..count).zip(&distances) {
                if (best.len() == k && d >= best[k - 1].1) || skip(q, p) {
                    continue;
                }
                let at = best.partition_point(|b| b.1 <= d);
                best.insert(at, (p, d));
                best.truncate(k);
            }
        }
        best
    };
    queries.par_chunks_exact(dim).enumerate().map(query).collect()
}

/// Points in blocks of [`LANES`]: for each block and coordinate, the values of its points. The last block is filled up with zeros.
fn packed(points: &[f32], dim: usize) -> Vec<[f32; LANES]> {
    let blocks = (points.len() / dim).div_ceil(LANES);
    let mut all = vec![[0.0; LANES]; blocks * dim];
    for (p, point) in points.chunks_exact(dim).enumerate() {
        for (held, v) in all[p / LANES * dim..].iter_mut().zip(point) {
            held[p % LANES] = *v;
        }
    }
    all
}

/// From one point to those of a block.
#[inline(always)]
fn squared_distances(x: &[f32], block: &[[f32; LANES]]) -> [f32; LANES] {
    let mut sums = [0.0f32; LANES];
    for (v, held) in x.iter().zip(block) {
        for (sum, p) in sums.iter_mut().zip(held) {
            *sum += (v - p) * (v - p);
        }
    }
    sums
}

/// The squared distance that all but a twentieth of the nearest rows are within; `None` if there are none.
pub fn usual_distance(found: &[Vec<(usize, f32)>]) -> Option<f64> {
    let mut distances: Vec<f64> = found.iter().filter_map(|n| n.first()).map(|n| f64::from(n.1)).collect();
    distances.sort_by(f64::total_cmp);
    distances.get(distances.len() * 95 / 100).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_come_nearest_first_and_can_be_left_out() {
        let points = [0.0, 1.0, 2.0, 4.0];
        let found = nearest(&points, &[1.1], 1, 2, |_, p| p == 1);
        assert_eq!(found[0].iter().map(|n| n.0).collect::<Vec<_>>(), [2, 0]);
        let (x, y): (Vec<f32>, Vec<f32>) = (0..21).map(|i| (i as f32, (i * i % 7) as f32)).unzip();
        let plain: f32 = x.iter().zip(&y).map(|(a, b)| (a - b) * (a - b)).sum();
        assert_eq!(nearest(&x, &y, 21, 1, |_, _| false)[0], [(0, plain)]);
        // More points than one block holds, beside every one of them.
        let cloud: Vec<f32> = (0..74).map(|i| ((i * 37) % 74) as f32).collect();
        for (q, found) in nearest(&cloud, &cloud, 2, 3, |q, p| q == p).iter().enumerate() {
            let off = |p: usize| (0..2).map(|d| (cloud[2 * p + d] - cloud[2 * q + d]).powi(2)).sum::<f32>();
            let mut all: Vec<f32> = (0..37).filter(|p| *p != q).map(off).collect();
            all.sort_by(f32::total_cmp);
            assert_eq!(found.iter().map(|n| n.1).collect::<Vec<_>>(), all[..3]);
            assert!(found.iter().all(|n| n.0 != q && off(n.0) == n.1));
        }
        let many: Vec<Vec<(usize, f32)>> = (0..100).map(|i| vec![(i, i as f32)]).collect();
        assert_eq!((usual_distance(&many), usual_distance(&[Vec::new()])), (Some(95.0), None));
    }
}
