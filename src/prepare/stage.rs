//! The `prepare` stage.

use std::collections::BTreeMap;

use semola_data::table::ClassRow;
use semola_data::{Dataset, Event};

use super::{Prepare, Run, fit_and_apply};
use crate::stage::world::{World, left_out};
use crate::stage::{StageError, lineage};

/// Runs the steps on the named data sets.
pub fn run(world: &mut World<'_>, spec: &Prepare, number: usize) -> Result<(), StageError> {
    let streams = world.streams.scope(&format!("prepare{number}"));
    let session = world.session;
    let tell = |done: usize, total: usize, message: &dyn Fn() -> String| {
        session.progress("prepare", done, total, message);
    };
    let before = dropped(&world.data);
    let run = Run { streams: &streams, tell: &tell };
    let fitted = fit_and_apply(&spec.steps, &mut world.data, spec.from.as_slice(), run)?;
    lineage::note(&mut world.lineages, spec, number, &fitted);
    for step in fitted {
        let touches = step.touches();
        if let (Some(field), Some(found)) = (touches.makes, touches.classes) {
            world.tables.classes.extend(class_rows(found.fit, field, found.names));
        }
        let details = serde_json::to_value(&step).unwrap_or_default();
        world.session.event(Event::Prepared(details));
    }
    for (name, rows) in dropped(&world.data) {
        let more = |(column, n): (String, usize)| {
            let new = n - before.get(&name).and_then(|b| b.get(&column)).copied().unwrap_or(0).min(n);
            (new > 0).then_some((column, new))
        };
        // Parts of a split bring along what their whole had dropped when it was read.
        if before.contains_key(&name) {
            let rows: BTreeMap<String, usize> = rows.into_iter().filter_map(more).collect();
            world.tables.count_dropped("prepare", "", &name, &rows);
            if !rows.is_empty() {
                world.session.event(left_out("prepare", &name, &rows));
            }
        }
    }
    Ok(())
}

/// Rows that each data set has left out so far, by column.
fn dropped(data: &BTreeMap<String, Dataset>) -> BTreeMap<String, BTreeMap<String, usize>> {
    data.iter().map(|(name, data)| (name.clone(), data.dropped.clone())).collect()
}

/// The classes of a field for the table `classes`.
pub fn class_rows<'a>(split: &'a str, field: &'a str, names: &'a [String]) -> impl Iterator<Item = ClassRow> + 'a {
    names.iter().enumerate().map(move |(index, name)| ClassRow {
        split: split.to_owned(),
        field: field.to_owned(),
        index: index as u32,
        name: name.clone(),
    })
}
