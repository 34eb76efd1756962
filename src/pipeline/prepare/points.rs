//! Steps on points: do the fields have values at each point, and what comes out?

use super::super::context::{Context, each};
use super::super::scope::{Certainty, FieldShape, Size};
use super::{Member, Working, add_field, mark};
use crate::data::RowShape;
use crate::lie::action::Action;
use crate::prepare::neighbours::DIMENSIONS;
use crate::prepare::per_point::{placed, point_axes, row_shape};
use crate::prepare::positions;
use crate::spec::types::{Fewer, Neighbours, Normals, SamplePoints};

/// The points of a data set: how many a row has (`None`: their number varies), the dimension, and the field; otherwise an
/// error.
pub(super) fn points(
    context: &mut Context,
    member: &Member,
    of: &str,
    below: &str,
) -> Option<(Option<usize>, usize, FieldShape)> {
    let field = context.field(&member.data, &member.name, of, below)?;
    match placed(&field.shape, field.action) {
        Ok((points, dim)) => Some((points, dim, field)),
        Err(message) => {
            context.error(below, format!("field '{of}': {message}"));
            None
        }
    }
}

pub(super) fn sample(context: &mut Context, working: &mut Working, step: &SamplePoints, at: &str) {
    context.require(step.points > 0, &format!("{at}.points"), step.points, "at least 1");
    context.distinct(&step.fields, &format!("{at}.fields"));
    let fields = each(&format!("{at}.fields"), &step.fields);
    let first = fields.first().map_or_else(String::new, |(below, _)| below.clone());
    let below = if step.of.is_some() { format!("{at}.of") } else { first };
    if fields.is_empty() || step.points == 0 {
        return;
    }
    for i in 0..working.members.len() {
        let member = working.members[i].clone();
        let Some((count, ..)) = points(context, &member, positions(step), &below) else { return };
        if let Some(count) = count.filter(|n| *n < step.points) {
            let message = format!("rows of data set '{}' have only {count} points", member.name);
            if step.fewer == Fewer::Keep {
                context.warn(&format!("{at}.points"), message, "they are kept as they are");
            } else {
                context.error(&format!("{at}.points"), message);
                return;
            }
        }
        if step.fewer == Fewer::Drop && count.is_none() {
            working.members[i].data.loses_rows(Certainty::AtMost);
        }
        for (below, name) in &fields {
            let Some(field) = context.field(&member.data, &member.name, name, below) else { continue };
            match sampled(&field, count, step, member.data.rows) {
                Ok(field) => _ = working.members[i].data.fields.insert((*name).clone(), Some(field)),
                Err(message) => return context.error(below, format!("field '{name}': {message}")),
            }
        }
    }
    step.fields.as_slice().iter().for_each(|name| mark(context, working, name, at));
}

/// The field with some of its points.
fn sampled(
    field: &FieldShape,
    count: Option<usize>,
    step: &SamplePoints,
    rows: Option<usize>,
) -> Result<FieldShape, String> {
    let axes = point_axes(&field.shape, field.action, count)?;
    let width: usize = axes.iter().product();
    if count.is_some_and(|n| n > 1) && field.changes.iter().any(|c| c.ends_with(".standardise")) {
        return Err("its components were standardised one by one, differently at each point; sample first".to_owned());
    }
    let kept = match count {
        Some(n) => Some(n.min(step.points)),
        None if step.fewer == Fewer::Keep => None,
        None => Some(step.points),
    };
    let shape = match (&field.shape, kept) {
        // A flat row stays flat.
        (RowShape::Fixed(all), Some(n)) if all.len() == 1 && !axes.is_empty() => RowShape::Fixed(vec![n * width]),
        _ => row_shape(kept, &axes),
    };
    let most = rows.map(|rows| rows.saturating_mul(step.points).saturating_mul(width));
    let values = match (most, field.size.values) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    Ok(FieldShape { shape, size: Size { values, ..field.size }, ..field.clone() })
}

pub(super) fn neighbours(context: &mut Context, working: &mut Working, step: &Neighbours, at: &str) {
    match (step.k, step.radius) {
        (Some(k), None) => {
            context.require((1..=1000).contains(&k), &format!("{at}.k"), k, "1 to 1000");
        }
        (None, Some(radius)) => {
            context.require(radius > 0.0 && radius.is_finite(), &format!("{at}.radius"), radius, "above 0");
        }
        _ => context.error(at, "neighbours are the `k` nearest points or those within a `radius`; give one"),
    }
    let (below, changes) = (format!("{at}.of"), context.path(at));
    add_field(context, working, &step.name, at, |context, member| {
        let (count, dim, field) = points(context, member, &step.of, &below)?;
        if dim > DIMENSIONS {
            let message = format!("neighbours are found in up to {DIMENSIONS} dimensions, but '{}' has {dim}", step.of);
            context.error(&below, message);
            return None;
        }
        let (axes, action) = match step.k {
            Some(k) => (vec![k, dim], Action::Vector { dim }),
            None => (Vec::new(), Action::Scalar),
        };
        let unit = field.unit.clone().filter(|_| step.k.is_some());
        let new = at_each_point(&field, count, &axes, action, dim);
        Some(FieldShape { unit, changes: vec![changes.clone()], ..new })
    });
}

pub(super) fn normals(context: &mut Context, working: &mut Working, step: &Normals, at: &str) {
    context.require((2..=1000).contains(&step.k), &format!("{at}.k"), step.k, "2 to 1000");
    let (below, changes) = (format!("{at}.of"), context.path(at));
    add_field(context, working, &step.name, at, |context, member| {
        let (count, dim, field) = points(context, member, &step.of, &below)?;
        if !(2..=3).contains(&dim) {
            let message = format!("normals are estimated in two or three dimensions, but '{}' has {dim}", step.of);
            context.error(&below, message);
            return None;
        }
        let new = at_each_point(&field, count, &[dim], Action::Vector { dim }, dim);
        Some(FieldShape { changes: vec![changes.clone()], ..new })
    });
}

/// A new field with values at each point of another, which has `dim` there.
fn at_each_point(field: &FieldShape, count: Option<usize>, axes: &[usize], action: Action, dim: usize) -> FieldShape {
    let width: usize = axes.iter().product();
    let values = field.size.values.map(|n| (n / dim.max(1)).saturating_mul(width));
    let (shape, size) = (row_shape(count, axes), Size { values, ..field.size });
    FieldShape { shape, action, labels: false, classes: None, unit: None, changes: Vec::new(), size }
}
