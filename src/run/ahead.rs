//! How long a run still takes, from the speed so far: optimisation steps that are planned, and those that are done.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::pipeline::Plan;

/// Before that much time and that share of the work nothing is foretold.
const LEAST_TIME: Duration = Duration::from_secs(5);
const LEAST_SHARE: f64 = 0.01;
/// Networks that test a claim take these shares of the steps of the audit's: along it, and on what is left.
const CLAIM: f64 = 1.5;

/// The work of a run.
#[derive(Debug)]
pub(super) struct Ahead {
    /// Planned steps of each stage.
    stages: Vec<f64>,
    /// Networks of the audit, by stage.
    networks: Vec<Option<u64>>,
    current: usize,
    /// Steps of the current stage's pieces: those at first sight (done by an earlier attempt), now, and in all.
    pieces: BTreeMap<String, [f64; 3]>,
    /// Steps of this attempt in the stages before.
    before: f64,
    /// Since when networks are trained, in this attempt and in the current stage.
    began: Option<Instant>,
    stage_began: Option<Instant>,
}

impl Ahead {
    /// Of a plan, whose resolved settings are given.
    pub fn of(plan: &Plan, settings: &Value) -> Self {
        let stages = settings["stages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let rows = plan.training_rows();
        let work = |(at, stage): (usize, &Value)| {
            stage.get("train").map_or(0.0, |train| steps(train, rows.get(at).copied().flatten().unwrap_or_default()))
        };
        let networks = |stage: &Value| stage["train"]["augment"]["learned"]["audit"]["networks"].as_u64();
        Self {
            stages: stages.iter().enumerate().map(work).collect(),
            networks: stages.iter().map(networks).collect(),
            current: 0,
            pieces: BTreeMap::new(),
            before: 0.0,
            began: None,
            stage_began: None,
        }
    }

    /// A stage begins.
    pub fn stage(&mut self, number: usize) {
        self.before += self.done();
        self.pieces.clear();
        self.stage_began = None;
        self.current = number;
    }

    /// Networks of the current stage's audit.
    pub fn networks(&self) -> Option<u64> {
        self.networks.get(self.current).copied().flatten()
    }

    /// A piece of work of the current stage is at a step.
    pub fn at(&mut self, label: &str, step: usize, total: usize) {
        // Only networks count: what else there is takes little time.
        if !label.contains('/') {
            return;
        }
        self.began.get_or_insert_with(Instant::now);
        self.stage_began.get_or_insert_with(Instant::now);
        let piece = self.pieces.entry(label.to_owned()).or_insert([step as f64, 0.0, total as f64]);
        piece[1] = step as f64;
    }

    /// Steps of this attempt in the current stage.
    fn done(&self) -> f64 {
        self.pieces.values().map(|[first, now, _]| now - first).sum()
    }

    /// Seconds that are left of the stage and of the run; `None` where too little is known.
    pub fn left(&self) -> Option<(f64, f64)> {
        self.left_after(self.began?.elapsed(), self.stage_began?.elapsed())
    }

    /// The same with the times since these began.
    fn left_after(&self, elapsed: Duration, in_stage: Duration) -> Option<(f64, f64)> {
        let done = self.before + self.done();
        let planned: f64 = self.stages.iter().sum();
        if elapsed < LEAST_TIME || done < LEAST_SHARE * planned || done <= 0.0 {
            return None;
        }
        let open: f64 = self.pieces.values().map(|[_, now, total]| (total - now).max(0.0)).sum();
        let now: f64 = self.pieces.values().map(|[_, now, _]| now).sum();
        let stage = (self.stages.get(self.current).copied().unwrap_or_default() - now).max(open);
        let rest: f64 = self.stages.iter().skip(self.current + 1).sum();
        // Networks differ: the pace of this stage counts as soon as it is known.
        let pace = match self.done() {
            own if in_stage >= LEAST_TIME && own > LEAST_SHARE * planned => in_stage.as_secs_f64() / own,
            _ => elapsed.as_secs_f64() / done,
        };
        Some((pace * stage, pace * (stage + rest)))
    }
}

/// Planned steps of a stage `train`.
fn steps(train: &Value, rows: usize) -> f64 {
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let epoch = (rows as f64 / number(&train["batch"]).max(1.0)).ceil();
    let learned = &train["augment"]["learned"];
    let audit = &learned["audit"];
    let discovery = number(&learned["steps"]) + number(&audit["networks"]) * number(&audit["steps"]) * (1.0 + CLAIM);
    number(&train["epochs"]) * epoch + discovery
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ahead() -> Ahead {
        let (stages, networks) = (vec![0.0, 1000.0, 3000.0], vec![None, Some(3), None]);
        Ahead { stages, networks, current: 0, pieces: BTreeMap::new(), before: 0.0, began: None, stage_began: None }
    }

    #[test]
    fn what_is_left_follows_from_the_pace_of_this_attempt() {
        let mut run = ahead();
        run.stage(1);
        assert_eq!(run.left(), None);
        run.at("prepare", 1, 2);
        // An earlier attempt did 200 steps.
        run.at("learned/audit0", 200, 500);
        run.at("learned/audit0", 400, 500);
        let left = |run: &Ahead, seconds| run.left_after(Duration::from_secs(seconds), Duration::ZERO);
        assert_eq!(left(&run, 4), None);
        assert_eq!(left(&run, 20), Some((60.0, 360.0)));
        let in_stage = run.left_after(Duration::from_secs(20), Duration::from_secs(10));
        assert_eq!(in_stage, Some((30.0, 180.0)), "this stage is twice as fast as the one before");
        // Work beyond the plan, such as a second look, counts while it is open.
        run.at("learned/second0-1-0", 0, 2000);
        assert_eq!(left(&run, 20).unwrap().0, 210.0);
        run.stage(2);
        assert_eq!((left(&run, 20), run.networks()), (Some((300.0, 300.0)), None));
    }

    #[test]
    fn the_plan_counts_steps_of_every_network() {
        let train = json!({"epochs": 10, "batch": 100, "augment": {"learned": {"steps": 50, "audit": {"networks": 2, "steps": 40}}}});
        assert_eq!(steps(&train, 950), 10.0 * 10.0 + 50.0 + 2.0 * 40.0 * 2.5);
        assert_eq!(steps(&json!({"epochs": 3, "batch": 7, "augment": "none"}), 8), 6.0);
    }
}
