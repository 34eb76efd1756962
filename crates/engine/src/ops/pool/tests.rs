use dfdx::prelude::*;

use super::*;
use crate::Mat;
use crate::ops::Kernels;
use crate::tests::{Path, agree, mat, points, pulled};

#[test]
fn pools_and_their_gradients_are_those_of_the_points_that_are_there() {
    let points = Points::new(3, [2, 0, 1]);
    let x = [1.0, -2.0, 3.0, -4.0, 5.0, -6.0];
    let expected = [
        (Pool::Mean, [2.0, -3.0, 0.0, 0.0, 5.0, -6.0], [0.5, 1.0, 0.5, 1.0, 5.0, 6.0]),
        (Pool::Sum, [4.0, -6.0, 0.0, 0.0, 5.0, -6.0], [1.0, 2.0, 1.0, 2.0, 5.0, 6.0]),
        (Pool::Max, [3.0, -2.0, 0.0, 0.0, 5.0, -6.0], [0.0, 2.0, 1.0, 0.0, 5.0, 6.0]),
    ];
    for (pool, values, gradient) in expected {
        let (out, from) = forward(&x, 2, &points, pool);
        assert_eq!(out, values, "{pool:?}");
        let mut grad = vec![0.0; 6];
        backward(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &from, 2, &points, pool, &mut grad);
        assert_eq!(grad, gradient, "{pool:?}");
    }
    assert_eq!(spread(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, &points), [1.0, 2.0, 1.0, 2.0, 5.0, 6.0]);
}

/// Pools and their inverse.
pub(crate) fn pools<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let points = points();
    // Numbers without ties, so that the largest is one.
    let values = (0..66).map(|i| ((i * 37 % 67) as f32 - 30.0) / 10.0).collect();
    let x: Mat<D> = dev.tensor_from_vec(values, (11, 6));
    let mut results = Vec::new();
    for pool in [Pool::Mean, Pool::Sum, Pool::Max] {
        let y = match path {
            Path::Device => D::pool(x.leaky_trace(), &points, pool),
            Path::Stock => composed(x.leaky_trace(), &points, pool),
        };
        results.extend(pulled(y, &[&x], &[]));
    }
    let rows = mat(dev, 5, 6, 3);
    let y = match path {
        Path::Device => D::spread(rows.leaky_trace(), &points),
        Path::Stock => composed_spread(rows.leaky_trace(), &points),
    };
    results.extend(pulled(y, &[&rows], &[]));
    results
}

#[test]
fn pools_agree() {
    let dev = Cpu::default();
    agree("pool", 1e-5, &pools(&dev, Path::Device), &pools(&dev, Path::Stock));
}
