//! Learning-rate schedules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The learning-rate schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    /// The curve from the first learning rate to the last.
    pub shape: ScheduleShape,
    /// Steps of linear warm-up.
    pub warmup: usize,
    /// The rate at the end, relative to the start (`cosine`), or after each step (`step`).
    pub floor: f64,
    /// `step`: how many epochs between two reductions.
    pub every: usize,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { shape: ScheduleShape::Cosine, warmup: 0, floor: 0.05, every: 20 }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleShape {
    #[default]
    Cosine,
    Step,
    Constant,
}

/// The factor on the learning rate at `step` (from 0) of `total`, with `per_epoch` steps per epoch.
pub fn factor(schedule: &Schedule, step: usize, total: usize, per_epoch: usize) -> f64 {
    if step < schedule.warmup {
        return (step + 1) as f64 / schedule.warmup as f64;
    }
    match schedule.shape {
        ScheduleShape::Constant => 1.0,
        ScheduleShape::Step => schedule.floor.powi((step / (per_epoch * schedule.every.max(1)).max(1)) as i32),
        ScheduleShape::Cosine => {
            let span = total.saturating_sub(schedule.warmup).max(1);
            let t = ((step - schedule.warmup) as f64 / span as f64).min(1.0);
            schedule.floor + (1.0 - schedule.floor) * 0.5 * (1.0 + (std::f64::consts::PI * t).cos())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_start_end_and_step_where_they_should() {
        let cosine = Schedule { warmup: 10, ..Schedule::default() };
        assert_eq!(factor(&cosine, 0, 110, 10), 0.1);
        assert_eq!(factor(&cosine, 10, 110, 10), 1.0);
        assert!((factor(&cosine, 60, 110, 10) - 0.525).abs() < 1e-12);
        assert!((factor(&cosine, 110, 110, 10) - 0.05).abs() < 1e-12);
        let step = Schedule { shape: ScheduleShape::Step, floor: 0.5, every: 2, ..Schedule::default() };
        assert_eq!([0, 19, 20, 40].map(|s| factor(&step, s, 100, 10)), [1.0, 1.0, 0.5, 0.25]);
    }
}
