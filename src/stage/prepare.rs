//! The stage `prepare`: its place in a plan, and running its steps on data sets.

use std::collections::BTreeMap;
use std::fmt;

use semola_data::table::ClassRow;
use semola_data::{Dataset, Event};

use super::{Planned, StageError, StageKind, World, left_out};
use crate::model;
use crate::prepare::{PlannedPrepare, Prepare, Run, fit_and_apply};
use semola_plan::{Context, DataShape, FieldShape, Keys, Need, Walk, rows_label};

impl StageKind for Prepare {
    type Planned = PlannedPrepare;

    fn makes(&self) -> Vec<&str> {
        self.divisions().flat_map(|division| division.into).collect()
    }

    fn resolve(&self, context: &mut Context<'_>) -> Option<PlannedPrepare> {
        Some(crate::prepare::plan(context, self))
    }
}

impl fmt::Display for PlannedPrepare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "prepare {}", self.spec.from.as_slice().join(", "))?;
        for step in &self.spec.steps {
            writeln!(f, "    {}", step.label())?;
        }
        for (name, data) in &self.produces {
            writeln!(f, "    → {name}: {}, {}", rows_label(data.rows, data.certainty), field_names(data))?;
        }
        Ok(())
    }
}

fn field_names(data: &DataShape) -> String {
    let show = |(name, field): (&String, &Option<FieldShape>)| match field {
        Some(field) => format!("{name} {}", field.shape),
        None => name.clone(),
    };
    data.fields.iter().map(show).collect::<Vec<_>>().join(", ")
}

impl Planned for PlannedPrepare {
    fn name(&self) -> Option<&str> {
        None
    }

    fn note_keys(&self, _: usize, keys: &mut Keys) {
        for division in self.spec.divisions() {
            keys.is_split(division.of, division.by, division.into.into_iter());
        }
        for (name, data) in &self.produces {
            keys.comes_from(name, data.read);
        }
    }

    fn count_reading<'a>(&'a self, _: &mut Walk<'a>) {}

    fn count_running<'a>(&'a self, walk: &mut Walk<'a>) {
        walk.at_most(self.peak);
        let produces = self.produces.iter().map(|(name, data)| (name.as_str(), data.bytes()));
        walk.replace(self.spec.from.as_slice(), produces);
    }

    fn need(&self) -> Option<Need> {
        None
    }

    fn run(&self, world: &mut World<'_>, number: usize) -> Result<(), StageError> {
        run(world, &self.spec, number)
    }
}

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
    model::note(&mut world.lineages, spec, number, &fitted);
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
