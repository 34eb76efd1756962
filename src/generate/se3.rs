//! A function of points that is invariant under rigid motions.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::stream::normals;
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace, shifts, turns_of_space};
use super::vectors::{dot, half_cloud, minus, vectors};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "se3",
    summary: "four points in R^3 to a scalar; se(3)",
    dial: None,
    make: Make::Vectors(|_| Box::new(Se3)),
};

/// Four points in R³ → a scalar made of their distances. The shifted cloud lies elsewhere and is turned.
pub(super) struct Se3;

impl Task for Se3 {
    fn truth(&self) -> Truth {
        let rigid: Vec<Vec<f64>> = turns_of_space(4).into_iter().chain(shifts(3)).collect();
        Truth::new(TruthSpace::Affine(3), TargetAction::Scalar, "se(3)", &rigid)
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let mut points = half_cloud(4, 3, split, rng);
        if split == Split::Shifted {
            let offset = normals(rng, 3);
            points.iter_mut().zip(offset.iter().cycle()).for_each(|(p, o)| *p += 3.0 * o);
        }
        points
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let points = vectors::<3, 4>(input);
        let apart = |i: usize, j: usize| {
            let d = minus(&points[i], &points[j]);
            (dot(&d, &d) + 0.01).sqrt()
        };
        let near = (-apart(0, 1) / 2.0).exp() + 0.5 * (apart(0, 2) - apart(1, 3)).sin();
        vec![2.0 * near + 0.3 * apart(1, 2) / (1.0 + apart(2, 3)) + 0.4 * (apart(0, 3) - 2.0).tanh()]
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
