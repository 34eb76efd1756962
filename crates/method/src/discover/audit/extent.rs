//! How far a symmetry holds: the error as a function of the size of the coefficient.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::neighbour_test::{MOSTLY_OUTSIDE, Measurement, NEGLIGIBLE, NeighbourTest};

/// Sizes of the scan, in units of [`natural_parameter`]; the last one is half a turn of a rotation.
pub const SIZES: [f64; 9] = [0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, std::f64::consts::PI];

/// Largest eigenvalue (modulus) of a whitened direction below which it has no natural parameter: rotations, boosts and
/// scalings have 1 or more, noisy translations and shears little.
const OWN: f64 = 0.5;

/// The generator whose coefficient is the natural parameter of its one-parameter subgroup: the angle of a rotation
/// (radians), the rapidity of a boost, the logarithm of a scaling. Others, translations and shears, stay as they are: a
/// whitened unit moves the data by its own size. `l` is a whitened direction of length 1.
pub fn natural_parameter(l: &DMatrix<f64>) -> DMatrix<f64> {
    let eigenvalues = l.clone().try_schur(f64::EPSILON, 1000).map(|s| s.complex_eigenvalues());
    let rate = eigenvalues.map_or(0.0, |e| e.iter().map(|v| v.norm()).fold(0.0, f64::max));
    if rate >= OWN { l / rate } else { l.clone() }
}

/// What was measured at each size, from small ones to large ones.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExtentScan(pub Vec<(f64, Measurement)>);

impl ExtentScan {
    /// Scans from small to large sizes along a whitened direction, until the symmetry significantly fails or the data
    /// are left.
    pub fn along(test: &NeighbourTest<'_>, l: &DMatrix<f64>, rng: &mut ChaCha8Rng) -> Self {
        let l = &natural_parameter(l);
        let mut seen = Vec::new();
        for size in SIZES {
            let measured = test.measure_at(l, size, rng);
            seen.push((size, measured));
            if outside(&measured) || broken(&measured) {
                break;
            }
        }
        Self(seen)
    }

    /// The largest size up to which there is no evidence against the symmetry, on the data; 0 if the smallest is too
    /// large.
    pub fn extent(&self) -> f64 {
        self.0.iter().take_while(|(_, e)| !outside(e) && !broken(e)).last().map_or(0.0, |(size, _)| *size)
    }

    /// Whether it is the symmetry that ends there, and not the data or the scan.
    pub fn ends(&self) -> bool {
        self.0.last().is_some_and(|(_, e)| !outside(e) && broken(e))
    }
}

fn outside(e: &Measurement) -> bool {
    e.inside < MOSTLY_OUTSIDE
}

fn broken(e: &Measurement) -> bool {
    e.effect.low > NEGLIGIBLE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::audit::bootstrap::Interval;

    fn at(low: f64, inside: f64) -> Measurement {
        let i = |low: f64| Interval { value: low + 0.02, low, high: low + 0.04 };
        Measurement { effect: i(low), excess: i(0.0), support: i(0.0), inside }
    }

    #[test]
    fn the_parameter_is_the_angle_the_rapidity_or_the_share_of_the_size() {
        let turn = DMatrix::from_row_slice(3, 3, &[0.0, -1.3, 0.0, 1.3, 0.0, 0.0, 0.0, 0.0, 0.01]);
        assert!((natural_parameter(&turn)[(1, 0)] - 1.0).abs() < 1e-9);
        let boost = DMatrix::from_row_slice(2, 2, &[0.0, 1.1, 1.1, 0.0]);
        assert!((natural_parameter(&boost)[(0, 1)] - 1.0).abs() < 1e-9);
        let shear = DMatrix::from_row_slice(2, 2, &[0.0, 1.4, 0.02, 0.0]);
        assert_eq!(natural_parameter(&shear), shear);
    }

    #[test]
    fn the_extent_ends_where_the_symmetry_or_the_data_do() {
        let broken = ExtentScan(vec![(0.25, at(0.5, 1.0)), (0.5, at(0.52, 1.0)), (0.75, at(0.7, 1.0))]);
        assert_eq!((broken.extent(), broken.ends()), (0.5, true));
        let left = ExtentScan(vec![(0.25, at(0.5, 1.0)), (0.5, at(0.9, 0.02))]);
        assert_eq!((left.extent(), left.ends()), (0.25, false));
        let whole = ExtentScan(SIZES.map(|s| (s, at(0.5, 1.0))).to_vec());
        assert_eq!((whole.extent(), whole.ends()), (std::f64::consts::PI, false));
        assert_eq!((ExtentScan::default().extent(), ExtentScan::default().ends()), (0.0, false));
    }
}
