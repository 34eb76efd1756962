//! Whitening of the blocks, and the data's coordinates that an element moves.

use nalgebra::DMatrix;

use super::moving::{Moving, Side};
use crate::discover::neighbours::nearest;
use crate::fit::Problem;
use semola_lie::action::Action;
use semola_lie::finite::Element;

/// Widest rows for which the moved subspace is computed; of wider ones the moved columns are taken.
const DENSE: usize = 96;
/// Singular values below this share of the largest count as none.
const NONE: f64 = 1e-3;
/// Rows that the dimension is estimated from.
const DIMENSION_ROWS: usize = 2000;

/// Second moment of all vectors of the inputs, about the centre, k×k; the identity where there are none.
pub fn second_moment(problem: &Problem, rows: &[usize], moving: &Moving) -> DMatrix<f64> {
    let (layout, k) = (&problem.x_layout, problem.x_layout.linear);
    let mut sum = DMatrix::zeros(k, k);
    let mut count = 0.0;
    for s in layout.segments.iter().filter(|s| is_vector(s.action)) {
        let unit = if matches!(s.action, Action::Points { .. }) { f64::from(s.translation_scale) } else { 0.0 };
        for &i in rows {
            let row = problem.x_row(i);
            for block in row[s.start..s.start + layout.held(s, row)].chunks_exact(k) {
                let v = DMatrix::from_fn(k, 1, |a, _| f64::from(block[a]) - unit * moving.centre[a]);
                sum += &v * v.transpose();
                count += 1.0;
            }
        }
    }
    if count == 0.0 || !sum.iter().all(|v: &f64| v.is_finite()) { DMatrix::identity(k, k) } else { sum / count }
}

fn is_vector(action: Action) -> bool {
    matches!(action, Action::Vector { .. } | Action::Points { .. } | Action::Pseudovector { .. })
}

/// C^{−1/2} and C^{1/2}; directions that the data hardly extends in count as a thousandth of the largest.
pub fn whitening(c: &DMatrix<f64>) -> (DMatrix<f64>, DMatrix<f64>) {
    let eigen = c.clone().symmetric_eigen();
    let floor = eigen.eigenvalues.max().max(1e-300) * 1e-6;
    let root = |power: f64| {
        let scaled = DMatrix::from_diagonal(&eigen.eigenvalues.map(|v| v.max(floor).powf(power)));
        &eigen.eigenvectors * scaled * eigen.eigenvectors.transpose()
    };
    (root(-0.5), root(0.5))
}

/// Distances of rows to their two nearest neighbours of other groups, without copies.
pub fn distinct_neighbours(problem: &Problem, rows: &[usize]) -> Vec<(f64, f64)> {
    let rows = problem.distinct(&rows[..rows.len().min(DIMENSION_ROWS)]);
    let x = problem.gather_x(&rows);
    let found = nearest(&x, &x, problem.inputs(), 2, |q, p| problem.group(rows[q]) == problem.group(rows[p]));
    let pair = |n: &Vec<(usize, f32)>| match n[..] {
        [(_, a), (_, b)] if a > 0.0 => Some((f64::from(a).sqrt(), f64::from(b).sqrt())),
        _ => None,
    };
    found.iter().filter_map(pair).collect()
}

/// Where rows differ only in what an element moves: x ↦ x + P (x' − x) for another row x'.
pub enum Shuffle {
    /// P, width×width.
    Projector(DMatrix<f64>),
    /// These columns are replaced.
    Columns(Vec<bool>),
}

impl Shuffle {
    /// Of the subspace that the element moves.
    pub fn of(element: &Element, moving: &Moving, problem: &Problem, whitening: &DMatrix<f64>) -> Self {
        let width = problem.inputs();
        let rest = problem.x_layout.points.and_then(|p| p.count.map(|c| (c, p.most)));
        let mut rows = vec![0.0f32; (width + 1) * width];
        rows.chunks_exact_mut(width).enumerate().for_each(|(i, row)| {
            if let Some((column, most)) = rest {
                row[column] = most as f32;
            }
            if i < width {
                row[i] += 1.0;
            }
        });
        let original = rows.clone();
        moving.apply(element, Side::Inputs, &mut rows);
        let base = width * width;
        // Column j of R − 1: what the unit vector j becomes, less itself.
        let off = |i: usize, j: usize| {
            f64::from(rows[j * width + i] - rows[base + i]) - f64::from(original[j * width + i] - original[base + i])
        };
        if width > DENSE || moving.is_of_images() {
            return Self::Columns((0..width).map(|i| (0..width).any(|j| off(i, j).abs() > 1e-6)).collect());
        }
        let w = blockwise(whitening, problem);
        let Some(back) = w.clone().try_inverse() else { return Self::Columns(vec![true; width]) };
        let moved = &w * DMatrix::from_fn(width, width, off) * &back;
        let svd = moved.svd(true, false);
        let largest = svd.singular_values.max();
        let Some(u) = svd.u.filter(|_| largest > 0.0) else { return Self::Columns(vec![false; width]) };
        let kept: Vec<_> =
            (0..width).filter(|&i| svd.singular_values[i] > NONE * largest).map(|i| u.column(i).into_owned()).collect();
        let u = DMatrix::from_columns(&kept);
        Self::Projector(&back * &u * u.transpose() * &w)
    }

    /// Each row with this part of another one (`other[i]` for row i).
    pub fn apply(&self, x: &[f32], width: usize, other: &[usize]) -> Vec<f32> {
        let mut out = x.to_vec();
        for (row, &j) in out.chunks_exact_mut(width).zip(other) {
            let other = &x[j * width..(j + 1) * width];
            match self {
                Self::Columns(moved) => {
                    let columns = row.iter_mut().zip(other).zip(moved);
                    columns.filter(|(_, moved)| **moved).for_each(|((v, o), _)| *v = *o);
                }
                Self::Projector(p) => {
                    let d = DMatrix::from_fn(width, 1, |i, _| f64::from(other[i] - row[i]));
                    row.iter_mut().zip((p * d).iter()).for_each(|(v, d)| *v += *d as f32);
                }
            }
        }
        out
    }
}

/// The whitening of a block on every vector of a row.
fn blockwise(whitening: &DMatrix<f64>, problem: &Problem) -> DMatrix<f64> {
    let (width, k) = (problem.inputs(), problem.x_layout.linear);
    let mut w = DMatrix::identity(width, width);
    for s in &problem.x_layout.segments {
        if is_vector(s.action) {
            (0..s.blocks).for_each(|b| w.view_mut((s.start + b * k, s.start + b * k), (k, k)).copy_from(whitening));
        }
    }
    w
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::ops::loss::Loss;
    use semola_engine::{Form, Layout};

    #[test]
    fn a_shuffle_changes_only_what_is_moved() {
        let vectors = Form { action: Action::Vector { dim: 2 }, axes: vec![2, 2], ..Form::number() };
        let layout = Layout::arrange((2, 2), &[vectors], None);
        let x: Vec<f32> = vec![1.0, 2.0, 3.0, 4.0, -1.0, 0.5, 2.0, 1.0];
        let y = (vec![0.0; 2], Layout::arrange((2, 2), &[Form::number()], None));
        let problem = Problem::new((x, layout), y, None, Loss::Mse);
        let moving = Moving::of(&problem, &[0, 1]);
        let one = DMatrix::identity(2, 2);
        let mirror = moving.linear(DMatrix::from_diagonal(&vec![1.0, -1.0].into()));
        let shuffled = Shuffle::of(&mirror, &moving, &problem, &one).apply(&problem.x, 4, &[1, 0]);
        let expected = [1.0, 0.5, 3.0, 1.0, -1.0, 2.0, 2.0, 4.0f32];
        assert!(shuffled.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{shuffled:?}");
        let swap = Element { inputs: vec![1, 0], ..moving.identity() };
        let shuffled = Shuffle::of(&swap, &moving, &problem, &one).apply(&problem.x, 4, &[1, 0]);
        for (a, b) in problem.x.chunks(4).zip(shuffled.chunks(4)) {
            assert!((a[0] + a[2] - b[0] - b[2]).abs() < 1e-5, "the sum of both blocks stays");
            assert!((a[0] - b[0]).abs() > 0.1);
        }
    }

    #[test]
    fn whitened_data_has_unit_moment() {
        let c = DMatrix::from_row_slice(2, 2, &[4.0, 1.0, 1.0, 0.5]);
        let (w, v) = whitening(&c);
        assert!(
            (&w * &c * &w - DMatrix::identity(2, 2)).amax() < 1e-9 && (&w * v - DMatrix::identity(2, 2)).amax() < 1e-9
        );
    }
}
