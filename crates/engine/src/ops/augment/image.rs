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
    /// Place of the pixel above left, in pixels of the image with its border: a whole number.
    at: Vec<f32>,
    /// Distances from the pixels above, and from those on the left.
    down: Vec<f32>,
    right: Vec<f32>,
    /// 1 where moving the place changes what is seen there, by axis (down, right), otherwise 0.
    moves: [Vec<f32>; 2],
}

impl Places {
    fn new(width: usize) -> Self {
        let zero = || vec![0.0; width];
        Self { at: zero(), down: zero(), right: zero(), moves: [zero(), zero()] }
    }
}

/// What is seen of one channel at the places of one row: the pixels above left, above right, below left and below right.
struct Taps([Vec<f32>; 4]);

impl Taps {
    fn new(width: usize) -> Self {
        Self([(); 4].map(|()| vec![0.0; width]))
    }

    /// The first `n` of each.
    #[inline(always)]
    fn rows(&self, n: usize) -> [&[f32]; 4] {
        self.0.each_ref().map(|taps| &taps[..n])
    }

    /// Looks at these places of an image with its border, of which rows are `stride` pixels apart.
    #[inline(always)]
    fn look(&mut self, padded: &[f32], at: &[f32], (channels, channel): (usize, usize), stride: usize) {
        let n = at.len();
        let [a, b, c, d] = self.0.each_mut().map(|taps| &mut taps[..n]);
        let below = stride * channels;
        for i in 0..n {
            let from = at[i] as i32 as usize * channels + channel;
            let seen = &padded[from..from + below + channels + 1];
            (a[i], b[i], c[i], d[i]) = (seen[0], seen[channels], seen[below], seen[below + channels]);
        }
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
        (at.max(low).min(high), if moves { 1.0 } else { 0.0 })
    }

    #[inline(always)]
    fn places(&self, y: f32, places: &mut Places) {
        let [[a, b, t], [c, d, s]] = self.m;
        let stride = self.stride() as f32;
        let n = self.x.len();
        let x = &self.x[..n];
        let (at, down, right) = (&mut places.at[..n], &mut places.down[..n], &mut places.right[..n]);
        let [moves_down, moves_right] = &mut places.moves;
        let (moves_down, moves_right) = (&mut moves_down[..n], &mut moves_right[..n]);
        for i in 0..n {
            let (u, v) = (a * x[i] + b * y + t, c * x[i] + d * y + s);
            let (row, own_row) = self.held(self.centre[0] - v * self.scale, self.image.height);
            let (column, own_column) = self.held(self.centre[1] + u * self.scale, self.image.width);
            (moves_down[i], moves_right[i]) = (own_row, own_column);
            let (top, left) = (row.floor(), column.floor());
            (down[i], right[i]) = (row - top, column - left);
            at[i] = (top + BEFORE as f32) * stride + left + BEFORE as f32;
        }
    }

    /// Writes the warped image; both are height×width×channels.
    pub fn apply(&self, pixels: &[f32], out: &mut [f32]) {
        fast(
            #[inline(always)]
            // With a number of channels that the compiler knows, loops over them unroll; the sums are the same.
            || match self.image.channels {
                1 => self.apply_all(1, pixels, out),
                3 => self.apply_all(3, pixels, out),
                channels => self.apply_all(channels, pixels, out),
            },
        );
    }

    #[inline(always)]
    fn apply_all(&self, channels: usize, pixels: &[f32], out: &mut [f32]) {
        let padded = self.padded(pixels);
        let n = self.image.width;
        let (mut places, mut taps) = (Places::new(n), Taps::new(n));
        for (&y, out) in self.y.iter().zip(out.chunks_exact_mut((n * channels).max(1))) {
            self.places(y, &mut places);
            let (down, right) = (&places.down[..n], &places.right[..n]);
            for channel in 0..channels {
                taps.look(&padded, &places.at, (channels, channel), self.stride());
                let [a, b, c, d] = taps.rows(n);
                for i in 0..n {
                    let (up, left) = (1.0 - down[i], 1.0 - right[i]);
                    out[i * channels + channel] =
                        up * left * a[i] + up * right[i] * b[i] + down[i] * left * c[i] + down[i] * right[i] * d[i];
                }
            }
        }
    }

    /// Adds to `grad` (side×side) the gradient of the inverse element, given the gradient `pull` of the warped image.
    pub fn pull(&self, pixels: &[f32], pull: &[f32], side: usize, shift: f32, grad: &mut [f32]) {
        let of = fast(
            #[inline(always)]
            || match self.image.channels {
                1 => self.pull_all(1, pixels, pull),
                3 => self.pull_all(3, pixels, pull),
                channels => self.pull_all(channels, pixels, pull),
            },
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
    fn pull_all(&self, channels: usize, pixels: &[f32], pull: &[f32]) -> [[f32; 3]; 2] {
        let padded = self.padded(pixels);
        let n = self.image.width;
        let (mut places, mut taps) = (Places::new(n), Taps::new(n));
        // ⟨pull, pixel⟩ of the four pixels.
        let mut dots = Taps::new(n);
        let mut of = [vec![0.0; n], vec![0.0; n]];
        let mut all = [[0.0; 3]; 2];
        for (&y, pull) in self.y.iter().zip(pull.chunks_exact((n * channels).max(1))) {
            self.places(y, &mut places);
            for channel in 0..channels {
                taps.look(&padded, &places.at, (channels, channel), self.stride());
                for (dots, taps) in dots.0.iter_mut().zip(taps.rows(n)) {
                    let dots = &mut dots[..n];
                    for i in 0..n {
                        let before = if channel == 0 { 0.0 } else { dots[i] };
                        dots[i] = before + taps[i] * pull[i * channels + channel];
                    }
                }
            }
            let [a, b, c, d] = dots.rows(n);
            let (down, right) = (&places.down[..n], &places.right[..n]);
            let [moves_down, moves_right] = [&places.moves[0][..n], &places.moves[1][..n]];
            let [of_x, of_y] = &mut of;
            let (of_x, of_y) = (&mut of_x[..n], &mut of_y[..n]);
            for i in 0..n {
                let (up, left) = (1.0 - down[i], 1.0 - right[i]);
                let of_row = left * (c[i] - a[i]) + right[i] * (d[i] - b[i]);
                let of_column = up * (b[i] - a[i]) + down[i] * (d[i] - c[i]);
                of_x[i] = of_column * self.scale * moves_right[i];
                // Down is minus y.
                of_y[i] = -of_row * self.scale * moves_down[i];
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
