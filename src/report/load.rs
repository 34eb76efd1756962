//! The data of a report.

use std::path::Path;

use super::ReportError;
use crate::member::Manifest;
use semola_data::table::{DirectionRow, EquivarianceRow, EvaluationRow, GeneratorRow, GroupRow, MetricRow, Row};

/// The results of one member. Tables that it does not have are empty.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub manifest: Manifest,
    pub groups: Vec<GroupRow>,
    pub generators: Vec<GeneratorRow>,
    pub directions: Vec<DirectionRow>,
    pub evaluation: Vec<EvaluationRow>,
    pub equivariance: Vec<EquivarianceRow>,
    pub metrics: Vec<MetricRow>,
}

impl Results {
    pub fn load(member: &Path) -> Result<Self, ReportError> {
        let manifest = Manifest::read(member)?;
        let manifest = manifest.ok_or_else(|| ReportError::Nothing { path: member.to_owned() })?;
        let tables = member.join("tables");
        Ok(Self {
            manifest,
            groups: Row::read(&tables)?,
            generators: Row::read(&tables)?,
            directions: Row::read(&tables)?,
            evaluation: Row::read(&tables)?,
            equivariance: Row::read(&tables)?,
            metrics: Row::read(&tables)?,
        })
    }
}
