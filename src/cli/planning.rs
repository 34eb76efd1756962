//! From a pipeline file to its members: one for each point and seed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::CliError;
use crate::data::{Dataset, SourceFile, read};
use crate::plan::{Environment, Plan, PlannedStage, SourceShape, resolve};
use crate::read::PlannedRead;
use crate::run::{Printer, machine_memory};
use crate::spec::Document;

/// A pipeline with a plan for each of its points.
pub struct Family {
    document: Document,
    /// The directory that paths in the pipeline are relative to.
    pub directory: PathBuf,
    /// One plan a point, for the first seed.
    pub plans: Vec<Plan>,
    /// What each point sets.
    pub settings: Vec<Vec<(String, Value)>>,
    pub seeds: Vec<u64>,
}

/// One run of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its number, from 0: seeds count fastest.
    pub number: usize,
    pub point: usize,
    pub seed: u64,
}

impl Family {
    /// Reads a pipeline and checks, at all its points, what the file itself and the schemas of its data say.
    pub fn load(path: &Path, sets: &[String], seed: Option<u64>) -> Result<Self, CliError> {
        Self::of(&Document::load(path, sets)?, seed)
    }

    /// The same of a document that was read.
    pub fn of(document: &Document, seed: Option<u64>) -> Result<Self, CliError> {
        let seeds = seed.map_or_else(|| document.content().seed.as_slice().to_vec(), |s| vec![s]);
        let mut plans = Vec::new();
        for point in 0..document.points() {
            let mut plan = plan(&document.at(point)?, seeds.first().copied().unwrap_or(0), None)?;
            plan.members = seeds.len();
            plans.push(plan);
        }
        let settings = (0..document.points()).map(|p| document.settings(p)).collect();
        let directory = document.directory().to_path_buf();
        Ok(Self { document: document.clone(), directory, plans, settings, seeds })
    }

    /// Plans points again with the rows, groups and classes of the data that the first of them reads, as it was read, and
    /// gives the first plan. Points that read something else are left for later.
    ///
    /// # Errors
    /// What can be wrong with a pipeline, and only reading shows: too few rows, names of parts that are no values.
    pub fn settled(&self, points: &[usize], data: &BTreeMap<String, Dataset>) -> Result<Option<Plan>, CliError> {
        let Some(first) = points.first().and_then(|&point| self.plans.get(point)) else { return Ok(None) };
        let seed = self.seeds.first().copied().unwrap_or(0);
        let mut settled = None;
        for &point in points {
            if self.plans.get(point).is_some_and(|plan| reads(plan).eq(reads(first))) {
                let plan = plan(&self.document.at(point)?, seed, Some(data))?;
                settled.get_or_insert(Plan { members: self.seeds.len(), ..plan });
            }
        }
        Ok(settled)
    }

    /// All members in order.
    pub fn members(&self) -> Vec<Member> {
        let at = |number: usize| {
            let seed = self.seeds[number % self.seeds.len()];
            Member { number, point: number / self.seeds.len(), seed }
        };
        (0..self.plans.len() * self.seeds.len()).map(at).collect()
    }

    /// The pipeline's name.
    pub fn name(&self) -> &str {
        self.plans.first().map_or("", |p| &p.pipeline.name)
    }

    /// What tells a member from the others: `seed 3, learned.epochs=5`.
    pub fn label(&self, member: Member) -> String {
        label(member.seed, self.settings.get(member.point).map_or(&[], Vec::as_slice))
    }

    /// What is odd without being wrong, once each.
    pub fn warn(&self, printer: &Printer) {
        let mut told: Vec<String> = Vec::new();
        for text in self.plans.iter().filter(|p| !p.warnings.is_empty()).map(|p| p.warnings.to_string()) {
            if !told.contains(&text) {
                printer.problems(&text);
                told.push(text);
            }
        }
    }
}

/// What tells a member from others of its pipeline.
pub fn label(seed: u64, settings: &[(String, Value)]) -> String {
    let mut text = format!("seed {seed}");
    if !settings.is_empty() {
        text += &format!(", {}", settings_text(settings));
    }
    text
}

/// What a point sets: `learned.epochs=5, learned.batch=32`.
pub fn settings_text(settings: &[(String, Value)]) -> String {
    let value = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    settings.iter().map(|(path, v)| format!("{path}={}", value(v))).collect::<Vec<_>>().join(", ")
}

/// The plan of a document at its point, with what reading its data has shown, where it was read.
pub fn plan(document: &Document, seed: u64, data: Option<&BTreeMap<String, Dataset>>) -> Result<Plan, CliError> {
    let probe = |read: &crate::spec::types::Read| {
        let source = super::probe::source_shape(read, document.directory())?;
        let read = data.and_then(|data| data.get(&read.name)).map(super::probe::read_shape);
        Ok(SourceShape { read, ..source })
    };
    let known = |name: &str, k: usize, points: bool| {
        crate::train::groups::known_group(name, 1.0, k).map_err(|e| e.to_string()).and_then(
            |group| match group.affine && !points {
                true => Err(format!("`{name}` moves points, but no field has the action `points`")),
                false => Ok(()),
            },
        )
    };
    Ok(resolve(document, seed, &Environment { probe: &probe, known: &known, memory: machine_memory() })?)
}

/// The `read` stages of a plan, in order.
pub fn reads(plan: &Plan) -> impl Iterator<Item = &PlannedRead> {
    plan.stages.iter().filter_map(|stage| if let PlannedStage::Read(read) = stage { Some(read) } else { None })
}

/// Reads all data sets of a plan.
pub fn read_all(plan: &Plan, base: &Path) -> Result<BTreeMap<String, Dataset>, CliError> {
    reads(plan).map(|r| Ok((r.spec.name.clone(), read(&r.spec, base, &r.keys)?))).collect()
}

/// The data files of data sets that were read.
pub fn files(data: &BTreeMap<String, Dataset>) -> Vec<SourceFile> {
    data.values().flat_map(|d| d.files.iter().cloned()).collect()
}

/// Says which rows were left out while reading.
pub fn tell_dropped(data: &BTreeMap<String, Dataset>, printer: &Printer) {
    for (name, set) in data {
        for (column, rows) in &set.dropped {
            printer.warning(&format!("{name}: {rows} rows left out because of column `{column}` (on_invalid: drop)"));
        }
    }
}
