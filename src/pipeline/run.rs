//! Running the stages of a plan.

use std::collections::BTreeMap;

use semola_data::{Dataset, Event};
use semola_engine::{Backend, spill};

use super::list::PlannedStage;
use super::stages::Plan;
use super::unseen_labels::check_prepared;
use crate::stage::{StageError, World};
use semola_method::fit::Session;

/// Runs all stages of a plan in order. `read` holds the output of the `read` stages; it is prepared in place.
///
/// # Errors
/// The first error of a stage, or the interruption.
pub fn run_stages<'a>(
    plan: &Plan,
    read: BTreeMap<String, Dataset>,
    seed: u64,
    device: &'a Backend,
    session: &'a dyn Session,
) -> Result<World<'a>, StageError> {
    let mut world = World::new(read, seed, device, session);
    let mut untrained = true;
    for (number, stage) in plan.stages.iter().enumerate() {
        session.event(Event::Stage { number, kind: stage.kind(), name: stage.planned().name().map(str::to_owned) });
        if untrained && matches!(stage, PlannedStage::Train(_)) {
            check_prepared(plan, number, &world)?;
            untrained = false;
        }
        // Where the data lies in a file, what a training step uses does not.
        spill::blocks_of_data(!matches!(stage, PlannedStage::Train(_)));
        stage.planned().run(&mut world, number)?;
    }
    world.note_labels();
    Ok(world)
}
