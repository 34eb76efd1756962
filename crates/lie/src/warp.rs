//! Images under affine maps: (g·I)(c) = I(g⁻¹c), bilinear between pixels.
//!
//! Coordinates have their origin in the centre of the image, x to the right, y up, and half the longer side as their
//! unit (see [`Image::coordinates`]); so a rotation turns the image counter-clockwise about its centre.

use nalgebra::{RealField, convert};

use super::action::Image;

/// Where the pixels of a warped image come from.
#[derive(Debug, Clone, Copy)]
pub struct Warp<T> {
    image: Image,
    /// First two rows of g⁻¹, translations in units of the image's coordinates.
    m: [[T; 3]; 2],
    scale: T,
    centre: [T; 2],
}

/// The four pixels about a point, and the point's place between them.
struct Taps<T> {
    /// Index of the first value of a pixel, `None` beyond the edge: above left, above right, below left, below right.
    at: [Option<usize>; 4],
    /// Distance from the pixels above, and from those on the left.
    down: T,
    right: T,
    /// Whether moving the point changes what is seen there, by axis (down, right).
    moves: [bool; 2],
}

impl<T: RealField + Copy> Warp<T> {
    /// The warp of g, given its inverse (side×side, row-major, side 2 or 3); translations are multiplied by `shift`.
    pub fn new(image: Image, inverse: &[T], side: usize, shift: T) -> Self {
        let row = |i: usize| {
            let t = if side > 2 { inverse[i * side + 2] * shift } else { T::zero() };
            [inverse[i * side], inverse[i * side + 1], t]
        };
        let centre = |n: usize| convert((n as f64 - 1.0) / 2.0);
        Self {
            image,
            m: [row(0), row(1)],
            scale: convert(image.pixels_per_unit()),
            centre: [centre(image.height), centre(image.width)],
        }
    }

    /// Coordinates of the pixels, row by row.
    fn grid(&self) -> impl Iterator<Item = [T; 2]> + use<T> {
        let image = self.image;
        let at = move |p: usize| image.coordinates(p / image.width, p % image.width).map(convert);
        (0..image.height * image.width).map(at)
    }

    fn taps(&self, [x, y]: [T; 2]) -> Taps<T> {
        let [u, v] = self.m.map(|[a, b, t]| a * x + b * y + t);
        let (mut row, mut column) = (self.centre[0] - v * self.scale, self.centre[1] + u * self.scale);
        let (h, w) = (self.image.height as isize, self.image.width as isize);
        let mut moves = [true, true];
        if self.image.edge {
            for ((value, n), moves) in [(&mut row, h), (&mut column, w)].into_iter().zip(&mut moves) {
                let last: T = convert((n - 1) as f64);
                *moves = *value > T::zero() && *value < last;
                *value = value.clamp(T::zero(), last);
            }
        }
        let (top, left) = (row.floor(), column.floor());
        let whole = |v: T| nalgebra::try_convert::<T, f64>(v).map_or(-2, |v| v.clamp(-2.0, 1e9) as isize);
        let (r, c) = (whole(top), whole(left));
        let at = |r: isize, c: isize| {
            let (r, c) = if self.image.edge { (r.min(h - 1), c.min(w - 1)) } else { (r, c) };
            let inside = (0..h).contains(&r) && (0..w).contains(&c);
            inside.then(|| (r * w + c) as usize * self.image.channels)
        };
        let at = [at(r, c), at(r, c + 1), at(r + 1, c), at(r + 1, c + 1)];
        Taps { at, down: row - top, right: column - left, moves }
    }

    /// Writes the warped image; both are height×width×channels.
    pub fn apply(&self, pixels: &[T], out: &mut [T]) {
        let channels = self.image.channels;
        for (c, out) in self.grid().zip(out.chunks_exact_mut(channels)) {
            let taps = self.taps(c);
            let (up, left) = (T::one() - taps.down, T::one() - taps.right);
            let weights = [up * left, up * taps.right, taps.down * left, taps.down * taps.right];
            out.fill(T::zero());
            for (at, weight) in taps.at.into_iter().zip(weights) {
                if let Some(at) = at {
                    out.iter_mut().zip(&pixels[at..at + channels]).for_each(|(o, p)| *o += weight * *p);
                }
            }
        }
    }

    /// Adds to `grad` (side×side) the gradient of g⁻¹, given the gradient `pull` of the warped image.
    pub fn pull(&self, pixels: &[T], pull: &[T], side: usize, shift: T, grad: &mut [T]) {
        let channels = self.image.channels;
        for (c, pull) in self.grid().zip(pull.chunks_exact(channels)) {
            let taps = self.taps(c);
            // ⟨pull, pixel⟩ of the four pixels.
            let dots = taps.at.map(|at| {
                at.map_or(T::zero(), |at| {
                    pixels[at..at + channels].iter().zip(pull).fold(T::zero(), |s, (p, g)| s + *p * *g)
                })
            });
            let (up, left) = (T::one() - taps.down, T::one() - taps.right);
            let of_row = left * (dots[2] - dots[0]) + taps.right * (dots[3] - dots[1]);
            let of_column = up * (dots[1] - dots[0]) + taps.down * (dots[3] - dots[2]);
            let kept = |moves: bool, v: T| if moves { v * self.scale } else { T::zero() };
            // Down is minus y.
            let of = [kept(taps.moves[1], of_column), -kept(taps.moves[0], of_row)];
            for (i, of) in of.into_iter().enumerate() {
                grad[i * side] += of * c[0];
                grad[i * side + 1] += of * c[1];
                if side > 2 {
                    grad[i * side + 2] += of * shift;
                }
            }
        }
    }
}

/// d/dt of an image under exp(tL) at t = 0: −∇I(c)·(L c), the gradient by central differences. L is side×side, row-major.
pub fn flow(image: Image, l: &[f64], side: usize, shift: f64, pixels: &[f64]) -> Vec<f64> {
    let (h, w, channels) = (image.height as isize, image.width as isize, image.channels);
    let value = |r: isize, c: isize, channel: usize| {
        let (r, c) = if image.edge { (r.clamp(0, h - 1), c.clamp(0, w - 1)) } else { (r, c) };
        let inside = (0..h).contains(&r) && (0..w).contains(&c);
        if inside { pixels[(r * w + c) as usize * channels + channel] } else { 0.0 }
    };
    let scale = image.pixels_per_unit() / 2.0;
    let mut out = Vec::with_capacity(image.len());
    for (r, c) in (0..h).flat_map(|r| (0..w).map(move |c| (r, c))) {
        let [x, y] = image.coordinates(r as usize, c as usize);
        let moved = [0, 1].map(|i| {
            let t = if side > 2 { l[i * side + 2] * shift } else { 0.0 };
            l[i * side] * x + l[i * side + 1] * y + t
        });
        for channel in 0..channels {
            let right = value(r, c + 1, channel) - value(r, c - 1, channel);
            let up = value(r - 1, c, channel) - value(r + 1, c, channel);
            out.push(-(right * moved[0] + up * moved[1]) * scale);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(height: usize, width: usize, edge: bool) -> Image {
        Image { height, width, channels: 2, edge }
    }

    fn numbers(n: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 37 % 53) as f64 - 26.0) / 26.0).collect()
    }

    #[test]
    fn a_quarter_turn_moves_pixels_exactly() {
        let image = image(3, 3, false);
        let pixels = numbers(image.len());
        let mut out = vec![0.0; image.len()];
        // g turns by +90°, so its inverse is [[0, 1], [-1, 0]].
        Warp::new(image, &[0.0, 1.0, -1.0, 0.0], 2, 1.0).apply(&pixels, &mut out);
        for (r, c) in (0..3).flat_map(|r| (0..3).map(move |c| (r, c))) {
            // Counter-clockwise: the right column becomes the top row.
            let (to, from) = ((2 - c) * 3 + r, r * 3 + c);
            assert!((out[to * 2] - pixels[from * 2]).abs() < 1e-12, "{out:?}");
        }
    }

    #[test]
    fn translations_shift_and_borders_are_filled() {
        for edge in [false, true] {
            let image = image(4, 4, edge);
            let pixels: Vec<f64> = (0..32).map(|i| 1.0 + f64::from(i)).collect();
            let mut out = vec![0.0; 32];
            // Two units are the whole width: half a unit is one pixel to the right.
            let inverse = [1.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
            Warp::new(image, &inverse, 3, 0.5).apply(&pixels, &mut out);
            assert_eq!(out[2..8], pixels[0..6]);
            assert_eq!(out[0], if edge { pixels[0] } else { 0.0 });
        }
    }

    #[test]
    fn the_gradient_agrees_with_finite_differences() {
        for (edge, side) in [(false, 2), (true, 2), (false, 3), (true, 3)] {
            let image = image(6, 5, edge);
            let pixels = numbers(image.len());
            let pull: Vec<f64> = numbers(image.len()).into_iter().rev().collect();
            let mut inverse = vec![0.0; side * side];
            for (i, v) in [0.93, 0.21, 0.137, -0.34, 1.08, -0.211].into_iter().enumerate() {
                if i % 3 < side {
                    inverse[i / 3 * side + i % 3] = v;
                }
            }
            let objective = |inverse: &[f64]| {
                let mut out = vec![0.0; image.len()];
                Warp::new(image, inverse, side, 0.7).apply(&pixels, &mut out);
                out.iter().zip(&pull).map(|(a, b)| a * b).sum::<f64>()
            };
            let mut grad = vec![0.0; side * side];
            Warp::new(image, &inverse, side, 0.7).pull(&pixels, &pull, side, 0.7, &mut grad);
            for i in 0..2 * side {
                let at = |h: f64| {
                    let mut m = inverse.clone();
                    m[i] += h;
                    objective(&m)
                };
                let want = (at(1e-7) - at(-1e-7)) / 2e-7;
                assert!(
                    (grad[i] - want).abs() < 1e-5 * (1.0 + want.abs()),
                    "{edge} {side} {i}: {} not {want}",
                    grad[i]
                );
            }
        }
    }

    #[test]
    fn the_flow_of_a_smooth_image_is_its_derivative() {
        let image = Image { height: 160, width: 128, channels: 1, edge: false };
        let blob = |[x, y]: [f64; 2]| (-8.0 * ((x - 0.2).powi(2) + 2.0 * (y + 0.1).powi(2))).exp();
        let at = |p: usize| image.coordinates(p / 128, p % 128);
        let pixels: Vec<f64> = (0..image.len()).map(|p| blob(at(p))).collect();
        let l = [0.3, -1.0, 0.2, 1.1, -0.2, -0.4, 0.0, 0.0, 0.0];
        // Beyond the edge lie zeros, which are no smooth continuation.
        let inner = |p: &usize| (1..159).contains(&(p / 128)) && (1..127).contains(&(p % 128));
        for (p, flow) in flow(image, &l, 3, 1.0, &pixels).into_iter().enumerate().filter(|(p, _)| inner(p)) {
            let [x, y] = at(p);
            let back = |t: f64| [x - t * (l[0] * x + l[1] * y + l[2]), y - t * (l[3] * x + l[4] * y + l[5])];
            let want = (blob(back(1e-5)) - blob(back(-1e-5))) / 2e-5;
            assert!((flow - want).abs() < 0.01, "{p}: {flow} not {want}");
        }
    }
}
