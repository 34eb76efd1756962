use dfdx::prelude::*;

use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, mat, pulled};

#[test]
fn values_come_from_and_gradients_go_to_their_positions() {
    let index = [2, NOTHING, 0, 2];
    assert_eq!(forward(&[1.0, 2.0, 3.0], &index), [3.0, 0.0, 1.0, 3.0]);
    let mut grad = vec![0.5; 3];
    backward(&index, &[1.0, 10.0, 100.0, 1000.0], &mut grad);
    assert_eq!(grad, [100.5, 0.5, 1001.5]);
}

/// Values by position, and where their gradients go.
pub(crate) fn gathered<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let x = mat(dev, 11, 6, 7);
    let index = vec![3, NOTHING, 65, 0, 3, 17];
    let y = match path {
        Path::Device => D::gather(x.leaky_trace(), index, 2),
        Path::Stock => composed(x.leaky_trace(), &index, 2),
    };
    pulled(y, &[&x], &[])
}

#[test]
fn gathered_values_agree() {
    let dev = Cpu::default();
    agree("gather", 1e-5, &gathered(&dev, Path::Device), &gathered(&dev, Path::Stock));
}
