//! `augment: learned`: discovery, then training along what it found.

use super::{Augmented, History, Job};
use crate::discover::settings::Learned;
use crate::discover::{Discovery, Found, Holds};
use crate::engine::Kernels;
use crate::train::groups::search_space;
use crate::train::{Augmentation, GroupSource, TrainError, Trained};

pub(super) fn train<D: Kernels>(job: &Job<'_, D>, settings: &Learned) -> Result<Augmented<D>, TrainError> {
    let space = search_space(&settings.space)?;
    let discovery = Discovery {
        problem: job.problem,
        rows: job.rows,
        held_out: job.held_out,
        space: &space,
        model: &job.spec.model,
        settings,
        batch: job.spec.batch,
        optimizer: &job.spec.optimizer,
        label: &job.spec.name,
        streams: &job.streams,
    };
    let found = discovery.run(job.device, job.session)?;
    let mut histories = found.histories();
    let (trained, holds) = match settings.finish {
        true => {
            let finished = finish(job, &discovery, &found)?;
            histories.extend(finished.histories);
            (finished.trained, finished.holds)
        }
        false => (found.joint, Holds::Whole),
    };
    let generators = found.conclusion.accepted_basis();
    let discovered = found.conclusion.holding(holds);
    let rows = discovered.rows(&job.spec.name);
    Ok(Augmented { trained, given: None, generators, discovered: Some(discovered), histories, rows })
}

/// The network that is kept, and how much of the group it was trained along.
struct Finished<D: Kernels> {
    trained: Trained<D>,
    holds: Holds,
    histories: Vec<History>,
}

/// The main fit, from the jointly trained network: along what was found, or along the part of it that this shows to hold.
fn finish<D: Kernels>(
    job: &Job<'_, D>,
    discovery: &Discovery<'_>,
    found: &Found<D>,
) -> Result<Finished<D>, TrainError> {
    let Some(group) = found.conclusion.group() else {
        // Nothing was found: the very network that would have been trained without asking.
        let trained = job.fit("finish", Augmentation::None, None)?;
        return Ok(Finished { histories: vec![History::of("finish", &trained)], trained, holds: Holds::Whole });
    };
    let start = found.joint.store.to_host();
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
