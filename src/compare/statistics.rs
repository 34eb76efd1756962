//! Mean, spread and interval of one number over members.

use rand::RngExt;

use crate::engine::Streams;

/// What is said about the values of a number, one a member. What cannot be known is `None`.
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

    /// The statistics of these values, in whatever order they come, with an interval from so many resamples.
    pub fn of(mut values: Vec<f64>, resamples: usize) -> Self {
        // Sorted: neither sums nor the bootstrap may depend on the order in which members are read.
        values.sort_by(f64::total_cmp);
        let n = values.len();
        if n == 0 {
            return Self::default();
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let interval = interval(&values, resamples);
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

/// Percentile interval of the mean: the same values always give the same one.
fn interval(values: &[f64], resamples: usize) -> Option<(f64, f64)> {
    let n = values.len();
    if n < 2 || resamples == 0 {
        return None;
    }
    let mut random = Streams::new(0).get("compare", n as u64);
    let mut mean = || (0..n).map(|_| values[random.random_range(0..n)]).sum::<f64>() / n as f64;
    let mut means: Vec<f64> = (0..resamples).map(|_| mean()).collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[((resamples - 1) as f64 * share).round() as usize];
    Some((at(0.025), at(0.975)))
}
