//! Exactly closed Lie algebras, taken apart into pieces whose groups can be sampled.

use nalgebra::{Complex, DMatrix};

/// A piece of an algebra in its standard representation.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// so(p,q) with the metric diag(+1 p times, −1 q times), the same element on every copy; a copy lists its p + q
    /// coordinates.
    Orthogonal { p: usize, q: usize, copies: Vec<Vec<usize>> },
    /// u(n), or su(n) if `special`, the same element on every copy; a copy lists the 2n coordinates of n complex numbers, real part
    /// before imaginary part.
    Unitary { n: usize, special: bool, copies: Vec<Vec<usize>> },
    /// One generator with exp(2πL) = 1.
    Circle(DMatrix<f64>),
    /// Commuting generators with T_i T_j = 0, so that exp(Σ t_i T_i) = 1 + Σ t_i T_i.
    Translations(Vec<DMatrix<f64>>),
    /// Anything else: elements are exponentials of combinations.
    Flow(Vec<DMatrix<f64>>),
    /// A finite group, all its elements, or one of each component: it has no generators.
    Finite(Vec<DMatrix<f64>>),
}

impl Part {
    /// The generators, side×side, with entries of natural size (an angle, a rapidity, a shift).
    pub fn generators(&self, side: usize) -> Vec<DMatrix<f64>> {
        match self {
            Self::Orthogonal { p, q, copies } => orthogonal(*p, *q, copies, side),
            Self::Unitary { n, special, copies } => unitary(*n, *special, copies, side),
            Self::Circle(generator) => vec![generator.clone()],
            Self::Translations(generators) | Self::Flow(generators) => generators.clone(),
            Self::Finite(_) => Vec::new(),
        }
    }

    /// Whether the group is compact.
    pub fn is_compact(&self) -> bool {
        match self {
            Self::Orthogonal { p, q, .. } => *p == 0 || *q == 0,
            Self::Unitary { .. } | Self::Circle(_) | Self::Finite(_) => true,
            Self::Translations(g) | Self::Flow(g) => g.is_empty(),
        }
    }

    fn map(&self, matrix: impl Fn(&DMatrix<f64>) -> DMatrix<f64>, copy: impl Fn(&[usize]) -> Vec<Vec<usize>>) -> Self {
        match self {
            Self::Orthogonal { p, q, copies } => {
                Self::Orthogonal { p: *p, q: *q, copies: copies.iter().flat_map(|c| copy(c)).collect() }
            }
            Self::Unitary { n, special, copies } => {
                Self::Unitary { n: *n, special: *special, copies: copies.iter().flat_map(|c| copy(c)).collect() }
            }
            Self::Circle(g) => Self::Circle(matrix(g)),
            Self::Translations(g) => Self::Translations(g.iter().map(matrix).collect()),
            Self::Flow(g) => Self::Flow(g.iter().map(matrix).collect()),
            Self::Finite(g) => Self::Finite(g.iter().map(matrix).collect()),
        }
    }
}

/// Rotations E_ji − E_ij in the planes i < j of equal signs (from axis i towards axis j), boosts E_ij + E_ji otherwise.
fn orthogonal(p: usize, q: usize, copies: &[Vec<usize>], side: usize) -> Vec<DMatrix<f64>> {
    let n = p + q;
    let plane = |(i, j): (usize, usize)| {
        let sign = if (i < p) == (j < p) { -1.0 } else { 1.0 };
        let mut generator = DMatrix::zeros(side, side);
        for copy in copies {
            generator[(copy[j], copy[i])] = 1.0;
            generator[(copy[i], copy[j])] = sign;
        }
        generator
    };
    (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).map(plane).collect()
}

/// E_jl − E_lj and i (E_jl + E_lj) for j < l; i E_jj, or i (E_jj − E_j+1,j+1), all as real matrices: a + bi is [[a, −b], [b, a]].
fn unitary(n: usize, special: bool, copies: &[Vec<usize>], side: usize) -> Vec<DMatrix<f64>> {
    let of = |entries: &[(usize, usize, Complex<f64>)]| {
        let mut complex = DMatrix::zeros(n, n);
        entries.iter().for_each(|&(j, l, value)| complex[(j, l)] = value);
        realised(&complex, copies, DMatrix::zeros(side, side))
    };
    let (one, i) = (Complex::new(1.0, 0.0), Complex::new(0.0, 1.0));
    let pairs = (0..n).flat_map(|j| (j + 1..n).map(move |l| (j, l)));
    let off = pairs.flat_map(|(j, l)| [of(&[(l, j, one), (j, l, -one)]), of(&[(l, j, i), (j, l, i)])]);
    let diagonal = (0..n - usize::from(special)).map(|j| {
        let next = special.then_some((j + 1, j + 1, -i));
        of(&std::iter::once((j, j, i)).chain(next).collect::<Vec<_>>())
    });
    off.chain(diagonal).collect()
}

/// Writes a complex matrix into the coordinates of each copy of a real one.
pub(super) fn realised(complex: &DMatrix<Complex<f64>>, copies: &[Vec<usize>], mut real: DMatrix<f64>) -> DMatrix<f64> {
    for copy in copies {
        for (j, l) in (0..complex.nrows()).flat_map(|j| (0..complex.ncols()).map(move |l| (j, l))) {
            let v = complex[(j, l)];
            real[(copy[2 * j], copy[2 * l])] = v.re;
            real[(copy[2 * j + 1], copy[2 * l + 1])] = v.re;
            real[(copy[2 * j], copy[2 * l + 1])] = -v.im;
            real[(copy[2 * j + 1], copy[2 * l])] = v.im;
        }
    }
    real
}

/// A named algebra in its standard representation. [`super::named::named`] builds one from its name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedAlgebra {
    /// The name as `named` reads it, with coordinates where these are not the default: `so(3)`, `so(2)[0,2]`.
    pub name: String,
    /// Side of the matrices.
    pub side: usize,
    /// Generators in their natural size, linearly independent, not normalised: so(2) turns by 1 radian a unit.
    pub basis: Vec<DMatrix<f64>>,
    /// The pieces, leftmost factor of a group element first.
    pub parts: Vec<Part>,
}

impl NamedAlgebra {
    /// An algebra from its parts.
    pub fn new(name: impl Into<String>, side: usize, parts: Vec<Part>) -> Self {
        let basis = parts.iter().flat_map(|p| p.generators(side)).collect();
        Self { name: name.into(), side, basis, parts }
    }

    /// Dimension of the algebra.
    pub fn rank(&self) -> usize {
        self.basis.len()
    }

    /// The name without the coordinates: `so(2)` for `so(2)[0,2]`.
    pub fn short_name(&self) -> String {
        let mut depth = 0;
        let outside = |c: &char| {
            depth += i32::from(*c == '[') - i32::from(*c == ']');
            depth == 0 && *c != ']'
        };
        self.name.chars().filter(outside).collect()
    }

    /// Whether the whole group is compact.
    pub fn is_compact(&self) -> bool {
        self.parts.iter().all(Part::is_compact)
    }

    /// The same algebra on the first coordinates of a larger space.
    pub(crate) fn embedded(&self, side: usize) -> Self {
        let pad = |m: &DMatrix<f64>| {
            let mut large = DMatrix::zeros(side, side);
            large.view_mut((0, 0), m.shape()).copy_from(m);
            large
        };
        let parts = self.parts.iter().map(|p| p.map(pad, |c| vec![c.to_vec()])).collect();
        Self::new(self.name.clone(), side, parts)
    }

    /// The same element on each of m consecutive blocks.
    pub(crate) fn repeated(&self, m: usize) -> Self {
        let n = self.side;
        let tile = |a: &DMatrix<f64>| DMatrix::<f64>::identity(m, m).kronecker(a);
        let shift = |c: &[usize]| (0..m).map(|b| c.iter().map(|i| b * n + i).collect()).collect();
        let parts = self.parts.iter().map(|p| p.map(tile, shift)).collect();
        Self::new(self.name.clone(), m * n, parts)
    }

    /// The same algebra with one more part on its left, under a new name.
    pub(crate) fn with(mut self, name: impl Into<String>, part: Part) -> Self {
        self.parts.insert(0, part);
        Self::new(name, self.side, self.parts)
    }
}

/// A frame P: the algebra P A P⁻¹ is A seen in other coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// P, side×side; its columns are the standard coordinates' axes.
    pub matrix: DMatrix<f64>,
    /// P⁻¹.
    pub inverse: DMatrix<f64>,
}

impl Frame {
    /// The frame of an invertible, finite matrix.
    pub fn new(matrix: DMatrix<f64>) -> Option<Self> {
        let inverse = matrix.clone().try_inverse()?;
        matrix.iter().chain(inverse.iter()).all(|v| v.is_finite()).then_some(Self { matrix, inverse })
    }

    /// P A P⁻¹.
    pub fn conjugate(&self, a: &DMatrix<f64>) -> DMatrix<f64> {
        &self.matrix * a * &self.inverse
    }

    /// P⁻¹ A P.
    pub fn pull_back(&self, a: &DMatrix<f64>) -> DMatrix<f64> {
        &self.inverse * a * &self.matrix
    }
}

/// An exactly closed algebra: a standard one, possibly seen in another frame.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactAlgebra {
    /// The algebra in its standard representation.
    pub algebra: NamedAlgebra,
    /// The frame in which it was found; `None` for the standard one.
    pub frame: Option<Frame>,
}

impl ExactAlgebra {
    /// The generators as they act on the data: P L P⁻¹.
    pub fn basis(&self) -> Vec<DMatrix<f64>> {
        match &self.frame {
            None => self.algebra.basis.clone(),
            Some(frame) => self.algebra.basis.iter().map(|l| frame.conjugate(l)).collect(),
        }
    }

    /// Side of the matrices.
    pub fn side(&self) -> usize {
        self.algebra.side
    }

    /// Dimension of the algebra.
    pub fn rank(&self) -> usize {
        self.algebra.rank()
    }
}

impl From<NamedAlgebra> for ExactAlgebra {
    fn from(algebra: NamedAlgebra) -> Self {
        Self { algebra, frame: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embeds_repeats_and_conjugates() {
        let so2 = NamedAlgebra::new("so(2)", 2, vec![Part::Orthogonal { p: 2, q: 0, copies: vec![vec![0, 1]] }]);
        assert_eq!(so2.basis[0], dmatrix![0.0, -1.0; 1.0, 0.0]);
        let tiled = so2.repeated(2);
        assert_eq!(tiled.parts, vec![Part::Orthogonal { p: 2, q: 0, copies: vec![vec![0, 1], vec![2, 3]] }]);
        assert_eq!(tiled.basis[0][(3, 2)], 1.0);
        assert_eq!(so2.embedded(3).basis[0].shape(), (3, 3));
        let frame = Frame::new(dmatrix![2.0, 0.0; 0.0, 1.0]).unwrap();
        let exact = ExactAlgebra { algebra: so2, frame: Some(frame.clone()) };
        assert_eq!(exact.basis()[0], dmatrix![0.0, -2.0; 0.5, 0.0]);
        assert_eq!(frame.pull_back(&exact.basis()[0]), exact.algebra.basis[0]);
        assert!(Frame::new(DMatrix::zeros(2, 2)).is_none());
    }

    #[test]
    fn short_names_drop_coordinates() {
        let name = |n: &str| NamedAlgebra::new(n, 1, vec![]).short_name();
        assert_eq!(name("so(2)[0,2]"), "so(2)");
        assert_eq!(name("so(2)[0,1]+t(1)[2]"), "so(2)+t(1)");
        assert_eq!(name("so(1,3)"), "so(1,3)");
    }
}
