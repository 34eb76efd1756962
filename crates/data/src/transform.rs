//! Invertible changes of the numbers of a field.

use serde::{Deserialize, Serialize};

/// One invertible change of a field: `prepared = change(physical)`.
///
/// Lists that are shorter than a row are repeated along it (one k-vector for all blocks).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// x ↦ x − shift.
    Shift(Vec<f64>),
    /// x ↦ x / scale.
    ScaleBy(f64),
    /// x ↦ (x − mean) / std, component by component.
    Standardise { mean: Vec<f64>, std: Vec<f64> },
    /// x ↦ x − `shifts[row]`, where each row has `block` numbers of its own in `shifts`.
    PerRow { block: usize, shifts: Vec<f64> },
    /// x ↦ x / `scales[row]`.
    PerRowScale { scales: Vec<f64> },
    /// v ↦ v · asinh(|v| / size) / |v| for each block v of `block` numbers: linear where |v| ≪ size, logarithmic beyond.
    Compress { block: usize, size: f64 },
}

impl Transform {
    /// The change of the kept rows, in their order (`rows` may repeat).
    pub fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::PerRow { block, shifts } => {
                let row = |&r: &usize| shifts.get(r * block..(r + 1) * block).unwrap_or(&[]).iter().copied();
                Self::PerRow { block: *block, shifts: rows.iter().flat_map(row).collect() }
            }
            Self::PerRowScale { scales } => {
                Self::PerRowScale { scales: rows.iter().map(|&r| scales.get(r).copied().unwrap_or(1.0)).collect() }
            }
            other => other.clone(),
        }
    }

    /// After how many values of a row the change repeats; 1 where all values are changed alike.
    pub fn period(&self) -> usize {
        match self {
            Self::Shift(shift) => shift.len(),
            Self::Standardise { mean, .. } => mean.len(),
            Self::PerRow { block, .. } | Self::Compress { block, .. } => *block,
            Self::ScaleBy(_) | Self::PerRowScale { .. } => 1,
        }
    }

    /// Whether sums and differences of changed values are changes of sums and differences, but for a constant.
    pub fn is_affine(&self) -> bool {
        !matches!(self, Self::Compress { .. })
    }

    /// The part of an affine change that differences of two values see: without the shift.
    pub fn scale_only(&self) -> Option<Self> {
        match self {
            Self::Shift(_) | Self::PerRow { .. } => None,
            Self::Standardise { mean, std } => {
                Some(Self::Standardise { mean: vec![0.0; mean.len()], std: std.clone() })
            }
            other => Some(other.clone()),
        }
    }

    /// Applies the change to one row.
    pub fn forward(&self, row: usize, values: &mut [f64]) {
        match self {
            Self::Shift(shift) => tile(values, shift, |x, s| x - s),
            Self::ScaleBy(scale) => values.iter_mut().for_each(|x| *x /= scale),
            Self::Standardise { mean, std } => {
                tile(values, mean, |x, m| x - m);
                tile(values, std, |x, s| x / s);
            }
            Self::PerRow { .. } => tile(values, self.row_shift(row), |x, s| x - s),
            Self::PerRowScale { scales } => tile(values, one(scales, row), |x, s| x / s),
            Self::Compress { block, size } => {
                blocks(values, *block, |norm| if norm > 0.0 { (norm / size).asinh() / norm } else { 1.0 / size });
            }
        }
    }

    /// Undoes the change on one row.
    pub fn inverse(&self, row: usize, values: &mut [f64]) {
        match self {
            Self::Shift(shift) => tile(values, shift, |x, s| x + s),
            Self::ScaleBy(scale) => values.iter_mut().for_each(|x| *x *= scale),
            Self::Standardise { mean, std } => {
                tile(values, std, |x, s| x * s);
                tile(values, mean, |x, m| x + m);
            }
            Self::PerRow { .. } => tile(values, self.row_shift(row), |x, s| x + s),
            Self::PerRowScale { scales } => tile(values, one(scales, row), |x, s| x * s),
            Self::Compress { block, size } => {
                blocks(values, *block, |norm| if norm > 0.0 { size * (norm.sinh() / norm) } else { *size });
            }
        }
    }

    fn row_shift(&self, row: usize) -> &[f64] {
        match self {
            Self::PerRow { block, shifts } => shifts.get(row * block..(row + 1) * block).unwrap_or(&[]),
            _ => &[],
        }
    }
}

/// Multiplies each block by a factor that depends on its Euclidean norm.
fn blocks(values: &mut [f64], block: usize, factor: impl Fn(f64) -> f64) {
    for v in values.chunks_mut(block.max(1)) {
        let factor = factor(v.iter().fold(0.0_f64, |norm, x| norm.hypot(*x)));
        v.iter_mut().for_each(|x| *x *= factor);
    }
}

fn one(numbers: &[f64], row: usize) -> &[f64] {
    numbers.get(row..=row).unwrap_or(&[])
}

/// `x = op(x, pattern)`, the pattern repeated along the values.
fn tile(values: &mut [f64], pattern: &[f64], op: impl Fn(f64, f64) -> f64) {
    for (x, &p) in values.iter_mut().zip(pattern.iter().cycle()) {
        *x = op(*x, p);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes_forward() {
        let changes = [
            Transform::Shift(vec![1.0, -2.0]),
            Transform::ScaleBy(3.5),
            Transform::Standardise { mean: vec![1.0, 2.0, 3.0, 4.0], std: vec![0.5, 2.0, 1.0, 4.0] },
            Transform::PerRow { block: 2, shifts: vec![9.0, 9.0, 5.0, 6.0] },
            Transform::PerRowScale { scales: vec![1.0, 4.0] },
            Transform::Compress { block: 2, size: 0.7 },
        ];
        for change in changes {
            let mut row = [1.0, 2.0, 3.0, 4.0];
            change.forward(1, &mut row);
            assert_ne!(row, [1.0, 2.0, 3.0, 4.0]);
            change.inverse(1, &mut row);
            row.iter().zip([1.0, 2.0, 3.0, 4.0]).for_each(|(a, b)| assert!((a - b).abs() < 1e-12));
        }
    }

    #[test]
    fn compressing_keeps_directions_and_takes_logarithms_of_large_sizes() {
        let change = Transform::Compress { block: 2, size: 2.0 };
        let mut row = [3e-9, 4e-9, -3e200, 4e200, 0.0, 0.0];
        change.forward(0, &mut row);
        let large = (2.0 * 5e200_f64 / 2.0).ln();
        let wanted = [1.5e-9, 2e-9, -0.6 * large, 0.8 * large, 0.0, 0.0];
        row.iter().zip(wanted).for_each(|(a, b)| assert!((a - b).abs() <= 1e-12 * b.abs(), "{a} {b}"));
        change.inverse(0, &mut row);
        row.iter()
            .zip([3e-9, 4e-9, -3e200, 4e200, 0.0, 0.0])
            .for_each(|(a, b)| assert!((a - b).abs() <= 1e-9 * b.abs()));
    }

    #[test]
    fn rows_carry_their_own_shifts() {
        let change = Transform::PerRow { block: 1, shifts: vec![1.0, 2.0, 3.0] };
        assert_eq!(change.take(&[2, 0]), Transform::PerRow { block: 1, shifts: vec![3.0, 1.0] });
        let change = Transform::PerRowScale { scales: vec![1.0, 2.0, 3.0] };
        assert_eq!(change.take(&[2, 0]), Transform::PerRowScale { scales: vec![3.0, 1.0] });
    }
}
