//! From a pipeline to the plan of its sweep.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cli::error::CliError;
use crate::cli::planning::{Family, reads};
use crate::cli::sweep_args::SweepPlanArgs;
use crate::cluster::{Store, Sweep, SweepMember};
use crate::data::{DataError, SourceFile, data_hash, files_of};
use crate::plan::{Memory, Plan, member_id};
use crate::run::Printer;

/// A planned sweep.
pub struct Planned {
    pub store: Store,
    pub sweep: Sweep,
    /// The pipeline's text.
    pub text: String,
    /// Bytes that the largest member takes, where that is known.
    pub memory: Option<usize>,
}

/// Plans all members, and finds out their names from the hashes of their data.
pub fn plan(args: &SweepPlanArgs, printer: &Printer) -> Result<Planned, CliError> {
    let members = &args.members;
    crate::cli::device::choose(&members.device)?;
    let family = Family::load(&members.pipeline, &members.set, members.seed)?;
    family.warn(printer);
    let text = std::fs::read_to_string(&members.pipeline)
        .map_err(|e| CliError::Usage(format!("{}: cannot be read: {e}", members.pipeline.display())))?;
    let out = members.out(family.name());
    let sweep = Sweep {
        code_version: crate::VERSION.to_owned(),
        name: family.name().to_owned(),
        pipeline: members.pipeline.display().to_string(),
        directory: std::path::absolute(if family.directory.as_os_str().is_empty() {
            ".".as_ref()
        } else {
            family.directory.as_path()
        })
        .map_err(|e| CliError::Failed(format!("{}: {e}", family.directory.display())))?,
        sets: members.set.clone(),
        seed: members.seed,
        device: members.device.clone(),
        threads: args.threads,
        members: of_family(&family)?,
    };
    let memory = family.plans.iter().map(needs).try_fold(0, |most: usize, m| Some(most.max(m?)));
    Ok(Planned { store: Store::at(&out), sweep, text, memory })
}

impl Planned {
    /// Makes the directories and writes the plan; `fresh` removes what there is of its members.
    pub fn save(&self, fresh: bool) -> Result<(), CliError> {
        self.store.create()?;
        if fresh {
            self.store.discard(&self.sweep)?;
        }
        Ok(self.store.save(&self.sweep, &self.text)?)
    }
}

fn of_family(family: &Family) -> Result<Vec<SweepMember>, CliError> {
    let mut hashed: BTreeMap<Vec<PathBuf>, Vec<SourceFile>> = BTreeMap::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut members = Vec::new();
    let mut hashes: Vec<String> = Vec::new();
    for plan in &family.plans {
        hashes.push(data_hash(&files(plan, family, &mut hashed)?));
    }
    for member in family.members() {
        let plan = family.plans[member.point].with_seed(member.seed);
        let id = member_id(&plan.pipeline_hash, &hashes[member.point], member.seed, crate::VERSION);
        let label = family.label(member);
        if let Some(other) = seen.insert(id.clone(), label.clone()) {
            return Err(CliError::Usage(format!(
                "two members are the same: `{other}` and `{label}`; remove one point"
            )));
        }
        let settings = family.settings[member.point].clone();
        members.push(SweepMember {
            number: member.number,
            point: member.point,
            seed: member.seed,
            id,
            label,
            settings,
        });
    }
    Ok(members)
}

/// The data files of a plan in the order in which a member names them, each hashed once.
fn files(
    plan: &Plan,
    family: &Family,
    hashed: &mut BTreeMap<Vec<PathBuf>, Vec<SourceFile>>,
) -> Result<Vec<SourceFile>, DataError> {
    let by_name: BTreeMap<&str, &[PathBuf]> =
        reads(plan).map(|r| (r.spec.name.as_str(), r.spec.path.as_slice())).collect();
    let mut all = Vec::new();
    for paths in by_name.into_values() {
        if !hashed.contains_key(paths) {
            hashed.insert(paths.to_vec(), files_of(paths, &family.directory)?);
        }
        all.extend(hashed.get(paths).into_iter().flatten().cloned());
    }
    Ok(all)
}

fn needs(plan: &Plan) -> Option<usize> {
    let memory = Memory::of(plan);
    Some(memory.peak?.max(memory.data?.saturating_add(memory.training?)))
}
