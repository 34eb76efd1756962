//! `neighbours`: the vectors to the nearest points, or how many are within a distance.

use super::call::Call;
use super::error::PrepareError;
use super::per_point::{Points, points, row_shape};
use super::rows::{Work, compute};
use super::tree::Tree;
use crate::data::pieces::Number;
use crate::data::{Dataset, Field, Transform};
use crate::lie::action::Action;
use crate::spec::types::Neighbours;

/// Most dimensions in which neighbours are looked for.
pub const DIMENSIONS: usize = 4;

/// Values that the step adds at each point.
pub fn width(step: &Neighbours, dim: usize) -> usize {
    step.k.map_or(1, |k| k.saturating_mul(dim))
}

/// Adds the field to a data set: at each point k vectors (shape `[k, dim]`, 0 for neighbours that the row does not have),
/// or one number.
///
/// # Errors
/// Where the points are missing or have too many dimensions, or the name is taken.
pub fn apply(step: &Neighbours, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
    let (of, name) = (step.of.as_str(), step.name.as_str());
    if data.fields.contains_key(name) {
        return Err(call.wrong(name, "there is a field of that name already"));
    }
    let field = call.field(data, of)?;
    let (all, dim) = points(field).map_err(|reason| call.wrong(of, reason))?;
    let width = width(step, dim);
    let values = compute(call, of, field, data.rows, |i| all.before(i) * width, &Near { step, dim })?;
    let (axes, action) = match step.k {
        Some(k) => (vec![k, dim], Action::Vector { dim }),
        None => (Vec::new(), Action::Scalar),
    };
    let history: Vec<Transform> = match step.k {
        Some(_) => data.history.get(of).into_iter().flatten().filter_map(Transform::scale_only).collect(),
        None => Vec::new(),
    };
    let unit = field.unit.clone().filter(|_| step.k.is_some());
    let new = per_point_field(all, &axes, values, action, unit);
    data.fields.insert(name.to_owned(), new);
    if !history.is_empty() {
        data.history.insert(name.to_owned(), history);
    }
    Ok(())
}

/// A field with values at each point.
pub fn per_point_field(
    points: Points,
    axes: &[usize],
    values: crate::data::Values,
    action: Action,
    unit: Option<String>,
) -> Field {
    let (fixed, offsets) = match points {
        Points::Fixed(n) => (Some(n), None),
        Points::Ragged(offsets) => (None, Some(offsets)),
    };
    let shape = row_shape(fixed, axes).axes().to_vec();
    Field { action, values, shape, offsets, unit, classes: None }
}

struct Near<'a> {
    step: &'a Neighbours,
    dim: usize,
}

impl Work for Near<'_> {
    type Scratch = ();

    fn scratch(&self, _: usize) {}

    fn row<T: Number>(&self, (): &mut (), _: usize, from: &[T], out: &mut [T]) -> Result<(), String> {
        match self.dim {
            1 => near::<T, 1>(self.step, from, out),
            2 => near::<T, 2>(self.step, from, out),
            3 => near::<T, 3>(self.step, from, out),
            4 => near::<T, 4>(self.step, from, out),
            dim => Err(format!("neighbours are found in up to {DIMENSIONS} dimensions, not {dim}")),
        }
    }
}

fn near<T: Number, const K: usize>(step: &Neighbours, from: &[T], out: &mut [T]) -> Result<(), String> {
    let tree = Tree::<K>::new(from)?;
    for (i, out) in out.chunks_exact_mut(width(step, K).max(1)).enumerate() {
        if let Some(k) = step.k {
            let here = from.get(i * K..(i + 1) * K).unwrap_or(&[]);
            for (n, out) in tree.nearest(i, k).into_iter().zip(out.chunks_exact_mut(K)) {
                let there = from.get(n * K..(n + 1) * K).unwrap_or(&[]);
                out.iter_mut().zip(there.iter().zip(here)).for_each(|(o, (a, b))| *o = *a - *b);
            }
        } else if let (Some(radius), [out]) = (step.radius, out) {
            *out = T::narrow(tree.within(i, radius) as f64);
        }
    }
    Ok(())
}
