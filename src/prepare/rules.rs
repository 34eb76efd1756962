//! Rules about fields that several steps share.

use semola_lie::action::Action;

use super::form::Subject;

/// Numbers that may be changed.
pub fn numbers(field: &Subject) -> Result<(), String> {
    match field.form.labels {
        true => Err(format!("{field} holds class labels, which this step would change")),
        false => Ok(()),
    }
}

/// Anything.
pub fn any(_: &Subject) -> Result<(), String> {
    Ok(())
}

/// Points or blocks that have a centroid.
pub fn centroid(field: &Subject) -> Result<(), String> {
    match field.form.action {
        Action::Scalar | Action::Pseudoscalar | Action::Tensor { .. } | Action::Pixels(_) => {
            Err(format!("{field} has no points to take a centroid of"))
        }
        _ => Ok(()),
    }
}

/// More than one point or block, so that subtracting the centroid leaves something. Checked only before reading: rows
/// of a varying number of points may turn out to have one each.
pub fn several_points(field: &Subject) -> Result<(), String> {
    centroid(field)?;
    let block = field.form.action.block_len().max(1);
    match field.form.shape.width().map(|width| width / block) {
        Some(1) => Err(format!("{field} is one vector: its centroid is itself")),
        _ => Ok(()),
    }
}

/// Atomic numbers.
pub fn elements(field: &Subject) -> Result<(), String> {
    match field.form.action == Action::Scalar && !field.form.labels {
        true => Ok(()),
        false => Err(format!("{field} cannot hold atomic numbers: they are scalars, and no class labels")),
    }
}

/// The message about a field that holds no images.
pub const NO_IMAGE: &str = "is not an image; give it `action: pixels` where it is read";

/// Images.
pub fn image(field: &Subject) -> Result<(), String> {
    match field.form.action {
        Action::Pixels(_) => Ok(()),
        _ => Err(format!("{field} {NO_IMAGE}")),
    }
}
