//! Images: encoded pictures, or flat pixels with their shape.

use super::draft::{Draft, FieldDraft, guess, noted};
use super::error::InitError;
use super::look::{View, is_label, is_scalar, is_truth, usual_rank};
use super::target::{self, Beside};
use super::words::{is_one_of, slug};
use semola_data::RowShape;
use semola_data::profile::{ColumnProfile, Kind};

/// Longer sides are resized: training time grows with the number of pixels.
const LARGE: usize = 96;

/// What they are resized to.
const SMALL: usize = 64;

/// An image column, and how to read it.
struct Found {
    /// Height, width and channels.
    size: [usize; 3],
    settings: String,
    note: String,
    check: bool,
}

/// Images of one size, with a label, a number or another image to predict.
pub fn draft(view: &View) -> Result<Option<Draft>, InitError> {
    let images = || view.free().filter_map(|c| Some((c, found(c)?)));
    // A mask or another image that is called the truth is no input, unless there is no other.
    let first = images().find(|(c, _)| !is_truth(c)).or_else(|| images().next());
    let Some((column, image)) = first else { return Ok(None) };
    let [height, width, channels] = image.size;
    let others: Vec<_> = images().filter(|(c, _)| c.name != column.name).map(|(c, f)| (c, f.size)).collect();
    let mut draft = Draft::new(format!("images of {height}×{width} pixels, {channels} channel(s)"));
    let name = if slug(&column.name) == "img" { "image".to_owned() } else { slug(&column.name) };
    let field = FieldDraft { check: image.check, ..FieldDraft::of(&column.name, image.settings, image.note) };
    draft.input(field.called(&name));
    draft.steps.push(noted(
        format!("scale: {{fields: {name}, fit: train}}"),
        "One number for all pixels, so that black stays 0, as it is outside of a turned image; `normalise` subtracts the \
         mean of each channel too.",
    ));
    let rank = |c: &ColumnProfile| match others.iter().any(|(o, size)| o.name == c.name && size[..2] == image.size[..2])
    {
        true => Some(2),
        false => {
            usual_rank(c).filter(|_| is_label(c) || is_scalar(c)).map(|rank| if is_label(c) { rank } else { rank + 2 })
        }
    };
    let targets = view.targets(rank);
    let image_target = targets.iter().any(|c| found(c).is_some());
    match targets.as_slice() {
        [] => return Err(InitError::untargeted(view.profile, format!("images (`{}`)", column.name))),
        [one] if image_target => add_image(&mut draft, one),
        all => target::add(&mut draft, all, Beside::default())?,
    }
    settle(&mut draft, height.min(width), image_target);
    Ok(Some(draft))
}

/// The network, and the search space.
fn settle(draft: &mut Draft, side: usize, image_target: bool) {
    let layers = (side / 4).max(1).ilog2().clamp(1, 4) as usize;
    let widths = &["16", "32", "64", "64"][..if image_target { 2 } else { layers }];
    let hidden = if image_target { ", pool: none" } else { ", hidden: [64]" };
    draft.model = noted(
        format!("cnn: {{channels: [{}]{hidden}}}", widths.join(", ")),
        "A convolutional network: shifts are built in, turning and stretching are not.",
    );
    draft.learned = Some(noted(
        "space: {gl: 2}, scale: 0.5",
        "Turning, stretching and shearing about the centre; `affine: 2` looks for shifts too.",
    ));
    draft.basis_lr = Some("0.01");
    draft.known = Some(guess("so(2)", "rotations, if turned images keep their label."));
    draft.reference = Some(noted(
        format!("group_cnn: {{channels: [{}]{hidden}}}", widths.join(", ")),
        "Equivariant by construction under turns by 90°.",
    ));
    draft.shifts.push(noted("rotate: uniform", "Turned by any angle."));
}

/// A target that is an image moves with the input.
fn add_image(draft: &mut Draft, column: &ColumnProfile) {
    let Some(image) = found(column) else { return };
    let name = draft.free_name(&slug(&column.name));
    draft.target(
        FieldDraft::of(&column.name, image.settings, "An image as large as the input: it moves with it.").called(&name),
    );
    draft.steps.push(noted(format!("scale: {{fields: {name}, fit: train}}"), ""));
}

fn found(column: &ColumnProfile) -> Option<Found> {
    match column.kind {
        Kind::Picture => pictures(column),
        kind if kind.is_number() => pixels(column),
        _ => None,
    }
}

fn pictures(column: &ColumnProfile) -> Option<Found> {
    let headers = &column.sample.pictures;
    let first = headers.first()?;
    let channels = headers.iter().map(|h| h.channels).max()?;
    let same = headers.iter().all(|h| (h.height, h.width) == (first.height, first.width));
    let mixed = headers.iter().any(|h| h.channels != channels);
    let mut sides: Vec<usize> = headers.iter().map(|h| h.height.min(h.width)).collect();
    sides.sort_unstable();
    let side = sides.get(sides.len() / 2).copied().unwrap_or(SMALL).min(SMALL);
    let what = format!("Encoded pictures ({}), decoded while they are read; values 0 to 255", first.format);
    let resized = |why: &str| {
        let shape = if mixed { format!("shape: [{side}, {side}, {channels}], ") } else { String::new() };
        Found {
            size: [side, side, channels],
            settings: format!("action: pixels, {shape}size: [{side}, {side}]"),
            note: format!("{what}. {why}"),
            check: true,
        }
    };
    if !same {
        return Some(resized(
            "They differ in size: all are resized, which changes the ratio of their sides where it is not 1.",
        ));
    }
    if first.height.max(first.width) > LARGE {
        let (h, w) = (first.height, first.width);
        return Some(resized(&format!(
            "They have {h}×{w} pixels and are made smaller, since time grows with the pixels."
        )));
    }
    let shape = if mixed { format!(", shape: [{}, {}, {channels}]", first.height, first.width) } else { String::new() };
    Some(Found {
        size: [first.height, first.width, channels],
        settings: format!("action: pixels{shape}"),
        note: format!("{what}."),
        check: false,
    })
}

fn pixels(column: &ColumnProfile) -> Option<Found> {
    let image = |axes: &[usize]| match *axes {
        [h, w] => Some([h, w, 1]),
        [h, w, c @ (1 | 3 | 4)] => Some([h, w, c]),
        _ => None,
    };
    let large = |s: &[usize; 3]| s[0] >= 4 && s[1] >= 4;
    let RowShape::Fixed(axes) = &column.shape else { return None };
    if let Some(size) = column.stated.as_deref().and_then(image).filter(large) {
        let note = "Pixels, row by row from the top; their shape is in the metadata.".to_owned();
        return Some(Found { size, settings: "action: pixels".into(), note, check: false });
    }
    let called = is_one_of(&column.name, &["image", "images", "img", "pixels", "picture", "mask", "digit", "x"]);
    let whole = column.kind == Kind::Integer && column.sample.values.iter().all(|v| (0.0..=255.0).contains(v));
    if axes.len() > 1 {
        let size = image(axes).filter(large).filter(|s| called || (whole && s[0].min(s[1]) >= 8))?;
        let note = "Pixels, row by row from the top.".to_owned();
        return Some(Found { size, settings: "action: pixels".into(), note, check: !called });
    }
    let [flat] = axes.as_slice() else { return None };
    let square = |c: usize| {
        let side = (flat / c).isqrt();
        (side * side * c == *flat && side >= 8).then_some([side, side, c])
    };
    let size = square(1).or_else(|| square(3)).filter(|_| (called && column.name != "x") || whole)?;
    let note = format!("{flat} numbers a row, taken for a square image. Are its rows from the top, channels last?");
    Some(Found { size, settings: format!("action: pixels, shape: {size:?}"), note, check: true })
}
