//! Equal blocks of a row that may be exchanged: points, or the blocks of its fields.

use std::ops::Range;

use semola_engine::Layout;
use semola_engine::layout::Place;
use semola_lie::action::Action;
use serde::{Deserialize, Serialize};

/// More blocks than these are not exchanged pair by pair, only neighbours.
const PAIRED: usize = 8;
/// More blocks than these are not exchanged at all: networks for sets of points are symmetric by construction.
const MOST: usize = 16;

/// Where each block lies: one or several ranges of a row, as long as those of every other block.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Blocks {
    pub inputs: Vec<Vec<Range<usize>>>,
    /// The same for targets; empty where targets have no such blocks.
    pub targets: Vec<Vec<Range<usize>>>,
}

impl Blocks {
    /// The points of a row if it has some, all equally many; else the blocks of its fields where each field has equally many; else
    /// its fields where they are of one kind.
    pub fn of(x: &Layout, y: &Layout) -> Self {
        // Rows that differ in their number of points have blocks that are not there.
        if x.points.is_some_and(|p| p.count.is_some()) {
            return Self::default();
        }
        let found = [points(x, y), within_fields(x, y), fields(x, y)].into_iter().flatten();
        found.into_iter().find(|b| (2..=MOST).contains(&b.inputs.len())).unwrap_or_default()
    }

    /// Pairs to exchange.
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let n = self.inputs.len();
        let all = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
        all.filter(|(i, j)| n <= PAIRED || j - i == 1).collect()
    }

    /// Block i of each row becomes what block `from[i]` was.
    pub(super) fn exchange(blocks: &[Vec<Range<usize>>], from: &[usize], width: usize, rows: &mut [f32]) {
        if from.iter().enumerate().all(|(i, &j)| i == j) || from.len() != blocks.len() {
            return;
        }
        let mut old = vec![0.0; width];
        for row in rows.chunks_exact_mut(width.max(1)) {
            old.copy_from_slice(row);
            for (to, &source) in blocks.iter().zip(from) {
                for (to, source) in to.iter().zip(&blocks[source]) {
                    row[to.clone()].copy_from_slice(&old[source.clone()]);
                }
            }
        }
    }
}

/// Range of each of n equal parts of a segment.
fn parts(start: usize, len: usize, n: usize) -> Vec<Range<usize>> {
    let each = len / n.max(1);
    (0..n).map(|i| start + i * each..start + (i + 1) * each).collect()
}

fn points(x: &Layout, y: &Layout) -> Option<Blocks> {
    let of = |layout: &Layout, n: usize| {
        let mut blocks = vec![Vec::new(); n];
        for s in layout.segments.iter().filter(|s| s.place == Place::Points) {
            parts(s.start, s.len(), n).into_iter().zip(&mut blocks).for_each(|(part, block)| block.push(part));
        }
        if blocks.iter().any(Vec::is_empty) { Vec::new() } else { blocks }
    };
    let set = x.points.filter(|p| p.count.is_none())?;
    let targets =
        y.points.filter(|p| p.most == set.most && p.count.is_none()).map(|p| of(y, p.most)).unwrap_or_default();
    Some(Blocks { inputs: of(x, set.most), targets })
}

/// Segments that a group acts on.
fn acted(layout: &Layout) -> Vec<(usize, usize, usize, Action)> {
    let has_blocks = |action| !matches!(action, Action::Scalar | Action::Pseudoscalar | Action::Pixels(_));
    let acted = layout.segments.iter().filter(|s| has_blocks(s.action));
    acted.map(|s| (s.start, s.len(), s.blocks, s.action)).collect()
}

fn within_fields(x: &Layout, y: &Layout) -> Option<Blocks> {
    let of = |layout: &Layout, n: usize| {
        let segments = acted(layout);
        let equal = !segments.is_empty() && segments.iter().all(|s| s.2 == n);
        let block = |i: usize| segments.iter().map(|s| parts(s.0, s.1, n)[i].clone()).collect();
        if equal { (0..n).map(block).collect() } else { Vec::new() }
    };
    let n = acted(x).first()?.2;
    (n > 1).then(|| Blocks { inputs: of(x, n), targets: of(y, n) })
}

fn fields(x: &Layout, y: &Layout) -> Option<Blocks> {
    let of = |layout: &Layout| -> Vec<Vec<Range<usize>>> {
        let segments = acted(layout);
        let alike = segments.iter().all(|s| (s.1, s.3) == (segments[0].1, segments[0].3));
        if alike { segments.iter().map(|s| std::iter::once(s.0..s.0 + s.1).collect()).collect() } else { Vec::new() }
    };
    let inputs = of(x);
    let targets = of(y);
    let targets = if targets.len() == inputs.len() { targets } else { Vec::new() };
    (inputs.len() > 1).then_some(Blocks { inputs, targets })
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::Form;

    fn layout(axes: &[&[usize]]) -> Layout {
        let form = |axes: &&[usize]| Form {
            action: Action::Vector { dim: 2 },
            axes: axes.to_vec(),
            ragged: false,
            translation_scale: 1.0,
        };
        Layout::arrange((2, 2), &axes.iter().map(form).collect::<Vec<_>>(), None)
    }

    #[test]
    fn blocks_of_all_fields_are_exchanged_together() {
        let blocks = Blocks::of(&layout(&[&[2, 2], &[2, 2]]), &layout(&[&[2, 2]]));
        assert_eq!(blocks.inputs, [vec![0..2, 4..6], vec![2..4, 6..8]]);
        assert_eq!(blocks.targets.concat(), [0..2, 2..4]);
        let mut row = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        Blocks::exchange(&blocks.inputs, &[1, 0], 8, &mut row);
        assert_eq!(row, [2.0, 3.0, 0.0, 1.0, 6.0, 7.0, 4.0, 5.0]);
    }

    #[test]
    fn single_fields_of_one_kind_are_exchanged_and_others_are_not() {
        let blocks = Blocks::of(&layout(&[&[2], &[2], &[2]]), &layout(&[&[2]]));
        assert_eq!((blocks.inputs.len(), blocks.targets.len(), blocks.pairs().len()), (3, 0, 3));
        assert_eq!(Blocks::of(&layout(&[&[2]]), &layout(&[&[2]])), Blocks::default());
    }
}
