//! The function to be learnt: symmetric, generic, or symmetric with a term that breaks it.

use nalgebra::{DMatrix, DVector};

use super::finite::Acting;
use super::function::Function;

/// What breaks a symmetry: its share of the variance, the function, and symmetric functions, whose best sum is taken away from it.
pub(super) struct Breaking {
    pub share: f64,
    pub term: Function,
    pub symmetric: Function,
}

/// The mean of a function over a finite group, and what breaks it: its share of the variance, and a function whose mean is taken away.
pub(super) struct Symmetrised<'a> {
    pub acting: &'a Acting,
    pub main: Function,
    pub rest: Option<(f64, Function)>,
}

/// A summand.
enum Term {
    Itself(Function),
    /// Its mean over a finite group.
    Mean(Acting, Function),
    /// What that mean leaves.
    Rest(Acting, Function),
}

impl Term {
    fn at(&self, row: &[Vec<f64>]) -> Vec<f64> {
        match self {
            Self::Itself(function) => function.at(row),
            Self::Mean(acting, function) => acting.mean(&|row| function.at(row), row),
            Self::Rest(acting, function) => {
                let mean = acting.mean(&|row| function.at(row), row);
                function.at(row).iter().zip(mean).map(|(v, m)| v - m).collect()
            }
        }
    }
}

/// Σ c f + constant.
pub(super) struct Target {
    terms: Vec<(f64, Term)>,
    /// Subtracted from the sum; 0 for vectors.
    mean: Vec<f64>,
}

impl Target {
    /// The function with variance 1 on these rows (for vectors: in the sum of their components). What breaks it is orthogonal to
    /// the symmetric functions and has the given share of the variance. `None` if a function is constant.
    pub(super) fn new(
        main: Function,
        breaking: Option<Breaking>,
        rows: &[Vec<Vec<f64>>],
        vector: bool,
    ) -> Option<Self> {
        let values = |f: &Function| rows.iter().map(|r| f.at(r)).collect::<Vec<_>>();
        let first = centre(values(&main));
        let variance = inner(&first, &first);
        let terms = match breaking {
            None => vec![(1.0 / positive(variance)?.sqrt(), main)],
            Some(Breaking { share, term, symmetric }) => {
                let mut second = centre(values(&term));
                let weights = projection(&values(&symmetric), &second)?;
                let shared = symmetric.combined(&weights);
                subtract(&mut second, &centre(values(&shared)), 1.0);
                let slope = inner(&first, &second) / positive(variance)?;
                subtract(&mut second, &first, slope);
                let weight = (share / positive(inner(&second, &second))?).sqrt();
                let own = ((1.0 - share) / variance).sqrt() - slope * weight;
                vec![(own, main), (weight, term), (-weight, shared)]
            }
        };
        let terms = terms.into_iter().map(|(weight, f)| (weight, Term::Itself(f))).collect();
        Some(Self::centred(terms, rows, vector))
    }

    /// The same of a function that is symmetric under a finite group, but for the share that breaks it. `None` if a function is constant.
    pub(super) fn symmetrised(
        Symmetrised { acting, main, rest }: Symmetrised<'_>,
        rows: &[Vec<Vec<f64>>],
        vector: bool,
    ) -> Option<Self> {
        let size = |term: &Term| {
            let values = centre(rows.iter().map(|r| term.at(r)).collect());
            positive(inner(&values, &values))
        };
        let main = Term::Mean(acting.clone(), main);
        let share = rest.as_ref().map_or(0.0, |r| r.0);
        let mut terms = vec![(((1.0 - share) / size(&main)?).sqrt(), main)];
        if let Some((share, function)) = rest {
            let term = Term::Rest(acting.clone(), function);
            terms.push(((share / size(&term)?).sqrt(), term));
        }
        Some(Self::centred(terms, rows, vector))
    }

    fn centred(terms: Vec<(f64, Term)>, rows: &[Vec<Vec<f64>>], vector: bool) -> Self {
        let mut target = Self { terms, mean: Vec::new() };
        if !vector {
            let all: Vec<Vec<f64>> = rows.iter().map(|r| target.at(r)).collect();
            target.mean = means(&all);
        }
        target
    }

    /// Its value at a row of the data, field by field.
    pub(super) fn at(&self, row: &[Vec<f64>]) -> Vec<f64> {
        let mut sum: Vec<f64> = self.mean.iter().map(|m| -m).collect();
        for (weight, term) in &self.terms {
            let value = term.at(row);
            sum.resize(value.len(), 0.0);
            sum.iter_mut().zip(value).for_each(|(s, v)| *s += weight * v);
        }
        sum
    }
}

/// Of several functions' values, row by row one after another, the weights whose sum is nearest to the given values.
fn projection(functions: &[Vec<f64>], values: &[Vec<f64>]) -> Option<Vec<f64>> {
    let width = values.first().map_or(1, Vec::len).max(1);
    let functions = centre(functions.to_vec());
    let count = functions.first().map_or(0, |f| f.len() / width);
    let columns =
        functions.iter().flat_map(|f| (0..width).flat_map(move |i| (0..count).map(move |j| f[j * width + i])));
    let a = DMatrix::from_row_iterator(functions.len() * width, count, columns);
    let b = DVector::from_iterator(values.len() * width, values.iter().flatten().copied());
    let normal = a.transpose() * &a;
    let ridge = DMatrix::identity(count, count) * (1e-8 * normal.trace());
    (normal + ridge).cholesky().map(|c| c.solve(&(a.transpose() * b)).as_slice().to_vec())
}

fn subtract(from: &mut [Vec<f64>], what: &[Vec<f64>], weight: f64) {
    for (row, other) in from.iter_mut().zip(what) {
        row.iter_mut().zip(other).for_each(|(v, w)| *v -= weight * w);
    }
}

fn positive(variance: f64) -> Option<f64> {
    (variance.is_finite() && variance > 1e-12).then_some(variance)
}

fn means(rows: &[Vec<f64>]) -> Vec<f64> {
    let n = rows.len().max(1) as f64;
    (0..rows.first().map_or(0, Vec::len)).map(|i| rows.iter().map(|r| r[i]).sum::<f64>() / n).collect()
}

fn centre(mut rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mean = means(&rows);
    rows.iter_mut().for_each(|r| r.iter_mut().zip(&mean).for_each(|(v, m)| *v -= m));
    rows
}

/// The mean of ⟨a, b⟩.
fn inner(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    let product = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    a.iter().zip(b).map(product).sum::<f64>() / a.len().max(1) as f64
}
