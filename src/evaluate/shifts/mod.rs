//! Distribution shifts: how a network is evaluated away from its training data. One shift per file.

mod exchange;
mod moved;
mod noise;
mod sector;

use schemars::JsonSchema;
use semola_engine::{Layout, Streams};
use serde::{Deserialize, Serialize};

pub use exchange::Exchange;
pub use noise::Noise;
pub use sector::Sector;

use crate::stage::StageError;
use semola_method::motion::{Boost, KnownGroup, Mirror, Rotate};
use semola_plan::{Context, DataShape, FieldShape, ModelShape};

/// What a shift is checked against.
pub struct Subject<'a> {
    pub models: &'a [(String, ModelShape)],
    pub sets: &'a [(String, DataShape)],
    /// Inputs and targets of all models.
    pub fields: Vec<(String, FieldShape)>,
}

impl Subject<'_> {
    /// Whether there is an input that group elements act on (no error if no model is known).
    fn is_acted_on(&self, context: &mut Context<'_>, at: &str) -> bool {
        let inputs = self.models.iter().flat_map(|(_, m)| &m.inputs).any(|(_, f)| f.action.dim().is_some());
        if !inputs && !self.models.is_empty() {
            context.error(at, "every input field is scalar: the shift would change nothing");
        }
        inputs
    }
}

/// Rows before a shift.
pub struct Rows<'a> {
    /// Inputs, row-major, in prepared units.
    pub x: &'a [f32],
    pub x_layout: &'a Layout,
    /// Plain targets.
    pub y: &'a [f32],
    pub y_layout: &'a Layout,
    /// The first column of a field among the inputs.
    pub column_of: &'a dyn Fn(&str) -> Result<usize, StageError>,
}

impl Rows<'_> {
    /// The rows as they are.
    pub fn unchanged(&self) -> Shifted {
        let n = self.x.len() / self.x_layout.width.max(1);
        Shifted { rows: (0..n).collect(), x: self.x.to_vec(), y: self.y.to_vec() }
    }
}

/// Rows under a shift: which rows of the data set they are, and their values.
pub struct Shifted {
    pub rows: Vec<usize>,
    pub x: Vec<f32>,
    pub y: Vec<f32>,
}

/// The interface of a shift.
pub trait ShiftKind {
    /// Reports why the data cannot be changed in that way; `at` is the path of the settings.
    fn check(&self, context: &mut Context<'_>, subject: &Subject<'_>, at: &str);

    /// Its label in tables, in a few words and without the settings' names: `rotate ±30° (0,1)`.
    fn label(&self) -> String;

    /// Changes rows of inputs and targets.
    ///
    /// # Errors
    /// If a field or group does not exist.
    fn apply(&self, rows: &Rows<'_>, streams: &Streams) -> Result<Shifted, StageError>;
}

/// Defines the enum of shifts from one list.
macro_rules! shifts {
    ($($(#[$doc:meta])* $variant:ident($settings:ty): $name:literal),+ $(,)?) => {
        /// A stated change of distribution.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Shift {
            $($(#[$doc])* $variant($settings)),+
        }

        impl Shift {
            /// As it is written in a pipeline.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name),+
                }
            }

            /// The chosen shift.
            pub fn kind(&self) -> &dyn ShiftKind {
                match self {
                    $(Self::$variant(settings) => settings),+
                }
            }
        }
    };
}

shifts! {
    /// Rotate every example.
    Rotate(Rotate): "rotate",
    /// Boost every example (Lorentz): its four-momenta as seen by a moving observer.
    Boost(Boost): "boost",
    /// Apply random elements of a given group.
    Group(KnownGroup): "group",
    /// Change the sign of some coordinates of every example: a mirror.
    Mirror(Mirror): "mirror",
    /// Exchange equal blocks of every example.
    Exchange(Exchange): "exchange",
    /// Keep the examples whose vector lies in a sector of angles.
    Sector(Sector): "sector",
    /// Add Gaussian noise to the inputs.
    Noise(Noise): "noise",
}

/// Reports everything that is wrong with the shifts of a stage.
pub fn check(
    context: &mut Context<'_>,
    shifts: &[Shift],
    models: &[(String, ModelShape)],
    sets: &[(String, DataShape)],
) {
    let mut fields: Vec<(String, FieldShape)> = Vec::new();
    for (_, model) in models {
        let all = model.inputs.iter().chain(&model.targets);
        fields.extend(all.filter(|f| !fields.contains(f)).cloned().collect::<Vec<_>>());
    }
    let subject = Subject { models, sets, fields };
    for (i, shift) in shifts.iter().enumerate() {
        let at = format!("shifts[{i}]");
        if shifts[..i].contains(shift) {
            context.error(&at, "this shift is listed twice");
        }
        shift.kind().check(context, &subject, &format!("{at}.{}", shift.name()));
    }
}

#[cfg(test)]
mod testing {
    use semola_engine::{Place, Segment};
    use semola_lie::action::Action;

    use super::*;

    /// One vector of R^2.
    pub fn layout() -> Layout {
        let (action, place) = (Action::Vector { dim: 2 }, Place::Row);
        let segment = Segment { start: 0, blocks: 1, action, translation_scale: 1.0, place };
        Layout { side: 2, linear: 2, width: 2, segments: vec![segment], points: None }
    }

    /// Rows whose every field starts at the first column.
    pub fn rows<'a>((x, x_layout): (&'a [f32], &'a Layout), (y, y_layout): (&'a [f32], &'a Layout)) -> Rows<'a> {
        Rows { x, x_layout, y, y_layout, column_of: &|_| Ok(0) }
    }
}
