//! Faces of meshes.

use arrow::datatypes::DataType;

use crate::column::{Column, Layout};

/// Triangles: three numbers of points each, from 0.
pub fn column() -> Column {
    Column::new("faces", DataType::Int32, Layout::Points(3))
}

/// Cuts a polygon into triangles that share its first point, and appends them.
///
/// # Errors
/// A phrase, where it has no three corners, or a number is not that of one of the `points`.
pub fn push(polygon: &[i64], points: usize, triangles: &mut Vec<i64>) -> Result<(), String> {
    if polygon.len() < 3 {
        // A point that is taken for a face, since there are more points than the file says, looks like this.
        return Err(format!(
            "a face of {} corners, where 3 or more are needed; is the number of points, {points}, right?",
            polygon.len()
        ));
    }
    if let Some(bad) = polygon.iter().find(|i| usize::try_from(**i).map_or(true, |i| i >= points)) {
        return Err(format!("a face names point {bad}, but there are {points}, counted from 0"));
    }
    let Some((first, rest)) = polygon.split_first() else { return Ok(()) };
    for pair in rest.windows(2) {
        triangles.push(*first);
        triangles.extend_from_slice(pair);
    }
    Ok(())
}
