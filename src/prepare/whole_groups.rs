//! Random order of rows that keeps groups (trajectories, molecules) whole.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use semola_data::Dataset;

/// The rows of each group, or every row by itself where the data set has no groups, in random order.
pub fn shuffled(data: &Dataset, rng: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = match &data.groups {
        None => (0..data.rows).map(|row| vec![row]).collect(),
        Some(groups) => {
            let mut rows = std::collections::BTreeMap::<u32, Vec<usize>>::new();
            groups.iter().enumerate().for_each(|(row, &group)| rows.entry(group).or_default().push(row));
            rows.into_values().collect()
        }
    };
    units.shuffle(rng);
    units
}
