//! `sweep.json`: the members of a sweep, fixed before the first one starts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::path_text;
use crate::member::{ID_DIGITS, is_member_id};

/// What every attempt needs to know.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    pub code_version: String,
    /// The pipeline's name.
    pub name: String,
    /// The name of the pipeline file in messages; its text is stored next to this file.
    pub pipeline: String,
    /// The directory that paths in the pipeline are relative to, absolute.
    #[serde(with = "path_text")]
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

impl Sweep {
    /// Checks what becomes paths, arguments and places in lists: the file may have been edited, or come from elsewhere.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for (at, member) in self.members.iter().enumerate() {
            if !is_member_id(&member.id) {
                return Err(format!(
                    "member {at}: {:?} is not the id of a member ({ID_DIGITS} hexadecimal digits)",
                    member.id
                ));
            }
            if !seen.insert(&member.id) {
                return Err(format!("member {at}: the id {} occurs twice", member.id));
            }
            if member.number != at {
                return Err(format!("member {at} has the number {}", member.number));
            }
        }
        Ok(())
    }
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
