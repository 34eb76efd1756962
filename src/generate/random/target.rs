//! The function to be learnt: symmetric, generic, or symmetric with a term that breaks it.

use super::function::Function;

/// c₁ f₁ + c₂ f₂ + constant.
pub(super) struct Target {
    terms: Vec<(f64, Function)>,
    /// Subtracted from the sum; 0 for vectors.
    mean: Vec<f64>,
}

impl Target {
    /// The function with variance 1 on these rows (for vectors: in the sum of their components); where it is broken, the
    /// second function's part that is uncorrelated with the first has the given share of it. `None` if a function is constant.
    pub(super) fn new(
        main: Function,
        breaking: Option<(f64, Function)>,
        rows: &[Vec<Vec<f64>>],
        vector: bool,
    ) -> Option<Self> {
        let values = |f: &Function| rows.iter().map(|r| f.at(r)).collect::<Vec<_>>();
        let first = centre(values(&main));
        let variance = inner(&first, &first);
        let terms = match breaking {
            None => vec![(1.0 / positive(variance)?.sqrt(), main)],
            Some((share, term)) => {
                let second = centre(values(&term));
                let slope = inner(&first, &second) / positive(variance)?;
                let rest = positive(inner(&second, &second) - slope * slope * variance)?;
                let weight = (share / rest).sqrt();
                vec![(((1.0 - share) / variance).sqrt() - slope * weight, main), (weight, term)]
            }
        };
        let mut target = Self { terms, mean: Vec::new() };
        if !vector {
            let all: Vec<Vec<f64>> = rows.iter().map(|r| target.at(r)).collect();
            target.mean = means(&all);
        }
        Some(target)
    }

    /// Its value at a row of the data, field by field.
    pub(super) fn at(&self, row: &[Vec<f64>]) -> Vec<f64> {
        let mut sum: Vec<f64> = self.mean.iter().map(|m| -m).collect();
        for (weight, function) in &self.terms {
            let value = function.at(row);
            sum.resize(value.len(), 0.0);
            sum.iter_mut().zip(value).for_each(|(s, v)| *s += weight * v);
        }
        sum
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
