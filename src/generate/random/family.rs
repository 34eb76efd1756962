//! Families of algebras, and which representations they go with.

use rand_chacha::ChaCha8Rng;

use super::block::{Block, Kind};
use super::draw::{below, subset};
use semola_lie::random::uniform;

/// A family of algebras.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// so(n) of n of the k coordinates.
    Rotations,
    /// so(p,q) of n of the k coordinates.
    Lorentz,
    /// Rotations, boosts or a scaling of two disjoint sets of coordinates, independently.
    Product,
    /// One factor for all coordinates, or for some.
    Scaling,
    /// so(k) and a factor for all coordinates.
    Similarity,
    /// su(2) or u(2) on C² = R⁴.
    Unitary,
    /// One angle turns two planes, the second once or twice as fast.
    Circle,
    /// sl(2), sl(3).
    Special,
    /// sp(4).
    Symplectic,
    /// x_i += t x_j.
    Shear,
    /// Translations along all coordinates, or some.
    Translations,
    /// Rotations or boosts, with the translations of the same coordinates.
    Euclidean,
}

/// What a family needs and allows.
pub(super) struct Traits {
    pub family: Family,
    pub name: &'static str,
    weight: f64,
    sizes: &'static [usize],
    /// The fewest vectors whose invariants determine the algebra.
    pub vectors: usize,
    /// It acts on points only.
    pub moves: bool,
    tensors: bool,
    clouds: bool,
}

const fn row(
    family: Family,
    name: &'static str,
    weight: f64,
    sizes: &'static [usize],
    needs: (usize, bool),
    allows: (bool, bool),
) -> Traits {
    Traits { family, name, weight, sizes, vectors: needs.0, moves: needs.1, tensors: allows.0, clouds: allows.1 }
}

/// All families: name, weight, k; needs (vectors, points); allows (tensors, clouds).
const FAMILIES: &[Traits] = &[
    row(Family::Rotations, "rotations", 0.22, &[2, 3, 4, 5], (1, false), (true, true)),
    row(Family::Lorentz, "lorentz", 0.12, &[2, 3, 4, 5], (1, false), (true, true)),
    row(Family::Product, "product", 0.12, &[4, 5], (2, false), (true, false)),
    row(Family::Scaling, "scaling", 0.08, &[2, 3, 4, 5], (2, false), (true, true)),
    row(Family::Similarity, "similarity", 0.06, &[2, 3, 4], (2, false), (true, true)),
    row(Family::Unitary, "unitary", 0.07, &[4], (2, false), (false, false)),
    row(Family::Circle, "circle", 0.05, &[4], (1, false), (false, false)),
    row(Family::Special, "special", 0.07, &[2, 3], (3, false), (false, false)),
    row(Family::Symplectic, "symplectic", 0.02, &[4], (3, false), (false, false)),
    row(Family::Shear, "shear", 0.05, &[2, 3], (2, false), (false, true)),
    row(Family::Translations, "translations", 0.07, &[2, 3, 4], (3, true), (false, true)),
    row(Family::Euclidean, "euclidean", 0.07, &[2, 3, 4], (3, true), (false, true)),
];

/// The fields' actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Representation {
    Vectors,
    Points,
    Clouds,
    Tensors,
    Covectors,
    Mixed,
}

impl Representation {
    /// All, with their weights.
    pub(super) const ALL: [(Self, &'static str, f64); 6] = [
        (Self::Vectors, "vectors", 0.38),
        (Self::Points, "points", 0.14),
        (Self::Clouds, "clouds", 0.12),
        (Self::Tensors, "tensors", 0.08),
        (Self::Covectors, "covectors", 0.08),
        (Self::Mixed, "mixed", 0.2),
    ];

    /// Whether translations act on one of the fields.
    pub(super) fn has_points(self) -> bool {
        matches!(self, Self::Points | Self::Clouds)
    }

    /// Whether it is offered in k dimensions: tensors and clouds have many numbers.
    fn fits(self, k: usize) -> bool {
        match self {
            Self::Tensors => k <= 4,
            Self::Clouds => k <= 3,
            _ => true,
        }
    }
}

/// Dimensions of generic controls.
const SIZES: &[usize] = &[2, 3, 4, 5];

/// The weights of k.
const WEIGHTS: [(usize, &str, f64); 4] = [(2, "2", 0.3), (3, "3", 0.35), (4, "4", 0.25), (5, "5", 0.1)];

/// The traits of a family.
pub(super) fn traits(family: Family) -> Option<&'static Traits> {
    FAMILIES.iter().find(|t| t.family == family)
}

impl Traits {
    fn allows(&self, k: Option<usize>, representation: Representation) -> bool {
        k.is_none_or(|k| self.sizes.contains(&k) && representation.fits(k))
            && (self.sizes.iter().any(|&k| representation.fits(k)))
            && (!self.moves || representation.has_points())
            && (self.tensors || representation != Representation::Tensors)
            && (self.clouds || representation != Representation::Clouds)
    }

    /// Whether tensors may be among its fields.
    pub(super) fn tensors(&self) -> bool {
        self.tensors
    }
}

/// Families for which one of these representations is left, with weights.
pub(super) fn families(k: Option<usize>, open: &[Representation]) -> Vec<(Family, &'static str, f64)> {
    let fits = |t: &&Traits| open.iter().any(|&r| t.allows(k, r));
    FAMILIES.iter().filter(fits).map(|t| (t.family, t.name, t.weight)).collect()
}

/// Dimensions for which one of these representations is left, with weights.
pub(super) fn sizes(family: Option<Family>, open: &[Representation]) -> Vec<(usize, &'static str, f64)> {
    WEIGHTS.into_iter().filter(|&(k, _, _)| open.iter().any(|&r| together(family, k, r))).collect()
}

/// Whether the family (none: a generic control) goes with this representation in k dimensions.
pub(super) fn together(family: Option<Family>, k: usize, representation: Representation) -> bool {
    match family.and_then(traits) {
        Some(traits) => traits.allows(Some(k), representation),
        None => SIZES.contains(&k) && representation.fits(k),
    }
}

/// Blocks of coordinates and what acts on each; coordinates on which nothing acts form a block of their own.
pub(super) fn blocks(family: Family, k: usize, rng: &mut ChaCha8Rng) -> Vec<Block> {
    let (scaled, moved) = ((true, false), (false, true));
    let mut found = match family {
        Family::Rotations => vec![part(k, Kind::rotations, rng)],
        Family::Lorentz => {
            let p = uniform(rng);
            vec![part(k, |n| Kind::boosts(n, p), rng)]
        }
        Family::Product => product(k, rng),
        Family::Scaling => {
            let count = if uniform(rng) < 0.6 { k } else { 1 + below(rng, k) };
            vec![Block::new(subset(rng, k, count), Kind::Still).with(scaled)]
        }
        Family::Similarity => vec![Block::new((0..k).collect(), Kind::rotations(k)).with(scaled)],
        Family::Unitary => {
            let kind = if uniform(rng) < 0.5 { Kind::Quaternion } else { Kind::Unitary };
            vec![Block::new((0..k).collect(), kind)]
        }
        Family::Circle => vec![Block::new((0..k).collect(), Kind::Circle { second: 1 + below(rng, 2) as i32 })],
        Family::Special => {
            let n = if k == 3 && uniform(rng) < 0.3 { 2 } else { k };
            vec![Block::new(subset(rng, k, n), Kind::Special)]
        }
        Family::Symplectic => vec![Block::new((0..k).collect(), Kind::Symplectic)],
        Family::Shear => vec![Block::new(subset(rng, k, 2), Kind::Shear)],
        Family::Translations => {
            let count = if uniform(rng) < 0.6 { k } else { 1 + below(rng, k) };
            vec![Block::new(subset(rng, k, count), Kind::Still).with(moved)]
        }
        Family::Euclidean => {
            let (boosted, p) = (uniform(rng) < 0.25, uniform(rng));
            let kind = |n| if boosted { Kind::boosts(n, p) } else { Kind::rotations(n) };
            vec![part(k, kind, rng).with(moved)]
        }
    };
    // As the list of named algebras orders them.
    found.sort_by_key(|b| (b.coordinates.len(), b.coordinates.clone()));
    let still: Vec<usize> = (0..k).filter(|i| found.iter().all(|b| !b.coordinates.contains(i))).collect();
    if !still.is_empty() {
        found.push(Block::new(still, Kind::Still));
    }
    found
}

/// Something on all coordinates or, in 3 of 10 draws, on at least two of them.
fn part(k: usize, kind: impl FnOnce(usize) -> Kind, rng: &mut ChaCha8Rng) -> Block {
    let n = if uniform(rng) < 0.7 { k } else { 2 + below(rng, k - 1) };
    Block::new(subset(rng, k, n), kind(n))
}

fn product(k: usize, rng: &mut ChaCha8Rng) -> Vec<Block> {
    let first = subset(rng, k, 2);
    let second: Vec<usize> = (0..k).filter(|i| !first.contains(i)).collect();
    let mut one = |coordinates: Vec<usize>| {
        let n = coordinates.len();
        match uniform(rng) {
            u if u < 0.6 => Block::new(coordinates, Kind::rotations(n)),
            u if u < 0.8 => Block::new(coordinates, Kind::boosts(n, uniform(rng))),
            _ => Block::new(coordinates, Kind::Still).with((true, false)),
        }
    };
    vec![one(first), one(second)]
}
