//! Jobs that were submitted to a scheduler: which members each of their elements runs.

use std::fs;

use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::slurm::Element;
use super::store::{Store, read_json};

/// A job array.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its id in the scheduler.
    pub id: String,
    pub engine: String,
    /// RFC 3339, UTC.
    pub submitted: String,
    /// Numbers of the members that each element runs, one after the other.
    pub elements: Vec<Vec<usize>>,
}

/// All jobs of a sweep, the oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Jobs(pub Vec<Job>);

impl Jobs {
    /// Those that were recorded.
    pub fn of(store: &Store) -> Result<Self, ClusterError> {
        let directory = store.jobs();
        let Ok(entries) = fs::read_dir(&directory) else { return Ok(Self::default()) };
        let paths = entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "json"));
        let mut jobs: Vec<Job> = Vec::new();
        for path in paths {
            jobs.extend(read_json(&path)?);
        }
        jobs.sort_by(|a, b| (&a.submitted, &a.id).cmp(&(&b.submitted, &b.id)));
        Ok(Self(jobs))
    }

    /// Numbers of the members that an element of the queue runs.
    pub fn members(&self, element: &Element) -> &[usize] {
        let job = self.0.iter().find(|job| job.id == element.job);
        job.and_then(|job| job.elements.get(element.index)).map_or(&[], Vec::as_slice)
    }

    /// Records a job.
    pub fn record(store: &Store, job: &Job) -> Result<(), ClusterError> {
        store.write_json(&store.jobs().join(format!("{}.json", job.id)), job)
    }
}
