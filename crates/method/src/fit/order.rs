//! The order of the rows within an epoch.

use super::problem::shuffle;
use semola_engine::Streams;

/// The rows in the order of an epoch: reshuffled in each, from the streams and the epoch alone, so that a resumed
/// training sees the same rows as an uninterrupted one.
fn epoch_order(rows: &[usize], streams: &Streams, epoch: usize) -> Vec<usize> {
    let mut order = rows.to_vec();
    shuffle(&mut order, &mut streams.get("order", epoch as u64));
    order
}

/// Batches needed to see every row once.
pub fn steps_per_epoch(rows: usize, batch: usize) -> usize {
    rows.div_ceil(batch.max(1)).max(1)
}

/// The rows of each step's batch. The order of the current epoch is cached.
#[derive(Debug, Default)]
pub struct Batches {
    epoch: Option<usize>,
    order: Vec<usize>,
}

impl Batches {
    /// The rows of a step, counted through all epochs.
    pub fn rows(&mut self, rows: &[usize], streams: &Streams, batch: usize, step: usize) -> Vec<usize> {
        let per_epoch = steps_per_epoch(rows.len(), batch);
        let epoch = step / per_epoch;
        if self.epoch != Some(epoch) {
            self.order = epoch_order(rows, streams, epoch);
            self.epoch = Some(epoch);
        }
        let from = step % per_epoch * batch;
        self.order[from..(from + batch).min(self.order.len())].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_its_own_order_of_all_rows_and_repeats_it() {
        let rows: Vec<usize> = (0..500).map(|i| 3 * i).collect();
        let order = |seed: u64, epoch: usize| epoch_order(&rows, &Streams::new(seed).scope("m"), epoch);
        let first = order(1, 0);
        assert_eq!(first, order(1, 0));
        for (seed, epoch) in [(1, 1), (1, 2), (2, 0)] {
            let mut other = order(seed, epoch);
            let unmoved = other.iter().zip(&first).filter(|(a, b)| a == b).count();
            assert!(unmoved < 10, "{unmoved} rows are at the same place");
            other.sort_unstable();
            assert_eq!(other, rows);
        }
    }

    #[test]
    fn all_places_are_equally_likely() {
        let rows: Vec<usize> = (0..5).collect();
        let mut counts = [[0_i32; 5]; 5];
        for epoch in 0..5000 {
            let order = epoch_order(&rows, &Streams::new(4), epoch);
            order.iter().enumerate().for_each(|(place, &row)| counts[row][place] += 1);
        }
        assert!(counts.as_flattened().iter().all(|c| (c - 1000).abs() < 150), "{counts:?}");
    }
}
