//! Where each field lies in a row, and how a group element acts on it there.

use crate::lie::action::Action;

/// A run of equally acted-on blocks within a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// First value of the segment in the row.
    pub start: usize,
    /// Number of blocks of `action.block_len()` values.
    pub blocks: usize,
    pub action: Action,
    /// Factor on translations, where the field is scaled differently from the unit of the group's translations.
    pub translation_scale: f32,
}

impl Segment {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.blocks * self.action.block_len()
    }

    /// Whether the segment holds no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The fields of a row, side by side, and the size of the group's matrices.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Side of a group matrix: k, or k+1 in homogeneous coordinates.
    pub side: usize,
    /// The k of GL(k).
    pub linear: usize,
    /// Values in a row.
    pub width: usize,
    pub segments: Vec<Segment>,
}

impl Layout {
    /// Whether group matrices carry a translation in their last column.
    pub fn affine(&self) -> bool {
        self.side > self.linear
    }

    /// The same fields under group matrices with or without translations.
    #[must_use]
    pub fn with_translations(&self, affine: bool) -> Self {
        Self { side: self.linear + usize::from(affine), ..self.clone() }
    }

    /// Whether some field needs the inverse of the group element.
    pub fn needs_inverse(&self) -> bool {
        self.segments.iter().any(|s| matches!(s.action, Action::Covector { .. }))
    }
}
