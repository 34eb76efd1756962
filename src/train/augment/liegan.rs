//! `augment: liegan`: generators that deceive a discriminator, then training along them.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Augmented, Effort, Job, Method, Moves, with_space};
use semola_data::table::GroupRow;
use semola_lie::space::SearchSpace;
use semola_method::discover::rows::{Rows, compared};
use semola_method::discover::support::Support;
use semola_method::discover::{NEAR, Verdict, name};
use semola_method::fit::adversarial::{Search, search};
use semola_method::fit::groups::{Within, search_space};
use semola_method::fit::space::Space;
use semola_method::fit::space::check_space_settings;
use semola_method::fit::{Augmentation, PlannedSpace, TrainError};
use semola_method::motion::MovedTarget;
use semola_plan::Context;

/// Generators found by deceiving a discriminator, after Yang et al. (2023); then training along them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Liegan {
    /// The matrices that the generators may be.
    pub space: Space,
    /// Number of generators; the method cannot tell how many there are.
    #[serde(default = "default_one_generator")]
    pub generators: usize,
    /// Steps of the game; a step moves the discriminator and the generators.
    #[serde(default = "default_liegan_steps")]
    pub steps: usize,
    /// Radius of the ball of coefficients: 1 moves the data by its own size.
    #[serde(default = "default_liegan_size")]
    pub size: f64,
}

fn default_one_generator() -> usize {
    1
}
fn default_liegan_steps() -> usize {
    2500
}
fn default_liegan_size() -> f64 {
    1.0
}

impl Method for Liegan {
    fn check(&self, context: &mut Context<'_>, at: &str) -> Option<PlannedSpace> {
        context.require(self.size > 0.0, &format!("{at}.size"), self.size, "above 0");
        context.within(self.steps, &format!("{at}.steps"), 1_000_000_000);
        check_space_settings(context, &self.space, Some(self.generators), at)
    }

    fn moves(&self) -> Moves<'_> {
        Moves::Space(&self.space)
    }

    fn label(&self, space: Option<PlannedSpace>) -> String {
        with_space("liegan", space)
    }

    fn effort(&self) -> Effort {
        Effort::PLAIN
    }

    fn target(&self) -> MovedTarget {
        MovedTarget::Label
    }

    fn train(&self, job: &Job<'_>) -> Result<Augmented, TrainError> {
        let (label, space) = (&job.spec.name, search_space(&self.space)?);
        let streams = job.streams.scope(label);
        let support = Support::of_space(&space.basis, job.problem, job.rows, label, &streams)?;
        let game = Search {
            label: format!("{label}/search"),
            problem: job.problem,
            rows: job.rows,
            directions: support.flat(),
            count: support.directions.len(),
            generators: self.generators.min(support.directions.len()),
            size: self.size,
            steps: self.steps,
            batch: job.spec.batch,
            optimizer: &job.spec.optimizer,
            streams: streams.scope("search"),
        };
        let basis = search(&game, job.device, job.session)?.matrix();
        let generators: Vec<_> = basis.row_iter().map(|row| support.combine(&row.transpose())).collect();
        let rows = rows(label, &generators, &space)?;
        let source = Within { generators, limit: self.size };
        let trained = job.fit("train", Augmentation::Group(&source), None)?;
        Ok(Augmented { rows, ..Augmented::of("train", trained) })
    }
}

/// The method has no test: nothing is accepted, but the nearest standard algebra is reported.
fn rows(model: &str, generators: &[DMatrix<f64>], space: &SearchSpace) -> Result<Rows, TrainError> {
    let id = name(generators, space, NEAR)?;
    let group = GroupRow {
        model: model.to_owned(),
        rank: id.rank as u32,
        name: id.name.clone(),
        side: generators.first().map_or(0, |l| l.nrows() as u32),
        verdict: Verdict::NotTested.to_string(),
        ..compared(&id)
    };
    Ok(Rows { groups: vec![group], ..Rows::untested(model, generators.iter().map(|l| (l, 1.0))) })
}
