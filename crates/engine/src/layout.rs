//! Where each field lies in a row, and how a group element acts on it there.

use serde::{Deserialize, Serialize};

use semola_lie::action::Action;

/// What the blocks of a segment belong to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The row as a whole.
    #[default]
    Row,
    /// The points of the row, equally many blocks each, point after point.
    Points,
}

/// The points of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointSet {
    /// Points that a row has room for.
    pub most: usize,
    /// Column of the row that says how many points it has; the rest is zeros that nothing acts on. `None`: all are there.
    pub count: Option<usize>,
}

impl PointSet {
    /// Points of a row.
    pub fn of(&self, row: &[f32]) -> usize {
        self.count.and_then(|c| row.get(c)).map_or(self.most, |&n| (n.max(0.0) as usize).min(self.most))
    }
}

/// A field before it is placed in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    pub action: Action,
    /// Shape of a row, or of one point where rows are ragged.
    pub axes: Vec<usize>,
    pub ragged: bool,
    /// See [`Segment::translation_scale`].
    pub translation_scale: f32,
}

impl Form {
    /// One number of the row as a whole.
    pub fn number() -> Self {
        Self { action: Action::Scalar, axes: Vec::new(), ragged: false, translation_scale: 1.0 }
    }

    /// One value per class, of the row as a whole: the first axis of 1 never counts points.
    pub fn classes(n: usize) -> Self {
        Self { axes: vec![1, n], ..Self::number() }
    }

    /// Values of a row with room for `most` points.
    pub fn width(&self, most: usize) -> usize {
        self.axes.iter().product::<usize>() * if self.ragged { most } else { 1 }
    }

    /// Whether the values belong to the row's points: ragged fields do, and those whose first axis or whose blocks count
    /// the points.
    pub fn place(&self, points: usize) -> Place {
        let blocks = self.width(points) / self.action.block_len().max(1);
        let counted = match (self.action, self.axes.as_slice()) {
            (Action::Pixels(_), _) | (_, []) => false,
            (Action::Scalar | Action::Pseudoscalar, [first, ..]) => *first == points && points > 1,
            (_, [_]) => blocks.is_multiple_of(points.max(1)),
            (_, [first, ..]) => *first == points,
        };
        if self.ragged || counted { Place::Points } else { Place::Row }
    }

    /// Points of a row, where this field says it: the first axis, or the blocks of a flat row.
    pub fn points(&self) -> Option<usize> {
        match (self.action, self.axes.as_slice()) {
            _ if self.ragged => None,
            (Action::Vector { .. } | Action::Points { .. }, [first, _, ..]) => Some(*first),
            (Action::Vector { dim } | Action::Points { dim }, [width]) => Some(width / dim.max(1)),
            _ => None,
        }
    }
}

/// A run of equally acted-on blocks within a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// First value of the segment in the row.
    pub start: usize,
    /// Number of blocks of `action.block_len()` values.
    pub blocks: usize,
    pub action: Action,
    /// Factor on translations, where the field is scaled differently from the unit of the group's translations.
    pub translation_scale: f32,
    pub place: Place,
}

impl Segment {
    /// Values at each of `points` points.
    pub fn per_point(&self, points: usize) -> usize {
        self.len() / points.max(1)
    }

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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// Side of a group matrix: k, or k+1 in homogeneous coordinates.
    pub side: usize,
    /// The k of GL(k).
    pub linear: usize,
    /// Values in a row.
    pub width: usize,
    pub segments: Vec<Segment>,
    /// The points that segments of [`Place::Points`] belong to.
    pub points: Option<PointSet>,
}

impl Layout {
    /// Fields side by side. `points`: room for this many points; a field placed at the points says so. `side` is that
    /// of the group's matrices, `linear` their k.
    pub fn arrange((side, linear): (usize, usize), fields: &[Form], points: Option<usize>) -> Self {
        let mut layout = Self { side, linear, width: 0, segments: Vec::new(), points: None };
        for form in fields {
            let width = form.width(points.unwrap_or(1));
            layout.segments.push(Segment {
                start: layout.width,
                blocks: width / form.action.block_len().max(1),
                action: form.action,
                translation_scale: form.translation_scale,
                place: points.map_or(Place::Row, |n| form.place(n)),
            });
            layout.width += width;
        }
        layout.points = points.map(|most| PointSet { most, count: None });
        layout
    }

    /// A row with the fields of another one after its own. Points are those of the first that has some.
    #[must_use]
    pub fn beside(&self, other: &Self) -> Self {
        let moved = other.segments.iter().map(|s| Segment { start: s.start + self.width, ..s.clone() });
        let behind = |p: PointSet| PointSet { count: p.count.map(|c| c + self.width), ..p };
        Self {
            width: self.width + other.width,
            segments: self.segments.iter().cloned().chain(moved).collect(),
            points: self.points.or(other.points.map(behind)),
            ..self.clone()
        }
    }

    /// The same row with one more value: how many points there are.
    #[must_use]
    pub fn with_count(mut self) -> Self {
        if let Some(points) = &mut self.points {
            points.count = Some(self.width);
            let (start, place) = (self.width, Place::Row);
            self.segments.push(Segment { start, blocks: 1, action: Action::Scalar, translation_scale: 1.0, place });
            self.width += 1;
        }
        self
    }

    /// The same fields with room for another number of points, where rows differ in it.
    #[must_use]
    pub fn with_room(mut self, most: usize) -> Self {
        let Some(points) = self.points.filter(|points| points.most != most) else { return self };
        let mut start = 0;
        for segment in &mut self.segments {
            if segment.place == Place::Points {
                segment.blocks = segment.blocks / points.most.max(1) * most;
            }
            segment.start = start;
            start += segment.len();
        }
        self.width = start;
        // The number of points stands in the last column.
        self.points = Some(PointSet { most, count: points.count.map(|_| start.saturating_sub(1)) });
        self
    }

    /// Whether group matrices carry a translation in their last column.
    pub fn affine(&self) -> bool {
        self.side > self.linear
    }

    /// The same fields under group matrices with or without translations.
    #[must_use]
    pub fn with_translations(&self, affine: bool) -> Self {
        Self { side: self.linear + usize::from(affine), ..self.clone() }
    }

    /// Whether some field is an image.
    pub fn has_images(&self) -> bool {
        self.segments.iter().any(|s| matches!(s.action, Action::Pixels(_)))
    }

    /// Whether some field needs the inverse of the group element.
    pub fn needs_inverse(&self) -> bool {
        self.segments.iter().any(|s| matches!(s.action, Action::Covector { .. } | Action::Pixels(_)))
    }

    /// Whether the action on some field has det g as a factor.
    pub fn needs_determinant(&self) -> bool {
        self.segments.iter().any(|s| s.action.takes_determinant())
    }

    /// Whether a segment holds data, rather than the number of points.
    pub fn is_data(&self, segment: &Segment) -> bool {
        self.points.and_then(|p| p.count) != Some(segment.start)
    }

    /// Values of a segment that hold data in this row: not the padding of missing points.
    pub fn held(&self, segment: &Segment, row: &[f32]) -> usize {
        match (self.points, segment.place) {
            (Some(points), Place::Points) => points.of(row) * segment.per_point(points.most),
            _ => segment.len(),
        }
    }
}
