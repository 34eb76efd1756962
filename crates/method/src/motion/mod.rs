//! Motions given in a pipeline: rotations, boosts, elements of a given group, mirrors.
//!
//! Shifts move test data by them, the step `turn` moves rows by them. A motion is one file: its settings, whether it is
//! valid for given fields, its label, and the random elements of [`semola_lie`] that it stands for.

mod boost;
mod check;
mod elements;
mod group;
mod mirror;
mod rotate;
mod target;

use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use semola_lie::motion::Motion;
use semola_lie::name::NameError;
use serde::{Deserialize, Serialize};

pub use boost::Boost;
pub use check::{check_group, common_dim};
pub use elements::{Elements, GroupSource};
pub use group::{DEFAULT_EXTENT, KnownGroup};
pub use mirror::Mirror;
pub use rotate::{Rotate, RotatePart, Uniform, check_plane};
pub use target::MovedTarget;

use semola_plan::{Context, FieldShape};

/// The settings of a motion.
pub trait Moves {
    /// Reports why the fields cannot be moved like that; `at` is the path of the settings.
    fn check(&self, context: &mut Context<'_>, fields: &[(String, FieldShape)], at: &str);

    /// A few words: `rotate ±30° (0,1)`.
    fn label(&self) -> String;

    /// The random elements on R^k.
    ///
    /// # Errors
    /// If no group of that name acts on R^k.
    fn on(&self, k: usize) -> Result<Moving, NameError>;
}

/// Random elements with given bounds.
#[derive(Debug, Clone)]
pub struct Moving {
    pub motion: Motion,
    /// Elements are in homogeneous coordinates: they may have translations.
    pub affine: bool,
}

impl GroupSource for Moving {
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements {
        Elements::of((0..n).map(|_| self.motion.sample(rng)))
    }
}

/// Makes the choice of a motion from one list.
macro_rules! motions {
    ($($(#[$doc:meta])* $variant:ident($settings:ty): $name:literal),+ $(,)?) => {
        /// How rows are moved.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Pose {
            $($(#[$doc])* $variant($settings)),+
        }

        impl Pose {
            /// As it is written in a pipeline.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name),+
                }
            }

            /// The chosen motion.
            pub fn moves(&self) -> &dyn Moves {
                match self {
                    $(Self::$variant(settings) => settings),+
                }
            }
        }
    };
}

motions! {
    Rotate(Rotate): "rotate",
    /// A Lorentz boost.
    Boost(Boost): "boost",
    /// Elements of a given group.
    Group(KnownGroup): "group",
    /// The sign of these coordinates changes.
    Mirror(Mirror): "mirror",
}
