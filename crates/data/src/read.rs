//! Reading a data set: from Parquet files to fields in memory.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::cell::check_cell;
use super::columns::{Columns, check_scalar};
use super::dataset::{Dataset, Field, SourceFile};
use super::error::{DataError, Purpose};
use super::fields::{FieldPlan, plan_fields};
use super::foreign::Base;
use super::hash::file_hash;
use super::invalid::{Invalid, Resolved};
use super::labels;
use super::long::Examples;
use super::numbers::Numbers;
use super::pictures;
use super::problem::Bad;
use super::rows::choose;
use super::scalars::Scalars;
use super::settle;
use super::source::Source;
use crate::settings::{FieldSpec, Read};
use semola_lie::action::Action;

/// A field's values while rows may still be dropped.
enum Draft {
    Numbers(Numbers),
    Labels(Scalars),
}

/// The result for the chosen rows.
pub enum Assembled {
    Data(Dataset),
    /// No row is left: why, and how many were left out because of which column.
    Nothing {
        why: String,
        dropped: BTreeMap<String, usize>,
    },
}

/// Reads the data set of a `read` stage (with `like` resolved), in parallel on the current Rayon pool.
///
/// Paths are relative to `base`. `keys` are scalar columns to be kept as strings, for `split: {by: …}`.
/// The result does not depend on the number of threads.
///
/// # Errors
/// Every [`DataError`], the first one in file, row and field order.
pub fn read<'a>(read: &Read, base: impl Into<Base<'a>>, keys: &[String]) -> Result<Dataset, DataError> {
    let source = Source::of(read, base.into())?;
    let plans = checked(&source, read, keys)?;
    let all = 0..source.rows;
    let (files, assembled) = rayon::join(|| source_files(&source), || assemble(&source, read, &plans, keys, all));
    let dataset = match assembled? {
        Assembled::Data(dataset) => dataset,
        Assembled::Nothing { why, .. } => return Err(DataError::NothingLeft { name: read.name.clone(), why }),
    };
    let mut dropped = dataset.dropped;
    for (column, rows) in source.parts.iter().flat_map(|part| &part.dropped) {
        *dropped.entry(column.clone()).or_default() += rows;
    }
    Ok(Dataset { files: files?, dropped, ..dataset })
}

/// The fields of a `read` stage, all columns checked against the files.
///
/// # Errors
/// The first thing that is wrong.
pub fn checked<'a>(source: &'a Source, read: &'a Read, keys: &'a [String]) -> Result<Vec<FieldPlan<'a>>, DataError> {
    let plans = plan_fields(source, read).into_iter().collect::<Result<Vec<_>, _>>()?;
    if plans.is_empty() {
        let reason = "the stage names no `fields`; say which columns to read".to_string();
        return Err(DataError::Field { field: read.name.clone(), reason });
    }
    check_cell(source, read)?;
    for (column, purpose) in scalar_columns(read, keys) {
        check_scalar(source, column, purpose)?;
    }
    Ok(plans)
}

fn scalar_columns<'a>(read: &'a Read, keys: &'a [String]) -> impl Iterator<Item = (&'a str, Purpose)> {
    let grouping = read.group.iter().map(|g| (g.as_str(), Purpose::Group));
    let long = read.group_by.iter().map(|g| (g.as_str(), Purpose::GroupBy));
    grouping.chain(long).chain(keys.iter().map(|k| (k.as_str(), Purpose::Split)))
}

/// The files of a `read` stage, with their hashes, in the order in which its data set has them.
///
/// # Errors
/// If none is found, or one cannot be read.
pub fn files_of<'a>(read: &Read, base: impl Into<Base<'a>>) -> Result<Vec<SourceFile>, DataError> {
    source_files(&Source::of(read, base.into())?)
}

/// The files of a data set with their hashes, in order.
///
/// # Errors
/// If a file cannot be read.
pub fn source_files(source: &Source) -> Result<Vec<SourceFile>, DataError> {
    let hashed = |file: SourceFile| match file.hash.is_empty() {
        true => Ok(SourceFile { hash: file_hash(&file.path)?, ..file }),
        false => Ok(file),
    };
    let files: Vec<SourceFile> = source.parts.iter().flat_map(super::source::Part::files).collect();
    let files: Vec<Result<SourceFile, DataError>> = files.into_par_iter().map(hashed).collect();
    files.into_iter().collect()
}

/// Reads the chosen ones among `rows`.
///
/// # Errors
/// As [`read`], but for rows that are none.
pub fn assemble(
    source: &Source,
    read: &Read,
    plans: &[FieldPlan],
    keys: &[String],
    rows: Range<u64>,
) -> Result<Assembled, DataError> {
    let chosen = choose(source, read, rows)?;
    if chosen.ids.is_empty() {
        let why = match &read.filter {
            Some(filter) => format!("after `where: {filter}`"),
            None => "after `limit`".to_string(),
        };
        return Ok(Assembled::Nothing { why, dropped: BTreeMap::new() });
    }
    let columns = Columns { source, ids: &chosen.ids, computed: &chosen.computed };
    let drafts: Vec<Result<Draft, DataError>> = plans.par_iter().map(|plan| draft(plan, &columns)).collect();
    let mut drafts = drafts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let scalar = |name: &String| Ok((name.clone(), columns.scalars(name)?));
    let mut group = read.group.as_ref().map(scalar).transpose()?;
    let mut keys = keys.iter().map(scalar).collect::<Result<Vec<_>, DataError>>()?;
    let mut invalid = Invalid::new(source, read.on_invalid);
    let mut ids = chosen.ids.clone();

    if let Some(name) = &read.group_by {
        let key = columns.scalars(name)?;
        let null_keys = key.bad(name);
        invalid.check(null_keys.iter().chain(drafts.iter().flat_map(bad_of)), &ids)?;
        let examples = Examples::new(&key.dense_ids(), read.limit);
        drafts =
            plans.iter().zip(drafts).map(|(p, d)| collect(p, d, &examples, &mut invalid)).collect::<Result<_, _>>()?;
        for (name, scalars) in group.iter_mut().chain(&mut keys) {
            let (one, bad) = examples.constant_scalars(scalars, name);
            invalid.add(bad);
            *scalars = one;
        }
        invalid.add(examples.constant_scalars(&key, name).1);
        ids = examples.firsts().into_iter().filter_map(|row| ids.get(row).copied()).collect();
    }

    for (plan, draft) in plans.iter().zip(&mut drafts) {
        match draft {
            Draft::Numbers(numbers) => {
                settle::mark_lengths(numbers, plan).map_err(|reason| shape_error(source, plan, reason))?;
                invalid.add(std::mem::take(&mut numbers.bad));
            }
            Draft::Labels(labels) => invalid.add(labels.bad(plan.columns.first().unwrap_or(&plan.name))),
        }
    }
    for (name, scalars) in group.iter().chain(&keys) {
        invalid.add(scalars.bad(name));
    }
    let Resolved { kept, dropped } = invalid.resolve(&ids)?;
    if kept.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Assembled::Nothing { why: "after the invalid ones were dropped".to_string(), dropped });
    }
    if let Some(kept) = &kept {
        drafts.iter_mut().for_each(|d| d.keep(kept));
        group.iter_mut().chain(&mut keys).for_each(|(_, s)| *s = s.take(kept));
        ids = kept.iter().filter_map(|&row| ids.get(row).copied()).collect();
    }
    let finish = |(plan, draft): (&FieldPlan, Draft)| Ok((plan.name.to_string(), finished(plan, draft)?));
    let column = |(name, field): (&String, &FieldSpec)| {
        let columns = field.columns.as_ref().map(|all| all.join(", "));
        (name.clone(), field.column.clone().or(columns).unwrap_or_else(|| name.clone()))
    };
    Ok(Assembled::Data(Dataset {
        rows: ids.len(),
        fields: plans.iter().zip(drafts).map(finish).collect::<Result<_, DataError>>()?,
        groups: group.map(|(_, g)| g.dense_ids()),
        keys: keys.into_iter().map(|(name, k)| (name, (0..k.len()).map(|i| k.text(i)).collect())).collect(),
        row_ids: ids,
        files: Vec::new(),
        dropped,
        columns: read.fields.iter().map(column).collect(),
        on_invalid: read.on_invalid,
        ..Dataset::default()
    }))
}

impl Draft {
    fn keep(&mut self, rows: &[usize]) {
        match self {
            Self::Numbers(numbers) => *numbers = numbers.take(rows),
            Self::Labels(labels) => *labels = labels.take(rows),
        }
    }
}

fn bad_of(draft: &Draft) -> &[Bad] {
    match draft {
        Draft::Numbers(numbers) => &numbers.bad,
        Draft::Labels(_) => &[],
    }
}

fn draft(plan: &FieldPlan, columns: &Columns) -> Result<Draft, DataError> {
    if let (Some(wanted), [column]) = (&plan.pictures, plan.columns.as_slice()) {
        return pictures::numbers(columns.source, columns.ids, column, wanted).map(Draft::Numbers);
    }
    match plan.columns.as_slice() {
        [column] if plan.spec.labels => {
            let labels = columns.scalars(column)?;
            match labels {
                Scalars::Float(_) => Err(DataError::WrongType {
                    path: columns.source.locate(0).0,
                    column: column.to_string(),
                    found: labels.kind().to_string(),
                    wanted: "labels are integers, truth values or strings; CAST it to one under `select`".into(),
                }),
                _ => Ok(Draft::Labels(labels)),
            }
        }
        [column] if plan.spec.columns.is_none() => columns.numbers(column).map(Draft::Numbers),
        several => {
            let parts: Vec<Result<Numbers, DataError>> = several.par_iter().map(|c| columns.numbers(c)).collect();
            let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
            let odd = |i: usize| {
                let name = |i: usize| several.get(i).copied().unwrap_or(plan.name);
                let reason =
                    format!("its rows are laid out differently from those of `{}`, with which it is grouped", name(0));
                DataError::Shape { path: columns.source.locate(0).0, column: name(i).to_string(), reason }
            };
            Numbers::side_by_side(several, parts).map(Draft::Numbers).map_err(odd)
        }
    }
}

/// One row per example: points of the example, or one value where labels or the stated shape say so.
fn collect(plan: &FieldPlan, draft: Draft, examples: &Examples, invalid: &mut Invalid) -> Result<Draft, DataError> {
    let column = plan.columns.first().copied().unwrap_or(plan.name);
    match draft {
        Draft::Labels(labels) => {
            let (one, bad) = examples.constant_scalars(&labels, column);
            invalid.add(bad);
            Ok(Draft::Labels(one))
        }
        Draft::Numbers(numbers) => {
            let one_row = |shape: &Vec<usize>| shape.iter().product::<usize>() == numbers.block();
            if numbers.lengths.is_none() && plan.spec.shape.as_ref().is_some_and(one_row) {
                return Ok(Draft::Numbers(examples.constant(&numbers, column)));
            }
            let reason = "with `group_by`, a row is one point and cannot be a list; leave `group_by` out".to_string();
            let listed = DataError::Field { field: plan.name.to_string(), reason };
            examples.points(&numbers).map(Draft::Numbers).ok_or(listed)
        }
    }
}

fn finished(plan: &FieldPlan, draft: Draft) -> Result<Field, DataError> {
    match draft {
        Draft::Numbers(numbers) => settle::field(numbers, plan),
        Draft::Labels(scalars) => {
            let (values, classes) = labels::numbered(&scalars);
            let unit = plan.unit.clone();
            Ok(Field { action: Action::Scalar, values, shape: Vec::new(), offsets: None, unit, classes: Some(classes) })
        }
    }
}

fn shape_error(source: &Source, plan: &FieldPlan, reason: String) -> DataError {
    let column = plan.columns.join(", ");
    DataError::Shape { path: source.locate(0).0, column, reason }
}
