//! Robust statistics of samples.

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
}
