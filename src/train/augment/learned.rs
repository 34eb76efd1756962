//! `augment: learned`: discovery, then training along what it found.

use super::{Augmented, Effort, Job, Method, Moves, with_space};
use semola_method::discover::finite::Along;
use semola_method::discover::settings::Learned;
use semola_method::discover::{Discovery, Found, Holds};
use semola_method::fit::groups::search_space;
use semola_method::fit::space::check_space_settings;
use semola_method::fit::{Augmentation, History, PlannedSpace, TrainError, Trained};
use semola_method::motion::GroupSource;
use semola_method::motion::MovedTarget;
use semola_plan::Context;

/// The fit along a group with a finite part.
const FINITE: &str = "finish-finite";
/// Steps of one network at most.
const MOST_STEPS: usize = 1_000_000_000;

impl Method for Learned {
    fn check(&self, context: &mut Context<'_>, at: &str) -> Option<PlannedSpace> {
        let below = |key: &str| format!("{at}.{key}");
        context.require(self.scale > 0.0, &below("scale"), self.scale, "above 0");
        context.require(self.weight > 0.0, &below("weight"), self.weight, "above 0");
        context.require(self.support >= 0.0, &below("support"), self.support, "0 or more");
        context.within(self.steps, &below("steps"), MOST_STEPS);
        if let Some(resolution) = self.resolution {
            context.require(resolution > 0.0, &below("resolution"), resolution, "above 0");
        }
        let audit = &self.audit;
        context.within(audit.networks, &below("audit.networks"), 1000);
        context.within(audit.steps, &below("audit.steps"), MOST_STEPS);
        let sure = audit.confidence > 0.5 && audit.confidence < 1.0;
        context.require(sure, &below("audit.confidence"), audit.confidence, "above 0.5 and below 1");
        let share = audit.tolerance > 0.0 && audit.tolerance < 1.0;
        context.require(share, &below("audit.tolerance"), audit.tolerance, "above 0 and below 1");
        if let Some(finite) = self.discrete.wanted() {
            let level = finite.level > 0.0 && finite.level <= 0.5;
            context.require(level, &below("discrete.level"), finite.level, "above 0 and at most 0.5");
        }
        check_space_settings(context, &self.space, self.generators, at)
    }

    fn moves(&self) -> Moves<'_> {
        Moves::Space(&self.space)
    }

    fn label(&self, space: Option<PlannedSpace>) -> String {
        with_space("learned", space)
    }

    fn effort(&self) -> Effort {
        // The networks of the audit, and a second, augmented batch.
        Effort { networks: self.audit.networks.saturating_add(1), passes: 2 }
    }

    fn target(&self) -> MovedTarget {
        self.target
    }

    fn train(&self, job: &Job<'_>) -> Result<Augmented, TrainError> {
        let space = search_space(&self.space)?;
        let together = job.problem.with_copies_together();
        let discovery = Discovery {
            problem: together.as_ref().unwrap_or(job.problem),
            rows: job.rows,
            held_out: job.held_out,
            space: &space,
            model: &job.spec.model,
            settings: self,
            batch: job.spec.batch,
            optimizer: &job.spec.optimizer,
            label: &job.spec.name,
            streams: &job.streams,
        };
        let mut found = discovery.run(job.device, job.session)?;
        let mut histories = found.histories();
        let (trained, holds) = match self.finish {
            true => {
                let finished = finish(job, &discovery, &mut found)?;
                histories.extend(finished.histories);
                (finished.trained, finished.holds)
            }
            false => (found.joint, Holds::Whole),
        };
        let generators = found.conclusion.accepted_basis();
        let mut discovered = found.conclusion.holding(holds);
        let mut rows = discovered.rows(&job.spec.name);
        if let Some(finite) = &found.finite {
            finite.add_to(&mut rows, &job.spec.name);
        }
        discovered.finite = found.finite;
        Ok(Augmented { trained, given: None, generators, discovered: Some(discovered), histories, rows })
    }
}

/// The network that is kept, and how much of the group it was trained along.
struct Finished {
    trained: Trained,
    holds: Holds,
    histories: Vec<History>,
}

/// The main fit: along the finite part as well if there is one, unless that made the network worse than the plain ones of the audit and
/// than the one that is trained without it.
fn finish(job: &Job<'_>, discovery: &Discovery<'_>, found: &mut Found) -> Result<Finished, TrainError> {
    let Some(finite) = found.finite.as_ref().filter(|f| f.is_accepted()) else {
        return finish_connected(job, discovery, found);
    };
    let along = Along::new(&finite.group, &finite.moving, found.conclusion.group().cloned());
    let start = found.conclusion.group().map(|_| found.joint.params());
    let trained = job.fit(FINITE, Augmentation::Group(&along), start.as_deref())?;
    let histories = vec![History::of(FINITE, &trained)];
    let holds = discovery.holds(found, &trained);
    if !discovery.is_worse(found, &trained) {
        return Ok(Finished { trained, holds, histories });
    }
    let without = finish_connected(job, discovery, found)?;
    let both = histories.into_iter().chain(without.histories).collect();
    if discovery.is_as_good(&trained, &without.trained) {
        return Ok(Finished { trained, holds, histories: both });
    }
    if let Some(finite) = &mut found.finite {
        finite.not_used();
    }
    Ok(Finished { histories: both, ..without })
}

/// The main fit, from the jointly trained network: along what was found, or along the part of it that is shown to hold.
fn finish_connected(job: &Job<'_>, discovery: &Discovery<'_>, found: &Found) -> Result<Finished, TrainError> {
    let Some(group) = found.conclusion.group() else {
        // Nothing was found: the very network that would have been trained without asking.
        let trained = job.fit("finish", Augmentation::None, None)?;
        return Ok(Finished { histories: vec![History::of("finish", &trained)], trained, holds: Holds::Whole });
    };
    let start = found.joint.params();
    let along = |group: &dyn GroupSource, name: &str| job.fit(name, Augmentation::Group(group), Some(&start));
    let whole = along(group, "finish")?;
    let mut histories = vec![History::of("finish", &whole)];
    let holds = discovery.holds(found, &whole);
    let trained = match &holds {
        Holds::Whole => whole,
        Holds::Within(within) => {
            let trained = along(within, "finish-within")?;
            histories.push(History::of("finish-within", &trained));
            trained
        }
    };
    Ok(Finished { trained, holds, histories })
}
