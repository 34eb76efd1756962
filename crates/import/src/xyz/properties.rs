//! `Properties=` of extended XYZ: the columns of the atoms' lines.

use std::collections::HashSet;

use semola_document::shortened;

use crate::column::Layout;
use crate::infer::{Leaf, Seen};

/// Numbers of one property at most, so that a wrong count is not taken for a wide column.
const MAX_WIDTH: usize = 10_000;

/// Properties at most.
const MOST: usize = 2000;

/// A property of every atom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Its name in the file.
    pub name: String,
    /// The column that it becomes.
    pub column: String,
    /// The type of its values.
    pub leaf: Leaf,
    /// Values an atom.
    pub width: usize,
}

/// What the atoms' lines hold where nothing is said.
pub const DEFAULT: &str = "species:S:1:pos:R:3";

/// Names that are the same thing.
const ALIASES: [(&str, &str); 6] = [
    ("species", "atomic_numbers"),
    ("element", "atomic_numbers"),
    ("symbols", "atomic_numbers"),
    ("pos", "positions"),
    ("force", "forces"),
    ("Forces", "forces"),
];

impl Property {
    /// What a column sees of it.
    pub fn seen(&self) -> Seen {
        Seen::once(self.leaf, if self.width == 1 { Layout::List } else { Layout::Points(self.width) })
    }
}

/// The properties of a text such as `species:S:1:pos:R:3:forces:R:3`.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn properties(text: &str) -> Result<Vec<Property>, String> {
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() / 3 > MOST {
        return Err(format!("`Properties` names {} columns, and at most {MOST} fit", parts.len() / 3));
    }
    let mut found: Vec<Property> = Vec::new();
    for triple in parts.chunks(3) {
        let [name, kind, width] = triple else {
            let parts = parts.len();
            return Err(format!(
                "`Properties={}` is not a sequence of name:type:count: it has {parts} parts",
                shortened(text)
            ));
        };
        let leaf = match *kind {
            "S" => Leaf::Text,
            "R" => Leaf::Float,
            "I" => Leaf::Int,
            "L" => Leaf::Bool,
            other => return Err(not_a_type(&parts, other)),
        };
        let width = width.parse().ok().filter(|w| (1..=MAX_WIDTH).contains(w));
        let width =
            width.ok_or_else(|| format!("`Properties`: the count of `{name}` is not between 1 and {MAX_WIDTH}"))?;
        found.push(Property { name: (*name).to_owned(), column: (*name).to_owned(), leaf, width });
    }
    rename(&mut found);
    let has = |column: &str, width| found.iter().any(|p| p.column == column && p.width == width);
    if !has("positions", 3) {
        return Err("`Properties` has no `pos:R:3`".to_owned());
    }
    if !has("atomic_numbers", 1) {
        return Err("`Properties` has neither `species:S:1` nor `Z:I:1`".to_owned());
    }
    let (mut names, mut columns) = (HashSet::new(), HashSet::new());
    // Both are asked, so that both know all names.
    match found.iter().find(|p| !names.insert(p.name.as_str()) | !columns.insert(p.column.as_str())) {
        Some(twice) => Err(format!("`Properties` names `{}` twice", twice.name)),
        None => Ok(found),
    }
}

/// A type that is none; most often a colon in a name has shifted the parts.
fn not_a_type(parts: &[&str], found: &str) -> String {
    let types = ["S", "R", "I", "L"];
    let named = parts.windows(3).find(|part| matches!(part, [_, "", _]));
    match named {
        Some([before, _, after]) => {
            format!("`Properties`: a name must not hold a colon, as in `{before}::{after}`; rename it in the file")
        }
        _ if found.is_empty() => "`Properties`: there is nothing between two colons, where a type should be".to_owned(),
        _ => format!(
            "`Properties`: `{}` is not a type; there are {}; does a name hold a colon?",
            shortened(found),
            types.join(", ")
        ),
    }
}

/// Columns of the names that are known; atomic numbers stand in for symbols where there are none.
fn rename(found: &mut [Property]) {
    for (name, column) in ALIASES {
        let taken = found.iter().any(|p| p.column == column);
        if let Some(property) = found.iter_mut().find(|p| p.name == name && !taken) {
            property.column = column.to_owned();
        }
    }
    let known = found.iter().any(|p| p.column == "atomic_numbers");
    let numbers =
        |p: &&mut Property| ["Z", "numbers", "atomic_numbers"].contains(&p.name.as_str()) && p.leaf == Leaf::Int;
    if let (false, Some(property)) = (known, found.iter_mut().find(numbers)) {
        property.column = "atomic_numbers".to_owned();
    }
}
