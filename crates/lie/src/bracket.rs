//! The bracket on a span: closure, structure constants, Killing form, centre and derived series.

use nalgebra::{DMatrix, SymmetricEigen};

use super::subspace::{columns, inside, orthonormalise};
use super::svd::{null_space, range, svd};

/// Pairs whose bracket is smaller than this (for unit matrices, squared, on average) count as commuting, so that noise
/// on an abelian algebra does not look like a lack of closure.
const COMMUTING: f64 = 0.1;

/// [A, B] = AB − BA.
pub fn bracket(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    a * b - b * a
}

/// Relative norm of the brackets outside the span, for an orthonormal basis: 0 for an algebra, about 1 for a generic
/// span.
///
/// √(Σ_{i<j} ‖[L_i, L_j]⊥‖² / max(Σ_{i<j} ‖[L_i, L_j]‖², 0.1 · pairs)).
pub fn closure_residual(basis: &[DMatrix<f64>]) -> f64 {
    let (mut outside, mut total, mut pairs) = (0.0, 0.0, 0.0);
    for (i, a) in basis.iter().enumerate() {
        for b in basis.iter().skip(i + 1) {
            let full = bracket(a, b);
            total += full.norm_squared();
            outside += (&full - inside(basis, &full)).norm_squared();
            pairs += 1.0;
        }
    }
    if pairs == 0.0 { 0.0 } else { (outside / total.max(COMMUTING * pairs)).sqrt() }
}

/// An orthonormal basis of the algebra that the matrices generate: their span, and brackets until none leaves it.
///
/// Parts outside the span below `tolerance` (for unit matrices) are treated as noise: elements that commute up to noise
/// generate nothing.
pub fn generated(matrices: &[DMatrix<f64>], tolerance: f64) -> Vec<DMatrix<f64>> {
    let mut basis: Vec<DMatrix<f64>> = Vec::new();
    let grow = |basis: &mut Vec<DMatrix<f64>>, new: &DMatrix<f64>| {
        let rest = basis.iter().fold(new.clone(), |rest, e| &rest - e * e.dot(&rest));
        if rest.norm() > tolerance {
            basis.push(&rest / rest.norm());
        }
    };
    matrices.iter().filter(|m| m.norm() > 0.0).for_each(|m| grow(&mut basis, &(m / m.norm())));
    let mut done = 0;
    while done < basis.len() {
        for i in 0..done {
            let new = bracket(&basis[i], &basis[done]);
            grow(&mut basis, &new);
        }
        done += 1;
    }
    basis
}

/// The matrices of the adjoint representation on an orthonormal basis: `ad[i][(l, j)]` = ⟨E_l, [E_i, E_j]⟩, the
/// structure constants c_ij^l.
pub fn structure_constants(basis: &[DMatrix<f64>]) -> Vec<DMatrix<f64>> {
    let r = basis.len();
    let of = |a: &DMatrix<f64>| {
        let brackets: Vec<DMatrix<f64>> = basis.iter().map(|b| bracket(a, b)).collect();
        DMatrix::from_fn(r, r, |l, j| basis[l].dot(&brackets[j]))
    };
    basis.iter().map(of).collect()
}

/// How many eigenvalues of a symmetric form are positive, negative and zero.
pub type Signature = (usize, usize, usize);

/// The signature of a symmetric matrix; eigenvalues below `tolerance` times the largest count as zero.
pub fn signature(form: &DMatrix<f64>, tolerance: f64) -> Signature {
    if form.is_empty() {
        return (0, 0, 0);
    }
    let values = SymmetricEigen::new(form.clone()).eigenvalues;
    let floor = tolerance * values.amax();
    let count = |test: &dyn Fn(f64) -> bool| values.iter().filter(|&&v| test(v)).count();
    let (plus, minus) = (count(&|v| v > floor), count(&|v| v < -floor));
    (plus, minus, values.len() - plus - minus)
}

/// The Killing form K_ij = tr(ad_i ad_j) on an orthonormal basis, r×r; by Cartan's criterion it is nondegenerate
/// exactly for semisimple algebras, and negative definite for compact ones among these.
pub fn killing_form(basis: &[DMatrix<f64>]) -> DMatrix<f64> {
    let ad = structure_constants(basis);
    DMatrix::from_fn(ad.len(), ad.len(), |i, j| (&ad[i] * &ad[j]).trace())
}

/// Dimension of the centre: the directions that commute with all, up to `tolerance`.
pub fn centre_dim(basis: &[DMatrix<f64>], tolerance: f64) -> usize {
    let r = basis.len();
    let ad = structure_constants(basis);
    // Column j: how E_j commutes with everything.
    let stacked = DMatrix::from_fn(r * r, r, |row, j| ad[row / r][(row % r, j)]);
    null_space(&stacked, tolerance).ncols()
}

/// Dimensions of the derived series g, [g, g], [[g, g], [g, g]], … until they no longer fall; brackets smaller than
/// `tolerance` count as zero.
pub fn derived_dims(basis: &[DMatrix<f64>], tolerance: f64) -> Vec<usize> {
    let mut current = orthonormalise(basis);
    let mut dims = vec![current.len()];
    while !current.is_empty() {
        let pairs =
            current.iter().enumerate().flat_map(|(i, a)| current.iter().skip(i + 1).map(move |b| bracket(a, b)));
        let brackets: Vec<DMatrix<f64>> = pairs.collect();
        let all = columns(&brackets);
        let dim = svd(&all.transpose()).sigma.iter().filter(|&&s| s > tolerance).count();
        if dim >= current.len() {
            break;
        }
        dims.push(dim);
        let shape = current[0].shape();
        current = range(&all, dim)
            .column_iter()
            .map(|c| DMatrix::from_column_slice(shape.0, shape.1, c.as_slice()))
            .collect();
    }
    dims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named::named;
    use crate::random::normal;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn basis(name: &str, k: usize, affine: bool) -> Vec<DMatrix<f64>> {
        orthonormalise(&named(name, k, affine).unwrap().basis)
    }

    #[test]
    fn two_rotations_generate_all_and_commuting_elements_nothing() {
        let so3 = named("so(3)", 3, false).unwrap().basis;
        assert_eq!(generated(&so3[..2], 0.2).len(), 3);
        let noisy = [&so3[0] + &so3[1] * 0.02, DMatrix::identity(3, 3) + &so3[2] * 0.03];
        assert_eq!(generated(&noisy, 0.2).len(), 2);
        let lorentz = named("so(1,3)", 4, false).unwrap().basis;
        assert_eq!(generated(&lorentz[..5], 0.2).len(), 6);
        assert!(closure_residual(&generated(&lorentz[2..5], 0.2)) < 1e-12);
    }

    #[test]
    fn named_algebras_close_and_random_spans_do_not() {
        for (name, k, affine) in [("so(3)", 3, false), ("so(1,3)", 4, false), ("sp(4)", 4, false), ("se(3)", 3, true)] {
            assert!(closure_residual(&basis(name, k, affine)) < 1e-14, "{name}");
        }
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let span: Vec<_> = (0..3).map(|_| DMatrix::from_fn(4, 4, |_, _| normal(&mut rng))).collect();
        assert!(closure_residual(&orthonormalise(&span)) > 0.5);
        let noisy: Vec<_> =
            basis("t(2)", 2, true).iter().map(|t| t + DMatrix::from_fn(3, 3, |_, _| 1e-3 * normal(&mut rng))).collect();
        assert!(closure_residual(&orthonormalise(&noisy)) < 0.02);
    }

    #[test]
    fn killing_form_tells_compact_from_non_compact() {
        let of = |name, k, affine| signature(&killing_form(&basis(name, k, affine)), 1e-9);
        assert_eq!(of("so(3)", 3, false), (0, 3, 0));
        assert_eq!(of("so(1,3)", 4, false), (3, 3, 0));
        assert_eq!(of("sl(2)", 2, false), (2, 1, 0));
        assert_eq!(of("t(2)", 2, true), (0, 0, 2));
        assert_eq!(of("se(3)", 3, true), (0, 3, 3));
    }

    #[test]
    fn centre_and_derived_series() {
        assert_eq!(centre_dim(&basis("gl(3)", 3, false), 1e-9), 1);
        assert_eq!(centre_dim(&basis("so(3)", 3, false), 1e-9), 0);
        assert_eq!(derived_dims(&basis("se(2)", 2, true), 1e-9), [3, 2, 0]);
        assert_eq!(derived_dims(&basis("so(3)", 3, false), 1e-9), [3]);
        assert_eq!(derived_dims(&basis("gl(2)", 2, false), 1e-9), [4, 3]);
    }
}
