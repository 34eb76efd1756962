//! New data: read like the training data and prepared by the steps that were fitted on it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use arrow::array::ArrayRef;

use super::{PredictError, row_wise};
use crate::model::SavedModel;
use crate::model::{Applied, FieldForm};
use crate::prepare::{Needs, Run};
use semola_data::settings::{FieldSpec, Import, OnInvalid, Read};
use semola_data::{Base, DataError, Field, Foreign, Piece, Stream, Values};
use semola_document::OneOrMany;
use semola_engine::Streams;

/// The name of new data in messages.
const NAME: &str = "new data";

/// Settings of the new data.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Files, globs or directories, relative to the working directory.
    pub data: Vec<PathBuf>,
    /// Rows to keep: an SQL expression over scalar columns.
    pub filter: Option<String>,
    /// What to do with invalid rows, if not the same as with the training data.
    pub on_invalid: Option<OnInvalid>,
    /// How files in other formats are read, if not as the training data.
    pub import: Import,
    /// Read the targets too.
    pub evaluate: bool,
}

/// New data for a model.
pub struct Input<'m> {
    model: &'m SavedModel,
    stream: Stream,
    steps: Vec<Applied>,
    /// Targets that are not read: zeros replace them, so that preparation records their history.
    stand_ins: Vec<(String, FieldForm)>,
    /// Columns that are copied to the predictions.
    identifiers: Vec<String>,
}

impl<'m> Input<'m> {
    /// Opens the files and checks their columns.
    ///
    /// # Errors
    /// If files or columns are missing or of the wrong type, or an expression is not row-wise.
    pub fn open(model: &'m SavedModel, wishes: &Wishes) -> Result<Self, PredictError> {
        Self::open_with(model, wishes, None)
    }

    /// The same, where files in other formats than Parquet are read too.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(
        model: &'m SavedModel,
        wishes: &Wishes,
        foreign: Option<&dyn Foreign>,
    ) -> Result<Self, PredictError> {
        let base = Base { directory: Path::new(""), foreign };
        let needs = needs(model, wishes.evaluate);
        let read = read_stage(model, wishes, &needs.values);
        row_wise::check(&read)?;
        let (stream, identifiers) = match open(read.clone(), base, wishes.evaluate) {
            // Groups matter for intervals only; new data may well lack them.
            Err(DataError::MissingColumn { column, .. }) if Some(&column) == read.group.as_ref() => {
                open(Read { group: None, ..read }, base, wishes.evaluate)?
            }
            other => other?,
        };
        let stand_in = |name: &String| Some((name.clone(), model.lineage.fields.get(name)?.clone()));
        let stand_ins = needs.history.iter().filter_map(stand_in).collect();
        let steps = model.lineage.steps.iter().map(|step| with_wish(step, wishes.on_invalid)).collect();
        Ok(Self { model, stream, steps, stand_ins, identifiers })
    }

    /// The files, row groups and chunks.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// The copied columns in these rows (ascending).
    ///
    /// # Errors
    /// If they cannot be decoded.
    pub fn identifiers(&self, rows: &[u64]) -> Result<Vec<(String, ArrayRef)>, PredictError> {
        let column = |name: &String| Ok((name.clone(), self.stream.identifiers(name, rows)?));
        self.identifiers.iter().map(column).collect()
    }

    /// Reads and prepares a chunk. Rows that are left out are counted, by column.
    ///
    /// # Errors
    /// If the data is invalid or does not suit a step.
    pub fn piece(&self, rows: Range<u64>) -> Result<Piece, PredictError> {
        let Piece { data, dropped } = self.stream.piece(rows)?;
        let Some(mut data) = data else { return Ok(Piece { data, dropped }) };
        let ragged = |name: &String| self.model.lineage.fields.get(name).is_some_and(|form| form.ragged);
        data.fields =
            data.fields.into_iter().map(|(n, f)| if ragged(&n) { (n, f.as_ragged()) } else { (n, f) }).collect();
        let offsets = data.fields.values().find_map(|field| field.offsets.clone());
        for (name, form) in &self.stand_ins {
            data.fields.insert(name.clone(), zeros(form, data.rows, offsets.as_ref()));
        }
        let streams = Streams::new(self.model.identity.seed);
        for Applied { stage, number, fitted, .. } in &self.steps {
            let streams = streams.scope(&format!("prepare{stage}"));
            let run = Run { streams: &streams, tell: &|_, _, _| {} };
            fitted.apply_where_possible(*number, NAME, &mut data, run)?;
        }
        let dropped = data.dropped.clone();
        Ok(Piece { data: Some(data), dropped })
    }
}

fn needs(model: &SavedModel, evaluate: bool) -> Needs {
    let task = &model.task;
    let mut needs = Needs { values: task.inputs.iter().cloned().collect(), history: BTreeSet::new() };
    match (evaluate, task.class_names()) {
        (true, _) => needs.values.extend(task.targets.iter().cloned()),
        // Classes have no units to be brought back to.
        (false, Some(_)) => {}
        (false, None) => needs.history.extend(task.targets.iter().cloned()),
    }
    needs.before(model.lineage.steps.iter().map(|step| &step.fitted))
}

fn open(read: Read, base: Base<'_>, evaluate: bool) -> Result<(Stream, Vec<String>), DataError> {
    let computed = |name: &&String| !read.select.contains_key(*name);
    let names: BTreeSet<&String> = read.group.iter().chain(&read.group_by).filter(computed).collect();
    let identifiers: Vec<String> = names.into_iter().cloned().collect();
    let keys = read.group.iter().filter(|_| evaluate).cloned().collect();
    let stream = Stream::open(read, base, keys, &identifiers)?;
    Ok((stream, identifiers))
}

/// The `read` stage of the training data, for the new data and the fields that are needed.
fn read_stage(model: &SavedModel, wishes: &Wishes, needed: &BTreeSet<String>) -> Read {
    let lineage = &model.lineage;
    let mut read = Read {
        name: NAME.to_owned(),
        path: OneOrMany::Many(wishes.data.clone()),
        like: None,
        filter: wishes.filter.clone(),
        limit: None,
        on_invalid: wishes.on_invalid.unwrap_or(lineage.read.on_invalid),
        import: Import { format: wishes.import.format, header: wishes.import.header.or(lineage.read.import.header) },
        ..lineage.read.clone()
    };
    read.fields.retain(|name, _| needed.contains(name));
    for (name, spec) in &mut read.fields {
        let Some(form) = lineage.fields.get(name) else { continue };
        // What was found in the training data is now known, and no longer left to what a piece of the data says.
        spec.unit = spec.unit.take().or_else(|| form.unit.clone());
        if !form.ragged && !form.labels && !form.shape.is_empty() {
            spec.shape = Some(form.shape.clone());
        }
    }
    let columns: BTreeSet<String> = read.fields.iter().flat_map(columns).chain(read.group.clone()).collect();
    let in_filter = |name: &String| wishes.filter.as_ref().is_some_and(|filter| filter.contains(name.as_str()));
    read.select.retain(|name, _| columns.contains(name) || in_filter(name));
    read
}

fn columns((name, spec): (&String, &FieldSpec)) -> Vec<String> {
    match (&spec.columns, &spec.column) {
        (Some(several), _) => several.clone(),
        (None, Some(one)) => vec![one.clone()],
        (None, None) => vec![name.clone()],
    }
}

/// The step, with the requested handling of values of no class.
fn with_wish(step: &Applied, on_invalid: Option<OnInvalid>) -> Applied {
    let mut step = step.clone();
    if let (Some(setting), Some(wish)) = (step.fitted.on_invalid(), on_invalid) {
        *setting = wish;
    }
    step
}

/// A field of zeros; ragged ones have as many points as the other fields.
fn zeros(form: &FieldForm, rows: usize, offsets: Option<&Vec<usize>>) -> Field {
    let offsets = form.ragged.then(|| offsets.cloned().unwrap_or_else(|| vec![0; rows + 1]));
    let points = offsets.as_ref().map_or(rows, |offsets| offsets.last().copied().unwrap_or(0));
    Field {
        action: form.action,
        values: Values::F32(vec![0.0; points * form.block()]),
        shape: form.shape.clone(),
        offsets,
        unit: form.unit.clone(),
        classes: None,
    }
}

/// Adds counts to counts.
pub fn add_counts(to: &mut BTreeMap<String, usize>, more: &BTreeMap<String, usize>) {
    for (name, count) in more {
        *to.entry(name.clone()).or_insert(0) += count;
    }
}
