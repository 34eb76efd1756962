//! Requirements of networks on images on their settings and fields, and their approximate memory.

use super::{Field, Misfit, Problem, Whose};
use crate::Layout;
use crate::ops::pixel_pool::PixelPool;
use semola_lie::action::{Action, Image};

/// Kernels have a side below this, and layers at most so many channels.
const LARGEST_KERNEL: usize = 256;
const MOST_CHANNELS: usize = 1 << 16;

/// Checks the convolutions.
pub(super) fn check(kernel: usize, channels: &[usize]) -> Vec<Problem> {
    let odd = Problem::unless(!kernel.is_multiple_of(2), "kernel", kernel, "odd");
    let small = Problem::unless(kernel < LARGEST_KERNEL, "kernel", kernel, "below 256");
    let some = Problem::unless(!channels.is_empty(), "channels", "empty", "at least one layer");
    let many = channels.iter().enumerate().filter(|(_, n)| **n > MOST_CHANNELS);
    let many = many.filter_map(|(i, n)| Problem::unless(false, format!("channels[{i}]"), n, "at most 65536"));
    odd.into_iter().chain(small).chain(some).chain(many).collect()
}

/// The input is one image; the output is an image of the same size, or other values.
pub(super) fn check_fields(name: &str, inputs: &[Field], targets: &[Field]) -> Vec<Misfit> {
    let [input] = inputs else {
        return vec![Misfit::new(Whose::Inputs, format!("`{name}` takes exactly one input, an image"))];
    };
    let Some(image) = image(input) else {
        let message = format!("`{name}` takes an image, but '{}' is none", input.name);
        return vec![Misfit::new(Whose::Inputs, message).help("give it `action: pixels` where it is read")];
    };
    let numbered = targets.iter().enumerate();
    numbered.flat_map(|(i, target)| check_target(name, image, target, Whose::Target(i), targets.len())).collect()
}

fn check_target(name: &str, input: Image, target: &Field, whose: Whose, targets: usize) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    let Some(other) = image(target) else { return misfits };
    if (other.height, other.width) != (input.height, input.width) {
        let sizes = format!("{}×{} and {}×{}", other.height, other.width, input.height, input.width);
        let message = format!("a target image must be as large as the input, but '{}' and it are {sizes}", target.name);
        misfits.push(Misfit::new(whose, message));
    }
    if targets > 1 {
        misfits.push(Misfit::new(whose, format!("`{name}` gives one image or other values, not both")));
    }
    misfits
}

fn image(field: &Field) -> Option<Image> {
    match field.form.action {
        Action::Pixels(image) => Some(image),
        _ => None,
    }
}

/// Numbers that convolutions leave behind, each with a value for each of `turns`: what a layer reads and, after pooling,
/// writes; as much again on the way back up to an image.
pub(super) fn inside(channels: &[usize], turns: usize, pool: PixelPool, x: &Layout, y: &Layout) -> Option<usize> {
    let pixels = |layout: &Layout| {
        layout.segments.iter().find_map(|s| match s.action {
            Action::Pixels(image) => Some(image.height * image.width),
            _ => None,
        })
    };
    let mut size = pixels(x)?;
    let ways = if pixels(y).is_some() { 2 } else { 1 };
    let (mut before, mut total) = (x.width / size.max(1), 0);
    for &c in channels {
        let after = if pool == PixelPool::None { size } else { size.div_ceil(4) };
        total += size * before + 3 * after * turns * c;
        (size, before) = (after, turns * c);
    }
    Some(ways * total)
}
