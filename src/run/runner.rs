//! Runs members of a family one after the other, keeping the data of the last one.

use std::collections::{BTreeMap, BTreeSet};

use semola_data::durable::checkpoint::Checkpoint;
use semola_data::table::{Identity, RunRow, TableError, Tables};
use semola_data::{Blame, Dataset, Fault, SourceFile, data_hash};
use semola_engine::{Backend, spill};

use super::ahead::Ahead;
use super::device::Device;
use super::family::{Family, Member, files, read_all};
use super::family_error::FamilyError;
use super::listener::{Listener, Notice};
use super::session::Live;
use super::versions::versions;
use crate::member::RunDir;
use crate::member::{DataFile, Manifest, Status};
use crate::model::Model;
use crate::model::checkpoint;
use crate::pipeline::run_stages;
use crate::pipeline::{OnDisk, Plan, member_id};

/// If the next member is unknown, data sets up to this size (bytes) stay in memory for it; the running member then
/// holds them twice.
const KEPT: usize = 512 << 20;

/// Which members come next.
#[derive(Debug, Clone, Copy)]
pub enum Next<'a> {
    /// These, in this order: data is kept if the first of them reads the same.
    Known(&'a [Member]),
    /// Unknown: data is kept if it is small.
    Unknown,
}

/// Runs members of a family.
pub struct Runner<'a> {
    family: &'a Family,
    device: Device,
    listener: &'a dyn Listener,
    held: Option<Held>,
}

/// Data sets as they were read.
struct Held {
    /// A point that reads them.
    point: usize,
    data: BTreeMap<String, Dataset>,
    /// Points that were planned again with what reading has shown.
    settled: BTreeSet<usize>,
}

/// A member whose data is loaded.
pub struct Ready<'r> {
    plan: Plan,
    files: Vec<SourceFile>,
    identity: Identity,
    device: Device,
    listener: &'r dyn Listener,
    held: &'r mut Option<Held>,
    /// The next member needs the data as it was read.
    keep: bool,
}

impl<'a> Runner<'a> {
    /// No data is read yet.
    pub fn new(family: &'a Family, device: Device, listener: &'a dyn Listener) -> Self {
        Self { family, device, listener, held: None }
    }

    /// Reads the data of a member, unless it is loaded, and checks what only reading shows: for the member, and for
    /// those known to follow on the same data, before anything is trained on it.
    ///
    /// # Errors
    /// What is wrong with the pipeline or the data.
    pub fn ready(&mut self, member: Member, next: Next<'_>) -> Result<Ready<'_>, FamilyError> {
        let (family, listener) = (self.family, self.listener);
        let plan = family.plan(member.point)?.with_seed(member.seed);
        if self.held.as_ref().is_none_or(|held| !family.reads_alike(held.point, member.point)) {
            // Freed before other data is read.
            self.held = None;
            keep_on_disk(&plan)?;
            let data = read_all(&plan, family.base())?;
            tell_left_out(&data, listener);
            self.held = Some(Held { point: member.point, data, settled: BTreeSet::new() });
        }
        let following = if let Next::Known(members) = next { members } else { &[] };
        let (files, small) = match &mut self.held {
            Some(held) => {
                held.settle(family, member, following, listener)?;
                (files(&held.data), held.data.values().map(Dataset::memory_bytes).sum::<usize>() <= KEPT)
            }
            None => (Vec::new(), false),
        };
        let keep = match next {
            Next::Known(members) => members.first().is_some_and(|m| family.reads_alike(m.point, member.point)),
            Next::Unknown => small,
        };
        let data_hash = data_hash(&files);
        let identity = Identity {
            run_id: member_id(&plan.pipeline_hash, &data_hash, member.seed, crate::VERSION),
            pipeline_hash: plan.pipeline_hash.clone(),
            data_hash,
            code_version: crate::VERSION.to_owned(),
            seed: member.seed,
        };
        Ok(Ready { plan, files, identity, device: self.device, listener, held: &mut self.held, keep })
    }
}

impl Held {
    /// Plans the points of these members again that read this data and were not planned with it yet.
    fn settle(
        &mut self,
        family: &Family,
        member: Member,
        following: &[Member],
        listener: &dyn Listener,
    ) -> Result<(), FamilyError> {
        let points = std::iter::once(member.point).chain(following.iter().map(|member| member.point));
        let new = |point: &usize| !self.settled.contains(point) && family.reads_alike(self.point, *point);
        let mut points: Vec<usize> = points.filter(new).collect();
        points.dedup();
        if let Some(plan) = family.settled(&points, &self.data)? {
            listener.notice(&Notice::Planned(&plan));
        }
        self.settled.extend(points);
        Ok(())
    }
}

/// Lets large blocks of memory lie in a file, if the plan's data does not fit in memory.
fn keep_on_disk(plan: &Plan) -> Result<(), FamilyError> {
    let Some(OnDisk { limit, folder }) = OnDisk::of(plan) else { return Ok(()) };
    spill::start(&folder, limit).map_err(|error| FamilyError::Disk { folder, error })?;
    spill::blocks_of_data(true);
    Ok(())
}

/// Reports which rows were left out while reading.
fn tell_left_out(data: &BTreeMap<String, Dataset>, listener: &dyn Listener) {
    for (data, set) in data {
        for (column, &rows) in &set.dropped {
            listener.notice(&Notice::RowsLeftOut { data, column, rows });
        }
    }
}

impl Ready<'_> {
    /// The name of the member's directory.
    pub fn id(&self) -> &str {
        &self.identity.run_id
    }

    /// The member's seed.
    pub fn seed(&self) -> u64 {
        self.identity.seed
    }

    /// Runs all stages in the directory and writes tables and report; its outcome is then in the manifest.
    ///
    /// # Errors
    /// The first error of a stage; if the directory cannot be used; the interruption.
    pub fn run(self, dir: &mut RunDir) -> Result<(), FamilyError> {
        let manifest = self.manifest();
        let settings = manifest.pipeline.clone();
        dir.start(manifest)?;
        // The last member prepares the data in place: nobody needs it as it was read any more.
        let data = if self.keep {
            self.held.as_ref().map(|held| held.data.clone())
        } else {
            self.held.take().map(|held| held.data)
        };
        let (plan, identity, listener) = (&self.plan, &self.identity, self.listener);
        let stages = Stages { plan, data: data.unwrap_or_default(), dir, identity, settings: &settings, listener };
        match self.device.run(|device| stages.run(device)) {
            Ok(()) => {
                dir.finish(Status::Done, None)?;
                crate::report::write(dir.path())?;
                Ok(())
            }
            Err(e) if e.blame() == Blame::Interrupted => {
                dir.finish(Status::Interrupted, None)?;
                Err(e)
            }
            Err(e) => {
                dir.finish(Status::Failed, Some(e.to_string()))?;
                Err(e)
            }
        }
    }

    fn manifest(&self) -> Manifest {
        let file =
            |f: &SourceFile| DataFile { path: f.path.display().to_string(), hash: f.hash.clone(), rows: f.rows as u64 };
        Manifest {
            run_id: self.identity.run_id.clone(),
            name: self.plan.pipeline.name.clone(),
            seed: self.identity.seed,
            pipeline_hash: self.identity.pipeline_hash.clone(),
            data_hash: self.identity.data_hash.clone(),
            files: self.files.iter().map(file).collect(),
            versions: versions(),
            device: self.device.to_string(),
            products: self.device.products().to_owned(),
            threads: rayon::current_num_threads() as u32,
            pipeline: serde_json::to_value(&self.plan.pipeline).unwrap_or_default(),
            ..Manifest::default()
        }
    }
}

/// The stages of one member.
struct Stages<'a> {
    plan: &'a Plan,
    data: BTreeMap<String, Dataset>,
    dir: &'a mut RunDir,
    identity: &'a Identity,
    settings: &'a serde_json::Value,
    listener: &'a dyn Listener,
}

impl Stages<'_> {
    fn run(self, device: &Backend) -> Result<(), FamilyError> {
        let Self { plan, data, dir, identity, settings, listener } = self;
        let (models, tables) = {
            let ahead = Ahead::of(plan, settings);
            let session = Live::new(dir, listener, plan.stages.len(), ahead);
            let world = run_stages(plan, data, identity.seed, device, &session)?;
            session.next_stage(None);
            let model = |(name, model): (&String, &Model)| Ok((name.clone(), checkpoint(name, model, identity)?));
            let models = world.models.iter().map(model).collect::<Result<Vec<(String, Checkpoint)>, String>>();
            (models.map_err(FamilyError::Model)?, world.tables)
        };
        for (name, model) in &models {
            dir.write_model(name, model)?;
        }
        Ok(write_tables(&tables, dir, identity.clone(), settings)?)
    }
}

fn write_tables(
    tables: &Tables,
    dir: &RunDir,
    identity: Identity,
    settings: &serde_json::Value,
) -> Result<(), TableError> {
    let writer = dir.tables(identity);
    tables.write(&writer)?;
    let m = dir.tally(Status::Done, None);
    let row = RunRow {
        name: m.name,
        status: m.status.as_str().to_owned(),
        device: m.device,
        threads: m.threads,
        started: m.started.unwrap_or_default(),
        seconds: m.seconds,
        cpu_seconds: m.cpu_seconds,
        peak_rss_bytes: m.peak_rss_bytes,
    };
    writer.write_run(&row, settings)?;
    Ok(())
}
