//! Fields with values at each point of a row.

use semola_data::{Field, RowShape, Values};
use semola_engine::Form;
use semola_lie::action::Action;

use super::checking::Checking;
use super::shapes::Member;
use semola_plan::{FieldShape, Size};

/// How many points the rows have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Points {
    Fixed(usize),
    /// As given by their offsets.
    Ragged(Vec<usize>),
}

impl Points {
    /// Points of row `i`.
    pub fn of(&self, i: usize) -> usize {
        match self {
            Self::Fixed(n) => *n,
            Self::Ragged(offsets) => {
                let at = |i: usize| offsets.get(i).copied().unwrap_or(0);
                at(i + 1).saturating_sub(at(i))
            }
        }
    }

    /// Points before row `i`.
    pub fn before(&self, i: usize) -> usize {
        match self {
            Self::Fixed(n) => n * i,
            Self::Ragged(offsets) => offsets.get(i).copied().unwrap_or(0),
        }
    }
}

/// The points of a field of positions, and the dimension of the space.
///
/// # Errors
/// Says why it holds no points.
pub fn points(field: &Field) -> Result<(Points, usize), String> {
    let dim = placed(&field.row_shape(), field.action)?.1;
    Ok(match &field.offsets {
        Some(offsets) => (Points::Ragged(offsets.clone()), dim),
        None => (Points::Fixed(field.block() / dim), dim),
    })
}

/// Points of a row (`None`: their number varies) and the dimension of the space, for a field with one vector per point.
///
/// # Errors
/// Says why the field does not hold positions.
fn placed(shape: &RowShape, action: Action) -> Result<(Option<usize>, usize), String> {
    let (Action::Points { dim } | Action::Vector { dim }) = action else {
        return Err("it does not say where points are; give it `action: points` where it is read".into());
    };
    let dim = dim.max(1);
    match shape {
        RowShape::Ragged(axes) if axes.iter().product::<usize>() == dim => Ok((None, dim)),
        RowShape::Fixed(axes) => {
            let points = form(shape, action).points().filter(|n| n * dim == axes.iter().product::<usize>());
            points.map(|n| (Some(n), dim)).ok_or_else(|| format!("a row is {shape}, not one vector a point"))
        }
        RowShape::Ragged(_) => Err(format!("a row is {shape}, not one vector a point")),
    }
}

fn form(shape: &RowShape, action: Action) -> Form {
    let ragged = matches!(shape, RowShape::Ragged(_));
    Form { action, axes: shape.axes().to_vec(), ragged, translation_scale: 1.0 }
}

/// The shape of one point's values in a field, where the rows have `points` points (`None`: their number varies).
///
/// # Errors
/// Says why the field has no values at each point.
pub fn point_axes(shape: &RowShape, action: Action, points: Option<usize>) -> Result<Vec<usize>, String> {
    let wrong = || {
        let points = points.map_or_else(|| "a varying number of".to_owned(), |n| n.to_string());
        Err(format!("a row is {shape}, which has no values at each of {points} points"))
    };
    match (shape, points) {
        (RowShape::Ragged(axes), None) => Ok(axes.clone()),
        (RowShape::Fixed(axes), Some(points)) if points > 0 && !matches!(action, Action::Pixels(_)) => {
            match axes.as_slice() {
                [first, rest @ ..] if *first == points => Ok(rest.to_vec()),
                [width] if action != Action::Scalar && (width / action.block_len()).is_multiple_of(points) => {
                    Ok(vec![width / points])
                }
                _ => wrong(),
            }
        }
        _ => wrong(),
    }
}

/// The shape of rows with these values at each point.
pub fn row_shape(points: Option<usize>, axes: &[usize]) -> RowShape {
    match points {
        Some(n) => RowShape::Fixed(std::iter::once(n).chain(axes.iter().copied()).collect()),
        None => RowShape::Ragged(axes.to_vec()),
    }
}

/// The points of a data set, before it is read: how many a row has (`None`: their number varies), the dimension, and the
/// field; otherwise an error at `below`.
pub fn planned_points(
    at: &mut Checking,
    member: &Member,
    of: &str,
    below: &str,
) -> Option<(Option<usize>, usize, FieldShape)> {
    let field = at.context.field(&member.data, &member.name, of, below)?;
    match placed(&field.shape, field.action) {
        Ok((points, dim)) => Some((points, dim, field)),
        Err(message) => {
            at.context.error(below, format!("field '{of}': {message}"));
            None
        }
    }
}

/// What is known of a new field with values at each point of another, which has `dim` there.
pub fn planned_field(
    field: &FieldShape,
    count: Option<usize>,
    axes: &[usize],
    action: Action,
    dim: usize,
) -> FieldShape {
    let width: usize = axes.iter().product();
    let values = field.size.values.map(|n| (n / dim.max(1)).saturating_mul(width));
    let (shape, size) = (row_shape(count, axes), Size { values, ..field.size });
    FieldShape { shape, action, labels: false, classes: None, unit: None, changes: Vec::new(), size }
}

/// A field with values at each point.
pub fn new_field(points: Points, axes: &[usize], values: Values, action: Action, unit: Option<String>) -> Field {
    let (fixed, offsets) = match points {
        Points::Fixed(n) => (Some(n), None),
        Points::Ragged(offsets) => (None, Some(offsets)),
    };
    let shape = row_shape(fixed, axes).axes().to_vec();
    Field { action, values, shape, offsets, unit, classes: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RowShape::{Fixed, Ragged};

    #[test]
    fn points_are_found_in_every_layout() {
        let points = Action::Points { dim: 3 };
        assert_eq!(placed(&Ragged(vec![3]), points), Ok((None, 3)));
        assert_eq!(placed(&Fixed(vec![9, 3]), points), Ok((Some(9), 3)));
        assert_eq!(placed(&Fixed(vec![27]), points), Ok((Some(9), 3)));
        assert!(placed(&Fixed(vec![9, 6]), points).is_err());
        assert!(placed(&Fixed(vec![9]), Action::Scalar).is_err());
        assert_eq!(point_axes(&Fixed(vec![9]), Action::Scalar, Some(9)), Ok(vec![]));
        assert_eq!(point_axes(&Fixed(vec![9, 2]), Action::Scalar, Some(9)), Ok(vec![2]));
        assert_eq!(point_axes(&Fixed(vec![27]), points, Some(9)), Ok(vec![3]));
        assert_eq!(point_axes(&Ragged(vec![]), Action::Scalar, None), Ok(vec![]));
        assert!(point_axes(&Fixed(vec![27]), Action::Scalar, Some(9)).is_err());
        assert!(point_axes(&Ragged(vec![3]), points, Some(9)).is_err());
    }
}
