//! Nearest neighbours: a k-d tree of one row's points.

use std::num::NonZeroUsize;

use kiddo::{ImmutableKdTree, SquaredEuclidean};

use semola_data::pieces::Number;

/// The points of a row in K dimensions.
pub struct Tree<const K: usize> {
    pub points: Vec<[f64; K]>,
    tree: ImmutableKdTree<f64, K>,
}

impl<const K: usize> Tree<K> {
    /// The tree of these points, end to end.
    ///
    /// # Errors
    /// If there are more points than the tree can number.
    pub fn new<T: Number>(values: &[T]) -> Result<Self, String> {
        let point = |p: &[T]| std::array::from_fn(|c| p.get(c).map_or(0.0, |x| x.wide()));
        let points: Vec<[f64; K]> = values.chunks_exact(K).map(point).collect();
        let tree = ImmutableKdTree::new_from_slice(&points).map_err(|e| format!("no k-d tree of its points: {e}"))?;
        Ok(Self { points, tree })
    }

    /// Numbers of the (at most) `k` points nearest to point `i`, without itself; nearest first, then by number.
    pub fn nearest(&self, i: usize, k: usize) -> Vec<usize> {
        let (Some(point), Some(most)) = (self.points.get(i), NonZeroUsize::new(k.saturating_add(1))) else {
            return Vec::new();
        };
        // One more, because the point itself is among them.
        let most = most.min(NonZeroUsize::new(self.points.len()).unwrap_or(NonZeroUsize::MIN));
        let found = self.tree.query(point).nearest_n::<SquaredEuclidean<f64>>(most).execute();
        let mut found: Vec<(f64, usize)> = found.into_iter().map(|f| (f.distance, f.item as usize)).collect();
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found.into_iter().map(|(_, n)| n).filter(|n| *n != i).take(k).collect()
    }

    /// How many other points lie within that distance of point `i`.
    pub fn within(&self, i: usize, radius: f64) -> usize {
        let Some(point) = self.points.get(i) else { return 0 };
        let found = self.tree.query(point).within::<SquaredEuclidean<f64>>(radius * radius).unsorted().execute();
        found.len().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use semola_lie::random::normal;

    fn check<const K: usize>(values: &[f64]) {
        let tree = Tree::<K>::new(values).unwrap();
        let n = tree.points.len();
        let square = |i: usize, j: usize| (0..K).map(|c| (tree.points[i][c] - tree.points[j][c]).powi(2)).sum::<f64>();
        for i in 0..n {
            let mut all: Vec<usize> = (0..n).filter(|j| *j != i).collect();
            all.sort_by(|&a, &b| square(i, a).total_cmp(&square(i, b)).then(a.cmp(&b)));
            for k in [1, 5, n + 3] {
                assert_eq!(tree.nearest(i, k), all[..k.min(all.len())], "{K} dimensions, {n} points, point {i}");
            }
            assert_eq!(tree.within(i, 0.8), all.iter().filter(|&&j| square(i, j) <= 0.64).count());
        }
    }

    #[test]
    fn neighbours_are_those_of_all_pairs() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for n in [1, 2, 7, 33, 200] {
            let values: Vec<f64> = (0..n * 12).map(|_| normal(&mut rng)).collect();
            check::<1>(&values[..n]);
            check::<2>(&values[..2 * n]);
            check::<3>(&values[..3 * n]);
            check::<4>(&values[..4 * n]);
        }
    }

    #[test]
    fn many_points_at_one_place_are_no_problem() {
        let tree = Tree::<3>::new(&[0.5_f32; 3 * 100]).unwrap();
        let near = tree.nearest(7, 4);
        assert!(near.len() == 4 && !near.contains(&7));
        assert_eq!(tree.within(7, 0.1), 99);
        assert!(Tree::<2>::new::<f32>(&[]).unwrap().nearest(0, 3).is_empty());
    }
}
