//! Draws over many seeds: exact truth, distributions, refusals.

use super::facts::property;
use super::*;
use crate::generate::table::Table;

fn task(seed: u64, like: &[&str]) -> Random {
    let like: Vec<String> = like.iter().map(|s| (*s).to_owned()).collect();
    Random::draw(seed, &like).unwrap_or_else(|e| panic!("seed {seed}: {e}"))
}

#[test]
#[expect(clippy::print_stdout, reason = "the counts are of interest with --nocapture")]
fn counts() {
    let start = std::time::Instant::now();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for seed in 0..200 {
        let begun = std::time::Instant::now();
        let t = task(seed, &[]);
        let truth = t.truth();
        for key in ["control", "family", "base", "k", "representation", "target", "space", "law", "tails", "fields"] {
            *seen.entry(format!("{key} {}", property(&truth, key))).or_default() += 1;
        }
        println!(
            "{seed} {} {} gap {:.4} attempt {} {:.2}s {}",
            truth.algebra, property(&truth, "base_algebra"), t.gap, t.attempt, begun.elapsed().as_secs_f64(), property(&truth, "representation")
        );
    }
    println!("{seen:#?} {:?}", start.elapsed());
}
