//! Invariant bilinear forms and vectors of a span of matrices.

use nalgebra::{DMatrix, SymmetricEigen};

use super::bracket::{Signature, signature};
use super::svd::{null_space, svd};

/// Above this side, forms are not searched for: the linear system would have thousands of unknowns.
const MAX_SIDE: usize = 16;

/// The symmetry of a bilinear form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// Gᵀ = G.
    Symmetric,
    /// Gᵀ = −G.
    Antisymmetric,
}

impl FormKind {
    fn sign(self) -> f64 {
        if self == Self::Symmetric { 1.0 } else { -1.0 }
    }

    /// A Frobenius-orthonormal basis of the forms of this kind on k coordinates.
    pub fn basis(self, k: usize) -> Vec<DMatrix<f64>> {
        let unit = |(i, j): (usize, usize)| {
            let mut g = DMatrix::zeros(k, k);
            let value = if i == j { 1.0 } else { 0.5_f64.sqrt() };
            g[(j, i)] = self.sign() * value;
            g[(i, j)] = value;
            g
        };
        let first = usize::from(self == Self::Antisymmetric);
        (0..k).flat_map(|i| (i + first..k).map(move |j| (i, j))).map(unit).collect()
    }
}

/// The matrix of G ↦ (LᵀG + GL for all L of the span), in the basis of forms.
fn equations(span: &[DMatrix<f64>], forms: &[DMatrix<f64>], k: usize) -> DMatrix<f64> {
    let image = |g: &DMatrix<f64>| -> Vec<f64> {
        span.iter().flat_map(|l| (l.transpose() * g + g * l).iter().copied().collect::<Vec<_>>()).collect()
    };
    let values: Vec<f64> = forms.iter().flat_map(image).collect();
    DMatrix::from_vec(span.len() * k * k, forms.len(), values)
}

fn combine(forms: &[DMatrix<f64>], coefficients: &[f64], k: usize) -> DMatrix<f64> {
    forms.iter().zip(coefficients).fold(DMatrix::zeros(k, k), |sum, (g, c)| sum + g * *c)
}

/// The form that the span (orthonormal, k×k) preserves best, of Frobenius norm 1; `None` if k is 0 or above 16.
pub fn best_form(span: &[DMatrix<f64>], k: usize, kind: FormKind) -> Option<DMatrix<f64>> {
    let forms = kind.basis(k);
    if span.is_empty() || forms.is_empty() || k > MAX_SIDE {
        return None;
    }
    let v = svd(&equations(span, &forms, k)).v;
    Some(combine(&forms, v.column(forms.len() - 1).as_slice(), k))
}

/// A basis of the algebra that preserves a form of this kind: the L with LᵀG + GL = 0, which are G⁻¹A with A antisymmetric for a symmetric
/// G and symmetric for an antisymmetric one (Hall 2015, Lie Groups, Lie Algebras, and Representations, §3.4). `None` if G is degenerate.
pub fn preserving(form: &DMatrix<f64>, kind: FormKind) -> Option<Vec<DMatrix<f64>>> {
    let inverse = form.clone().try_inverse().filter(|g| g.iter().all(|v| v.is_finite()))?;
    let other = if kind == FormKind::Symmetric { FormKind::Antisymmetric } else { FormKind::Symmetric };
    Some(other.basis(form.nrows()).iter().map(|a| &inverse * a).collect())
}

/// An orthonormal basis of the symmetric forms G with ‖LᵀG + GL‖ ≤ `tolerance` on the span (orthonormal, k×k); empty
/// where k is above 16.
pub fn invariant_forms(span: &[DMatrix<f64>], k: usize, tolerance: f64) -> Vec<DMatrix<f64>> {
    let forms = FormKind::Symmetric.basis(k);
    if span.is_empty() || k > MAX_SIDE {
        return Vec::new();
    }
    let null = null_space(&equations(span, &forms, k), tolerance);
    null.column_iter().map(|c| combine(&forms, c.as_slice(), k)).collect()
}

/// One nondegenerate invariant form with its signature (plus, minus, 0): the one nearest to the identity where that one
/// is nondegenerate, else a generic one. Scaled to |det G| = 1; a definite form is positive, an indefinite one has no
/// more plus than minus signs (the Minkowski form is (1, 3)). `None` if there is none, or k is above 16.
pub fn nondegenerate_form(span: &[DMatrix<f64>], k: usize, tolerance: f64) -> Option<(DMatrix<f64>, Signature)> {
    let forms = invariant_forms(span, k, tolerance);
    let nearest = forms.iter().fold(DMatrix::zeros(k, k), |sum, g| sum + g * g.trace());
    // Where the identity has no part in the space of forms, mix them with fixed, incommensurate weights.
    let weights = |i: usize| (1.0 + (i as f64 + 1.0) * 0.618_033_988_75).fract() - 0.3;
    let mixed = forms.iter().enumerate().fold(DMatrix::zeros(k, k), |sum, (i, g)| sum + g * weights(i));
    let chosen = [nearest, mixed].into_iter().find(is_regular)?;
    let form = oriented(chosen);
    let found = signature(&form, 1e-9);
    Some((form, found))
}

fn is_regular(g: &DMatrix<f64>) -> bool {
    let norm = g.norm();
    norm > 1e-9 && svd(&(g / norm)).sigma.last().is_some_and(|&s| s > 1e-5)
}

/// The form scaled to |det G| = 1, with the documented sign.
pub(crate) fn oriented(form: DMatrix<f64>) -> DMatrix<f64> {
    let (plus, minus, _) = signature(&form, 1e-9);
    let scale = form.determinant().abs().powf(-1.0 / form.nrows().max(1) as f64);
    let flip = plus == 0 || (minus > 0 && plus > minus);
    form * if flip { -scale } else { scale }
}

/// The frame P with G = P⁻ᵀ η P⁻¹, η = diag(+1 p times, −1 q times), for an oriented nondegenerate form; symmetric
/// where G is definite.
pub(crate) fn frame_of_form(form: &DMatrix<f64>) -> (DMatrix<f64>, usize, usize) {
    let eigen = SymmetricEigen::new(form.clone());
    let scaled = |i: usize| eigen.eigenvectors.column(i) / eigen.eigenvalues[i].abs().sqrt();
    let mut order: Vec<usize> = (0..form.nrows()).collect();
    // Plus signs first; within a sign in a fixed order, so that the frame does not depend on the eigensolver's.
    order.sort_by(|&i, &j| eigen.eigenvalues[j].total_cmp(&eigen.eigenvalues[i]));
    let p = eigen.eigenvalues.iter().filter(|&&v| v > 0.0).count();
    let columns: Vec<_> = order.iter().map(|&i| scaled(i)).collect();
    let matrix = DMatrix::from_columns(&columns);
    if p == form.nrows() {
        let vectors = eigen.eigenvectors.select_columns(&order);
        return (matrix * vectors.transpose(), p, 0);
    }
    (matrix, p, form.nrows() - p)
}

/// Orthonormal columns: the vectors that every matrix of the span (orthonormal, k×k) sends to zero, up to `tolerance`.
pub fn invariant_vectors(span: &[DMatrix<f64>], k: usize, tolerance: f64) -> DMatrix<f64> {
    null_space(&stacked(span, k), tolerance)
}

/// The matrices of the span above each other.
pub(crate) fn stacked(span: &[DMatrix<f64>], k: usize) -> DMatrix<f64> {
    let mut all = DMatrix::zeros(span.len() * k, k);
    for (i, l) in span.iter().enumerate() {
        all.view_mut((i * k, 0), (k, k)).copy_from(l);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named::named;
    use crate::subspace::orthonormalise;

    fn basis(name: &str, k: usize) -> Vec<DMatrix<f64>> {
        orthonormalise(&named(name, k, false).unwrap().basis)
    }

    #[test]
    fn forms_of_named_algebras() {
        for (name, k, count, expected) in [
            ("so(3)", 3, 1, Some((3, 0, 0))),
            ("so(1,3)", 4, 1, Some((1, 3, 0))),
            ("so(3,1)", 4, 1, Some((1, 3, 0))),
            ("so(2,2)", 4, 1, Some((2, 2, 0))),
            ("so(2)", 4, 4, Some((4, 0, 0))),
            ("so(3)", 4, 2, Some((4, 0, 0))),
            ("sl(2)", 2, 0, None),
            ("scale", 3, 0, None),
            ("so(1,1)", 2, 1, Some((1, 1, 0))),
        ] {
            let span = basis(name, k);
            assert_eq!(invariant_forms(&span, k, 1e-9).len(), count, "{name}");
            let form = nondegenerate_form(&span, k, 1e-9);
            assert_eq!(form.as_ref().map(|f| f.1), expected, "{name}");
            if let Some((g, _)) = form {
                assert!(span.iter().all(|l| (l.transpose() * &g + &g * l).amax() < 1e-10), "{name}");
                assert!((g.determinant().abs() - 1.0).abs() < 1e-10);
                let (frame, p, q) = frame_of_form(&g);
                let back = frame.transpose() * &g * &frame;
                let eta = DMatrix::from_fn(k, k, |i, j| {
                    if i != j {
                        0.0
                    } else if i < p {
                        1.0
                    } else {
                        -1.0
                    }
                });
                assert!((back - eta).amax() < 1e-10 && p + q == k, "{name}");
            }
        }
    }

    #[test]
    fn invariant_vectors_and_symplectic_forms() {
        let kernel = invariant_vectors(&basis("so(2)", 3), 3, 1e-9);
        assert_eq!(kernel.ncols(), 1);
        assert!((kernel[(2, 0)].abs() - 1.0).abs() < 1e-12);
        let span = basis("sp(4)", 4);
        let g = best_form(&span, 4, FormKind::Antisymmetric).unwrap();
        assert!(span.iter().all(|l| (l.transpose() * &g + &g * l).amax() < 1e-10));
        assert!((&g + g.transpose()).amax() < 1e-15);
        assert!(invariant_forms(&span, 4, 1e-9).is_empty());
    }
}
