//! Two equal masses on eccentric orbits about their common centre of mass.

use std::f64::consts::{PI, TAU};

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::integrate::integrate;
use super::stream::between;
use super::task::{Sample, Split, Task};
use super::truth::{TargetAction, Truth, TruthSpace, turn};
use super::vectors::{minus, vectors};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "two-body",
    summary: "two bodies on eccentric orbits, R^8 to R^8; so(2)",
    dial: None,
    make: Make::Vectors(|_| Box::new(TwoBody)),
};

/// Each mass; G and the total mass are 1.
const MASS: f64 = 0.5;
/// Time from input to target.
const DT: f64 = 0.15;
/// Runge–Kutta steps within it: an error below 1e-8 at the closest approach that is drawn.
const STEPS: usize = 100;
/// Consecutive rows of a trajectory.
const LENGTH: usize = 10;

/// Planar motion of two bodies: the state (q1, p1, q2, p2) in R⁸ now and after a fixed time.
///
/// Training trajectories start with body 1 in the half-plane x > 0 and are short; test trajectories start in the other
/// half. The centre of mass is at rest at the origin, so the rows span four of the eight dimensions.
pub(super) struct TwoBody;

impl Task for TwoBody {
    fn truth(&self) -> Truth {
        Truth::new(TruthSpace::Gl(2), TargetAction::Vector, "so(2)", &[turn(2, 0, 1)])
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let half = if split == Split::Train { 0.0 } else { PI };
        let angle = half + between(rng, -PI / 2.0, PI / 2.0);
        let orbit = Orbit {
            axis: between(rng, 0.8, 1.3),
            eccentricity: between(rng, 0.0, 0.6),
            anomaly: between(rng, 0.0, TAU),
            sense: if between(rng, -1.0, 1.0) < 0.0 { -1.0 } else { 1.0 },
        };
        orbit.state(angle)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let [q1, p1, q2, p2] = vectors::<2, 4>(input);
        let state = [q1[0], q1[1], p1[0], p1[1], q2[0], q2[1], p2[0], p2[1]];
        integrate(state, DT, STEPS, rate).to_vec()
    }

    fn rows(&self) -> usize {
        6000
    }

    fn has_shift(&self) -> bool {
        false
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        let mut samples: Vec<Sample> = Vec::with_capacity(count);
        for row in 0..count {
            let input = match samples.last() {
                Some(last) if row % LENGTH != 0 => last.target.iter().map(|&v| f64::from(v)).collect(),
                _ => self.input(split, rng),
            };
            let place = Some(((row / LENGTH) as i64, (row % LENGTH) as i64));
            samples.push(Sample { place, ..Sample::new(self, &input) });
        }
        samples
    }
}

/// q' = p / m, p' = the attraction of the other body.
fn rate(state: &[f64; 8]) -> [f64; 8] {
    let [q1, p1, q2, p2] = vectors::<2, 4>(state);
    let apart = minus(&q2, &q1);
    let pull = MASS * MASS / apart[0].hypot(apart[1]).powi(3);
    let force = [pull * apart[0], pull * apart[1]];
    [p1[0] / MASS, p1[1] / MASS, force[0], force[1], p2[0] / MASS, p2[1] / MASS, -force[0], -force[1]]
}

/// A Kepler orbit of the separation q1 − q2, and a place on it.
struct Orbit {
    /// Semi-major axis.
    axis: f64,
    eccentricity: f64,
    /// True anomaly: the angle from the closest approach.
    anomaly: f64,
    /// Counter-clockwise (1) or clockwise (−1).
    sense: f64,
}

impl Orbit {
    /// The state of both bodies, body 1 at this angle.
    fn state(&self, angle: f64) -> Vec<f64> {
        let Self { axis, eccentricity: e, anomaly, sense } = *self;
        let parameter = axis * (1.0 - e * e);
        let distance = parameter / (1.0 + e * anomaly.cos());
        // Radial and tangential velocity of the conic, for G = 1 and total mass 1.
        let (radial, tangential) = (e * anomaly.sin() / parameter.sqrt(), sense * parameter.sqrt() / distance);
        let (sin, cos) = angle.sin_cos();
        // Body 1 moves half as far, and half as fast, as the separation.
        let q = [distance / 2.0 * cos, distance / 2.0 * sin];
        let p = [radial * cos - tangential * sin, radial * sin + tangential * cos].map(|v| v * MASS / 2.0);
        vec![q[0], q[1], p[0], p[1], -q[0], -q[1], -p[0], -p[1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::stream::stream;

    /// The total energy, and twice the semi-major axis that belongs to it.
    fn energy(s: &[f64]) -> f64 {
        let kinetic = (s[2].powi(2) + s[3].powi(2) + s[6].powi(2) + s[7].powi(2)) / (2.0 * MASS);
        kinetic - MASS * MASS / (s[0] - s[4]).hypot(s[1] - s[5])
    }

    #[test]
    fn an_orbit_has_the_energy_of_its_axis_and_closes_after_a_period() {
        let orbit = Orbit { axis: 1.1, eccentricity: 0.5, anomaly: 1.0, sense: 1.0 };
        let start = orbit.state(0.3);
        assert!((energy(&start) + MASS * MASS / (2.0 * 1.1)).abs() < 1e-12);
        let state: [f64; 8] = start.clone().try_into().unwrap();
        let end = integrate(state, TAU * 1.1_f64.powf(1.5), 4000, rate);
        assert!(start.iter().zip(end).all(|(a, b)| (a - b).abs() < 1e-7), "{start:?} {end:?}");
    }

    #[test]
    fn steps_are_accurate_to_1e8_and_trajectories_go_on() {
        let rng = &mut stream(0, "two-body", Split::Train);
        let samples = TwoBody.samples(Split::Train, 1000, rng);
        for pair in samples.windows(2).filter(|p| p[0].place.unwrap().0 == p[1].place.unwrap().0) {
            assert_eq!(pair[0].target, pair[1].input);
        }
        for sample in samples.iter().step_by(7) {
            let start: Vec<f64> = sample.input.iter().map(|&v| f64::from(v)).collect();
            let fine = integrate(start.clone().try_into().unwrap(), DT, 4 * STEPS, rate);
            let coarse = TwoBody.target(&start);
            assert!(coarse.iter().zip(fine).all(|(a, b)| (a - b).abs() < 1e-8));
        }
    }

    #[test]
    fn train_and_test_lie_mainly_in_different_half_planes() {
        let right = |split| {
            let samples = TwoBody.samples(split, 2000, &mut stream(0, "two-body", split));
            samples.iter().filter(|s| s.input[0] > 0.0).count() as f64 / 2000.0
        };
        assert!(
            right(Split::Train) > 0.7 && right(Split::Test) < 0.3,
            "{} {}",
            right(Split::Train),
            right(Split::Test)
        );
    }
}
