//! Which points are kept.

use rand_chacha::ChaCha8Rng;
use semola_data::pieces::Number;
use semola_lie::random::uniform;

use super::SampleMethod;
use crate::prepare::call::Call;
use crate::prepare::rows::Work;

/// Chooses the numbers of the points to keep, ascending.
pub(super) struct Choose<'a> {
    pub method: SampleMethod,
    pub dim: usize,
    pub call: &'a Call<'a>,
}

impl Work for Choose<'_> {
    type Scratch = ();

    fn scratch(&self, _: usize) {}

    fn row<T: Number>(&self, (): &mut (), i: usize, from: &[T], out: &mut [T]) -> Result<(), String> {
        let count = from.len() / self.dim;
        // A single-precision number holds every number of a point up to here.
        if count > 1 << 24 {
            return Err(format!("row {i} has {count} points, more than can be numbered"));
        }
        let chosen = match self.method {
            _ if out.len() == count => (0..count).collect(),
            SampleMethod::Random => random(count, out.len(), &mut self.call.rng("", i as u64)),
            SampleMethod::Farthest => farthest(from, self.dim, out.len()),
        };
        out.iter_mut().zip(chosen).for_each(|(o, n)| *o = T::narrow(n as f64));
        Ok(())
    }
}

/// `wanted` of `count` numbers, ascending, each choice equally likely (Knuth, algorithm S).
pub(super) fn random(count: usize, wanted: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut chosen = Vec::with_capacity(wanted);
    for n in 0..count {
        if ((count - n) as f64) * uniform(rng) < (wanted - chosen.len()) as f64 {
            chosen.push(n);
        }
    }
    chosen
}

/// `wanted` points: farthest-point sampling: the one farthest from the centroid, then repeatedly the one farthest from
/// those chosen; ties go to the first. Ascending.
pub(super) fn farthest<T: Number>(points: &[T], dim: usize, wanted: usize) -> Vec<usize> {
    let count = points.len() / dim;
    let axis = |a: usize| points.iter().skip(a).step_by(dim).copied().collect::<Vec<T>>();
    let axes: Vec<Vec<T>> = (0..dim).map(axis).collect();
    let mean = |axis: &Vec<T>| T::narrow(axis.iter().map(|x| x.wide()).sum::<f64>() / count.max(1) as f64);
    let mut centre: Vec<T> = axes.iter().map(mean).collect();
    let mut nearest = vec![T::narrow(f64::INFINITY); count];
    let mut squares = vec![T::zero(); count];
    let mut chosen = Vec::with_capacity(wanted);
    while chosen.len() < wanted {
        squares.fill(T::zero());
        for (axis, c) in axes.iter().zip(&centre) {
            squares.iter_mut().zip(axis).for_each(|(s, x)| *s += (*x - *c) * (*x - *c));
        }
        match chosen.len() {
            // The centroid is no point: it only says where to begin.
            0 => {}
            _ => nearest.iter_mut().zip(&squares).for_each(|(n, s)| *n = if *s < *n { *s } else { *n }),
        }
        let best = first_largest(if chosen.is_empty() { &squares } else { &nearest });
        chosen.push(best);
        // Chosen points lie behind all others, also behind points at the same place.
        if let Some(n) = nearest.get_mut(best) {
            *n = -T::one();
        }
        centre = axes.iter().filter_map(|axis| axis.get(best).copied()).collect();
    }
    chosen.sort_unstable();
    chosen
}

/// The index of the first of the largest numbers.
fn first_largest<T: Number>(numbers: &[T]) -> usize {
    let lowest = T::narrow(f64::NEG_INFINITY);
    let mut lanes = [lowest; 8];
    let chunks = numbers.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(l, x)| *l = if *x > *l { *x } else { *l });
    }
    let largest = lanes.iter().chain(rest).fold(lowest, |l, x| if *x > l { *x } else { l });
    numbers.iter().position(|x| *x == largest).unwrap_or(0)
}
