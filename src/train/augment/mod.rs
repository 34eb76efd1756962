//! What a model trains along: one file a method of augmentation, with its settings, checks, label, memory and work.

mod augerino;
mod job;
mod known;
mod learned;
mod liegan;
mod none;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::augerino::Augerino;
pub use self::job::{Augmented, Given, Job};
pub use self::known::Known;
pub use self::liegan::Liegan;
use self::none::Plain;
use crate::discover::settings::Learned;
use crate::fit::space::Space;
use crate::fit::space::check_space;
use crate::fit::{PlannedSpace, TrainError};
use crate::motion::MovedTarget;
use crate::motion::check_group;
use crate::plan::{Context, FieldShape};

/// What a method moves data by.
pub enum Moves<'a> {
    Nothing,
    /// A group with a name, and the path of the name below the method's settings.
    Group {
        name: &'a str,
        below: &'static str,
    },
    /// Anything that a search space generates.
    Space(&'a Space),
}

/// What training takes, in networks that are held together, and in passes of a batch.
pub struct Effort {
    pub networks: usize,
    pub passes: usize,
}

impl Effort {
    /// One network, one pass.
    pub const PLAIN: Self = Self { networks: 1, passes: 1 };
}

/// What every method of augmentation says and does.
pub trait Method {
    /// Checks what can be checked without knowing the fields; `at` is the path of the settings. Gives the search space in numbers,
    /// where there is one.
    fn check(&self, context: &mut Context<'_>, at: &str) -> Option<PlannedSpace>;

    /// What data is moved by.
    fn moves(&self) -> Moves<'_>;

    /// A few words for `semola-pipe check`.
    fn label(&self, space: Option<PlannedSpace>) -> String;

    /// What it takes.
    fn effort(&self) -> Effort;

    /// What outputs for transformed rows should be.
    fn target(&self) -> MovedTarget;

    /// Trains a model.
    ///
    /// # Errors
    /// Interruption, divergence, checkpoints that cannot be written, groups and spaces that do not exist, too little data.
    fn train(&self, job: &Job<'_>) -> Result<Augmented, TrainError>
    where
        Self: Sized;
}

/// Makes the choice of a method from one list.
macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident($settings:ty): $name:literal),+ $(,)?) => {
        /// Which augmentation trains along.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Augment {
            /// None: symmetry only implicit.
            #[default]
            None,
            $($(#[$doc])* $variant($settings)),+
        }

        impl Augment {
            /// As it is written in a pipeline.
            pub fn name(&self) -> &'static str {
                match self {
                    Self::None => "none",
                    $(Self::$variant(_) => $name),+
                }
            }

            /// The chosen method.
            pub fn method(&self) -> &dyn Method {
                match self {
                    Self::None => &Plain,
                    $(Self::$variant(settings) => settings),+
                }
            }

            /// See [`Method::train`].
            ///
            /// # Errors
            /// As [`Method::train`].
            pub fn train(&self, job: &Job<'_>) -> Result<Augmented, TrainError> {
                match self {
                    Self::None => Plain.train(job),
                    $(Self::$variant(settings) => settings.train(job)),+
                }
            }
        }
    };
}

methods! {
    /// A symmetry given in advance, by name (`so(2)`, `so(3)`, `so(1,3)`, `t(3)`, `se(3)`, `scale`, …).
    Known(Known): "known",
    /// SEMoLA: a symmetry discovered jointly.
    Learned(Learned): "learned",
    /// Augerino-style: learned widths of fixed generators.
    Augerino(Augerino): "augerino",
    /// LieGAN-style: generators that deceive a discriminator of given and transformed pairs.
    Liegan(Liegan): "liegan",
}

impl Augment {
    /// Checks what can be checked without knowing the fields.
    pub fn check(&self, context: &mut Context<'_>) -> Option<PlannedSpace> {
        self.method().check(context, &self.at())
    }

    /// Checks that the group or search space has something to act on and that the dimensions agree.
    pub fn check_fields(
        &self,
        context: &mut Context<'_>,
        inputs: &[(String, FieldShape)],
        targets: &[(String, FieldShape)],
    ) {
        let (at, moves) = (self.at(), self.method().moves());
        if matches!(moves, Moves::Nothing) {
            return;
        }
        if inputs.iter().all(|(_, f)| f.action.dim().is_none()) {
            let help = "give an input field an `action` (vector, points, covector, tensor) where it is read";
            context.error_help(&at, "every input field is scalar: a group has nothing to act on", help);
            return;
        }
        let fields = inputs.iter().chain(targets);
        match moves {
            Moves::Nothing => {}
            Moves::Group { name, below } => check_group(context, name, fields, &format!("{at}{below}")),
            Moves::Space(space) => check_space(context, space, fields, &at),
        }
    }

    /// Whether the search space has translations.
    pub fn is_affine(&self) -> bool {
        matches!(self.method().moves(), Moves::Space(Space::Affine(_)))
    }

    /// The path of the settings.
    fn at(&self) -> String {
        format!("augment.{}", self.name())
    }
}

/// The label of a method with a search space.
fn with_space(name: &str, space: Option<PlannedSpace>) -> String {
    format!("{name}, {}", space.map(|space| space.to_string()).unwrap_or_default())
}
