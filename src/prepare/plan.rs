//! The check of a `prepare` stage: do the steps suit the fields, and which shapes do the data sets have after them?

use super::Prepare;
use super::checking::Checking;
use super::shapes::{Member, Shapes};
use super::steps::Step;
use semola_plan::{Context, DataShape, each};

/// Data sets to prepare.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedPrepare {
    pub spec: Prepare,
    /// The resulting data sets, in order: a split one is replaced by its parts.
    pub produces: Vec<(String, DataShape)>,
    /// Bytes that all data sets take at most while the steps run, if known.
    pub peak: Option<usize>,
}

/// Checks the stage and returns the resulting data sets.
pub fn plan(context: &mut Context, spec: &Prepare) -> PlannedPrepare {
    context.distinct(&spec.from, "from");
    let mut shapes = Shapes::default();
    for (below, name) in each("from", &spec.from) {
        if let Some(data) = context.data(name, &below) {
            shapes.members.push(Member { name: name.clone(), data, by_values: false });
        }
    }
    if spec.steps.is_empty() {
        context.error("steps", "there are no steps");
    }
    let mut peak = Some(0);
    for (number, step) in spec.steps.iter().enumerate() {
        let before = shapes.clone();
        let at = format!("steps[{number}].{}", step.name());
        step.check(&mut Checking::new(context, &mut shapes, at));
        let needed = needed(context, step, &before, &shapes);
        peak = peak.zip(needed).map(|(a, b)| a.max(b));
    }
    let mut produces = Vec::new();
    for member in shapes.members {
        if member.by_values {
            context.scope.split_by_values = Some(member.data.clone());
        } else {
            context.scope.data.insert(member.name.clone(), member.data.clone());
        }
        produces.push((member.name, member.data));
    }
    PlannedPrepare { spec: spec.clone(), produces, peak }
}

/// Bytes that all data sets take at most while the step runs: those before or after it, whichever are more, and
/// temporary data. `None` if something is unknown before reading.
fn needed(context: &Context, step: &Step, before: &Shapes, after: &Shapes) -> Option<usize> {
    let held = |shapes: &Shapes| {
        let own = shapes.members.iter().map(|m| m.data.bytes());
        let touched = |name: &String| before.members.iter().chain(&after.members).any(|m| m.name == *name);
        let others = context.scope.data.iter().filter(|(name, _)| !touched(name)).map(|(_, data)| data.bytes());
        own.chain(others).try_fold(0_usize, |sum, bytes| Some(sum.saturating_add(bytes?)))
    };
    Some(held(before)?.max(held(after)?).saturating_add(step.memory(before, after)?))
}
