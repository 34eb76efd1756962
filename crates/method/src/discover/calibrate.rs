//! Losses of classifiers without the cost of overconfidence.
//!
//! A network that is trained long becomes overconfident, and any augmentation, right or wrong, reduces this somewhat.
//! To compare what networks know, their logits are first divided by the temperature that fits them best (Guo et al.,
//! *On calibration of modern neural networks*, ICML 2017).

/// Steps of the golden-section search; each shrinks the interval by the factor 0.618.
const STEPS: usize = 40;
/// Range of the logarithm of the temperature.
const RANGE: (f64, f64) = (-3.0, 5.0);

/// Cross-entropy of each row of logits (rows×classes), at the temperature that minimises their mean. `y` is one-hot.
pub fn calibrated_losses(logits: &[f32], y: &[f32], classes: usize) -> Vec<f64> {
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let mean = |log: f64| losses(logits, y, classes, log.exp()).iter().sum::<f64>();
    let (mut low, mut high) = RANGE;
    let (mut a, mut b) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_a, mut at_b) = (mean(a), mean(b));
    for _ in 0..STEPS {
        if at_a < at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - ratio * (high - low);
            at_a = mean(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + ratio * (high - low);
            at_b = mean(b);
        }
    }
    losses(logits, y, classes, f64::midpoint(low, high).exp())
}

fn losses(logits: &[f32], y: &[f32], classes: usize, temperature: f64) -> Vec<f64> {
    let row = |(z, t): (&[f32], &[f32])| {
        let z: Vec<f64> = z.iter().map(|v| f64::from(*v) / temperature).collect();
        let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log_sum = top + z.iter().map(|v| (v - top).exp()).sum::<f64>().ln();
        z.iter().zip(t).map(|(v, t)| f64::from(*t) * (log_sum - v)).sum()
    };
    logits.chunks_exact(classes).zip(y.chunks_exact(classes)).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overconfidence_costs_nothing_and_wrong_answers_do() {
        // Three of four rows right, by the same margin: the best probability of the first class is 3/4.
        let y: Vec<f32> = [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]].concat();
        let best = -(0.75 * 0.75f64.ln() + 0.25 * 0.25f64.ln());
        for margin in [0.3f32, 1.0, 30.0] {
            let logits: Vec<f32> = [margin, 0.0].repeat(4);
            let found = calibrated_losses(&logits, &y, 2).iter().sum::<f64>() / 4.0;
            assert!((found - best).abs() < 1e-6, "{margin}: {found} not {best}");
        }
        let right: Vec<f32> = [[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 2.0]].concat();
        assert!(calibrated_losses(&right, &y, 2).iter().sum::<f64>() < 1e-6);
    }
}
