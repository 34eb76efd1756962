//! Pooling of a plane of pixels over windows of about 2×2 ([`super::window`]), there and back.

use super::simd::fast;
use super::window::{pooled, window};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How pixels are joined after a convolution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PixelPool {
    #[default]
    Max,
    Mean,
    None,
}

/// A plane of pixels with room between its rows.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    /// Pixels from the first of one row to the first of the next.
    pub stride: usize,
}

impl Plane {
    /// Height and width after pooling.
    pub fn after(&self, pool: PixelPool) -> (usize, usize) {
        match pool {
            PixelPool::None => (self.height, self.width),
            PixelPool::Max | PixelPool::Mean => (pooled(self.height), pooled(self.width)),
        }
    }

    /// The windows, row by row.
    fn windows(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (height, width) = (pooled(self.height), pooled(self.width));
        (0..height).flat_map(move |i| (0..width).map(move |j| (i, j)))
    }

    /// Where the pixels of a window begin, and how many there are.
    #[inline(always)]
    fn taps(&self, (i, j): (usize, usize)) -> ([usize; 9], usize) {
        let (mut taps, mut count) = ([0; 9], 0);
        for row in window(i, self.height) {
            for column in window(j, self.width) {
                taps[count] = (row * self.stride + column) * self.channels;
                count += 1;
            }
        }
        (taps, count)
    }
}

/// Pools `z` into `out` (pixels end to end) and adds `bias`, a number for each channel. `choice`, as long as `out`, notes
/// which pixel of its window was the largest; only [`PixelPool::Max`] writes it.
pub fn forward(pool: PixelPool, z: &[f32], plane: &Plane, bias: &[f32], out: &mut [f32], choice: &mut [u8]) {
    fast(
        #[inline(always)]
        || forward_here(pool, z, plane, bias, out, choice),
    );
}

#[inline(always)]
fn forward_here(pool: PixelPool, z: &[f32], plane: &Plane, bias: &[f32], out: &mut [f32], choice: &mut [u8]) {
    let c = plane.channels;
    match pool {
        PixelPool::None => {
            let row = plane.width * c;
            for (out, z) in out.chunks_exact_mut(row).zip(z.chunks(plane.stride * c)) {
                for (out, z) in out.chunks_exact_mut(c).zip(z.chunks_exact(c)) {
                    out.iter_mut().zip(z).zip(bias).for_each(|((o, z), b)| *o = z + b);
                }
            }
        }
        PixelPool::Mean => {
            for (window, out) in plane.windows().zip(out.chunks_exact_mut(c)) {
                let (taps, count) = plane.taps(window);
                let weight = 1.0 / count as f32;
                out.copy_from_slice(bias);
                for &at in &taps[..count] {
                    out.iter_mut().zip(&z[at..at + c]).for_each(|(o, v)| *o += weight * v);
                }
            }
        }
        PixelPool::Max => {
            let pixels = out.chunks_exact_mut(c).zip(choice.chunks_exact_mut(c));
            for (window, (out, choice)) in plane.windows().zip(pixels) {
                let (taps, count) = plane.taps(window);
                largest(z, &taps[..count], out, choice);
                out.iter_mut().zip(bias).for_each(|(o, b)| *o += b);
            }
        }
    }
}

#[inline(always)]
fn largest(z: &[f32], taps: &[usize], out: &mut [f32], choice: &mut [u8]) {
    if let &[first, second, third, fourth] = taps {
        let [a, b, c, d] = [first, second, third, fourth].map(|at| &z[at..at + out.len()]);
        let values = a.iter().zip(b).zip(c.iter().zip(d));
        for ((o, choice), ((&a, &b), (&c, &d))) in out.iter_mut().zip(choice).zip(values) {
            let (above, left) = if b > a { (b, 1) } else { (a, 0) };
            let (below, right) = if d > c { (d, 3) } else { (c, 2) };
            (*o, *choice) = if below > above { (below, right) } else { (above, left) };
        }
        return;
    }
    out.copy_from_slice(&z[taps[0]..taps[0] + out.len()]);
    choice.fill(0);
    for (t, &at) in taps.iter().enumerate().skip(1) {
        for ((o, choice), &v) in out.iter_mut().zip(choice.iter_mut()).zip(&z[at..]) {
            (*o, *choice) = if v > *o { (v, t as u8) } else { (*o, *choice) };
        }
    }
}

/// Writes to `z` the gradient of a plane, given that of the pooled one; `z` is, and stays, 0 between the rows.
pub fn backward(pool: PixelPool, out: &[f32], choice: &[u8], plane: &Plane, z: &mut [f32]) {
    fast(
        #[inline(always)]
        || backward_here(pool, out, choice, plane, z),
    );
}

#[inline(always)]
fn backward_here(pool: PixelPool, out: &[f32], choice: &[u8], plane: &Plane, z: &mut [f32]) {
    let c = plane.channels;
    // Windows that share no pixel write every pixel once.
    let shared = !plane.height.is_multiple_of(2) || !plane.width.is_multiple_of(2);
    if shared && pool != PixelPool::None {
        z.fill(0.0);
    }
    let add = |z: &mut f32, value: f32| *z = if shared { *z + value } else { value };
    match pool {
        PixelPool::None => {
            let row = plane.width * c;
            for (out, z) in out.chunks_exact(row).zip(z.chunks_mut(plane.stride * c)) {
                z[..row].copy_from_slice(out);
            }
        }
        PixelPool::Mean => {
            for (window, out) in plane.windows().zip(out.chunks_exact(c)) {
                let (taps, count) = plane.taps(window);
                let weight = 1.0 / count as f32;
                for &at in &taps[..count] {
                    z[at..at + c].iter_mut().zip(out).for_each(|(z, o)| add(z, weight * o));
                }
            }
        }
        PixelPool::Max => {
            let pixels = out.chunks_exact(c).zip(choice.chunks_exact(c));
            for (window, (out, choice)) in plane.windows().zip(pixels) {
                let (taps, count) = plane.taps(window);
                for (t, &at) in taps[..count].iter().enumerate() {
                    for ((z, &o), &choice) in z[at..at + c].iter_mut().zip(out).zip(choice) {
                        add(z, if choice == t as u8 { o } else { 0.0 });
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(height: usize, width: usize) -> Plane {
        Plane { height, width, channels: 3, stride: width + 1 }
    }

    fn numbers(n: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect()
    }

    /// ⟨c, pooled z⟩ in double precision, by going over all pixels of every window.
    fn objective(pool: PixelPool, z: &[f64], plane: &Plane, c: &[f32]) -> f64 {
        let (h, w) = plane.after(pool);
        let mut total = 0.0;
        for (i, j) in (0..h).flat_map(|i| (0..w).map(move |j| (i, j))) {
            for channel in 0..plane.channels {
                let value = |r: usize, s: usize| z[(r * plane.stride + s) * plane.channels + channel];
                let pixels = || window(i, plane.height).flat_map(|r| window(j, plane.width).map(move |s| (r, s)));
                let held = || pixels().map(|(r, s)| value(r, s));
                let pooled = match pool {
                    PixelPool::None => value(i, j),
                    PixelPool::Max => held().fold(f64::NEG_INFINITY, f64::max),
                    PixelPool::Mean => held().sum::<f64>() / held().count() as f64,
                };
                let pooled = pooled + [0.3, -0.2, 0.1][channel];
                total += pooled * f64::from(c[(i * w + j) * plane.channels + channel]);
            }
        }
        total
    }

    #[test]
    fn values_and_gradients_agree_with_finite_differences_in_double_precision() {
        for pool in [PixelPool::None, PixelPool::Max, PixelPool::Mean] {
            for (height, width) in [(4, 6), (5, 4), (5, 7), (1, 3)] {
                let plane = plane(height, width);
                let z = numbers(height * plane.stride * 3);
                let (h, w) = plane.after(pool);
                let c: Vec<f32> = numbers(h * w * 3).into_iter().rev().collect();
                let (mut out, mut choice) = (vec![0.0; c.len()], vec![0; c.len()]);
                forward(pool, &z, &plane, &[0.3, -0.2, 0.1], &mut out, &mut choice);
                let wide: Vec<f64> = z.iter().map(|&v| f64::from(v)).collect();
                let value: f64 = out.iter().zip(&c).map(|(a, b)| f64::from(a * b)).sum();
                assert!((value - objective(pool, &wide, &plane, &c)).abs() < 1e-4);
                let mut grad = vec![0.0; z.len()];
                backward(pool, &c, &choice, &plane, &mut grad);
                backward(pool, &c, &choice, &plane, &mut grad);
                for i in 0..z.len() {
                    let at = |step: f64| {
                        let mut z = wide.clone();
                        z[i] += step;
                        objective(pool, &z, &plane, &c)
                    };
                    let want = (at(1e-6) - at(-1e-6)) / 2e-6;
                    assert!((f64::from(grad[i]) - want).abs() < 1e-5, "{pool:?} {height}x{width} {i}");
                }
            }
        }
    }
}
