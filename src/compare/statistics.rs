//! Mean, spread and interval of one number over members.

use super::bootstrap::Bootstrap;

/// Statistics of the values of a number, one per member. Unknown ones are `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Statistics {
    pub mean: Option<f64>,
    /// Sample standard deviation (n − 1); unknown for a single value.
    pub sd: Option<f64>,
    /// Members with a known value.
    pub n: u64,
    pub median: Option<f64>,
    /// 95 % percentile interval of the mean over resampled members; unknown for a single value.
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
}

impl Statistics {
    /// Names of the fields, as columns.
    pub const NAMES: [&str; 6] = ["mean", "sd", "n", "median", "ci_low", "ci_high"];

    /// The statistics of these values, in whatever order they come, with an interval from a bootstrap.
    pub fn of(mut values: Vec<f64>, bootstrap: &Bootstrap) -> Self {
        // Sorted: neither sums nor the bootstrap may depend on the order in which members are read.
        values.sort_by(f64::total_cmp);
        let n = values.len();
        if n == 0 {
            return Self::default();
        }
        // From the smallest on, so that equal values have exactly that mean and no spread.
        let mean = values[0] + values.iter().map(|value| value - values[0]).sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let interval = bootstrap.mean(&values);
        Self {
            mean: Some(mean),
            sd: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()),
            n: n as u64,
            median: Some((values[(n - 1) / 2] + values[n / 2]) / 2.0),
            ci_low: interval.map(|(low, _)| low),
            ci_high: interval.map(|(_, high)| high),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: Vec<f64>, resamples: usize) -> Statistics {
        Statistics::of(values, &Bootstrap::new(resamples, []))
    }

    #[test]
    fn statistics_are_those_of_the_plain_formulas() {
        let found = of(vec![4.0, 1.0, 2.0, 9.0], 500);
        let sd = ((0.0f64 + 9.0 + 4.0 + 25.0) / 3.0).sqrt();
        assert_eq!((found.mean, found.n, found.median), (Some(4.0), 4, Some(3.0)));
        assert!((found.sd.unwrap() - sd).abs() < 1e-12);
        assert_eq!(of(vec![3.0, 1.0, 2.0], 0).median, Some(2.0));
        assert_eq!(of(vec![], 100), Statistics::default());
        assert_eq!(of(vec![0.1; 7], 0).sd, Some(0.0));
        let one = of(vec![5.0], 100);
        assert_eq!(one, Statistics { mean: Some(5.0), n: 1, median: Some(5.0), ..Statistics::default() });
    }

    #[test]
    fn the_interval_is_as_wide_as_theory_says_and_does_not_depend_on_the_order() {
        // Uniform on a grid: the standard error of the mean of 300 is known.
        let values: Vec<f64> = (0..300).map(|i| f64::from(i * 7 % 300) / 300.0).collect();
        let found = of(values.clone(), 4000);
        let half = 1.96 * found.sd.unwrap() / 300f64.sqrt();
        let (mean, low, high) = (found.mean.unwrap(), found.ci_low.unwrap(), found.ci_high.unwrap());
        for (bound, expected) in [(low, mean - half), (high, mean + half)] {
            assert!((bound - expected).abs() < 0.1 * half, "{bound} is not near {expected}");
        }
        assert_eq!(of(values.into_iter().rev().collect(), 4000), found);
    }
}
