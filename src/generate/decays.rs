//! Decays of a heavy particle into two muons, as a detector at a collider sees them.

use arrow::error::ArrowError;
use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::stream::{between, normals};
use super::table::{Column, Table, numbers};
use super::task::Split;
use super::truth::{TargetAction, Truth, TruthSpace, lorentz};
use semola_lie::random::uniform;

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "decays",
    summary: "four-momenta of two muons, by component, to their mass; so(1,3)",
    dial: None,
    make: Make::Table(|| Box::new(Decays)),
};

/// Mass and width of the Z boson and the mass of a muon, in GeV (Particle Data Group).
const MASS: f64 = 91.188;
const WIDTH: f64 = 2.495;
const MUON: f64 = 0.10566;

/// The four-momenta of two muons, one column per component → their invariant mass M² = (p₁ + p₂)².
///
/// Masses follow a Breit–Wigner curve between 60 and 120 GeV, transverse momenta an exponential of mean 15 GeV, rapidities a
/// normal curve of width 1. The first muon flies to positive x, in the shifted file to negative x.
pub(super) struct Decays;

const NAMES: [&str; 8] = ["E1", "px1", "py1", "pz1", "E2", "px2", "py2", "pz2"];

impl Table for Decays {
    fn truth(&self) -> Truth {
        Truth::new(TruthSpace::Gl(4), TargetAction::Scalar, "so(1,3)", &lorentz())
    }

    fn rows(&self) -> usize {
        6000
    }

    fn has_shift(&self) -> bool {
        true
    }

    fn columns(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Column>, ArrowError> {
        let events: Vec<[f64; 8]> = (0..count).map(|_| event(split, rng)).collect();
        // The mass of the numbers in the file, not of those before rounding.
        let mass = |e: &[f64; 8]| {
            let sum: [f64; 4] = std::array::from_fn(|i| f64::from(e[i] as f32) + f64::from(e[i + 4] as f32));
            (sum[0].powi(2) - sum[1..].iter().map(|p| p * p).sum::<f64>()).max(0.0).sqrt()
        };
        let component = |i: usize| numbers(NAMES[i], "GeV", events.iter().map(move |e| e[i]));
        let mut columns: Vec<Column> = (0..8).map(component).collect();
        columns.push(numbers("M", "GeV", events.iter().map(mass)));
        Ok(columns)
    }
}

fn event(split: Split, rng: &mut ChaCha8Rng) -> [f64; 8] {
    let mass = loop {
        // The quantile function of the Cauchy curve.
        let m = MASS + WIDTH / 2.0 * (std::f64::consts::PI * (uniform(rng) - 0.5)).tan();
        if (60.0..120.0).contains(&m) {
            break m;
        }
    };
    let transverse = -15.0 * (1.0 - uniform(rng)).ln();
    let (angle, rapidity) = (between(rng, 0.0, std::f64::consts::TAU), normals(rng, 1)[0]);
    let scale = (mass * mass + transverse * transverse).sqrt();
    let parent = [scale * rapidity.cosh(), transverse * angle.cos(), transverse * angle.sin(), scale * rapidity.sinh()];
    // Back to back in the parent's frame, in any direction.
    let (z, turn) = (between(rng, -1.0, 1.0), between(rng, 0.0, std::f64::consts::TAU));
    let (energy, r) = (mass / 2.0, (1.0 - z * z).sqrt());
    let p = (energy * energy - MUON * MUON).max(0.0).sqrt();
    let d = [p * r * turn.cos(), p * r * turn.sin(), p * z];
    let one = boosted([energy, d[0], d[1], d[2]], &parent, mass);
    let two = boosted([energy, -d[0], -d[1], -d[2]], &parent, mass);
    let mut out: [f64; 8] = std::array::from_fn(|i| if i < 4 { one[i] } else { two[i - 4] });
    if (out[1] < 0.0) != (split == Split::Shifted) {
        [1, 2, 5, 6].into_iter().for_each(|i| out[i] = -out[i]);
    }
    out
}

/// A four-momentum in the frame of the parent, as seen where the parent has this four-momentum.
fn boosted(v: [f64; 4], parent: &[f64; 4], mass: f64) -> [f64; 4] {
    let along: f64 = (1..4).map(|i| parent[i] * v[i]).sum();
    let energy = (parent[0] * v[0] + along) / mass;
    let gain = (v[0] + energy) / (parent[0] + mass);
    [energy, v[1] + gain * parent[1], v[2] + gain * parent[2], v[3] + gain * parent[3]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn muons_have_their_mass_and_the_pair_that_of_a_z() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let square = |v: &[f64]| v[0] * v[0] - v[1] * v[1] - v[2] * v[2] - v[3] * v[3];
        let mut masses = Vec::new();
        for split in Split::ALL {
            for _ in 0..300 {
                let e = event(split, &mut rng);
                assert_eq!(e[1] < 0.0, split == Split::Shifted);
                for muon in [&e[..4], &e[4..]] {
                    assert!((square(muon) - MUON * MUON).abs() < 1e-9 * muon[0].powi(2), "{muon:?}");
                }
                let sum: Vec<f64> = (0..4).map(|i| e[i] + e[i + 4]).collect();
                masses.push(square(&sum).sqrt());
            }
        }
        masses.sort_by(f64::total_cmp);
        assert!(masses[0] >= 60.0 && masses[899] < 120.0 && (masses[450] - MASS).abs() < 0.5, "{}", masses[450]);
    }
}
