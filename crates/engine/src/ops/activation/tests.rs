use super::*;

fn reference(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Relu => x.max(0.0),
        Activation::Tanh => x.tanh(),
        Activation::Gelu => 0.5 * x * (1.0 + (0.797_884_560_802_865_4 * (x + 0.044715 * x * x * x)).tanh()),
    }
}

#[test]
fn values_and_slopes_agree_with_finite_differences_in_double_precision() {
    for activation in [Activation::Silu, Activation::Relu, Activation::Tanh, Activation::Gelu] {
        let xs: Vec<f32> = (-400..=400).map(|i| i as f32 * 0.05 + 0.001).collect();
        let (mut z, mut slope) = (xs.clone(), vec![0.0; xs.len()]);
        apply(activation, &mut z, &mut slope);
        for ((&x, &a), &d) in xs.iter().zip(&z).zip(&slope) {
            let x = f64::from(x);
            let h = 1e-5;
            let want = reference(activation, x);
            let want_slope = (reference(activation, x + h) - reference(activation, x - h)) / (2.0 * h);
            assert!((f64::from(a) - want).abs() < 1e-6 * (1.0 + want.abs()), "{activation:?}({x}) = {a}, not {want}");
            assert!((f64::from(d) - want_slope).abs() < 3e-6, "{activation:?}'({x}) = {d}, not {want_slope}");
        }
    }
}

#[test]
fn the_exponential_is_accurate_and_never_overflows() {
    for i in -870..=880 {
        let x = i as f32 * 0.1;
        let want = f64::from(x).exp();
        assert!((f64::from(exp(x)) / want - 1.0).abs() < 5e-7, "exp({x})");
    }
    assert!(exp(1e9).is_finite() && exp(-1e9) >= 0.0);
}

#[test]
fn an_empty_slope_is_skipped() {
    let mut z = vec![-1.0, 2.0];
    apply(Activation::Relu, &mut z, &mut []);
    assert_eq!(z, [0.0, 2.0]);
}
