//! All named algebras that a found one is compared with.

use super::algebra::NamedAlgebra;
use super::named::named;

/// Up to this k, algebras on every subset of the coordinates are candidates; above it, only plane rotations.
const SUBSETS_UP_TO: usize = 6;
/// Above this k, not even these.
const PLANES_UP_TO: usize = 16;
/// Above this k, only sizes up to 4, divisors of k, k − 1 and k are candidates.
const SIZES_UP_TO: usize = 8;
/// Up to this k, products on two disjoint subsets of the coordinates are candidates.
const PRODUCTS_UP_TO: usize = 5;
/// The largest algebra whose dimension grows with n², for an indefinite metric.
const INDEFINITE_UP_TO: usize = 6;

/// The candidates for naming in gl(k) or, where `affine`, in the affine matrices of R^k: all families at every size
/// that fits, block by block or on the first coordinates, and on subsets of the coordinates; simplest first.
pub fn catalogue(k: usize, affine: bool) -> Vec<NamedAlgebra> {
    let mut names = vec!["scale".to_string()];
    for n in (2..=k).filter(|&n| k <= SIZES_UP_TO || n <= 4 || n + 1 >= k || k.is_multiple_of(n)) {
        names.extend(orthogonal(n, ""));
        let family = if affine { "so({n})+scale" } else { "sim({n})" };
        // In affine spaces `sim` holds translations; without them it is a sum, whose scale covers all coordinates.
        if !affine || k.is_multiple_of(n) {
            names.push(family.replace("{n}", &n.to_string()));
        }
        names.extend([format!("sl({n})"), format!("gl({n})")]);
        if n % 2 == 0 && n > 2 {
            names.push(format!("sp({n})"));
        }
    }
    names.extend(unitary(k));
    if k >= 3 {
        names.push(format!("galilei({})", k - 1));
    }
    names.extend(on_subsets(k));
    if affine {
        names.extend(with_translations(k));
    }
    let mut found: Vec<NamedAlgebra> = Vec::new();
    for algebra in names.iter().filter_map(|name| named(name, k, affine).ok()) {
        if found.iter().all(|f| f.basis != algebra.basis) {
            found.push(algebra);
        }
    }
    found
}

/// u(n) and su(n) of all coordinates, in R⁴ with every way to pair them.
fn unitary(k: usize) -> Vec<String> {
    match k {
        4 => {
            let pairings = ["0,1,2,3", "0,1,3,2", "0,2,1,3", "0,2,3,1", "0,3,1,2", "0,3,2,1"];
            let all = pairings.iter().map(|at| format!("u(2)[{at}]"));
            all.chain(["su(2)", "su(2)[0,1,3,2]"].map(str::to_owned)).collect()
        }
        _ if k.is_multiple_of(2) && k > 4 && k <= SIZES_UP_TO => {
            vec![format!("u({})", k / 2), format!("su({})", k / 2)]
        }
        _ => Vec::new(),
    }
}

/// so(n) and the so(p,q) of n dimensions, at these coordinates.
fn orthogonal(n: usize, at: &str) -> Vec<String> {
    let indefinite = (1..n).filter(|_| n <= INDEFINITE_UP_TO).map(|p| format!("so({p},{}){at}", n - p));
    std::iter::once(format!("so({n}){at}")).chain(indefinite).collect()
}

fn on_subsets(k: usize) -> Vec<String> {
    let mut names = Vec::new();
    for n in 1..k {
        if k > PLANES_UP_TO || (k > SUBSETS_UP_TO && n != 2) {
            continue;
        }
        for subset in subsets(k, n) {
            let at = at(&subset);
            if n > 1 {
                names.extend(orthogonal(n, &at));
            }
            if k <= SUBSETS_UP_TO {
                names.push(format!("scale{at}"));
            }
        }
    }
    if k <= PRODUCTS_UP_TO {
        names.extend(products(k));
    }
    if k <= SUBSETS_UP_TO {
        let pairs = (0..k).flat_map(|i| (0..k).map(move |j| (i, j))).filter(|(i, j)| i != j);
        names.push("shear".to_string());
        names.extend(pairs.map(|(i, j)| format!("shear[{i},{j}]")));
    }
    names
}

/// Rotations and boosts of two disjoint subsets of the coordinates at once, or of one beside a scaling of the other: a turn about the
/// beam and a boost along it, say.
fn products(k: usize) -> Vec<String> {
    let parts: Vec<Vec<usize>> = (2..k).flat_map(|n| subsets(k, n)).collect();
    let mut names = Vec::new();
    for (i, first) in parts.iter().enumerate() {
        for second in parts[i + 1..].iter().filter(|second| second.iter().all(|c| !first.contains(c))) {
            for left in orthogonal(first.len(), &at(first)) {
                names.extend(orthogonal(second.len(), &at(second)).into_iter().map(|right| format!("{left}+{right}")));
            }
        }
    }
    for turned in &parts {
        let others: Vec<usize> = (0..k).filter(|i| !turned.contains(i)).collect();
        for scaled in (1..=others.len()).flat_map(|n| subsets(others.len(), n)) {
            let scaled: Vec<usize> = scaled.into_iter().map(|i| others[i]).collect();
            let turns = orthogonal(turned.len(), &at(turned));
            names.extend(turns.into_iter().map(|turns| format!("scale{}+{turns}", at(&scaled))));
        }
    }
    names
}

fn with_translations(k: usize) -> Vec<String> {
    let mut names = Vec::new();
    for n in (1..=k).filter(|n| k.is_multiple_of(*n)) {
        names.extend(["t", "se", "sim", "aff"].map(|family| format!("{family}({n})")));
        names.extend((1..n).filter(|_| n <= INDEFINITE_UP_TO).map(|p| format!("iso({p},{})", n - p)));
    }
    names.push(format!("scale+t({k})"));
    names.extend((2..k).flat_map(|n| [format!("so({n})+t({k})"), format!("sl({n})+t({k})")]));
    names.push(format!("sl({k})+t({k})"));
    if k <= SUBSETS_UP_TO {
        for subset in (1..k).flat_map(|n| subsets(k, n)) {
            let at = subset.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
            let n = subset.len();
            names.push(format!("t({n})[{at}]"));
            if n > 1 {
                names.push(format!("se({n})[{at}]"));
                names.push(format!("so({n})[{at}]+t({k})"));
                let still = (0..k).filter(|i| !subset.contains(i)).map(|i| i.to_string()).collect::<Vec<_>>();
                names.push(format!("so({n})[{at}]+t({})[{}]", k - n, still.join(",")));
            }
        }
    }
    names
}

/// Coordinates as names have them: `[0,2]`.
fn at(subset: &[usize]) -> String {
    format!("[{}]", subset.iter().map(usize::to_string).collect::<Vec<_>>().join(","))
}

/// All increasing lists of n of the numbers 0..k.
fn subsets(k: usize, n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let extend = |mut head: Vec<usize>| {
        let from = head.last().map_or(0, |l| l + 1);
        (from..k).map(move |i| {
            head.push(i);
            let longer = head.clone();
            head.pop();
            longer
        })
    };
    subsets(k, n - 1).into_iter().flat_map(extend).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subspace::{orthonormalise, overlap};

    #[test]
    fn holds_the_algebras_of_the_literature_once() {
        let names = |k, affine| catalogue(k, affine).into_iter().map(|a| a.name).collect::<Vec<_>>();
        for (k, affine, name) in [
            (4, false, "so(1,3)"),
            (4, false, "so(3)[1,2,3]"),
            (3, false, "so(2)[0,2]"),
            (8, false, "so(2)"),
            (8, false, "so(2)[0,1]"),
            (3, true, "se(3)"),
            (2, true, "t(2)"),
            (2, true, "aff(2)"),
            (2, true, "so(2)"),
            (4, true, "iso(1,3)"),
            (3, false, "sim(3)"),
            (2, false, "shear[1,0]"),
            (4, false, "galilei(3)"),
            (4, false, "so(1,1)[0,3]+so(2)[1,2]"),
            (5, false, "so(2)[0,1]+so(3)[2,3,4]"),
            (4, false, "u(2)"),
            (4, false, "u(2)[0,2,1,3]"),
            (4, false, "su(2)[0,1,3,2]"),
            (6, false, "su(3)"),
        ] {
            assert!(names(k, affine).iter().any(|n| n == name), "{name} in {:?}", names(k, affine));
        }
        for (k, affine) in [(2, false), (3, false), (4, false), (2, true), (3, true)] {
            let all = catalogue(k, affine);
            let bases: Vec<_> = all.iter().map(|a| orthonormalise(&a.basis)).collect();
            for (i, a) in bases.iter().enumerate() {
                let twin = bases.iter().take(i).position(|b| overlap(a, b).similarity > 1.0 - 1e-9);
                assert_eq!(twin.map(|j| &all[j].name), None, "{} twice", all[i].name);
            }
        }
    }

    #[test]
    fn one_dimension_and_none() {
        assert_eq!(catalogue(1, false).len(), 1);
        assert!(catalogue(0, false).iter().all(|a| a.rank() <= 1));
        assert_eq!(subsets(4, 2).len(), 6);
    }
}
