//! Intervals of means by resampling.

use std::collections::BTreeMap;

use rand::RngExt;

use semola_engine::Streams;
use semola_lie::statistics::percentile;

/// Maximal number of picks kept in memory.
const MOST_KEPT: usize = 1 << 25;

/// Resamples of samples. The picks depend on the sample size alone, so that equal values have equal intervals,
/// and samples of equal size can share their picks.
#[derive(Debug)]
pub struct Bootstrap {
    resamples: usize,
    /// Picks by size, for sizes that many samples have.
    kept: BTreeMap<usize, Vec<u32>>,
}

impl Bootstrap {
    /// A bootstrap with this many resamples (0: no intervals), for samples of these sizes.
    pub fn new(resamples: usize, sizes: impl IntoIterator<Item = usize>) -> Self {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        sizes.into_iter().filter(|&size| size > 1).for_each(|size| *counts.entry(size).or_default() += 1);
        let (mut kept, mut room) = (BTreeMap::new(), MOST_KEPT);
        for (size, _) in counts.into_iter().filter(|&(_, count)| count > 1) {
            let picks = size.saturating_mul(resamples);
            if picks <= room {
                room -= picks;
                kept.insert(size, picked(size).take(picks).collect());
            }
        }
        Self { resamples, kept }
    }

    /// 95 % percentile interval of the mean; `None` for a single value.
    pub fn mean(&self, values: &[f64]) -> Option<(f64, f64)> {
        let n = values.len();
        if n < 2 || self.resamples == 0 {
            return None;
        }
        let sum = |picks: &[u32]| picks.iter().map(|&at| values[at as usize]).sum::<f64>();
        let mut sums: Vec<f64> = match self.kept.get(&n) {
            Some(picks) => picks.chunks_exact(n).map(sum).collect(),
            None => {
                let mut picks = picked(n);
                (0..self.resamples).map(|_| sum(&picks.by_ref().take(n).collect::<Vec<u32>>())).collect()
            }
        };
        sums.sort_by(f64::total_cmp);
        let at = |share: f64| Some(percentile(&sums, share)? / n as f64);
        Some((at(0.025)?, at(0.975)?))
    }
}

/// An endless iterator of picks out of `size` values.
fn picked(size: usize) -> impl Iterator<Item = u32> {
    let mut random = Streams::new(0).get("compare", size as u64);
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    std::iter::repeat_with(move || random.random_range(0..size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_picks_change_nothing() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * i)).collect();
        let [alone, shared] = [vec![40], vec![40, 3, 40]].map(|sizes| Bootstrap::new(300, sizes));
        assert!(alone.kept.is_empty() && shared.kept.contains_key(&40));
        assert_eq!(alone.mean(&values), shared.mean(&values));
        assert_eq!(shared.mean(&[2.0, 2.0, 2.0]), Some((2.0, 2.0)));
        assert_eq!(shared.mean(&[2.0]), None);
        assert_eq!(Bootstrap::new(0, [40, 40]).mean(&values), None);
    }
}
