//! `sample_points`: some of the points of each row, the same ones in every field.

use rand_chacha::ChaCha8Rng;

use super::call::{Call, drop_rows, place};
use super::error::PrepareError;
use super::per_point::{Points, point_axes, points, row_shape};
use super::rows::{Work, compute};
use crate::data::pieces::{Number, offsets};
use crate::data::{Dataset, Field, RowShape, Values};
use crate::lie::random::uniform;
use crate::spec::types::{Fewer, SampleMethod, SamplePoints};

/// The field that says where the points are.
pub fn positions(step: &SamplePoints) -> &str {
    step.of.as_deref().or(step.fields.as_slice().first().map(String::as_str)).unwrap_or_default()
}

/// Keeps the points of a data set; fields that it does not have are left out.
///
/// # Errors
/// Where the field of positions is missing, fields disagree about the points, or a row has too few.
pub fn apply(step: &SamplePoints, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
    let of = positions(step);
    leave_out(step, call, data)?;
    let field = call.field(data, of)?;
    let (all, dim) = points(field).map_err(|reason| call.wrong(of, reason))?;
    let kept = kept_points(&all, data.rows, step.points);
    let choose = Choose { step, dim, call };
    let numbers = compute(call, of, field, data.rows, |i| kept.before(i), &choose)?;
    let present = step.fields.as_slice().iter().filter(|name| data.fields.contains_key(*name));
    for name in present.cloned().collect::<Vec<String>>() {
        let field = gathered(step, call, data, &name, &all, (&kept, &numbers))?;
        data.fields.insert(name, field);
    }
    Ok(())
}

/// Rows with fewer points: an error, or left out.
fn leave_out(step: &SamplePoints, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
    let of = positions(step);
    let (all, _) = points(call.field(data, of)?).map_err(|reason| call.wrong(of, reason))?;
    let enough: Vec<usize> = (0..data.rows).filter(|&row| all.of(row) >= step.points).collect();
    if step.fewer == Fewer::Keep || enough.len() == data.rows {
        return Ok(());
    }
    if step.fewer == Fewer::Error || enough.is_empty() {
        let row = (0..data.rows).find(|&row| all.of(row) < step.points).unwrap_or(0);
        let reason = format!(
            "{} has {} points, fewer than {}; say `fewer: keep` or `fewer: drop`",
            place(data, row),
            all.of(row),
            step.points
        );
        return Err(call.wrong(of, reason));
    }
    drop_rows(data, of, &enough);
    Ok(())
}

/// How many points rows keep.
fn kept_points(all: &Points, rows: usize, most: usize) -> Points {
    match all {
        Points::Fixed(n) => Points::Fixed(most.min(*n)),
        Points::Ragged(_) => Points::Ragged(offsets((0..rows).map(|row| all.of(row).min(most)))),
    }
}

/// The field with the chosen points.
fn gathered(
    step: &SamplePoints,
    call: &Call,
    data: &Dataset,
    name: &str,
    all: &Points,
    (kept, numbers): (&Points, &Values),
) -> Result<Field, PrepareError> {
    let field = call.field(data, name)?;
    let fixed = match all {
        Points::Fixed(n) => Some(*n),
        Points::Ragged(offsets) if field.offsets.as_ref().is_some_and(|o| o != offsets) => {
            return Err(call.wrong(name, format!("its rows have not as many points as those of `{}`", positions(step))));
        }
        Points::Ragged(_) => None,
    };
    let axes = point_axes(&field.row_shape(), field.action, fixed).map_err(|reason| call.wrong(name, reason))?;
    let width = axes.iter().product::<usize>();
    if field.offsets.is_none() && !changed_point_by_point(data, name, width) {
        let reason = "its components were standardised one by one, differently at each point; sample the points first";
        return Err(call.wrong(name, reason));
    }
    let gather = Gather { kept, numbers, width };
    let values = compute(call, name, field, data.rows, |i| kept.before(i) * width, &gather)?;
    let same = match kept {
        Points::Fixed(n) => Some(*n),
        Points::Ragged(_) if step.fewer != Fewer::Keep => Some(step.points),
        Points::Ragged(_) => None,
    };
    let (shape, offsets) = match (row_shape(same, &axes), kept) {
        (RowShape::Fixed(shape), _) if field.shape.len() == 1 && field.offsets.is_none() && !axes.is_empty() => {
            (vec![shape.iter().product()], None)
        }
        (RowShape::Ragged(shape), Points::Ragged(offsets)) => (shape, Some(offsets.clone())),
        (shape, _) => (shape.axes().to_vec(), None),
    };
    Ok(Field { values, shape, offsets, unit: field.unit.clone(), classes: field.classes.clone(), ..*field })
}

/// Whether all that was done to a field was done to each point alike, so that it can be undone on any points.
fn changed_point_by_point(data: &Dataset, name: &str, width: usize) -> bool {
    let history = data.history.get(name).map_or(&[][..], Vec::as_slice);
    history.iter().all(|change| width.is_multiple_of(change.period().max(1)))
}

/// Chooses the numbers of the points to keep, ascending.
struct Choose<'a> {
    step: &'a SamplePoints,
    dim: usize,
    call: &'a Call<'a>,
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
        let chosen = match self.step.method {
            _ if out.len() == count => (0..count).collect(),
            SampleMethod::Random => random(count, out.len(), &mut self.call.rng("", i as u64)),
            SampleMethod::Farthest => farthest(from, self.dim, out.len()),
        };
        out.iter_mut().zip(chosen).for_each(|(o, n)| *o = T::narrow(n as f64));
        Ok(())
    }
}

/// `wanted` of `count` numbers, ascending, each choice equally likely (Knuth, algorithm S).
fn random(count: usize, wanted: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut chosen = Vec::with_capacity(wanted);
    for n in 0..count {
        if ((count - n) as f64) * uniform(rng) < (wanted - chosen.len()) as f64 {
            chosen.push(n);
        }
    }
    chosen
}

/// `wanted` points: the one farthest from the centroid, then always the one farthest from those chosen; the first of
/// several equally far ones. Ascending.
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

/// The place of the first of the largest numbers.
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

/// Copies the chosen points.
struct Gather<'a> {
    kept: &'a Points,
    numbers: &'a Values,
    width: usize,
}

impl Work for Gather<'_> {
    type Scratch = ();

    fn scratch(&self, _: usize) {}

    fn row<T: Number>(&self, (): &mut (), i: usize, from: &[T], out: &mut [T]) -> Result<(), String> {
        for (k, out) in out.chunks_exact_mut(self.width.max(1)).enumerate() {
            let n = self.numbers.get(self.kept.before(i) + k) as usize;
            let point = from.get(n * self.width..(n + 1) * self.width).unwrap_or(&[]);
            out.iter_mut().zip(point).for_each(|(o, v)| *o = *v);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lie::random::normal;
    use crate::lie::rotation::random_rotation;
    use rand::SeedableRng;

    fn cloud(n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
        (0..n * 3).map(|_| normal(rng)).collect()
    }

    /// The definition, step by step.
    fn plain(points: &[f64], wanted: usize) -> Vec<usize> {
        let at: Vec<&[f64]> = points.chunks(3).collect();
        let square = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        let centre: Vec<f64> = (0..3).map(|c| at.iter().map(|p| p[c]).sum::<f64>() / at.len() as f64).collect();
        let best = |score: &dyn Fn(usize) -> f64| {
            (0..at.len()).fold(0, |best, i| if score(i) > score(best) { i } else { best })
        };
        let mut chosen = vec![best(&|i| square(at[i], &centre))];
        while chosen.len() < wanted {
            chosen.push(best(&|i| chosen.iter().map(|&c| square(at[i], at[c])).fold(f64::INFINITY, f64::min)));
        }
        chosen.sort_unstable();
        chosen
    }

    #[test]
    fn farthest_points_are_those_of_the_definition_and_turn_with_the_cloud() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for n in [9, 50, 131] {
            let points = cloud(n, &mut rng);
            let chosen = farthest(&points, 3, 8);
            assert_eq!(chosen, plain(&points, 8));
            let g = random_rotation(3, &mut rng);
            let turned: Vec<f64> = points
                .chunks(3)
                .flat_map(|p| (0..3).map(|i| (0..3).map(|j| g[(i, j)] * p[j]).sum::<f64>()).collect::<Vec<_>>())
                .collect();
            assert_eq!(farthest(&turned, 3, 8), chosen);
        }
    }

    #[test]
    fn points_at_one_place_are_chosen_once() {
        let points = [1.0_f32, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0];
        assert_eq!(farthest(&points, 2, 3), [0, 1, 2]);
    }

    #[test]
    fn random_choices_are_even() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut counts = [0; 10];
        for _ in 0..5000 {
            let chosen = random(10, 3, &mut rng);
            assert!(chosen.len() == 3 && chosen.is_sorted());
            chosen.iter().for_each(|&n| counts[n] += 1);
        }
        assert!(counts.iter().all(|c| (1350..1650).contains(c)), "{counts:?}");
    }
}
