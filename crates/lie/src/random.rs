//! Random numbers with a stable stream: the same generator state gives the same numbers, whatever the crate versions.

use std::f64::consts::TAU;

use rand::Rng;

/// A point of the ball of this radius in this many dimensions, uniformly.
pub fn in_ball<R: Rng + ?Sized>(rng: &mut R, dimension: usize, radius: f64) -> Vec<f64> {
    let mut point: Vec<f64> = (0..dimension).map(|_| normal(rng)).collect();
    let norm = point.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    let scale = radius * uniform(rng).powf(1.0 / dimension.max(1) as f64) / norm;
    point.iter_mut().for_each(|v| *v *= scale);
    point
}

/// A uniform number in [0, 1) with 53 random bits; takes one `u64` from the stream.
pub fn uniform<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Two independent standard normal numbers by the Box–Muller transform; takes two `u64` from the stream.
pub fn normal_pair<R: Rng + ?Sized>(rng: &mut R) -> (f64, f64) {
    // 1 − u lies in (0, 1], so the logarithm is finite.
    let radius = (-2.0 * (1.0 - uniform(rng)).ln()).sqrt();
    let (sin, cos) = (TAU * uniform(rng)).sin_cos();
    (radius * cos, radius * sin)
}

/// A standard normal number; takes two `u64` from the stream.
pub fn normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    normal_pair(rng).0
}

/// Fills a slice with standard normal numbers; takes two `u64` from the stream for every two values.
pub fn fill_normal_f32<R: Rng + ?Sized>(rng: &mut R, out: &mut [f32]) {
    for pair in out.chunks_mut(2) {
        let (first, second) = normal_pair(rng);
        for (slot, value) in pair.iter_mut().zip([first, second]) {
            *slot = value as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn normal_numbers_have_the_right_moments_and_repeat() {
        let draw = || {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let mut values = vec![0.0_f32; 40_001];
            fill_normal_f32(&mut rng, &mut values);
            values
        };
        let values = draw();
        assert_eq!(values, draw());
        let moment = |p: i32| values.iter().map(|&v| f64::from(v).powi(p)).sum::<f64>() / values.len() as f64;
        assert!(moment(1).abs() < 0.02, "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.03);
        assert!(moment(3).abs() < 0.06);
        assert!((moment(4) - 3.0).abs() < 0.15);
    }

    #[test]
    fn uniform_numbers_stay_in_the_half_open_interval() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let values: Vec<f64> = (0..10_000).map(|_| uniform(&mut rng)).collect();
        assert!(values.iter().all(|v| (0.0..1.0).contains(v)));
        let mean = values.iter().sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01);
    }
}
