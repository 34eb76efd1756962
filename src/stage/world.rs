//! The named data sets and models of a member, and the rows that its stages have written so far.

use std::collections::BTreeMap;

use semola_data::Event;
use semola_data::table::Tables;

use crate::model::{Lineage, Model};
use semola_data::Dataset;
use semola_engine::{Backend, Streams};
use semola_method::fit::Session;

/// The event that a stage left rows of a data set out, by column.
pub fn left_out(stage: &str, split: &str, dropped: &BTreeMap<String, usize>) -> Event {
    let column = |(column, rows): (&String, &usize)| format!("{rows} because of `{column}`");
    let columns: Vec<String> = dropped.iter().map(column).collect();
    let message = format!("{stage}: rows of '{split}' left out: {} (on_invalid: drop)", columns.join(", "));
    Event::LeftOut { data: split.to_owned(), dropped: dropped.clone(), message }
}

/// Everything that stages share.
pub struct World<'a> {
    pub device: &'a Backend,
    pub session: &'a dyn Session,
    pub streams: Streams,
    /// The output of the `read` stages, until they run.
    pub read: BTreeMap<String, Dataset>,
    pub data: BTreeMap<String, Dataset>,
    /// Where each data set comes from.
    pub lineages: BTreeMap<String, Lineage>,
    pub models: BTreeMap<String, Model>,
    pub tables: Tables,
}

impl<'a> World<'a> {
    /// The world of a member before its first stage; `read` holds the output of the `read` stages.
    pub fn new(read: BTreeMap<String, Dataset>, seed: u64, device: &'a Backend, session: &'a dyn Session) -> Self {
        Self {
            device,
            session,
            streams: Streams::new(seed),
            read,
            data: BTreeMap::new(),
            lineages: BTreeMap::new(),
            models: BTreeMap::new(),
            tables: Tables::default(),
        }
    }

    /// The classes of all labels, in the data sets as they are at the end.
    pub fn note_labels(&mut self) {
        for (split, data) in &self.data {
            for (field, classes) in data.fields.iter().filter_map(|(name, f)| Some((name, f.classes.as_ref()?))) {
                self.tables.classes.extend(super::prepare::class_rows(split, field, classes));
            }
        }
    }
}
