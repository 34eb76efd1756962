//! The warp of an image in single precision ([`Warp`](semola_lie::warp::Warp) is the plain one).
//!
//! A border of zeros lies round the image, so that no pixel asks whether its neighbours exist; a row of pixels is one loop.

use semola_lie::action::Image;

use crate::ops::simd::{dot, fast, sum};

/// Pixels of the border: one before, two behind, where places are held that lie beyond.
const BEFORE: usize = 1;
const BORDER: usize = 3;

/// How an image is warped.
pub struct Sampler {
    image: Image,
    /// First two rows of the inverse element, its translation in units of the image's coordinates.
    m: [[f32; 3]; 2],
    scale: f32,
    /// Row and column of the image's centre.
    centre: [f32; 2],
    /// Coordinates of the columns, and of the rows.
    x: Vec<f32>,
    y: Vec<f32>,
}

/// Where the pixels of one row come from.
struct Places {
    /// Place of the pixel above left, in pixels of the image with its border.
    at: Vec<usize>,
    /// Distances from the pixels above, and from those on the left.
    down: Vec<f32>,
    right: Vec<f32>,
    /// 1 where moving the place changes what is seen there, by axis (down, right), otherwise 0.
    moves: [Vec<f32>; 2],
}

impl Places {
    fn new(width: usize) -> Self {
        let zero = || vec![0.0; width];
        Self { at: vec![0; width], down: zero(), right: zero(), moves: [zero(), zero()] }
    }
}

impl Sampler {
    /// The warp of an element, given its inverse (side×side, row-major, side 2 or 3); translations are multiplied by `shift`.
    pub fn new(image: Image, inverse: &[f32], side: usize, shift: f32) -> Self {
        let row = |i: usize| {
            let t = if side > 2 { inverse[i * side + 2] * shift } else { 0.0 };
            [inverse[i * side], inverse[i * side + 1], t]
        };
        let centre = |n: usize| ((n as f64 - 1.0) / 2.0) as f32;
        Self {
            image,
            m: [row(0), row(1)],
            scale: image.pixels_per_unit() as f32,
            centre: [centre(image.height), centre(image.width)],
            x: (0..image.width).map(|c| image.coordinates(0, c)[0] as f32).collect(),
            y: (0..image.height).map(|r| image.coordinates(r, 0)[1] as f32).collect(),
        }
    }

    /// Pixels in a row of the image with its border.
    fn stride(&self) -> usize {
        self.image.width + BORDER
    }

    /// The image with its border.
    fn padded(&self, pixels: &[f32]) -> Vec<f32> {
        let (channels, stride) = (self.image.channels, self.stride() * self.image.channels);
        let own = self.image.width * channels;
        let mut all = vec![0.0; (self.image.height + BORDER) * stride];
        for (row, pixels) in all.chunks_exact_mut(stride).skip(BEFORE).zip(pixels.chunks_exact(own.max(1))) {
            row[BEFORE * channels..BEFORE * channels + own].copy_from_slice(pixels);
        }
        all
    }

    /// Holds a place along an axis where there are pixels or border; and whether it was there.
    #[inline(always)]
    fn held(&self, at: f32, len: usize) -> (f32, f32) {
        let n = len as f32;
        let (low, high) = if self.image.edge { (0.0, n - 1.0) } else { (-1.0, n) };
        let moves = if self.image.edge { at > low && at < high } else { at >= low && at < high };
        // What is no number lies beyond, too.
        (at.max(low).min(high), f32::from(u8::from(moves)))
    }

    #[inline(always)]
    fn places(&self, y: f32, places: &mut Places) {
        let [[a, b, t], [c, d, s]] = self.m;
        let stride = self.stride();
        let Places { at, down, right, moves: [moves_down, moves_right] } = places;
        let spots = at.iter_mut().zip(down).zip(right).zip(moves_down).zip(moves_right);
        for (((((at, down), right), moves_down), moves_right), &x) in spots.zip(&self.x) {
            let (u, v) = (a * x + b * y + t, c * x + d * y + s);
            let (row, own) = self.held(self.centre[0] - v * self.scale, self.image.height);
            *moves_down = own;
            let (column, own) = self.held(self.centre[1] + u * self.scale, self.image.width);
            *moves_right = own;
            // At least −1, so that cutting off the fraction is rounding down.
            let (top, left) = ((row + 1.0) as i32, (column + 1.0) as i32);
            *down = row - (top - 1) as f32;
            *right = column - (left - 1) as f32;
            *at = top as usize * stride + left as usize;
        }
    }

    /// Writes the warped image; both are height×width×channels.
    pub fn apply(&self, pixels: &[f32], out: &mut [f32]) {
        fast(
            #[inline(always)]
            || self.apply_all(pixels, out),
        );
    }

    #[inline(always)]
    fn apply_all(&self, pixels: &[f32], out: &mut [f32]) {
        let (channels, stride) = (self.image.channels, self.stride());
        let padded = self.padded(pixels);
        let mut places = Places::new(self.image.width);
        for (&y, out) in self.y.iter().zip(out.chunks_exact_mut((self.image.width * channels).max(1))) {
            self.places(y, &mut places);
            for (i, out) in out.chunks_exact_mut(channels).enumerate() {
                let (down, right, at) = (places.down[i], places.right[i], places.at[i] * channels);
                let (up, left) = (1.0 - down, 1.0 - right);
                let (above, below) = (&padded[at..at + 2 * channels], &padded[at + stride * channels..]);
                for (channel, out) in out.iter_mut().enumerate() {
                    let (a, b) = (above[channel], above[channels + channel]);
                    let (c, d) = (below[channel], below[channels + channel]);
                    *out = up * left * a + up * right * b + down * left * c + down * right * d;
                }
            }
        }
    }

    /// Adds to `grad` (side×side) the gradient of the inverse element, given the gradient `pull` of the warped image.
    pub fn pull(&self, pixels: &[f32], pull: &[f32], side: usize, shift: f32, grad: &mut [f32]) {
        let of = fast(
            #[inline(always)]
            || self.pull_all(pixels, pull),
        );
        for (i, [of_x, of_y, of_one]) in of.into_iter().enumerate() {
            grad[i * side] += of_x;
            grad[i * side + 1] += of_y;
            if side > 2 {
                grad[i * side + 2] += of_one * shift;
            }
        }
    }

    /// The gradient of each of the two rows of the inverse element, for translations in units of the image's coordinates.
    #[inline(always)]
    fn pull_all(&self, pixels: &[f32], pull: &[f32]) -> [[f32; 3]; 2] {
        let (channels, stride, width) = (self.image.channels, self.stride(), self.image.width);
        let padded = self.padded(pixels);
        let mut places = Places::new(width);
        let mut of = [vec![0.0; width], vec![0.0; width]];
        let mut all = [[0.0; 3]; 2];
        for (&y, pull) in self.y.iter().zip(pull.chunks_exact((width * channels).max(1))) {
            self.places(y, &mut places);
            for (i, pull) in pull.chunks_exact(channels).enumerate() {
                let (down, right, at) = (places.down[i], places.right[i], places.at[i] * channels);
                let (up, left) = (1.0 - down, 1.0 - right);
                let (above, below) = (&padded[at..at + 2 * channels], &padded[at + stride * channels..]);
                // ⟨pull, pixel⟩ of the four pixels.
                let mut dots = [0.0; 4];
                for (channel, pull) in pull.iter().enumerate() {
                    dots[0] += above[channel] * pull;
                    dots[1] += above[channels + channel] * pull;
                    dots[2] += below[channel] * pull;
                    dots[3] += below[channels + channel] * pull;
                }
                let of_row = left * (dots[2] - dots[0]) + right * (dots[3] - dots[1]);
                let of_column = up * (dots[1] - dots[0]) + down * (dots[3] - dots[2]);
                of[0][i] = of_column * self.scale * places.moves[1][i];
                // Down is minus y.
                of[1][i] = -of_row * self.scale * places.moves[0][i];
            }
            for (all, of) in all.iter_mut().zip(&of) {
                let total = sum(of);
                all[0] += dot(of, &self.x);
                all[1] += total * y;
                all[2] += total;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::numbers;
    use semola_lie::warp::Warp;

    /// No pixel comes to lie on another. Elements that leave the image within itself, move it over the edge, and out of sight.
    const ELEMENTS: [[f32; 6]; 4] = [
        [0.9317, 0.2143, 0.1371, -0.3439, 1.0837, -0.2113],
        [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        [2.3171, -0.7133, 0.9011, 0.4127, 1.9073, -1.3019],
        [1.0213, 0.1017, 5.0, 0.0307, 0.9731, -7.0],
    ];

    #[test]
    fn values_and_gradients_agree_with_double_precision() {
        for (channels, edge, side) in [(1, false, 2), (1, true, 3), (2, false, 3), (3, true, 2)] {
            let image = Image { height: 7, width: 9, channels, edge };
            let (pixels, pull) = (numbers(image.len(), 7), numbers(image.len(), 3));
            for element in ELEMENTS {
                let mut inverse = vec![0.0f32; side * side];
                for (i, v) in element.into_iter().enumerate().filter(|(i, _)| i % 3 < side) {
                    inverse[i / 3 * side + i % 3] = v;
                }
                let wide = |v: &[f32]| v.iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
                let plain = Warp::new(image, &wide(&inverse), side, 0.7);
                let sampler = Sampler::new(image, &inverse, side, 0.7);
                let (mut out, mut want) = (vec![0.0; image.len()], vec![0.0; image.len()]);
                sampler.apply(&pixels, &mut out);
                plain.apply(&wide(&pixels), &mut want);
                for (a, b) in out.iter().zip(&want) {
                    assert!((f64::from(*a) - b).abs() < 2e-6, "{channels} {edge} {side}: {a} not {b}");
                }
                if element == ELEMENTS[1] {
                    // Places on pixels: the gradient there is one of two.
                    assert_eq!(out, pixels);
                    continue;
                }
                let (mut grad, mut want) = (vec![0.5; side * side], vec![0.5; side * side]);
                sampler.pull(&pixels, &pull, side, 0.7, &mut grad);
                plain.pull(&wide(&pixels), &wide(&pull), side, 0.7, &mut want);
                for (a, b) in grad.iter().zip(&want) {
                    assert!(
                        (f64::from(*a) - b).abs() < 2e-5 * (1.0 + b.abs()),
                        "{channels} {edge} {side}: {a} not {b}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_element_that_is_no_number_shows_nothing() {
        let image = Image { height: 4, width: 5, channels: 1, edge: false };
        let mut out = vec![1.0; image.len()];
        Sampler::new(image, &[f32::NAN; 4], 2, 1.0).apply(&numbers(image.len(), 7), &mut out);
        assert!(out.iter().all(|v| *v == 0.0), "{out:?}");
    }
}
