//! A block of coordinates, what acts on it, its generators and its name.

use nalgebra::DMatrix;
use semola_lie::{NameError, named};

/// What acts linearly on a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Still,
    /// so(p,q), so(n) where q = 0: the first p coordinates have the sign +.
    Orthogonal { p: usize, q: usize },
    /// sl(n).
    Special,
    /// su(2): unit quaternions from the left.
    Quaternion,
    /// u(2) on (re, im, re, im).
    Unitary,
    /// One angle turns the planes (0, 1) and, `second` times as fast, (2, 3).
    Circle { second: i32 },
    /// sp(2m) of the form [[0, 1], [−1, 0]].
    Symplectic,
    /// x₀ += t x₁.
    Shear,
}

impl Kind {
    /// so(n).
    pub(super) fn rotations(n: usize) -> Self {
        Self::Orthogonal { p: n, q: 0 }
    }

    /// so(p,q) with p + q = n, p from 1 to n − 1 by a uniform number u.
    pub(super) fn boosts(n: usize, u: f64) -> Self {
        let p = 1 + ((u * (n.max(2) - 1) as f64) as usize).min(n.saturating_sub(2));
        Self::Orthogonal { p, q: n - p }
    }

    /// Whether the group is bounded.
    fn compact(self) -> bool {
        match self {
            Self::Still | Self::Quaternion | Self::Unitary | Self::Circle { .. } => true,
            Self::Orthogonal { q, .. } => q == 0,
            Self::Special | Self::Symplectic | Self::Shear => false,
        }
    }
}

/// Coordinates on which something acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub coordinates: Vec<usize>,
    pub kind: Kind,
    /// A common factor acts too.
    pub scaled: bool,
    /// Translations act too.
    pub moved: bool,
}

impl Block {
    /// Without factor and translations.
    pub(super) fn new(coordinates: Vec<usize>, kind: Kind) -> Self {
        Self { coordinates, kind, scaled: false, moved: false }
    }

    /// With a factor (first) or translations (second).
    pub(super) fn with(self, (scaled, moved): (bool, bool)) -> Self {
        Self { scaled, moved, ..self }
    }

    /// Whether the group keeps every sphere about the origin.
    pub(super) fn keeps_spheres(&self) -> bool {
        self.kind.compact() && !self.scaled && !self.moved
    }

    /// The block's generators in R^k, of side k, or k + 1 where `affine`.
    ///
    /// # Errors
    /// A name does not fit; it always does for blocks that are drawn.
    pub(super) fn generators(&self, k: usize, affine: bool) -> Result<Vec<DMatrix<f64>>, NameError> {
        let mut found = Vec::new();
        for term in self.terms() {
            found.extend(named(&self.at(&term, k), k, affine)?.basis);
        }
        let side = if affine { k + 1 } else { k };
        let own: Vec<DMatrix<f64>> = match self.kind {
            Kind::Quaternion => QUATERNIONS.iter().map(|flat| DMatrix::from_row_slice(4, 4, flat)).collect(),
            Kind::Unitary => UNITARY.iter().map(|flat| DMatrix::from_row_slice(4, 4, flat)).collect(),
            Kind::Circle { second } => vec![circle(f64::from(second))],
            _ => Vec::new(),
        };
        found.extend(own.iter().map(|l| self.embedded(l, side)));
        Ok(found)
    }

    /// The names of the parts that the list of named algebras has.
    fn terms(&self) -> Vec<String> {
        let n = self.coordinates.len();
        let linear = match self.kind {
            Kind::Orthogonal { p, q: 0 } => Some(format!("so({p})")),
            Kind::Orthogonal { p, q } => Some(format!("so({p},{q})")),
            Kind::Special => Some(format!("sl({n})")),
            Kind::Symplectic => Some(format!("sp({n})")),
            Kind::Shear => Some("shear".to_owned()),
            Kind::Still | Kind::Quaternion | Kind::Unitary | Kind::Circle { .. } => None,
        };
        let scale = self.scaled.then(|| "scale".to_owned());
        let shift = self.moved.then(|| format!("t({n})"));
        linear.into_iter().chain(scale).chain(shift).collect()
    }

    /// The term with its coordinates, where these are not all of k.
    fn at(&self, term: &str, k: usize) -> String {
        if self.coordinates.iter().copied().eq(0..k) {
            return term.to_owned();
        }
        let at: Vec<String> = self.coordinates.iter().map(usize::to_string).collect();
        format!("{term}[{}]", at.join(","))
    }

    /// The block's name, empty where nothing acts.
    pub(super) fn name(&self, k: usize, affine: bool) -> String {
        let n = self.coordinates.len();
        let whole = match (self.kind, self.scaled, self.moved) {
            (Kind::Orthogonal { p, q: 0 }, false, true) => Some(format!("se({p})")),
            (Kind::Orthogonal { p, q }, false, true) => Some(format!("iso({p},{q})")),
            (Kind::Orthogonal { p, q: 0 }, true, false) if n == k && !affine => Some(format!("sim({p})")),
            (Kind::Quaternion, ..) => Some("su(2)".to_owned()),
            (Kind::Unitary, ..) => Some("u(2)".to_owned()),
            (Kind::Circle { second: 1 }, ..) => Some("so(2)".to_owned()),
            (Kind::Circle { second }, ..) => Some(format!("circle(1,{second})")),
            _ => None,
        };
        let terms = whole.map_or_else(|| self.terms(), |name| vec![name]);
        terms.iter().map(|t| self.at(t, k)).collect::<Vec<_>>().join("+")
    }

    fn embedded(&self, l: &DMatrix<f64>, side: usize) -> DMatrix<f64> {
        let mut whole = DMatrix::zeros(side, side);
        for (i, &row) in self.coordinates.iter().enumerate() {
            for (j, &column) in self.coordinates.iter().enumerate() {
                whole[(row, column)] = l[(i, j)];
            }
        }
        whole
    }
}

fn circle(second: f64) -> DMatrix<f64> {
    let mut l = DMatrix::zeros(4, 4);
    for (i, rate) in [(0, 1.0), (2, second)] {
        l[(i + 1, i)] = rate;
        l[(i, i + 1)] = -rate;
    }
    l
}

/// Products with i, j and k from the left, on (1, i, j, k).
const QUATERNIONS: [[f64; 16]; 3] = [
    [0., -1., 0., 0., 1., 0., 0., 0., 0., 0., 0., -1., 0., 0., 1., 0.],
    [0., 0., -1., 0., 0., 0., 0., 1., 1., 0., 0., 0., 0., -1., 0., 0.],
    [0., 0., 0., -1., 0., 0., -1., 0., 0., 1., 0., 0., 1., 0., 0., 0.],
];

/// Anti-Hermitian 2×2 matrices on (re, im, re, im): diag(i, 0), diag(0, i), [[0, 1], [−1, 0]], [[0, i], [i, 0]].
const UNITARY: [[f64; 16]; 4] = [
    [0., -1., 0., 0., 1., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.],
    [0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., -1., 0., 0., 1., 0.],
    [0., 0., 1., 0., 0., 0., 0., 1., -1., 0., 0., 0., 0., -1., 0., 0.],
    [0., 0., 0., -1., 0., 0., 1., 0., 0., -1., 0., 0., 1., 0., 0., 0.],
];
