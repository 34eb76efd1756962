//! `Properties=` of extended XYZ: the columns of the atoms' lines.

use crate::column::Layout;
use crate::infer::{Leaf, Seen};

/// Numbers of one property at most, so that a wrong count is not taken for a wide column.
const MAX_WIDTH: usize = 10_000;

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
    let mut found: Vec<Property> = Vec::new();
    for triple in parts.chunks(3) {
        let [name, kind, width] = triple else {
            return Err(format!("`Properties={text}` is not a sequence of name:type:count"));
        };
        let leaf = match *kind {
            "S" => Leaf::Text,
            "R" => Leaf::Float,
            "I" => Leaf::Int,
            "L" => Leaf::Bool,
            other => return Err(format!("`Properties`: `{other}` is not a type; there are S, R, I and L")),
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
    match found
        .iter()
        .enumerate()
        .find(|(i, p)| found.iter().take(*i).any(|q| q.column == p.column || q.name == p.name))
    {
        Some((_, twice)) => Err(format!("`Properties` names `{}` twice", twice.name)),
        None => Ok(found),
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
