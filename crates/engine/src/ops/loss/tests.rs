use dfdx::prelude::*;

use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, flat, mat};

fn reference(kind: Loss, p: &[f64], t: &[f64]) -> f64 {
    let n = p.len() as f64;
    let each = p.iter().zip(t);
    match kind {
        Loss::Mse => each.map(|(p, t)| (p - t).powi(2)).sum::<f64>() / n,
        Loss::Mae => each.map(|(p, t)| (p - t).abs()).sum::<f64>() / n,
        Loss::Huber => {
            each.map(|(p, t)| if (p - t).abs() <= 1.0 { 0.5 * (p - t).powi(2) } else { (p - t).abs() - 0.5 })
                .sum::<f64>()
                / n
        }
        Loss::CrossEntropy => {
            let z: f64 = p.iter().map(|v| v.exp()).sum();
            each.map(|(p, t)| t * (z.ln() - p)).sum()
        }
    }
}

#[test]
fn values_and_gradients_agree_with_finite_differences_in_double_precision() {
    let (width, weights) = (4, [0.5, 2.0, 0.0]);
    let pred: Vec<f32> = (0..12).map(|i| (i * 7 % 12) as f32 * 0.4 - 2.1).collect();
    for kind in [Loss::Mse, Loss::Mae, Loss::Huber, Loss::CrossEntropy] {
        let target: Vec<f32> = match kind {
            Loss::CrossEntropy => (0..12).map(|i| f32::from(i % 4 == 1)).collect(),
            _ => (0..12).map(|i| (i * 5 % 12) as f32 * 0.3 - 1.0).collect(),
        };
        let (mut gp, mut gt) = (vec![0.0; 12], vec![0.0; 12]);
        backward(kind, &pred, &target, &weights, &mut gp, &mut gt);
        let values = rows(kind, &pred, &target, width);
        let wide = |v: &[f32]| v.iter().map(|&a| f64::from(a)).collect::<Vec<f64>>();
        let (p, t) = (wide(&pred), wide(&target));
        for i in 0..12 {
            let r = i / width;
            let at = r * width..(r + 1) * width;
            let want = reference(kind, &p[at.clone()], &t[at.clone()]);
            assert!((f64::from(values[r]) - want).abs() < 1e-5, "{kind:?}");
            let slope = |pred: bool| {
                let value = |h: f64| {
                    let (mut p, mut t) = (p.clone(), t.clone());
                    if pred {
                        p[i] += h
                    } else {
                        t[i] += h
                    }
                    reference(kind, &p[at.clone()], &t[at.clone()])
                };
                f64::from(weights[r]) * (value(1e-6) - value(-1e-6)) / 2e-6
            };
            assert!((f64::from(gp[i]) - slope(true)).abs() < 1e-5, "{kind:?} {} {}", gp[i], slope(true));
            assert!((f64::from(gt[i]) - slope(false)).abs() < 1e-4, "{kind:?} {} {}", gt[i], slope(false));
        }
    }
}

/// Values and gradients of every loss.
pub(crate) fn every_loss<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let (pred, weights) = (mat(dev, 4, 3, 5), flat(dev, 4, 7));
    let one_hot = (0..12).map(|i| f32::from(u8::from(i % 3 == 1))).collect::<Vec<_>>();
    let run = |kind: Loss| {
        let target = match kind {
            Loss::CrossEntropy => dev.tensor_from_vec(one_hot.clone(), (4, 3)),
            _ => mat(dev, 4, 3, 3),
        };
        let (p, t) = (pred.leaky_trace(), target.retaped::<OwnedTape<f32, D>>());
        let l = match path {
            Path::Device => D::loss(kind, p, t, &weights),
            Path::Stock => composed(kind, p, t, &weights),
        };
        let value = l.as_vec();
        let grads = l.backward();
        [value, grads.get(&pred).as_vec(), grads.get(&target).as_vec()]
    };
    [Loss::Mse, Loss::Mae, Loss::Huber, Loss::CrossEntropy].into_iter().flat_map(run).collect()
}

#[test]
fn losses_agree() {
    let dev = Cpu::default();
    agree("loss", 1e-5, &every_loss(&dev, Path::Device), &every_loss(&dev, Path::Stock));
}
