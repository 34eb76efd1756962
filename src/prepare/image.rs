//! What the steps on images share: are they images, and how large are they afterwards?

use semola_data::{Dataset, Field, RowShape};
use semola_document::OneOrMany;
use semola_lie::action::{Action, Image};

use super::call::Call;
use super::checking::Checking;
use super::error::PrepareError;
use super::rows::{Work, compute};
use super::rules::NO_IMAGE;
use semola_plan::{FieldShape, Size};

/// Longest side of an image.
const SIDE: usize = 1 << 15;

/// The image that a row of a field is.
///
/// # Errors
/// If it is not an image.
pub fn image_of(action: Action) -> Result<Image, String> {
    match action {
        Action::Pixels(image) => Ok(image),
        _ => Err(format!("it {NO_IMAGE}")),
    }
}

/// An image of another size with the same channels.
pub fn resized(image: Image, [height, width]: [usize; 2]) -> Image {
    Image { height, width, ..image }
}

/// The shape of a row, where its images get another size.
fn shape(axes: &[usize], [height, width]: [usize; 2]) -> Vec<usize> {
    [height, width].into_iter().chain(axes.iter().skip(2).copied()).collect()
}

/// An error unless images may have that size, given by the setting `key`.
pub fn check_size(at: &mut Checking, size: [usize; 2], key: &str) -> bool {
    let good = size.iter().all(|n| (1..=SIDE).contains(n));
    if !good {
        at.error(key, format!("an image has sides of 1 to {SIDE} pixels, not {} and {}", size[0], size[1]));
    }
    good
}

/// Gives the images of the `fields` another size.
pub fn change_size(at: &mut Checking, fields: &OneOrMany<String>, size: impl Fn(Image) -> Result<[usize; 2], String>) {
    for (below, name) in at.listed(fields) {
        at.replace(&below, name, |field| {
            let image = image_of(field.action)?;
            let size = size(image)?;
            if size.iter().any(|n| *n > SIDE) {
                return Err(format!("its images would be {}×{}, larger than {SIDE} pixels", size[0], size[1]));
            }
            let new = resized(image, size);
            let before = image.len().max(1);
            let values = field.size.values.map(|n| (n / before).saturating_mul(new.len()));
            Ok(FieldShape {
                shape: RowShape::Fixed(shape(field.shape.axes(), size)),
                action: Action::Pixels(new),
                size: Size { values, ..field.size },
                ..field.clone()
            })
        });
    }
}

/// Replaces the images of a field by others, of another size.
///
/// # Errors
/// If the field is missing or not an image, or was changed pixel by pixel, so that predictions of the new images could
/// not be converted back to physical units; also what `work` reports about a row.
fn replace<W: Work>(
    call: &Call,
    data: &mut Dataset,
    name: &str,
    size: impl FnOnce(Image) -> Result<[usize; 2], String>,
    work: impl FnOnce(Image, Image) -> W,
) -> Result<(), PrepareError> {
    let wrong = |reason: String| call.wrong(name, reason);
    let field = call.field(data, name)?;
    let from = image_of(field.action).map_err(wrong)?;
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

/// Replaces the images of those fields that a data set has.
///
/// # Errors
/// As [`replace`].
pub fn replace_all<W: Work>(
    call: &Call,
    data: &mut Dataset,
    fields: &OneOrMany<String>,
    size: impl Fn(Image) -> Result<[usize; 2], String>,
    work: impl Fn(Image, Image) -> W,
) -> Result<(), PrepareError> {
    let present = |name: &&String| data.fields.contains_key(*name);
    for name in fields.as_slice().iter().filter(present).cloned().collect::<Vec<_>>() {
        replace(call, data, &name, &size, &work)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::prepare::fixtures::{back, clouds, failure, numbers, one};
    use semola_data::Values;

    #[test]
    fn images_change_size_channel_by_channel_and_are_undone_where_they_can_be() {
        let text = "{normalise: {fields: [i, m]}}, {resize: {fields: [i, m], size: [3, 2], filter: area}}";
        let whole = clouds(20, 7);
        let data = one(text, whole.clone());
        assert_eq!((&data.fields["i"].shape, &data.fields["m"].shape), (&vec![3, 2, 2], &vec![3, 2]));
        let (small, large) = (back(&data, "i"), numbers(&whole, "i"));
        for (r, (small, large)) in small.chunks(12).zip(large.chunks(48)).enumerate() {
            for c in 0..2 {
                let mean = [0, 1, 4, 5].iter().map(|p| large[p * 2 + c]).sum::<f64>() / 4.0;
                assert!((small[c] - mean).abs() < 1e-4, "row {r}: {} {mean}", small[c]);
            }
        }
        let data = one("{pad: {fields: [i], by: 2, value: 7}}, {crop: {fields: [i], to: [6, 4]}}", whole.clone());
        assert_eq!(numbers(&data, "i"), numbers(&whole, "i"));
        let text = "{crop: {fields: [i, m], to: [4, 3], at: random}}";
        let mut marked = whole;
        let values = |channels: usize| (0..20 * 24).flat_map(|p| vec![f64::from(p); channels]).collect::<Vec<f64>>();
        marked.fields.get_mut("i").unwrap().values = Values::F64(values(2));
        marked.fields.get_mut("m").unwrap().values = Values::F64(values(1));
        let data = one(text, marked);
        let (i, m) = (numbers(&data, "i"), numbers(&data, "m"));
        assert!(i.chunks(2).zip(&m).all(|(i, m)| i == [*m, *m]), "both are cut at the same place");
        let corners: std::collections::BTreeSet<u64> = m.chunks(12).map(|r| r[0] as u64 % 24).collect();
        assert!(corners.len() > 3, "{corners:?}");
        assert!(failure("{crop: {fields: i, to: [9, 3]}}", clouds(2, 1)).contains("smaller than 9×3"));
        assert!(failure("{normalise: {fields: p}}", clouds(2, 1)).contains("not an image"));
    }
}
