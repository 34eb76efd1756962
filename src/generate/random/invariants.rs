//! Invariants and equivariant vectors of each kind of block.
//!
//! First fundamental theorems (Weyl 1939, *The Classical Groups*): scalar products for so(p,q), determinants and pairings for
//! sl(n), symplectic products for sp(2m), Hermitian products for u(n). Those of su(2) on quaternions are the components of p̄ q,
//! those of a circle the products of complex numbers whose angles cancel.

use nalgebra::DMatrix;

use super::block::Kind;
use super::view::View;

/// The invariants of what a block sees.
pub(super) fn invariants(view: &View) -> Vec<f64> {
    let vectors = &view.vectors;
    let pairs = |with_itself: bool| {
        let from = usize::from(!with_itself);
        vectors.iter().enumerate().flat_map(move |(i, a)| vectors.iter().skip(i + from).map(move |b| (a, b)))
    };
    let mut found: Vec<f64> = match view.kind {
        Kind::Still => vectors.iter().flatten().copied().collect(),
        Kind::Orthogonal { p, .. } => pairs(true).map(|(a, b)| product(p, a, b)).collect(),
        Kind::Special => {
            let pairings = view.covectors.iter().flat_map(|w| vectors.iter().map(|v| product(w.len(), w, v)));
            determinants(vectors).into_iter().chain(determinants(&view.covectors)).chain(pairings).collect()
        }
        Kind::Quaternion => {
            let squares = vectors.iter().map(|v| product(4, v, v));
            pairs(false).flat_map(|(a, b)| quaternion(&conjugate(a), b)).chain(squares).collect()
        }
        Kind::Unitary => {
            let real = pairs(true).map(|(a, b)| product(4, a, b));
            real.chain(pairs(false).map(|(a, b)| product(4, &turned(a), b))).collect()
        }
        Kind::Circle { second } => circle(vectors, second),
        Kind::Symplectic => pairs(false).map(|(a, b)| symplectic(a, b)).collect(),
        Kind::Shear => vectors.iter().map(|v| v[1]).chain(pairs(false).map(|(a, b)| symplectic(a, b))).collect(),
    };
    found.extend(&view.numbers);
    found
}

/// Vectors of the block that move as its elements do; sums of them with invariant coefficients are equivariant.
pub(super) fn equivariants(view: &View) -> Vec<Vec<f64>> {
    let vectors = &view.vectors;
    match view.kind {
        Kind::Still => {
            let n = vectors.first().map_or(0, Vec::len);
            (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect()
        }
        Kind::Orthogonal { .. } | Kind::Special | Kind::Symplectic => vectors.clone(),
        Kind::Quaternion => {
            let units = [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
            let right = vectors.iter().flat_map(|v| units.map(|u| quaternion(v, &u).to_vec()));
            vectors.iter().cloned().chain(right).collect()
        }
        Kind::Unitary => vectors.iter().cloned().chain(vectors.iter().map(|v| turned(v))).collect(),
        Kind::Circle { second } => {
            let place = |at: usize, [re, im]: [f64; 2]| {
                let mut v = vec![0.0; 4];
                v[at] = re;
                v[at + 1] = im;
                v
            };
            let planes = |to: usize, from: usize| vectors.iter().map(move |v| (to, [v[from], v[from + 1]]));
            let crossed = if second == 1 { vec![(0, 2), (2, 0)] } else { Vec::new() };
            let ways = [vec![(0, 0), (2, 2)], crossed].concat();
            let all = ways.into_iter().flat_map(|(to, from)| planes(to, from));
            all.flat_map(|(to, [re, im])| [place(to, [re, im]), place(to, [-im, re])]).collect()
        }
        Kind::Shear => vectors.iter().cloned().chain(vectors.iter().map(|v| vec![v[1], 0.0])).collect(),
    }
}

/// Σ ± aᵢ bᵢ with p signs +.
fn product(p: usize, a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).enumerate().map(|(i, (a, b))| if i < p { a * b } else { -a * b }).sum()
}

/// The determinants of all n of the vectors.
fn determinants(vectors: &[Vec<f64>]) -> Vec<f64> {
    let n = vectors.first().map_or(0, Vec::len);
    let mut found = Vec::new();
    // Subsets as bits: there are at most a dozen vectors.
    for chosen in 0..1_usize << vectors.len().min(16) {
        if n > 0 && chosen.count_ones() as usize == n {
            let columns =
                vectors.iter().enumerate().filter(|(i, _)| chosen >> i & 1 == 1).flat_map(|(_, v)| v.iter().copied());
            found.push(DMatrix::from_iterator(n, n, columns).determinant());
        }
    }
    found
}

fn symplectic(a: &[f64], b: &[f64]) -> f64 {
    let m = a.len() / 2;
    (0..m).map(|i| a[i] * b[m + i] - a[m + i] * b[i]).sum()
}

/// i v of (re, im, re, im).
fn turned(v: &[f64]) -> Vec<f64> {
    v.chunks_exact(2).flat_map(|c| [-c[1], c[0]]).collect()
}

fn conjugate(a: &[f64]) -> [f64; 4] {
    [a[0], -a[1], -a[2], -a[3]]
}

/// The product of (1, i, j, k).
fn quaternion(a: &[f64], b: &[f64]) -> [f64; 4] {
    [
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    ]
}

/// a c̄ of complex numbers.
fn cancelled(a: [f64; 2], c: [f64; 2]) -> [f64; 2] {
    [a[0] * c[0] + a[1] * c[1], a[1] * c[0] - a[0] * c[1]]
}

/// Products of the planes' complex numbers in which the angle cancels: a b̄ of equal speeds, a² c̄ of speeds 1 and 2.
fn circle(vectors: &[Vec<f64>], second: i32) -> Vec<f64> {
    let slow: Vec<[f64; 2]> = vectors.iter().map(|v| [v[0], v[1]]).collect();
    let fast: Vec<[f64; 2]> = vectors.iter().map(|v| [v[2], v[3]]).collect();
    let gram = |all: &[[f64; 2]]| -> Vec<f64> {
        let pair = |i: usize, j: usize| cancelled(all[i], all[j]);
        let own = (0..all.len()).map(|i| pair(i, i)[0]);
        let mixed = (0..all.len()).flat_map(|i| (i + 1..all.len()).flat_map(move |j| pair(i, j)));
        own.chain(mixed).collect()
    };
    if second == 1 {
        return gram(&[slow, fast].concat());
    }
    let squares = slow.iter().map(|a| [a[0] * a[0] - a[1] * a[1], 2.0 * a[0] * a[1]]);
    let mixed = squares.flat_map(|a| fast.iter().flat_map(move |&c| cancelled(a, c)));
    gram(&slow).into_iter().chain(mixed).chain(gram(&fast)).collect()
}
