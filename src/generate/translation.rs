//! A function of points that is invariant under translations.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::stream::normals;
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace, shifts};
use super::vectors::{minus, vectors};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "translation",
    summary: "four points in R^2 to a scalar; t(2)",
    dial: None,
    make: Make::Vectors(|_| Box::new(Translation)),
};

/// Four points in R² → a scalar made of their differences. The shifted cloud lies elsewhere.
pub(super) struct Translation;

impl Task for Translation {
    fn truth(&self) -> Truth {
        Truth::new(TruthSpace::Affine(2), TargetAction::Scalar, "t(2)", &shifts(2))
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let mut points = normals(rng, 8);
        if split == Split::Shifted {
            let offset = normals(rng, 2);
            points.iter_mut().zip(offset.iter().cycle()).for_each(|(p, o)| *p += 3.0 * o);
        }
        points
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let [origin, others @ ..] = vectors::<2, 4>(input);
        let [a, b, c] = others.map(|p| minus(&p, &origin));
        vec![
            (a[0] + 0.5 * b[1]).tanh()
                + 0.6 * (c[0] - 0.7 * a[1]).sin()
                + 0.15 * b[0] * c[1]
                + 0.3 * (b[1] * a[1]).tanh(),
        ]
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
