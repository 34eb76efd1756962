//! The stage `prepare` in a plan.

use std::fmt;

use super::{Prepare, plan, stage};
use crate::pipeline::{Context, DataShape, FieldShape, Keys, Need, Planned, StageKind, Walk, rows_label};
use crate::stage::{StageError, World};

/// Data sets to prepare.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedPrepare {
    pub spec: Prepare,
    /// The data sets that come out, in order: a split one is replaced by its parts.
    pub produces: Vec<(String, DataShape)>,
    /// Bytes that all data sets take at most while the steps run, where that is known.
    pub peak: Option<usize>,
}

impl StageKind for Prepare {
    type Planned = PlannedPrepare;

    fn makes(&self) -> Vec<&str> {
        self.divisions().flat_map(|division| division.into).collect()
    }

    fn resolve(&self, context: &mut Context<'_>) -> Option<PlannedPrepare> {
        Some(plan::plan(context, self))
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
        stage::run(world, &self.spec, number)
    }
}
