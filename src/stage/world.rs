//! The named data sets and models of a member, and the rows that its stages have written so far.

use std::collections::BTreeMap;

use nalgebra::DMatrix;
use semola_data::Event;
use semola_data::table::Tables;

use super::StageError;
use super::lineage::{FieldForm, Lineage};
use super::task::Task;
use crate::data::Dataset;
use crate::discover::Discovered;
use crate::engine::{Backend, Layout, Streams};
use crate::pipeline::Plan;
use crate::spec::types;
use crate::train::{Session, Trained};

/// The event that a stage left rows of a data set out, by column.
pub fn left_out(stage: &str, split: &str, dropped: &BTreeMap<String, usize>) -> Event {
    let column = |(column, rows): (&String, &usize)| format!("{rows} because of `{column}`");
    let columns: Vec<String> = dropped.iter().map(column).collect();
    let message = format!("{stage}: rows of '{split}' left out: {} (on_invalid: drop)", columns.join(", "));
    Event::LeftOut { data: split.to_owned(), dropped: dropped.clone(), message }
}

/// A trained model with what is needed to use it on other data.
pub struct Model {
    pub task: Task,
    pub trained: Trained,
    /// Name of the group that was given (`augment: known`).
    pub known: Option<String>,
    /// What was discovered (`augment: learned`).
    pub discovered: Option<Discovered>,
    /// Generators that the model was trained along: the given group's, or the accepted ones.
    pub generators: Vec<DMatrix<f64>>,
    pub origin: Origin,
}

/// What a model was made from, so that it can be used without its training data.
pub struct Origin {
    /// Settings of the network.
    pub network: types::Model,
    /// Where the training data comes from.
    pub lineage: Lineage,
    /// How rows of inputs and outputs are laid out.
    pub x_layout: Layout,
    pub y_layout: Layout,
    /// Inputs and targets as they are when prepared, in the order of the task.
    pub inputs: Vec<FieldForm>,
    pub targets: Vec<FieldForm>,
    /// How far elements of a given group reach where it is not compact.
    pub extent: Option<f64>,
}

/// Everything that stages share.
pub struct World<'a> {
    pub device: &'a Backend,
    pub session: &'a dyn Session,
    pub streams: Streams,
    /// What the `read` stages give, until they run.
    pub read: BTreeMap<String, Dataset>,
    pub data: BTreeMap<String, Dataset>,
    /// Where each data set comes from.
    pub lineages: BTreeMap<String, Lineage>,
    pub models: BTreeMap<String, Model>,
    pub tables: Tables,
}

/// Runs all stages of a plan in order. `read` holds what the `read` stages give; it is prepared in place.
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
    let mut world = World {
        device,
        session,
        streams: Streams::new(seed),
        read,
        data: BTreeMap::new(),
        lineages: BTreeMap::new(),
        models: BTreeMap::new(),
        tables: Tables::default(),
    };
    for (number, stage) in plan.stages.iter().enumerate() {
        session.event(Event::Stage { number, kind: stage.kind(), name: stage.name().map(str::to_owned) });
        stage.run(&mut world, number)?;
    }
    world.note_labels();
    Ok(world)
}

impl World<'_> {
    /// The classes of all labels, in the data sets as they are at the end.
    fn note_labels(&mut self) {
        for (split, data) in &self.data {
            for (field, classes) in data.fields.iter().filter_map(|(name, f)| Some((name, f.classes.as_ref()?))) {
                self.tables.classes.extend(crate::prepare::class_rows(split, field, classes));
            }
        }
    }
}
