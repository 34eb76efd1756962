//! From a pipeline file to its members: one for each point and seed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use semola_data::durable::locked;
use semola_data::settings::Read;
use semola_data::{Base, DataError, Dataset, SourceFile, read};
use semola_document::{Diagnostics, visible};
use serde_json::Value;

use super::family_run::default_out;
use super::probe::{read_shape, source_shape};
use crate::imports::{Imports, Room};
use crate::member::machine_memory;
use crate::pipeline::Document;
use crate::pipeline::{Plan, PlannedStage, check_labels_read, load_represented, resolve};
use crate::stage::PlannedRead;
use semola_plan::{Environment, ProbeError, SourceShape};

/// A pipeline with its points and seeds.
pub struct Family {
    document: Document,
    seeds: Vec<u64>,
    /// What each point sets.
    settings: Vec<Vec<(String, Value)>>,
    /// One plan per point, for the first seed; computed on demand.
    plans: Vec<OnceLock<Plan>>,
    outside: Outside,
    /// Reads files in other formats.
    imports: Arc<Imports>,
}

/// What the plans ask of the world outside the file: points mostly read the same files.
#[derive(Default)]
struct Outside {
    probed: Mutex<Vec<(Read, Result<SourceShape, ProbeError>)>>,
    memory: OnceLock<Option<u64>>,
}

/// Data sets whose shapes are kept: beyond these, files are looked at again.
const PROBED: usize = 64;

impl Outside {
    fn probe(&self, read: &Read, base: Base<'_>) -> Result<SourceShape, ProbeError> {
        let known = locked(&self.probed).iter().find(|(own, _)| own == read).map(|(_, shape)| shape.clone());
        known.unwrap_or_else(|| {
            let shape = source_shape(read, base);
            let mut probed = locked(&self.probed);
            if probed.len() < PROBED {
                probed.push((read.clone(), shape.clone()));
            }
            shape
        })
    }
}

/// One run of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its number, from 0: seeds vary fastest.
    pub number: usize,
    pub point: usize,
    pub seed: u64,
}

impl Family {
    /// Reads a pipeline and checks the file, at all its points, against the schemas of its data.
    ///
    /// # Errors
    /// Everything that is wrong with the file or its data, each with its location.
    pub fn load(path: &Path) -> Result<Self, Diagnostics> {
        Self::load_with(path, &[], None)
    }

    /// The same with values replaced (`learned.epochs=5`), or with one seed in place of the file's.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with(path: &Path, sets: &[String], seed: Option<u64>) -> Result<Self, Diagnostics> {
        Self::load_telling(path, sets, seed, &mut |_, _| {})
    }

    /// The same, telling how many of how many points are checked.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_telling(
        path: &Path,
        sets: &[String],
        seed: Option<u64>,
        tell: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, Diagnostics> {
        Self::of(load_represented(path, sets)?.document, seed).planned(tell)
    }

    /// Checks all points against the schemas of their data, telling how many of how many are done.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn planned(self, tell: &mut dyn FnMut(usize, usize)) -> Result<Self, Diagnostics> {
        for point in 0..self.points() {
            self.plan(point)?;
            tell(point + 1, self.points());
        }
        Ok(self)
    }

    /// The same family, which imports files in other formats there; until then, beside its run in `runs/NAME`.
    #[must_use]
    pub fn importing(self, imports: impl Into<Arc<Imports>>) -> Self {
        Self { imports: imports.into(), ..self }
    }

    /// The family of a parsed document. Its points are checked when their plans are requested.
    pub fn of(document: Document, seed: Option<u64>) -> Self {
        let seeds = seed.map_or_else(|| document.content().seed.as_slice().to_vec(), |s| vec![s]);
        let settings = (0..document.points()).map(|p| document.settings(p)).collect();
        let plans = (0..document.points()).map(|_| OnceLock::new()).collect();
        let imports =
            Arc::new(Imports::new(Room::of_run(&default_out(&document.content().name), document.directory())));
        Self { document, seeds, settings, plans, outside: Outside::default(), imports }
    }

    /// The pipeline's name.
    pub fn name(&self) -> &str {
        &self.document.content().name
    }

    /// The directory that paths in the pipeline are relative to.
    pub fn directory(&self) -> &Path {
        self.document.directory()
    }

    /// Where its data is, and who reads files in other formats.
    pub fn base(&self) -> Base<'_> {
        Base { directory: self.directory(), foreign: Some(&*self.imports) }
    }

    /// The number of points of the pipeline: one, or those of its grid.
    pub fn points(&self) -> usize {
        self.plans.len()
    }

    /// What a point sets.
    pub fn settings(&self, point: usize) -> &[(String, Value)] {
        self.settings.get(point).map_or(&[], Vec::as_slice)
    }

    /// The plan of a point, for the first seed.
    ///
    /// # Errors
    /// Everything that is wrong at this point.
    pub fn plan(&self, point: usize) -> Result<&Plan, Diagnostics> {
        let Some(cell) = self.plans.get(point) else {
            let mut wrong = self.document.diagnostics();
            wrong.push("", format!("there is no point {point}: the pipeline has {}", self.points()), None);
            return Err(wrong);
        };
        if let Some(plan) = cell.get() {
            return Ok(plan);
        }
        let plan = self.made(point, None)?;
        Ok(cell.get_or_init(|| plan))
    }

    /// The plans computed so far, in the order of the points: all of them, after [`load`](Self::load).
    pub fn plans(&self) -> Vec<&Plan> {
        self.plans.iter().filter_map(OnceLock::get).collect()
    }

    /// Plans points again with the actual rows, groups and classes of the data that the first of them reads, and
    /// returns the first plan. Points that read something else are left for later.
    ///
    /// # Errors
    /// What is wrong with a pipeline and shows only once data is read: too few rows, parts named after values that do
    /// not occur.
    pub fn settled(&self, points: &[usize], data: &BTreeMap<String, Dataset>) -> Result<Option<Plan>, Diagnostics> {
        let Some(&first) = points.first() else { return Ok(None) };
        let mut settled = None;
        for &point in points {
            if self.reads_alike(first, point) {
                let plan = self.made(point, Some(data))?;
                settled.get_or_insert(plan);
            }
        }
        Ok(settled)
    }

    /// Whether two points read the same data. A point without a plan reads nothing.
    pub(super) fn reads_alike(&self, one: usize, other: usize) -> bool {
        match (self.plan(one), self.plan(other)) {
            (Ok(one), Ok(other)) => reads(one).eq(reads(other)),
            _ => false,
        }
    }

    fn made(&self, point: usize, data: Option<&BTreeMap<String, Dataset>>) -> Result<Plan, Diagnostics> {
        let seed = self.seeds.first().copied().unwrap_or(0);
        let document = self.document.at(point)?;
        let mut plan = plan(&document, seed, data, (&self.outside, self.base()))?;
        if let Some(data) = data {
            check_labels_read(&mut plan, data, &|path| document.is_written(path));
            if plan.warnings.errors() > 0 {
                return Err(plan.warnings);
            }
        }
        Ok(Plan { members: self.seeds.len(), ..plan })
    }

    /// All members in order.
    pub fn members(&self) -> Vec<Member> {
        let points = (0..self.points()).flat_map(|point| self.seeds.iter().map(move |&seed| (point, seed)));
        points.enumerate().map(|(number, (point, seed))| Member { number, point, seed }).collect()
    }

    /// What distinguishes a member from the others: `seed 3, learned.epochs=5`.
    pub fn label(&self, member: Member) -> String {
        let mut text = format!("seed {}", member.seed);
        let settings = self.settings(member.point);
        if !settings.is_empty() {
            text += &format!(", {}", settings_text(settings));
        }
        text
    }

    /// The warnings, once each.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings_with(None)
    }

    /// The same, with the first plan as settled by reading its data.
    pub fn warnings_with(&self, settled: Option<&Plan>) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        let plans = settled.into_iter().chain(self.plans().into_iter().skip(usize::from(settled.is_some())));
        for text in plans.filter(|p| !p.warnings.is_empty()).map(|p| p.warnings.to_string()) {
            if !told.contains(&text) {
                told.push(text);
            }
        }
        told
    }
}

/// What a point sets: `learned.epochs=5, learned.batch=32`.
pub fn settings_text(settings: &[(String, Value)]) -> String {
    let value = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    visible(&settings.iter().map(|(path, v)| format!("{path}={}", value(v))).collect::<Vec<_>>().join(", "))
        .into_owned()
}

/// The plan of a document at its point, with what reading its data has shown, if it was read.
fn plan(
    document: &Document,
    seed: u64,
    data: Option<&BTreeMap<String, Dataset>>,
    (outside, base): (&Outside, Base<'_>),
) -> Result<Plan, Diagnostics> {
    let probe = |read: &Read| {
        let source = outside.probe(read, base)?;
        let read = data.and_then(|data| data.get(&read.name)).map(read_shape);
        Ok(SourceShape { read, ..source })
    };
    let known = |name: &str, k: usize, points: bool| {
        semola_method::fit::groups::known_group(name, 1.0, k).map_err(|e| e.to_string()).and_then(|group| {
            match group.affine && !points {
                true => Err(format!("`{name}` moves points, but no field has the action `points`")),
                false => Ok(()),
            }
        })
    };
    resolve(
        document,
        seed,
        &Environment { probe: &probe, known: &known, memory: *outside.memory.get_or_init(machine_memory) },
    )
}

/// The `read` stages of a plan, in order.
pub fn reads(plan: &Plan) -> impl Iterator<Item = &PlannedRead> {
    plan.stages.iter().filter_map(|stage| if let PlannedStage::Read(read) = stage { Some(read) } else { None })
}

/// Reads all data sets of a plan.
///
/// # Errors
/// The first error in the data.
pub fn read_all<'a>(plan: &Plan, base: impl Into<Base<'a>>) -> Result<BTreeMap<String, Dataset>, DataError> {
    let base = base.into();
    reads(plan).map(|r| Ok((r.spec.name.clone(), read(&r.spec, base, &r.keys)?))).collect()
}

/// The data files of data sets that were read.
pub(super) fn files(data: &BTreeMap<String, Dataset>) -> Vec<SourceFile> {
    data.values().flat_map(|d| d.files.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: &str = "\
name: grid
seed: [3, 5]
stages:
  - read: {as: train, path: nowhere.parquet, fields: {x: {action: vector, dim: 2}, y: {}}}
  - train: {as: plain, from: train, input: x, target: y, model: {mlp: {hidden: [8]}}, augment: none, epochs: 1}
grid:
  plain.epochs: [1, 2]
";

    #[test]
    fn members_are_counted_from_the_first_point_with_seeds_fastest() {
        let family = Family::of(Document::from_text("p.yaml", GRID, &[]).unwrap(), None);
        let members = family.members();
        assert_eq!((family.name(), family.points(), members.len()), ("grid", 2, 4));
        let found: Vec<_> = members.iter().map(|m| (m.number, m.point, m.seed)).collect();
        assert_eq!(found, [(0, 0, 3), (1, 0, 5), (2, 1, 3), (3, 1, 5)]);
        assert_eq!(family.label(members[3]), "seed 5, plain.epochs=2");
        // Nothing was planned yet, and nobody asked for a point that does not exist.
        assert!(family.plans().is_empty() && family.warnings().is_empty());
        let wrong = family.plan(2).unwrap_err().to_string();
        assert!(wrong.contains("there is no point 2: the pipeline has 2"), "{wrong}");
        assert!(family.plan(0).unwrap_err().only_data());
    }

    #[test]
    fn one_seed_takes_the_place_of_the_files() {
        let family = Family::of(Document::from_text("p.yaml", GRID, &[]).unwrap(), Some(9));
        assert_eq!(family.members().iter().map(|m| m.seed).collect::<Vec<_>>(), [9, 9]);
    }
}
