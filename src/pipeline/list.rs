//! The kinds of stages, in one list.

use std::fmt;

use schemars::JsonSchema;
use semola_data::settings::Read;
use serde::{Deserialize, Serialize};

use crate::evaluate::{Evaluate, PlannedEvaluate};
use crate::plan::{Context, Keys, Need, Walk};
use crate::prepare::Prepare;
use crate::stage::{Planned, PlannedPrepare, PlannedRead, StageError, StageKind, World};
use crate::train::{PlannedTrain, Train};

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

        /// A stage that passed all checks.
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
