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

/// Scalar columns that are the components of vectors in space or, failing that, in the plane.
pub fn vectors<'a>(columns: &[&'a ColumnProfile]) -> Vec<Vec<&'a ColumnProfile>> {
    let space = groups(columns, &["x", "y", "z"]);
    if space.is_empty() { groups(columns, &["x", "y"]) } else { space }
}

/// What the names of a vector's components have in common: `force_x`, `force_y` → `force`; empty for `x`, `y`.
pub fn stem(vector: &[&ColumnProfile]) -> String {
    let [first, second, ..] = vector else { return String::new() };
    let (a, b): (Vec<char>, Vec<char>) = (first.name.chars().collect(), second.name.chars().collect());
    let at = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let common = a.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, c)| *c).collect::<String>();
    common.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}
