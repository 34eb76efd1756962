//! Displacements of data under generators, and group elements for batches.

use nalgebra::DMatrix;

use crate::engine::Layout;
use crate::engine::kernel::expm::Scratch;
use crate::lie::acting::differential;
use crate::lie::action::Action;
use crate::train::Elements;
use crate::train::problem::act_rows;

/// d/dt of a row under exp(tL) at t = 0, in double precision. `l` is side×side. Fields that do not fit the generator do not
/// move (the planner refuses them).
pub fn displacement(l: &DMatrix<f64>, layout: &Layout, row: &[f32]) -> Vec<f64> {
    let mut out = vec![0.0; row.len()];
    for s in layout.segments.iter().filter(|s| s.action != Action::Scalar) {
        let at = s.start..s.start + s.len();
        let values: Vec<f64> = row[at.clone()].iter().map(|&v| f64::from(v)).collect();
        if let Ok(moved) = differential(l, s.action, f64::from(s.translation_scale), &values) {
            out[at].copy_from_slice(&moved);
        }
    }
    out
}

/// exp(t_i L) for each t, with inverses.
pub fn one_parameter(l: &DMatrix<f64>, times: &[f64]) -> Elements {
    let side = l.nrows();
    let mut scratch = Scratch::new(side);
    let mut elements = Elements::default();
    let mut g = vec![0.0; side * side];
    for &t in times {
        for (sign, out) in [(1.0, &mut elements.g), (-1.0, &mut elements.inverse)] {
            let a: Vec<f32> = row_major(l).map(|v| (sign * t * v) as f32).collect();
            scratch.exp(&a, &mut g);
            out.extend_from_slice(&g);
        }
    }
    elements
}

/// A matrix's values row by row.
pub fn row_major(m: &DMatrix<f64>) -> impl Iterator<Item = f64> + '_ {
    (0..m.nrows()).flat_map(move |i| (0..m.ncols()).map(move |j| m[(i, j)]))
}

/// Transforms all rows by exp(t_i L).
pub fn transform(l: &DMatrix<f64>, times: &[f64], layout: &Layout, rows: &mut [f32]) {
    let elements = one_parameter(l, times);
    act_rows(&elements.g, &elements.inverse, layout, rows);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::kernel::augment::tests::{every_action, numbers};

    #[test]
    fn displacements_are_the_derivatives_of_the_action() {
        let layout = every_action();
        let l = DMatrix::from_row_slice(3, 3, &[0.3, -0.7, 0.5, 0.2, 0.4, -0.6, 0.0, 0.0, 0.0]);
        let row = numbers(layout.width, 7);
        let (mut up, mut down) = (row.clone(), row.clone());
        transform(&l, &[1e-2], &layout, &mut up);
        transform(&l, &[-1e-2], &layout, &mut down);
        for ((d, u), v) in displacement(&l, &layout, &row).iter().zip(&up).zip(&down) {
            assert!((d - f64::from(u - v) / 2e-2).abs() < 2e-4, "{d} {}", f64::from(u - v) / 2e-2);
        }
    }
}
