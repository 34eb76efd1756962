//! Rows moved by elements of finite order, in pairs with the rows themselves.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::moving::{Moving, Prepared, Side};
use crate::discover::breaking::{Carry, Moved, Movement, Pairs};
use semola_lie::finite::Element;

/// Rows that are moved together.
const CHUNK: usize = 256;

/// Moves each row by one of some elements, or by its inverse.
pub struct Paired<'a> {
    moving: &'a Moving,
    /// Elements and inverses, two by two.
    elements: Vec<Element>,
}

impl<'a> Paired<'a> {
    /// Elements that have no inverse are left out.
    pub fn new<'e>(moving: &'a Moving, elements: impl IntoIterator<Item = &'e Element>) -> Self {
        let both = elements.into_iter().filter_map(|e| Some([e.clone(), e.inverse()?]));
        Self { moving, elements: both.flatten().collect() }
    }

    /// Whether its only element is its own inverse.
    pub fn is_involution(&self) -> bool {
        match self.elements.as_slice() {
            [e, back] => e.inputs == back.inputs && (&e.linear - &back.linear).amax() < 1e-6,
            _ => false,
        }
    }
}

impl Movement for Paired<'_> {
    fn moved(&self, pairs: &Pairs<'_>, rng: &mut ChaCha8Rng) -> Moved {
        let Self { moving, elements } = self;
        let n = pairs.rows.len();
        let chosen: Vec<usize> = (0..n).map(|_| rng.random_range(0..elements.len().max(1))).collect();
        let mut x = pairs.problem.gather_x(&pairs.rows);
        let prepared: Vec<Prepared> = elements.iter().map(|e| moving.prepared(e)).collect();
        on_rows(moving, Side::Inputs, &prepared, &chosen, &mut x);
        let log_dets: Vec<f64> = elements.iter().map(|e| e.linear.determinant().abs().max(1e-300).ln()).collect();
        let weights = pairs.weights(&x, |i| log_dets.get(chosen[i]).copied().unwrap_or(0.0));
        // Elements stand beside their inverses.
        let back = (0..elements.len()).map(|i| moving.prepared(&elements[i ^ 1])).collect();
        let still = moving.about_zero();
        let transposed = elements.iter().map(|e| still.prepared(&e.transpose())).collect();
        Moved { x, weights, carry: Box::new(Back { moving: Moving::clone(moving), still, chosen, back, transposed }) }
    }
}

/// Carries targets of moved rows back by the inverse element. For functions h and residuals r at x,
/// ⟨r, h(x) − ρᵀ h(g x)⟩ changes its sign when the ends are exchanged: the residual at g x is ρ r.
struct Back {
    moving: Moving,
    /// Without translations.
    still: Moving,
    chosen: Vec<usize>,
    back: Vec<Prepared>,
    transposed: Vec<Prepared>,
}

impl Carry for Back {
    fn here(&self, _: &mut [f32]) {}

    fn there(&self, targets: &mut [f32]) {
        on_rows(&self.moving, Side::Targets, &self.back, &self.chosen, targets);
    }

    fn differences_here(&self, _: &mut [f32]) {}

    fn differences_there(&self, values: &mut [f32]) {
        on_rows(&self.still, Side::Targets, &self.transposed, &self.chosen, values);
    }
}

/// Moves each row by the element that is chosen for it.
fn on_rows(moving: &Moving, side: Side, prepared: &[Prepared], chosen: &[usize], rows: &mut [f32]) {
    let rows = rows.par_chunks_exact_mut(moving.width(side).max(1)).zip(chosen).with_min_len(CHUNK);
    rows.for_each(|(row, &i)| {
        if let Some(element) = prepared.get(i) {
            moving.apply_to_row(element, side, row);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::breaking::{First, Law, orthogonality};
    use crate::discover::folds::Folds;
    use crate::fit::Problem;
    use nalgebra::DMatrix;
    use semola_engine::ops::loss::Loss;
    use semola_engine::{Form, Layout, Streams};
    use semola_lie::action::Action;
    use semola_lie::random::normal;

    const ROWS: usize = 4000;

    /// Vectors of the plane under a law that no mirror keeps, and vectors as targets, with noise.
    fn problem(seed: u64, target: impl Fn([f32; 2]) -> [f32; 2]) -> Problem {
        let mut rng = Streams::new(seed).get("test", 0);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for _ in 0..ROWS {
            let row = [0.4 + 1.3 * normal(&mut rng) as f32, 0.7 * normal(&mut rng) as f32];
            y.extend(target(row).map(|v| v + 0.4 * normal(&mut rng) as f32));
            x.extend(row);
        }
        let planar = Form { action: Action::Vector { dim: 2 }, axes: vec![2], ragged: false, translation_scale: 1.0 };
        let of = || Layout::arrange((2, 2), std::slice::from_ref(&planar), None);
        Problem::new((x, of()), (y, of()), None, Loss::Mse)
    }

    /// Standard errors of T with badly wrong functions in both places.
    fn z(problem: &Problem, matrix: &DMatrix<f64>) -> f64 {
        let all: Vec<usize> = (0..ROWS).collect();
        let streams = Streams::new(5);
        let folds = Folds::deal(problem, &all, 3, "test", &mut streams.get("folds", 0)).unwrap();
        let law = Law::of(problem, &all);
        let pairs = Pairs::new(problem, law, all, &folds, &mut streams.get("rows", 0));
        let moving = Moving::of(problem, &pairs.rows);
        let by = Paired::new(&moving, [&moving.linear(matrix.clone())]);
        let wrong =
            |x: &[f32], _: &[usize]| x.chunks_exact(2).flat_map(|x| [x[1] + 0.4, x[0] * x[1]]).collect::<Vec<_>>();
        orthogonality(&pairs, &by, &First::Residual(&wrong), &wrong, 2, &streams).mean.z()
    }

    /// An oblique mirror, (a, b) to (a + 0.6 b, −b), carries neither lengths nor transposes of itself; f(x) = x |b| is equivariant under it.
    #[test]
    fn under_the_symmetry_the_mean_is_zero_for_oblique_elements_too() {
        let oblique = DMatrix::from_row_slice(2, 2, &[1.0, 0.6, 0.0, -1.0]);
        let moved = Paired::new(&Moving::of(&problem(0, |x| x), &[0]), [&Element::linear(oblique.clone(), 1, 1)])
            .is_involution();
        assert!(moved);
        let under = |seed| z(&problem(seed, |x| x.map(|v| v * x[1].abs())), &oblique);
        let all: Vec<f64> = (0..8).map(under).collect();
        assert!(all.iter().all(|z| z.abs() < 3.5), "{all:?}");
        assert!(all.iter().map(|z| z * z).sum::<f64>() / 8.0 < 2.5, "{all:?}");
        // What is odd where it should be even.
        let broken = z(&problem(1, |x| [x[1] + 0.4, x[0] * x[1]]), &oblique);
        assert!(broken > 5.0, "{broken}");
    }

    #[test]
    fn elements_of_higher_order_move_forth_and_back() {
        let quarter = DMatrix::from_row_slice(2, 2, &[0.0, -1.0, 1.0, 0.0]);
        let problem = problem(2, |x| x);
        let moving = Moving::of(&problem, &[0, 1]);
        let by = Paired::new(&moving, [&moving.linear(quarter.clone())]);
        assert!(!by.is_involution());
        let folds =
            Folds::deal(&problem, &(0..30).collect::<Vec<_>>(), 3, "test", &mut Streams::new(1).get("folds", 0))
                .unwrap();
        let law = Law::of(&problem, &(0..ROWS).collect::<Vec<_>>());
        let pairs = Pairs::new(&problem, law, (0..30).collect(), &folds, &mut Streams::new(1).get("rows", 0));
        let moved = pairs.moved(&by, &mut Streams::new(3).get("rows", 0));
        let mut back = moved.x.clone();
        moved.carry.there(&mut back);
        assert!(back.iter().zip(&pairs.x).all(|(a, b)| (a - b).abs() < 1e-6), "targets turn as inputs do");
        let turned = |row: &[f32], m: &[f32], sign: f32| m[0] == -sign * row[1] && m[1] == sign * row[0];
        let rows = || pairs.x.chunks_exact(2).zip(moved.x.chunks_exact(2));
        assert!(rows().all(|(x, m)| turned(x, m, 1.0) || turned(x, m, -1.0)));
        assert!(rows().any(|(x, m)| turned(x, m, 1.0)) && rows().any(|(x, m)| turned(x, m, -1.0)));
    }
}
