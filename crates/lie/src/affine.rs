//! Affine algebras in a hidden frame: translations, a fixed point, and a linear algebra.

use nalgebra::DMatrix;

use super::algebra::{ExactAlgebra, Frame, NamedAlgebra, Part};
use super::linear::{self, in_frame, padded};
use super::one_parameter::beside;
use super::subspace::{columns, combinations, orthonormalise};
use super::svd::{complement, least_squares, range, svd};

/// Directions along which the linear parts move points less than this (relative to the largest) have no fixed point of
/// their own: the centre is taken as 0 there. The small value suits skewed frames, the large one noise along an axis.
const FREE: [f64; 2] = [1e-8, 0.05];

/// Exact algebras near the span of (k+1)×(k+1) matrices (orthonormal, last rows zero): without translations, with all
/// of them, or with nothing else.
pub(crate) fn candidates(span: &[DMatrix<f64>], k: usize) -> Vec<ExactAlgebra> {
    let mut found: Vec<_> = FREE.iter().filter_map(|&free| about_a_point(span, k, free)).flatten().collect();
    if span.len() < k {
        found.extend(only_translations(span, k));
    }
    for t in 1..span.len().min(k) {
        found.extend(some_translations(span, k, t));
    }
    if span.len() > k {
        found.extend(all_translations(span, k));
    }
    found
}

fn linear_part(l: &DMatrix<f64>, k: usize) -> DMatrix<f64> {
    l.view((0, 0), (k, k)).into_owned()
}

/// The point c with L c + τ = 0 for every generator, as nearly as can be; `seen` projects out directions that do not
/// count.
fn fixed_point(span: &[DMatrix<f64>], k: usize, seen: &DMatrix<f64>, free: f64) -> DMatrix<f64> {
    let (mut linear, mut shifts) = (DMatrix::zeros(span.len() * k, k), DMatrix::zeros(span.len() * k, 1));
    for (i, l) in span.iter().enumerate() {
        linear.view_mut((i * k, 0), (k, k)).copy_from(&(seen * l.view((0, 0), (k, k))));
        shifts.view_mut((i * k, 0), (k, 1)).copy_from(&(seen * l.view((0, k), (k, 1))));
    }
    -least_squares(&linear, &shifts, free)
}

/// A linear algebra about a common fixed point.
fn about_a_point(span: &[DMatrix<f64>], k: usize, free: f64) -> Option<Vec<ExactAlgebra>> {
    let centre = fixed_point(span, k, &DMatrix::identity(k, k), free);
    let mut shift = DMatrix::identity(k + 1, k + 1);
    shift.view_mut((0, k), (k, 1)).copy_from(&centre);
    let frame = Frame::new(shift)?;
    let parts: Vec<_> = span.iter().map(|l| linear_part(l, k)).collect();
    let lift = |e: ExactAlgebra| {
        let mut algebra = e.algebra.embedded(k + 1);
        // In affine spaces `sim` holds translations.
        if let Some(n) = algebra.name.strip_prefix("sim") {
            algebra.name = format!("so{n}+scale");
        }
        in_frame(&frame, algebra, e.frame.map(|f| padded(&f.matrix, k + 1)))
    };
    Some(linear::candidates(&orthonormalise(&parts), k).into_iter().filter_map(lift).collect())
}

/// m < k translations along arbitrary directions, and nothing else.
fn only_translations(span: &[DMatrix<f64>], k: usize) -> Option<ExactAlgebra> {
    let m = span.len();
    let shifts: Vec<_> = span.iter().map(|l| l.view((0, k), (k, 1)).into_owned()).collect();
    let along = range(&columns(&shifts), m);
    let frame = Frame::new(padded(&beside(&along, &complement(&along)), k + 1))?;
    let algebra = NamedAlgebra::new(format!("t({m})"), k + 1, vec![translations(0..m, k)]);
    Some(ExactAlgebra { algebra, frame: Some(frame) })
}

/// All translations and a linear algebra, whatever its centre.
fn all_translations(span: &[DMatrix<f64>], k: usize) -> Vec<ExactAlgebra> {
    let parts: Vec<_> = span.iter().map(|l| linear_part(l, k)).collect();
    // The k combinations with the smallest linear parts are the translations.
    let v = svd(&columns(&parts)).v;
    let turning = combinations(&parts, &v.columns(0, span.len() - k).into_owned());
    let lift = |e: ExactAlgebra| {
        let name = with_translations(&e.algebra.name, k);
        let algebra = e.algebra.embedded(k + 1).with(name, translations(0..k, k));
        let frame = e.frame.and_then(|f| Frame::new(padded(&f.matrix, k + 1)));
        ExactAlgebra { algebra, frame }
    };
    linear::candidates(&orthonormalise(&turning), k).into_iter().map(lift).collect()
}

/// Translations along these coordinates.
fn translations(coordinates: std::ops::Range<usize>, k: usize) -> Part {
    let along = |i: usize| {
        let mut t = DMatrix::zeros(k + 1, k + 1);
        t[(i, k)] = 1.0;
        t
    };
    Part::Translations(coordinates.map(along).collect())
}

/// A linear algebra about a point together with t < k translations: those of the subspace on which it acts (rigid
/// motions of a plane in space), or those of the subspace that it leaves still (a cylinder's).
fn some_translations(span: &[DMatrix<f64>], k: usize, t: usize) -> Vec<ExactAlgebra> {
    let parts: Vec<_> = span.iter().map(|l| linear_part(l, k)).collect();
    let v = svd(&columns(&parts)).v;
    let split = span.len() - t;
    let shifts: Vec<_> = combinations(span, &v.columns(split, t).into_owned());
    let along = range(&columns(&shifts.iter().map(|l| l.view((0, k), (k, 1)).into_owned()).collect::<Vec<_>>()), t);
    // Shifts along the translations are free: they do not count in the search for the fixed point.
    let seen = DMatrix::identity(k, k) - &along * along.transpose();
    let turning = combinations(span, &v.columns(0, split).into_owned());
    let centred = |free: f64| {
        let centre = fixed_point(&turning, k, &seen, free);
        let mut about = turning.clone();
        about.iter_mut().for_each(|l| {
            let shift = -(l.view((0, 0), (k, k)) * &centre);
            l.view_mut((0, k), (k, 1)).copy_from(&shift);
        });
        about_a_point(&orthonormalise(&about), k, free)
    };
    let mut found = Vec::new();
    for exact in FREE.iter().filter_map(|&free| centred(free)).flatten() {
        for (first, name) in
            [(0, with_translations(&exact.algebra.name, t)), (k - t, format!("{}+t({t})", exact.algebra.name))]
        {
            let algebra = exact.algebra.clone().with(name, translations(first..first + t, k));
            found.push(ExactAlgebra { algebra, frame: exact.frame.clone() });
        }
    }
    found
}

/// The name of a linear algebra joined with all translations of R^k.
fn with_translations(name: &str, k: usize) -> String {
    let own = |family: &str| name == format!("{family}({k})");
    match name.split_once('(') {
        Some(("so", _)) if own("so") => format!("se({k})"),
        Some(("sim", _)) if own("sim") => name.to_string(),
        Some(("gl", _)) if own("gl") => format!("aff({k})"),
        Some(("so", signature)) if signature.contains(',') && spans(signature, k) => format!("iso({signature}"),
        _ => format!("{name}+t({k})"),
    }
}

/// Whether a signature `p,q)` has p + q = k.
fn spans(signature: &str, k: usize) -> bool {
    signature.trim_end_matches(')').split(',').filter_map(|n| n.parse::<usize>().ok()).sum::<usize>() == k
}
