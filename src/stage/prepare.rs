//! The `prepare` stage.

use super::StageError;
use super::world::World;
use crate::engine::Kernels;
use crate::spec::types::Prepare;

/// Runs the steps on the named data sets.
pub fn run<D: Kernels>(world: &mut World<'_, D>, spec: &Prepare, number: usize) -> Result<(), StageError> {
    let streams = world.streams.scope(&format!("prepare{number}"));
    let mut rng = |name: &str| streams.get(name, 0);
    let fitted = crate::prepare::fit_and_apply(&spec.steps, &mut world.data, spec.from.as_slice(), &mut rng)?;
    for step in fitted {
        let details = serde_json::to_value(&step).unwrap_or_default();
        world.session.event("prepared", details);
    }
    Ok(())
}
