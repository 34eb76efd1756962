//! Algebras that preserve a bilinear form as candidates: rotations and boosts in any basis, and symplectic maps; and translations along
//! any subspace.
//!
//! The directions along which networks are most equivariant span a hidden so(3) only as well as each of them is known. All algebras of
//! its kind are so few — those of the forms G, by L with LᵀG + GL = 0 — that the one with the least energy is known far better.

use nalgebra::{DMatrix, DVector};
use semola_lie::descent::Descent;
use semola_lie::form::{FormKind, best_form, preserving};
use semola_lie::row_major;
use semola_lie::space::SearchSpace;

use super::gram::rising_eigenvectors;
use super::span::orthonormal;
use super::standard::gain;
use super::support::Support;

/// Spaces with more directions are not searched.
const WIDEST: usize = 100;
/// Energy below which directions count alike for where the search starts, in units of the mean over all directions.
const FLOOR: f64 = 0.02;
/// Steps of the search, the largest change of a form of norm 1, and the step of a difference quotient.
const STEPS: usize = 60;
const LARGEST: f64 = 0.3;
const DIFFERENCE: f64 = 1e-5;
/// Forms that are degenerate up to this share of their norm belong to no such algebra.
const REGULAR: f64 = 1e-2;

/// For each kind of form the algebra with the least energy, as orthonormal coefficients in whitened directions, alone and with all
/// translations, if no direction has too much of it; and subspaces of translations. `energy` is a quadratic form of mean 1.
pub fn form_candidates(space: &SearchSpace, support: &Support, energy: &DMatrix<f64>) -> Vec<Vec<DVector<f64>>> {
    let q = support.directions.len();
    if space.k < 2 || q > WIDEST {
        return Vec::new();
    }
    let Some(search) = Search::new(space, support, energy) else { return Vec::new() };
    let linear = [FormKind::Symmetric, FormKind::Antisymmetric].into_iter().filter_map(|kind| search.best(kind));
    let spans = linear.flat_map(|linear| {
        let both = linear.iter().chain(&search.translations).cloned().collect::<Vec<_>>();
        let with = (!search.translations.is_empty()).then(|| orthonormal(&both));
        [Some(linear), with].into_iter().flatten()
    });
    let spans = spans.chain(search.still(energy));
    spans.filter(|span| span.len() < q && gain(span, energy).is_some()).collect()
}

/// Matrices as combinations of whitened directions that span all linear maps.
pub(super) struct Linear {
    /// Whitened coefficients of a matrix, row-major.
    pub coefficients: DMatrix<f64>,
    /// Which unit matrices, of the first k rows, are such combinations.
    pub reached: DMatrix<bool>,
}

impl Linear {
    /// `None` if the directions do not span all linear maps.
    pub fn of(space: &SearchSpace, support: &Support) -> Option<Self> {
        let (side, k) = (space.side, space.k);
        let columns: Vec<DVector<f64>> =
            support.directions.iter().map(|d| DVector::from_iterator(side * side, row_major(d))).collect();
        let all = DMatrix::from_columns(&columns);
        let coefficients = all.clone().pseudo_inverse(1e-9).ok()?;
        let reached = DMatrix::from_fn(k, side, |i, j| {
            let unit = DVector::from_fn(side * side, |at, _| f64::from(u8::from(at == i * side + j)));
            (&all * (&coefficients * &unit) - unit).amax() < 1e-6
        });
        reached.columns(0, k).iter().all(|r| *r).then_some(Self { coefficients, reached })
    }
}

/// What a search works on.
struct Search<'a> {
    side: usize,
    k: usize,
    /// Whitened coefficients of a matrix, row-major.
    coefficients: DMatrix<f64>,
    translations: Vec<DVector<f64>>,
    support: &'a Support,
    /// Directions by their energy, the least first.
    rising: Vec<(f64, DVector<f64>)>,
    /// R with RᵀR = energy.
    root: DMatrix<f64>,
}

impl<'a> Search<'a> {
    /// `None` if the directions do not span all linear maps.
    fn new(space: &SearchSpace, support: &'a Support, energy: &DMatrix<f64>) -> Option<Self> {
        let (side, k) = (space.side, space.k);
        let Linear { coefficients, reached } = Linear::of(space, support)?;
        let moves = (0..k).filter(|_| side > k).filter(|&i| reached[(i, k)]);
        let translations: Vec<DVector<f64>> = moves.map(|i| coefficients.column(i * side + k).into_owned()).collect();
        let eigen = energy.clone().symmetric_eigen();
        let roots = DMatrix::from_diagonal(&eigen.eigenvalues.map(|v| v.max(0.0).sqrt()));
        let root = roots * eigen.eigenvectors.transpose();
        let rising = rising_eigenvectors(energy.clone());
        Some(Self { side, k, coefficients, translations, support, rising, root })
    }

    /// The translations of least energy, not all of them: each number of them that have little.
    fn still(&self, energy: &DMatrix<f64>) -> Vec<Vec<DVector<f64>>> {
        let units = orthonormal(&self.translations);
        if units.len() < 2 {
            return Vec::new();
        }
        let all = DMatrix::from_columns(&units);
        let rising = rising_eigenvectors(all.tr_mul(&(energy * &all)));
        let first = |m: usize| rising[..m].iter().map(|(_, u)| &all * u).collect::<Vec<_>>();
        let little = |m: &usize| gain(&first(*m), energy).is_some();
        (1..rising.len()).take_while(little).map(first).collect()
    }

    /// The algebra of the form of this kind with the least energy; `None` if that form is degenerate.
    fn best(&self, kind: FormKind) -> Option<Vec<DVector<f64>>> {
        let forms = kind.basis(self.k);
        let residuals = |all: &[DMatrix<f64>]| all.iter().map(|form| self.residuals(form, kind)).collect();
        let moved = |form: &DMatrix<f64>, step: &DVector<f64>| {
            let next = forms.iter().zip(step.iter()).fold(form.clone(), |sum, (g, c)| sum + g * *c);
            let norm = next.norm();
            next / norm.max(1e-300)
        };
        let descent = Descent { count: forms.len(), steps: STEPS, largest: LARGEST, difference: DIFFERENCE };
        let starts = self.starts(kind).into_iter().filter(|form| self.span(form, kind).is_some());
        let found = starts.map(|start| descent.run(start, residuals, moved));
        let (form, _) = found.min_by(|a, b| a.1.total_cmp(&b.1))?;
        let sizes = form.clone().svd(false, false).singular_values;
        let span = self.span(&form, kind).filter(|_| sizes.min() > REGULAR * sizes.max())?;
        Some(span.column_iter().map(DVector::from).collect())
    }

    /// Forms that the directions of little energy preserve best: all of them, each by how little it has, and as many as the algebra has.
    fn starts(&self, kind: FormKind) -> Vec<DMatrix<f64>> {
        let linear = |u: &DVector<f64>| self.support.combine(u).view((0, 0), (self.k, self.k)).into_owned();
        let weighted: Vec<DMatrix<f64>> =
            self.rising.iter().map(|(value, u)| linear(u) / (value.max(0.0) + FLOOR)).collect();
        let first: Vec<DMatrix<f64>> = self.rising.iter().take(self.rank(kind)).map(|(_, u)| linear(u)).collect();
        [weighted, first].iter().filter_map(|span| best_form(span, self.k, kind)).collect()
    }

    /// Dimension of an algebra of this kind.
    fn rank(&self, kind: FormKind) -> usize {
        self.k * self.k - kind.basis(self.k).len()
    }

    /// Orthonormal columns of whitened coefficients that span the algebra of a form and depend smoothly on it; `None` if it is degenerate.
    fn span(&self, form: &DMatrix<f64>, kind: FormKind) -> Option<DMatrix<f64>> {
        let coefficients = |l: &DMatrix<f64>| {
            let entry = |at: usize| {
                let (i, j) = (at / self.side, at % self.side);
                if i < self.k && j < self.k { l[(i, j)] } else { 0.0 }
            };
            &self.coefficients * DVector::from_fn(self.side * self.side, |at, _| entry(at))
        };
        let columns: Vec<DVector<f64>> = preserving(form, kind)?.iter().map(coefficients).collect();
        let c = DMatrix::from_columns(&columns);
        let eigen = c.tr_mul(&c).symmetric_eigen();
        let least = eigen.eigenvalues.min();
        let inverse = DMatrix::from_diagonal(&eigen.eigenvalues.map(|v| 1.0 / v.max(1e-300).sqrt()));
        let root = &eigen.eigenvectors * inverse * eigen.eigenvectors.transpose();
        (least > 1e-12 * eigen.eigenvalues.max()).then(|| c * root)
    }

    /// Their squares sum to the energy of the algebra's directions.
    fn residuals(&self, form: &DMatrix<f64>, kind: FormKind) -> Vec<f64> {
        match self.span(form, kind) {
            Some(span) => (&self.root * span).as_slice().to_vec(),
            // No descent leads there.
            None => vec![f64::MAX.sqrt(); self.root.nrows() * self.rank(kind)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::Streams;
    use semola_lie::random::normal;
    use semola_lie::subspace::{largest_angle, orthonormalise};

    /// The search space as data of covariance one see it.
    fn support(space: &SearchSpace) -> Support {
        let none = DMatrix::zeros(0, 0);
        Support {
            directions: space.basis.clone(),
            off: none,
            natural: 0.0,
            looked_at: false,
            is_of_images: false,
            null: Vec::new(),
            per_row: Vec::new(),
        }
    }

    /// The algebra of a hidden form has no energy, all other directions have some and are seen through noise.
    fn energy(space: &SearchSpace, hidden: &[DMatrix<f64>], noise: f64, seed: u64) -> DMatrix<f64> {
        let rng = &mut Streams::new(seed).get("energy", 0);
        let q = space.basis.len();
        let support = support(space);
        let columns: Vec<DVector<f64>> =
            orthonormal(&hidden.iter().map(|l| support.coefficients(l)).collect::<Vec<_>>());
        let mixed = DMatrix::from_fn(q, 3 * q, |_, _| normal(rng));
        let noisy = DMatrix::from_fn(q, 3 * q, |_, _| noise * normal(rng));
        let outside = columns.iter().fold(DMatrix::identity(q, q), |p, u| p - u * u.transpose());
        let seen = outside * mixed + noisy;
        let energy = &seen * seen.transpose();
        let mean = energy.trace() / q as f64;
        energy / mean
    }

    #[test]
    fn a_hidden_algebra_is_found_more_exactly_than_its_directions_are_known() {
        let change = DMatrix::from_row_slice(3, 3, &[1.0, 0.4, -0.3, 0.0, 0.6, 0.5, 0.2, 0.0, 1.5]);
        let inverse = change.clone().try_inverse().unwrap();
        for signs in [[1.0, 1.0, 1.0], [1.0, 1.0, -1.0]] {
            let eta = DMatrix::from_diagonal(&DVector::from_row_slice(&signs));
            let hidden = preserving(&(inverse.transpose() * eta * &inverse), FormKind::Symmetric).unwrap();
            let space = SearchSpace::gl(3).unwrap();
            let seen = support(&space);
            let angle = |span: &[DVector<f64>]| {
                let matrices: Vec<DMatrix<f64>> = span.iter().map(|u| seen.combine(u)).collect();
                largest_angle(&orthonormalise(&matrices), &orthonormalise(&hidden))
            };
            let (mut by_form, mut by_directions) = (0.0, 0.0);
            for seed in 0..5 {
                let energy = energy(&space, &hidden, 0.35, seed);
                let free = rising_eigenvectors(energy.clone()).into_iter().take(3).map(|(_, u)| u);
                by_directions += angle(&free.collect::<Vec<_>>());
                let found = form_candidates(&space, &seen, &energy);
                by_form += found.iter().map(|span| angle(span)).fold(f64::INFINITY, f64::min);
            }
            assert!(by_form < 0.8 * by_directions && by_form < 5.0 * 0.2, "{by_form} {by_directions}");
        }
    }

    #[test]
    fn symplectic_algebras_and_translations_are_found_too() {
        let space = SearchSpace::affine(4).unwrap();
        let mut omega = DMatrix::zeros(4, 4);
        for (i, j, v) in [(0, 2, 1.0), (1, 3, 1.7), (0, 1, 0.3)] {
            omega[(i, j)] = v;
            omega[(j, i)] = -v;
        }
        let linear = preserving(&omega, FormKind::Antisymmetric).unwrap();
        assert_eq!(linear.len(), 10);
        assert!(linear.iter().all(|l| (l.transpose() * &omega + &omega * l).amax() < 1e-12));
        let mut hidden: Vec<DMatrix<f64>> = linear.iter().map(|l| l.clone().resize(5, 5, 0.0)).collect();
        for i in 0..4 {
            let mut t = DMatrix::zeros(5, 5);
            t[(i, 4)] = 1.0;
            hidden.push(t);
        }
        let energy = energy(&space, &hidden, 0.05, 3);
        let seen = support(&space);
        let found = form_candidates(&space, &seen, &energy);
        let both = found.iter().find(|span| span.len() == 14).expect("with translations");
        let matrices = orthonormalise(&both.iter().map(|u| seen.combine(u)).collect::<Vec<_>>());
        assert!(largest_angle(&matrices, &orthonormalise(&hidden)) < 0.1);
        assert!(found.iter().any(|span| span.len() == 10), "and without");
    }

    #[test]
    fn hidden_translations_are_found_among_translations() {
        let space = SearchSpace::affine(3).unwrap();
        let along = |v: [f64; 3]| {
            let mut t = DMatrix::zeros(4, 4);
            (0..3).for_each(|i| t[(i, 3)] = v[i]);
            t
        };
        let hidden = [along([0.5, -0.8, 0.1]), along([0.0, 0.3, 1.0])];
        let energy = energy(&space, &hidden, 0.1, 7);
        let seen = support(&space);
        let found = form_candidates(&space, &seen, &energy);
        let angle = |span: &Vec<DVector<f64>>| {
            let matrices: Vec<DMatrix<f64>> = span.iter().map(|u| seen.combine(u)).collect();
            assert!(matrices.iter().all(|m| m.view((0, 0), (3, 3)).amax() < 1e-9), "nothing but translations");
            largest_angle(&orthonormalise(&matrices), &orthonormalise(&hidden))
        };
        let two: Vec<f64> = found.iter().filter(|span| span.len() == 2).map(angle).collect();
        assert!(two.len() == 1 && two[0] < 0.15, "{two:?}");
    }

    #[test]
    fn where_no_form_is_preserved_there_is_no_candidate() {
        let space = SearchSpace::gl(3).unwrap();
        assert!(form_candidates(&space, &support(&space), &energy(&space, &[], 0.0, 4)).is_empty());
        let one = SearchSpace::gl(1).unwrap();
        assert!(form_candidates(&one, &support(&one), &DMatrix::identity(1, 1)).is_empty());
    }
}
