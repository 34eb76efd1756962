//! One member: its stages run in a directory that is open, its tables written.

use std::collections::BTreeMap;

use super::device::{Choice, Job, run_on};
use super::environment::versions;
use super::error::CliError;
use super::session::Live;
use crate::data::{Dataset, SourceFile, data_hash};
use crate::plan::{Plan, member_id};
use crate::predict::checkpoint;
use crate::prepare::PrepareError;
use crate::run::{DataFile, Manifest, Printer, RunDir, Status};
use crate::stage::{Model, StageError, run_stages};
use crate::table::{Identity, RunRow, TableError, Tables};
use crate::train::TrainError;
use semola_engine::Backend;

/// A member that can run.
pub struct Runner<'a> {
    plan: Plan,
    files: &'a [SourceFile],
    identity: Identity,
    device: Choice,
    printer: &'a Printer,
}

impl<'a> Runner<'a> {
    /// The member of a plan with this seed, on data that these files hold.
    pub fn new(plan: &Plan, seed: u64, files: &'a [SourceFile], device: Choice, printer: &'a Printer) -> Self {
        let plan = plan.with_seed(seed);
        let data_hash = data_hash(files);
        let identity = Identity {
            run_id: member_id(&plan.pipeline_hash, &data_hash, seed, crate::VERSION),
            pipeline_hash: plan.pipeline_hash.clone(),
            data_hash,
            code_version: crate::VERSION.to_owned(),
            seed,
        };
        Self { plan, files, identity, device, printer }
    }

    /// The name of its directory.
    pub fn id(&self) -> &str {
        &self.identity.run_id
    }

    /// Runs all stages in the directory and writes tables and report; how it ended is in the manifest then.
    pub fn run(&self, dir: &mut RunDir, data: BTreeMap<String, Dataset>) -> Result<(), CliError> {
        let manifest = self.manifest();
        let settings = manifest.pipeline.clone();
        dir.start(manifest)?;
        let (plan, identity, printer) = (&self.plan, &self.identity, self.printer);
        match run_on(self.device, Stages { plan, data, dir, identity, settings: &settings, printer }) {
            Ok(()) => {
                dir.finish(Status::Done, None)?;
                crate::report::write(dir.path()).map(drop).map_err(|e| CliError::Failed(e.to_string()))
            }
            Err(CliError::Interrupted) => {
                dir.finish(Status::Interrupted, None)?;
                Err(CliError::Interrupted)
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
    printer: &'a Printer,
}

impl Job for Stages<'_> {
    type Output = ();

    fn run(self, device: &Backend) -> Result<(), CliError> {
        let Self { plan, data, dir, identity, settings, printer } = self;
        let (models, tables) = {
            let session = Live::new(dir, printer);
            let world = run_stages(plan, data, identity.seed, device, &session)?;
            session.next_stage(None);
            let model = |(name, model): (&String, &Model)| Ok((name.clone(), checkpoint(name, model, identity)?));
            let models = world.models.iter().map(model).collect::<Result<Vec<_>, String>>();
            (models.map_err(CliError::Failed)?, world.tables)
        };
        for (name, model) in &models {
            dir.write_model(name, model).map_err(|e| CliError::Failed(e.to_string()))?;
        }
        write_tables(&tables, dir, identity.clone(), settings).map_err(|e| CliError::Failed(e.to_string()))
    }
}

impl From<StageError> for CliError {
    fn from(e: StageError) -> Self {
        match e {
            StageError::Train(TrainError::Interrupted) => Self::Interrupted,
            StageError::Data(e) | StageError::Prepare(PrepareError::Data(e)) => Self::Data(e),
            // What a pipeline may ask for was checked before: what is left is what the values are.
            StageError::Prepare(e @ (PrepareError::Field { .. } | PrepareError::Step { .. })) => {
                Self::BadData(e.to_string())
            }
            StageError::Train(e @ TrainError::TooFewRows { .. }) => Self::BadData(e.to_string()),
            other => Self::Failed(other.to_string()),
        }
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
