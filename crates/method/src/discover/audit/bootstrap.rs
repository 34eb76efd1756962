//! Percentile bootstrap intervals, resampling whole groups of rows.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use semola_lie::statistics::{median, percentile, trimmed_mean};

const RESAMPLES: usize = 300;
/// For intervals of several comparisons, which are wider.
const MANY_RESAMPLES: usize = 1000;

/// An estimate with its bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// Two values of a row that are compared over many rows: (group, first, second).
pub type Pair = (usize, f64, f64);

/// Mean of (group, value) rows with a percentile interval from resampling whole groups.
pub fn bootstrap_mean(rows: &[(usize, f64)], confidence: f64, rng: &mut ChaCha8Rng) -> Interval {
    let mut groups: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for &(g, v) in rows {
        let sum = groups.entry(g).or_default();
        *sum = (sum.0 + v, sum.1 + 1.0);
    }
    let groups: Vec<(f64, f64)> = groups.into_values().collect();
    let mean = |picked: &[&(f64, f64)]| {
        let (sum, n) = picked.iter().fold((0.0, 0.0), |(a, b), (s, n)| (a + s, b + n));
        sum / n
    };
    resample(&groups, RESAMPLES, mean, confidence, rng)
}

/// Ratio of medians, less 1, of rows of pairs, with an interval as in [`bootstrap_mean`].
pub fn bootstrap_excess(rows: &[Pair], confidence: f64, rng: &mut ChaCha8Rng) -> Interval {
    let middle = |values: Vec<f64>| median(values.into_iter());
    let excess = |picked: &[&Vec<(f64, f64)>]| ratio(picked, middle) - 1.0;
    resample(&by_group(rows), RESAMPLES, excess, confidence, rng)
}

/// Ratio of trimmed means (without the largest 1 %) of rows of pairs, with an interval as in [`bootstrap_mean`], for
/// confidences up to 0.998.
pub fn bootstrap_ratio(rows: &[Pair], confidence: f64, rng: &mut ChaCha8Rng) -> Interval {
    resample(&by_group(rows), MANY_RESAMPLES, |picked| ratio(picked, trimmed_mean), confidence, rng)
}

fn by_group(rows: &[Pair]) -> Vec<Vec<(f64, f64)>> {
    let mut groups: BTreeMap<usize, Vec<(f64, f64)>> = BTreeMap::new();
    for &(g, first, second) in rows {
        groups.entry(g).or_default().push((first, second));
    }
    groups.into_values().collect()
}

/// The `middle` of all first values over that of the second.
fn ratio(groups: &[&Vec<(f64, f64)>], middle: fn(Vec<f64>) -> f64) -> f64 {
    let of = |f: fn(&(f64, f64)) -> f64| middle(groups.iter().flat_map(|g| g.iter().map(f)).collect());
    of(|p| p.0) / of(|p| p.1).max(1e-300)
}

/// A statistic of groups, with the percentiles of its values over resampled groups.
fn resample<G>(
    groups: &[G],
    resamples: usize,
    statistic: impl Fn(&[&G]) -> f64,
    confidence: f64,
    rng: &mut ChaCha8Rng,
) -> Interval {
    if groups.is_empty() {
        return Interval { value: f64::NAN, low: f64::NAN, high: f64::NAN };
    }
    let mut draws: Vec<f64> = (0..resamples)
        .map(|_| {
            let picked: Vec<&G> = (0..groups.len()).map(|_| &groups[rng.random_range(0..groups.len())]).collect();
            statistic(&picked)
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    let at = |share: f64| percentile(&draws, share).unwrap_or(f64::NAN);
    Interval { value: statistic(&groups.iter().collect::<Vec<_>>()), low: at(tail), high: at(1.0 - tail) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn a_ratio_is_not_ruled_by_single_rows() {
        let mut rows: Vec<Pair> = (0..300).map(|i| (i, 2.0 + (i % 3) as f64, 4.0 + (i % 5) as f64)).collect();
        rows[7].1 = 1e9;
        let r = bootstrap_ratio(&rows, 0.95, &mut ChaCha8Rng::seed_from_u64(3));
        assert!((r.value - 0.5).abs() < 0.02 && r.low < r.value && r.value < r.high && r.high < 0.6, "{r:?}");
    }

    #[test]
    fn the_interval_covers_the_mean_and_widens_with_dependence() {
        let rng = || ChaCha8Rng::seed_from_u64(3);
        let alone: Vec<(usize, f64)> = (0..400).map(|i| (i, f64::from(u8::from(i % 20 < 10)))).collect();
        let grouped: Vec<(usize, f64)> = alone.iter().map(|&(i, v)| (i / 10, v)).collect();
        let (a, g) = (bootstrap_mean(&alone, 0.95, &mut rng()), bootstrap_mean(&grouped, 0.95, &mut rng()));
        assert!((a.value - 0.5).abs() < 1e-12 && a.low < 0.5 && a.high > 0.5);
        assert!(g.high - g.low > 2.0 * (a.high - a.low));
    }
}
