//! What is known of the fields with fewer points before anything is read.

use semola_data::RowShape;

use super::{Fewer, SamplePoints};
use crate::prepare::checking::Checking;
use crate::prepare::per_point::{planned_points, point_axes, row_shape};
use semola_plan::{Certainty, FieldShape, Size};

/// Checks that the fields have values at each point.
pub(super) fn sample(step: &SamplePoints, at: &mut Checking) {
    at.require((1..=1 << 24).contains(&step.points), "points", step.points, "1 to 16777216");
    let fields = at.listed(&step.fields);
    let first = fields.first().map_or_else(String::new, |(below, _)| below.clone());
    let below = if step.of.is_some() { at.below("of") } else { first };
    if fields.is_empty() || step.points == 0 {
        return;
    }
    for i in 0..at.shapes.members.len() {
        let Some(member) = at.shapes.members.get(i).cloned() else { return };
        let Some((count, ..)) = planned_points(at, &member, step.positions(), &below) else { return };
        if let Some(count) = count.filter(|n| *n < step.points) {
            let message = format!("rows of data set '{}' have only {count} points", member.name);
            if step.fewer == Fewer::Keep {
                at.warn("points", message, "they are kept as they are");
            } else {
                at.error("points", message);
                return;
            }
        }
        if step.fewer == Fewer::Drop
            && count.is_none()
            && let Some(member) = at.shapes.members.get_mut(i)
        {
            member.data.loses_rows(Certainty::AtMost);
        }
        for (below, name) in &fields {
            let Some(field) = at.context.field(&member.data, &member.name, name, below) else { continue };
            match sampled(&field, count, step, member.data.rows) {
                Ok(field) => at.put(i, name, Some(field)),
                Err(message) => return at.context.error(below, format!("field '{name}': {message}")),
            }
        }
    }
    step.fields.as_slice().iter().for_each(|name| at.mark(name, ""));
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
