//! What a report is made of.

use std::path::Path;

use super::ReportError;
use crate::run::Manifest;
use crate::table::{
    DirectionRow, EquivarianceRow, EvaluationRow, GeneratorRow, GroupRow, MetricRow, Row, TableError, read_rows,
};

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
            groups: read(&tables)?,
            generators: read(&tables)?,
            directions: read(&tables)?,
            evaluation: read(&tables)?,
            equivariance: read(&tables)?,
            metrics: read(&tables)?,
        })
    }
}

fn read<R: Row>(tables: &Path) -> Result<Vec<R>, TableError> {
    let path = tables.join(format!("{}.parquet", R::TABLE));
    if path.exists() { read_rows(&path) } else { Ok(vec![]) }
}
