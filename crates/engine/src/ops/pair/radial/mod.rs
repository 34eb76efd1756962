//! Smooth functions of a distance: cubic B-splines and a smooth end.
//!
//! A distance `d ≥ 0` becomes `u = d / cutoff`, or without a cutoff `u = d / (d + 2)`: all distances then fit into [0, 1)
//! and half of the functions lie below a distance of 2 (prepared units). `K` cubic B-splines stand side by side on [0, 1]
//! (uniform knots, centres at `(j - 1) / (K - 3)`); they are twice continuously differentiable, sum to 1, and only four
//! of them differ from 0 anywhere, which makes them four times cheaper than as many Gaussians. A cutoff multiplies
//! messages by `(1 - u²)³`, which ends with two continuous derivatives.

/// Fewest functions that cubic splines are made of.
pub const FEWEST: usize = 4;
/// Without a cutoff, the distance in the middle of [0, 1).
pub const MIDDLE: f32 = 2.0;
/// Added to squared distances, so that their root has a derivative where points coincide.
pub const SOFTENING: f32 = 1e-12;

/// The four functions that differ from 0 at a distance, and the smooth end, each with its derivative by the distance.
#[derive(Debug, Clone, Copy, Default)]
pub struct Radial {
    /// The first of the four.
    pub first: usize,
    pub value: [f32; 4],
    pub slope: [f32; 4],
    /// The smooth end: 1 without a cutoff, 0 beyond it.
    pub end: f32,
    pub end_slope: f32,
}

impl Radial {
    /// The functions out of `count` at a distance.
    #[inline(always)]
    pub fn at(d: f32, count: usize, cutoff: Option<f32>) -> Self {
        let (u, u_slope) = match cutoff {
            Some(cutoff) => ((d / cutoff).min(1.0), 1.0 / cutoff),
            None => (d / (d + MIDDLE), MIDDLE / ((d + MIDDLE) * (d + MIDDLE))),
        };
        let (end, end_slope) = match cutoff {
            Some(_) => {
                let rest = 1.0 - u * u;
                (rest * rest * rest, -6.0 * u * rest * rest * u_slope)
            }
            None => (1.0, 0.0),
        };
        if count == 0 {
            return Self { end, end_slope, ..Self::default() };
        }
        let cells = (count.max(FEWEST) - 3) as f32;
        let t = u * cells;
        let cell = t.floor().min(cells - 1.0).max(0.0);
        let (f, s) = (t - cell, cells * u_slope / 6.0);
        let (g, ff) = (1.0 - f, f * f);
        let value = [
            g * g * g / 6.0,
            (3.0 * ff * f - 6.0 * ff + 4.0) / 6.0,
            (-3.0 * ff * f + 3.0 * ff + 3.0 * f + 1.0) / 6.0,
            ff * f / 6.0,
        ];
        let slope = [-3.0 * g * g * s, (9.0 * ff - 12.0 * f) * s, (-9.0 * ff + 6.0 * f + 3.0) * s, 3.0 * ff * s];
        Self { first: cell as usize, value, slope, end, end_slope }
    }
}

#[cfg(test)]
pub(crate) mod tests;
