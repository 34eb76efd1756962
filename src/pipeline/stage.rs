//! The kinds of stages, in one list. A kind lives in a folder of its own: settings, check, label, memory and work.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::Context;
use super::keys::Keys;
use super::memory::{Need, Walk};
use crate::evaluate::{Evaluate, PlannedEvaluate};
use crate::prepare::PlannedPrepare;
use crate::read::PlannedRead;
use crate::spec::types::{Prepare, Read};
use crate::stage::{StageError, World};
use crate::train::{PlannedTrain, Train};

/// The settings of a stage.
pub trait StageKind {
    /// What will run.
    type Planned: Planned;

    /// The names of the data sets and models that it makes, as far as they are known without data.
    fn makes(&self) -> Vec<&str>;

    /// Checks everything that can be known without running, puts what it makes into the scope, and says what will run;
    /// nothing where an error left too little for that.
    fn resolve(&self, context: &mut Context<'_>) -> Option<Self::Planned>;
}

/// A stage that makes sense; as text, for `semola-pipe check`.
pub trait Planned: fmt::Display {
    /// What it makes, where that has one name.
    fn name(&self) -> Option<&str>;

    /// Notes where data sets come from and which columns of their files are needed for more than fields.
    fn note_keys(&self, number: usize, keys: &mut Keys);

    /// Adds the memory that reading takes; all data sets are read before the first stage runs.
    fn count_reading<'a>(&'a self, walk: &mut Walk<'a>);

    /// Adds the memory that running takes, and what it leaves behind.
    fn count_running<'a>(&'a self, walk: &mut Walk<'a>);

    /// What it needs beside the data sets while it runs, to warn of where a machine has less.
    fn need(&self) -> Option<Need>;

    /// Does it.
    ///
    /// # Errors
    /// What went wrong, or the interruption.
    fn run(&self, world: &mut World<'_>, number: usize) -> Result<(), StageError>;
}

/// Makes the choices of a stage and of a planned stage from one list.
macro_rules! stages {
    ($($variant:ident($settings:ty => $planned:ty): $name:literal),+ $(,)?) => {
        /// One step of a pipeline.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[expect(clippy::large_enum_variant, reason = "a pipeline has a handful of stages")]
        pub enum Stage {
            $($variant($settings)),+
        }

        impl Stage {
            /// As it is written in a pipeline.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name),+
                }
            }

            /// See [`StageKind::makes`].
            pub fn makes(&self) -> Vec<&str> {
                match self {
                    $(Self::$variant(settings) => settings.makes()),+
                }
            }

            /// See [`StageKind::resolve`].
            pub fn resolve(&self, context: &mut Context<'_>) -> Option<PlannedStage> {
                match self {
                    $(Self::$variant(settings) => settings.resolve(context).map(PlannedStage::$variant)),+
                }
            }
        }

        /// One stage that makes sense.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(clippy::large_enum_variant, reason = "a pipeline has a handful of stages")]
        pub enum PlannedStage {
            $($variant($planned)),+
        }

        impl PlannedStage {
            /// As it is written in a pipeline.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name),+
                }
            }

            /// See [`Planned::run`].
            ///
            /// # Errors
            /// As [`Planned::run`].
            pub fn run(&self, world: &mut World<'_>, number: usize) -> Result<(), StageError> {
                match self {
                    $(Self::$variant(planned) => planned.run(world, number)),+
                }
            }

            /// See [`Planned::name`].
            pub fn name(&self) -> Option<&str> {
                match self {
                    $(Self::$variant(planned) => planned.name()),+
                }
            }

            /// See [`Planned::note_keys`].
            pub(super) fn note_keys(&self, number: usize, keys: &mut Keys) {
                match self {
                    $(Self::$variant(planned) => planned.note_keys(number, keys)),+
                }
            }

            /// See [`Planned::count_reading`].
            pub(super) fn count_reading<'a>(&'a self, walk: &mut Walk<'a>) {
                match self {
                    $(Self::$variant(planned) => planned.count_reading(walk)),+
                }
            }

            /// See [`Planned::count_running`].
            pub(super) fn count_running<'a>(&'a self, walk: &mut Walk<'a>) {
                match self {
                    $(Self::$variant(planned) => planned.count_running(walk)),+
                }
            }

            /// See [`Planned::need`].
            pub(super) fn need(&self) -> Option<Need> {
                match self {
                    $(Self::$variant(planned) => planned.need()),+
                }
            }
        }

        impl fmt::Display for PlannedStage {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant(planned) => planned.fmt(f)),+
                }
            }
        }
    };
}

stages! {
    Read(Read => PlannedRead): "read",
    Prepare(Prepare => PlannedPrepare): "prepare",
    Train(Train => PlannedTrain): "train",
    Evaluate(Evaluate => PlannedEvaluate): "evaluate",
}
