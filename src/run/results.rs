//! What a finished member found, as typed rows.

use std::path::{Path, PathBuf};

use serde_json::Value;

use semola_data::table::{
    ElementRow, EvaluationRow, FiniteRow, GeneratorRow, GroupRow, Row, TableError, file_of, read_rows,
};

use crate::finding::{Finding, findings, unasked};
use crate::member::Manifest;
use crate::member::RunError;
use crate::member::{State, TABLES, members, state};

/// A finished member: where it is, and its main tables.
#[derive(Debug, Clone)]
pub struct Finished {
    pub directory: PathBuf,
    pub seed: u64,
    /// The verdict on each model with a learned group.
    pub groups: Vec<GroupRow>,
    /// The finite part of each of these groups, where it was looked for.
    pub finite: Vec<FiniteRow>,
    /// The elements that were judged for it.
    pub elements: Vec<ElementRow>,
    /// The generators, one row per matrix entry.
    pub generators: Vec<GeneratorRow>,
    /// Metrics of every model on every data set under every shift.
    pub evaluation: Vec<EvaluationRow>,
    manifest: Manifest,
}

impl Finished {
    /// Reads the tables in a member's directory.
    ///
    /// # Errors
    /// If one is missing, damaged, or not what the run wrote.
    pub fn read(directory: &Path) -> Result<Self, FindingsError> {
        let none = || RunError::NotARun { path: directory.to_owned() };
        let manifest = Manifest::read(directory)?.ok_or_else(none)?;
        Ok(Self {
            seed: manifest.seed,
            groups: rows(directory, &manifest)?,
            finite: rows(directory, &manifest)?,
            elements: rows(directory, &manifest)?,
            generators: rows(directory, &manifest)?,
            evaluation: rows(directory, &manifest)?,
            directory: directory.to_owned(),
            manifest,
        })
    }

    /// The finished members in a run directory; a member's own directory is its only member.
    ///
    /// # Errors
    /// If it is not a run directory; if a manifest or a table is damaged.
    pub fn in_run(run: &Path) -> Result<Vec<Self>, FindingsError> {
        let mut all = Vec::new();
        for directory in members(run)? {
            if state(&directory)? == State::Done {
                all.push(Self::read(&directory)?);
            }
        }
        Ok(all)
    }

    /// Any table of the member.
    ///
    /// # Errors
    /// If it is missing, damaged, or not what the run wrote.
    pub fn table<R: Row>(&self) -> Result<Vec<R>, FindingsError> {
        rows(&self.directory, &self.manifest)
    }

    /// The findings in words, one for each model with a group.
    pub fn findings(&self) -> Vec<Finding> {
        findings(&self.manifest.pipeline, &self.groups, &self.evaluation)
    }

    /// Why there is no finding, where no model was asked for a symmetry.
    pub fn unasked(&self) -> Option<&'static str> {
        unasked(&self.manifest.pipeline)
    }

    /// How a group element acted on a field, in the words of the pipeline.
    pub fn action(&self, field: &str) -> Option<&str> {
        self.stages("read").find_map(|read| read["fields"][field]["action"].as_str())
    }

    /// The targets of the models, with the unit that the pipeline gives them: `y`, `energy (eV)`.
    pub fn target(&self) -> Option<String> {
        let names = match &self.trains().next()?["target"] {
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            name => vec![name.as_str()?],
        };
        let reads = || self.stages("read");
        let unit = |name: &str| reads().find_map(|read| read["fields"][name]["unit"].as_str());
        let word = |name: &str| unit(name).map_or_else(|| name.to_owned(), |unit| format!("{name} ({unit})"));
        Some(names.into_iter().map(word).collect::<Vec<_>>().join(", "))
    }

    fn trains(&self) -> impl Iterator<Item = &Value> {
        self.stages("train")
    }

    fn stages(&self, kind: &'static str) -> impl Iterator<Item = &Value> {
        self.manifest.pipeline["stages"].as_array().into_iter().flatten().filter_map(move |stage| stage.get(kind))
    }

    /// The accepted generators of a model, each as a list of rows.
    pub fn accepted(&self, model: &str) -> Vec<Vec<Vec<f64>>> {
        use std::collections::BTreeMap;
        let mut all: BTreeMap<u32, BTreeMap<u32, BTreeMap<u32, f64>>> = BTreeMap::new();
        for g in self.generators.iter().filter(|g| g.model == model && g.accepted) {
            all.entry(g.generator).or_default().entry(g.row).or_default().insert(g.col, g.value);
        }
        let row = |row: BTreeMap<u32, f64>| row.into_values().collect();
        all.into_values().map(|rows| rows.into_values().map(row).collect()).collect()
    }
}

fn rows<R: Row>(directory: &Path, manifest: &Manifest) -> Result<Vec<R>, FindingsError> {
    let checked = manifest.table_file(directory, R::TABLE)?;
    Ok(read_rows(&checked.unwrap_or_else(|| file_of(&directory.join(TABLES), R::TABLE)))?)
}

/// Why the findings of a run cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FindingsError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Table(#[from] TableError),
}

impl semola_data::Fault for FindingsError {
    fn blame(&self) -> semola_data::Blame {
        match self {
            Self::Run(e) => e.blame(),
            Self::Table(e) => e.blame(),
        }
    }
}
