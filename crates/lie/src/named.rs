//! Named algebras in their standard representation.
//!
//! | name | generators |
//! |---|---|
//! | `so(n)` | rotations |
//! | `so(p,q)` | rotations and boosts of diag(+1 p times, −1 q times): in `so(1,3)` the first coordinate is time |
//! | `u(n)`, `su(n)` | unitary maps of n complex numbers (real part, imaginary part, real part, …), of determinant 1; `su(2)[0,1,3,2]` multiplies quaternions from the left |
//! | `scale` | the identity |
//! | `sim(n)` | so(n) and scale; in affine spaces also translations |
//! | `sl(n)`, `gl(n)`, `sp(2n)` | volume-preserving; all; those of the symplectic form [[0, 1], [−1, 0]] |
//! | `shear` | x₀ += t x₁ |
//! | `galilei(n)` | on (time, x₁…x_n): rotations of x and x += v · time |
//! | `o(n)`, `o(p,q)`, `e(n)` | so(n), so(p,q), se(n) with mirrors: all their components |
//! | `c4`, `d4`, `s3` | no generators: turns of a plane by a quarter; with mirrors; exchanges of three coordinates |
//! | `t(n)`, `se(n)`, `aff(n)`, `iso(p,q)` | affine only: translations; with so(n), gl(n), so(p,q) |
//!
//! An algebra of n dimensions in R^k acts block by block, with the same element on every block of n coordinates, where
//! n divides k (so(2) on R⁸ turns four planes together); otherwise on the first n coordinates (so(2) on R³ turns about
//! z). `[i,j,…]` names the n coordinates instead: `so(2)[0,2]`. A sum joins algebras: `so(2)+scale`.

use nalgebra::DMatrix;

use super::algebra::{NamedAlgebra, Part};
use super::bracket::closure_residual;
use super::finite::LARGEST;
use super::name::{NameError, Term, parse, unknown};
use super::subspace::orthonormalise;

const FAMILIES: [&str; 19] = [
    "so", "u", "su", "scale", "sim", "sl", "gl", "sp", "shear", "galilei", "t", "se", "aff", "iso", "o", "e", "c", "d",
    "s",
];

/// The most coordinates that are exchanged in all ways.
const MOST_EXCHANGED: usize = 5;
/// The most numbers that the generators of one algebra may hold.
const MAX_NUMBERS: usize = 1 << 24;

/// The algebra of that name on R^k, as matrices of side k, or k + 1 where `affine`.
///
/// # Errors
/// The name is unknown (with a suggestion), does not fit k, needs an affine space, or is a sum that is no algebra.
pub fn named(name: &str, k: usize, affine: bool) -> Result<NamedAlgebra, NameError> {
    let side = if affine { k + 1 } else { k };
    let terms = parse(name)?;
    let mut parts = Vec::new();
    for term in &terms {
        parts.extend(Place::new(term, k, affine)?.parts()?);
    }
    // Translations act last, so that they are not turned by the rest.
    parts.sort_by_key(|p| !matches!(p, Part::Translations(_)));
    let canonical: Vec<String> = terms.iter().map(|t| display(t, k)).collect();
    let algebra = NamedAlgebra::new(canonical.join("+"), side, parts);
    if terms.len() > 1 {
        let basis = orthonormalise(&algebra.basis);
        if basis.len() < algebra.rank() {
            return Err(NameError::Dependent { given: name.to_string() });
        }
        if closure_residual(&basis) > 1e-9 {
            return Err(NameError::NotClosed { given: name.to_string() });
        }
    }
    Ok(algebra)
}

/// The name as we write it: lower case, without coordinates where these are the default.
fn display(term: &Term, k: usize) -> String {
    let numbers = |list: &[usize]| list.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    let args = if term.args.is_empty() { String::new() } else { format!("({})", numbers(&term.args)) };
    let whole = |c: &&Vec<usize>| !c.iter().copied().eq(0..k);
    let at = term.coordinates.as_ref().filter(whole).map(|c| format!("[{}]", numbers(c))).unwrap_or_default();
    format!("{}{args}{at}", term.family)
}

/// A term and the coordinates on which it acts.
struct Place<'a> {
    term: &'a Term,
    k: usize,
    affine: bool,
    side: usize,
    p: usize,
    q: usize,
    copies: Vec<Vec<usize>>,
}

impl<'a> Place<'a> {
    fn new(term: &'a Term, k: usize, affine: bool) -> Result<Self, NameError> {
        let given = || term.given.clone();
        let wrong = |expected| NameError::Arguments { given: given(), expected };
        let family = term.family.as_str();
        let (p, q) = match (family, term.args.as_slice()) {
            (f, _) if !FAMILIES.contains(&f) => return Err(unknown(&term.given, f, &FAMILIES)),
            ("scale", []) => (term.coordinates.as_ref().map_or(k, Vec::len), 0),
            ("shear", []) => (2, 0),
            ("scale" | "shear", _) => return Err(wrong("it takes no number")),
            ("so" | "iso" | "o", [p, q]) => (*p, *q),
            ("so" | "iso" | "o", [p]) => (*p, 0),
            ("so" | "iso" | "o", _) => return Err(wrong("give one number n, or a signature p,q")),
            (_, [n]) => (*n, 0),
            _ => return Err(wrong("give one number n")),
        };
        let n = p.saturating_add(q);
        match family {
            "sp" if n == 0 || n % 2 == 1 => return Err(wrong("give an even number of at least 2")),
            "so" | "su" | "iso" | "se" | "sim" | "sl" | "o" | "e" | "s" if n < 2 => {
                return Err(wrong("give a number of at least 2"));
            }
            _ if n == 0 => return Err(wrong("give a number of at least 1")),
            "c" | "d" if n > LARGEST => return Err(wrong("give a number of at most 384")),
            "s" if n > MOST_EXCHANGED => return Err(wrong("give a number of at most 5")),
            "t" | "se" | "aff" | "iso" | "e" if !affine => return Err(NameError::NeedsAffine { given: given(), k }),
            _ => {}
        }
        let n = match family {
            "galilei" => n.saturating_add(1),
            "u" | "su" => n.saturating_mul(2),
            "c" | "d" => 2,
            _ => n,
        };
        let rank = if family == "scale" { 1 } else { n.saturating_mul(n) };
        if n > k || rank.saturating_mul(k + 1).saturating_mul(k + 1) > MAX_NUMBERS {
            return Err(NameError::TooLarge { given: given(), needed: n, k });
        }
        let copies = copies(term, n, k)?;
        Ok(Self { term, k, affine, side: if affine { k + 1 } else { k }, p, q, copies })
    }

    fn parts(&self) -> Result<Vec<Part>, NameError> {
        let n = self.p + self.q;
        Ok(match self.term.family.as_str() {
            "so" => vec![self.orthogonal(0..n)],
            "u" | "su" => vec![self.unitary()],
            "iso" | "se" => vec![self.translations(), self.orthogonal(0..n)],
            "o" if n == 1 => vec![self.finite(vec![vec![vec![1.0]], vec![vec![-1.0]]])],
            "o" => vec![self.orthogonal(0..n), self.mirrors()],
            "e" => vec![self.translations(), self.orthogonal(0..n), self.mirrors()],
            "c" => vec![self.turns(false)],
            "d" => vec![self.turns(true)],
            "s" => vec![self.permutations()],
            "t" => vec![self.translations()],
            "scale" => vec![self.scale()],
            "sim" if self.affine => vec![self.translations(), self.scale(), self.orthogonal(0..n)],
            "sim" => vec![self.scale(), self.orthogonal(0..n)],
            "sl" => vec![self.special()],
            "gl" if n == 1 => vec![self.scale()],
            "gl" => vec![self.scale(), self.special()],
            "aff" if n == 1 => vec![self.translations(), self.scale()],
            "aff" => vec![self.translations(), self.scale(), self.special()],
            "sp" => vec![self.symplectic()],
            "shear" => vec![Part::Translations(vec![self.entries(&[(0, 1, 1.0)])])],
            "galilei" => {
                let boosts = (1..=n).map(|i| self.entries(&[(i, 0, 1.0)])).collect();
                let rotations = (n > 1).then(|| self.orthogonal(1..n + 1));
                [Part::Translations(boosts)].into_iter().chain(rotations).collect()
            }
            other => return Err(unknown(&self.term.given, other, &FAMILIES)),
        })
    }

    /// The matrix with these entries (row, column, value) in every copy.
    fn entries(&self, entries: &[(usize, usize, f64)]) -> DMatrix<f64> {
        let mut matrix = DMatrix::zeros(self.side, self.side);
        for copy in &self.copies {
            for &(i, j, value) in entries {
                matrix[(copy[i], copy[j])] += value;
            }
        }
        matrix
    }

    fn orthogonal(&self, of: std::ops::Range<usize>) -> Part {
        let copies = self.copies.iter().map(|c| c[of.clone()].to_vec()).collect();
        Part::Orthogonal { p: self.p, q: self.q, copies }
    }

    /// One element of each component of o(p,q): signs of the first coordinate of each kind.
    fn mirrors(&self) -> Part {
        let n = self.p + self.q;
        let firsts = [(self.p, 0), (self.q, self.p)].into_iter().filter(|(count, _)| *count > 0).map(|(_, at)| at);
        let mut all = vec![vec![1.0; n]];
        for at in firsts {
            let flipped: Vec<Vec<f64>> = all
                .iter()
                .cloned()
                .map(|mut s| {
                    s[at] = -1.0;
                    s
                })
                .collect();
            all.extend(flipped);
        }
        let diagonal =
            |s: &Vec<f64>| (0..n).map(|i| (0..n).map(|j| if i == j { s[i] } else { 0.0 }).collect()).collect();
        self.finite(all.iter().map(diagonal).collect())
    }

    /// Turns of a plane by the p-th part of a full one, and mirrors.
    fn turns(&self, mirrors: bool) -> Part {
        let turn = |i: usize, sign: f64| {
            let (sin, cos) = (std::f64::consts::TAU * i as f64 / self.p as f64).sin_cos();
            // Quarter turns and halves are exact.
            let [sin, cos] = [sin, cos].map(|v| if (v - v.round()).abs() < 1e-12 { v.round() } else { v });
            vec![vec![cos, -sign * sin], vec![sin, sign * cos]]
        };
        let signs: &[f64] = if mirrors { &[1.0, -1.0] } else { &[1.0] };
        self.finite(signs.iter().flat_map(|s| (0..self.p).map(move |i| turn(i, *s))).collect())
    }

    /// All orders of p coordinates.
    fn permutations(&self) -> Part {
        let mut all: Vec<Vec<usize>> = vec![Vec::new()];
        for i in 0..self.p {
            let longer = |p: &Vec<usize>| (0..=i).map(|at| [&p[..at], &[i][..], &p[at..]].concat()).collect::<Vec<_>>();
            all = all.iter().flat_map(longer).collect();
        }
        let matrix = |p: &Vec<usize>| {
            (0..self.p).map(|i| (0..self.p).map(|j| f64::from(u8::from(p[i] == j))).collect()).collect()
        };
        self.finite(all.iter().map(matrix).collect())
    }

    /// These matrices on every copy's coordinates, and the identity elsewhere.
    fn finite(&self, blocks: Vec<Vec<Vec<f64>>>) -> Part {
        let whole = |block: Vec<Vec<f64>>| {
            let mut matrix = DMatrix::identity(self.side, self.side);
            for copy in &self.copies {
                for (row, &i) in block.iter().zip(copy) {
                    row.iter().zip(copy).for_each(|(value, &j)| matrix[(i, j)] = *value);
                }
            }
            matrix
        };
        Part::Finite(blocks.into_iter().map(whole).collect())
    }

    fn unitary(&self) -> Part {
        Part::Unitary { n: self.p, special: self.term.family == "su", copies: self.copies.clone() }
    }

    fn scale(&self) -> Part {
        let diagonal: Vec<_> = (0..self.p + self.q).map(|i| (i, i, 1.0)).collect();
        Part::Flow(vec![self.entries(&diagonal)])
    }

    fn translations(&self) -> Part {
        let along = |i: usize| {
            let mut matrix = DMatrix::zeros(self.side, self.side);
            self.copies.iter().for_each(|c| matrix[(c[i], self.k)] = 1.0);
            matrix
        };
        Part::Translations((0..self.p + self.q).map(along).collect())
    }

    /// sl(n): all off-diagonal entries, and the differences of neighbouring diagonal ones.
    fn special(&self) -> Part {
        let n = self.p;
        let off = (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).filter(|(i, j)| i != j);
        let off = off.map(|(i, j)| self.entries(&[(i, j, 1.0)]));
        let diagonal = (1..n).map(|i| self.entries(&[(i - 1, i - 1, 1.0), (i, i, -1.0)]));
        Part::Flow(off.chain(diagonal).collect())
    }

    /// sp(2m): [[A, B], [C, −Aᵀ]] with symmetric B and C.
    fn symplectic(&self) -> Part {
        let m = self.p / 2;
        let mut generators = Vec::new();
        for (i, j) in (0..m).flat_map(|i| (0..m).map(move |j| (i, j))) {
            generators.push(self.entries(&[(i, j, 1.0), (m + j, m + i, -1.0)]));
            if i < j {
                generators.push(self.entries(&[(i, m + j, 1.0), (j, m + i, 1.0)]));
                generators.push(self.entries(&[(m + i, j, 1.0), (m + j, i, 1.0)]));
            } else if i == j {
                generators.push(self.entries(&[(i, m + i, 1.0)]));
                generators.push(self.entries(&[(m + i, i, 1.0)]));
            }
        }
        Part::Flow(generators)
    }
}

/// The coordinate lists on which an algebra of n dimensions acts.
fn copies(term: &Term, n: usize, k: usize) -> Result<Vec<Vec<usize>>, NameError> {
    let Some(list) = &term.coordinates else {
        let count = if k.is_multiple_of(n) { k / n } else { 1 };
        return Ok((0..count).map(|b| (b * n..(b + 1) * n).collect()).collect());
    };
    let distinct = list.iter().enumerate().all(|(i, c)| !list[..i].contains(c));
    if list.len() != n || !distinct || list.iter().any(|&c| c >= k) {
        return Err(NameError::Coordinates { given: term.given.clone(), needed: n, k });
    }
    Ok(vec![list.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_its_dimension_and_closes() {
        let cases = [
            ("so(2)", 2, false, 1),
            ("so(3)", 3, false, 3),
            ("so(4)", 4, false, 6),
            ("so(1,3)", 4, false, 6),
            ("u(1)", 2, false, 1),
            ("u(2)", 4, false, 4),
            ("su(2)", 4, false, 3),
            ("su(2)[0,1,3,2]", 4, false, 3),
            ("su(3)", 6, false, 8),
            ("so(2,2)", 4, false, 6),
            ("so(2)", 8, false, 1),
            ("so(3)", 4, false, 3),
            ("scale", 3, false, 1),
            ("sim(2)", 2, false, 2),
            ("sim(2)", 2, true, 4),
            ("sl(3)", 3, false, 8),
            ("gl(3)", 3, false, 9),
            ("sp(4)", 4, false, 10),
            ("sp(2)", 4, false, 3),
            ("shear", 2, false, 1),
            ("galilei(3)", 4, false, 6),
            ("t(3)", 3, true, 3),
            ("t(2)", 4, true, 2),
            ("se(2)", 2, true, 3),
            ("se(3)", 3, true, 6),
            ("aff(2)", 2, true, 6),
            ("iso(1,3)", 4, true, 10),
            ("so(2)[0,2]", 3, false, 1),
            ("so(2)+scale", 2, false, 2),
            ("so(3)+t(3)", 3, true, 6),
            ("gl(1)", 3, false, 1),
            ("aff(1)", 1, true, 2),
            ("so(3)[1,2,3]+scale", 4, false, 4),
            ("o(3)", 3, false, 3),
            ("o(1,3)", 4, false, 6),
            ("e(2)", 2, true, 3),
            ("c4", 2, false, 0),
            ("d6", 4, false, 0),
            ("s3", 3, false, 0),
            ("c3[0,2]", 3, false, 0),
        ];
        for (name, k, affine, rank) in cases {
            let algebra = named(name, k, affine).unwrap_or_else(|e| panic!("{e}"));
            let basis = orthonormalise(&algebra.basis);
            assert_eq!((algebra.rank(), basis.len()), (rank, rank), "{name}");
            assert!(closure_residual(&basis) < 1e-12, "{name}");
            assert_eq!(algebra.side, k + usize::from(affine));
            assert!(!affine || algebra.basis.iter().all(|l| l.row(k).amax() == 0.0));
            assert_eq!(named(&algebra.name, k, affine).unwrap(), algebra);
        }
    }

    #[test]
    fn placement_follows_the_documented_rule() {
        let j = dmatrix![0.0, -1.0; 1.0, 0.0];
        let blocks = named("SO(2)", 4, false).unwrap();
        assert_eq!(blocks.basis[0], DMatrix::<f64>::identity(2, 2).kronecker(&j));
        assert_eq!(named("so(2)", 3, false).unwrap().basis[0].view((0, 0), (2, 2)), j);
        assert_eq!(named("so(2)[2,0]", 3, false).unwrap().basis[0][(0, 2)], 1.0);
        assert_eq!(named("so(2)[0,1]", 2, false).unwrap().name, "so(2)");
        let lorentz = named("so(1,3)", 4, false).unwrap();
        assert_eq!((lorentz.basis[0][(0, 1)], lorentz.basis[0][(1, 0)]), (1.0, 1.0));
        assert_eq!((lorentz.basis[3][(1, 2)], lorentz.basis[3][(2, 1)]), (-1.0, 1.0));
        assert_eq!(named("so(3)+t(3)", 3, true).unwrap().basis, named("se(3)", 3, true).unwrap().basis);
    }

    #[test]
    fn wrong_names_say_what_to_do() {
        let message = |name: &str, k, affine| named(name, k, affine).unwrap_err().to_string();
        assert!(message("sso(3)", 3, false).contains("did you mean `so(3)`?"));
        assert!(message("galilean(3)", 4, false).contains("did you mean `galilei(3)`?"));
        assert!(message("se(3)", 3, false).contains("affine: 3"));
        assert!(message("so(4)", 3, false).contains("4 coordinates, but the vectors have 3"));
        assert!(message("so(3)[0,1]", 4, false).contains("3 different numbers from 0 to 3"));
        assert!(message("so(2)[1,1]", 4, false).contains("2 different"));
        assert!(
            message("so(1)", 4, false).contains("at least 2") && message("so(1,2,3)", 9, false).contains("signature")
        );
        assert!(message("sp(3)", 4, false).contains("even") && message("scale(2)", 4, false).contains("no number"));
        assert!(message("so(2)+so(2)", 2, false).contains("overlap"));
        assert!(message("so(2)[0,1]+so(2)[1,2]", 3, false).contains("do not form"));
        assert!(matches!(named("so(99999999999)", 3, false), Err(NameError::TooLarge { .. })));
    }
}
