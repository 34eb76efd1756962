//! The components of a group whose connected part is known: elements that normalise its algebra, and the name of the whole.

use nalgebra::DMatrix;

use super::element::Element;
use super::group::FiniteGroup;
use super::name::name;
use crate::algebra::{Frame, Part};
use crate::identify::Identification;

/// Coordinates that nothing turns, of which single signs are candidates.
const FREE: usize = 4;

/// Elements that normalise an algebra.
pub struct Disconnected {
    /// k×k, one for each class modulo the group of the algebra, without the identity.
    pub matrices: Vec<DMatrix<f64>>,
    /// Whether there may be others among all orthogonal matrices: scalings and translations are normalised by every one.
    pub orthogonal: bool,
    /// Whether there may be others for another reason: the algebra is none of those that are known here.
    pub others: bool,
}

/// The candidates for components of the group with this algebra on R^k: of so(n) one mirror, of so(p,q) a mirror of each sign and
/// both, of scalings and free algebras −1, and the signs of coordinates on which nothing acts. Products of these are there, too.
pub fn representatives(id: &Identification, k: usize) -> Disconnected {
    let signs = |flipped: &[usize]| {
        let sign = |i: usize| if flipped.contains(&i) { -1.0 } else { 1.0 };
        DMatrix::from_diagonal(&(0..k).map(sign).collect::<Vec<_>>().into())
    };
    let all: Vec<usize> = (0..k).collect();
    let Some(snapped) = &id.snapped else {
        return Disconnected { matrices: vec![signs(&all)], orthogonal: false, others: true };
    };
    let parts = &snapped.exact.algebra.parts;
    let commuting = |p: &Part| matches!(p, Part::Flow(_) | Part::Translations(_));
    let orthogonal = parts.iter().all(commuting)
        && matches!(snapped.exact.algebra.short_name().as_str(), "scale" | "t(1)" | "t(2)" | "t(3)");
    let (mut basic, mut others) = (Vec::new(), false);
    let mut touched = vec![false; k];
    for part in parts {
        if !matches!(part, Part::Translations(_)) {
            part.generators(snapped.exact.side()).iter().for_each(|g| touch(&mut touched, g));
        }
        match part {
            Part::Orthogonal { p, q, copies } => {
                let each = |i: usize| signs(&copies.iter().filter_map(|c| c.get(i).copied()).collect::<Vec<_>>());
                basic.extend([(*p, 0), (*q, *p)].into_iter().filter(|(n, _)| *n > 0).map(|(_, first)| each(first)));
            }
            Part::Translations(_) | Part::Finite(_) => {}
            Part::Circle(_) | Part::Unitary { .. } => others = true,
            Part::Flow(_) => {
                basic.push(signs(&all));
                others |= !orthogonal;
            }
        }
    }
    let free: Vec<usize> = (0..k).filter(|&i| !touched[i]).collect();
    others |= free.len() > FREE;
    basic.extend(free.iter().take(FREE).map(|&i| signs(&[i])));
    let framed = |m: DMatrix<f64>| snapped.exact.frame.as_ref().map_or(m.clone(), |f| in_frame(f, &m));
    Disconnected { matrices: products(&basic).into_iter().map(framed).collect(), orthogonal, others }
}

/// Marks the coordinates that a generator moves, or moves others by.
fn touch(touched: &mut [bool], generator: &DMatrix<f64>) {
    for (i, mark) in touched.iter_mut().enumerate() {
        let k = generator.nrows();
        *mark |= (0..k).any(|j| generator[(i, j)] != 0.0 || generator[(j, i)] != 0.0);
    }
}

/// All different products of commuting involutions, without the identity.
fn products(basic: &[DMatrix<f64>]) -> Vec<DMatrix<f64>> {
    let Some(first) = basic.first() else { return Vec::new() };
    let one = DMatrix::identity(first.nrows(), first.ncols());
    let mut all = vec![one];
    for b in basic {
        for product in all.iter().map(|a| a * b).collect::<Vec<_>>() {
            if !all.contains(&product) {
                all.push(product);
            }
        }
    }
    all.split_off(1)
}

/// The matrix in the coordinates of the data, for frames of homogeneous coordinates as well.
fn in_frame(frame: &Frame, m: &DMatrix<f64>) -> DMatrix<f64> {
    let (k, side) = (m.nrows(), frame.matrix.nrows());
    let mut whole = DMatrix::identity(side, side);
    whole.view_mut((0, 0), (k, k)).copy_from(m);
    frame.conjugate(&whole).view((0, 0), (k, k)).into_owned()
}

/// The name of the group with this connected part and these components: `O(3)`, `O⁺(1,3)`, `E(2)`, `so(2) ⋊ C2`.
pub fn disconnected(algebra: &str, finite: &FiniteGroup) -> String {
    let exchanges = finite.subgroup(|e| e.is_only_an_exchange(1e-6));
    let linear = finite.subgroup(|e| !e.exchanges());
    let split = exchanges.order() * linear.order() == finite.order();
    let base = if split { &linear } else { finite };
    let element = base.elements.get(1).map(|e| &e.linear);
    let k = finite.elements[0].linear.nrows();
    // Of so(n) on whole copies of R^n a mirror is the only candidate; of P, T and PT the first keeps the direction of time.
    // One that changes places of blocks as well is no mirror of space.
    let only_turns = !base.elements.iter().any(Element::exchanges);
    let acts_everywhere = |rest: &str| {
        only_turns && rest.trim_end_matches(')').parse::<usize>().is_ok_and(|n| n > 0 && k.is_multiple_of(n))
    };
    let keeps_time = element.is_some_and(|m| m[(0, 0)] > 0.0);
    let joined = match (algebra.split_once('('), base.order()) {
        (_, 1) => None,
        (Some(("so", rest)), 2) if acts_everywhere(rest) => Some(format!("O({rest}")),
        (Some(("se", rest)), 2) if acts_everywhere(rest) => Some(format!("E({rest}")),
        (Some(("so", "1,3)")), 2) if keeps_time => Some("O⁺(1,3)".to_owned()),
        (Some(("so", "1,3)")), 4) => Some("O(1,3)".to_owned()),
        _ => Some(format!("{algebra} ⋊ {}", name(base))),
    };
    let whole = joined.unwrap_or_else(|| algebra.to_owned());
    if split && !exchanges.is_trivial() { format!("{whole} × {}", name(&exchanges)) } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finite::group::tests::generated;
    use crate::identify::identify;
    use crate::named::named;
    use crate::space::SearchSpace;

    fn identified(name: &str, k: usize) -> Identification {
        let space = SearchSpace::gl(k).unwrap();
        identify(&named(name, k, false).unwrap().basis, &space, 0.2).unwrap()
    }

    /// g L g⁻¹ stays in the span.
    fn normalises(g: &DMatrix<f64>, id: &Identification) -> bool {
        let basis = crate::subspace::orthonormalise(&id.canonical_basis);
        let inverse = g.clone().try_inverse().unwrap();
        basis.iter().all(|l| {
            let moved = g * l * &inverse;
            let inside = basis.iter().fold(&moved * 0.0, |sum, e| sum + e * e.dot(&moved));
            (&moved - inside).norm() < 1e-9
        })
    }

    #[test]
    fn representatives_normalise_the_algebra() {
        for (algebra, k, count) in
            [("so(2)", 2, 1), ("so(3)", 3, 1), ("so(1,3)", 4, 3), ("so(2)", 3, 3), ("scale", 2, 1)]
        {
            let id = identified(algebra, k);
            let found = representatives(&id, k);
            assert_eq!(
                (found.matrices.len(), found.others, found.orthogonal),
                (count, false, algebra == "scale"),
                "{algebra} on {k}"
            );
            assert!(found.matrices.iter().all(|g| normalises(g, &id)), "{algebra}");
        }
    }

    #[test]
    fn groups_with_components_have_names() {
        let mirror = |signs: &[f64]| DMatrix::from_diagonal(&signs.to_vec().into());
        assert_eq!(disconnected("so(3)", &generated(&[mirror(&[-1.0, 1.0, 1.0])])), "O(3)");
        assert_eq!(disconnected("so(2)", &generated(&[mirror(&[1.0, 1.0, -1.0])])), "so(2) ⋊ C_s");
        assert_eq!(disconnected("so(1,3)", &generated(&[mirror(&[-1.0, 1.0, 1.0, 1.0])])), "so(1,3) ⋊ C_s");
        assert_eq!(disconnected("se(2)", &generated(&[mirror(&[-1.0, 1.0])])), "E(2)");
        assert_eq!(disconnected("so(1,3)", &generated(&[mirror(&[1.0, -1.0, 1.0, 1.0])])), "O⁺(1,3)");
        assert_eq!(disconnected("so(3)", &generated(&[DMatrix::identity(3, 3)])), "so(3)");
        assert_eq!(disconnected("scale", &generated(&[mirror(&[-1.0, -1.0])])), "scale ⋊ C2");
        // A mirror that has to change places as well keeps no orientation by itself.
        let both = Element { inputs: vec![1, 0], ..Element::linear(mirror(&[-1.0, 1.0, 1.0]), 2, 1) };
        let one = FiniteGroup::trivial(&both, &DMatrix::identity(3, 3), false);
        assert!(disconnected("so(3)", &one.with(&both).unwrap()).starts_with("so(3) ⋊ "));
    }
}
