//! The status of a sweep: the files, joined with the scheduler's queue.

use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

use serde::Serialize;

use super::attempts::Attempt;
use super::error::ClusterError;
use super::job::Jobs;
use super::members::{Sweep, SweepMember};
use super::slurm::{Element, Slurm};
use super::store::Store;
use crate::member::State;

/// The status of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Done,
    Running,
    /// The scheduler has it.
    Queued,
    /// It failed; it would fail again.
    Failed,
    /// Stopped or killed; it resumes where it was.
    Interrupted,
    /// Not started.
    Waiting,
}

impl Standing {
    /// One word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Running => "running",
            Self::Queued => "queued",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Waiting => "waiting",
        }
    }
}

/// A member that is not done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unfinished {
    pub member: usize,
    pub id: String,
    pub label: String,
    pub standing: Standing,
    /// The reason, as far as known.
    pub reason: Option<String>,
    pub attempts: usize,
    /// Seconds since the last heartbeat.
    pub heartbeat_seconds: Option<u64>,
    pub log: Option<String>,
    /// The element that has it: `job_index`.
    pub job: Option<String>,
}

/// The whole sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    pub members: usize,
    pub counts: BTreeMap<Standing, usize>,
    pub unfinished: Vec<Unfinished>,
    /// Attempts that finished after another one.
    pub duplicates: usize,
    /// Those of them whose tables differ.
    pub differing: Vec<String>,
    /// Elements (`job_index`) that the scheduler holds after a node failed to start them.
    pub given_up: Vec<String>,
    /// Who runs it on this machine or submits it, if anyone does.
    pub runner: Option<String>,
    /// Why the scheduler could not be queried, if it should have been.
    pub scheduler: Option<String>,
    /// Whether the merged tables are complete.
    pub merged: bool,
}

impl Status {
    /// Number of members with this status.
    pub fn count(&self, standing: Standing) -> usize {
        self.counts.get(&standing).copied().unwrap_or(0)
    }

    /// Numbers of the members with one of these statuses.
    pub fn numbers(&self, standings: &[Standing]) -> Vec<usize> {
        self.unfinished.iter().filter(|u| standings.contains(&u.standing)).map(|u| u.member).collect()
    }
}

/// Determines the status of all members. Publications interrupted by a kill are completed.
pub fn status(store: &Store, sweep: &Sweep) -> Result<Status, ClusterError> {
    let jobs = Jobs::of(store)?;
    let (queue, scheduler) = match Slurm.queue(&jobs) {
        Ok(queue) => (queue, None),
        Err(e) => (Vec::new(), Some(e.to_string())),
    };
    let mut holding: BTreeMap<usize, (String, String)> = BTreeMap::new();
    for element in &queue {
        for &member in jobs.members(element) {
            let words = format!("{} {}", element.state.to_lowercase(), element.reason);
            holding.insert(member, (element.name(), words));
        }
    }
    let now = SystemTime::now();
    let mut counts = BTreeMap::new();
    let mut unfinished = Vec::new();
    for member in &sweep.members {
        let row = look(store, member, holding.get(&member.number), now)?;
        *counts.entry(row.as_ref().map_or(Standing::Done, |r| r.standing)).or_insert(0) += 1;
        unfinished.extend(row);
    }
    let (duplicates, differing) = duplicates(store);
    Ok(Status {
        members: sweep.members.len(),
        counts,
        unfinished,
        duplicates,
        differing,
        given_up: queue.iter().filter(|e| e.is_given_up()).map(Element::name).collect(),
        runner: store.holder().map(|holder| holder.to_string()),
        scheduler,
        merged: super::merge::is_complete(store),
    })
}

fn look(
    store: &Store,
    member: &SweepMember,
    holding: Option<&(String, String)>,
    now: SystemTime,
) -> Result<Option<Unfinished>, ClusterError> {
    if store.settle(&member.id)? {
        return Ok(None);
    }
    let attempts = store.attempts(&member.id);
    let running = attempts.iter().rev().find(|a| matches!(a.state, State::Running { .. }));
    // Names do not say which attempt was the last; signs of life do.
    let last = running.or_else(|| attempts.iter().max_by_key(|a| a.beat));
    let standing = match (running, holding, last.map(|a| &a.state)) {
        (Some(_), _, _) => Standing::Running,
        (None, Some(_), _) => Standing::Queued,
        (None, None, Some(State::Failed)) => Standing::Failed,
        (None, None, Some(_)) => Standing::Interrupted,
        (None, None, None) => Standing::Waiting,
    };
    Ok(Some(Unfinished {
        member: member.number,
        id: member.id.clone(),
        label: member.label.clone(),
        standing,
        reason: reason(standing, last, holding),
        attempts: attempts.len(),
        heartbeat_seconds: last.and_then(|a| now.duration_since(a.beat?).ok()).map(|d| d.as_secs()),
        log: last.and_then(|a| a.log.clone()),
        job: holding.map(|(job, _)| job.clone()),
    }))
}

fn reason(standing: Standing, last: Option<&Attempt>, holding: Option<&(String, String)>) -> Option<String> {
    match (standing, last.map(|a| &a.state)) {
        (Standing::Running, Some(State::Running { holder })) => Some(holder.to_string()),
        (Standing::Queued, _) => holding.map(|(_, words)| words.clone()),
        _ => last.and_then(|a| a.error.clone()),
    }
}

fn duplicates(store: &Store) -> (usize, Vec<String>) {
    let Ok(entries) = fs::read_dir(store.duplicates()) else { return (0, Vec::new()) };
    let mut differing = Vec::new();
    let mut count = 0;
    for path in entries.flatten().map(|e| e.path()) {
        count += 1;
        let note = super::store::read_json::<serde_json::Value>(&path).ok().flatten();
        if note.is_some_and(|n| n["differing"].as_array().is_some_and(|d| !d.is_empty())) {
            differing.push(path.display().to_string());
        }
    }
    differing.sort();
    (count, differing)
}
