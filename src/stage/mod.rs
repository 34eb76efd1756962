//! What a stage of a pipeline is: how it describes itself in a plan, and the world that it runs in. The stages that
//! load and prepare data are here too; those that train and measure have their own folders, and the pipeline's list
//! names all.

mod components;
mod error;
mod prepare;
mod read;
mod world;

use std::fmt;

pub use crate::prepare::PlannedPrepare;
pub use error::StageError;
pub use read::PlannedRead;
pub use world::{World, left_out};

use semola_plan::{Context, Keys, Need, Walk};

/// The settings of a stage.
pub trait StageKind {
    /// What will run.
    type Planned: Planned;

    /// The names of the data sets and models that it makes, as far as they are known without data.
    fn makes(&self) -> Vec<&str>;

    /// Checks everything that can be known without running, puts what it makes into the scope, and returns what will
    /// run; `None` if an error left too little for that.
    fn resolve(&self, context: &mut Context<'_>) -> Option<Self::Planned>;
}

/// A stage that passed all checks; displayed as text for `semola-pipe check`.
pub trait Planned: fmt::Display {
    /// The name of what it makes, if that has one.
    fn name(&self) -> Option<&str>;

    /// Notes where data sets come from and which columns of their files are needed beyond fields.
    fn note_keys(&self, number: usize, keys: &mut Keys);

    /// Adds the memory that reading takes; all data sets are read before the first stage runs.
    fn count_reading<'a>(&'a self, walk: &mut Walk<'a>);

    /// Adds the memory that running takes, and what it leaves behind.
    fn count_running<'a>(&'a self, walk: &mut Walk<'a>);

    /// What it needs besides the data sets while it runs, to warn if the machine has less.
    fn need(&self) -> Option<Need>;

    /// Runs the stage.
    ///
    /// # Errors
    /// What went wrong, or the interruption.
    fn run(&self, world: &mut World<'_>, number: usize) -> Result<(), StageError>;
}
