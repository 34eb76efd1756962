//! The data of a report.

use std::path::Path;

use super::ReportError;
use crate::member::Manifest;
use semola_data::table::{
    DirectionRow, ElementRow, EquivarianceRow, EvaluationRow, ExtentRow, FiniteRow, GeneratorRow, GroupRow, MetricRow,
    OrbitRow, PredictionRow, Row, read_rows,
};

/// The results of one member. Tables that it does not have are empty.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub manifest: Manifest,
    pub groups: Vec<GroupRow>,
    pub generators: Vec<GeneratorRow>,
    pub directions: Vec<DirectionRow>,
    pub finite: Vec<FiniteRow>,
    pub elements: Vec<ElementRow>,
    pub evaluation: Vec<EvaluationRow>,
    pub equivariance: Vec<EquivarianceRow>,
    pub metrics: Vec<MetricRow>,
    pub extents: Vec<ExtentRow>,
    pub orbits: Vec<OrbitRow>,
    pub predictions: Vec<PredictionRow>,
}

impl Results {
    pub fn load(member: &Path) -> Result<Self, ReportError> {
        let manifest = Manifest::read(member)?;
        let manifest = manifest.ok_or_else(|| ReportError::Nothing { path: member.to_owned() })?;
        Ok(Self {
            groups: rows(member, &manifest)?,
            generators: rows(member, &manifest)?,
            directions: rows(member, &manifest)?,
            finite: rows(member, &manifest)?,
            elements: rows(member, &manifest)?,
            evaluation: rows(member, &manifest)?,
            equivariance: rows(member, &manifest)?,
            metrics: rows(member, &manifest)?,
            extents: rows(member, &manifest)?,
            orbits: rows(member, &manifest)?,
            predictions: rows(member, &manifest)?,
            manifest,
        })
    }
}

/// The rows of a table that is what the run wrote; none if it is not there.
fn rows<R: Row>(member: &Path, manifest: &Manifest) -> Result<Vec<R>, ReportError> {
    match manifest.table_file(member, R::TABLE)? {
        Some(file) => Ok(read_rows(&file)?),
        None => Ok(Vec::new()),
    }
}
