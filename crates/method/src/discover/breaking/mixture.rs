//! The density of vectors as a mixture of Gaussians: inputs may lie in several places, or on curves.

use nalgebra::{DMatrix, DVector};

/// Numbers of components that are tried.
const COMPONENTS: [usize; 4] = [1, 2, 4, 8];
/// Rows per component and dimension, at least.
const ROWS: usize = 10;
/// Steps of expectation and maximisation.
const STEPS: usize = 30;
/// Variance that is added to each component's, in units of that of all rows, so that none collapses.
const FLOOR: f64 = 0.02;

/// A mixture of Gaussians (fitted by expectation and maximisation: Dempster, Laird & Rubin 1977).
pub struct Mixture {
    parts: Vec<Part>,
}

struct Part {
    log_weight: f64,
    mean: DVector<f64>,
    /// L⁻¹ of the covariance L Lᵀ, row by row up to the diagonal.
    inverse: Vec<f64>,
    /// Half the logarithm of the covariance's determinant.
    log_volume: f64,
}

impl Part {
    fn new(weight: f64, mean: DVector<f64>, covariance: DMatrix<f64>) -> Option<Self> {
        let factor = covariance.cholesky()?.unpack();
        let log_volume = factor.diagonal().iter().map(|v| v.ln()).sum();
        let n = mean.len();
        let inverse = factor.solve_lower_triangular(&DMatrix::identity(n, n))?;
        let inverse = (0..n).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|at| inverse[at]).collect();
        Some(Self { log_weight: weight.ln(), mean, inverse, log_volume })
    }

    fn log_density(&self, z: &[f64]) -> f64 {
        let (mean, mut square, mut start) = (self.mean.as_slice(), 0.0, 0);
        for i in 0..z.len() {
            let row = &self.inverse[start..start + i + 1];
            let d: f64 = row.iter().zip(z.iter().zip(mean)).map(|(l, (z, m))| l * (z - m)).sum();
            square += d * d;
            start += i + 1;
        }
        self.log_weight - self.log_volume - 0.5 * square
    }
}

impl Mixture {
    /// Of rows of mean 0 and variance 1, in random order. Of several numbers of components it has the one under which one half of the rows
    /// makes the other most likely.
    pub fn of(rows: &[DVector<f64>]) -> Self {
        let dim = rows.first().map_or(0, DVector::len);
        let (one, other) = rows.split_at(rows.len() / 2);
        let mut best = (1, f64::NEG_INFINITY);
        for count in COMPONENTS {
            let enough = one.len() >= ROWS * count * dim.max(1);
            if let Some(fitted) = Self::fit(one, count).filter(|_| count == 1 || enough) {
                let likely = other.iter().map(|z| fitted.log_density(z.as_slice())).sum::<f64>();
                if likely > best.1 {
                    best = (count, likely);
                }
            }
        }
        Self::fit(rows, best.0).or_else(|| Self::fit(rows, 1)).unwrap_or_else(|| {
            let standard = Part::new(1.0, DVector::zeros(dim), DMatrix::identity(dim, dim));
            Self { parts: standard.into_iter().collect() }
        })
    }

    /// The logarithm of the density, up to a constant.
    pub fn log_density(&self, z: &[f64]) -> f64 {
        log_sum(self.parts.iter().map(|part| part.log_density(z)))
    }

    fn fit(rows: &[DVector<f64>], count: usize) -> Option<Self> {
        let dim = rows.first()?.len();
        let covariance = DMatrix::identity(dim, dim);
        let start = rows.get(..count)?.iter();
        let mean = |z: &DVector<f64>| if count == 1 { DVector::zeros(dim) } else { z.clone() };
        let parts = start.map(|z| Part::new(1.0 / count as f64, mean(z), covariance.clone()));
        let mut mixture = Self { parts: parts.collect::<Option<_>>()? };
        for _ in 0..if count == 1 { 1 } else { STEPS } {
            mixture = mixture.step(rows, dim)?;
        }
        Some(mixture)
    }

    /// One step of expectation and maximisation.
    fn step(&self, rows: &[DVector<f64>], dim: usize) -> Option<Self> {
        let count = self.parts.len();
        let mut sums = vec![(0.0, DVector::zeros(dim), DMatrix::zeros(dim, dim)); count];
        for z in rows {
            let logs: Vec<f64> = self.parts.iter().map(|part| part.log_density(z.as_slice())).collect();
            let all = log_sum(logs.iter().copied());
            for (log, (weight, first, second)) in logs.iter().zip(&mut sums) {
                let share = (log - all).exp();
                *weight += share;
                first.axpy(share, z, 1.0);
                second.ger(share, z, z, 1.0);
            }
        }
        let part = |(weight, first, second): (f64, DVector<f64>, DMatrix<f64>)| {
            // A component without rows stays where it was, with hardly any weight.
            let safe = weight.max(1e-9);
            let mean = first / safe;
            let covariance = second / safe - &mean * mean.transpose() + DMatrix::identity(dim, dim) * FLOOR;
            Part::new(safe / rows.len().max(1) as f64, mean, covariance)
        };
        Some(Self { parts: sums.into_iter().map(part).collect::<Option<_>>()? })
    }
}

fn log_sum(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    if most.is_finite() { most + logs.map(|l| (l - most).exp()).sum::<f64>().ln() } else { most }
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::Streams;
    use semola_lie::random::normal;

    fn rows(apart: f64) -> Vec<DVector<f64>> {
        let mut rng = Streams::new(1).get("test", 0);
        let scale = (1.0 + apart * apart).sqrt();
        let row = |i: usize| {
            let side = if i.is_multiple_of(2) { apart } else { -apart };
            DVector::from_vec(vec![(side + normal(&mut rng)) / scale, normal(&mut rng)])
        };
        (0..4000).map(row).collect()
    }

    #[test]
    fn one_gaussian_stays_one_and_two_places_are_two() {
        let single = Mixture::of(&rows(0.0));
        let at = |m: &Mixture, x: f64, y: f64| m.log_density(&[x, y]);
        let fall = at(&single, 0.0, 0.0) - at(&single, 1.5, -1.0);
        assert!((fall - (1.125 + 0.5)).abs() < 0.15, "{fall}");
        // Two places at ±4 standard deviations: between them, e^8 times rarer.
        let double = Mixture::of(&rows(4.0));
        let place = 4.0 / 17f64.sqrt();
        let fall = at(&double, place, 0.0) - at(&double, 0.0, 0.0);
        assert!(fall > 3.0, "{fall}");
        assert!((at(&double, place, 0.0) - at(&double, -place, 0.0)).abs() < 0.3);
    }

    #[test]
    fn weights_sum_to_one_and_few_rows_do_no_harm() {
        let many = Mixture::of(&rows(2.0));
        assert!((many.parts.iter().map(|p| p.log_weight.exp()).sum::<f64>() - 1.0).abs() < 1e-6);
        for few in [0, 1, 3] {
            let mixture = Mixture::of(&rows(1.0)[..few]);
            let at = [0.0; 2];
            assert!(mixture.log_density(&at[..if few == 0 { 0 } else { 2 }]).is_finite());
        }
    }
}
