//! Algebras of the catalogue in coordinates that are not known.
//!
//! Of all A L A⁻¹ with the structure constants of a standard algebra L the one that a quadratic form of matrices makes smallest: the energy
//! of networks' residuals along its directions, say, or what lies outside a given span. A change of coordinates has few numbers, so that
//! such an algebra is known better than each of its directions, and it closes exactly.

use nalgebra::{DMatrix, DVector};
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::acting::row_major;
use super::algebra::{ExactAlgebra, Frame, NamedAlgebra};
use super::descent::Descent;
use super::identify::standard_inside;
use super::rotation::random_rotation;
use super::space::SearchSpace;

/// Steps of each search and starts; the largest step.
const STEPS: usize = 30;
const STARTS: usize = 4;
const LARGEST: f64 = 0.4;
/// Largest ratio of singular values of A in the given units: beyond it an algebra is hardly of its kind.
const CONDITION: f64 = 30.0;
/// Share of a change outside the span below which conjugation does not change an algebra.
const INVARIANT: f64 = 1e-6;
/// Of the starts of a comparison with a span, which are always the same.
const SEED: u64 = 1;

/// One algebra of each kind in the space that coordinates can hide: of those that differ by an order of coordinates alone the first.
pub fn kinds(space: &SearchSpace) -> Vec<NamedAlgebra> {
    let mut seen = Vec::new();
    let mut all = standard_inside(space);
    all.retain(|algebra| {
        let kind = Kind::of(&algebra.name, space.k);
        let new = !seen.contains(&kind);
        seen.push(kind);
        new
    });
    all
}

/// Whether an algebra of this name is that of a bilinear form of all k coordinates, alone or with all translations.
pub fn is_of_a_form(name: &str, k: usize) -> bool {
    let Kind(terms) = Kind::of(name, k);
    let [term] = terms.as_slice() else { return false };
    let families = ["so", "sp", "se", "iso"];
    families.contains(&term.family.as_str()) && term.at == 0 && term.args.iter().sum::<usize>() == k
}

/// A name with numbers of coordinates in place of their list, and signatures with the smaller number first.
#[derive(Debug, PartialEq, Eq)]
struct Kind(Vec<Term>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Term {
    family: String,
    args: Vec<usize>,
    /// Coordinates, 0 where they are not listed or all.
    at: usize,
}

impl Kind {
    fn of(name: &str, k: usize) -> Self {
        let numbers = |list: &str| list.split(',').filter_map(|n| n.parse::<usize>().ok()).collect::<Vec<_>>();
        let term = |term: &str| {
            let (head, at) = term.split_once('[').unwrap_or((term, ""));
            let (family, args) = head.split_once('(').unwrap_or((head, ""));
            let mut args = numbers(args.trim_end_matches(')'));
            args.sort_unstable();
            let at = numbers(at.trim_end_matches(']')).len();
            Term { family: family.to_owned(), args, at: if at == k { 0 } else { at } }
        };
        let mut terms: Vec<Term> = name.split('+').map(term).collect();
        terms.sort_unstable();
        Self(terms)
    }
}

/// What algebras are measured by.
pub struct Search {
    k: usize,
    side: usize,
    /// Coefficients of a matrix, row-major.
    coefficients: DMatrix<f64>,
    /// R with RᵀR = energy.
    root: DMatrix<f64>,
    energy: DMatrix<f64>,
    /// Coordinates in which A is well conditioned ↦ those of the matrices.
    units: DMatrix<f64>,
    own: DMatrix<f64>,
    /// Changes of coordinates: unit matrices.
    changes: Vec<DMatrix<f64>>,
}

/// An algebra in some coordinates.
pub struct Found {
    /// A, side×side: A L A⁻¹ is the algebra.
    pub frame: DMatrix<f64>,
    /// Orthonormal coefficients of its directions, in columns.
    pub span: DMatrix<f64>,
    /// Energies along the principal directions of its span.
    pub energies: Vec<f64>,
}

/// A span: orthonormal coefficients, and what made them so.
struct Orthonormal {
    q: DMatrix<f64>,
    by: DMatrix<f64>,
}

impl Search {
    /// Among the matrices of a side on k coordinates (side k or, affine, k + 1): `coefficients` maps a matrix, row by row, to those that the
    /// quadratic form `energy` takes. `units`, side×side, maps coordinates in which an algebra is expected to be well conditioned. Only
    /// entries that `reached` allows change.
    pub fn new(
        (k, side): (usize, usize),
        coefficients: DMatrix<f64>,
        energy: DMatrix<f64>,
        units: DMatrix<f64>,
        reached: impl Fn(usize, usize) -> bool,
    ) -> Option<Self> {
        let own = units.clone().try_inverse()?;
        let unit = |(i, j): (usize, usize)| DMatrix::from_fn(side, side, |a, b| f64::from(u8::from((a, b) == (i, j))));
        let changes = (0..k).flat_map(|i| (0..side).map(move |j| (i, j))).filter(|&(i, j)| reached(i, j)).map(unit);
        let eigen = energy.clone().symmetric_eigen();
        let roots = DMatrix::from_diagonal(&eigen.eigenvalues.map(|v| v.max(0.0).sqrt()));
        let root = roots * eigen.eigenvectors.transpose();
        Some(Self { k, side, coefficients, root, energy, units, own, changes: changes.collect() })
    }

    /// Frames to start from: the units, turned at random.
    pub fn starts(&self, rng: &mut impl Rng) -> Vec<DMatrix<f64>> {
        let one = |_| {
            let mut turned = DMatrix::identity(self.side, self.side);
            turned.view_mut((0, 0), (self.k, self.k)).copy_from(&random_rotation(self.k, rng));
            &self.units * turned
        };
        (0..STARTS).map(one).collect()
    }

    /// The algebra A L A⁻¹ with the least energy; `None` if no change of coordinates changes it.
    pub fn best(&self, basis: &[DMatrix<f64>], starts: &[DMatrix<f64>]) -> Option<Found> {
        if starts.iter().all(|a| self.is_invariant(a, basis)) {
            return None;
        }
        let descent = Descent { count: self.changes.len(), steps: STEPS, largest: LARGEST, difference: 0.0 };
        let moved = |a: &DMatrix<f64>, step: &DVector<f64>| {
            self.changes.iter().zip(step.iter()).fold(a.clone(), |sum, (e, c)| sum + a * e * *c)
        };
        let found = starts.iter().map(|a| {
            let (residuals, slopes) =
                (|a: &DMatrix<f64>| self.residuals(a, basis), |a: &DMatrix<f64>| self.slopes(a, basis));
            let (frame, left) = descent.by_slopes(a.clone(), residuals, slopes, moved);
            (left, frame)
        });
        let (_, frame) = found.min_by(|x, y| x.0.total_cmp(&y.0))?;
        let span = self.span(&frame, basis)?.q;
        let energies = (span.transpose() * &self.energy * &span).symmetric_eigenvalues().iter().copied().collect();
        Some(Found { frame, span, energies })
    }

    fn conjugated(&self, l: &DMatrix<f64>, a: &DMatrix<f64>, inverse: &DMatrix<f64>) -> DVector<f64> {
        &self.coefficients * DVector::from_iterator(self.side * self.side, row_major(&(a * l * inverse)))
    }

    /// Orthonormal columns that span A L A⁻¹ and depend smoothly on A; `None` where A is nearly singular.
    fn span(&self, a: &DMatrix<f64>, basis: &[DMatrix<f64>]) -> Option<Orthonormal> {
        let inverse = a.clone().try_inverse()?;
        let sizes = (&self.own * a).view((0, 0), (self.k, self.k)).into_owned().singular_values();
        if sizes.max() > CONDITION * sizes.min() {
            return None;
        }
        let columns: Vec<DVector<f64>> = basis.iter().map(|l| self.conjugated(l, a, &inverse)).collect();
        let c = DMatrix::from_columns(&columns);
        let eigen = c.tr_mul(&c).symmetric_eigen();
        let least = eigen.eigenvalues.min();
        let roots = DMatrix::from_diagonal(&eigen.eigenvalues.map(|v| 1.0 / v.max(1e-300).sqrt()));
        let by = &eigen.eigenvectors * roots * eigen.eigenvectors.transpose();
        (least > 1e-12 * eigen.eigenvalues.max()).then(|| Orthonormal { q: c * &by, by })
    }

    /// Their squares sum to the energy of the algebra's directions.
    fn residuals(&self, a: &DMatrix<f64>, basis: &[DMatrix<f64>]) -> Vec<f64> {
        match self.span(a, basis) {
            Some(span) => (&self.root * span.q).as_slice().to_vec(),
            // No descent leads there.
            None => vec![f64::MAX.sqrt() * 1e-3; self.root.nrows() * basis.len()],
        }
    }

    /// What the span gains outside itself, of each change of coordinates: d(A L A⁻¹) = A [E, L] A⁻¹ for A ↦ A (1 + E).
    fn turned(&self, a: &DMatrix<f64>, span: &Orthonormal, basis: &[DMatrix<f64>]) -> Vec<DMatrix<f64>> {
        let inverse = a.clone().try_inverse().unwrap_or_else(|| DMatrix::zeros(self.side, self.side));
        let of = |e: &DMatrix<f64>| {
            let columns: Vec<DVector<f64>> =
                basis.iter().map(|l| self.conjugated(&(e * l - l * e), a, &inverse)).collect();
            let change = DMatrix::from_columns(&columns);
            (&change - &span.q * span.q.tr_mul(&change)) * &span.by
        };
        self.changes.iter().map(of).collect()
    }

    /// The residuals, and their derivatives by each change of coordinates. (Turning inside the span changes no energy and is left out.)
    fn slopes(&self, a: &DMatrix<f64>, basis: &[DMatrix<f64>]) -> (Vec<f64>, DMatrix<f64>) {
        let residuals = self.residuals(a, basis);
        let columns = match self.span(a, basis) {
            Some(span) => self.turned(a, &span, basis).iter().map(|t| (&self.root * t).as_slice().to_vec()).collect(),
            None => vec![vec![0.0; residuals.len()]; self.changes.len()],
        };
        let slopes = DMatrix::from_fn(residuals.len(), columns.len(), |i, j| columns[j][i]);
        (residuals, slopes)
    }

    /// Whether no change of coordinates changes the algebra.
    fn is_invariant(&self, a: &DMatrix<f64>, basis: &[DMatrix<f64>]) -> bool {
        let turned = |span: Orthonormal| self.turned(a, &span, basis).iter().all(|t| t.norm() < INVARIANT);
        self.span(a, basis).is_none_or(turned)
    }
}

/// The algebras of the catalogue, each in the coordinates in which it is nearest to the span (orthonormal, of matrices on k coordinates).
pub(crate) fn near(span: &[DMatrix<f64>], k: usize, affine: bool) -> Vec<ExactAlgebra> {
    let side = if affine { k + 1 } else { k };
    let space = if affine { SearchSpace::affine(k) } else { SearchSpace::gl(k) };
    let Ok(space) = space else { return Vec::new() };
    let all = side * side;
    let columns: Vec<DVector<f64>> = span.iter().map(|l| DVector::from_iterator(all, row_major(l))).collect();
    let inside = DMatrix::from_columns(&columns);
    let outside = DMatrix::identity(all, all) - &inside * inside.transpose();
    let (whole, units) = (DMatrix::identity(all, all), DMatrix::identity(side, side));
    let Some(search) = Search::new((k, side), whole, outside, units, |_, _| true) else { return Vec::new() };
    let starts = search.starts(&mut ChaCha8Rng::seed_from_u64(SEED));
    let same = kinds(&space).into_iter().filter(|algebra| algebra.rank() == span.len());
    let hidden = same.filter_map(|algebra| {
        let frame = Frame::new(search.best(&algebra.basis, &starts)?.frame)?;
        Some(ExactAlgebra { algebra, frame: Some(frame) })
    });
    hidden.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named::named;
    use crate::random::normal;
    use crate::snap::snap_in_frame;
    use crate::subspace::{largest_angle, orthonormalise};

    #[test]
    fn one_of_each_kind() {
        let names: Vec<String> = kinds(&SearchSpace::gl(4).unwrap()).into_iter().map(|a| a.name).collect();
        let of = |part: &str| names.iter().filter(|n| n.starts_with(part)).count();
        assert_eq!([of("shear"), of("u(2)"), of("su(2)"), of("so(1,3)"), of("so(3,1)")], [2, 1, 1, 1, 0], "{names:?}");
        assert!(["so(1,3)", "sp(4)", "so(2,2)"].iter().all(|n| is_of_a_form(n, 4)));
        assert!(
            ["so(3)", "so(2)", "so(3)[1,2,3]", "u(2)", "so(2)[0,1]+so(2)[2,3]"].iter().all(|n| !is_of_a_form(n, 4))
        );
        assert!(is_of_a_form("se(3)", 3) && is_of_a_form("iso(1,2)", 3) && !is_of_a_form("sim(3)", 3));
    }

    /// A skewed frame, and a little noise: names come back, and matrices nearer to the truth than what was given.
    #[test]
    fn products_unitary_maps_and_partial_scalings_are_found_in_any_coordinates() {
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        for name in ["so(2)[0,1]+so(1,1)[2,3]", "u(2)", "su(2)", "scale[0]+so(3)[1,2,3]", "so(2)[0,1]+so(2)[2,3]"] {
            let frame = DMatrix::identity(4, 4) + DMatrix::from_fn(4, 4, |_, _| 0.3 * normal(rng));
            let frame = Frame::new(frame).unwrap();
            let exact: Vec<DMatrix<f64>> =
                named(name, 4, false).unwrap().basis.iter().map(|l| frame.conjugate(l)).collect();
            let noisy: Vec<DMatrix<f64>> =
                orthonormalise(&exact).iter().map(|l| l + DMatrix::from_fn(4, 4, |_, _| 0.01 * normal(rng))).collect();
            let found = snap_in_frame(&noisy, 4, false).unwrap();
            let own = named(name, 4, false).unwrap().short_name();
            assert_eq!(
                Kind::of(&found.exact.algebra.short_name(), 4),
                Kind::of(&own, 4),
                "{}",
                found.exact.algebra.name
            );
            let angle = |span: &[DMatrix<f64>]| largest_angle(&orthonormalise(span), &orthonormalise(&exact));
            assert!(angle(&found.exact.basis()) < angle(&noisy) + 1e-9, "{name}");
        }
    }

    /// Derivatives of the residuals, up to turns inside the span, against difference quotients of the energy.
    #[test]
    fn slopes_are_those_of_the_energy() {
        let rng = &mut ChaCha8Rng::seed_from_u64(5);
        let basis = named("so(2)[0,1]", 3, false).unwrap().basis;
        let mixed = DMatrix::from_fn(9, 12, |_, _| normal(rng));
        let energy = &mixed * mixed.transpose() / 12.0;
        let (whole, units) = (DMatrix::identity(9, 9), DMatrix::identity(3, 3));
        let search = Search::new((3, 3), whole, energy, units, |_, _| true).unwrap();
        let a = DMatrix::identity(3, 3) + DMatrix::from_fn(3, 3, |_, _| 0.2 * normal(rng));
        let (own, slopes) = search.slopes(&a, &basis);
        let square = |a: &DMatrix<f64>| search.residuals(a, &basis).iter().map(|v| v * v).sum::<f64>();
        for (j, e) in search.changes.iter().enumerate() {
            let h = 1e-5;
            let quotient = (square(&(&a + &a * e * h)) - square(&(&a - &a * e * h))) / (2.0 * h);
            let slope = 2.0 * own.iter().enumerate().map(|(i, r)| r * slopes[(i, j)]).sum::<f64>();
            assert!((quotient - slope).abs() < 1e-6 * square(&a).max(1.0), "{j}: {quotient} {slope}");
        }
    }
}
