//! The kinds of stages, in one list.

use schemars::JsonSchema;
use semola_data::settings::Read;
use serde::{Deserialize, Serialize};

use crate::evaluate::{Evaluate, PlannedEvaluate};
use crate::prepare::Prepare;
use crate::stage::{Planned, PlannedPrepare, PlannedRead, StageKind};
use crate::train::{PlannedTrain, Train};
use semola_plan::Context;

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

            /// The stage behind the interface that all stages share.
            pub fn planned(&self) -> &dyn Planned {
                match self {
                    $(Self::$variant(planned) => planned),+
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
