//! Elements that are tried on any data: signs and exchanges of coordinates, turns of coordinate planes, exchanges of equal blocks.

use std::f64::consts::TAU;

use nalgebra::DMatrix;

use super::moving::Moving;
use semola_lie::finite::Element;
use semola_lie::plane_rotation;

/// Up to this k all signed permutations of the coordinates.
const ALL_SIGNED: usize = 4;
/// Up to this k all patterns of signs.
const ALL_SIGNS: usize = 8;
/// Turns by one of so many equal parts of a full turn.
const TURNS: [usize; 5] = [3, 5, 6, 8, 12];

/// Matrices on R^k without the identity; images take those that map pixels to pixels.
pub fn matrices(k: usize, images: bool) -> Vec<DMatrix<f64>> {
    let one = DMatrix::identity(k, k);
    let mut all: Vec<DMatrix<f64>> = Vec::new();
    let identity: Vec<usize> = (0..k).collect();
    if k <= ALL_SIGNED {
        for permutation in permutations(k) {
            all.extend((0..1usize << k).map(|signs| signed(&permutation, signs)));
        }
    } else {
        if k <= ALL_SIGNS {
            all.extend((1..1usize << k).map(|signs| signed(&identity, signs)));
        } else {
            all.extend(
                (0..k).flat_map(|i| (i..k).map(move |j| 1usize << i | 1 << j)).map(|signs| signed(&identity, signs)),
            );
            all.push(-one.clone());
        }
        for (i, j) in pairs(k) {
            let mut permutation = identity.clone();
            permutation.swap(i, j);
            all.extend([0, 1 << i, 1 << j, 1 << i | 1 << j].map(|signs| signed(&permutation, signs)));
        }
    }
    if !images {
        all.extend(pairs(k).flat_map(|(i, j)| TURNS.map(|m| plane_rotation(k, i, j, TAU / m as f64))));
    }
    all.retain(|m| *m != one);
    all
}

/// Exchanges of two blocks of the inputs, and of the targets where these have such blocks: with them and alone, and with −1.
pub fn exchanges(moving: &Moving) -> Vec<Element> {
    let mut all = Vec::new();
    for swaps in swaps(moving) {
        let mut both = moving.identity();
        swaps.iter().for_each(|&(i, j)| both.inputs.swap(i, j));
        let inputs_only = both.clone();
        if !both.outputs.is_empty() {
            swaps.iter().for_each(|&(i, j)| both.outputs.swap(i, j));
            all.push(inputs_only);
        }
        all.push(both);
    }
    let inverted = |e: &Element| Element { linear: -&e.linear, ..e.clone() };
    let signed: Vec<Element> =
        if moving.even || moving.is_of_images() { Vec::new() } else { all.iter().map(inverted).collect() };
    all.extend(signed);
    all
}

/// Pairs of blocks, and of an even number of blocks each with its neighbour, and the first half with the second: positions and
/// velocities of two particles may lie in one field.
fn swaps(moving: &Moving) -> Vec<Vec<(usize, usize)>> {
    let n = moving.blocks.inputs.len();
    let mut all: Vec<Vec<(usize, usize)>> = moving.blocks.pairs().into_iter().map(|pair| vec![pair]).collect();
    if n >= 4 && n.is_multiple_of(2) {
        all.push((0..n / 2).map(|i| (2 * i, 2 * i + 1)).collect());
        all.push((0..n / 2).map(|i| (i, i + n / 2)).collect());
    }
    all
}

fn pairs(k: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..k).flat_map(move |i| (i + 1..k).map(move |j| (i, j)))
}

/// Coordinate i becomes ± coordinate `permutation[i]`; bit i of `signs` makes it minus.
pub(super) fn signed(permutation: &[usize], signs: usize) -> DMatrix<f64> {
    let sign = |i: usize| if signs >> i & 1 == 1 { -1.0 } else { 1.0 };
    DMatrix::from_fn(permutation.len(), permutation.len(), |i, j| if permutation[i] == j { sign(i) } else { 0.0 })
}

/// All orders of 0..n.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let longer = |p: Vec<usize>| (0..n).map(move |at| [&p[..at], &[n - 1][..], &p[at..]].concat());
    permutations(n - 1).into_iter().flat_map(longer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_every_element_once() {
        for (k, count) in [(2, 7 + 5), (3, 47 + 15), (4, 383 + 30)] {
            let all = matrices(k, false);
            assert_eq!(all.len(), count);
            assert!(all.iter().enumerate().all(|(i, a)| all[..i].iter().all(|b| (a - b).amax() > 1e-9)));
            assert!(all.iter().all(|a| (a.transpose() * a - DMatrix::identity(k, k)).amax() < 1e-12));
        }
        assert_eq!(matrices(2, true).len(), 7);
        assert_eq!(matrices(5, false).len(), 31 + 40 + 50);
    }
}
