//! Group elements and generators at work on the values of a field.
//!
//! A matrix of side k acts linearly; one of side k + 1 is in homogeneous coordinates: its linear block acts on vectors,
//! covectors, pseudovectors and tensors, the block and the translation on points. Its determinant is that of the block.

use nalgebra::{DMatrix, RealField};
use thiserror::Error;

use super::action::Action;
use super::warp::{Warp, flow};

/// Why a matrix cannot act on a row of values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ActError {
    #[error("a matrix of side {side} cannot act on blocks of dim {dim}; the side must be dim or dim + 1 (affine)")]
    Side { side: usize, dim: usize },
    #[error("the row has {len} values, which is not a multiple of its block length {block}; check the field's `dim`")]
    Row { len: usize, block: usize },
    #[error("the matrix cannot be inverted, so it does not act on covectors")]
    Singular,
}

/// A group element made ready for one action: `apply` allocates nothing.
#[derive(Debug, Clone)]
pub struct Acting<T> {
    action: Action,
    /// The k×k matrix that acts, row-major: for covectors inverted and transposed, for pseudovectors times its determinant,
    /// the side×side inverse for images, the 1×1 determinant for pseudoscalars.
    linear: Vec<T>,
    /// What is added to each point.
    shift: Vec<T>,
    scratch: Vec<T>,
}

impl<T: RealField + Copy> Acting<T> {
    /// Prepares the element g (side×side, row-major, side = k or k + 1); translations are multiplied by
    /// `translation_scale`.
    ///
    /// # Errors
    /// The side does not fit the action, or g is singular and acts on covectors.
    pub fn new(g: &[T], action: Action, translation_scale: T) -> Result<Self, ActError> {
        let side = g.len().isqrt();
        // The last row of an affine element is (0, …, 0, 1): its determinant is that of its linear block.
        let determinant = || DMatrix::from_row_slice(side, side, &g[..side * side]).determinant();
        let Some(k) = action.dim() else {
            let linear = if action == Action::Pseudoscalar { vec![determinant()] } else { Vec::new() };
            return Ok(Self { action, linear, shift: Vec::new(), scratch: Vec::new() });
        };
        if side * side != g.len() || k == 0 || (side != k && side != k + 1) {
            return Err(ActError::Side { side, dim: k });
        }
        let mut linear: Vec<T> = g.chunks_exact(side).take(k).flat_map(|row| row.iter().take(k).copied()).collect();
        if matches!(action, Action::Pixels(_)) {
            let inverse = DMatrix::from_row_slice(side, side, g).try_inverse().ok_or(ActError::Singular)?;
            let linear = inverse.transpose().as_slice().to_vec();
            let scratch = vec![T::zero(); action.block_len()];
            return Ok(Self { action, linear, shift: vec![translation_scale], scratch });
        }
        if matches!(action, Action::Covector { .. }) {
            let inverse = DMatrix::from_row_slice(k, k, &linear).try_inverse().ok_or(ActError::Singular)?;
            // Column-major storage of g⁻¹ is the row-major storage of g⁻ᵀ.
            linear = inverse.as_slice().to_vec();
        }
        if matches!(action, Action::Pseudovector { .. }) {
            let determinant = determinant();
            linear.iter_mut().for_each(|v| *v *= determinant);
        }
        let moves = matches!(action, Action::Points { .. }) && side == k + 1;
        let last = |row: &[T]| row.last().copied().unwrap_or_else(T::zero) * translation_scale;
        let shift = if moves { g.chunks_exact(side).take(k).map(last).collect() } else { Vec::new() };
        Ok(Self { action, linear, shift, scratch: vec![T::zero(); action.block_len()] })
    }

    /// Replaces the row, block by block.
    ///
    /// # Errors
    /// The row's length is not a multiple of the block length.
    pub fn apply(&mut self, row: &mut [T]) -> Result<(), ActError> {
        let Some(k) = self.action.dim() else {
            self.linear.iter().for_each(|&determinant| row.iter_mut().for_each(|v| *v *= determinant));
            return Ok(());
        };
        let block = self.action.block_len();
        if !row.len().is_multiple_of(block.max(1)) {
            return Err(ActError::Row { len: row.len(), block });
        }
        let tensor = matches!(self.action, Action::Tensor { .. });
        for values in row.chunks_exact_mut(block) {
            if let (Action::Pixels(image), [shift]) = (self.action, self.shift.as_slice()) {
                let side = self.linear.len().isqrt();
                Warp::new(image, &self.linear, side, *shift).apply(values, &mut self.scratch);
                values.copy_from_slice(&self.scratch);
            } else if tensor {
                multiply(&self.linear, values, &mut self.scratch, k);
                multiply_transposed(&self.scratch, &self.linear, values, k);
            } else {
                for (out, coefficients) in self.scratch.iter_mut().zip(self.linear.chunks_exact(k)) {
                    *out = dot(coefficients, values);
                }
                for (out, shift) in self.scratch.iter_mut().zip(&self.shift) {
                    *out += *shift;
                }
                values.copy_from_slice(&self.scratch);
            }
        }
        Ok(())
    }
}

fn dot<T: RealField + Copy>(a: &[T], b: &[T]) -> T {
    a.iter().zip(b).fold(T::zero(), |sum, (x, y)| sum + *x * *y)
}

/// out = A B, all k×k and row-major.
fn multiply<T: RealField + Copy>(a: &[T], b: &[T], out: &mut [T], k: usize) {
    for (row, out) in a.chunks_exact(k).zip(out.chunks_exact_mut(k)) {
        out.fill(T::zero());
        for (coefficient, b) in row.iter().zip(b.chunks_exact(k)) {
            out.iter_mut().zip(b).for_each(|(o, v)| *o += *coefficient * *v);
        }
    }
}

/// out = A Bᵀ, all k×k and row-major.
fn multiply_transposed<T: RealField + Copy>(a: &[T], b: &[T], out: &mut [T], k: usize) {
    for (row, out) in a.chunks_exact(k).zip(out.chunks_exact_mut(k)) {
        out.iter_mut().zip(b.chunks_exact(k)).for_each(|(o, other)| *o = dot(row, other));
    }
}

/// Acts with g (side×side, row-major) on one row, in place, in 32 bits. For many rows with one g, see [`Acting`].
///
/// # Errors
/// The side or the row's length does not fit the action, or g is singular and acts on covectors.
pub fn apply_rows(g: &[f32], action: Action, translation_scale: f32, row: &mut [f32]) -> Result<(), ActError> {
    Acting::new(g, action, translation_scale)?.apply(row)
}

/// A matrix's values row by row.
pub fn row_major(m: &DMatrix<f64>) -> impl Iterator<Item = f64> + '_ {
    (0..m.nrows()).flat_map(move |i| (0..m.ncols()).map(move |j| m[(i, j)]))
}

/// The matrix as [`apply_rows`] and the training kernels take it: row-major, 32 bits.
pub fn to_row_major_f32(g: &DMatrix<f64>) -> Vec<f32> {
    g.transpose().iter().map(|&v| v as f32).collect()
}

/// Acts with g (side×side) on one row; translations are multiplied by `translation_scale`.
///
/// # Errors
/// The side or the row's length does not fit the action, or g is singular and acts on covectors.
pub fn apply(g: &DMatrix<f64>, action: Action, translation_scale: f64, row: &[f64]) -> Result<Vec<f64>, ActError> {
    let mut moved = row.to_vec();
    Acting::new(g.transpose().as_slice(), action, translation_scale)?.apply(&mut moved)?;
    Ok(moved)
}

/// The derivative at t = 0 of the action of exp(tL) on one row: L v (vectors), L v + τ (points), −Lᵀv (covectors),
/// L M + M Lᵀ (tensors), tr L · v (pseudoscalars), L v + tr L · v (pseudovectors), the optical flow (images), 0 (scalars). L is
/// side×side; translations are multiplied by `translation_scale`.
///
/// # Errors
/// The side or the row's length does not fit the action.
pub fn differential(
    l: &DMatrix<f64>,
    action: Action,
    translation_scale: f64,
    row: &[f64],
) -> Result<Vec<f64>, ActError> {
    let Some(k) = action.dim() else {
        let rate = if action == Action::Pseudoscalar { l.trace() } else { 0.0 };
        return Ok(row.iter().map(|v| rate * v).collect());
    };
    let (side, block) = (l.nrows(), action.block_len());
    if l.ncols() != side || k == 0 || (side != k && side != k + 1) {
        return Err(ActError::Side { side, dim: k });
    }
    if !row.len().is_multiple_of(block) {
        return Err(ActError::Row { len: row.len(), block });
    }
    if let Action::Pixels(image) = action {
        let flow = |pixels| flow(image, l.transpose().as_slice(), side, translation_scale, pixels);
        return Ok(row.chunks_exact(block).flat_map(flow).collect());
    }
    let linear = l.view((0, 0), (k, k));
    let mut velocity = Vec::with_capacity(row.len());
    for values in row.chunks_exact(block) {
        let columns = DMatrix::from_row_slice(k, block / k, values);
        let moved = match action {
            Action::Covector { .. } => -(linear.transpose() * columns),
            Action::Tensor { .. } => linear * &columns + &columns * linear.transpose(),
            Action::Pseudovector { .. } => linear * &columns + columns * linear.trace(),
            Action::Points { .. } if side == k + 1 => linear * columns + l.view((0, k), (k, 1)) * translation_scale,
            _ => linear * columns,
        };
        velocity.extend_from_slice(moved.transpose().as_slice());
    }
    Ok(velocity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expm::expm;
    use crate::random::normal;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const ACTIONS: [Action; 7] = [
        Action::Scalar,
        Action::Vector { dim: 3 },
        Action::Points { dim: 3 },
        Action::Covector { dim: 3 },
        Action::Pseudoscalar,
        Action::Pseudovector { dim: 3 },
        Action::Tensor { dim: 3 },
    ];

    fn generator(side: usize, rng: &mut ChaCha8Rng) -> DMatrix<f64> {
        let mut l = DMatrix::from_fn(side, side, |_, _| normal(rng));
        if side == 4 {
            l.row_mut(3).fill(0.0);
        }
        l
    }

    #[test]
    fn the_differential_is_the_derivative() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let row: Vec<f64> = (0..18).map(|_| normal(&mut rng)).collect();
        let h = 1e-5;
        for (action, side) in ACTIONS.into_iter().flat_map(|a| [(a, 3), (a, 4)]) {
            let l = generator(side, &mut rng);
            let ahead = apply(&expm(&(&l * h)), action, 0.3, &row).unwrap();
            let behind = apply(&expm(&(&l * -h)), action, 0.3, &row).unwrap();
            let exact = differential(&l, action, 0.3, &row).unwrap();
            for ((a, b), e) in ahead.iter().zip(&behind).zip(&exact) {
                assert!(((a - b) / (2.0 * h) - e).abs() < 1e-7, "{action:?} {side}");
            }
        }
    }

    #[test]
    fn it_is_a_group_action_and_both_precisions_agree() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let row: Vec<f64> = (0..18).map(|_| normal(&mut rng)).collect();
        for (action, side) in ACTIONS.into_iter().flat_map(|a| [(a, 3), (a, 4)]) {
            let (g, h) = (expm(&generator(side, &mut rng)), expm(&generator(side, &mut rng)));
            let twice = apply(&g, action, 2.0, &apply(&h, action, 2.0, &row).unwrap()).unwrap();
            let once = apply(&(&g * &h), action, 2.0, &row).unwrap();
            let size = once.iter().fold(1.0_f64, |m, v| m.max(v.abs()));
            assert!(once.iter().zip(&twice).all(|(a, b)| (a - b).abs() < 1e-9 * size), "{action:?} {side}");
            let g32 = to_row_major_f32(&(&g * &h));
            let mut row32: Vec<f32> = row.iter().map(|&v| v as f32).collect();
            apply_rows(&g32, action, 2.0, &mut row32).unwrap();
            assert!(once.iter().zip(&row32).all(|(a, b)| (a - f64::from(*b)).abs() < 1e-3 * size));
        }
    }

    #[test]
    fn pairings_are_invariant() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let g = expm(&generator(3, &mut rng));
        let [v, w] = [0, 1].map(|_| (0..3).map(|_| normal(&mut rng)).collect::<Vec<f64>>());
        let gv = apply(&g, Action::Vector { dim: 3 }, 1.0, &v).unwrap();
        let gw = apply(&g, Action::Covector { dim: 3 }, 1.0, &w).unwrap();
        assert!((dot(&v, &w) - dot(&gv, &gw)).abs() < 1e-9);
    }

    /// Of orthogonal g: (g a) × (g b) = det g · g (a × b), and det(g a, g b, g c) = det g · det(a, b, c).
    #[test]
    fn cross_products_and_determinants_are_pseudo() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let turn = generator(3, &mut rng);
        let mirror = DMatrix::from_diagonal(&nalgebra::DVector::from_vec(vec![1.0, 1.0, -1.0]));
        let g = mirror * expm(&(&turn - turn.transpose()));
        let [a, b, c] = [0, 1, 2].map(|_| nalgebra::Vector3::from_fn(|_, _| normal(&mut rng)));
        let moved = |v: &nalgebra::Vector3<f64>| {
            nalgebra::Vector3::from_vec(apply(&g, Action::Vector { dim: 3 }, 1.0, v.as_slice()).unwrap())
        };
        let product = moved(&a).cross(&moved(&b));
        let turned = apply(&g, Action::Pseudovector { dim: 3 }, 1.0, a.cross(&b).as_slice()).unwrap();
        assert!(product.iter().zip(&turned).all(|(p, t)| (p - t).abs() < 1e-12));
        let volume = product.dot(&moved(&c));
        let turned = apply(&g, Action::Pseudoscalar, 1.0, &[a.cross(&b).dot(&c)]).unwrap();
        assert!((volume - turned[0]).abs() < 1e-12 && turned[0] * a.cross(&b).dot(&c) < 0.0);
    }

    #[test]
    fn sizes_that_do_not_fit_are_errors() {
        let g = DMatrix::<f64>::identity(5, 5);
        let points = Action::Points { dim: 3 };
        assert_eq!(apply(&g, points, 1.0, &[0.0; 3]), Err(ActError::Side { side: 5, dim: 3 }));
        assert_eq!(differential(&g, points, 1.0, &[0.0; 3]), Err(ActError::Side { side: 5, dim: 3 }));
        let g = DMatrix::<f64>::identity(3, 3);
        assert_eq!(apply(&g, points, 1.0, &[0.0; 4]), Err(ActError::Row { len: 4, block: 3 }));
        let covector = Action::Covector { dim: 2 };
        assert_eq!(apply(&DMatrix::zeros(2, 2), covector, 1.0, &[0.0; 2]), Err(ActError::Singular));
    }
}
