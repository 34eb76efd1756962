use dfdx::prelude::*;

use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, flat};

fn numbers(n: usize, m: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * m % 101) as f32 - 50.0) / 50.0).collect()
}

#[test]
fn values_and_gradients_are_those_of_the_stated_sources() {
    for group in [Cyclic::C4, Cyclic::C8] {
        let turns = Turns::new(group, 5, &[Read::Field(2), Read::Image(3)], 2);
        let learned = numbers(turns.learned(), 37);
        let kernels = forward(&learned, &turns);
        let c = numbers(kernels.len(), 53);
        let (mut grad, mut want) = (vec![0.5; learned.len()], vec![0.5; learned.len()]);
        backward(&c, &turns, &mut grad);
        for (at, kernel) in kernels.iter().enumerate() {
            let value: f32 = turns.sources(at).map(|(from, weight)| weight * learned[from]).sum();
            assert!((kernel - value).abs() < 1e-6);
            turns.sources(at).for_each(|(from, weight)| want[from] += weight * c[at]);
        }
        assert!(grad.iter().zip(&want).all(|(g, w)| (g - w).abs() < 1e-4));
    }
}

#[test]
fn a_quarter_turn_moves_pixels_and_half_of_it_keeps_what_is_round() {
    // The right neighbour of the centre comes to lie above it.
    let kernel = |r: usize, x: isize, y: isize| stencil(Cyclic::C4, 3, r, (x + 1) as usize * 3 + (1 - y) as usize);
    assert_eq!(kernel(1, 0, 1), kernel(0, 1, 0));
    assert_eq!(kernel(3, 0, -1), kernel(0, 1, 0));
    // A kernel that is linear in the coordinates is turned exactly, as far as the disc reaches around a pixel.
    let at = |s: usize| ((s / 7) as f64 - 3.0, 3.0 - (s % 7) as f64);
    for r in 0..8 {
        let (sin, cos) = (r as f64 * std::f64::consts::FRAC_PI_4).sin_cos();
        for s in (0..49).filter(|&s| at(s).0.hypot(at(s).1) < 2.0) {
            let (x, y) = at(s);
            let found = stencil(Cyclic::C8, 7, r, s);
            let total: f64 = found.iter().map(|(_, w)| f64::from(*w)).sum();
            let (u, v) = found
                .iter()
                .fold((0.0, 0.0), |(u, v), &(s, w)| (u + f64::from(w) * at(s).0, v + f64::from(w) * at(s).1));
            let want = (cos * x + sin * y, cos * y - sin * x);
            assert!((total - 1.0).abs() < 1e-6, "{r} {s}: {total}");
            assert!((u - want.0).abs() + (v - want.1).abs() < 1e-5, "{r} {s}: {u} {v} not {want:?}");
        }
    }
}

/// Values and gradients of turned kernels.
pub(crate) fn turned_kernels<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let run = |group| {
        let turns = Turns::new(group, 3, &[Read::Field(2), Read::Image(1)], 3);
        let learned = flat(dev, turns.learned(), 37);
        let y = match path {
            Path::Device => D::turn::<OwnedTape<f32, D>>(&learned, &turns),
            Path::Stock => composed::<D, OwnedTape<f32, D>>(&learned, &turns),
        };
        let value = y.as_vec();
        let grads = (y * flat(dev, turns.kernels(), 11)).sum::<(), _>().backward();
        [value, grads.get(&learned).as_vec()]
    };
    [Cyclic::C4, Cyclic::C8].into_iter().flat_map(run).collect()
}

#[test]
fn turned_kernels_agree() {
    let dev = Cpu::default();
    agree("turn", 1e-5, &turned_kernels(&dev, Path::Device), &turned_kernels(&dev, Path::Stock));
}
