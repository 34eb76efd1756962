//! Scalars that are called like the components of a vector: read so, they hide the symmetries under which they turn.

use semola_data::settings::{ActionName, FieldSpec, Read};

use semola_plan::{Context, ProbeError};

/// Names of the components of a vector.
const LETTERS: [&str; 3] = ["x", "y", "z"];

/// Warns of fields that no group acts on although their columns are components by their names (`ax`, `ay`), where another
/// field is made of vectors with as many.
pub fn warn(context: &mut Context, read: &Read) {
    let acts = |field: &FieldSpec, dim| {
        field.dim == Some(dim) && !matches!(field.action, ActionName::Scalar | ActionName::Pixels)
    };
    let scalars: Vec<(&str, &str)> = read.fields.iter().filter(|(_, f)| is_scalar(f)).flat_map(columns).collect();
    for dim in [3, 2] {
        let Some((other, _)) = read.fields.iter().find(|(_, field)| acts(field, dim)) else { continue };
        for vector in vectors(&scalars, dim) {
            let named: Vec<&str> = vector.iter().map(|(_, column)| *column).collect();
            let Some((first, _)) = vector.first() else { continue };
            let message = format!(
                "{} are read as scalars, which no group acts on, but are called like the components of one vector, and `{other}` \
                 is made of vectors with as many; a symmetry under which they turn would be missed",
                named.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            );
            let help = format!(
                "if they are one vector, make them one field: `{{columns: [{}], action: vector, dim: {dim}}}`",
                named.join(", ")
            );
            context.warn(&ProbeError::setting_of_field(first), message, help);
        }
    }
}

fn is_scalar(field: &FieldSpec) -> bool {
    field.action == ActionName::Scalar && !field.labels
}

/// Field and column, for each column of a field.
fn columns<'a>((name, field): (&'a String, &'a FieldSpec)) -> Vec<(&'a str, &'a str)> {
    let columns = match (&field.columns, &field.column) {
        (Some(several), _) => several.iter().map(String::as_str).collect(),
        (None, one) => vec![one.as_deref().unwrap_or(name)],
    };
    columns.into_iter().map(|column| (name.as_str(), column)).collect()
}

/// Columns whose names differ in the letter of the component only, `dim` of them and no more.
fn vectors<'a>(columns: &[(&'a str, &'a str)], dim: usize) -> Vec<Vec<(&'a str, &'a str)>> {
    let find = |name: &str| columns.iter().find(|(_, column)| column.to_lowercase() == name).copied();
    let mut found: Vec<Vec<(&str, &str)>> = Vec::new();
    for (_, column) in columns {
        let name = column.to_lowercase();
        for (at, _) in name.match_indices(LETTERS[0]) {
            let with = |letter: &str| format!("{}{letter}{}", &name[..at], &name[at + 1..]);
            let vector: Option<Vec<_>> = LETTERS.iter().take(dim).map(|letter| find(&with(letter))).collect();
            let more = LETTERS.get(dim).is_some_and(|letter| find(&with(letter)).is_some());
            found.extend(vector.filter(|vector| !more && !found.contains(vector)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_told_by_the_letter_alone() {
        let columns = ["ax", "ay", "fx1", "fy1", "fz1", "mass", "max", "X", "Y"].map(|name| (name, name));
        let names = |dim| -> Vec<String> {
            vectors(&columns, dim).iter().map(|v| v.iter().map(|c| c.1).collect::<Vec<_>>().join(" ")).collect()
        };
        assert_eq!(names(2), ["ax ay", "X Y"]);
        assert_eq!(names(3), ["fx1 fy1 fz1"]);
    }
}
