//! Which rows are read: `where`, `select` and `limit`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;
use semola_document::hint;

use super::columns::{Columns, check_scalar, origin};
use super::error::{DataError, Purpose};
use super::scalars::Scalars;
use super::select::{Expression, evaluate, parse};
use super::source::Source;
use crate::settings::Read;

/// The chosen rows, ascending, and the computed columns in these rows.
#[derive(Debug)]
pub struct Chosen {
    pub ids: Vec<u64>,
    pub computed: BTreeMap<String, Scalars>,
}

/// The expressions of a `read` stage, parsed, with the columns that they use.
pub struct Expressions {
    select: Vec<(String, Expression)>,
    filter: Option<Expression>,
    columns: BTreeSet<String>,
}

impl Expressions {
    /// Parses `where` and `select` and checks their columns.
    ///
    /// # Errors
    /// If an expression is malformed, uses a column that is missing or not scalar, or a computed column has the name
    /// of one in the files.
    pub fn parse(source: &Source, read: &Read) -> Result<Self, DataError> {
        let mut select = Vec::with_capacity(read.select.len());
        for (name, text) in &read.select {
            if source.parts.iter().any(|p| p.names().any(|n| n == name)) {
                let reason = format!("the data has a column `{name}` already; give the computed one another name");
                return Err(DataError::Expression { expression: text.clone(), reason });
            }
            select.push((name.clone(), parse(text)?));
        }
        let filter = read.filter.as_deref().map(parse).transpose()?;
        let mut columns = BTreeSet::new();
        for expression in select.iter().map(|(_, e)| e).chain(&filter) {
            let of_filter = filter.as_ref().is_some_and(|f| f.text == expression.text);
            for name in &expression.columns {
                if !(of_filter && read.select.contains_key(name)) {
                    check_column(source, expression, name)?;
                    columns.insert(name.clone());
                }
            }
        }
        Ok(Self { select, filter, columns })
    }

    fn is_empty(&self) -> bool {
        self.select.is_empty() && self.filter.is_none()
    }

    /// Evaluates the expressions on no rows, so that errors of type show before anything is read.
    ///
    /// # Errors
    /// If an expression cannot be evaluated.
    pub fn check_types(&self, source: &Source) -> Result<BTreeMap<String, Scalars>, DataError> {
        if self.is_empty() {
            return Ok(BTreeMap::new());
        }
        // One row of each column tells its type; the results are thrown away.
        let columns = self.load(source, &[0])?;
        evaluate(&columns, 1, &self.select, self.filter.as_ref()).map(|(computed, _)| computed)
    }

    fn load(&self, source: &Source, ids: &[u64]) -> Result<Vec<(String, Scalars)>, DataError> {
        let columns = Columns { source, ids, computed: &BTreeMap::new() };
        let load = |name: &String| Ok((name.clone(), columns.scalars(name)?));
        let loaded: Vec<Result<_, DataError>> =
            self.columns.iter().collect::<Vec<_>>().into_par_iter().map(load).collect();
        loaded.into_iter().collect()
    }
}

fn check_column(source: &Source, expression: &Expression, name: &str) -> Result<(), DataError> {
    let unknown = |error| match error {
        DataError::MissingColumn { .. } => {
            let names = source.parts.first().into_iter().flat_map(|p| p.names());
            let reason = format!("there is no column `{name}`{}", hint(name, names));
            DataError::Expression { expression: expression.text.clone(), reason }
        }
        other => other,
    };
    origin(source, std::iter::empty(), name).map_err(unknown)?;
    check_scalar(source, name, Purpose::Expression)
}

/// Chooses the rows of a `read` stage among `rows`; it may be that none is left. `limit` is left to the caller where rows
/// are points (`group_by`).
///
/// # Errors
/// If an expression is wrong.
pub fn choose(source: &Source, read: &Read, rows: Range<u64>) -> Result<Chosen, DataError> {
    let expressions = Expressions::parse(source, read)?;
    let first = rows.start;
    let mut ids = source.row_ids(rows)?;
    let mut computed = BTreeMap::new();
    if !expressions.is_empty() {
        let columns = expressions.load(source, &ids)?;
        let rows = ids.len();
        let (all, mask) = evaluate(&columns, rows, &expressions.select, expressions.filter.as_ref())?;
        if let Some(mask) = mask {
            ids = ids.into_iter().zip(mask).filter_map(|(id, keep)| keep.then_some(id)).collect();
        }
        computed = all;
    }
    if let (Some(limit), None) = (read.limit, &read.group_by) {
        ids.truncate(limit);
    }
    let rows: Vec<usize> = ids.iter().map(|&id| (id - first) as usize).collect();
    let computed = computed.into_iter().map(|(name, s)| (name, s.take(&rows))).collect();
    Ok(Chosen { ids, computed })
}
