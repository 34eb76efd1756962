//! Random numbers for benches.

use semola_pipe::engine::Streams;
use semola_pipe::lie::random::fill_normal_f32;

/// Normal numbers, the same ones for a name.
pub fn numbers(n: usize, name: &str) -> Vec<f32> {
    let mut values = vec![0.0; n];
    fill_normal_f32(&mut Streams::new(1).get(name, 0), &mut values);
    values
}
