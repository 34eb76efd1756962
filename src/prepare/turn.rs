//! `turn`: each row moved by a random group element of its own.

use super::call::Call;
use super::error::PrepareError;
use crate::data::pieces::{Number, Ticks, each_row};
use crate::data::{Dataset, Field, Values};
use crate::lie::acting::Acting;
use crate::lie::action::Action;
use crate::lie::motion::Motion;
use crate::spec::types::Turn;

/// Moves the fields of a data set. Nothing is noted in the history: a moved row is as good as one that was read.
///
/// Translations (of groups that have them) are in prepared units of the first field of points.
///
/// # Errors
/// Where a field is missing, scalar or of another dimension, or no group of that name acts on them.
pub fn apply(step: &Turn, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
    let names = step.fields.as_slice();
    let mut dims = Vec::new();
    for name in names {
        let dim = call.field(data, name)?.action.dim();
        dims.push(dim.ok_or_else(|| call.wrong(name, "it is scalar: no group element acts on it"))?);
    }
    let (Some(first), Some(k)) = (names.first(), dims.first().copied()) else { return Ok(()) };
    if let Some((name, dim)) = names.iter().zip(&dims).find(|(_, dim)| **dim != k) {
        return Err(call.wrong(name, format!("it has dimension {dim}, but `{first}` has {k}")));
    }
    let motion = step.by.moves().on(k).map_err(|e| call.wrong(first, e.to_string()))?.motion;
    let points = |name: &&String| matches!(data.fields.get(*name).map(|f| f.action), Some(Action::Points { .. }));
    let unit = names.iter().find(points).map_or(1.0, |name| data.scaling(name));
    for name in names {
        let scale = unit / data.scaling(name);
        let rows = data.rows;
        if let Some(field) = data.fields.get_mut(name) {
            turn(call, name, field, rows, &motion, scale).map_err(|reason| call.wrong(name, reason))?;
        }
    }
    Ok(())
}

fn turn(
    call: &Call,
    name: &str,
    field: &mut Field,
    rows: usize,
    motion: &Motion,
    translation_scale: f64,
) -> Result<(), String> {
    // The values of an image are not coordinates: its translations are in units of the image.
    let scale = if matches!(field.action, Action::Pixels(_)) { 1.0 } else { translation_scale };
    let (block, offsets, action) = (field.block(), field.offsets.take(), field.action);
    let start = |row: usize| block * offsets.as_ref().map_or(row, |o| o.get(row).copied().unwrap_or(0));
    let moved = call.ticking(rows, name, |ticks| match &mut field.values {
        Values::F32(values) => moving(values, (rows, &start), ticks, (action, scale), (call, motion)),
        Values::F64(values) => moving(values, (rows, &start), ticks, (action, scale), (call, motion)),
    });
    field.offsets = offsets;
    moved
}

fn moving<T: Number>(
    values: &mut [T],
    (rows, start): (usize, &(impl Fn(usize) -> usize + Sync)),
    ticks: &Ticks,
    (action, translation_scale): (Action, f64),
    (call, motion): (&Call, &Motion),
) -> Result<(), String> {
    let op = |_: &mut (), row: usize, values: &mut [T]| {
        // The same stream for every field of the row.
        let g = motion.sample(&mut call.rng("", row as u64));
        let g: Vec<T> = g.transpose().iter().map(|x| T::narrow(*x)).collect();
        let acting = Acting::new(&g, action, T::narrow(translation_scale));
        acting.and_then(|mut acting| acting.apply(values)).map_err(|e| e.to_string())
    };
    each_row(values, rows, start, ticks, |_| (), op)
}
