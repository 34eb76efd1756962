//! The classical Runge–Kutta method of fourth order.

/// The state after `time`, in `steps` equal steps of y' = f(y).
pub(super) fn integrate<const N: usize>(
    mut state: [f64; N],
    time: f64,
    steps: usize,
    rate: impl Fn(&[f64; N]) -> [f64; N],
) -> [f64; N] {
    let h = time / steps as f64;
    let along = |y: &[f64; N], k: &[f64; N], h: f64| std::array::from_fn::<f64, N, _>(|i| y[i] + h * k[i]);
    for _ in 0..steps {
        let k1 = rate(&state);
        let k2 = rate(&along(&state, &k1, h / 2.0));
        let k3 = rate(&along(&state, &k2, h / 2.0));
        let k4 = rate(&along(&state, &k3, h));
        state = std::array::from_fn(|i| state[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_an_oscillator_with_an_error_of_fourth_order() {
        let error = |steps| {
            let end = integrate([1.0, 0.0], 1.0, steps, |[q, p]| [*p, -q]);
            (end[0] - 1.0_f64.cos()).hypot(end[1] + 1.0_f64.sin())
        };
        assert!(error(100) < 1e-9);
        assert!((error(10) / error(20) - 16.0).abs() < 2.0);
    }
}
