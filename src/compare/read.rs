//! One table of all members as one frame.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use polars::prelude::{Column, DataFrame, IdxSize, NamedFrom, Series};
use rayon::prelude::*;

use super::columns::{Kind, Stretch, brought_to, column};
use super::error::CompareError;
use super::gather::Member;
use semola_data::table::{Identity, TableError, read_batches};

/// Name of the column that holds the number of the member, of which a row is, in the list of members.
pub const MEMBER: &str = "__member";

/// One file's part of the table.
struct Part<'a> {
    index: usize,
    member: &'a Member,
    batches: Vec<RecordBatch>,
}

/// The rows of a table in the order of the members, with [`MEMBER`] in front and without the identity columns; of these
/// only the requested columns. Members without the table have no rows; `None` if no member has it.
pub fn read_table(
    members: &[Member],
    chosen: &[usize],
    table: &str,
    wanted: impl Fn(&str) -> bool + Sync,
) -> Result<Option<DataFrame>, CompareError> {
    let wanted = |name: &str| !Identity::COLUMNS.contains(&name) && wanted(name);
    let part = |&index: &usize| {
        let member = &members[index];
        let Some(path) = member.checked_table(table)? else { return Ok(None) };
        Ok(Some(Part { index, member, batches: read_batches(&path, wanted)? }))
    };
    let parts: Vec<Option<Part>> = chosen.par_iter().map(part).collect::<Result<_, CompareError>>()?;
    let parts: Vec<Part> = parts.into_iter().flatten().collect();
    if parts.is_empty() { Ok(None) } else { united(table, &parts).map(Some) }
}

fn united(table: &str, parts: &[Part]) -> Result<DataFrame, CompareError> {
    let kinds = kinds(table, parts)?;
    let rows = |part: &Part| part.batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    let index: Vec<IdxSize> =
        parts.iter().flat_map(|part| std::iter::repeat_n(part.index as IdxSize, rows(part))).collect();
    let height = index.len();
    let mut columns = vec![Column::from(Series::new(MEMBER.into(), index))];
    let rest = kinds.par_iter().map(|(name, kind)| {
        let mut stretches = Vec::with_capacity(parts.len());
        for part in parts {
            for batch in &part.batches {
                stretches.push(match batch.column_by_name(name) {
                    None => Stretch::Missing(batch.num_rows()),
                    Some(array) => brought_to(*kind, array)
                        .map_err(|problem| TableError::Read { path: part.member.table(table), problem })?,
                });
            }
        }
        Ok(column(name, *kind, &stretches))
    });
    columns.extend(rest.collect::<Result<Vec<Column>, CompareError>>()?);
    Ok(DataFrame::new(height, columns)?)
}

/// All columns in the order in which they are met, each with a kind that holds every member's.
fn kinds(table: &str, parts: &[Part]) -> Result<Vec<(String, Kind)>, CompareError> {
    let mut kinds: Vec<(String, Kind)> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for part in parts {
        let Some(batch) = part.batches.first() else { continue };
        for field in batch.schema_ref().fields() {
            let Some(kind) = Kind::of(field.data_type()) else { continue };
            match at.get(field.name()) {
                None => {
                    at.insert(field.name().clone(), kinds.len());
                    kinds.push((field.name().clone(), kind));
                }
                Some(&known) => {
                    let expected = kinds[known].1;
                    kinds[known].1 = expected.united(kind).ok_or_else(|| CompareError::MixedTypes {
                        path: part.member.table(table),
                        column: field.name().clone(),
                        found: kind.name(),
                        expected: expected.name(),
                    })?;
                }
            }
        }
    }
    Ok(kinds)
}
