//! Rotations in skewed coordinates.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace, turns_of_space};
use super::vectors::{dot, half_cloud, vectors};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "hidden-rotation",
    summary: "three vectors in skewed coordinates of R^3 to a vector; so(3), conjugated",
    dial: None,
    make: Make::Vectors(|_| Box::new(HiddenRotation)),
};

/// The skewed coordinates are x = P z; the condition number of P is about 2.1.
const P: [[f64; 3]; 3] = [[1.5, 0.5, 0.0], [0.0, 1.0, 0.5], [0.25, 0.0, 1.0]];
/// P⁻¹, with the determinant 1.5625 of P.
const INVERSE: [[f64; 3]; 3] = [[0.64, -0.32, 0.16], [0.08, 0.96, -0.48], [-0.16, 0.08, 0.96]];

/// Three vectors in R³ → a vector, equivariant under P R P⁻¹ for every rotation R.
pub(super) struct HiddenRotation;

impl Task for HiddenRotation {
    fn truth(&self) -> Truth {
        let hidden = |flat: Vec<f64>| product(&product(&P, &vectors::<3, 3>(&flat)), &INVERSE).concat();
        let generators: Vec<Vec<f64>> = turns_of_space(3).into_iter().map(hidden).collect();
        Truth::new(TruthSpace::Gl(3), TargetAction::Vector, "so(3)", &generators)
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let cloud = half_cloud(3, 3, split, rng);
        vectors::<3, 3>(&cloud).iter().flat_map(|v| apply(&P, v)).collect()
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let [a, b, c] = vectors::<3, 3>(input).map(|v| apply(&INVERSE, &v));
        let (u, v) = (dot(&a, &b).tanh(), 1.0 / (1.0 + dot(&c, &c) / 3.0));
        let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
        let sum = std::array::from_fn(|i| u * c[i] + v * a[i] + 0.5 * b[i] + 0.3 * cross[i]);
        apply(&P, &sum).to_vec()
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}

fn apply(matrix: &[[f64; 3]; 3], vector: &[f64; 3]) -> [f64; 3] {
    std::array::from_fn(|i| dot(&matrix[i], vector))
}

fn product(a: &[[f64; 3]; 3], b: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|m| a[i][m] * b[m][j]).sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_is_the_inverse() {
        for (i, row) in product(&P, &INVERSE).iter().enumerate() {
            for (j, value) in row.iter().enumerate() {
                assert!((value - if i == j { 1.0 } else { 0.0 }).abs() < 1e-12);
            }
        }
    }
}
