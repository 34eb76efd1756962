//! Between which rows a data set may be cut, so that no example is split.

/// Where cuts may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cuts {
    /// Before every row: a row is an example.
    Anywhere,
    /// Before these rows only, ascending; the last is the number of rows.
    At(Vec<u64>),
}

impl Cuts {
    /// Cuts where rows of equal id (dense, from 0) form an example: where every example that began before is complete.
    pub fn between_examples(ids: &[u32]) -> Self {
        let mut last = vec![0; ids.iter().max().map_or(0, |&m| m as usize + 1)];
        for (row, &id) in ids.iter().enumerate() {
            if let Some(last) = last.get_mut(id as usize) {
                *last = row;
            }
        }
        let mut open = 0;
        let mut cuts = Vec::new();
        for (row, &id) in ids.iter().enumerate() {
            open = open.max(last.get(id as usize).copied().unwrap_or(row));
            if open == row {
                cuts.push(row as u64 + 1);
            }
        }
        Self::At(cuts)
    }

    /// The first cut that is not before `row`.
    pub fn at_or_after(&self, row: u64) -> u64 {
        match self {
            Self::Anywhere => row,
            Self::At(cuts) => cuts.get(cuts.partition_point(|&c| c < row)).or(cuts.last()).copied().unwrap_or(row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_stay_whole_also_where_their_rows_are_scattered() {
        assert_eq!(Cuts::between_examples(&[0, 0, 1, 1, 1, 2]), Cuts::At(vec![2, 5, 6]));
        let scattered = Cuts::between_examples(&[0, 1, 0, 2, 3, 2]);
        assert_eq!(scattered, Cuts::At(vec![3, 6]));
        assert_eq!([0, 1, 3, 4, 6].map(|row| scattered.at_or_after(row)), [3, 3, 3, 6, 6]);
        assert_eq!(Cuts::Anywhere.at_or_after(4), 4);
    }
}
