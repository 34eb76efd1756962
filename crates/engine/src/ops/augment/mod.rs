//! Augmentation: coefficients and a Lie algebra basis to group elements, group elements to transformed rows; and back.

mod composed;
pub mod expm;
#[cfg(any(test, feature = "cuda"))]
pub(crate) mod gpu;
mod image;
mod pull;
mod tape;
#[cfg(test)]
pub(crate) mod tests;
mod warp;

use nalgebra::DMatrix;
use rayon::prelude::*;

pub use composed::composed;
use expm::Scratch;
use image::Sampler;
use pull::Pull;
pub use tape::Op;

use crate::layout::{Layout, Segment};
use semola_lie::action::Action;

/// Examples per piece of work, fixed so that sums do not depend on the number of threads.
const CHUNK: usize = 64;

/// Rows transformed by exp(Σ_c w_c L_c), one group element a row.
///
/// `basis` holds C generators of `side`×`side`, `w` is n×C, `rows` is n×`layout.width`. A row whose coefficients are all
/// zero is copied as it is.
pub fn forward(basis: &[f32], w: &[f32], rows: &[f32], layout: &Layout) -> Vec<f32> {
    let mut out = rows.to_vec();
    let (ss, c) = (layout.side * layout.side, w.len() * layout.width / rows.len().max(1));
    if c == 0 || rows.is_empty() || !acts(layout) {
        return out;
    }
    out.par_chunks_mut(CHUNK * layout.width).zip(w.par_chunks(CHUNK * c)).for_each(|(out, w)| {
        let mut scratch = Scratch::new(layout.side);
        let moves = |w: &[f32]| w.iter().any(|&v| v != 0.0);
        let moved = || w.chunks_exact(c).filter(|w| moves(w));
        let size = moved().count() * ss;
        let (mut a, mut g) = (vec![0.0; size], vec![0.0; size]);
        a.chunks_exact_mut(ss).zip(moved()).for_each(|(a, w)| combine(basis, w, 1.0, a));
        scratch.exp_each(&a, &mut g);
        let mut inverse = vec![0.0; if layout.needs_inverse() { size } else { 0 }];
        if layout.needs_inverse() {
            a.chunks_exact_mut(ss).zip(moved()).for_each(|(a, w)| combine(basis, w, -1.0, a));
            scratch.exp_each(&a, &mut inverse);
        }
        let rows = out.chunks_exact_mut(layout.width).zip(w.chunks_exact(c)).filter(|(_, w)| moves(w));
        for (i, ((row, _), g)) in rows.zip(g.chunks_exact(ss)).enumerate() {
            act(g, inverse.get(i * ss..(i + 1) * ss).unwrap_or_default(), layout, row);
        }
    });
    out
}

/// Adds to `grad` (C×side²) the gradient of the basis, given the gradient `out` (n×width) of the transformed rows.
pub fn backward(basis: &[f32], w: &[f32], rows: &[f32], layout: &Layout, out: &[f32], grad: &mut [f32]) {
    let ss = layout.side * layout.side;
    let c = grad.len() / ss;
    if c == 0 || rows.is_empty() || !acts(layout) {
        return;
    }
    let width = layout.width;
    let parts: Vec<Vec<f32>> = rows
        .par_chunks(CHUNK * width)
        .zip(out.par_chunks(CHUNK * width))
        .zip(w.par_chunks(CHUNK * c))
        .map(|((rows, out), w)| {
            let mut part = vec![0.0; grad.len()];
            let mut pull = Pull::new(layout);
            let examples = || rows.chunks_exact(width).zip(out.chunks_exact(width)).zip(w.chunks_exact(c));
            let moved = || examples().filter(|(_, w)| w.iter().any(|&v| v != 0.0));
            let (mut a, mut e, mut each) = (Vec::new(), Vec::new(), Vec::new());
            if layout.needs_inverse() || layout.needs_determinant() {
                moved().for_each(|((row, out), w)| each.extend_from_slice(pull.exponent(basis, w, row, out)));
            } else {
                for ((row, out), w) in moved() {
                    let (transposed, of_g) = pull.upstream(basis, w, row, out);
                    a.extend_from_slice(transposed);
                    e.extend_from_slice(of_g);
                }
                each.resize(a.len(), 0.0);
                Scratch::new(layout.side).derivative_each(&a, &e, &mut each);
            }
            for ((_, w), of_a) in moved().zip(each.chunks_exact(ss)) {
                for (part, &w) in part.chunks_exact_mut(ss).zip(w) {
                    for (p, a) in part.iter_mut().zip(of_a) {
                        *p += w * a;
                    }
                }
            }
            part
        })
        .collect();
    for part in parts {
        for (g, p) in grad.iter_mut().zip(part) {
            *g += p;
        }
    }
}

/// Whether group elements do anything to such rows.
fn acts(layout: &Layout) -> bool {
    layout.segments.iter().any(|s| s.action != Action::Scalar)
}

/// `a = sign Σ_c w_c L_c`.
fn combine(basis: &[f32], w: &[f32], sign: f32, a: &mut [f32]) {
    a.fill(0.0);
    for (l, &w) in basis.chunks_exact(a.len()).zip(w) {
        for (a, l) in a.iter_mut().zip(l) {
            *a += sign * w * l;
        }
    }
}

/// Transforms one row by the group element `g`; `inverse` is read only where covectors need it.
pub fn act(g: &[f32], inverse: &[f32], layout: &Layout, row: &mut [f32]) {
    let determinant = if layout.needs_determinant() { determinant(g, layout.side, layout.linear) as f32 } else { 1.0 };
    let acted = layout.segments.iter().filter(|s| s.action != Action::Scalar);
    let longest = acted.clone().map(|s| s.action.block_len()).max().unwrap_or(0);
    let (mut short, mut long) = ([0.0; SMALL], Vec::new());
    let block = if longest > SMALL {
        long.resize(longest, 0.0);
        &mut long[..]
    } else {
        &mut short[..]
    };
    for segment in acted {
        let len = segment.action.block_len();
        for at in (segment.start..segment.start + layout.held(segment, row)).step_by(len) {
            let block = &mut block[..len];
            act_block((g, inverse, determinant), layout, segment, &row[at..at + len], block);
            row[at..at + block.len()].copy_from_slice(block);
        }
    }
}

/// Blocks up to this side need no room of their own.
const SMALL: usize = 8;

/// det of the linear block (k×k) of a matrix of side `s`, in double precision.
pub fn determinant(g: &[f32], s: usize, k: usize) -> f64 {
    if k > SMALL {
        return DMatrix::from_fn(k, k, |i, j| f64::from(g[i * s + j])).determinant();
    }
    let mut a = [[0.0f64; SMALL]; SMALL];
    for (i, row) in a.iter_mut().enumerate().take(k) {
        row.iter_mut().zip(&g[i * s..i * s + k]).for_each(|(a, g)| *a = f64::from(*g));
    }
    // Gaussian elimination with the largest pivots.
    let mut det = 1.0;
    for c in 0..k {
        let at = (c..k).max_by(|&i, &j| a[i][c].abs().total_cmp(&a[j][c].abs())).unwrap_or(c);
        if at != c {
            a.swap(at, c);
            det = -det;
        }
        let pivot = a[c];
        det *= pivot[c];
        if pivot[c] == 0.0 {
            return 0.0;
        }
        for row in a.iter_mut().take(k).skip(c + 1) {
            let factor = row[c] / pivot[c];
            row.iter_mut().zip(pivot).for_each(|(a, p)| *a -= factor * p);
        }
    }
    det
}

/// `determinant` is read by pseudoscalars and pseudovectors only.
fn act_block(
    (g, inverse, determinant): (&[f32], &[f32], f32),
    layout: &Layout,
    segment: &Segment,
    v: &[f32],
    out: &mut [f32],
) {
    let (k, s) = (layout.linear, layout.side);
    match segment.action {
        Action::Scalar => {}
        Action::Vector { .. } | Action::Points { .. } => {
            let moves = layout.affine() && matches!(segment.action, Action::Points { .. });
            for i in 0..k {
                let shift = if moves { g[i * s + k] * segment.translation_scale } else { 0.0 };
                out[i] = (0..k).map(|j| g[i * s + j] * v[j]).sum::<f32>() + shift;
            }
        }
        Action::Pseudoscalar => out[0] = determinant * v[0],
        Action::Pseudovector { .. } => {
            for i in 0..k {
                out[i] = determinant * (0..k).map(|j| g[i * s + j] * v[j]).sum::<f32>();
            }
        }
        Action::Covector { .. } => {
            for i in 0..k {
                out[i] = (0..k).map(|j| inverse[j * s + i] * v[j]).sum();
            }
        }
        Action::Tensor { .. } => {
            for i in 0..k {
                for j in 0..k {
                    let mut sum = 0.0;
                    for a in 0..k {
                        for b in 0..k {
                            sum += g[i * s + a] * v[a * k + b] * g[j * s + b];
                        }
                    }
                    out[i * k + j] = sum;
                }
            }
        }
        Action::Pixels(image) => Sampler::new(image, inverse, s, segment.translation_scale).apply(v, out),
    }
}
