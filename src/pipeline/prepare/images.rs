//! Steps on images: are they images, and how large are they afterwards?

use super::super::context::{Context, each};
use super::super::scope::{FieldShape, Size};
use super::{Working, add_field, check_fit, mark, replace_field};
use crate::data::RowShape;
use crate::lie::action::{Action, Image};
use crate::motion::check_plane;
use crate::prepare::{cropped, image::resized, image::shape, padded, raster_image};
use crate::spec::types::{Crop, Extent, OneOrMany, Pad, Rasterise, Resize};

/// Longest side of an image.
const SIDE: usize = 1 << 15;

/// The image that a row of a field is.
pub(super) fn image(name: &str, field: &FieldShape) -> Result<Image, String> {
    match field.action {
        Action::Pixels(image) => Ok(image),
        _ => Err(format!("field '{name}' is no image; give it `action: pixels` where it is read")),
    }
}

fn check_size(context: &mut Context, size: [usize; 2], below: &str) -> bool {
    let good = size.iter().all(|n| (1..=SIDE).contains(n));
    if !good {
        context.error(below, format!("an image has sides of 1 to {SIDE} pixels, not {} and {}", size[0], size[1]));
    }
    good
}

/// Gives the images of the fields another size.
fn change_size(
    context: &mut Context,
    working: &mut Working,
    fields: &OneOrMany<String>,
    at: &str,
    size: impl Fn(Image) -> Result<[usize; 2], String>,
) {
    context.distinct(fields, &format!("{at}.fields"));
    for (below, name) in each(&format!("{at}.fields"), fields) {
        replace_field(context, working, name, &below, |field| {
            let Action::Pixels(image) = field.action else {
                return Err("it is no image; give it `action: pixels` where it is read".to_owned());
            };
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

pub(super) fn resize(context: &mut Context, working: &mut Working, step: &Resize, at: &str) {
    if check_size(context, step.size, &format!("{at}.size")) {
        change_size(context, working, &step.fields, at, |_| Ok(step.size));
        step.fields.as_slice().iter().for_each(|name| mark(context, working, name, at));
    }
}

pub(super) fn pad(context: &mut Context, working: &mut Working, step: &Pad, at: &str) {
    if step.by.is_some() == step.to.is_some() {
        context.error(at, "give `by` (pixels on every side) or `to` (height and width afterwards)");
        return;
    }
    context.require(step.value.is_finite(), &format!("{at}.value"), step.value, "a finite number");
    if step.to.is_none_or(|to| check_size(context, to, &format!("{at}.to"))) {
        change_size(context, working, &step.fields, at, |image| padded(step, image));
    }
}

pub(super) fn crop(context: &mut Context, working: &mut Working, step: &Crop, at: &str) {
    if check_size(context, step.to, &format!("{at}.to")) {
        change_size(context, working, &step.fields, at, |image| cropped(step, image));
    }
}

pub(super) fn rasterise(context: &mut Context, working: &mut Working, step: &Rasterise, at: &str) {
    let good = check_size(context, step.size, &format!("{at}.size"));
    let longer = step.size[0].max(step.size[1]) as f64;
    let blur = format!("from 0 to {longer}, the longer side");
    context.require((0.0..=longer).contains(&step.blur), &format!("{at}.blur"), step.blur, &blur);
    match step.extent {
        Extent::Fitted(_) => check_fit(context, working, step.fit.as_deref(), at),
        Extent::Given(extent) => {
            context.require(extent > 0.0 && extent.is_finite(), &format!("{at}.extent"), extent, "above 0, or `auto`");
            if step.fit.is_some() {
                context.error(&format!("{at}.fit"), "`fit` has no meaning where the `extent` is given; remove one");
            }
        }
    }
    if !good {
        return;
    }
    let (below, changes) = (format!("{at}.of"), context.path(at));
    add_field(context, working, &step.name, at, |context, member| {
        let (_, dim, field) = super::points::points(context, member, &step.of, &below)?;
        let errors = context.diagnostics.errors();
        check_plane(context, step.axes, dim, at, "axes");
        if context.diagnostics.errors() > errors {
            return None;
        }
        let image = raster_image(step);
        let values = member.data.rows.map(|rows| rows.saturating_mul(image.len()));
        Some(FieldShape {
            shape: RowShape::Fixed(step.size.to_vec()),
            action: Action::Pixels(image),
            labels: false,
            classes: None,
            unit: None,
            changes: vec![changes.clone()],
            size: Size { values, word: field.size.word },
        })
    });
}
