//! A supervised problem in the coordinates in which the network and the group act.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use semola_engine::Layout;
use semola_engine::ops::augment::act;
use semola_engine::ops::loss::Loss;
use semola_lie::action::Action;

/// Rows of inputs and targets with the action of a group on them.
#[derive(Debug, Clone)]
pub struct Problem {
    pub rows: usize,
    pub x: Vec<f32>,
    /// Targets as the loss sees them: changes divided by [`Problem::change_scale`], or one-hot classes.
    pub y: Vec<f32>,
    pub x_layout: Layout,
    pub y_layout: Layout,
    /// Rows with equal numbers belong together.
    pub groups: Option<Vec<u32>>,
    pub loss: Loss,
    /// `Some(r)`: the network predicts (target − input) / r.
    pub change_scale: Option<f32>,
}

impl Problem {
    /// Rows of inputs `x` and targets `y`, row-major, in the given layouts.
    pub fn new(
        (x, x_layout): (Vec<f32>, Layout),
        (y, y_layout): (Vec<f32>, Layout),
        groups: Option<Vec<u32>>,
        loss: Loss,
    ) -> Self {
        let rows = x.len() / x_layout.width.max(1);
        Self { rows, x, y, x_layout, y_layout, groups, loss, change_scale: None }
    }

    /// Makes the change `target − input` the target, in units of `scale` or else of its root mean square over all rows.
    /// Points become vectors: a translation moves both end points.
    pub fn into_residual(mut self, scale: Option<f32>) -> Self {
        let (inputs, outputs) = (self.inputs().max(1), self.outputs().max(1));
        for (y, x) in self.y.chunks_exact_mut(outputs).zip(self.x.chunks_exact(inputs)) {
            y.iter_mut().zip(x).for_each(|(y, x)| *y -= x);
        }
        let mean_square = self.y.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / self.y.len().max(1) as f64;
        let scale = scale.unwrap_or(if mean_square > 0.0 { mean_square.sqrt() as f32 } else { 1.0 });
        self.y.iter_mut().for_each(|v| *v /= scale);
        for s in &mut self.y_layout.segments {
            if let Action::Points { dim } = s.action {
                s.action = Action::Vector { dim };
            }
        }
        self.change_scale = Some(scale);
        self
    }

    /// The same rows under group matrices with or without translations.
    #[must_use]
    pub fn with_translations(&self, affine: bool) -> Self {
        Self {
            x_layout: self.x_layout.with_translations(affine),
            y_layout: self.y_layout.with_translations(affine),
            ..self.clone()
        }
    }

    /// Appends the rows of another problem of the same kind; groups are kept apart.
    #[must_use]
    pub fn followed_by(mut self, other: Self) -> Self {
        let own = |p: &Self| p.groups.clone().unwrap_or_else(|| (0..p.rows as u32).collect());
        let mut groups = own(&self);
        let first = groups.iter().max().map_or(0, |g| g + 1);
        groups.extend(own(&other).iter().map(|g| g + first));
        self.groups = (self.groups.is_some() || other.groups.is_some()).then_some(groups);
        self.rows += other.rows;
        self.x.extend(other.x);
        self.y.extend(other.y);
        self
    }

    /// Width of an input row.
    pub fn inputs(&self) -> usize {
        self.x_layout.width
    }

    /// Width of an output row.
    pub fn outputs(&self) -> usize {
        self.y_layout.width
    }

    /// Input row `i`.
    pub fn x_row(&self, i: usize) -> &[f32] {
        &self.x[i * self.inputs()..(i + 1) * self.inputs()]
    }

    /// Target row `i`.
    pub fn y_row(&self, i: usize) -> &[f32] {
        &self.y[i * self.outputs()..(i + 1) * self.outputs()]
    }

    /// The given rows of the inputs, end to end.
    pub fn gather_x(&self, rows: &[usize]) -> Vec<f32> {
        gather(&self.x, self.inputs(), rows)
    }

    /// The given rows of the targets, end to end.
    pub fn gather_y(&self, rows: &[usize]) -> Vec<f32> {
        gather(&self.y, self.outputs(), rows)
    }

    /// The group of a row: its own number if the data has no groups.
    pub fn group(&self, row: usize) -> usize {
        self.groups.as_ref().map_or(row, |g| g[row] as usize)
    }

    /// The same rows with all rows of equal inputs, and the groups that have such rows, in one group: several measurements of one
    /// input are no independent rows. `None` if no input occurs in two groups.
    pub fn with_copies_together(&self) -> Option<Self> {
        let mut first: HashMap<blake3::Hash, usize> = HashMap::new();
        let largest = (0..self.rows).map(|i| self.group(i)).max().map_or(0, |g| g + 1);
        let mut joined: Vec<usize> = (0..largest).collect();
        let mut any = false;
        for i in 0..self.rows {
            let here = self.group(i);
            let there = *first.entry(self.fingerprint(i)).or_insert(here);
            let (a, b) = (root(&joined, here), root(&joined, there));
            if a != b {
                joined[a.max(b)] = a.min(b);
                any = true;
            }
        }
        let groups = || (0..self.rows).map(|i| root(&joined, self.group(i)) as u32).collect();
        any.then(|| Self { groups: Some(groups()), ..self.clone() })
    }

    /// Of these rows the first with each input.
    pub fn distinct(&self, rows: &[usize]) -> Vec<usize> {
        let mut seen = HashSet::new();
        rows.iter().copied().filter(|&i| seen.insert(self.fingerprint(i))).collect()
    }

    /// Of a row's inputs; the same for equal ones.
    fn fingerprint(&self, row: usize) -> blake3::Hash {
        let bytes: Vec<u8> = self.x_row(row).iter().flat_map(|v| v.to_le_bytes()).collect();
        blake3::hash(&bytes)
    }

    /// Splits `rows` in two by whole groups, `fraction` of the groups (at least one row) going to the second.
    pub fn split_groups(
        &self,
        rows: &[usize],
        fraction: f64,
        rng: &mut rand_chacha::ChaCha8Rng,
    ) -> (Vec<usize>, Vec<usize>) {
        let mut names: Vec<usize> = rows.iter().map(|&i| self.group(i)).collect();
        names.sort_unstable();
        names.dedup();
        shuffle(&mut names, rng);
        let take = ((names.len() as f64 * fraction).round() as usize).clamp(1, names.len().saturating_sub(1).max(1));
        let second: HashSet<usize> = names.into_iter().take(take).collect();
        rows.iter().partition(|&&i| !second.contains(&self.group(i)))
    }
}

/// The representative of a group among those that were joined.
fn root(joined: &[usize], mut group: usize) -> usize {
    while joined[group] != group {
        group = joined[group];
    }
    group
}

/// The given rows of `width` values, end to end.
pub fn gather(values: &[f32], width: usize, rows: &[usize]) -> Vec<f32> {
    let mut out = Vec::with_capacity(rows.len() * width);
    rows.iter().for_each(|&i| out.extend_from_slice(&values[i * width..(i + 1) * width]));
    out
}

/// Fisher–Yates, so that an order depends on the stream alone.
pub fn shuffle<T>(items: &mut [T], rng: &mut rand_chacha::ChaCha8Rng) {
    use rand::RngExt;
    for i in (1..items.len()).rev() {
        let j = rng.random_range(0..=i);
        items.swap(i, j);
    }
}

/// Transforms each row by its own group element (row-major `side`², one per row, in `f32`).
///
/// Inverses are passed only if [`Layout::needs_inverse`].
pub fn act_rows(elements: &[f32], inverses: &[f32], layout: &Layout, rows: &mut [f32]) {
    let ss = layout.side * layout.side;
    rows.par_chunks_mut(layout.width.max(1)).enumerate().with_min_len(256).for_each(|(i, row)| {
        let inverse = if layout.needs_inverse() { &inverses[i * ss..(i + 1) * ss] } else { &[] };
        act(&elements[i * ss..(i + 1) * ss], inverse, layout, row);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::Form;

    fn problem(x: &[f32], groups: Option<&[u32]>) -> Problem {
        let layout = Layout::arrange((2, 2), &[Form::number()], None);
        let y = vec![0.0; x.len()];
        Problem::new((x.to_vec(), layout.clone()), (y, layout), groups.map(<[u32]>::to_vec), Loss::Mse)
    }

    #[test]
    fn measurements_of_one_input_are_one_group() {
        let repeated = problem(&[1.0, 2.0, 1.0, 3.0, 2.0], None);
        assert_eq!(repeated.with_copies_together().unwrap().groups.unwrap(), [0, 1, 0, 3, 1]);
        // Groups that share an input become one, with all their other rows.
        let chained = problem(&[1.0, 2.0, 2.0, 5.0, 5.0, 7.0], Some(&[0, 0, 1, 1, 2, 3]));
        assert_eq!(chained.with_copies_together().unwrap().groups.unwrap(), [0, 0, 0, 0, 0, 3]);
        assert!(problem(&[1.0, 2.0, 3.0], None).with_copies_together().is_none());
        assert!(problem(&[1.0, 1.0, 3.0], Some(&[0, 0, 1])).with_copies_together().is_none());
        assert_eq!(repeated.distinct(&[4, 2, 1, 0, 3]), [4, 2, 3]);
    }
}
