//! One particle of mass 1 in the plane: what the tasks with different forces share.

use rand_chacha::ChaCha8Rng;

use super::integrate::integrate;
use super::task::Split;
use super::vectors::half_cloud;

/// Time from input to target.
const DT: f64 = 0.5;
/// Runge–Kutta steps within it.
const STEPS: usize = 25;

/// A state (q, p) in R⁴, both normal; q in the half-plane x > 0, or x < 0 where shifted.
pub(super) fn state(split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
    half_cloud(2, 2, split, rng)
}

/// The state after a time of 0.5 under a force that depends on the place.
pub(super) fn after(input: &[f64], force: impl Fn([f64; 2]) -> [f64; 2]) -> Vec<f64> {
    let mut start = [0.0; 4];
    start.iter_mut().zip(input).for_each(|(s, v)| *s = *v);
    let rate = |&[x, y, px, py]: &[f64; 4]| {
        let [fx, fy] = force([x, y]);
        [px, py, fx, fy]
    };
    integrate(start, DT, STEPS, rate).to_vec()
}

/// Attraction to the origin, potential −1/√(r² + 1/4).
pub(super) fn central([x, y]: [f64; 2]) -> [f64; 2] {
    let pull = (x * x + y * y + 0.25).powf(-1.5);
    [-pull * x, -pull * y]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::stream::stream;

    #[test]
    fn a_central_force_conserves_energy_and_angular_momentum() {
        let rng = &mut stream(0, "n-body", Split::Train);
        let energy = |s: &[f64]| (s[2] * s[2] + s[3] * s[3]) / 2.0 - 1.0 / (s[0] * s[0] + s[1] * s[1] + 0.25).sqrt();
        let spin = |s: &[f64]| s[0] * s[3] - s[1] * s[2];
        for _ in 0..100 {
            let start = state(Split::Train, rng);
            let end = after(&start, central);
            assert!((energy(&start) - energy(&end)).abs() < 1e-5 && (spin(&start) - spin(&end)).abs() < 1e-5);
            assert!(start[0] >= 0.0 && state(Split::Shifted, rng)[0] <= 0.0);
        }
    }
}
