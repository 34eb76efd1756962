//! Networks that learn what others leave: where a symmetry is broken, it is in there.

use semola_engine::Backend;
use semola_engine::ops::loss::Loss;
use semola_lie::statistics::median;

use crate::discover::Discovery;
use crate::discover::ensemble::Ensemble;
use crate::discover::folds::Folds;
use crate::discover::networks::EnsembleFit;
use crate::fit::{Augmentation, Problem, Session, TrainError};

/// Median of the absolute value of a standard normal variable.
const NORMAL_MEDIAN: f64 = 0.6745;

/// What networks leave of the targets: one problem per fold, its targets divided by their root mean square.
pub struct Residuals {
    problems: Vec<Problem>,
    /// What the targets were divided by.
    units: Vec<f32>,
}

/// Networks trained on residuals.
pub struct ResidualNetworks {
    nets: Ensemble,
    units: Vec<f32>,
}

impl Residuals {
    /// Of the first `folds` members: each leaves its own residuals of all rows, so that the labels of its own fold enter
    /// neither it nor what is trained on them. `added` is a further target of each row, the same for all.
    pub fn of(problem: &Problem, rows: &[usize], f: &Ensemble, folds: usize, added: Option<&[f32]>) -> Self {
        let of_member = |s: usize| {
            let mut left = problem.y.clone();
            if let Some(member) = f.members.get(s) {
                let said = f.for_loss(problem, member.predict(&problem.x, problem.inputs()));
                left.iter_mut().zip(&said).for_each(|(y, f)| *y -= f);
            }
            left.iter_mut().zip(added.unwrap_or_default()).for_each(|(y, b)| *y += b);
            let width = problem.outputs();
            let own = rows.iter().flat_map(|&i| &left[i * width..(i + 1) * width]).map(|v| f64::from(*v));
            let unit = match problem.loss {
                // Wrong labels must lie where such a loss is linear.
                Loss::Mae | Loss::Huber => median(own.map(f64::abs)) / NORMAL_MEDIAN,
                Loss::Mse | Loss::CrossEntropy => {
                    (own.map(|v| v * v).sum::<f64>() / (rows.len() * width).max(1) as f64).sqrt()
                }
            };
            let unit = unit.max(1e-30) as f32;
            left.iter_mut().for_each(|v| *v /= unit);
            let loss = if problem.loss == Loss::CrossEntropy { Loss::Mse } else { problem.loss };
            (Problem { y: left, loss, ..problem.clone() }, unit)
        };
        let (problems, units) = (0..folds).map(of_member).unzip();
        Self { problems, units }
    }

    /// Trains a network on each; the random streams are those of the second name.
    ///
    /// # Errors
    /// As [`fit`](crate::fit::fit).
    pub fn learn(
        self,
        (name, stream): (&str, &str),
        discovery: &Discovery<'_>,
        folds: &Folds,
        device: &Backend,
        session: &dyn Session,
    ) -> Result<ResidualNetworks, TrainError> {
        let how = EnsembleFit {
            name,
            stream: Some(stream),
            augmentation: Augmentation::None,
            start: None,
            networks: self.problems.len(),
            steps: discovery.settings.audit.steps,
            targets: Some(&self.problems),
        };
        let nets = discovery.ensemble(folds, &how, device, session)?;
        Ok(ResidualNetworks { nets, units: self.units })
    }
}

impl ResidualNetworks {
    /// Outputs in the units of the targets, each by the network that has not seen the row's fold.
    pub fn outputs(&self, x: &[f32], inputs: usize, outputs: usize, folds: &[usize]) -> Vec<f32> {
        let mut out = self.nets.predict_unseen(x, inputs, outputs, folds);
        for (row, &fold) in out.chunks_exact_mut(outputs.max(1)).zip(folds) {
            let unit = self.units.get(fold).copied().unwrap_or(0.0);
            row.iter_mut().for_each(|v| *v *= unit);
        }
        out
    }
}
