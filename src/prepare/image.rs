//! What the steps on images share.

use super::call::Call;
use super::error::PrepareError;
use super::rows::{Work, compute};
use crate::data::{Dataset, Field};
use crate::lie::action::{Action, Image};

/// The image that a row of a field is.
///
/// # Errors
/// Where it is none.
pub fn image_of(field: &Field) -> Result<Image, String> {
    match field.action {
        Action::Pixels(image) => Ok(image),
        _ => Err("it is no image; give it `action: pixels` where it is read".into()),
    }
}

/// An image of another size with the same channels.
pub fn resized(image: Image, [height, width]: [usize; 2]) -> Image {
    Image { height, width, ..image }
}

/// The shape of a row, where its images get another size.
pub fn shape(axes: &[usize], [height, width]: [usize; 2]) -> Vec<usize> {
    [height, width].into_iter().chain(axes.iter().skip(2).copied()).collect()
}

/// Replaces the images of a field by others, of another size.
///
/// # Errors
/// Where the field is missing or no image, or was changed pixel by pixel, so that predictions of the new images could not
/// be brought back to physical units; also what `work` says is wrong with a row.
pub fn replace<W: Work>(
    call: &Call,
    data: &mut Dataset,
    name: &str,
    size: impl FnOnce(Image) -> Result<[usize; 2], String>,
    work: impl FnOnce(Image, Image) -> W,
) -> Result<(), PrepareError> {
    let wrong = |reason: String| call.wrong(name, reason);
    let field = call.field(data, name)?;
    let from = image_of(field).map_err(wrong)?;
    let to = resized(from, size(from).map_err(wrong)?);
    let history = data.history.get(name).map_or(&[][..], Vec::as_slice);
    if history.iter().any(|change| !from.channels.is_multiple_of(change.period().max(1))) {
        return Err(wrong("its pixels were changed one by one; change the size of the images first".into()));
    }
    let work = work(from, to);
    let values = compute(call, name, field, data.rows, |i| i * to.len(), &work)?;
    let new = Field {
        action: Action::Pixels(to),
        values,
        shape: shape(&field.shape, [to.height, to.width]),
        offsets: None,
        unit: field.unit.clone(),
        classes: None,
    };
    data.fields.insert(name.to_owned(), new);
    Ok(())
}
