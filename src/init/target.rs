//! Targets: how each kind of column is read, prepared and learned.

use super::components::{groups, numbered, stem};
use super::draft::{Draft, FieldDraft, guess, noted};
use super::error::InitError;
use super::four_momenta::NAMES;
use super::look::{at_points_of, is_label, is_scalar, point, shown};
use crate::words::number::short;
use semola_data::RowShape;
use semola_data::profile::{ColumnProfile, Kind};

/// The ratio of the 99th percentile of the sizes of a target to their median, above which squared errors see hardly
/// anything but the largest. It is 4 for a normal variable, 10 for the exponential of one, 64 for Cauchy's.
const HEAVY: f64 = 50.0;

/// The inputs that the targets belong to.
#[derive(Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The k of the group's matrices.
    pub dim: Option<usize>,
    /// The field of points.
    pub points: Option<&'a ColumnProfile>,
    /// Rows are points (`group_by`), so that one value per row is one value per point.
    pub long: bool,
}

/// Adds targets, with the steps and the loss that they need.
///
/// # Errors
/// If a column cannot be a target for those inputs.
pub fn add(draft: &mut Draft, columns: &[&ColumnProfile], beside: Beside) -> Result<(), InitError> {
    let labels = columns.iter().any(|c| labelled(c, columns.len()));
    let vectors = beside.dim.filter(|_| !labels && !beside.long).map(|dim| whole_vectors(columns, dim));
    let vectors = vectors.unwrap_or_default();
    vectors.iter().for_each(|vector| add_vector(draft, vector));
    for column in columns.iter().filter(|c| !vectors.iter().flatten().any(|v| v.name == c.name)) {
        if labels {
            add_label(draft, column);
        } else {
            add_numbers(draft, column, beside)?;
        }
    }
    Ok(())
}

/// The vectors whose components are all among the columns: as scalars they would not turn with the inputs.
fn whole_vectors<'a>(columns: &[&'a ColumnProfile], dim: usize) -> Vec<Vec<&'a ColumnProfile>> {
    let scalars: Vec<&ColumnProfile> = columns.iter().filter(|c| is_scalar(c)).copied().collect();
    let lettered = match dim {
        2 => groups(&scalars, &["x", "y"]),
        3 => groups(&scalars, &["x", "y", "z"]),
        4 => NAMES.iter().map(|names| groups(&scalars, names)).find(|g| !g.is_empty()).unwrap_or_default(),
        _ => Vec::new(),
    };
    match lettered.is_empty() {
        true => numbered(&scalars).into_iter().filter(|vector| vector.len() == dim).collect(),
        false => lettered,
    }
}

fn add_vector(draft: &mut Draft, vector: &[&ColumnProfile]) {
    let dim = vector.len();
    let stem = stem(vector);
    let name = draft.free_name(&if stem.is_empty() { "vector".to_owned() } else { super::words::slug(&stem) });
    let note = "the components of one vector, which turns with the inputs; scalars would not.";
    let field = FieldDraft::of(&name, format!("action: vector, dim: {dim}"), note);
    let columns = vector.iter().map(|c| c.name.clone()).collect();
    draft.target(FieldDraft { columns, check: true, ..field });
    let components: Vec<&[f64]> = vector.iter().map(|c| c.sample.values.as_slice()).collect();
    let rows = components.iter().map(|values| values.len()).min().unwrap_or(0);
    let size = |row: usize| components.iter().fold(0.0_f64, |size, values| size.hypot(values[row]));
    tame(draft, &name, (0..rows).map(size).collect());
    draft.steps.push(noted(format!("scale: {{fields: {name}, fit: train}}"), ""));
}

/// Takes logarithms of the sizes of a target whose largest values would decide everything: a hundredth of them is more
/// than [`HEAVY`] times the median.
fn tame(draft: &mut Draft, name: &str, mut sizes: Vec<f64>) {
    sizes.retain(|size| *size > 0.0);
    sizes.sort_by(f64::total_cmp);
    let at = |share: usize| sizes.get(sizes.len() * share / 100).copied().unwrap_or(0.0);
    if at(99) <= HEAVY * at(50) {
        return;
    }
    draft.steps.push(guess(
        format!("compress: {{fields: {name}, fit: train}}"),
        format!(
            "its largest values are {} times the median and would decide everything: this takes logarithms of the sizes \
             and leaves directions alone. Rotations and mirrors stay as they are; errors are measured on this scale.",
            short(at(99) / at(50), 2)
        ),
    ));
}

/// Integers are numbers beside other targets, and labels alone.
fn labelled(column: &ColumnProfile, count: usize) -> bool {
    is_label(column) && count == 1
}

fn add_label(draft: &mut Draft, column: &ColumnProfile) {
    let names = match &column.classes {
        Some(names) if names.len() <= 12 => format!(" ({})", names.join(", ")),
        _ => String::new(),
    };
    let note = format!("Class labels{names}: numbered in sorted order; no group acts on them.");
    let name = draft.free_name(&super::words::slug(&column.name));
    draft.target(FieldDraft::of(&column.name, "labels: true", note).called(&name));
    let text = "loss: cross_entropy";
    draft.task.push(match column.kind {
        Kind::Integer if column.classes.is_none() => {
            guess(text, "classes. If the integers are amounts: remove `labels` above and use `loss: mse`.")
        }
        _ => noted(text, "Classes."),
    });
}

fn add_numbers(draft: &mut Draft, column: &ColumnProfile, beside: Beside) -> Result<(), InitError> {
    if !column.kind.is_number() {
        let reason = format!("{} cannot be learned together with other targets", shown(column));
        return Err(InitError::target(&column.name, reason));
    }
    let name = draft.free_name(&super::words::slug(&column.name));
    let unit = column.unit.as_ref().map(|u| format!(" in {u}")).unwrap_or_default();
    let vector = |dim: usize, note: String| FieldDraft::of(&column.name, format!("action: vector, dim: {dim}"), note);
    let at_points = beside.points.is_some_and(|p| at_points_of(column, p));
    let mut field = match (&column.shape, beside.dim) {
        (_, Some(dim)) if at_points && point(column).is_some_and(|p| p == [dim]) => {
            vector(dim, format!("A vector at each point{unit}: it turns with the points, translations leave it alone."))
        }
        (RowShape::Fixed(axes), Some(dim)) if !at_points && axes.as_slice() == [dim] && !beside.long => {
            let field = vector(
                dim,
                format!("{dim} numbers a row{unit}, taken for a vector; `action: scalar` if they are not."),
            );
            FieldDraft { check: true, ..field }
        }
        _ if is_scalar(column) && beside.long => {
            let note = format!("One number an example{unit}, equal in all its rows; for one a point remove `shape`.");
            FieldDraft { check: true, ..FieldDraft::of(&column.name, "shape: [1]", note) }
        }
        _ if is_scalar(column) => {
            FieldDraft::of(&column.name, "", format!("One number a row{unit}: no group acts on it."))
        }
        _ => {
            let note =
                format!("Numbers{unit} that no group acts on; `action: vector` or `tensor` with `dim` if one does.");
            FieldDraft { check: true, ..FieldDraft::of(&column.name, "", note) }
        }
    };
    field.name.clone_from(&name);
    let scalar = !field.settings.contains("action");
    draft.target(field);
    let block = if scalar { 1 } else { beside.dim.unwrap_or(1).max(1) };
    let sizes = column.sample.values.chunks(block).map(|v| v.iter().fold(0.0_f64, |size, x| size.hypot(*x)));
    tame(draft, &name, sizes.collect());
    draft.steps.push(match scalar {
        true => noted(
            format!("standardise: {{fields: {name}, fit: train}}"),
            "Mean 0, standard deviation 1; predictions are mapped back.",
        ),
        false => noted(format!("scale: {{fields: {name}, fit: train}}"), ""),
    });
    Ok(())
}
