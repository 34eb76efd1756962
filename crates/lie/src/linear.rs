//! Linear algebras of several dimensions in a hidden frame: which named algebra, and in which frame.
//!
//! Each function proposes exact algebras that the span may be a perturbation of; none of them uses a threshold on the
//! noise. The caller measures the angle to every proposal and keeps the nearest.

use nalgebra::DMatrix;

use super::affine;
use super::algebra::{ExactAlgebra, Frame, NamedAlgebra, Part};
use super::copies::split;
use super::form::{FormKind, best_form, frame_of_form, oriented, stacked};
use super::named::named;
use super::one_parameter::{self, beside};
use super::subspace::{combinations, orthonormalise};
use super::svd::{complement, range, smallest};

/// Above this side, copies are not searched for: the commutant would have thousands of unknowns.
const MAX_SPLIT: usize = 16;
/// Above this side, galilei(n) is recognised in its standard form only.
const MAX_GALILEI: usize = 8;

/// Exact algebras near the span (orthonormal, k×k).
pub(crate) fn candidates(span: &[DMatrix<f64>], k: usize) -> Vec<ExactAlgebra> {
    if let [l] = span {
        return one_parameter::candidates(l);
    }
    let mut found = irreducible(span, k);
    for d in (2..k).rev() {
        found.extend(on_image(span, k, d).unwrap_or_default());
    }
    found.extend(galilei(span, k).unwrap_or_default());
    found
}

/// Algebras that act on a d-dimensional subspace and fix a complement pointwise.
fn on_image(span: &[DMatrix<f64>], k: usize, d: usize) -> Option<Vec<ExactAlgebra>> {
    let image = range(&stacked(&transposed(span), k).transpose(), d);
    let frame = Frame::new(beside(&image, &smallest(&stacked(span, k), k - d)))?;
    let inner: Vec<_> = span.iter().map(|l| frame.pull_back(l).view((0, 0), (d, d)).into_owned()).collect();
    let lift = |e: ExactAlgebra| in_frame(&frame, e.algebra.embedded(k), e.frame.map(|f| padded(&f.matrix, k)));
    Some(irreducible(&orthonormalise(&inner), d).into_iter().filter_map(lift).collect())
}

fn transposed(span: &[DMatrix<f64>]) -> Vec<DMatrix<f64>> {
    span.iter().map(|l| l.transpose()).collect()
}

/// Algebras that act on all of R^d: with or without a dilation.
fn irreducible(span: &[DMatrix<f64>], d: usize) -> Vec<ExactAlgebra> {
    // tr is a linear function on the span, of norm 1 (for the normalised trace) exactly if the identity is inside.
    let traces = DMatrix::from_iterator(1, span.len(), span.iter().map(|l| l.trace() / (d as f64).sqrt()));
    if traces.norm() < 0.5 {
        return simple(span, d);
    }
    let rest = orthonormalise(&combinations(span, &smallest(&traces, span.len() - 1)));
    simple(&rest, d).into_iter().map(|e| ExactAlgebra { algebra: with_scale(e.algebra), frame: e.frame }).collect()
}

fn with_scale(algebra: NamedAlgebra) -> NamedAlgebra {
    let name = match algebra.name.split_once('(') {
        Some(("sl", n)) => format!("gl({n}"),
        Some(("so", n)) if !n.contains(',') => format!("sim({n}"),
        _ => format!("{}+scale", algebra.name),
    };
    let dilation = Part::Flow(vec![DMatrix::identity(algebra.side, algebra.side)]);
    algebra.with(name, dilation)
}

fn simple(span: &[DMatrix<f64>], d: usize) -> Vec<ExactAlgebra> {
    if let [l] = span {
        return one_parameter::candidates(l);
    }
    let r = span.len();
    let mut found = Vec::new();
    if r > 0 && r + 1 == d * d {
        found.extend(named(&format!("sl({d})"), d, false).ok().map(ExactAlgebra::from));
    }
    if d >= 3 && r == d * (d - 1) / 2 {
        found.extend(orthogonal(span, d));
    }
    if d >= 4 && d.is_multiple_of(2) && r == d * (d + 1) / 2 {
        found.extend(symplectic(span, d));
    }
    if d > MAX_SPLIT {
        return found;
    }
    let fits = |n: &usize| r == n * (n - 1) / 2 || r + 1 == n * n || r == n * (n + 1) / 2;
    for n in (2..d).filter(|n| d.is_multiple_of(*n)).filter(fits) {
        found.extend(repeated(span, d, n).unwrap_or_default());
    }
    found
}

/// so(p,q) from the symmetric form that it preserves: G = P⁻ᵀ η P⁻¹.
fn orthogonal(span: &[DMatrix<f64>], d: usize) -> Option<ExactAlgebra> {
    let form = best_form(span, d, FormKind::Symmetric)?;
    if form.determinant() == 0.0 {
        return None;
    }
    let (frame, p, q) = frame_of_form(&oriented(form));
    let name = if q == 0 { format!("so({p})") } else { format!("so({p},{q})") };
    Some(ExactAlgebra { algebra: named(&name, d, false).ok()?, frame: Some(Frame::new(frame)?) })
}

/// sp(d) from the antisymmetric form that it preserves, by symplectic Gram–Schmidt.
fn symplectic(span: &[DMatrix<f64>], d: usize) -> Option<ExactAlgebra> {
    let form = best_form(span, d, FormKind::Antisymmetric)?;
    let pairing = |a: &DMatrix<f64>, b: &DMatrix<f64>| (a.transpose() * &form * b)[(0, 0)];
    let mut rest: Vec<DMatrix<f64>> =
        (0..d).map(|i| DMatrix::from_fn(d, 1, |r, _| f64::from(u8::from(r == i)))).collect();
    let (mut positions, mut momenta) = (Vec::new(), Vec::new());
    while !rest.is_empty() {
        let x = rest.remove(0);
        let strength = |(_, y): &(usize, &DMatrix<f64>)| pairing(&x, y).abs();
        let (at, _) = rest.iter().enumerate().max_by(|a, b| strength(a).total_cmp(&strength(b)))?;
        let y = rest.remove(at);
        let scale = pairing(&x, &y);
        let y = y / scale;
        if !scale.is_normal() {
            return None;
        }
        // What is left pairs with neither x nor y.
        rest.iter_mut().for_each(|z| *z = &*z - &x * pairing(z, &y) + &y * pairing(z, &x));
        positions.push(x);
        momenta.push(y);
    }
    let columns: Vec<_> = positions.iter().chain(&momenta).map(|c| c.column(0).into_owned()).collect();
    let frame = Frame::new(DMatrix::from_columns(&columns))?;
    Some(ExactAlgebra { algebra: named(&format!("sp({d})"), d, false).ok()?, frame: Some(frame) })
}

/// The same algebra on d/n copies of R^n.
fn repeated(span: &[DMatrix<f64>], d: usize, n: usize) -> Option<Vec<ExactAlgebra>> {
    let copies = split(span, d, n)?;
    let frame = Frame::new(copies.frame)?;
    let tile = |f: Frame| DMatrix::<f64>::identity(d / n, d / n).kronecker(&f.matrix);
    let lift = |e: ExactAlgebra| in_frame(&frame, e.algebra.repeated(d / n), e.frame.map(tile));
    Some(simple(&orthonormalise(&copies.blocks), n).into_iter().filter_map(lift).collect())
}

/// galilei(n): all images lie in space, so that with time last it has the shape of se(n) in homogeneous coordinates.
fn galilei(span: &[DMatrix<f64>], k: usize) -> Option<Vec<ExactAlgebra>> {
    let n = k.checked_sub(1).filter(|&n| (2..MAX_GALILEI).contains(&n) && span.len() == n * (n + 1) / 2)?;
    let space = range(&stacked(&transposed(span), k).transpose(), n);
    let frame = Frame::new(beside(&space, &complement(&space)))?;
    let mut turned: Vec<_> = span.iter().map(|l| frame.pull_back(l)).collect();
    turned.iter_mut().for_each(|l| l.row_mut(n).fill(0.0));
    let standard = named(&format!("galilei({n})"), k, false).ok()?;
    // Time is last here, and first in the standard algebra.
    let order = DMatrix::from_fn(k, k, |i, j| f64::from(u8::from(j == (i + 1) % k)));
    let lift = |e: ExactAlgebra| {
        let inner = e.frame.map_or_else(|| DMatrix::identity(k, k), |f| f.matrix);
        in_frame(&frame, standard.clone(), Some(inner * &order))
    };
    let rigid = |e: &ExactAlgebra| e.algebra.name == format!("se({n})");
    Some(affine::candidates(&orthonormalise(&turned), n).into_iter().filter(rigid).filter_map(lift).collect())
}

/// The algebra in the frame `outer · inner`.
pub(crate) fn in_frame(outer: &Frame, algebra: NamedAlgebra, inner: Option<DMatrix<f64>>) -> Option<ExactAlgebra> {
    let matrix = inner.map_or_else(|| outer.matrix.clone(), |m| &outer.matrix * m);
    Some(ExactAlgebra { algebra, frame: Some(Frame::new(matrix)?) })
}

/// diag(A, 1) of a given side.
pub(crate) fn padded(a: &DMatrix<f64>, side: usize) -> DMatrix<f64> {
    let mut large = DMatrix::identity(side, side);
    large.view_mut((0, 0), a.shape()).copy_from(a);
    large
}
