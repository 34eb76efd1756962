use dfdx::prelude::*;

use super::*;
use crate::layout::{Place, PointSet};
use crate::ops::Kernels;
use crate::tests::{Path, agree, mat, numbers};
use semola_lie::action::Image;

/// One field of every action for k = 2, in homogeneous coordinates.
pub(crate) fn every_action() -> Layout {
    let actions = [
        (Action::Scalar, 2),
        (Action::Vector { dim: 2 }, 2),
        (Action::Points { dim: 2 }, 3),
        (Action::Covector { dim: 2 }, 1),
        (Action::Tensor { dim: 2 }, 1),
        (Action::Pseudoscalar, 2),
        (Action::Pseudovector { dim: 2 }, 1),
    ];
    let mut start = 0;
    let segments = actions.map(|(action, blocks)| {
        let segment = Segment { start, blocks, action, translation_scale: 0.5, place: Place::Row };
        start += segment.len();
        segment
    });
    Layout { side: 3, linear: 2, width: start, segments: segments.to_vec(), points: None }
}

/// Generators of the affine group: last row zero.
pub(crate) fn generators(c: usize) -> Vec<f32> {
    let mut basis = numbers(c * 9, 11);
    basis.iter_mut().enumerate().for_each(|(i, v)| *v *= if i % 9 >= 6 { 0.0 } else { 0.5 });
    basis
}

/// The transformed rows in double precision, by the plain exponential and action of `lie`.
fn reference(basis: &[f64], w: &[f32], rows: &[f32], layout: &Layout) -> Vec<f64> {
    let (s, c) = (layout.side, basis.len() / (layout.side * layout.side));
    let mut out: Vec<f64> = rows.iter().map(|v| f64::from(*v)).collect();
    for ((w, row), out) in w.chunks(c).zip(rows.chunks(layout.width)).zip(out.chunks_mut(layout.width)) {
        let sum = |ij: usize| w.iter().zip(basis.chunks(s * s)).map(|(w, l)| f64::from(*w) * l[ij]).sum::<f64>();
        let g = semola_lie::expm::expm(&DMatrix::from_fn(s, s, |i, j| sum(i * s + j)));
        for segment in &layout.segments {
            let held = segment.start..segment.start + layout.held(segment, row);
            let scale = f64::from(segment.translation_scale);
            let moved = semola_lie::acting::apply(&g, segment.action, scale, &out[held.clone()]).unwrap();
            out[held].copy_from_slice(&moved);
        }
    }
    out
}

/// Compares rows, and the gradient of ⟨pull, rows⟩ by the basis, with the reference and its central differences.
fn agrees_with_differences(layout: &Layout, (basis, w, rows, pull): (&[f32], &[f32], &[f32], &[f32]), tolerance: f64) {
    const STEP: f64 = 1e-6;
    let double: Vec<f64> = basis.iter().map(|v| f64::from(*v)).collect();
    for (at, (out, want)) in forward(basis, w, rows, layout).iter().zip(reference(&double, w, rows, layout)).enumerate()
    {
        assert!((f64::from(*out) - want).abs() < 1e-4 * (1.0 + want.abs()), "value {at}: {out} not {want}");
    }
    let objective = |basis: &[f64]| -> f64 {
        reference(basis, w, rows, layout).iter().zip(pull).map(|(a, b)| a * f64::from(*b)).sum()
    };
    let mut grad = vec![0.0; basis.len()];
    backward(basis, w, rows, layout, pull, &mut grad);
    for i in (0..basis.len()).filter(|i| i % 9 < 6) {
        let at = |h: f64| {
            let mut b = double.clone();
            b[i] += h;
            objective(&b)
        };
        let want = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        assert!((f64::from(grad[i]) - want).abs() < tolerance * (1.0 + want.abs()), "{i}: {} not {want}", grad[i]);
    }
}

#[test]
fn the_basis_gradient_agrees_with_finite_differences() {
    let (layout, c, n) = (every_action(), 3, 70);
    let (basis, mut w) = (generators(c), numbers(n * c, 5));
    w[..c].fill(0.0); // the identity is copied
    let (rows, pull) = (numbers(n * layout.width, 7), numbers(n * layout.width, 3));
    agrees_with_differences(&layout, (&basis, &w, &rows, &pull), 1e-4);
    assert_eq!(&forward(&basis, &w, &rows, &layout)[..layout.width], &rows[..layout.width]);
}

/// A ragged cloud (at most 4 points) and an image.
pub(crate) fn cloud_and_image(edge: bool) -> Layout {
    let image = Image { height: 7, width: 6, channels: 2, edge };
    let segment = |start, blocks, action, place| Segment { start, blocks, action, translation_scale: 0.5, place };
    let segments = vec![
        segment(0, 4, Action::Points { dim: 2 }, Place::Points),
        segment(8, 1, Action::Scalar, Place::Row),
        segment(9, 1, Action::Pixels(image), Place::Row),
    ];
    let points = Some(PointSet { most: 4, count: Some(8) });
    Layout { side: 3, linear: 2, width: 9 + image.len(), segments, points }
}

/// Rows of [`cloud_and_image`] with 0 to 4 points.
pub(crate) fn clouds(n: usize, layout: &Layout) -> Vec<f32> {
    let mut rows = numbers(n * layout.width, 7);
    for (i, row) in rows.chunks_exact_mut(layout.width).enumerate() {
        row[8] = (i % 5) as f32;
        row[2 * (i % 5)..8].fill(0.0);
        // Smooth, since the warp has kinks where a pixel passes another.
        row[9..]
            .iter_mut()
            .enumerate()
            .for_each(|(p, v)| *v = (0.3 * (p / 12) as f32 + 0.5 * (p % 12 / 2) as f32).sin());
    }
    rows
}

#[test]
fn the_gradient_of_clouds_and_images_agrees_with_finite_differences() {
    let (layout, c, n) = (cloud_and_image(false), 2, 12);
    let (basis, w) = (generators(c), numbers(n * c, 5));
    let (rows, pull) = (clouds(n, &layout), numbers(n * layout.width, 3));
    // The warp is only piecewise smooth, but at kinks between pixels only.
    agrees_with_differences(&layout, (&basis, &w, &rows, &pull), 1e-3);
    let out = forward(&basis, &w, &rows, &layout);
    for (row, out) in rows.chunks_exact(layout.width).zip(out.chunks_exact(layout.width)) {
        let held = 2 * row[8] as usize;
        assert!(out[held..8].iter().all(|&v| v == 0.0), "nothing acts on points that are not there");
        assert!(held == 0 || out[..held] != row[..held]);
    }
}

#[test]
fn a_rotation_turns_vectors_moves_points_and_leaves_scalars() {
    let layout = every_action();
    let quarter = std::f32::consts::FRAC_PI_2;
    let basis = [0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let rows: Vec<f32> = (1..=layout.width).map(|i| i as f32).collect();
    let out = forward(&basis, &[quarter], &rows, &layout);
    let want = [
        1.0, 2.0, -4.0, 3.0, -6.0, 5.0, -8.0, 7.0, -10.0, 9.0, -12.0, 11.0, -14.0, 13.0, 18.0, -17.0, -16.0, 15.0,
        19.0, 20.0, -22.0, 21.0,
    ];
    for (o, w) in out.iter().zip(want) {
        assert!((o - w).abs() < 1e-4, "{out:?}");
    }
    let shift = [0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0];
    let out = forward(&shift, &[1.0], &rows, &layout);
    assert_eq!(&out[6..8], &[rows[6] + 0.5, rows[7] + 1.0]);
    assert_eq!(&out[..6], &rows[..6]);
}

/// Value and gradient of an augmentation of every kind of field, with translations.
pub(crate) fn augmentation<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let n = 5;
    let plain = every_action();
    let rows = numbers(n * plain.width, 7);
    let mut results = augmented(dev, path, &plain, &rows);
    for edge in [false, true] {
        let layout = cloud_and_image(edge);
        let rows = clouds(n, &layout);
        results.extend(augmented(dev, path, &layout, &rows));
    }
    results
}

fn augmented<D: Kernels>(dev: &D, path: Path, layout: &Layout, rows: &[f32]) -> Vec<Vec<f32>> {
    let (c, n) = (3, rows.len() / layout.width);
    let basis = dev.tensor_from_vec(generators(c), (c, 9));
    let (w, rows) = (mat(dev, n, c, 5), dev.tensor_from_vec(rows.to_vec(), (n, layout.width)));
    let y = match path {
        Path::Device => D::augment(basis.leaky_trace(), &w, &rows, layout),
        Path::Stock => composed(basis.leaky_trace(), &w, &rows, layout),
    };
    let value = y.as_vec();
    let grads = (y * mat(dev, n, layout.width, 3)).sum::<(), _>().backward();
    // The last row of a generator in homogeneous coordinates is zero; its gradient means nothing.
    let mut grad = grads.get(&basis).as_vec();
    grad.iter_mut().enumerate().for_each(|(i, g)| *g *= f32::from(u8::from(i % 9 < 6)));
    vec![value, grad]
}

#[test]
fn augmentations_agree() {
    let dev = Cpu::default();
    agree("augment", 2e-4, &augmentation(&dev, Path::Device), &augmentation(&dev, Path::Stock));
}

#[test]
fn a_mirror_changes_the_sign_of_pseudoscalars() {
    let layout = every_action();
    let mirror = [1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0];
    let mut row: Vec<f32> = (1..=layout.width).map(|i| i as f32).collect();
    act(&mirror, &mirror, &layout, &mut row);
    assert_eq!(row[18..], [-19.0, -20.0, -21.0, 22.0]);
    assert_eq!(row[..4], [1.0, 2.0, 3.0, -4.0]);
}

#[test]
fn determinants_agree_with_the_reference() {
    for k in 1..11 {
        let g = numbers((k + 1) * (k + 1), 13);
        let block = DMatrix::from_fn(k, k, |i, j| f64::from(g[i * (k + 1) + j]));
        let (own, want) = (determinant(&g, k + 1, k), block.determinant());
        assert!((own - want).abs() < 1e-6 * (1.0 + want.abs()), "{k}: {own} not {want}");
    }
    assert_eq!(determinant(&[0.0; 9], 3, 3), 0.0);
}
