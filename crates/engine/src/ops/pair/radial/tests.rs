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
