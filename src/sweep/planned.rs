//! From a pipeline to the plan of its sweep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semola_data::{DataError, SourceFile, data_hash, files_of};

use semola_data::settings::Read;

use super::error::ClusterError;
use super::job::Jobs;
use super::members::{Sweep, SweepMember};
use super::store::Store;
use crate::pipeline::Document;
use crate::pipeline::Pipeline;
use crate::pipeline::{Memory, Plan, member_id, pipeline_hash};
use crate::run::{Family, Listener, Notice, of_other_builds, reads};
use semola_document::OneOrMany;

/// The request for a sweep.
#[derive(Debug, Clone)]
pub struct Request {
    /// The pipeline file, from which the family was loaded with these values and this seed.
    pub pipeline: PathBuf,
    pub sets: Vec<String>,
    pub seed: Option<u64>,
    /// Where the members' directories go.
    pub out: PathBuf,
    pub device: String,
    /// Threads of each member.
    pub threads: u32,
}

/// A planned sweep.
pub struct Planned {
    pub store: Store,
    pub sweep: Sweep,
    /// The pipeline's text.
    pub text: String,
    /// Bytes that the largest member needs, if known.
    pub memory: Option<usize>,
    /// Hashes of the members' pipelines.
    hashes: BTreeSet<String>,
}

impl Planned {
    /// Plans all members, and derives their names from the hashes of their data.
    ///
    /// # Errors
    /// If data cannot be read, or two members are the same.
    pub fn new(request: Request, family: &Family) -> Result<Self, ClusterError> {
        let Request { pipeline, sets, seed, out, device, threads } = request;
        let text = std::fs::read_to_string(&pipeline)
            .map_err(|e| ClusterError::Wrong(format!("{}: cannot be read: {e}", pipeline.display())))?;
        let (members, hashes) = of_family(family)?;
        let here = family.directory().as_os_str().is_empty();
        let directory = std::path::absolute(if here { Path::new(".") } else { family.directory() })
            .map_err(|e| ClusterError::Refused(format!("{}: {e}", family.directory().display())))?;
        let sweep = Sweep {
            code_version: crate::VERSION.to_owned(),
            name: family.name().to_owned(),
            pipeline: pipeline.display().to_string(),
            directory,
            sets,
            seed,
            device,
            threads,
            members,
        };
        let memory = family.plans().into_iter().map(needs).try_fold(0, |most: usize, m| Some(most.max(m?)));
        Ok(Self { store: Store::at(&out), sweep, text, memory, hashes })
    }

    /// Creates the directories and writes the plan; `fresh` removes existing results of its members, and of another
    /// pipeline's.
    ///
    /// # Errors
    /// If the file system refuses; if members that were submitted would be lost.
    pub fn save(&self, fresh: bool, listener: &dyn Listener) -> Result<(), ClusterError> {
        self.store.create()?;
        match self.store.sweep() {
            Ok(before) => self.replace(&before, fresh, listener)?,
            Err(ClusterError::NoSweep { .. }) => {}
            Err(_) if fresh => {}
            Err(e) => return Err(e),
        }
        if fresh {
            self.store.discard(&self.sweep)?;
        }
        self.tell_foreign(listener);
        self.store.save(&self.sweep, &self.text)
    }

    /// Reports pending members that already exist here, made by another build.
    fn tell_foreign(&self, listener: &dyn Listener) {
        let mut foreign = of_other_builds(self.store.out());
        let own: BTreeSet<&str> = self.sweep.members.iter().map(|m| m.id.as_str()).collect();
        foreign.retain(|id, _| own.contains(id.as_str()) && !self.store.holds(id));
        let Some(first) = foreign.values().next() else { return };
        let more = foreign.len() - 1;
        listener.notice(&Notice::OtherBuild { member: None, foreign: first, more });
    }

    /// Warns if the new plan lacks members that exist here, since nothing would refer to them any more; refuses it if
    /// they were submitted and may be running. Members whose data or program changed do not count as lacking.
    fn replace(&self, before: &Sweep, fresh: bool, listener: &dyn Listener) -> Result<(), ClusterError> {
        let own: BTreeSet<&str> = self.sweep.members.iter().map(|m| m.id.as_str()).collect();
        let mut missing: Vec<&SweepMember> = before.members.iter().filter(|m| !own.contains(m.id.as_str())).collect();
        if missing.is_empty() {
            return Ok(());
        }
        if let Ok(hashes) = hashes_of(&self.store, before) {
            missing.retain(|m| hashes.get(&(m.point, m.seed)).is_none_or(|hash| !self.hashes.contains(hash)));
        }
        // A part of the same sweep (`--seed`) is no reason to remove the rest of it.
        let other = missing.len() == before.members.len();
        let submitted = !Jobs::of(&self.store)?.0.is_empty();
        missing.retain(|m| submitted || self.store.holds(&m.id));
        let Some(first) = missing.first() else { return Ok(()) };
        if fresh && other {
            return self.store.discard(before);
        }
        let out = self.store.out().display();
        let advice = if other { ", or --fresh to remove them and start over" } else { "" };
        let (count, label, pipeline) = (missing.len(), &first.label, &before.pipeline);
        let text = format!(
            "{out}: {count} members of '{pipeline}' lie here that this sweep does not have (such as `{label}`): `sweep status` and \
             `sweep merge` do not know of them any more"
        );
        if submitted {
            return Err(ClusterError::Wrong(format!("{text}, and jobs were submitted; give another --out{advice}")));
        }
        listener.notice(&Notice::Warning(&format!("{text}; with another --out they stay apart{advice}")));
        Ok(())
    }
}

/// The hash of each member's pipeline, by point and seed, of a sweep as it was planned.
fn hashes_of(store: &Store, sweep: &Sweep) -> Result<BTreeMap<(usize, u64), String>, ClusterError> {
    let document = Document::from_copy(&sweep.pipeline, &store.pipeline()?, &sweep.sets, &sweep.directory)?;
    let mut hashes = BTreeMap::new();
    let mut at: Option<(usize, Pipeline)> = None;
    for member in &sweep.members {
        let pipeline = match at.take().filter(|(point, _)| *point == member.point) {
            Some((_, pipeline)) => pipeline,
            None => document.at(member.point)?.content().clone(),
        };
        let own = Pipeline { seed: OneOrMany::One(member.seed), ..pipeline };
        hashes.insert((member.point, member.seed), pipeline_hash(&own));
        at = Some((member.point, own));
    }
    Ok(hashes)
}

/// All members, and the hashes of their pipelines.
fn of_family(family: &Family) -> Result<(Vec<SweepMember>, BTreeSet<String>), ClusterError> {
    let mut all = BTreeSet::new();
    let mut hashed: Vec<(Read, Vec<SourceFile>)> = Vec::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut members = Vec::new();
    let mut hashes: Vec<String> = Vec::new();
    for plan in family.plans() {
        hashes.push(data_hash(&files(plan, family, &mut hashed)?));
    }
    for member in family.members() {
        let plan = family.plan(member.point)?.with_seed(member.seed);
        all.insert(plan.pipeline_hash.clone());
        let id = member_id(&plan.pipeline_hash, &hashes[member.point], member.seed, crate::VERSION);
        let label = family.label(member);
        if let Some(other) = seen.insert(id.clone(), label.clone()) {
            return Err(ClusterError::Wrong(format!(
                "two members are the same: `{other}` and `{label}`; remove one point"
            )));
        }
        let settings = family.settings(member.point).to_vec();
        members.push(SweepMember {
            number: member.number,
            point: member.point,
            seed: member.seed,
            id,
            label,
            settings,
        });
    }
    Ok((members, all))
}

/// The data files of a plan in the order in which a member names them, each hashed once.
fn files(
    plan: &Plan,
    family: &Family,
    hashed: &mut Vec<(Read, Vec<SourceFile>)>,
) -> Result<Vec<SourceFile>, DataError> {
    // What the files are does not depend on which of their columns are read.
    let asked = |read: &Read| Read {
        name: String::new(),
        like: None,
        fields: BTreeMap::new(),
        filter: None,
        select: BTreeMap::new(),
        group: None,
        group_by: None,
        limit: None,
        ..read.clone()
    };
    let by_name: BTreeMap<&str, Read> = reads(plan).map(|r| (r.spec.name.as_str(), asked(&r.spec))).collect();
    let mut all = Vec::new();
    for read in by_name.into_values() {
        let found = match hashed.iter().find(|(known, _)| *known == read) {
            Some((_, files)) => files.clone(),
            None => {
                let files = files_of(&read, family.base())?;
                hashed.push((read, files.clone()));
                files
            }
        };
        all.extend(found);
    }
    Ok(all)
}

fn needs(plan: &Plan) -> Option<usize> {
    let memory = Memory::of(plan);
    Some(memory.peak?.max(memory.data?.saturating_add(memory.training?)))
}
