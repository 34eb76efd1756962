//! Named random streams.
//!
//! A stream is determined by the run's seed, a name and a counter alone. So no state needs to be saved to resume a run:
//! the step number is enough, and no two uses can interfere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The source of all random streams of a run.
#[derive(Debug, Clone)]
pub struct Streams {
    seed: u64,
    scope: String,
}

impl Streams {
    /// Streams of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, scope: String::new() }
    }

    /// The same seed, for a part of the run (a stage, a network): names within do not clash with names outside.
    pub fn scope(&self, name: &str) -> Self {
        Self { seed: self.seed, scope: format!("{}{name}/", self.scope) }
    }

    /// The stream `name` at a counter (a step, an epoch; 0 where there is only one).
    pub fn get(&self, name: &str, counter: u64) -> ChaCha8Rng {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(self.scope.as_bytes());
        hasher.update(name.as_bytes());
        hasher.update(&[0]);
        hasher.update(&counter.to_le_bytes());
        ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_differ_by_seed_scope_name_and_counter_and_repeat_otherwise() {
        let first = |s: &Streams, name: &str, at: u64| s.get(name, at).next_u64();
        let s = Streams::new(7);
        let base = first(&s, "batch", 3);
        assert_eq!(base, first(&Streams::new(7), "batch", 3));
        assert_ne!(base, first(&Streams::new(8), "batch", 3));
        assert_ne!(base, first(&s.scope("a"), "batch", 3));
        assert_ne!(base, first(&s, "batches", 3));
        assert_ne!(base, first(&s, "batch", 4));
    }
}
