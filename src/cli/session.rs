//! What training needs from a run directory and a terminal.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::{
    Checkpoint, CheckpointStore, Printer, Resources, RunDir, Task, Tensor, TensorData, interrupt, locked,
};
use crate::train::{Saved, Session};

/// Time between two checkpoints of work in progress, unless the variable says another number of seconds.
const EVERY: Duration = Duration::from_secs(10);
const EVERY_VARIABLE: &str = "SEMOLA_CHECKPOINT_SECONDS";

/// A member's session.
pub struct Live<'a> {
    pub dir: Mutex<&'a mut RunDir>,
    checkpoints: CheckpointStore,
    every: Duration,
    printer: &'a Printer,
    tasks: Mutex<BTreeMap<String, Task>>,
    saved: Mutex<BTreeMap<String, Instant>>,
    /// The stage that is at work, and since when.
    stage: Mutex<Option<(String, Instant)>>,
}

impl<'a> Live<'a> {
    /// A session over an open run directory.
    pub fn new(dir: &'a mut RunDir, printer: &'a Printer) -> Self {
        let checkpoints = dir.checkpoints();
        let seconds = std::env::var(EVERY_VARIABLE).ok().and_then(|s| s.parse().ok());
        let every = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok()).unwrap_or(EVERY);
        let (tasks, saved, stage) = Default::default();
        Self { dir: Mutex::new(dir), checkpoints, every, printer, tasks, saved, stage }
    }

    /// Tells how long the stage took that was at work, if any, and goes on with the next.
    pub fn next_stage(&self, next: Option<String>) {
        let before = std::mem::replace(&mut *locked(&self.stage), next.map(|name| (name, Instant::now())));
        if let Some((name, began)) = before {
            self.printer.detail(&format!("{name}: {:.2} s", began.elapsed().as_secs_f64()));
        }
    }
}

/// `stage 3, train plain`, of the event that a stage begins.
fn stage_label(details: &Value) -> String {
    let text = |key: &str| details.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = details.get("number").and_then(Value::as_u64).unwrap_or_default();
    format!("stage {number}, {} {}", text("kind"), text("name")).trim_end().to_owned()
}

impl Session for Live<'_> {
    fn load(&self, name: &str) -> Option<Saved> {
        let loaded = self.checkpoints.load(name);
        for warning in loaded.warnings {
            self.printer.warning(&warning);
        }
        let checkpoint = loaded.checkpoint?;
        let tensors = checkpoint.tensors.into_iter().filter_map(|(name, t)| match t.data {
            TensorData::F32(values) => Some((name, values)),
            TensorData::F64(_) => None,
        });
        Some(Saved { tensors: tensors.collect(), state: checkpoint.state })
    }

    fn save(&self, name: &str, saved: &Saved) -> Result<(), String> {
        let tensor = |values: &Vec<f32>| Tensor { shape: vec![values.len()], data: TensorData::F32(values.clone()) };
        let tensors = saved.tensors.iter().map(|(name, values)| (name.clone(), tensor(values))).collect();
        let checkpoint = Checkpoint { tensors, state: saved.state.clone() };
        self.checkpoints.save(name, &checkpoint).map_err(|e| e.to_string())?;
        locked(&self.saved).insert(name.to_owned(), Instant::now());
        Ok(())
    }

    fn due(&self, name: &str) -> bool {
        let mut saved = locked(&self.saved);
        let last = saved.entry(name.to_owned()).or_insert_with(Instant::now);
        last.elapsed() >= self.every
    }

    fn interrupted(&self) -> bool {
        interrupt::requested()
    }

    fn progress(&self, label: &str, step: usize, total: usize, message: &dyn Fn() -> String) {
        let mut tasks = locked(&self.tasks);
        let task = tasks.entry(label.to_owned()).or_insert_with(|| self.printer.task(label, total as u64));
        task.set(step as u64, message);
        if let Some(task) = (step >= total).then(|| tasks.remove(label)).flatten() {
            task.finish();
        }
    }

    fn event(&self, kind: &str, mut details: Value) {
        if kind == "stage" {
            self.next_stage(Some(stage_label(&details)));
        }
        if kind == "left_out" {
            self.printer.warning(details.get("message").and_then(Value::as_str).unwrap_or_default());
        }
        // What each stage costs: processor seconds of this process so far.
        if let (Some(fields), Some(cpu)) = (details.as_object_mut(), Resources::now().cpu_seconds) {
            fields.insert("cpu_seconds".to_owned(), cpu.into());
        }
        if let Err(e) = locked(&self.dir).event(kind, details) {
            self.printer.warning(&e.to_string());
        }
    }
}
