//! Random motions with stated bounds: rotations of some coordinates, Lorentz boosts, elements of a group, or one matrix.

use nalgebra::{DMatrix, DVector};
use rand::Rng;

use super::random::{normal, uniform};
use super::rotation::{bounded_rotation, random_rotation};
use super::sample::GroupSampler;

/// A distribution over invertible matrices.
#[derive(Debug, Clone)]
pub enum Motion {
    /// Rotations of the coordinates `axes` of R^k: over the whole of SO(axes), or in a uniformly random plane by an angle
    /// uniform between ± `bound` (radians).
    Rotation { k: usize, axes: Vec<usize>, bound: Option<f64> },
    /// Lorentz boosts of R^k in a uniformly random spatial direction, the rapidity uniform between ± `rapidity`.
    Boost { k: usize, time: usize, rapidity: f64 },
    /// The whole of a group.
    Group(GroupSampler),
    /// Always this one.
    Fixed(DMatrix<f64>),
}

impl Motion {
    /// Side of the matrices.
    pub fn side(&self) -> usize {
        match self {
            Self::Rotation { k, .. } | Self::Boost { k, .. } => *k,
            Self::Group(group) => group.side(),
            Self::Fixed(g) => g.nrows(),
        }
    }

    /// One element, side×side.
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> DMatrix<f64> {
        match self {
            Self::Rotation { k, axes, bound } => {
                let turned = match bound {
                    None => random_rotation(axes.len(), rng),
                    Some(bound) => bounded_rotation(axes.len(), *bound, rng),
                };
                placed(&turned, axes, *k)
            }
            Self::Boost { k, time, rapidity } => boost(*k, *time, *rapidity, rng),
            Self::Group(group) => group.sample(rng),
            Self::Fixed(g) => g.clone(),
        }
    }
}

/// The identity of side k with this matrix on the coordinates `axes`.
fn placed(block: &DMatrix<f64>, axes: &[usize], k: usize) -> DMatrix<f64> {
    let mut g = DMatrix::identity(k, k);
    for (a, &i) in axes.iter().enumerate() {
        for (b, &j) in axes.iter().enumerate() {
            if i.max(j) < k {
                g[(i, j)] = block[(a, b)];
            }
        }
    }
    g
}

/// cosh η on the time, sinh η n between time and space, 1 + (cosh η − 1) n nᵀ in space, for a unit vector n.
fn boost<R: Rng + ?Sized>(k: usize, time: usize, bound: f64, rng: &mut R) -> DMatrix<f64> {
    if time >= k || k < 2 {
        return DMatrix::identity(k, k);
    }
    let mut direction = DVector::from_fn(k, |i, _| if i == time { 0.0 } else { normal(rng) });
    direction /= direction.norm().max(f64::MIN_POSITIVE);
    let rapidity = bound * (2.0 * uniform(rng) - 1.0);
    let (sinh, cosh) = (rapidity.sinh(), rapidity.cosh());
    let mut g = DMatrix::identity(k, k) + &direction * direction.transpose() * (cosh - 1.0);
    for i in (0..k).filter(|&i| i != time) {
        g[(i, time)] = sinh * direction[i];
        g[(time, i)] = sinh * direction[i];
    }
    g[(time, time)] = cosh;
    g
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn boosts_keep_the_metric_and_their_rapidity_is_uniform() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for time in [0, 3] {
            let eta = DMatrix::from_fn(4, 4, |i, j| {
                if i != j {
                    0.0
                } else if i == time {
                    1.0
                } else {
                    -1.0
                }
            });
            let motion = Motion::Boost { k: 4, time, rapidity: 1.5 };
            let draws = 4000;
            let (mut mean, mut largest) = (0.0, 0.0_f64);
            let mut towards = DVector::zeros(4);
            for _ in 0..draws {
                let g = motion.sample(&mut rng);
                assert!((g.transpose() * &eta * &g - &eta).amax() < 1e-12);
                let rapidity = g[(time, time)].max(1.0).acosh();
                mean += rapidity / f64::from(draws);
                largest = largest.max(rapidity);
                towards += g.column(time) / f64::from(draws);
            }
            assert!((mean - 0.75).abs() < 0.03 && (1.45..1.5 + 1e-9).contains(&largest), "{mean} {largest}");
            towards[time] = 0.0;
            assert!(towards.amax() < 0.06, "no direction is preferred: {towards}");
        }
    }

    #[test]
    fn rotations_of_some_axes_leave_the_others() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        for bound in [None, Some(0.4)] {
            let g = Motion::Rotation { k: 4, axes: vec![1, 2, 3], bound }.sample(&mut rng);
            assert_eq!((g[(0, 0)], g.row(0).norm(), g.column(0).norm()), (1.0, 1.0, 1.0));
            assert!((g.transpose() * &g - DMatrix::identity(4, 4)).amax() < 1e-12);
        }
    }
}
