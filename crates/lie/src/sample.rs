//! Random elements of a group: over the full orbit, and near the identity.

use nalgebra::DMatrix;
use rand::Rng;

use super::algebra::{ExactAlgebra, Frame, NamedAlgebra, Part, realised};
use super::expm::expm;
use super::name::NameError;
use super::named::named;
use super::random::{normal, uniform};
use super::rotation::{random_rotation, random_unitary};
use super::subspace::orthonormalise;

/// Draws elements of one group; all randomness comes from the generator handed in.
#[derive(Debug, Clone)]
pub struct GroupSampler {
    side: usize,
    parts: Vec<Part>,
    frame: Option<Frame>,
    /// Orthogonal generators of Frobenius norm √2.
    generators: Vec<DMatrix<f64>>,
    extent: f64,
}

impl GroupSampler {
    /// A sampler of the whole group of an exact algebra. `extent` is the standard deviation of what is not compact: a
    /// rapidity, a shift along an axis, the logarithm of a scale.
    pub fn new(exact: &ExactAlgebra, extent: f64) -> Self {
        let root = 2.0_f64.sqrt();
        let generators = orthonormalise(&exact.basis()).into_iter().map(|l| l * root).collect();
        Self { side: exact.side(), parts: exact.algebra.parts.clone(), frame: exact.frame.clone(), generators, extent }
    }

    /// A sampler of a group by name on R^k, in homogeneous coordinates where `affine`.
    ///
    /// # Errors
    /// As [`named`].
    pub fn named(name: &str, k: usize, affine: bool, extent: f64) -> Result<Self, NameError> {
        Ok(Self::new(&named(name, k, affine)?.into(), extent))
    }

    /// A sampler for a span without a name: exponentials of Gaussian combinations with standard deviation `extent`, for
    /// generators of norm √2. An empty span gives the identity of this side.
    pub fn free(span: &[DMatrix<f64>], side: usize, extent: f64) -> Self {
        let root = 2.0_f64.sqrt();
        let generators: Vec<_> = orthonormalise(span).into_iter().map(|l| l * root).collect();
        let algebra = NamedAlgebra::new("unnamed", side, vec![Part::Flow(generators)]);
        Self::new(&algebra.into(), extent)
    }

    /// Side of the matrices.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Dimension of the group.
    pub fn rank(&self) -> usize {
        self.generators.len()
    }

    /// Whether the group is compact, so that the extent does not matter.
    pub fn is_compact(&self) -> bool {
        self.parts.iter().all(Part::is_compact)
    }

    /// Whether some part of the group is compact, such as the rotations among motions or boosts.
    pub fn turns(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Orthogonal { p, q, .. } => *p > 1 || *q > 1,
            Part::Unitary { .. } | Part::Circle(_) => true,
            Part::Translations(_) | Part::Flow(_) | Part::Finite(_) => false,
        })
    }

    /// Samplers of its parts, each by itself: of so(2)+scale the turns and the scalings. One part is all of it.
    pub fn factors(&self) -> Vec<Self> {
        let of = |part: &Part| {
            let algebra = NamedAlgebra::new("", self.side, vec![part.clone()]);
            Self::new(&ExactAlgebra { algebra, frame: self.frame.clone() }, self.extent)
        };
        self.parts.iter().filter(|part| !matches!(part, Part::Finite(_))).map(of).collect()
    }

    /// A sampler of elements whose squares are distributed about like those of this one: of half the extent.
    #[must_use]
    pub fn root(&self) -> Self {
        Self { extent: self.extent / 2.0, ..self.clone() }
    }

    /// The generators that `small` uses, orthogonal, of Frobenius norm √2.
    pub fn generators(&self) -> &[DMatrix<f64>] {
        &self.generators
    }

    /// The same sampler with another extent.
    pub fn with_extent(mut self, extent: f64) -> Self {
        self.extent = extent;
        self
    }

    /// An element of the whole group, side×side: uniform on the compact part, Gaussian of the set extent on the rest.
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> DMatrix<f64> {
        let identity = DMatrix::identity(self.side, self.side);
        let element = self.parts.iter().fold(identity, |g, part| g * self.part(part, rng));
        match &self.frame {
            Some(frame) => frame.conjugate(&element),
            None => element,
        }
    }

    /// An element near the identity: exp(Σ w_i L_i) with w ~ N(0, s²).
    pub fn small<R: Rng + ?Sized>(&self, rng: &mut R, s: f64) -> DMatrix<f64> {
        expm(&gaussian(&self.generators, self.side, s, rng))
    }

    fn part<R: Rng + ?Sized>(&self, part: &Part, rng: &mut R) -> DMatrix<f64> {
        match part {
            Part::Orthogonal { p, q, copies } => placed(&self.orthogonal(*p, *q, rng), copies, self.side),
            Part::Unitary { n, special, copies } => {
                realised(&random_unitary(*n, *special, rng), copies, DMatrix::identity(self.side, self.side))
            }
            Part::Circle(l) => expm(&(l * (std::f64::consts::TAU * uniform(rng)))),
            Part::Translations(l) => DMatrix::identity(self.side, self.side) + gaussian(l, self.side, self.extent, rng),
            Part::Flow(l) => expm(&gaussian(l, self.side, self.extent, rng)),
            Part::Finite(elements) => {
                let at = (uniform(rng) * elements.len() as f64) as usize;
                elements.get(at).cloned().unwrap_or_else(|| DMatrix::identity(self.side, self.side))
            }
        }
    }

    /// SO(p) × SO(q) uniformly, times a boost of Gaussian rapidity in a uniform direction.
    fn orthogonal<R: Rng + ?Sized>(&self, p: usize, q: usize, rng: &mut R) -> DMatrix<f64> {
        let mut compact = DMatrix::zeros(p + q, p + q);
        compact.view_mut((0, 0), (p, p)).copy_from(&random_rotation(p, rng));
        compact.view_mut((p, p), (q, q)).copy_from(&random_rotation(q, rng));
        if p == 0 || q == 0 {
            return compact;
        }
        let direction = DMatrix::from_vec(p, q, (0..p * q).map(|_| normal(rng)).collect());
        let rapidity = self.extent * normal(rng);
        let block = &direction * (rapidity / direction.norm().max(f64::MIN_POSITIVE));
        compact * boost(&block)
    }
}

/// exp of [[0, b], [bᵀ, 0]], b of p×q: the identity plus (cosh r − 1) b bᵀ/r² and sinh r b/r where b is a single row or column of
/// length r.
fn boost(b: &DMatrix<f64>) -> DMatrix<f64> {
    let (p, q) = b.shape();
    let mut g = DMatrix::zeros(p + q, p + q);
    if p.min(q) > 1 {
        g.view_mut((0, p), (p, q)).copy_from(b);
        g.view_mut((p, 0), (q, p)).copy_from(&b.transpose());
        return expm(&g);
    }
    let r = b.norm();
    g.fill_with_identity();
    if r > 0.0 {
        let (along, across) = (2.0 * (0.5 * r).sinh().powi(2) / (r * r), r.sinh() / r);
        g.view_mut((0, 0), (p, p)).gemm(along, b, &b.transpose(), 1.0);
        g.view_mut((p, p), (q, q)).gemm(along, &b.transpose(), b, 1.0);
        g.view_mut((0, p), (p, q)).copy_from(&(b * across));
        g.view_mut((p, 0), (q, p)).copy_from(&(b.transpose() * across));
    }
    g
}

/// Σ w_i L_i with w ~ N(0, s²).
fn gaussian<R: Rng + ?Sized>(generators: &[DMatrix<f64>], side: usize, s: f64, rng: &mut R) -> DMatrix<f64> {
    generators.iter().fold(DMatrix::zeros(side, side), |sum, l| sum + l * (s * normal(rng)))
}

/// The identity with this block on every copy's coordinates.
fn placed(block: &DMatrix<f64>, copies: &[Vec<usize>], side: usize) -> DMatrix<f64> {
    let mut g = DMatrix::identity(side, side);
    for copy in copies {
        for (a, &i) in copy.iter().enumerate() {
            for (b, &j) in copy.iter().enumerate() {
                g[(i, j)] = block[(a, b)];
            }
        }
    }
    g
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subspace::orthonormalise;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const NAMES: [(&str, usize, bool); 15] = [
        ("u(2)", 4, false),
        ("su(2)[0,1,3,2]", 4, false),
        ("su(3)", 6, false),
        ("so(2)", 2, false),
        ("so(2)", 8, false),
        ("so(3)", 3, false),
        ("so(1,3)", 4, false),
        ("so(2,2)", 4, false),
        ("sl(2)", 2, false),
        ("sp(4)", 4, false),
        ("sim(3)", 3, false),
        ("se(3)", 3, true),
        ("aff(2)", 2, true),
        ("galilei(2)", 3, false),
        ("scale", 3, false),
    ];

    /// Elements of the group normalise the algebra: g L g⁻¹ stays in the span.
    fn normalises(g: &DMatrix<f64>, span: &[DMatrix<f64>]) -> bool {
        let inverse = g.clone().try_inverse().unwrap();
        span.iter().all(|l| {
            let moved = g * l * &inverse;
            let inside = span.iter().fold(DMatrix::zeros(g.nrows(), g.ncols()), |sum, e| sum + e * e.dot(&moved));
            (&moved - inside).norm() < 1e-9 * moved.norm()
        })
    }

    #[test]
    fn factors_are_the_parts_in_the_same_frame() {
        let mut exact = ExactAlgebra::from(named("so(2)[0,2]+scale[1]", 3, false).unwrap());
        exact.frame = Frame::new(dmatrix![1.0, 0.3, 0.0; 0.0, 1.0, 0.0; 0.2, 0.0, 2.0]);
        let whole = GroupSampler::new(&exact, 0.7);
        let factors = whole.factors();
        assert_eq!(factors.iter().map(GroupSampler::rank).collect::<Vec<_>>(), [1, 1]);
        assert!(factors[0].is_compact() && !factors[1].is_compact());
        let both: Vec<DMatrix<f64>> = factors.iter().flat_map(|f| f.generators().to_vec()).collect();
        assert!(crate::subspace::largest_angle(&orthonormalise(&both), &orthonormalise(&exact.basis())) < 1e-9);
    }

    #[test]
    fn boosts_are_exponentials() {
        for (p, q) in [(1, 3), (3, 1), (1, 1), (2, 2)] {
            for size in [0.0, 1e-9, 0.4, 3.0] {
                let b = DMatrix::from_fn(p, q, |i, j| size * (0.3 + (i + 2 * j) as f64).sin());
                let mut l = DMatrix::zeros(p + q, p + q);
                l.view_mut((0, p), (p, q)).copy_from(&b);
                l.view_mut((p, 0), (q, p)).copy_from(&b.transpose());
                let exact = expm(&l);
                assert!((boost(&b) - &exact).amax() < 1e-12 * exact.amax(), "{p}, {q}, {size}");
            }
        }
    }

    #[test]
    fn elements_of_finite_parts_are_drawn_alike() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let mut improper = |name: &str, k: usize, affine: bool| {
            let sampler = GroupSampler::named(name, k, affine, 0.5).unwrap();
            (0..2000).filter(|_| sampler.sample(&mut rng).determinant() < 0.0).count()
        };
        for (name, k, affine) in
            [("o(3)", 3, false), ("d4", 2, false), ("s3", 3, false), ("e(2)", 2, true), ("o(2)", 3, false)]
        {
            let found = improper(name, k, affine);
            assert!(found.abs_diff(1000) < 120, "{name}: {found}");
        }
        assert_eq!(improper("c4", 2, false) + improper("so(3)", 3, false), 0);
        let quarter = GroupSampler::named("c4", 4, false, 0.5).unwrap();
        let power = |g: DMatrix<f64>| &g * &g * &g * &g;
        assert!((0..20).all(|_| (power(quarter.sample(&mut rng)) - DMatrix::identity(4, 4)).amax() < 1e-12));
        assert!(quarter.is_compact() && quarter.rank() == 0);
    }

    #[test]
    fn elements_lie_in_the_group_and_repeat() {
        for (name, k, affine) in NAMES {
            let sampler = GroupSampler::named(name, k, affine, 0.5).unwrap();
            let span = orthonormalise(sampler.generators());
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            for _ in 0..20 {
                let (g, h) = (sampler.sample(&mut rng), sampler.small(&mut rng, 0.25));
                assert!(normalises(&g, &span) && normalises(&h, &span), "{name}");
                if affine {
                    assert!((g.row(k) - DMatrix::identity(k + 1, k + 1).row(k)).amax() == 0.0);
                }
            }
            let draw = || sampler.sample(&mut ChaCha8Rng::seed_from_u64(7));
            assert_eq!(draw(), draw());
            assert!(sampler.generators().iter().all(|l| (l.norm() - 2.0_f64.sqrt()).abs() < 1e-12));
        }
    }

    #[test]
    fn lorentz_elements_keep_the_metric_and_the_rapidity_has_the_extent() {
        let sampler = GroupSampler::named("so(1,3)", 4, false, 0.7).unwrap();
        assert!(!sampler.is_compact());
        let eta = DMatrix::from_diagonal(&vec![1.0, -1.0, -1.0, -1.0].into());
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut square = 0.0;
        for _ in 0..2000 {
            let g = sampler.sample(&mut rng);
            assert!((g.transpose() * &eta * &g - &eta).amax() < 1e-9 && g[(0, 0)] >= 1.0 - 1e-12);
            square += g[(0, 0)].max(1.0).acosh().powi(2) / 2000.0;
        }
        assert!((square.sqrt() - 0.7).abs() < 0.05, "{}", square.sqrt());
    }

    #[test]
    fn blocks_share_one_rotation_and_frames_conjugate() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let g = GroupSampler::named("so(2)", 4, false, 1.0).unwrap().sample(&mut rng);
        assert_eq!(g.view((0, 0), (2, 2)), g.view((2, 2), (2, 2)));
        assert_eq!(g.view((0, 2), (2, 2)).amax(), 0.0);
        let frame = Frame::new(dmatrix![2.0, 1.0; 0.0, 1.0]).unwrap();
        let exact = ExactAlgebra { algebra: named("so(2)", 2, false).unwrap(), frame: Some(frame.clone()) };
        let sampler = GroupSampler::new(&exact, 1.0);
        let turned = frame.pull_back(&sampler.sample(&mut rng));
        assert!((turned.transpose() * &turned - DMatrix::identity(2, 2)).amax() < 1e-12);
        assert!(sampler.is_compact());
    }

    #[test]
    fn extent_scales_what_is_not_compact() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let spread = |extent: f64, rng: &mut ChaCha8Rng| {
            let sampler = GroupSampler::named("scale", 2, false, 1.0).unwrap().with_extent(extent);
            (0..2000).map(|_| sampler.sample(rng)[(0, 0)].ln().powi(2)).sum::<f64>() / 2000.0
        };
        assert!((spread(0.3, &mut rng).sqrt() - 0.3).abs() < 0.02);
        let still = GroupSampler::free(&[], 3, 1.0);
        assert_eq!((still.rank(), still.sample(&mut rng)), (0, DMatrix::identity(3, 3)));
        let free = GroupSampler::free(&[dmatrix![1.0, 2.0; 0.0, 1.0]], 2, 0.2);
        assert!(free.sample(&mut rng).determinant() > 0.0);
    }
}
