//! The stage `read`: are the fields valid, do the columns fit them; takes over what was read.

use std::collections::BTreeMap;
use std::fmt;

use semola_data::Blame;
use semola_data::check_action::check_action;
use semola_data::dim_of;
use semola_data::settings::{ActionName, FieldSpec, OnInvalid, Read};
use semola_lie::action::Action;

use crate::model::Lineage;
use crate::stage::{Planned, StageKind};
use crate::stage::{StageError, World};
use semola_plan::{
    Certainty, Context, DataShape, FieldShape, Keys, Need, ProbeError, ProbedField, SourceShape, Walk, action_label,
    rows_label,
};

/// Maximal number of values in one row.
const MAX_ROW: usize = 1 << 31;

fn plan(context: &mut Context<'_>, spec: &Read) -> PlannedRead {
    check_settings(context, spec);
    let source = if is_sane(spec) { probe(context, spec) } else { SourceShape::default() };
    let mut columns = source.columns.clone();
    if !columns.is_empty() {
        columns.extend(spec.select.keys().filter(|c| !source.columns.contains(c)).cloned());
    }
    check_columns(context, spec, &columns);
    if spec.like.is_none() {
        super::components::warn(context, spec);
    }
    for error in source.errors {
        tell(context, error);
    }
    let classes = |name: &String| source.read.as_ref().and_then(|read| read.classes.get(name).copied());
    let fields = spec.fields.iter().map(|(name, field)| {
        let probed = source.fields.get(name);
        let shape = probed.and_then(|p| shape(context, name, field, p));
        (name.clone(), shape.map(|s| FieldShape { classes: classes(name).or(s.classes), ..s }))
    });
    let fields: BTreeMap<_, _> = fields.collect();
    let all = DataShape {
        file_rows: source.rows.filter(|_| spec.group_by.is_none()),
        grouped: spec.group.is_some(),
        drops: spec.on_invalid == OnInvalid::Drop,
        fields,
        columns,
        read: context.stage,
        ..DataShape::default()
    };
    let data = match source.read {
        Some(read) => {
            let counted = |of: BTreeMap<String, usize>| of.into_iter().map(|(value, n)| (value, Some(n))).collect();
            let values = read.values.into_iter().map(|(column, of)| (column, counted(of))).collect();
            DataShape { rows: Some(read.rows), groups: read.groups, values, ..all }
        }
        None => DataShape { rows: rows(&all, spec), certainty: certainty(spec), ..all },
    };
    if context.is_new_name(&spec.name, "as") {
        context.scope.data.insert(spec.name.clone(), data.clone());
    }
    PlannedRead { spec: spec.clone(), data, keys: Vec::new() }
}

/// A data set to read.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRead {
    pub spec: Read,
    pub data: DataShape,
    /// Columns that a later `split: {by: …}` needs.
    pub keys: Vec<String>,
}

impl StageKind for Read {
    type Planned = PlannedRead;

    fn makes(&self) -> Vec<&str> {
        vec![&self.name]
    }

    fn resolve(&self, context: &mut Context<'_>) -> Option<PlannedRead> {
        Some(plan(context, self))
    }
}

impl fmt::Display for PlannedRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: Vec<String> = self.spec.path.as_slice().iter().map(|p| p.display().to_string()).collect();
        writeln!(
            f,
            "read {}: {} from {}",
            self.spec.name,
            rows_label(self.data.rows, self.data.certainty),
            paths.join(", ")
        )?;
        if let Some(filter) = &self.spec.filter {
            writeln!(f, "    where {filter}")?;
        }
        for (name, field) in &self.data.fields {
            writeln!(f, "    {name}: {}", field.as_ref().map_or_else(|| "not known".to_owned(), field_label))?;
        }
        Ok(())
    }
}

fn field_label(field: &FieldShape) -> String {
    let mut text = field.shape.to_string();
    match (field.labels, field.classes) {
        (true, Some(classes)) => text += &format!(", {classes} classes"),
        (true, None) => text += ", class labels",
        _ => text += &format!(", {}", action_label(field.action)),
    }
    if let Some(unit) = &field.unit {
        text += &format!(", {unit}");
    }
    text
}

impl Planned for PlannedRead {
    fn name(&self) -> Option<&str> {
        Some(&self.spec.name)
    }

    fn note_keys(&self, number: usize, keys: &mut Keys) {
        keys.comes_from(&self.spec.name, number);
    }

    fn count_reading<'a>(&'a self, walk: &mut Walk<'a>) {
        walk.read(&self.spec.name, self.data.bytes());
    }

    fn count_running<'a>(&'a self, _: &mut Walk<'a>) {}

    fn need(&self) -> Option<Need> {
        None
    }

    /// Takes over the data set that was read before the first stage ran.
    fn run(&self, world: &mut World<'_>, _: usize) -> Result<(), StageError> {
        if let Some((name, data)) = world.read.remove_entry(&self.spec.name) {
            world.tables.count_dropped("read", "", &name, &data.dropped);
            world.lineages.insert(name.clone(), Lineage::new(&self.spec, &data));
            world.data.insert(name, data);
        }
        Ok(())
    }
}

/// Upper bound on the rows kept of those in the files.
fn rows(all: &DataShape, spec: &Read) -> Option<usize> {
    all.file_rows.map(|rows| rows.min(spec.limit.unwrap_or(rows)))
}

fn certainty(spec: &Read) -> Certainty {
    let leaves_out = spec.filter.is_some() || spec.on_invalid == OnInvalid::Drop;
    if leaves_out { Certainty::AtMost } else { Certainty::Exact }
}

fn check_settings(context: &mut Context, spec: &Read) {
    if spec.path.as_slice().is_empty() || spec.path.as_slice().iter().any(|p| p.as_os_str().is_empty()) {
        context.error("path", "`path` is empty");
    }
    if spec.fields.is_empty() {
        let help = "list the columns to use: `fields: {x: {action: vector, dim: 2}, y: {}}`";
        context.error_help("fields", format!("data set '{}' has no fields", spec.name), help);
    }
    context.require(spec.limit != Some(0), "limit", 0, "at least 1");
    for (name, field) in &spec.fields {
        check_field(context, &ProbeError::setting_of_field(name), name, field);
    }
}

fn check_field(context: &mut Context, below: &str, name: &str, field: &FieldSpec) {
    let scalar = field.action == ActionName::Scalar;
    if field.column.is_some() && field.columns.is_some() {
        context.error(&format!("{below}.columns"), format!("field '{name}' has both `column` and `columns`; give one"));
    }
    if field.columns.as_ref().is_some_and(Vec::is_empty) {
        context.error(&format!("{below}.columns"), "`columns` is empty");
    }
    if field.shape.as_deref().is_some_and(|s| row_size(s).is_none()) {
        context.error(&format!("{below}.shape"), format!("a row of `shape` has more than {MAX_ROW} values"));
    } else if field.shape.as_ref().is_some_and(|s| s.contains(&0)) {
        context.error(&format!("{below}.shape"), "an axis of `shape` is 0");
    }
    if field.size.is_some_and(|s| row_size(&s).is_none_or(|pixels| pixels == 0)) {
        context.error(&format!("{below}.size"), format!("`size` is a height and a width, with 1 to {MAX_ROW} pixels"));
    }
    if field.labels && !scalar {
        context.error(&format!("{below}.action"), "class labels are scalars: no group element acts on them");
    }
    if field.labels && (field.columns.is_some() || field.shape.is_some()) {
        context.error(&format!("{below}.labels"), "class labels are one column with one value a row");
    }
    if scalar && field.dim.is_some() && !field.labels {
        let help = "add `action: vector` (or points, covector, pseudovector, tensor), or remove `dim`";
        context.error_help(&format!("{below}.dim"), format!("`dim` has no meaning for scalar field '{name}'"), help);
    }
}

/// Values in a row of that shape; `None` for more than fits into any memory.
fn row_size(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |size, axis| size.checked_mul(*axis)).filter(|size| *size <= MAX_ROW)
}

/// Whether stated shapes can be multiplied out.
fn is_sane(spec: &Read) -> bool {
    let sane = |shape: Option<&[usize]>| shape.is_none_or(|s| row_size(s).is_some());
    spec.fields.values().all(|f| sane(f.shape.as_deref()) && sane(f.size.as_ref().map(<[usize; 2]>::as_slice)))
}

fn probe(context: &mut Context, spec: &Read) -> SourceShape {
    (context.environment.probe)(spec).unwrap_or_else(|error| {
        tell(context, error);
        SourceShape::default()
    })
}

/// Reports what the files say, unless the same setting already has an error from its own check.
fn tell(context: &mut Context, error: ProbeError) {
    let mut setting = semola_document::Path::parse(&error.at).unwrap_or_default();
    setting.0.truncate(2);
    if error.at != "path" && context.diagnostics.has_error_below(&context.path(&setting.to_string())) {
        return;
    }
    let path = context.path(&error.at);
    if error.blame == Blame::Data {
        context.diagnostics.push_data(&path, error.message, error.help);
    } else {
        context.diagnostics.push(&path, error.message, error.help);
    }
}

fn check_columns(context: &mut Context, spec: &Read, columns: &[String]) {
    let paths: Vec<String> = spec.path.as_slice().iter().map(|p| p.display().to_string()).collect();
    let place = paths.join(", ");
    for (name, field) in &spec.fields {
        let below = ProbeError::setting_of_field(name);
        match (&field.column, &field.columns) {
            (_, Some(several)) => {
                for (i, column) in several.iter().enumerate() {
                    context.column(columns, column, &place, &format!("{below}.columns[{i}]"));
                }
            }
            (Some(column), None) => context.column(columns, column, &place, &format!("{below}.column")),
            (None, None) => context.column(columns, name, &place, &below),
        }
    }
    for (below, column) in [("group", &spec.group), ("group_by", &spec.group_by)] {
        if let Some(column) = column {
            context.column(columns, column, &place, below);
        }
    }
}

fn shape(context: &mut Context, name: &str, spec: &FieldSpec, probed: &ProbedField) -> Option<FieldShape> {
    let below = ProbeError::setting_of_field(name);
    let broken = spec.labels && (spec.columns.is_some() || spec.shape.is_some());
    let mistaken = spec.action == ActionName::Scalar && spec.dim.is_some();
    if broken || mistaken {
        return None;
    }
    if spec.labels && probed.shape.width() != Some(1) {
        context.error(
            &format!("{below}.labels"),
            format!("class labels are one value a row, but a row is {}", probed.shape),
        );
        return None;
    }
    let action = if spec.labels { Ok(Action::Scalar) } else { check_action(&probed.shape, spec.action, dim_of(spec)) };
    match action {
        Ok(action) => Some(FieldShape {
            shape: probed.shape.clone(),
            action,
            labels: spec.labels,
            classes: probed.classes,
            unit: probed.unit.clone(),
            changes: Vec::new(),
            size: probed.size,
        }),
        Err(message) => {
            let setting = if spec.dim.is_some() { format!("{below}.dim") } else { format!("{below}.action") };
            context.error(&setting, format!("field '{name}': {message}"));
            None
        }
    }
}
