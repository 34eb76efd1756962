//! `semola-pipe run`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::args::RunArgs;
use super::device::{Choice, Job, choose, run_on, start_threads};
use super::environment::versions;
use super::error::CliError;
use super::session::Live;
use super::summary::Summary;
use crate::data::{Dataset, SourceFile, data_hash, read};
use crate::engine::Kernels;
use crate::plan::{Environment, Plan, PlannedStage, member_id, resolve};
use crate::predict::checkpoint;
use crate::run::{DataFile, Manifest, Printer, RunDir, Status, interrupt};
use crate::spec::Document;
use crate::stage::{Model, StageError, Tables, run_stages};
use crate::table::{Identity, RunRow};
use crate::train::TrainError;

/// Reads a pipeline and checks all that the file itself and the schemas of its data say.
pub fn plan(path: &Path, sets: &[String], seed: Option<u64>) -> Result<(Document, Plan), CliError> {
    let document = Document::load(path, sets)?;
    let first = document.pipeline().seed.as_slice().first().copied().unwrap_or(0);
    let base = document.directory().to_path_buf();
    let probe = move |read: &crate::spec::types::Read| super::probe::source_shape(read, &base);
    let known = |name: &str, k: usize, points: bool| {
        crate::stage::group::known_group(name, 1.0, k).map_err(|e| e.to_string()).and_then(
            |(_, _, affine)| match affine && !points {
                true => Err(format!("`{name}` moves points, but no field has the action `points`")),
                false => Ok(()),
            },
        )
    };
    let environment = Environment { probe: &probe, known: &known };
    let mut plan = resolve(&document, seed.unwrap_or(first), &environment)?;
    if seed.is_some() {
        plan.members = 1;
    }
    Ok((document, plan))
}

/// Reads all data sets of a plan.
pub fn read_all(plan: &Plan, base: &Path) -> Result<BTreeMap<String, Dataset>, CliError> {
    let mut sets = BTreeMap::new();
    for stage in &plan.stages {
        if let PlannedStage::Read(r) = stage {
            sets.insert(r.spec.name.clone(), read(&r.spec, base, &r.keys)?);
        }
    }
    Ok(sets)
}

/// Runs all members of a pipeline, or the chosen one.
pub fn run(args: &RunArgs, printer: &Printer) -> Result<(), CliError> {
    start_threads(args.threads)?;
    let device = choose(&args.device)?;
    if let (Choice::Cpu, "auto", true, Err(why)) =
        (device, args.device.as_str(), cfg!(feature = "cuda"), super::device::available())
    {
        printer.note(&format!("running on the CPU: {why}"));
    }
    let (document, plan) = plan(&args.pipeline, &args.set, args.seed)?;
    if !plan.warnings.is_empty() {
        printer.problems(&plan.warnings.to_string());
    }
    let seeds = seeds(args, &document)?;
    interrupt::install().map_err(|e| CliError::Failed(format!("cannot listen to signals: {e}")))?;
    let mut data = read_all(&plan, document.directory())?;
    for (name, set) in &data {
        for (column, rows) in &set.dropped {
            printer.warning(&format!("{name}: {rows} rows left out because of column `{column}` (on_invalid: drop)"));
        }
    }
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(&plan.pipeline.name));
    let files: Vec<SourceFile> = data.values().flat_map(|d| d.files.iter().cloned()).collect();
    let context = Context { args, plan: &plan, files: &files, out: &out, device, printer };
    let mut failed = Vec::new();
    let mut summaries = Vec::new();
    let last = seeds.len().saturating_sub(1);
    for (i, seed) in seeds.into_iter().enumerate() {
        // The last member prepares the data in place: nobody needs it as it was read any more.
        let data = || if i == last { std::mem::take(&mut data) } else { data.clone() };
        match context.member(seed, data) {
            Ok(summary) => summaries.push(summary),
            Err(CliError::Failed(why)) => {
                printer.error(&format!("seed {seed}: {why}"));
                failed.push(seed);
            }
            Err(other) => return Err(other),
        }
    }
    super::summary::show(&summaries, args.json, printer)?;
    match failed.as_slice() {
        [] => Ok(()),
        some => Err(CliError::Failed(format!(
            "{} of {} members failed (seeds {some:?})",
            some.len(),
            some.len() + summaries.len()
        ))),
    }
}

fn seeds(args: &RunArgs, document: &Document) -> Result<Vec<u64>, CliError> {
    let all = args.seed.map_or_else(|| document.pipeline().seed.as_slice().to_vec(), |s| vec![s]);
    match args.member {
        None => Ok(all),
        Some(i) => all.get(i).map(|&s| vec![s]).ok_or_else(|| {
            CliError::Usage(format!("--member {i}: the pipeline has {} members, counted from 0", all.len()))
        }),
    }
}

struct Context<'a> {
    args: &'a RunArgs,
    plan: &'a Plan,
    files: &'a [SourceFile],
    out: &'a Path,
    device: Choice,
    printer: &'a Printer,
}

impl Context<'_> {
    fn member(&self, seed: u64, data: impl FnOnce() -> BTreeMap<String, Dataset>) -> Result<Summary, CliError> {
        let plan = self.plan.with_seed(seed);
        let data_hash = data_hash(self.files);
        let id = member_id(&plan.pipeline_hash, &data_hash, seed, crate::VERSION);
        let mut dir = match self.args.fresh {
            true => RunDir::open_fresh(self.out, &id)?,
            false => RunDir::open(self.out, &id)?,
        };
        if dir.is_done() {
            self.printer
                .note(&format!("seed {seed}: already done in {} (use --fresh to start over)", dir.path().display()));
            // A kill just before the end leaves all but the report.
            if !dir.path().join("report.html").exists() {
                crate::report::write(dir.path()).map_err(|e| CliError::Failed(e.to_string()))?;
            }
            return Summary::load(dir.path(), seed);
        }
        self.printer.note(&format!("seed {seed}: {}", dir.path().display()));
        let manifest = self.manifest(&plan, &data_hash, &id, seed);
        let identity = Identity {
            run_id: id,
            pipeline_hash: plan.pipeline_hash.clone(),
            data_hash,
            code_version: crate::VERSION.to_owned(),
            seed,
        };
        let settings = manifest.pipeline.clone();
        dir.start(manifest)?;
        let (plan, settings, printer) = (&plan, &settings, self.printer);
        let outcome = run_on(self.device, Stages { plan, data: data(), dir: &mut dir, identity, settings, printer });
        match outcome {
            Ok(()) => {
                dir.finish(Status::Done, None)?;
                crate::report::write(dir.path()).map_err(|e| CliError::Failed(e.to_string()))?;
                Summary::load(dir.path(), seed)
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

    fn manifest(&self, plan: &Plan, data_hash: &str, id: &str, seed: u64) -> Manifest {
        let file =
            |f: &SourceFile| DataFile { path: f.path.display().to_string(), hash: f.hash.clone(), rows: f.rows as u64 };
        Manifest {
            run_id: id.to_owned(),
            name: plan.pipeline.name.clone(),
            seed,
            pipeline_hash: plan.pipeline_hash.clone(),
            data_hash: data_hash.to_owned(),
            files: self.files.iter().map(file).collect(),
            versions: versions(),
            device: self.device.to_string(),
            threads: rayon::current_num_threads() as u32,
            pipeline: serde_json::to_value(&plan.pipeline).unwrap_or_default(),
            ..Manifest::default()
        }
    }
}

/// The stages of one member.
struct Stages<'a> {
    plan: &'a Plan,
    data: BTreeMap<String, Dataset>,
    dir: &'a mut RunDir,
    identity: Identity,
    settings: &'a serde_json::Value,
    printer: &'a Printer,
}

impl Job for Stages<'_> {
    type Output = ();

    fn run<D: Kernels>(self, device: &D) -> Result<(), CliError> {
        let Self { plan, data, dir, identity, settings, printer } = self;
        let (models, tables) = {
            let session = Live::new(dir, printer);
            let world = run_stages(plan, data, identity.seed, device, &session)?;
            let model = |(name, model): (&String, &Model<D>)| Ok((name.clone(), checkpoint(name, model, &identity)?));
            let models = world.models.iter().map(model).collect::<Result<Vec<_>, String>>();
            (models.map_err(CliError::Failed)?, world.tables)
        };
        for (name, model) in &models {
            dir.write_model(name, model).map_err(|e| CliError::Failed(e.to_string()))?;
        }
        write_tables(&tables, dir, identity, settings).map_err(|e| CliError::Failed(e.to_string()))
    }
}

impl From<StageError> for CliError {
    fn from(e: StageError) -> Self {
        match e {
            StageError::Train(TrainError::Interrupted) => Self::Interrupted,
            StageError::Data(e) => Self::Data(e),
            other => Self::Failed(other.to_string()),
        }
    }
}

fn write_tables(
    tables: &Tables,
    dir: &RunDir,
    identity: Identity,
    settings: &serde_json::Value,
) -> Result<(), crate::table::TableError> {
    let writer = dir.tables(identity);
    writer.write(&tables.metrics)?;
    writer.write(&tables.classes)?;
    writer.write(&tables.generators)?;
    writer.write_matrices(&tables.matrices)?;
    writer.write(&tables.groups)?;
    writer.write(&tables.directions)?;
    writer.write(&tables.evaluation)?;
    writer.write(&tables.equivariance)?;
    writer.write(&tables.predictions)?;
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
