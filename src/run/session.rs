//! What training needs from a member's directory and from the listener.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use semola_data::durable::{Checkpoint, CheckpointStore, Tensor, TensorData, locked};
use semola_data::{Event, Progress};

use super::activity::activity;
use super::ahead::Ahead;
use super::listener::{Listener, Notice};
use crate::member::Resources;
use crate::member::RunDir;
use crate::words::number::time;
use semola_method::fit::{Saved, Session};

/// Time between two checkpoints of work in progress, unless the environment variable gives another number of seconds.
const EVERY: Duration = Duration::from_secs(10);
const EVERY_VARIABLE: &str = "SEMOLA_CHECKPOINT_SECONDS";

/// A member's session.
pub(super) struct Live<'a> {
    dir: Mutex<&'a mut RunDir>,
    checkpoints: CheckpointStore,
    every: Duration,
    listener: &'a dyn Listener,
    tasks: Mutex<BTreeMap<String, Box<dyn Progress>>>,
    saved: Mutex<BTreeMap<String, Instant>>,
    /// The running stage, and since when.
    stage: Mutex<Option<(String, Instant)>>,
    /// Number of stages.
    stages: usize,
    ahead: Mutex<Ahead>,
}

impl<'a> Live<'a> {
    /// A session over an open directory.
    pub fn new(dir: &'a mut RunDir, listener: &'a dyn Listener, stages: usize, ahead: Ahead) -> Self {
        let checkpoints = dir.checkpoints();
        let seconds = std::env::var(EVERY_VARIABLE).ok().and_then(|s| s.parse().ok());
        let every = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok()).unwrap_or(EVERY);
        let (tasks, saved, stage) = Default::default();
        let ahead = Mutex::new(ahead);
        Self { dir: Mutex::new(dir), checkpoints, every, listener, tasks, saved, stage, stages, ahead }
    }

    /// Reports how long the running stage took, if any, and starts the next.
    pub fn next_stage(&self, next: Option<String>) {
        let before = std::mem::replace(&mut *locked(&self.stage), next.map(|name| (name, Instant::now())));
        if let Some((stage, began)) = before {
            let seconds = began.elapsed().as_secs_f64();
            self.listener.notice(&Notice::StageTook { stage: &stage, seconds });
        }
    }
}

impl Session for Live<'_> {
    fn load(&self, name: &str) -> Option<Saved> {
        let loaded = self.checkpoints.load(name);
        for warning in &loaded.warnings {
            self.listener.notice(&Notice::Warning(warning));
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
        self.listener.stop()
    }

    fn progress(&self, label: &str, step: usize, total: usize, message: &dyn Fn() -> String) {
        let mut ahead = locked(&self.ahead);
        ahead.at(label, step, total);
        let (left, networks) = (ahead.left(), ahead.networks());
        drop(ahead);
        let words = || {
            let stage = locked(&self.stage).as_ref().map(|(stage, _)| stage.clone()).unwrap_or_default();
            let activity = activity(label, networks);
            if label.contains('/') { format!("{stage}: {activity}") } else { stage }
        };
        let message = || match left {
            Some((stage, run)) => format!("left: stage {}, run {}; {}", time(stage), time(run), message()),
            None => message(),
        };
        let mut tasks = locked(&self.tasks);
        let task = tasks.entry(label.to_owned()).or_insert_with(|| self.listener.task(&words(), total as u64));
        task.set(step as u64, &message);
        if let Some(task) = (step >= total).then(|| tasks.remove(label)).flatten() {
            task.finish();
        }
    }

    fn event(&self, event: Event) {
        if let Event::Stage { number, kind, name } = &event {
            locked(&self.ahead).stage(*number);
            let label =
                format!("stage {} of {}, {kind} {}", number + 1, self.stages, name.as_deref().unwrap_or_default());
            self.next_stage(Some(label.trim_end().to_owned()));
        }
        self.listener.notice(&Notice::Event(&event));
        // What each stage costs: processor seconds of this process so far.
        if let Err(e) = locked(&self.dir).event_with_cost(&event, Resources::now().cpu_seconds) {
            self.listener.notice(&Notice::Warning(&e.to_string()));
        }
    }
}
