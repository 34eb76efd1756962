//! Joint discovery of a basis: half of each batch along random elements of the group that it generates.

use semola_engine::{Along, Batch, Pass, Streams};
use semola_lie::random::normal;

use super::{Lesson, Predict, Step, Trains, halves};
use crate::fit::basis::{Basis, Regulariser, chain};
use crate::fit::problem::Problem;
use crate::fit::state::Progress;
use semola_engine::ops::{augment, loss};

/// Steps between estimates of the network's error.
const LOOK: usize = 5;
/// Cap on a row's loss, in medians, when the error of the network is measured.
const TAIL: f32 = 100.0;

/// Joint discovery of a basis.
#[derive(Debug, Clone)]
pub struct LearnedPlan {
    /// Whitened basis E' of the search space, p matrices of side², row-major: a unit coefficient moves the data by its
    /// own size.
    pub directions: Vec<f32>,
    /// p.
    pub count: usize,
    /// Number of generators C.
    pub generators: usize,
    /// Standard deviation s of the coefficients.
    pub scale: f64,
    /// λ_eq.
    pub weight: f64,
    /// λ_reg; `None` derives it from the network's own error and from the cost of random directions.
    pub resolution: Option<f64>,
    pub regulariser: Regulariser,
    pub basis_lr: f64,
    /// Number of initial steps with a frozen basis.
    pub freeze: usize,
}

/// Lower bound of the resolution: by the end of training, a direction that costs more than twice λ_reg vanishes, so one
/// that costs a fifth of random directions survives.
const FINEST: f64 = 0.1;

/// Upper bound of the resolution: a direction that costs half of random directions vanishes.
const COARSEST: f64 = 0.25;

impl LearnedPlan {
    /// λ_reg: as given, or e²/s² with the network's own (bounded mean) error e², within bounds that follow from the
    /// cost of random directions.
    pub fn resolution_in_force(&self, basis: &Basis) -> f64 {
        let own = basis.task_loss.unwrap_or(1.0);
        let random = (basis.random_loss.unwrap_or(own) - own).max(1e-9);
        self.resolution.unwrap_or((own / self.scale.powi(2)).clamp(FINEST * random, COARSEST * random))
    }
}

/// Training along a plan.
pub(super) struct Joint<'p>(pub &'p LearnedPlan);

impl Joint<'_> {
    /// Task loss of rows that are each moved along their own random direction of strength 1.
    fn random_loss(&self, step: &Step<'_>, rows: &[usize], predict: Predict<'_>) -> f64 {
        let (plan, problem) = (self.0, step.problem);
        let mut rng = step.streams.get("random-directions", step.step as u64);
        let mut w = Vec::with_capacity(rows.len() * plan.count);
        for _ in rows {
            let direction: Vec<f64> = (0..plan.count).map(|_| normal(&mut rng)).collect();
            let norm = direction.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            let size = plan.scale * normal(&mut rng) / norm;
            w.extend(direction.iter().map(|v| (size * v) as f32));
        }
        let moved = |rows: &[f32], layout| augment::forward(&plan.directions, &w, rows, layout);
        let x = moved(&problem.gather_x(rows), &problem.x_layout);
        let y = moved(&problem.gather_y(rows), &problem.y_layout);
        bounded_loss(problem, &y, &predict(&x))
    }
}

impl Trains for Joint<'_> {
    fn start(&self, streams: &Streams, progress: &mut Progress) {
        let mut rng = streams.get("basis", 0);
        progress.basis = Some(Basis::new(self.0.generators, self.0.count, &mut rng));
    }

    fn lesson<'a>(&self, step: &Step<'a>, predict: Predict<'_>, progress: &Progress) -> Lesson<'a> {
        let (plan, problem, (kept, moved)) = (self.0, step.problem, halves(step.rows.len()));
        let (x, y) = step.gathered();
        let mut rng = step.streams.get("coefficients", step.step as u64);
        // Coefficients are 0 for rows that stay as they are.
        let mut w = vec![0.0; kept * plan.generators];
        w.extend((0..moved * plan.generators).map(|_| (plan.scale * normal(&mut rng)) as f32));
        let mut weights = vec![1.0 / kept as f32; kept];
        weights.extend(vec![plan.weight as f32 / moved as f32; moved]);
        let y = step.aimed_at(&x, y, kept, predict);
        let along = Along {
            w,
            generators: progress.basis.as_ref().map(|b| b.combine(&plan.directions)).unwrap_or_default(),
            x_layout: &problem.x_layout,
            y_layout: Some(&problem.y_layout),
        };
        let look = step.step.is_multiple_of(LOOK) && kept > 0;
        let random_loss = look.then(|| self.random_loss(step, &step.rows[..kept], predict));
        Lesson { batch: Batch { x, y, weights, loss: problem.loss, along: Some(along) }, random_loss }
    }

    fn learn(&self, step: &Step<'_>, pass: &Pass, random_loss: Option<f64>, progress: &mut Progress) {
        let (plan, Some(basis)) = (self.0, &mut progress.basis) else { return };
        if let Some(random) = random_loss {
            let kept = &step.rows[..halves(step.rows.len()).0];
            basis.watch(bounded_loss(step.problem, &step.problem.gather_y(kept), &pass.outputs), random);
        }
        let Some(of_l) = &pass.generators else { return };
        if step.step < plan.freeze {
            return;
        }
        let grad = chain(of_l, &plan.directions, plan.count);
        let t = (step.step - plan.freeze) as f64 / (0.8 * (step.steps - plan.freeze).max(1) as f64);
        let epsilon = 0.1 * 5f64.powf(t.min(1.0));
        let resolution = plan.resolution_in_force(basis);
        let (lr, clip) = (plan.basis_lr * step.factor, step.optimizer.clip);
        basis.update(&grad, &plan.regulariser, resolution, epsilon, lr, clip);
        if step.step.is_multiple_of(2) {
            basis.cap();
        }
    }
}

/// Task loss of the rows of `y`, given at least as many predictions: the mean, with each row's loss capped at [`TAIL`]
/// times the median, because a single corrupted row would otherwise set the resolution. It is not the median: the cost
/// of an augmentation is a mean too, which for heavy-tailed errors is many times the median.
fn bounded_loss(problem: &Problem, y: &[f32], pred: &[f32]) -> f64 {
    bounded_mean(loss::rows(problem.loss, pred, y, problem.outputs()))
}

fn bounded_mean(mut losses: Vec<f32>) -> f64 {
    losses.sort_by(f32::total_cmp);
    let most = losses.get(losses.len() / 2).map_or(0.0, |median| TAIL * median);
    losses.iter().map(|l| f64::from(l.min(most))).sum::<f64>() / losses.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;

    #[test]
    fn the_resolution_follows_the_error_between_bounds_set_by_random_directions() {
        let plan = LearnedPlan {
            directions: vec![0.0; 4],
            count: 1,
            generators: 1,
            scale: 0.25,
            weight: 1.0,
            resolution: None,
            regulariser: Regulariser { support: DMatrix::zeros(1, 1), support_weight: 0.0 },
            basis_lr: 5e-3,
            freeze: 0,
        };
        let at = |own: f64, random: f64| {
            let mut basis = Basis::new(1, 1, &mut Streams::new(1).get("test", 0));
            basis.watch(own, random);
            plan.resolution_in_force(&basis)
        };
        assert!((at(0.01, 1.01) - 0.16).abs() < 1e-12, "e²/s²");
        assert!(
            (at(1e-6, 1.0) - 0.1).abs() < 1e-6,
            "a small error does not make it finer than random directions allow"
        );
        assert!((at(0.5, 1.5) - 0.25).abs() < 1e-12, "nor a large one coarser");
        assert!(at(0.5, 0.4) <= 1e-9, "where random directions cost nothing, nothing is told apart");
        assert_eq!(
            LearnedPlan { resolution: Some(0.3), ..plan.clone() }.resolution_in_force(&Basis::new(
                1,
                1,
                &mut Streams::new(1).get("test", 0)
            )),
            0.3
        );
    }

    #[test]
    fn a_corrupted_row_counts_a_hundred_medians_and_tails_count_as_they_are() {
        assert!((bounded_mean(vec![1.0, 1.0, 2.0, 60.0]) - 16.0).abs() < 1e-9);
        assert!((bounded_mean(vec![1.0, 1.0, 1.0, 1e9]) - 103.0 / 4.0).abs() < 1e-5);
        assert_eq!(bounded_mean(Vec::new()), 0.0);
    }
}
