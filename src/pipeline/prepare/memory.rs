//! How much memory a step takes while it runs.

use super::super::context::Context;
use super::{Member, Working};
use crate::spec::types::Step;

/// Bytes that all data sets take at most while the step runs: those before or after it, whichever are more, and what is
/// made beside them. `None` where something is not known before reading.
pub(super) fn needed(context: &Context, step: &Step, before: &Working, after: &Working) -> Option<usize> {
    let held = |working: &Working| {
        let own = working.members.iter().map(|m| m.data.bytes());
        let touched = |name: &String| before.members.iter().chain(&after.members).any(|m| m.name == *name);
        let others = context.scope.data.iter().filter(|(name, _)| !touched(name)).map(|(_, data)| data.bytes());
        own.chain(others).try_fold(0_usize, |sum, bytes| Some(sum.saturating_add(bytes?)))
    };
    Some(held(before)?.max(held(after)?).saturating_add(beside(step, before, after)?))
}

/// What is made beside the data sets, one data set after the other: copies, fields that are about to replace others, and
/// numbers of points and classes.
fn beside(step: &Step, before: &Working, after: &Working) -> Option<usize> {
    let most = |working: &Working, of: &dyn Fn(&Member) -> Option<usize>| {
        working.members.iter().try_fold(0, |most, member| Some(of(member)?.max(most)))
    };
    let rows = |member: &Member, each: usize| Some(member.data.rows.unwrap_or(0).saturating_mul(each));
    let fields = |member: &Member, names: &[String]| {
        let bytes = |name: &String| member.data.fields.get(name)?.as_ref()?.bytes(member.data.rows);
        names.iter().try_fold(0, |most, name| Some(bytes(name)?.max(most)))
    };
    match step {
        Step::Subsample(_) => most(after, &|m| m.data.bytes()),
        // All parts are taken before the whole is dropped.
        Step::Split(step) => most(before, &|m| if m.name == step.of { m.data.bytes() } else { Some(0) }),
        Step::SamplePoints(s) => most(after, &|m| {
            let numbers = rows(m, s.points.saturating_mul(8))?;
            Some(fields(m, s.fields.as_slice())?.saturating_add(numbers))
        }),
        Step::Resize(s) => most(after, &|m| fields(m, s.fields.as_slice())),
        Step::Pad(s) => most(after, &|m| fields(m, s.fields.as_slice())),
        Step::Crop(s) => most(after, &|m| fields(m, s.fields.as_slice())),
        Step::OneHot(s) => most(before, &|m| fields(m, std::slice::from_ref(&s.field))),
        Step::Encode(s) => most(before, &|m| fields(m, std::slice::from_ref(&s.field))),
        // A shift and a scale, or a sum, of each row.
        Step::Center(_) | Step::UnitSphere(_) => most(before, &|m| rows(m, 8 * 8)),
        Step::ElementBaseline(_) => most(before, &|m| rows(m, 256)),
        // A join or a difference also makes its history, row by row.
        Step::Add(s) => most(after, &|m| Some(fields(m, std::slice::from_ref(&s.field))?.saturating_mul(2))),
        _ => Some(0),
    }
}
