//! Which columns each field of a `read` stage comes from, checked against the files.

use super::check_action::{RowShape, check_action};
use super::columns::{Origin, check_labels, check_scalar, origin};
use super::error::{DataError, Purpose};
use super::load::part_layout;
use super::picture::Wanted;
use super::pictures::{holds_pictures, wanted};
use super::source::{Part, Source};
use super::stated_shape::{is_permuted, stated_shape};
use super::unit;
use crate::settings::{ActionName, Border, FieldSpec, Read};
use semola_lie::action::{Action, Image};

/// A field whose columns are known to exist and to have a usable type.
#[derive(Debug)]
pub struct FieldPlan<'a> {
    pub name: &'a str,
    pub spec: &'a FieldSpec,
    pub columns: Vec<&'a str>,
    pub unit: Option<String>,
    /// Shape of a row, from the pipeline or the column's metadata.
    pub shape: Option<Vec<usize>>,
    /// The column holds encoded pictures, which are to come out like this.
    pub pictures: Option<Wanted>,
    /// The column holds flat lists that are values at points, `dim` numbers for each.
    pub at_points: bool,
}

/// Plans all fields of a `read` stage.
///
/// # Errors
/// One error for each field that cannot be read as asked.
pub fn plan_fields<'a>(source: &'a Source, read: &'a Read) -> Vec<Result<FieldPlan<'a>, DataError>> {
    read.fields.iter().map(|(name, spec)| plan_field(source, read, name, spec)).collect()
}

fn plan_field<'a>(
    source: &'a Source,
    read: &'a Read,
    name: &'a str,
    spec: &'a FieldSpec,
) -> Result<FieldPlan<'a>, DataError> {
    let wrong = |reason: &str| DataError::Field { field: name.to_string(), reason: reason.to_string() };
    let columns: Vec<&str> = match (&spec.column, &spec.columns) {
        (Some(_), Some(_)) => return Err(wrong("give `column` or `columns`, not both")),
        (_, Some(list)) if list.is_empty() => return Err(wrong("`columns` is empty; name at least one column")),
        (_, Some(list)) => list.iter().map(String::as_str).collect(),
        (Some(column), None) => vec![column],
        (None, None) => vec![name],
    };
    if spec.labels && (spec.columns.is_some() || spec.shape.is_some() || spec.dim.is_some()) {
        return Err(wrong("`labels` come from one `column`, without `columns`, `shape` or `dim`"));
    }
    if spec.shape.iter().flatten().chain(spec.size.iter().flatten()).any(|side| *side == 0) {
        return Err(wrong("an axis of `shape` or `size` is 0"));
    }
    let size = spec.shape.iter().flatten().try_fold(1_usize, |size, axis| size.checked_mul(*axis));
    if size.is_none() {
        return Err(wrong("a row of `shape` is larger than any memory"));
    }
    let pictures = pictures(source, read, name, spec, &columns)?;
    if pictures.is_none() {
        columns.iter().try_for_each(|column| check_column(source, read, column, spec.labels))?;
    }
    check_metadata(source, &columns)?;
    let unit = unit::common(source, &columns, spec.unit.as_deref())?;
    let shape = match (&spec.shape, columns.as_slice()) {
        (Some(shape), _) => Some(shape.clone()),
        _ if pictures.is_some() => pictures.map(|p| p.axes()),
        (None, [column]) if !spec.labels => metadata_shape(source, column),
        _ => None,
    };
    let at_points = shape.is_none() && lists_points(source, read, spec, &columns);
    Ok(FieldPlan { name, spec, columns, unit, shape, pictures, at_points })
}

/// How the pictures of a field come out; `None` if its column holds none.
fn pictures(
    source: &Source,
    read: &Read,
    name: &str,
    spec: &FieldSpec,
    columns: &[&str],
) -> Result<Option<Wanted>, DataError> {
    let wrong = |reason: &str| DataError::Field { field: name.to_string(), reason: reason.to_string() };
    let found = match columns {
        [column] if !spec.labels && spec.columns.is_none() => {
            origin(source, read.select.keys().map(String::as_str), column)? == Origin::File
                && holds_pictures(source, column)?
        }
        _ => false,
    };
    match (found, columns) {
        (true, _) if read.group_by.is_some() => {
            Err(wrong("with `group_by`, a row is one point and cannot be a picture; leave `group_by` out"))
        }
        (true, [column, ..]) => wanted(source, name, spec, column).map(Some),
        _ if spec.size.is_some() => {
            Err(wrong("`size` resizes encoded pictures while they are read, but the column holds none; leave it out"))
        }
        _ => Ok(None),
    }
}

fn check_column(source: &Source, read: &Read, column: &str, labels: bool) -> Result<(), DataError> {
    match origin(source, read.select.keys().map(String::as_str), column)? {
        Origin::File if labels => {
            check_scalar(source, column, Purpose::Label)?;
            check_labels(source, column)
        }
        Origin::File => source.parts.iter().try_for_each(|part| part_layout(part, column).map(|_| ())),
        Origin::Partition | Origin::Computed => Ok(()),
    }
}

/// Checks that what the metadata of columns says of their rows can be followed, and is the same in all files.
fn check_metadata(source: &Source, columns: &[&str]) -> Result<(), DataError> {
    for column in columns {
        let mut first: Option<(&Part, Vec<usize>)> = None;
        for part in &source.parts {
            let Some((_, field)) = part.column(column) else { continue };
            if is_permuted(field.metadata()) {
                return Err(DataError::Shape {
                    path: part.path.clone(),
                    column: (*column).to_string(),
                    reason:
                        "it holds tensors with a `permutation`, whose axes are stored in another order than they are \
                             meant; write them in that order, without `permutation`"
                            .to_string(),
                });
            }
            match (&first, part_shape(part, column)) {
                (Some((one, shape)), Some(other)) if *shape != other => {
                    let (here, there) = (format!("rows of shape {other:?}"), format!("rows of shape {shape:?}"));
                    return Err(DataError::differing(column, part.path.clone(), here, one.path.clone(), there));
                }
                (None, Some(shape)) => first = Some((part, shape)),
                _ => {}
            }
        }
    }
    Ok(())
}

/// The shape that the column's metadata states. That of the whole file counts where a flat column has exactly as many
/// numbers, since it may be about another column.
pub fn metadata_shape(source: &Source, column: &str) -> Option<Vec<usize>> {
    source.parts.iter().find_map(|part| part_shape(part, column))
}

fn part_shape(part: &Part, column: &str) -> Option<Vec<usize>> {
    let (_, field) = part.column(column)?;
    let of_file = || {
        let layout = part_layout(part, column).ok().filter(|l| !l.list)?;
        let shape = stated_shape(part.schema().metadata())?;
        (layout.known()? == [shape.iter().product::<usize>()]).then_some(shape)
    };
    stated_shape(field.metadata()).or_else(of_file)
}

/// Whether flat lists of numbers in a column are values at points, `dim` for each: those of positions, and of vectors
/// where the positions beside them are flat lists too.
fn lists_points(source: &Source, read: &Read, spec: &FieldSpec, columns: &[&str]) -> bool {
    let flat = |column: &str| {
        let of = |part: &Part| part_layout(part, column).is_ok_and(|l| l.list && l.axes.is_empty());
        !source.parts.is_empty() && source.parts.iter().all(of)
    };
    let [column] = columns else { return false };
    if spec.columns.is_some() || spec.shape.is_some() || dim_of(spec).is_none() || !flat(column) {
        return false;
    }
    let positions = |(name, other): (&String, &FieldSpec)| {
        let column = other.column.as_ref().unwrap_or(name);
        other.action == ActionName::Points && other.columns.is_none() && other.shape.is_none() && flat(column)
    };
    match spec.action {
        ActionName::Points => true,
        ActionName::Vector | ActionName::Covector | ActionName::Pseudovector => read.fields.iter().any(positions),
        ActionName::Scalar | ActionName::Pseudoscalar | ActionName::Tensor | ActionName::Pixels | ActionName::Auto => {
            false
        }
    }
}

/// The k of a field's action: as given, or n for n grouped columns (√n for a tensor).
pub fn dim_of(spec: &FieldSpec) -> Option<usize> {
    use crate::settings::ActionName::{Pixels, Pseudoscalar, Scalar, Tensor};
    let side = |n: usize| (1..=n).find(|k| k * k >= n).filter(|k| k * k == n);
    let grouped = spec.columns.as_ref().map(Vec::len).and_then(|n| match spec.action {
        Scalar | Pseudoscalar | Pixels => None,
        Tensor => side(n),
        _ => Some(n),
    });
    spec.dim.or(grouped)
}

/// The action of a field on rows of that shape; n grouped columns are blocks of n unless `dim` says otherwise.
///
/// # Errors
/// [`DataError::Field`], where the action does not fit.
pub fn field_action(name: &str, spec: &FieldSpec, shape: &RowShape) -> Result<Action, DataError> {
    let reason = |reason| DataError::Field { field: name.to_string(), reason };
    let action = check_action(shape, spec.action, dim_of(spec)).map_err(reason)?;
    match (action, spec.border) {
        (Action::Pixels(image), border) => Ok(Action::Pixels(Image { edge: border == Border::Edge, ..image })),
        (_, Border::Edge) => Err(DataError::Field {
            field: name.to_string(),
            reason: "`border` says something about images only; add `action: pixels` or leave it out".to_string(),
        }),
        (action, Border::Zero) => Ok(action),
    }
}
