//! The symmetries of a function, measured: they make the stated truth exact.
//!
//! For a generator E_p of the search space, r_p(x) = Df(x)·(E_p x) − E_p f(x) is how far f is from equivariant along it. The form
//! G_pq = E⟨r_p, r_q⟩ / Var f, measured against the displacement D_pq = E⟨E_p x, E_q x⟩ / E|x|² (summed over the fields), has as
//! many vanishing eigenvalues as f has symmetries; the smallest other one is how strongly the nearest false direction shows.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::fields::Field;
use super::target::Target;
use semola_lie::{ActError, Action, differential};

/// Eigenvalues below this belong to symmetries: differences of step 1e-4 leave 1e-12 or less.
pub(super) const ZERO: f64 = 1e-8;
/// The least eigenvalue of what is no symmetry, relative to the variance of the target.
pub(super) const GAP: f64 = 2e-3;
const STEP: f64 = 1e-4;

/// A function and where it is looked at.
pub(super) struct Seen<'a> {
    pub target: &'a Target,
    pub fields: &'a [Field],
    pub vector: bool,
    pub rows: &'a [Vec<Vec<f64>>],
}

/// What a search space holds of symmetries.
#[derive(Debug)]
pub(super) struct Spectrum {
    /// All eigenvalues, ascending.
    pub values: Vec<f64>,
    /// The direction of each, as a generator of displacement one.
    pub directions: Vec<DMatrix<f64>>,
    /// The largest of the stated generators; 0 if there are none.
    pub stated: f64,
}

impl Spectrum {
    /// Whether there are exactly the stated symmetries, `rank` of them.
    pub(super) fn is_exactly(&self, rank: usize) -> bool {
        let below = self.values.iter().filter(|v| **v < ZERO).count();
        below == rank && self.stated < ZERO && self.values.iter().all(|v| v.is_finite()) && self.gap(rank) > GAP
    }

    /// All eigenvalues, ascending, with their directions.
    pub(super) fn rising(&self) -> Vec<(f64, DMatrix<f64>)> {
        self.values.iter().copied().zip(self.directions.iter().cloned()).collect()
    }

    /// How much a direction of no meaning shows: the mean of the eigenvalues.
    pub(super) fn typical(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len().max(1) as f64
    }

    /// The smallest eigenvalue of what is no symmetry.
    pub(super) fn gap(&self, rank: usize) -> f64 {
        self.values.get(rank).copied().unwrap_or(f64::INFINITY)
    }
}

/// The basis matrices E_ij of a search space, of side k or k + 1.
fn space(k: usize, affine: bool) -> Vec<DMatrix<f64>> {
    let side = if affine { k + 1 } else { k };
    let unit = |(i, j)| {
        let mut e = DMatrix::zeros(side, side);
        e[(i, j)] = 1.0;
        e
    };
    (0..k).flat_map(|i| (0..side).map(move |j| (i, j))).map(unit).collect()
}

impl Seen<'_> {
    /// The eigenvalues over gl(k), or over the affine maps.
    ///
    /// # Errors
    /// The fields' dimensions do not fit the generators.
    pub(super) fn spectrum(&self, (k, affine): (usize, bool), stated: &[DMatrix<f64>]) -> Result<Spectrum, ActError> {
        let basis = space(k, affine);
        let p = basis.len();
        let (g, d) = self.forms(&basis)?;
        let quotient = |l: &DMatrix<f64>| {
            let v = DMatrix::from_iterator(p, 1, basis.iter().map(|e| e.dot(l)));
            (v.transpose() * &g * &v)[0] / (v.transpose() * &d * &v)[0]
        };
        let stated = stated.iter().map(quotient).fold(0.0, f64::max);
        let (values, vectors) = eigen(&g, &d);
        let side = basis.first().map_or(0, DMatrix::nrows);
        let generator =
            |v: &DVector<f64>| v.iter().zip(&basis).fold(DMatrix::zeros(side, side), |sum, (c, e)| sum + e * *c);
        Ok(Spectrum { values, directions: vectors.iter().map(generator).collect(), stated })
    }

    /// By how much the function changes along the span of these generators, for displacements by the size of the rows: of each direction of
    /// their own, the least first.
    ///
    /// # Errors
    /// As [`Self::spectrum`].
    pub(super) fn along(&self, generators: &[DMatrix<f64>]) -> Result<Vec<f64>, ActError> {
        let (g, d) = self.forms(generators)?;
        Ok(eigen(&g, &d).0)
    }

    /// The forms G and D over these matrices.
    fn forms(&self, basis: &[DMatrix<f64>]) -> Result<(DMatrix<f64>, DMatrix<f64>), ActError> {
        let sizes: Vec<f64> = (0..self.fields.len()).map(|f| self.size(f)).collect();
        let values: Vec<Vec<f64>> = self.rows.iter().map(|r| self.target.at(r)).collect();
        let p = basis.len();
        let (mut g, mut d) = (DMatrix::zeros(p, p), DMatrix::zeros(p, p));
        for (row, value) in self.rows.iter().zip(&values) {
            let (mut errors, mut moves) = (Vec::with_capacity(p), Vec::with_capacity(p));
            for e in basis {
                let (error, displacement) = self.residual(e, row, value, &sizes)?;
                errors.push(error);
                moves.push(displacement);
            }
            g += gram(&errors);
            d += gram(&moves);
        }
        let n = self.rows.len() as f64;
        Ok((g / (n * variance(&values)), d / n))
    }

    /// The mean square of a field's rows.
    fn size(&self, field: usize) -> f64 {
        let square = |r: &Vec<Vec<f64>>| r[field].iter().map(|v| v * v).sum::<f64>();
        self.rows.iter().map(square).sum::<f64>() / self.rows.len() as f64
    }

    /// r(x), and the displacement relative to the size of each field.
    fn residual(
        &self,
        l: &DMatrix<f64>,
        row: &[Vec<f64>],
        value: &[f64],
        sizes: &[f64],
    ) -> Result<(Vec<f64>, Vec<f64>), ActError> {
        let along = self.fields.iter().zip(row).map(|(f, v)| differential(l, f.action, 1.0, v));
        let along = along.collect::<Result<Vec<_>, _>>()?;
        let at = |h: f64| {
            let one = |(v, d): (&Vec<f64>, &Vec<f64>)| v.iter().zip(d).map(|(v, d)| v + h * d).collect();
            self.target.at(&row.iter().zip(&along).map(one).collect::<Vec<Vec<f64>>>())
        };
        let mut r: Vec<f64> = at(STEP).iter().zip(at(-STEP)).map(|(a, b)| (a - b) / (2.0 * STEP)).collect();
        if self.vector {
            let turned = differential(l, Action::Vector { dim: value.len() }, 1.0, value)?;
            r.iter_mut().zip(turned).for_each(|(r, t)| *r -= t);
        }
        let moves = along.iter().zip(sizes).flat_map(|(d, s)| d.iter().map(move |v| v / s.sqrt())).collect();
        Ok((r, moves))
    }
}

/// The variance of a target, summed over its components.
pub(super) fn variance(values: &[Vec<f64>]) -> f64 {
    let n = values.len() as f64;
    let component = |i: usize| {
        let mean = values.iter().map(|v| v[i]).sum::<f64>() / n;
        values.iter().map(|v| (v[i] - mean).powi(2)).sum::<f64>() / n
    };
    (0..values.first().map_or(0, Vec::len)).map(component).sum()
}

fn gram(columns: &[Vec<f64>]) -> DMatrix<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum();
    DMatrix::from_fn(columns.len(), columns.len(), |p, q| dot(&columns[p], &columns[q]))
}

/// The eigenvalues of G v = λ D v, ascending, with vectors of vᵀ D v = 1; all infinite, without vectors, if D is not finite.
fn eigen(g: &DMatrix<f64>, d: &DMatrix<f64>) -> (Vec<f64>, Vec<DVector<f64>>) {
    let p = g.nrows();
    let floor = DMatrix::identity(p, p) * (1e-12 * d.trace());
    let inverse = (d + floor).cholesky().and_then(|c| c.l().try_inverse());
    let Some(inverse) = inverse.filter(|_| g.iter().all(|v| v.is_finite())) else {
        return (vec![f64::INFINITY; p], Vec::new());
    };
    let found = SymmetricEigen::new(&inverse * g * inverse.transpose());
    let mut order: Vec<usize> = (0..p).collect();
    order.sort_by(|&i, &j| found.eigenvalues[i].total_cmp(&found.eigenvalues[j]));
    let vector = |&i: &usize| inverse.transpose() * found.eigenvectors.column(i);
    (order.iter().map(|&i| found.eigenvalues[i]).collect(), order.iter().map(vector).collect())
}
