//! Units of columns, from their metadata.

use arrow::datatypes::Field;

use super::error::DataError;
use super::source::Source;

/// The unit that a column states in its metadata (`unit`).
pub fn stated(field: &Field) -> Option<&str> {
    let metadata = field.metadata();
    metadata.get("unit").or_else(|| metadata.get("units")).map(|u| u.trim()).filter(|u| !u.is_empty())
}

/// The one unit of a field's columns in all files; `declared` is what the pipeline says.
///
/// A column without a stated unit agrees with every unit.
///
/// # Errors
/// [`DataError::MixedUnits`], naming the two that differ and where they are stated.
pub fn common(source: &Source, columns: &[&str], declared: Option<&str>) -> Result<Option<String>, DataError> {
    let mut first: Option<(&str, String)> = declared.map(|unit| (unit, "the pipeline's `unit`".to_string()));
    for part in &source.parts {
        for name in columns {
            let Some(unit) = part.column(name).and_then(|(_, field)| stated(field)) else { continue };
            let place = format!("column `{name}` of {}", part.path.display());
            match &first {
                Some((other, other_place)) if *other != unit => {
                    let message = format!("{other_place} says `{other}`, but {place} says `{unit}`");
                    return Err(DataError::MixedUnits(message));
                }
                Some(_) => {}
                None => first = Some((unit, place)),
            }
        }
    }
    Ok(first.map(|(unit, _)| unit.to_string()))
}
