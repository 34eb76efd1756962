//! `sweep.json`: the members of a sweep, fixed before the first one starts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What every attempt needs to know.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    pub code_version: String,
    /// The pipeline's name.
    pub name: String,
    /// The name of the pipeline file in messages; its text is stored next to this file.
    pub pipeline: String,
    /// The directory that paths in the pipeline are relative to, absolute.
    pub directory: PathBuf,
    /// `--set` arguments.
    pub sets: Vec<String>,
    /// `--seed`, in place of the pipeline's seeds.
    pub seed: Option<u64>,
    pub device: String,
    /// Threads of each member.
    pub threads: u32,
    pub members: Vec<SweepMember>,
}

/// One member.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SweepMember {
    /// Its number, from 0.
    pub number: usize,
    pub point: usize,
    pub seed: u64,
    /// The name of its directory: a hash of everything that determines its result.
    pub id: String,
    /// What distinguishes it from the others: `seed 3, learned.epochs=5`.
    pub label: String,
    /// What its point sets.
    pub settings: Vec<(String, Value)>,
}
