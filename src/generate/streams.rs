//! Named streams of random numbers.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The stream of one purpose (a split, a hidden frame) of a task under a seed.
pub fn stream(seed: u64, task: &str, purpose: &str) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    for name in [task, purpose] {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
    }
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// The stream from which a task's own function is drawn: the same under every seed, so that two seeds are two samples
/// of one task.
pub fn function(task: &str) -> ChaCha8Rng {
    stream(0, task, "function")
}
