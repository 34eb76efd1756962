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
pub(crate) mod tests {
    use super::*;

    /// All functions and the smooth end in double precision, from the textbook's formula of a B-spline.
    pub(crate) fn reference(d: f64, count: usize, cutoff: Option<f64>) -> (Vec<f64>, f64) {
        let u = cutoff.map_or(d / (d + f64::from(MIDDLE)), |c| (d / c).min(1.0));
        let t = u * (count.max(3) - 3) as f64;
        let spline = |x: f64| ((2.0 - x.abs()).max(0.0).powi(3) - 4.0 * (1.0 - x.abs()).max(0.0).powi(3)) / 6.0;
        let end = if cutoff.is_some() { (1.0 - u * u).powi(3) } else { 1.0 };
        ((0..count).map(|j| spline(t - j as f64 + 1.0)).collect(), end)
    }

    #[test]
    fn functions_agree_with_b_splines_and_their_differences_in_double_precision() {
        for cutoff in [None, Some(3.0f32)] {
            for i in 0..200 {
                let d = i as f32 * 0.0149 + 0.003;
                let (count, wide) = (9, cutoff.map(f64::from));
                let r = Radial::at(d, count, cutoff);
                let (want, end) = reference(f64::from(d), count, wide);
                let (up, up_end) = reference(f64::from(d) + 1e-5, count, wide);
                let (down, down_end) = reference(f64::from(d) - 1e-5, count, wide);
                for j in 0..count {
                    let inside = (r.first..r.first + 4).contains(&j);
                    let (v, s) = if inside { (r.value[j - r.first], r.slope[j - r.first]) } else { (0.0, 0.0) };
                    assert!((f64::from(v) - want[j]).abs() < 2e-6, "function {j} at {d}: {v} not {}", want[j]);
                    let slope = (up[j] - down[j]) / 2e-5;
                    assert!((f64::from(s) - slope).abs() < 2e-4, "slope {j} at {d}: {s} not {slope}");
                }
                assert!((f64::from(r.end) - end).abs() < 2e-6);
                assert!((f64::from(r.end_slope) - (up_end - down_end) / 2e-5).abs() < 2e-4);
                assert!((r.value.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn far_and_coinciding_points_have_values() {
        for d in [0.0, 1e-6, 1e6, 1e30] {
            let r = Radial::at(d, 6, None);
            assert!(r.value.iter().chain(&r.slope).all(|v| v.is_finite()) && r.first <= 2, "{d}: {r:?}");
        }
        assert_eq!(Radial::at(5.0, 6, Some(3.0)).end, 0.0);
    }
}
