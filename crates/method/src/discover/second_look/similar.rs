//! How near a span has to be to a standard algebra.

/// Largest principal angle (radians) to a standard algebra. Wider than for what the audit accepts: the algebra itself
/// is tested, not the span. Random spans of several directions are hardly ever this near.
pub(super) const SIMILAR: f64 = 0.35;
/// Directions of circles may be as far off as one in this many random directions is from the nearest one: for images
/// rotated by up to 45°, for example, the flow along ellipses is as good as that along circles.
const ONE_IN: f64 = 20.0;
/// Number of parts of the quarter turn in sums over angles.
const PARTS: usize = 2000;

/// The angle within which one in [`ONE_IN`] random directions of a space of that dimension lies to any of this many
/// given ones, at least [`SIMILAR`]: ∫₀^θ sin^(p−2) = ∫₀^(π/2) sin^(p−2) / (ONE_IN · many), an upper bound because of
/// overlaps.
pub(super) fn similar_direction(dimension: usize, many: usize) -> f64 {
    let step = std::f64::consts::FRAC_PI_2 / PARTS as f64;
    let height = |i: usize| ((i as f64 + 0.5) * step).sin().powf(dimension as f64 - 2.0);
    let whole: f64 = (0..PARTS).map(height).sum();
    let mut sum = 0.0;
    for i in 0..PARTS {
        sum += height(i);
        if sum >= whole / (ONE_IN * many.max(1) as f64) {
            return (i as f64 * step).max(SIMILAR);
        }
    }
    SIMILAR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_twenty_directions_are_that_near_to_any_of_the_circles() {
        use rand::RngExt;
        let mut rng = semola_engine::Streams::new(3).get("test", 0);
        for (dimension, many) in [(4, 1), (6, 1), (9, 3), (16, 6)] {
            let limit = similar_direction(dimension, many);
            let near = (0..20_000).filter(|_| {
                let v: Vec<f64> =
                    (0..dimension).map(|_| (0..12).map(|_| rng.random_range(-0.5..0.5)).sum::<f64>()).collect();
                let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
                v[..many].iter().any(|x| x.abs() >= limit.cos() * norm)
            });
            let share = near.count() as f64 / 20_000.0;
            let expected = if limit > SIMILAR { 0.03..0.056 } else { 0.0..0.056 };
            assert!(expected.contains(&share), "{dimension}, {many}: {share} within {limit}");
        }
    }
}
