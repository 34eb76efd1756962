//! What a block sees of a row: vectors, and numbers that are invariant already.

use nalgebra::DMatrix;

use super::block::{Block, Kind};
use super::fields::Parts;

/// What one block sees of a row.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub kind: Kind,
    /// Divided by `size` where a factor acts.
    pub vectors: Vec<Vec<f64>>,
    /// Only where they cannot be turned into vectors: those of sl(n), n > 2.
    pub covectors: Vec<Vec<f64>>,
    /// Invariants of tensors.
    pub numbers: Vec<f64>,
    /// What a factor multiplies; 1 where none acts.
    pub size: f64,
}

/// Subtracts the mean of the points in all coordinates that translations move; points are vectors from then on.
pub(super) fn centred(blocks: &[Block], mut parts: Parts) -> Parts {
    let count = parts.points.len() as f64;
    for &i in blocks.iter().filter(|b| b.moved).flat_map(|b| &b.coordinates) {
        let mean = parts.points.iter().map(|p| p[i]).sum::<f64>() / count.max(1.0);
        parts.points.iter_mut().for_each(|p| p[i] -= mean);
    }
    parts
}

/// The views of all blocks.
pub(super) fn views(blocks: &[Block], mut parts: Parts) -> Vec<View> {
    parts.vectors.append(&mut parts.points);
    let sizes: Vec<f64> = blocks.iter().map(|b| if b.scaled { size(b, &parts) } else { 1.0 }).collect();
    for (block, &size) in blocks.iter().zip(&sizes) {
        for &i in &block.coordinates {
            parts.vectors.iter_mut().for_each(|v| v[i] /= size);
            parts.covectors.iter_mut().for_each(|w| w[i] *= size);
            for m in &mut parts.tensors {
                m.row_mut(i).scale_mut(1.0 / size);
                m.column_mut(i).scale_mut(1.0 / size);
            }
        }
    }
    let mut views: Vec<View> = blocks.iter().zip(&sizes).map(|(b, &size)| plain(b, size, &parts)).collect();
    for m in &parts.tensors {
        contract(blocks, m, &mut views);
    }
    views
}

/// What scales with the block's factor: the length of its vectors, of its tensors, or the inverse of its covectors'.
fn size(block: &Block, parts: &Parts) -> f64 {
    let square =
        |all: &[Vec<f64>]| all.iter().flat_map(|v| block.coordinates.iter().map(|&i| v[i] * v[i])).sum::<f64>();
    if !parts.vectors.is_empty() {
        return square(&parts.vectors).sqrt();
    }
    if !parts.tensors.is_empty() {
        let inner = parts.tensors.iter().map(|m| sub(m, block, block).norm_squared()).sum::<f64>();
        return inner.sqrt().sqrt();
    }
    1.0 / square(&parts.covectors).sqrt()
}

fn sub(m: &DMatrix<f64>, a: &Block, b: &Block) -> DMatrix<f64> {
    DMatrix::from_fn(a.coordinates.len(), b.coordinates.len(), |i, j| m[(a.coordinates[i], b.coordinates[j])])
}

/// Vectors and covectors of a block.
fn plain(block: &Block, size: f64, parts: &Parts) -> View {
    let of = |all: &[Vec<f64>]| -> Vec<Vec<f64>> {
        all.iter().map(|v| block.coordinates.iter().map(|&i| v[i]).collect()).collect()
    };
    let mut view =
        View { kind: block.kind, vectors: of(&parts.vectors), covectors: Vec::new(), numbers: Vec::new(), size };
    for w in of(&parts.covectors) {
        match raised(block.kind, &w) {
            Some(v) => view.vectors.push(v),
            None => view.covectors.push(w),
        }
    }
    view
}

/// The vector that belongs to a covector by the invariant form: η w, or −J w of a symplectic one.
fn raised(kind: Kind, w: &[f64]) -> Option<Vec<f64>> {
    let half = w.len() / 2;
    Some(match kind {
        Kind::Orthogonal { p, .. } => w.iter().enumerate().map(|(i, v)| if i < p { *v } else { -v }).collect(),
        Kind::Special if w.len() != 2 => return None,
        Kind::Special | Kind::Shear | Kind::Symplectic => {
            w[half..].iter().map(|v| -v).chain(w[..half].iter().copied()).collect()
        }
        Kind::Still | Kind::Quaternion | Kind::Unitary | Kind::Circle { .. } => w.to_vec(),
    })
}

/// The form η of a block on which nothing, rotations or boosts act.
fn form(kind: Kind, n: usize) -> DMatrix<f64> {
    let p = if let Kind::Orthogonal { p, .. } = kind { p } else { n };
    DMatrix::from_fn(n, n, |i, j| {
        if i != j {
            0.0
        } else if i < p {
            1.0
        } else {
            -1.0
        }
    })
}

/// Contracts a tensor, pair of blocks by pair of blocks: to numbers where nothing acts, to vectors where one side is acted
/// on, to invariants of the bilinear form where both are.
fn contract(blocks: &[Block], m: &DMatrix<f64>, views: &mut [View]) {
    let still = |b: &Block| b.kind == Kind::Still;
    for (a, left) in blocks.iter().enumerate() {
        for (b, right) in blocks.iter().enumerate() {
            let inner = sub(m, left, right);
            match (still(left), still(right)) {
                (true, true) => views[a].numbers.extend(inner.iter()),
                (false, true) => {
                    views[a].vectors.extend(inner.column_iter().map(|c| c.iter().copied().collect::<Vec<_>>()));
                }
                (true, false) => {
                    views[b].vectors.extend(inner.row_iter().map(|r| r.iter().copied().collect::<Vec<_>>()));
                }
                (false, false) => {
                    let lowered = form(left.kind, inner.nrows()) * inner;
                    let between = &lowered * form(right.kind, lowered.ncols());
                    let with = |v: &Vec<f64>, w: &Vec<f64>| {
                        v.iter()
                            .enumerate()
                            .map(|(i, v)| v * w.iter().enumerate().map(|(j, w)| between[(i, j)] * w).sum::<f64>())
                            .sum::<f64>()
                    };
                    // The first vectors of each side suffice.
                    let pairs = views[a]
                        .vectors
                        .iter()
                        .take(2)
                        .flat_map(|v| views[b].vectors.iter().take(2).map(move |w| (v, w)));
                    let mut numbers: Vec<f64> = pairs.map(|(v, w)| with(v, w)).collect();
                    numbers.push(between.component_mul(&sub(m, left, right)).sum());
                    if a == b {
                        // tr(ηM), tr(ηMηM), tr((ηM)³): with the sum above enough for the algebra; `verify` decides.
                        let square = &lowered * &lowered;
                        numbers.extend([lowered.trace(), square.trace(), (&square * &lowered).trace()]);
                    }
                    views[a].numbers.extend(numbers);
                }
            }
        }
    }
}
