//! Distribution of row groups over shards.

use std::ops::Range;

/// The row groups of each shard: in order, whole, and such that shards have about as many rows each.
pub fn deal(groups: &[Range<u64>], shards: usize) -> Vec<Vec<Range<u64>>> {
    let mut dealt = vec![Vec::new(); shards.max(1)];
    let total = groups.last().map_or(0, |group| group.end);
    for group in groups {
        // A group belongs to the shard in whose share of the rows its middle lies. Twice the middle is a whole number.
        let middle = u128::from(group.start) + u128::from(group.end);
        let shard = middle * dealt.len() as u128 / (2 * u128::from(total)).max(1);
        let last = dealt.len() - 1;
        dealt[last.min(usize::try_from(shard).unwrap_or(last))].push(group.clone());
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_goes_to_one_shard_in_order_and_shares_are_even() {
        let groups: Vec<Range<u64>> = (0..10).map(|i| i * 7..(i + 1) * 7).collect();
        for shards in [1, 3, 4, 10, 25] {
            let dealt = deal(&groups, shards);
            assert_eq!((dealt.len(), dealt.concat()), (shards, groups.clone()));
            let most = dealt.iter().map(Vec::len).max().unwrap();
            assert!(most <= 10_usize.div_ceil(shards), "{shards}: {dealt:?}");
        }
        assert_eq!(deal(&[], 2), vec![Vec::new(); 2]);
    }
}
