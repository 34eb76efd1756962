//! The points of a batch of rows, one after another without gaps: networks on points compute only on existing points,
//! so that no kernel needs a mask.

use std::ops::Range;

use super::layout::Layout;

/// Row `i` of a batch has the points `offsets[i]..offsets[i + 1]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Points {
    most: usize,
    offsets: Vec<usize>,
}

impl Points {
    /// Rows with these numbers of points, and room for `most`.
    pub fn new(most: usize, counts: impl IntoIterator<Item = usize>) -> Self {
        let mut offsets = vec![0];
        let mut total = 0;
        for count in counts {
            total += count.min(most);
            offsets.push(total);
        }
        Self { most, offsets }
    }

    /// The points of `n` rows: all of them have room and use it, unless `values` (n×width) counts them.
    pub fn of(layout: &Layout, n: usize, values: impl FnOnce() -> Vec<f32>) -> Self {
        let Some(set) = layout.points else { return Self::new(1, vec![1; n]) };
        if set.count.is_none() {
            return Self::new(set.most, vec![set.most; n]);
        }
        Self::new(set.most, values().chunks_exact(layout.width.max(1)).map(|row| set.of(row)))
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of points of all rows.
    pub fn total(&self) -> usize {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// Points that a row has room for.
    pub fn most(&self) -> usize {
        self.most
    }

    /// The points of a row.
    pub fn range(&self, row: usize) -> Range<usize> {
        self.offsets[row]..self.offsets[row + 1]
    }

    /// The points of each row.
    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.offsets.windows(2).map(|w| w[0]..w[1])
    }

    /// Rows in runs of `rows`: how work is shared among threads, whatever their number.
    pub fn chunks(&self, rows: usize) -> Vec<Range<usize>> {
        (0..self.rows()).step_by(rows).map(|from| from..(from + rows).min(self.rows())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_each_other_without_gaps() {
        let points = Points::new(4, [2, 0, 9]);
        assert_eq!((points.rows(), points.total(), points.most()), (3, 6, 4));
        assert_eq!(points.ranges().collect::<Vec<_>>(), [0..2, 2..2, 2..6]);
        assert_eq!(points.chunks(2), [0..2, 2..3]);
    }
}
