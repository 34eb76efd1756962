//! Long format: rows are points, and rows of equal key form one example.

use std::collections::BTreeSet;

use super::numbers::Numbers;
use super::problem::{Bad, Problem};
use super::scalars::Scalars;

/// Which rows form which example; examples in order of first appearance, rows in file order.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    /// Rows, example after example.
    order: Vec<usize>,
    /// Where each example starts in `order`, and the end.
    starts: Vec<usize>,
}

impl Examples {
    /// Collects rows of equal id (ids are dense, from 0, in order of appearance); at most `limit` examples.
    pub fn new(ids: &[u32], limit: Option<usize>) -> Self {
        let count = ids.iter().max().map_or(0, |&m| m as usize + 1).min(limit.unwrap_or(usize::MAX));
        let mut starts = vec![0; count + 1];
        for &id in ids {
            if let Some(start) = starts.get_mut(id as usize + 1) {
                *start += 1;
            }
        }
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        let mut order = vec![0; end];
        let mut next = starts.clone();
        for (row, &id) in ids.iter().enumerate().filter(|(_, id)| (**id as usize) < count) {
            if let Some(slot) = next.get_mut(id as usize) {
                if let Some(place) = order.get_mut(*slot) {
                    *place = row;
                }
                *slot += 1;
            }
        }
        Self { order, starts }
    }

    /// How many examples there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The rows of each example.
    fn rows(&self) -> impl Iterator<Item = &[usize]> {
        let ends = self.starts.iter().skip(1);
        self.starts.iter().zip(ends).map(|(&a, &b)| self.order.get(a..b).unwrap_or(&[]))
    }

    /// The first row of each example.
    pub fn firsts(&self) -> Vec<usize> {
        self.rows().filter_map(|rows| rows.first().copied()).collect()
    }

    /// Points of a field: every row is a point of its example. `None` if the rows are lists themselves.
    pub fn points(&self, numbers: &Numbers) -> Option<Numbers> {
        if numbers.lengths.is_some() {
            return None;
        }
        let mut points = numbers.take(&self.order);
        points.bad = self.of_examples(points.bad);
        points.rows = self.len();
        points.lengths = Some(self.rows().map(<[usize]>::len).collect());
        Some(points)
    }

    /// Marks of points (by place in `order`) as marks of their examples.
    fn of_examples(&self, bad: Vec<Bad>) -> Vec<Bad> {
        let mut seen = BTreeSet::new();
        let example = |place: usize| self.starts.partition_point(|&s| s <= place).saturating_sub(1);
        let marks = bad.into_iter().map(|b| Bad { row: example(b.row), ..b });
        marks.filter(|b| seen.insert((b.row, b.column.clone()))).collect()
    }

    /// One row an example, of numbers that are equal in all its rows; examples where they differ are marked.
    pub fn constant(&self, numbers: &Numbers, column: &str) -> Numbers {
        let (offsets, block) = (numbers.offsets(), numbers.block());
        let range = |row: usize| {
            let at = |i: usize| offsets.get(i).copied().unwrap_or(0) * block;
            at(row)..at(row + 1)
        };
        let equal = |a: usize, b: usize| {
            range(a).len() == range(b).len()
                && range(a).zip(range(b)).all(|(i, j)| numbers.values.get(i) == numbers.values.get(j))
        };
        let mut one = numbers.take(&self.firsts());
        let everywhere = numbers.take(&self.order).bad;
        one.bad = self.of_examples(everywhere);
        let bad: BTreeSet<usize> = one.bad.iter().map(|b| b.row).collect();
        one.bad.extend(self.differing(column, equal).into_iter().filter(|b| !bad.contains(&b.row)));
        one
    }

    /// One value an example, equal in all its rows; examples where it differs or is null are marked.
    pub fn constant_scalars(&self, scalars: &Scalars, column: &str) -> (Scalars, Vec<Bad>) {
        let one = scalars.take(&self.firsts());
        let mut bad = one.bad(column);
        bad.extend(self.differing(column, |a, b| scalars.key(a) == scalars.key(b)));
        (one, bad)
    }

    fn differing(&self, column: &str, equal: impl Fn(usize, usize) -> bool) -> Vec<Bad> {
        let differs = |rows: &[usize]| rows.split_first().is_some_and(|(&a, rest)| rest.iter().any(|&b| !equal(a, b)));
        let marks = self.rows().enumerate().filter(|(_, rows)| differs(rows));
        marks.map(|(row, _)| Bad { row, column: column.into(), problem: Problem::Differs }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Values;

    #[test]
    fn rows_of_equal_key_are_collected_in_order_of_appearance() {
        let examples = Examples::new(&[0, 1, 0, 2, 1], Some(2));
        assert_eq!((examples.len(), examples.firsts()), (2, vec![0, 1]));
        let bad = vec![Bad { row: 4, column: "x".into(), problem: Problem::Null }];
        let values = Values::F32(vec![0., 1., 2., 3., 4.]);
        let numbers = Numbers { rows: 5, values, lengths: None, axes: vec![], bad };
        let points = examples.points(&numbers).unwrap();
        assert_eq!(points.values, Values::F32(vec![0., 2., 1., 4.]));
        assert_eq!((points.rows, points.lengths.unwrap(), points.bad[0].row), (2, vec![2, 2], 1));
    }

    #[test]
    fn one_value_an_example_must_not_differ() {
        let examples = Examples::new(&[0, 1, 0, 1], None);
        let values = Values::F64(vec![5., 6., 5., 7.]);
        let one = examples.constant(&Numbers { rows: 4, values, lengths: None, axes: vec![], bad: vec![] }, "e");
        assert_eq!(one.values, Values::F64(vec![5., 6.]));
        assert_eq!((one.bad.len(), one.bad[0].row, &one.bad[0].problem), (1, 1, &Problem::Differs));
        let (_, bad) = examples.constant_scalars(&Scalars::Int(vec![Some(1), None, Some(2), None]), "k");
        assert_eq!(bad.iter().map(|b| b.row).collect::<Vec<_>>(), [1, 0]);
    }
}
