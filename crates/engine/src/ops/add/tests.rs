use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, mat, pulled};

/// Values and gradients of a sum.
pub(crate) fn sums<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let (x, b) = (mat(dev, 11, 6, 7), mat(dev, 11, 6, 5));
    let y = match path {
        Path::Device => D::add(x.leaky_trace(), &b, -0.5),
        Path::Stock => composed(x.leaky_trace(), &b, -0.5),
    };
    pulled(y, &[&x, &b], &[])
}

#[test]
fn sums_agree() {
    let dev = Cpu::default();
    agree("add", 1e-5, &sums(&dev, Path::Device), &sums(&dev, Path::Stock));
}
