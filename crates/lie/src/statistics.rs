//! Robust statistics of samples.

use std::collections::BTreeMap;

/// Standard errors of a one-sided bound at 95 %.
const ONE_SIDED: f64 = 1.645;

/// The median (the upper one of two); 0 for nothing.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut v: Vec<f64> = values.collect();
    if v.is_empty() {
        return 0.0;
    }
    let middle = v.len() / 2;
    *v.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The mean without the largest hundredth: single corrupted values do not dominate it.
pub fn trimmed_mean(mut v: Vec<f64>) -> f64 {
    let kept = (v.len() * 99).div_ceil(100).max(1);
    if kept < v.len() {
        v.select_nth_unstable_by(kept, f64::total_cmp);
        v.truncate(kept);
    }
    v.iter().sum::<f64>() / v.len().max(1) as f64
}

/// The value below which this share of a sorted sample lies (the nearest of its values); `None` for an empty one.
pub fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * share).round() as usize).copied()
}

/// The probability that a standard normal number exceeds this one.
pub fn normal_tail(z: f64) -> f64 {
    libm::erfc(z / std::f64::consts::SQRT_2) / 2.0
}

/// A mean with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    pub value: f64,
    pub error: f64,
}

impl Mean {
    /// Of (group, value) rows, where rows of a group may depend on each other: the variance is that of the groups' sums, for as many degrees
    /// of freedom as groups less one. NaN for nothing.
    pub fn of(rows: impl IntoIterator<Item = (usize, f64)>) -> Self {
        let mut groups: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for (group, value) in rows {
            let sum = groups.entry(group).or_default();
            *sum = (sum.0 + value, sum.1 + 1.0);
        }
        let (sum, n) = groups.values().fold((0.0, 0.0), |(a, b), (s, n)| (a + s, b + n));
        let value = sum / n;
        let square: f64 = groups.values().map(|(s, n)| (s - n * value).powi(2)).sum();
        let few = groups.len() as f64;
        Self { value, error: (square * few / (few - 1.0).max(1.0)).sqrt() / n }
    }

    /// The same without the largest hundredth of the values.
    pub fn trimmed(mut rows: Vec<(usize, f64)>) -> Self {
        let kept = (rows.len() * 99).div_ceil(100).max(1);
        rows.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        rows.truncate(kept);
        Self::of(rows)
    }

    /// Standard errors above zero; 0 if nothing varies.
    pub fn z(self) -> f64 {
        if self.error > 0.0 { self.value / self.error } else { 0.0 }
    }

    /// The bound below which it lies with a probability of 95 %.
    pub fn high(self) -> f64 {
        self.value + ONE_SIDED * self.error
    }

    /// The bound above which it lies with a probability of 95 %.
    pub fn low(self) -> f64 {
        self.value - ONE_SIDED * self.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middles_and_percentiles_are_values_of_the_sample() {
        assert_eq!(median([3.0, 1.0, 2.0, 9.0].into_iter()), 3.0);
        assert_eq!(median(std::iter::empty()), 0.0);
        let sorted: Vec<f64> = (0..21).map(f64::from).collect();
        assert_eq!([0.0, 0.5, 1.0].map(|share| percentile(&sorted, share)), [Some(0.0), Some(10.0), Some(20.0)]);
        assert_eq!(percentile(&[], 0.5), None);
        let mut values = vec![1.0; 199];
        values.push(1e9);
        assert_eq!(trimmed_mean(values), 1.0);
    }

    #[test]
    fn means_have_errors_that_know_of_groups() {
        let alone: Vec<(usize, f64)> = (0..400).map(|i| (i, f64::from(u8::from(i % 20 < 10)))).collect();
        let grouped: Vec<(usize, f64)> = alone.iter().map(|&(i, v)| (i / 10, v)).collect();
        let (a, g) = (Mean::of(alone.clone()), Mean::of(grouped));
        assert!((a.value - 0.5).abs() < 1e-12 && (a.error - 0.5 / 399.0_f64.sqrt()).abs() < 1e-12, "{a:?}");
        assert!((g.error - 0.5 / 39.0_f64.sqrt()).abs() < 1e-9 && a.low() < 0.46 && a.high() > 0.54);
        assert!((g.z() - 39.0_f64.sqrt()).abs() < 1e-9 && Mean::of([(1, 2.0)]).z() == 0.0);
        let mut rows = alone;
        rows[3].1 = 1e9;
        assert!(Mean::trimmed(rows).value < 0.51);
        assert!((normal_tail(1.645) - 0.05).abs() < 1e-4 && normal_tail(0.0) == 0.5);
    }
}
