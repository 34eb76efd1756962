//! Scalar columns that are the components of vectors: `px1`, `py1`, `pz1` of one, `px2`, … of another.

use semola_data::profile::ColumnProfile;

/// Groups of columns whose names differ in the component only (`prefix` + component + `suffix`, in any case), in the order
/// of the components; all columns of a group have one shape.
pub fn groups<'a>(columns: &[&'a ColumnProfile], components: &[&str]) -> Vec<Vec<&'a ColumnProfile>> {
    let find = |name: &str| columns.iter().find(|c| c.name.to_lowercase() == name).copied();
    // The longest component is the least likely to be found in a name by chance.
    let Some(sign) = components.iter().max_by_key(|c| c.len()) else { return Vec::new() };
    let mut found: Vec<Vec<&ColumnProfile>> = Vec::new();
    for column in columns {
        let name = column.name.to_lowercase();
        for (at, _) in name.match_indices(sign) {
            let (Some(prefix), Some(suffix)) = (name.get(..at), name.get(at + sign.len()..)) else { continue };
            let group: Option<Vec<_>> = components.iter().map(|c| find(&format!("{prefix}{c}{suffix}"))).collect();
            let fits = |g: &Vec<&ColumnProfile>| {
                g.iter().all(|c| c.shape == column.shape)
                    && !found.iter().flatten().any(|f| g.iter().any(|c| c.name == f.name))
            };
            if let Some(group) = group.filter(fits) {
                found.push(group);
            }
        }
    }
    found
}

/// Names of vectors whose components may be numbered.
const VECTORS: &[&str] = &[
    "pos",
    "position",
    "r",
    "q",
    "coord",
    "coords",
    "vel",
    "velocity",
    "v",
    "p",
    "mom",
    "momentum",
    "acc",
    "acceleration",
    "a",
    "force",
    "f",
    "dipole",
    "mu",
    "field",
    "spin",
    "torque",
    "dx",
    "dv",
    "dq",
    "dp",
];

/// Scalar columns that are the components of vectors in space or, failing that, in the plane; failing that, those of
/// telling names whose components are numbered.
pub fn vectors<'a>(columns: &[&'a ColumnProfile]) -> Vec<Vec<&'a ColumnProfile>> {
    let space = groups(columns, &["x", "y", "z"]);
    let lettered = if space.is_empty() { groups(columns, &["x", "y"]) } else { space };
    if lettered.is_empty() { numbered(columns) } else { lettered }
}

/// Columns called `pos_0`, `pos_1`, `pos_2` or `q1`, `q2`: as many components for all, two or three.
pub fn numbered<'a>(columns: &[&'a ColumnProfile]) -> Vec<Vec<&'a ColumnProfile>> {
    let split = |c: &ColumnProfile| {
        let name = c.name.trim_end_matches(']');
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let number: Option<usize> = name.get(stem.len()..).and_then(|digits| digits.parse().ok());
        (stem.trim_end_matches(['_', '[', '.', ' ', '-']).to_lowercase(), number)
    };
    let mut found: Vec<(String, Vec<(usize, &ColumnProfile)>)> = Vec::new();
    for column in columns {
        let (stem, Some(number)) = split(column) else { continue };
        if !VECTORS.contains(&stem.as_str()) {
            continue;
        }
        match found.iter_mut().find(|(own, _)| *own == stem) {
            Some((_, all)) => all.push((number, column)),
            None => found.push((stem, vec![(number, column)])),
        }
    }
    let mut vectors: Vec<Vec<&ColumnProfile>> = Vec::new();
    for (_, mut all) in found {
        all.sort_by_key(|(number, _)| *number);
        let first = all.first().map_or(0, |(number, _)| *number);
        let whole = first <= 1 && all.iter().enumerate().all(|(i, (number, _))| *number == first + i);
        if whole && matches!(all.len(), 2 | 3) {
            vectors.push(all.into_iter().map(|(_, column)| column).collect());
        }
    }
    let dim = vectors.first().map_or(0, Vec::len);
    if vectors.iter().all(|v| v.len() == dim) { vectors } else { Vec::new() }
}

/// What the names of a vector's components have in common: `force_x`, `force_y` → `force`; empty for `x`, `y`.
pub fn stem(vector: &[&ColumnProfile]) -> String {
    let [first, second, ..] = vector else { return String::new() };
    let (a, b): (Vec<char>, Vec<char>) = (first.name.chars().collect(), second.name.chars().collect());
    let at = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let common = a.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, c)| *c).collect::<String>();
    common.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}
