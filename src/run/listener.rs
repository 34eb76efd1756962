//! Listeners of a run.

use std::path::Path;

use semola_data::{Event, Watch};

use super::builds::Foreign;
use super::family_error::FamilyError;
use crate::pipeline::Plan;

/// What happens while members run.
#[derive(Debug)]
pub enum Notice<'a> {
    /// Rows of a data set were left out while it was read, because of a column.
    RowsLeftOut { data: &'a str, column: &'a str, rows: usize },
    /// The data was read, and this is the plan with what reading has shown.
    Planned(&'a Plan),
    /// A member starts, or resumes, in its directory.
    Begins { member: &'a str, directory: &'a Path },
    /// A member is already done.
    AlreadyDone { member: &'a str, directory: &'a Path },
    /// Requested members, or this one, exist here already, made by another build: one of them, and how many more.
    OtherBuild { member: Option<&'a str>, foreign: &'a Foreign, more: usize },
    /// An event of the running member, as written to its log.
    Event(&'a Event),
    /// A stage has ended.
    StageTook { stage: &'a str, seconds: f64 },
    /// A warning that stops nothing, in words.
    Warning(&'a str),
    /// A member failed; the others go on.
    Failed { member: &'a str, error: &'a FamilyError },
}

/// Listens to a run: to its events and, as a [`Watch`], to its progress. It can also stop the run.
pub trait Listener: Watch {
    /// Something happened.
    fn notice(&self, notice: &Notice);
}

/// A function called with each event, as a listener that never stops the run.
#[derive(Debug, Clone, Copy)]
pub struct OnNotice<F>(pub F);

impl<F: Fn(&Notice) + Sync> Watch for OnNotice<F> {}

impl<F: Fn(&Notice) + Sync> Listener for OnNotice<F> {
    fn notice(&self, notice: &Notice) {
        self.0(notice);
    }
}
