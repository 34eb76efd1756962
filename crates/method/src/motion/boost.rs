//! Random Lorentz boosts.

use schemars::JsonSchema;
use semola_lie::motion::Motion;
use semola_lie::name::NameError;
use serde::{Deserialize, Serialize};

use super::common_dim;
use super::rotate::no_axis;
use super::{Moves, Moving};
use semola_plan::{Context, FieldShape};

/// A larger rapidity leaves nothing of single precision (e²⁰ is 5·10⁸).
const MAX_RAPIDITY: f64 = 10.0;

/// Random Lorentz boosts, in a uniformly random spatial direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Boost {
    /// Rapidities are uniform between minus and plus this number.
    pub rapidity: f64,
    /// The coordinate that is the time or the energy.
    #[serde(default)]
    pub time: usize,
}

impl Moves for Boost {
    fn check(&self, context: &mut Context<'_>, fields: &[(String, FieldShape)], at: &str) {
        let Some(k) = common_dim(context, fields.iter(), at) else {
            return;
        };
        let good = self.rapidity > 0.0 && self.rapidity <= MAX_RAPIDITY;
        let most = format!("above 0 and at most {MAX_RAPIDITY}");
        context.require(good, &format!("{at}.rapidity"), self.rapidity, &most);
        if self.time >= k {
            context.error(&format!("{at}.time"), no_axis(self.time, k));
        } else if k < 2 {
            context.error(at, "a boost needs time and space, two dimensions or more");
        }
    }

    fn label(&self) -> String {
        let time = if self.time == 0 { String::new() } else { format!(" (time {})", self.time) };
        format!("boost ±{}{time}", self.rapidity)
    }

    fn on(&self, k: usize) -> Result<Moving, NameError> {
        let motion = Motion::Boost { k, time: self.time, rapidity: self.rapidity };
        Ok(Moving { motion, affine: false })
    }
}
