//! Exact nearest neighbours by comparison with every row, in parallel.

use rayon::prelude::*;

/// The `k` rows of `points` (row-major, `dim` values each) nearest to each of `queries`, nearest first, as
/// (index, squared distance). `skip(query, point)` leaves points out.
pub fn nearest(
    points: &[f32],
    queries: &[f32],
    dim: usize,
    k: usize,
    skip: impl Fn(usize, usize) -> bool + Sync,
) -> Vec<Vec<(usize, f32)>> {
    let query = |(q, x): (usize, &[f32])| {
        let mut best: Vec<(usize, f32)> = Vec::with_capacity(k + 1);
        for (p, y) in points.chunks_exact(dim).enumerate() {
            let d = squared_distance(x, y);
            if (best.len() == k && d >= best[k - 1].1) || skip(q, p) {
                continue;
            }
            let at = best.partition_point(|b| b.1 <= d);
            best.insert(at, (p, d));
            best.truncate(k);
        }
        best
    };
    queries.par_chunks_exact(dim).enumerate().map(query).collect()
}

/// The squared distance that all but a twentieth of the nearest rows are within; `None` if there are none.
pub fn usual_distance(found: &[Vec<(usize, f32)>]) -> Option<f64> {
    let mut distances: Vec<f64> = found.iter().filter_map(|n| n.first()).map(|n| f64::from(n.1)).collect();
    distances.sort_by(f64::total_cmp);
    distances.get(distances.len() * 95 / 100).copied()
}

/// In eight partial sums, so that the compiler vectorises it.
fn squared_distance(x: &[f32], y: &[f32]) -> f32 {
    let (eights, tail) = x.as_chunks::<8>();
    let (others, rest) = y.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for (a, b) in eights.iter().zip(others) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().sum::<f32>() + tail.iter().zip(rest).map(|(a, b)| (a - b) * (a - b)).sum::<f32>()
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
        assert_eq!(squared_distance(&x, &y), plain);
        let many: Vec<Vec<(usize, f32)>> = (0..100).map(|i| vec![(i, i as f32)]).collect();
        assert_eq!((usual_distance(&many), usual_distance(&[Vec::new()])), (Some(95.0), None));
    }
}
