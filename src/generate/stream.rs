//! One stream of random numbers for every seed, task and split.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::task::Split;
use semola_lie::random::{normal, uniform};

/// The stream of this seed, task and split; streams of different splits are independent.
pub(super) fn stream(seed: u64, task: &str, split: Split) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(task.as_bytes()).update(&[0]).update(split.file_name().as_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// A uniform number in [low, high).
pub(super) fn between(rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * uniform(rng)
}

/// `count` independent standard normal numbers.
pub(super) fn normals(rng: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| normal(rng)).collect()
}
