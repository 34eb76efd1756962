//! Products of vectors that a group leaves as they are.

/// All ⟨vᵢ, vⱼ⟩ = Σ_a metric_a vᵢ_a vⱼ_a with i ≤ j, of the vectors of length `metric.len()` in `x`, row by row.
pub fn products(x: &[f64], metric: &[f64]) -> Vec<f64> {
    let vectors: Vec<&[f64]> = x.chunks_exact(metric.len()).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).zip(metric).map(|((a, b), m)| m * a * b).sum::<f64>();
    vectors.iter().enumerate().flat_map(|(i, a)| vectors[i..].iter().map(move |b| dot(a, b))).collect()
}

/// The differences xᵢ − x₀ of the points of R^k in `x`, one after the other.
pub fn differences(x: &[f64], k: usize) -> Vec<f64> {
    let (first, rest) = x.split_at(k);
    rest.chunks_exact(k).flat_map(|point| point.iter().zip(first).map(|(a, b)| a - b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_differences() {
        assert_eq!(products(&[2.0, 1.0, 3.0, 5.0], &[1.0, -1.0]), [3.0, 1.0, -16.0]);
        assert_eq!(differences(&[1.0, 2.0, 4.0, 4.0, 0.0, 0.0], 2), [3.0, 2.0, -1.0, -2.0]);
    }
}
