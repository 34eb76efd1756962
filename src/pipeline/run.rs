//! Running the stages of a plan.

use std::collections::BTreeMap;

use semola_data::{Dataset, Event};
use semola_engine::Backend;

use super::stages::Plan;
use crate::fit::Session;
use crate::stage::{StageError, World};

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
    for (number, stage) in plan.stages.iter().enumerate() {
        session.event(Event::Stage { number, kind: stage.kind(), name: stage.planned().name().map(str::to_owned) });
        stage.planned().run(&mut world, number)?;
    }
    world.note_labels();
    Ok(world)
}
