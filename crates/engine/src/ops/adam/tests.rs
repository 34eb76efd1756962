use dfdx::prelude::*;

use super::*;
use crate::Flat;
use crate::ops::Kernels;
use crate::tests::{Path, agree, flat, numbers};

#[test]
fn updates_follow_the_published_recursion_in_double_precision() {
    let grads = [0.3, -1.2, 0.7, 0.05];
    let (mut p, mut m, mut v) = ([0.5f32], [0.0f32], [0.0f32]);
    let (mut wp, mut wm, mut wv) = (0.5f64, 0.0f64, 0.0f64);
    for (i, g) in grads.iter().enumerate() {
        let step = i as u64 + 1;
        let s = Settings { lr: 0.01, beta1: 0.9, beta2: 0.99, weight_decay: 0.1, step, grad_scale: 0.5 };
        update(&s, &mut p, &mut m, &mut v, &[*g as f32]);
        let g = 0.5 * g;
        wm = 0.9 * wm + 0.1 * g;
        wv = 0.99 * wv + 0.01 * g * g;
        let (mh, vh) = (wm / (1.0 - 0.9f64.powi(step as i32)), wv / (1.0 - 0.99f64.powi(step as i32)));
        wp = wp - 0.01 * 0.1 * wp - 0.01 * mh / (vh.sqrt() + 1e-8);
        assert!((f64::from(p[0]) - wp).abs() < 1e-6, "{} {wp}", p[0]);
    }
}

/// A parameter, its moments and its average after three AdamW steps, and the last gradient's norm.
pub(crate) fn optimiser_steps<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let settings = Settings { lr: 0.1, beta1: 0.9, beta2: 0.99, weight_decay: 0.01, step: 1, grad_scale: 0.7 };
    let start: Flat<D> = flat(dev, 9, 4);
    let (mut p, mut m, mut v) = (start.clone(), start.clone() * 0.0, start.clone() * 0.0);
    let mut mean = start;
    let mut norm = 0.0;
    for step in 1..4 {
        let mut grads = p.leaky_trace().square().sum::<(), _>().backward();
        norm = D::grad_norm_squared(&p, &mut grads) as f32;
        let s = Settings { step, ..settings };
        match path {
            Path::Device => {
                D::adam(&s, &mut p, &mut m, &mut v, &mut grads);
                D::average(0.9, &p, &mut mean);
            }
            Path::Stock => {
                composed(&s, &mut p, &mut m, &mut v, &mut grads);
                composed_average(0.9, &p, &mut mean);
            }
        }
    }
    vec![p.as_vec(), m.as_vec(), v.as_vec(), mean.as_vec(), vec![norm]]
}

#[test]
fn optimiser_steps_agree() {
    let dev = Cpu::default();
    agree("adam", 1e-5, &optimiser_steps(&dev, Path::Device), &optimiser_steps(&dev, Path::Stock));
}

#[test]
fn squares_are_added_in_double_precision_whatever_their_number() {
    for n in [0, 1, 15, 16, 17, 1000] {
        let grad: Vec<f32> = (0..n).map(|i| (i * 37 % 101) as f32 * 0.11 - 5.0).collect();
        let want: f64 = grad.iter().map(|&g| f64::from(g).powi(2)).sum();
        assert!((norm_squared(&grad) - want).abs() <= 1e-12 * want, "{n} values");
    }
}

#[test]
fn averages_are_those_of_the_plain_formula_bit_by_bit() {
    let (p, mut a) = (numbers(37, 3), numbers(37, 5));
    let want: Vec<f32> = a.iter().zip(&p).map(|(a, p)| a * 0.7 + p * (1.0 - 0.7)).collect();
    average(0.7, &p, &mut a);
    assert_eq!(a, want);
}
