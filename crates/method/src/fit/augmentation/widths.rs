//! Learned widths of fixed generators (Benton et al. 2020).

use rand::RngExt;
use semola_engine::{Along, Batch, Pass, Streams};

use super::{Lesson, Predict, Step, Trains, halves};
use crate::fit::state::Progress;

/// Initial widths.
const FIRST: f64 = 0.05;

/// Learned widths of fixed generators (Benton et al. 2020): coefficients uniform in ±θ_p, reward for wide θ.
#[derive(Debug, Clone)]
pub struct WidthsPlan {
    /// Basis of the search space, p matrices of side², row-major.
    pub directions: Vec<f32>,
    /// p.
    pub count: usize,
    /// Reward per squared width.
    pub reward: f64,
    pub basis_lr: f64,
}

/// Training along a plan.
pub(super) struct Widths<'p>(pub &'p WidthsPlan);

impl Widths<'_> {
    /// The generators, each scaled by its width.
    fn widened(&self, widths: &[f64]) -> Vec<f32> {
        let (directions, ss) = (&self.0.directions, self.0.directions.len() / self.0.count);
        directions.chunks_exact(ss).zip(widths).flat_map(|(e, &t)| e.iter().map(move |v| v * t as f32)).collect()
    }
}

impl Trains for Widths<'_> {
    fn start(&self, _: &Streams, progress: &mut Progress) {
        progress.widths = Some(vec![FIRST; self.0.count]);
    }

    fn lesson<'a>(&self, step: &Step<'a>, _: Predict<'_>, progress: &Progress) -> Lesson<'a> {
        let (count, problem, n) = (self.0.count, step.problem, step.rows.len());
        let (kept, moved) = halves(n);
        let (x, y) = step.gathered();
        let mut rng = step.streams.get("coefficients", step.step as u64);
        let mut w = vec![0.0; kept * count];
        w.extend((0..moved * count).map(|_| rng.random_range(-1.0f32..1.0)));
        let along = Along {
            w,
            generators: self.widened(progress.widths.as_deref().unwrap_or(&[])),
            x_layout: &problem.x_layout,
            y_layout: Some(&problem.y_layout),
        };
        let weights = vec![1.0 / n as f32; n];
        Lesson { batch: Batch { x, y, weights, loss: problem.loss, along: Some(along) }, random_loss: None }
    }

    fn learn(&self, step: &Step<'_>, pass: &Pass, _: Option<f64>, progress: &mut Progress) {
        let (Some(widths), Some(of_l)) = (&mut progress.widths, &pass.generators) else { return };
        let plan = self.0;
        let ss = plan.directions.len() / plan.count;
        for (p, t) in widths.iter_mut().enumerate() {
            let e = &plan.directions[p * ss..(p + 1) * ss];
            let slope: f64 = e.iter().zip(&of_l[p * ss..]).map(|(a, b)| f64::from(a * b)).sum();
            *t = (*t - plan.basis_lr * step.factor * (slope - 2.0 * plan.reward * *t)).clamp(0.0, std::f64::consts::PI);
        }
    }
}
