//! Names of finite groups: Schoenflies symbols for point groups, and those of abstract groups otherwise.
//!
//! `C4` is cyclic and `D4` dihedral with eight elements; `S3` permutes three things, `S_4` (with an underscore) is the point group of a
//! rotary reflection; `C_s` is one mirror, `C_i` is x ↦ −x; a product of groups that act independently is written `×`.

use nalgebra::DMatrix;

use super::group::FiniteGroup;

/// The name of the group that has the identity only.
pub const TRIVIAL: &str = "1";
/// Entries closer than this are the same.
const NEAR: f64 = 0.05;

/// Names a group.
pub fn name(group: &FiniteGroup) -> String {
    if group.is_trivial() {
        return TRIVIAL.to_owned();
    }
    let exchanges = group.subgroup(|e| e.is_only_an_exchange(NEAR));
    let linear = group.subgroup(|e| !e.exchanges());
    if exchanges.order() * linear.order() != group.order() {
        return abstract_name(group);
    }
    let exchanged = (!exchanges.is_trivial()).then(|| {
        let permutations: Vec<Vec<usize>> = exchanges.elements.iter().map(|e| e.inputs.clone()).collect();
        permutation_name(&exchanges, &permutations)
    });
    let linear = (!linear.is_trivial()).then(|| linear_name(&linear));
    linear.into_iter().chain(exchanged).collect::<Vec<_>>().join(" × ")
}

/// Of matrices.
fn linear_name(group: &FiniteGroup) -> String {
    let (w, v) = group.whitening();
    let matrices: Vec<&DMatrix<f64>> = group.elements.iter().map(|e| &e.linear).collect();
    let permutations: Option<Vec<Vec<usize>>> = matrices.iter().map(|m| as_permutation(m)).collect();
    if let Some(permutations) = permutations.filter(|_| w.nrows() > 2 || group.order() > 2) {
        return permutation_name(group, &permutations);
    }
    let k = w.nrows();
    let minus = DMatrix::identity(k, k) * -1.0;
    let inverts = matrices.iter().any(|m| (w * (*m - &minus) * v).norm() < NEAR * 4.0);
    match k {
        _ if group.even => abstract_name(group),
        2 => planar_name(group),
        3 => point_group(group, inverts),
        _ if inverts && group.order() == 2 => "C_i".to_owned(),
        _ if group.order() == 2 && is_mirror(matrices[1]) => "C_s".to_owned(),
        _ if k > 3 && matrices.iter().all(|m| is_signed(m)) && group.order() == signed_permutations(k) => {
            format!("B{k}")
        }
        _ => abstract_name(group),
    }
}

/// Of the plane: turns, or turns and mirrors.
fn planar_name(group: &FiniteGroup) -> String {
    let n = group.order();
    match group.elements.iter().all(|e| e.is_proper()) {
        true => format!("C{n}"),
        false if n == 2 => "C_s".to_owned(),
        false => format!("D{}", n / 2),
    }
}

/// Of space: from its rotations, whether it inverts, and how many mirrors it has.
fn point_group(group: &FiniteGroup, inverts: bool) -> String {
    let rotations = group.subgroup(|e| e.is_proper());
    let (all, proper) = (group.order(), rotations.order());
    let n = (0..proper).filter_map(|i| rotations.order_of(i)).max().unwrap_or(1);
    let kind = match proper {
        _ if proper == n => 'C',
        _ if proper == 2 * n => 'D',
        12 => 'T',
        24 => 'O',
        60 => 'I',
        _ => return abstract_name(group),
    };
    let mirrors = group.elements.iter().filter(|e| !e.is_proper() && is_mirror(&e.linear)).count();
    match (kind, inverts) {
        ('C' | 'D', _) if all == proper => format!("{kind}{n}"),
        _ if all == proper => kind.to_string(),
        ('C', true) if n == 1 => "C_i".to_owned(),
        ('C', _) if n == 1 => "C_s".to_owned(),
        ('C', true) if n % 2 == 1 => format!("S_{}", 2 * n),
        ('C', true) => format!("C{n}h"),
        ('C', false) if mirrors >= n && n > 1 => format!("C{n}v"),
        ('C', false) if mirrors == 1 => format!("C{n}h"),
        ('C', false) => format!("S_{}", 2 * n),
        ('D', true) if n % 2 == 0 => format!("D{n}h"),
        ('D', true) => format!("D{n}d"),
        ('D', false) if n % 2 == 0 => format!("D{n}d"),
        ('D', false) => format!("D{n}h"),
        ('T', false) => "T_d".to_owned(),
        _ => format!("{kind}_h"),
    }
}

/// Of permutations, from the transpositions among them: each set of things that these join is permuted in all ways.
fn permutation_name(group: &FiniteGroup, permutations: &[Vec<usize>]) -> String {
    let things = permutations.first().map_or(0, Vec::len);
    let mut joined: Vec<usize> = (0..things).collect();
    for permutation in permutations {
        let moved: Vec<usize> = (0..things).filter(|&i| permutation[i] != i).collect();
        if let [a, b] = moved[..] {
            let (from, to) = (joined[a].max(joined[b]), joined[a].min(joined[b]));
            joined.iter_mut().filter(|j| **j == from).for_each(|j| *j = to);
        }
    }
    let sizes: Vec<usize> =
        (0..things).map(|i| joined.iter().filter(|&&j| j == i).count()).filter(|&n| n > 1).collect();
    let factorial = |n: usize| (2..=n).fold(1, usize::saturating_mul);
    match sizes.iter().map(|&n| factorial(n)).fold(1, usize::saturating_mul) == group.order() {
        true => sizes.iter().map(|n| format!("S{n}")).collect::<Vec<_>>().join(" × "),
        false => abstract_name(group),
    }
}

/// By the multiplication table alone: cyclic, dihedral, products of two-element groups, and permutations of four or five things.
fn abstract_name(group: &FiniteGroup) -> String {
    let n = group.order();
    let orders: Vec<usize> = (0..n).map(|i| group.order_of(i).unwrap_or(0)).collect();
    let count = |order: usize| orders.iter().filter(|&&o| o == order).count();
    if orders.contains(&n) {
        return format!("C{n}");
    }
    if count(2) == n - 1 {
        return vec!["C2"; n.ilog2() as usize].join(" × ");
    }
    if let Some(turn) = orders.iter().position(|&o| 2 * o == n && o > 2) {
        let mut cyclic = vec![0, turn];
        while cyclic.len() < n / 2 {
            cyclic.push(group.table[turn][cyclic[cyclic.len() - 1]]);
        }
        if (0..n).all(|i| cyclic.contains(&i) || orders[i] == 2) {
            return format!("D{}", n / 2);
        }
    }
    match (n, count(2), count(3), count(4)) {
        (12, 3, 8, _) => "A4".to_owned(),
        (24, 9, 8, 6) => "S4".to_owned(),
        (60, 15, 20, 0) => "A5".to_owned(),
        (120, 25, 20, 30) => "S5".to_owned(),
        _ => format!("order {n}"),
    }
}

/// Where each coordinate comes from, if the matrix permutes them.
fn as_permutation(m: &DMatrix<f64>) -> Option<Vec<usize>> {
    let is = |v: f64, to: f64| (v - to).abs() < NEAR;
    let source = |i: usize| {
        let from = (0..m.ncols()).find(|&j| is(m[(i, j)], 1.0))?;
        (0..m.ncols()).all(|j| j == from || is(m[(i, j)], 0.0)).then_some(from)
    };
    (0..m.nrows()).map(source).collect()
}

/// Whether it is a reflection in a hyperplane: all eigenvalues 1 but one, which is −1, by trace and square.
fn is_mirror(m: &DMatrix<f64>) -> bool {
    let k = m.nrows();
    (m.trace() - (k as f64 - 2.0)).abs() < NEAR && (m * m - DMatrix::identity(k, k)).amax() < NEAR
}

fn is_signed(m: &DMatrix<f64>) -> bool {
    as_permutation(&m.abs()).is_some()
}

/// 2^k k!.
fn signed_permutations(k: usize) -> usize {
    (1..=k).fold(1, |n, i| n.saturating_mul(2 * i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finite::element::Element;
    use crate::finite::group::tests::generated;
    use crate::rotation::plane_rotation;
    use std::f64::consts::TAU;

    fn turn(k: usize, n: usize) -> DMatrix<f64> {
        plane_rotation(k, 0, 1, TAU / n as f64)
    }

    fn diagonal(signs: &[f64]) -> DMatrix<f64> {
        DMatrix::from_diagonal(&signs.to_vec().into())
    }

    fn named(matrices: &[DMatrix<f64>]) -> String {
        name(&generated(matrices))
    }

    #[test]
    fn groups_of_the_plane_have_names() {
        let mirror = diagonal(&[1.0, -1.0]);
        assert_eq!(named(&[turn(2, 4)]), "C4");
        assert_eq!(named(&[turn(2, 2)]), "C2");
        assert_eq!(named(&[turn(2, 6), mirror.clone()]), "D6");
        assert_eq!(named(&[mirror]), "C_s");
        assert_eq!(named(&[DMatrix::identity(2, 2)]), TRIVIAL);
    }

    #[test]
    fn point_groups_have_schoenflies_symbols() {
        let (half, down, side) =
            (diagonal(&[1.0, -1.0, -1.0]), diagonal(&[1.0, 1.0, -1.0]), diagonal(&[1.0, -1.0, 1.0]));
        let inversion = diagonal(&[-1.0; 3]);
        // What leaves a cube alone: turns about its edges, and about its diagonals.
        let cycle = dmatrix![0.0, 0.0, 1.0; 1.0, 0.0, 0.0; 0.0, 1.0, 0.0];
        let quarter = turn(3, 4);
        let cases: [(&str, Vec<DMatrix<f64>>); 17] = [
            ("C_i", vec![inversion.clone()]),
            ("C_s", vec![side.clone()]),
            ("C5", vec![turn(3, 5)]),
            ("D5", vec![turn(3, 5), half.clone()]),
            ("C3v", vec![turn(3, 3), side.clone()]),
            ("C3h", vec![turn(3, 3), down.clone()]),
            ("C4h", vec![quarter.clone(), down.clone()]),
            ("S_6", vec![turn(3, 3), inversion.clone()]),
            ("S_4", vec![&quarter * &down]),
            ("D3h", vec![turn(3, 3), half.clone(), down.clone()]),
            ("D4h", vec![quarter.clone(), half.clone(), down.clone()]),
            ("D3d", vec![turn(3, 3), half.clone(), inversion.clone()]),
            ("D2d", vec![&quarter * &down, half.clone()]),
            ("T", vec![cycle.clone(), half.clone()]),
            ("T_h", vec![cycle.clone(), half.clone(), inversion.clone()]),
            ("O", vec![cycle.clone(), quarter.clone()]),
            ("O_h", vec![cycle.clone(), quarter.clone(), inversion.clone()]),
        ];
        for (expected, generators) in cases {
            assert_eq!(named(&generators), expected);
        }
        let tetrahedron = [cycle, half, dmatrix![0.0, 1.0, 0.0; 1.0, 0.0, 0.0; 0.0, 0.0, 1.0]];
        assert_eq!(named(&tetrahedron), "T_d");
    }

    #[test]
    fn permutations_and_products_have_names() {
        let swap = dmatrix![0.0, 1.0, 0.0; 1.0, 0.0, 0.0; 0.0, 0.0, 1.0];
        let cycle = dmatrix![0.0, 0.0, 1.0; 1.0, 0.0, 0.0; 0.0, 1.0, 0.0];
        assert_eq!(named(&[swap, cycle.clone()]), "S3");
        assert_eq!(named(&[cycle]), "C3");
        assert_eq!(named(&[diagonal(&[-1.0; 4])]), "C_i");
        assert_eq!(named(&[diagonal(&[1.0, 1.0, -1.0, 1.0])]), "C_s");
        assert_eq!(named(&[diagonal(&[-1.0, -1.0, 1.0, 1.0]), diagonal(&[1.0, 1.0, -1.0, 1.0])]), "C2 × C2");
        let trivial = FiniteGroup::trivial(&Element::identity(2, 2, 2), &DMatrix::identity(2, 2), false);
        let swap = Element { inputs: vec![1, 0], outputs: vec![1, 0], ..Element::identity(2, 2, 2) };
        let group = trivial.with(&swap).unwrap().with(&Element::linear(turn(2, 4), 2, 2)).unwrap();
        assert_eq!((group.order(), name(&group).as_str()), (8, "C4 × S2"));
        let both = Element { linear: diagonal(&[-1.0, 1.0]), ..swap };
        let trivial = FiniteGroup::trivial(&Element::identity(2, 2, 2), &DMatrix::identity(2, 2), false);
        assert_eq!(name(&trivial.with(&both).unwrap()), "C2");
    }
}
