//! What can be wrong with a row, and where.

use std::fmt;
use std::sync::Arc;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    Null,
    NotFinite(f64),
    /// An integer that no float holds exactly.
    TooLarge(f64),
    /// A list of the wrong length.
    Length {
        found: usize,
        wanted: usize,
    },
    /// A list of numbers that is no whole number of points.
    NotPoints {
        found: usize,
        dim: usize,
    },
    /// Lists of columns that form one field, of different lengths.
    Unequal {
        found: usize,
        wanted: usize,
    },
    /// An encoded picture that cannot be used, and why.
    Picture(String),
    /// One value an example is needed (`group_by`), but its rows differ.
    Differs,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("the value is null"),
            Self::NotFinite(x) => write!(f, "the value is {x}"),
            Self::TooLarge(x) => write!(f, "the integer {x} is too large to be held exactly"),
            Self::Length { found, wanted } => write!(f, "the list has {found} values where {wanted} are needed"),
            Self::NotPoints { found, dim } => {
                write!(f, "the list has {found} values, which is no whole number of points of {dim} (`dim`)")
            }
            Self::Unequal { found, wanted } => {
                write!(f, "the list has {found} values, but that of the field's first column has {wanted}")
            }
            Self::Picture(reason) => write!(f, "the picture cannot be used: {reason}"),
            Self::Differs => f.write_str(
                "the rows of this example hold different values, where one value an example is needed; \
                 for one value a point leave `shape` out",
            ),
        }
    }
}

/// An invalid row.
#[derive(Debug, Clone, PartialEq)]
pub struct Bad {
    pub row: usize,
    pub column: Arc<str>,
    pub problem: Problem,
}
