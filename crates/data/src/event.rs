//! What happens to a member while it runs: the lines of its event log.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// Something that happened. As JSON it is an object: its name under `event`, then its details.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// An attempt at the member began.
    Started {
        attempt: u32,
        seed: u64,
        device: String,
    },
    /// The attempt ended, and how.
    Done(Ending),
    Failed(Ending),
    Interrupted(Ending),
    /// A warning.
    Warning {
        message: String,
    },
    /// A stage begins.
    Stage {
        number: usize,
        kind: &'static str,
        name: Option<String>,
    },
    /// A step of preparation was fitted; with what was fitted.
    Prepared(Value),
    /// Rows of a data set were left out, by the column to blame.
    LeftOut {
        data: String,
        dropped: BTreeMap<String, usize>,
        message: String,
    },
    /// A shift leaves no row to evaluate a model on.
    #[serde(rename = "left_out")]
    NothingLeft {
        model: String,
        message: String,
    },
    /// Networks along one algebra were compared with networks along another.
    SecondLook(Comparison),
    /// The conclusion about a model.
    Discovered(Discovery),
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ending {
    /// Seconds of all attempts so far.
    pub seconds: f64,
    pub error: Option<String>,
}

/// One comparison of a second look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    pub model: String,
    /// The nearest standard algebra.
    pub name: String,
    pub rank: usize,
    pub angle: f64,
    /// What it is compared with.
    pub against: String,
    pub steps: usize,
    pub networks: usize,
    /// Ratio of the losses, with its interval.
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
}

/// What was discovered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Discovery {
    pub model: String,
    pub verdict: String,
    pub name: String,
    pub rank: usize,
    pub angle: f64,
    pub skill: f64,
    pub strengths: Vec<f64>,
}
