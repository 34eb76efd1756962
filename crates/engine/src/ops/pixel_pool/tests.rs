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
