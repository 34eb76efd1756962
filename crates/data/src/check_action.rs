//! Whether an action fits the shape of a row.

use crate::settings::ActionName;
use semola_lie::action::{Action, Image};

/// Length of an axis that is only known once the data is read (the number of classes). No axis of a row is empty.
pub const UNKNOWN: usize = 0;

/// Shape of one row of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowShape {
    /// Equal in all rows: `[]` is one number, `[9, 3]` are nine points in three dimensions.
    Fixed(Vec<usize>),
    /// Any number of points per row; this is the shape of one point (`[]` for single numbers).
    Ragged(Vec<usize>),
}

impl RowShape {
    /// The axes of a row, or of a point where rows are ragged.
    pub fn axes(&self) -> &[usize] {
        match self {
            Self::Fixed(axes) | Self::Ragged(axes) => axes,
        }
    }

    /// Numbers in a row; `None` if rows differ or an axis is not known.
    pub fn width(&self) -> Option<usize> {
        match self {
            Self::Fixed(axes) if self.is_known() => Some(axes.iter().product()),
            _ => None,
        }
    }

    /// Whether all axes are known.
    pub fn is_known(&self) -> bool {
        !self.axes().contains(&UNKNOWN)
    }
}

impl std::fmt::Display for RowShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = |n: &usize| if *n == UNKNOWN { "?".to_owned() } else { n.to_string() };
        let list = |axes: &[usize]| format!("[{}]", axes.iter().map(number).collect::<Vec<_>>().join(", "));
        match self {
            Self::Fixed(axes) if axes.is_empty() => f.write_str("one number"),
            Self::Fixed(axes) => f.write_str(&list(axes)),
            Self::Ragged(axes) if axes.is_empty() => f.write_str("ragged (any number of single numbers)"),
            Self::Ragged(axes) => write!(f, "ragged (any number of points {})", list(axes)),
        }
    }
}

/// The action of that name on rows of that shape.
///
/// Without `dim`, the k of GL(k) is the last axis where rows have at least two axes or are ragged points; a flat row of
/// several numbers could be cut into blocks in more than one way, so there `dim` has to be given.
///
/// # Errors
/// A sentence that says why the action does not fit, and what to write.
pub fn check_action(shape: &RowShape, name: ActionName, dim: Option<usize>) -> Result<Action, String> {
    let word = action_word(name);
    if name == ActionName::Scalar {
        return match dim {
            None => Ok(Action::Scalar),
            Some(_) => Err("`dim` says nothing about a scalar; give an `action` as well, or leave `dim` out".into()),
        };
    }
    if name == ActionName::Pseudoscalar {
        return match dim {
            None => Ok(Action::Pseudoscalar),
            Some(_) => Err("`dim` says nothing about a pseudoscalar; leave it out".into()),
        };
    }
    if name == ActionName::Pixels {
        return pixels(shape, dim);
    }
    if name == ActionName::Auto {
        return Err("`action: auto` stands for several actions here; write one of them".into());
    }
    if dim == Some(0) {
        return Err("`dim` must be at least 1".into());
    }
    let dim = dim.or_else(|| inferred_dim(shape, name)).ok_or_else(|| ask_for_dim(shape, word))?;
    let action = match name {
        ActionName::Scalar | ActionName::Pseudoscalar | ActionName::Pixels | ActionName::Auto => Action::Scalar,
        ActionName::Vector => Action::Vector { dim },
        ActionName::Points => Action::Points { dim },
        ActionName::Covector => Action::Covector { dim },
        ActionName::Pseudovector => Action::Pseudovector { dim },
        ActionName::Tensor => Action::Tensor { dim },
    };
    if fits(shape, name, dim) { Ok(action) } else { Err(misfit(shape, name, dim)) }
}

fn action_word(name: ActionName) -> &'static str {
    match name {
        ActionName::Scalar => "scalar",
        ActionName::Vector => "vector",
        ActionName::Points => "points",
        ActionName::Covector => "covector",
        ActionName::Pseudoscalar => "pseudoscalar",
        ActionName::Pseudovector => "pseudovector",
        ActionName::Tensor => "tensor",
        ActionName::Pixels => "pixels",
        ActionName::Auto => "auto",
    }
}

/// An image has the shape height × width, or height × width × channels.
fn pixels(shape: &RowShape, dim: Option<usize>) -> Result<Action, String> {
    if dim.is_some_and(|k| k != 2) {
        return Err("an image is acted on by matrices of side 2; leave `dim` out".into());
    }
    let (height, width, channels) = match shape {
        RowShape::Fixed(axes) => match axes[..] {
            [h, w] => (h, w, 1),
            [h, w, c] => (h, w, c),
            _ => return Err(format!("a row is {shape}, not an image; say `shape: [height, width, channels]`")),
        },
        RowShape::Ragged(_) => return Err(format!("a row is {shape}, not an image of one size for all rows")),
    };
    Ok(Action::Pixels(Image { height, width, channels, edge: false }))
}

fn inferred_dim(shape: &RowShape, name: ActionName) -> Option<usize> {
    match (name, shape, shape.axes()) {
        (ActionName::Tensor, _, [.., a, b]) => (a == b).then_some(*a),
        (ActionName::Tensor, ..) => None,
        (_, RowShape::Fixed(_), [_, .., last]) | (_, RowShape::Ragged(_), [.., last]) => Some(*last),
        _ => None,
    }
}

/// Blocks may not straddle the last axis (or the last two, for tensors).
fn fits(shape: &RowShape, name: ActionName, dim: usize) -> bool {
    let whole = |len: usize, block: usize| len > 0 && len.is_multiple_of(block);
    match (name, shape.axes()) {
        (_, []) => false,
        (ActionName::Tensor, [.., a, b]) if *a == dim && *b == dim => true,
        (ActionName::Tensor, [.., last]) => dim.checked_mul(dim).is_some_and(|block| whole(*last, block)),
        (_, [.., last]) => whole(*last, dim),
    }
}

fn ask_for_dim(shape: &RowShape, word: &str) -> String {
    match shape.axes() {
        [] => format!("a row is {shape}, which action `{word}` cannot act on; use `action: scalar`"),
        _ => format!("a row is {shape}: say with `dim` how many numbers one {word} block has a side"),
    }
}

fn misfit(shape: &RowShape, name: ActionName, dim: usize) -> String {
    let word = action_word(name);
    let block = if name == ActionName::Tensor { format!("{dim}×{dim}") } else { dim.to_string() };
    format!("a row is {shape}, which action `{word}` cannot cut into blocks of {block}; correct `dim` or `action`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use RowShape::{Fixed, Ragged};

    #[test]
    fn infers_the_dimension_only_where_it_is_plain() {
        let fixed = |axes: &[usize]| Fixed(axes.to_vec());
        assert_eq!(check_action(&fixed(&[9, 3]), ActionName::Points, None), Ok(Action::Points { dim: 3 }));
        assert_eq!(check_action(&Ragged(vec![3]), ActionName::Points, None), Ok(Action::Points { dim: 3 }));
        assert_eq!(check_action(&fixed(&[5, 2, 2]), ActionName::Tensor, None), Ok(Action::Tensor { dim: 2 }));
        assert_eq!(check_action(&fixed(&[8]), ActionName::Vector, Some(2)), Ok(Action::Vector { dim: 2 }));
        assert_eq!(check_action(&fixed(&[9]), ActionName::Tensor, Some(3)), Ok(Action::Tensor { dim: 3 }));
        assert_eq!(check_action(&fixed(&[9]), ActionName::Scalar, None), Ok(Action::Scalar));
        assert_eq!(check_action(&fixed(&[9]), ActionName::Pseudoscalar, None), Ok(Action::Pseudoscalar));
        assert_eq!(check_action(&fixed(&[9]), ActionName::Pseudovector, Some(3)), Ok(Action::Pseudovector { dim: 3 }));
        assert!(check_action(&fixed(&[8]), ActionName::Vector, None).unwrap_err().contains("say with `dim`"));
        assert!(check_action(&fixed(&[]), ActionName::Vector, None).unwrap_err().contains("one number"));
    }

    #[test]
    fn refuses_what_does_not_fit() {
        assert!(check_action(&Fixed(vec![8]), ActionName::Vector, Some(3)).unwrap_err().contains("blocks of 3"));
        assert!(check_action(&Fixed(vec![2, 3]), ActionName::Vector, Some(2)).is_err());
        assert!(check_action(&Ragged(vec![]), ActionName::Points, Some(3)).is_err());
        assert!(check_action(&Fixed(vec![8]), ActionName::Tensor, Some(3)).unwrap_err().contains("3×3"));
        assert!(check_action(&Fixed(vec![8]), ActionName::Scalar, Some(3)).is_err());
        assert!(check_action(&Fixed(vec![8]), ActionName::Pseudoscalar, Some(3)).unwrap_err().contains("leave it out"));
        assert!(check_action(&Fixed(vec![8]), ActionName::Vector, Some(0)).is_err());
        assert!(check_action(&Fixed(vec![8]), ActionName::Tensor, Some(usize::MAX)).is_err());
    }
}
