//! The warp of images as a composition: which four pixels a point lies between is found on the host, the weights are
//! products of tensors, so that the gradient flows to the group element.

use dfdx::prelude::*;

use crate::device::{Device, Mat};
use crate::ops::pick::select;
use semola_lie::action::Image;

/// Images (`n`×height·width·channels) warped by the elements with these inverses (`n`×side²).
pub(super) fn warp<D, T>(inverse: Mat<D, T>, pixels: &Mat<D>, image: &Image, side: usize, shift: f32) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D>,
{
    let dev = pixels.device().clone();
    let scale = image.pixels_per_unit() as f32;
    let centre = |n: usize| (n as f32 - 1.0) / 2.0;
    let (inverse, tape) = inverse.split_tape();
    let grid = grid(&dev, image, side, shift);
    let source = |axis: usize| {
        let pick = select(&dev, side * side, axis * side..(axis + 1) * side);
        inverse.retaped::<T>().matmul(pick).matmul(grid.clone())
    };
    let (column, of_column) = Places::new(source(0) * scale + centre(image.width), image.width, image.edge);
    let (row, of_row) = Places::new(source(1) * -scale + centre(image.height), image.height, image.edge);
    let values = pixels.as_vec();
    let points = image.height * image.width;
    let n = pixels.shape().0;
    let mut out: Mat<D, T> = dev.zeros_like(pixels).put_tape(tape.merge(of_column).merge(of_row));
    for channel in 0..image.channels {
        for (down, right) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let tap = |i: usize| {
                let (r, c) = (row.first[i] + down, column.first[i] + right);
                let (r, c) = if image.edge {
                    (r.min(image.height as isize - 1), c.min(image.width as isize - 1))
                } else {
                    (r, c)
                };
                let inside = (0..image.height as isize).contains(&r) && (0..image.width as isize).contains(&c);
                let at =
                    || i / points * image.len() + (r as usize * image.width + c as usize) * image.channels + channel;
                if inside { values[at()] } else { 0.0 }
            };
            let taps = dev.tensor_from_vec((0..n * points).map(tap).collect(), (n, points));
            let weighted = row.weight::<T>(down) * column.weight::<T>(right) * taps;
            let to: Vec<usize> = (0..points).map(|p| p * image.channels + channel).collect();
            let place = select(&dev, image.len(), to.into_iter()).permute::<(usize, usize), Axes2<1, 0>>();
            out = weighted.matmul(place) + out;
        }
    }
    out
}

/// Coordinates of the pixels as columns: x, y and, for affine elements, the unit of translations.
fn grid<D: Device>(dev: &D, image: &Image, side: usize, shift: f32) -> Mat<D> {
    let points = image.height * image.width;
    let at = |axis: usize, p: usize| match axis {
        2 => shift,
        _ => image.coordinates(p / image.width, p % image.width)[axis] as f32,
    };
    let values = (0..side).flat_map(|axis| (0..points).map(move |p| at(axis, p))).collect();
    dev.tensor_from_vec(values, (side, points))
}

/// Places along one axis of the image.
struct Places<D: Device> {
    /// Distance from the first of two pixels, without its tape.
    between: Mat<D>,
    /// The first of the two pixels.
    first: Vec<isize>,
}

impl<D: Device> Places<D> {
    /// The places, and the tape on which they were computed.
    fn new<T>(at: Mat<D, T>, len: usize, edge: bool) -> (Self, T)
    where
        T: Tape<f32, D>,
    {
        let dev = at.device().clone();
        let shape = *at.shape();
        let last = (len as f32) - 1.0;
        let host = at.as_vec();
        let clamp = |v: f32| if edge { v.clamp(0.0, last) } else { v };
        let first: Vec<isize> = host.iter().map(|&v| clamp(v).floor().clamp(-2.0, 1e9) as isize).collect();
        let free: Vec<f32> = host.iter().map(|&v| f32::from(u8::from(!edge || (v > 0.0 && v < last)))).collect();
        let fixed = host.iter().zip(&free).map(|(&v, f)| clamp(v) * (1.0 - f));
        let offset: Vec<f32> = fixed.zip(&host).map(|(fixed, &v)| fixed - clamp(v).floor()).collect();
        let (free, offset) = (dev.tensor_from_vec(free, shape), dev.tensor_from_vec(offset, shape));
        let (between, tape) = (at * free + offset).split_tape();
        (Self { between, first }, tape)
    }

    /// Weight of the first (0) or second (1) of the two pixels.
    fn weight<T: Tape<f32, D>>(&self, which: isize) -> Mat<D, T> {
        let between = self.between.retaped::<T>();
        if which == 1 { between * 1.0 } else { between * -1.0 + 1.0 }
    }
}
