//! Putting numbers together: parts of one column, columns of one field, rows of one example.

use super::dataset::Values;
use super::numbers::Numbers;
use super::problem::{Bad, Problem};

impl Numbers {
    /// Row starts and the end, counted in points.
    pub fn offsets(&self) -> Vec<usize> {
        match &self.lengths {
            None => (0..=self.rows).collect(),
            Some(lengths) => {
                let ends = lengths.iter().scan(0, |end, n| {
                    *end += n;
                    Some(*end)
                });
                std::iter::once(0).chain(ends).collect()
            }
        }
    }

    /// Appends the rows of another part of the same column; a part of fixed lists joins a part of lists.
    ///
    /// # Errors
    /// The two shapes of a point, where they differ.
    pub fn append(&mut self, mut other: Self) -> Result<(), (Vec<usize>, Vec<usize>)> {
        match (&self.lengths, &other.lengths) {
            (None, Some(_)) => self.loosen(),
            (Some(_), None) => other.loosen(),
            _ => {}
        }
        if self.axes != other.axes || self.lengths.is_some() != other.lengths.is_some() {
            return Err((self.axes.clone(), other.axes));
        }
        self.values.append(other.values);
        if let (Some(mine), Some(theirs)) = (&mut self.lengths, other.lengths) {
            mine.extend(theirs);
        }
        let base = self.rows;
        self.bad.extend(other.bad.into_iter().map(|b| Bad { row: base + b.row, ..b }));
        self.rows += other.rows;
        Ok(())
    }

    /// Fixed rows of at least one axis as lists of equal length.
    fn loosen(&mut self) {
        if let Some((&length, point)) = self.axes.split_first() {
            self.lengths = Some(vec![length; self.rows]);
            self.axes = point.to_vec();
        }
    }

    /// These rows, in this order.
    pub fn take(&self, rows: &[usize]) -> Self {
        let (offsets, block) = (self.offsets(), self.block());
        let at = |i: usize| offsets.get(i).copied().unwrap_or(0) * block;
        let mut bad_at: Vec<Option<&Bad>> = vec![None; self.rows];
        for bad in self.bad.iter().rev() {
            if let Some(slot) = bad_at.get_mut(bad.row) {
                *slot = Some(bad);
            }
        }
        let bad = rows.iter().enumerate().filter_map(|(row, &from)| {
            let bad = bad_at.get(from).copied().flatten()?;
            Some(Bad { row, ..bad.clone() })
        });
        Self {
            rows: rows.len(),
            values: self.values.ranges(rows.iter().map(|&r| at(r)..at(r + 1))),
            lengths: self.lengths.as_ref().map(|l| rows.iter().filter_map(|&r| l.get(r).copied()).collect()),
            axes: self.axes.clone(),
            bad: bad.collect(),
        }
    }

    /// Columns side by side as one field: their numbers alternate along a new last axis.
    ///
    /// Rows whose lists differ in length are marked and cut to the shortest.
    ///
    /// # Errors
    /// The position of the first column whose rows are laid out differently from the first one's.
    pub fn side_by_side(names: &[&str], mut columns: Vec<Self>) -> Result<Self, usize> {
        let Some(first) = columns.first() else { return Err(0) };
        let (rows, mut axes, listed) = (first.rows, first.axes.clone(), first.lengths.is_some());
        let differs = |c: &Self| c.axes != axes || c.lengths.is_some() != listed || c.rows != rows;
        if let Some(i) = columns.iter().position(differs) {
            return Err(i);
        }
        let mut bad: Vec<Bad> = columns.iter_mut().flat_map(|c| std::mem::take(&mut c.bad)).collect();
        let lengths = listed.then(|| even_lengths(names, &mut columns, &mut bad));
        bad.sort_by_key(|b| b.row);
        axes.push(columns.len());
        Ok(Self { rows, values: alternate(&columns), lengths, axes, bad })
    }
}

/// Cuts the lists of each row to the shortest of the columns' and marks the rows where that changes something.
fn even_lengths(names: &[&str], columns: &mut [Numbers], bad: &mut Vec<Bad>) -> Vec<usize> {
    let all: Vec<Vec<usize>> = columns.iter().map(|c| c.lengths.clone().unwrap_or_default()).collect();
    let Some((first, others)) = all.split_first() else { return Vec::new() };
    let mut shortest = first.clone();
    for other in others {
        shortest.iter_mut().zip(other).for_each(|(s, &o)| *s = (*s).min(o));
    }
    if others.iter().all(|o| o == first) {
        return shortest;
    }
    for ((column, lengths), &name) in columns.iter_mut().zip(&all).zip(names) {
        let (offsets, block) = (column.offsets(), column.block());
        let starts = offsets.iter().zip(&shortest).map(|(&o, &n)| o * block..(o + n) * block);
        column.values = column.values.ranges(starts);
        for (row, (&found, &wanted)) in lengths.iter().zip(first).enumerate() {
            if found != wanted {
                bad.push(Bad { row, column: name.into(), problem: Problem::Unequal { found, wanted } });
            }
        }
        column.lengths = Some(shortest.clone());
    }
    shortest
}

fn alternate(columns: &[Numbers]) -> Values {
    let len = columns.first().map_or(0, |c| c.values.len());
    let narrow: Option<Vec<&Vec<f32>>> = columns
        .iter()
        .map(|c| match &c.values {
            Values::F32(v) => Some(v),
            Values::F64(_) => None,
        })
        .collect();
    match narrow {
        Some(columns) => {
            Values::F32((0..len).flat_map(|i| columns.iter().filter_map(move |v| v.get(i).copied())).collect())
        }
        None => Values::F64((0..len).flat_map(|i| columns.iter().map(move |c| c.values.get(i))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(values: &[f64], lengths: Option<&[usize]>, axes: &[usize]) -> Numbers {
        let rows = lengths.map_or(values.len() / axes.iter().product::<usize>(), <[usize]>::len);
        let (lengths, axes) = (lengths.map(<[usize]>::to_vec), axes.to_vec());
        Numbers { rows, values: Values::F64(values.to_vec()), lengths, axes, bad: Vec::new() }
    }

    #[test]
    fn fixed_and_listed_parts_join() {
        let mut a = numbers(&[1., 2., 3., 4.], None, &[2]);
        a.append(numbers(&[5.], Some(&[1]), &[])).unwrap();
        assert_eq!((a.rows, a.lengths.clone(), a.axes.len()), (3, Some(vec![2, 2, 1]), 0));
        assert_eq!(a.take(&[2, 0]), numbers(&[5., 1., 2.], Some(&[1, 2]), &[]));
        assert!(a.append(numbers(&[1., 2.], None, &[1, 2])).is_err());
    }

    #[test]
    fn columns_alternate_and_unequal_lists_are_marked() {
        let x = numbers(&[1., 2., 3.], Some(&[2, 1]), &[]);
        let y = numbers(&[10., 20., 30., 40.], Some(&[2, 2]), &[]);
        let both = Numbers::side_by_side(&["x", "y"], vec![x.clone(), y]).unwrap();
        assert_eq!(both.values, Values::F64(vec![1., 10., 2., 20., 3., 30.]));
        assert_eq!((both.lengths, both.axes), (Some(vec![2, 1]), vec![2]));
        assert_eq!(both.bad.len(), 1);
        let unequal = Problem::Unequal { found: 2, wanted: 1 };
        assert_eq!(both.bad[0], Bad { row: 1, column: "y".into(), problem: unequal });
        assert_eq!(Numbers::side_by_side(&["x", "z"], vec![x, numbers(&[1., 2.], None, &[1])]), Err(1));
    }
}
