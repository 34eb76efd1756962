//! Points that are stored as flat lists: x, y, z of the first, x, y, z of the second, and so on.

use super::words::is_one_of;
use semola_data::RowShape;
use semola_data::profile::{ColumnProfile, Kind, Profile};

/// How columns of positions are called.
const POSITIONS: &[&str] = &["positions", "position", "pos", "points", "coords", "coordinates", "coord", "xyz", "r"];

/// The profile with flat lists of coordinates as lists of points, and with the vectors beside them that have as many
/// numbers. Reading takes `action: points` and `action: vector` of such lists the same way.
pub fn as_points(profile: &Profile) -> Profile {
    let flat = |c: &ColumnProfile| {
        c.kind == Kind::Float && c.shape == RowShape::Ragged(Vec::new()) && c.sample.lengths.is_some()
    };
    let dim = |c: &ColumnProfile| {
        let lengths = c.sample.lengths.as_deref().unwrap_or_default();
        [3, 2].into_iter().find(|k| lengths.iter().all(|n| n.is_multiple_of(*k)))
    };
    let placed = profile.columns.iter().find(|c| flat(c) && is_one_of(&c.name, POSITIONS) && dim(c).is_some());
    let Some((positions, dim)) = placed.and_then(|c| Some((c, dim(c)?))) else { return copy(profile, |_| None) };
    copy(profile, |c| (flat(c) && c.sample.lengths == positions.sample.lengths).then_some(dim))
}

fn copy(profile: &Profile, dim: impl Fn(&ColumnProfile) -> Option<usize>) -> Profile {
    let column = |c: &ColumnProfile| {
        let mut column = c.clone();
        if let Some(dim) = dim(c) {
            column.shape = RowShape::Ragged(vec![dim]);
            column.sample.lengths.iter_mut().flatten().for_each(|n| *n /= dim);
        }
        column
    };
    let columns = profile.columns.iter().map(column).collect();
    Profile { files: profile.files.clone(), rows: profile.rows, columns }
}
