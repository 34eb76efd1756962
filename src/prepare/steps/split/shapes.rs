//! What is known of the parts before anything is read.

use semola_document::meant;

use super::Split;
use crate::prepare::checking::Checking;
use crate::prepare::shapes::Member;
use semola_document::{Path, quoted_list};
use semola_plan::LEAST_ROWS;
use semola_plan::{Certainty, DataShape};

/// The parts take the place of the whole.
pub(super) fn split(step: &Split, at: &mut Checking) {
    check_parts(step, at);
    let Some(position) = at.shapes.members.iter().position(|m| m.name == step.of) else {
        return no_whole(step, at);
    };
    let whole = at.shapes.members.remove(position);
    at.shapes.split = true;
    at.context.scope.data.remove(&whole.name);
    at.context.scope.gone.insert(whole.name.clone(), step.into.keys().cloned().collect());
    if let Some(column) = &step.by {
        by_values(at, &whole, column);
    }
    let counts = parts(&whole.data, step.into.values().copied());
    for ((name, fraction), rows) in step.into.iter().zip(counts) {
        let below = at.below(&part(name));
        if !at.context.is_new_name(name, &below) {
            continue;
        }
        if rows == Some(0) {
            too_small(at, &whole.data, name, step.into.len());
        }
        let mut data = whole.data.clone();
        // What has no rows was told: later stages do not complain about it.
        data.keep(*fraction, rows.filter(|rows| *rows > 0), of_part(&whole.data));
        add(at, name, data);
    }
}

/// Reports that there is no data set to split.
fn no_whole(step: &Split, at: &mut Checking) {
    if at.shapes.members.is_empty() {
        return;
    }
    if at.context.scope.data.contains_key(&step.of) {
        at.error("of", format!("data set '{}' is not one that this stage changes; add it to `from`", step.of));
    } else {
        let names: Vec<&str> = at.shapes.members.iter().map(|m| m.name.as_str()).collect();
        let meant = meant(&step.of, names.iter().copied());
        let help = format!("the data sets here are {}", quoted_list(names));
        at.error_help("of", format!("there is no data set '{}' here{meant}", step.of), help);
    }
}

fn add(at: &mut Checking, name: &str, data: DataShape) {
    at.context.scope.data.insert(name.to_owned(), data.clone());
    at.shapes.members.push(Member { name: name.to_owned(), data, by_values: false });
}

/// The parts that the values of a column name: those that were read, or one that stands for all of them.
fn by_values(at: &mut Checking, whole: &Member, column: &str) {
    let below = at.below("by");
    at.context.column(&whole.data.columns, column, &format!("data set '{}'", whole.name), &below);
    let Some(values) = whole.data.values.get(column) else {
        let mut data = whole.data.clone();
        data.keep(1.0, None, Certainty::Exact);
        at.shapes.members.push(Member { name: whole.name.clone(), data, by_values: true });
        return;
    };
    at.context.scope.gone.insert(whole.name.clone(), values.keys().cloned().collect());
    for (name, &rows) in values {
        if at.context.scope.data.contains_key(name) || at.context.scope.models.contains_key(name) {
            // Rows of that value may be gone by now.
            if rows.is_some() {
                at.error("by", format!("column '{column}' has the value '{name}', but that name is taken already"));
            }
            continue;
        }
        let mut data = whole.data.clone();
        let fraction = rows.zip(whole.data.rows).map_or(1.0, |(part, all)| part as f64 / all.max(1) as f64);
        data.keep(fraction, rows, Certainty::Exact);
        add(at, name, data);
    }
}

/// The setting of a part.
fn part(name: &str) -> String {
    Path::default().key("into").key(name).to_string()
}

fn check_parts(step: &Split, at: &mut Checking) {
    match (step.into.is_empty(), &step.by) {
        (true, None) => {
            let help = "`into: {train: 0.8, test: 0.2}`, or `by: COLUMN` whose values name the parts";
            at.error_help("", "the split says neither `into` nor `by`", help);
        }
        (false, Some(_)) => at.error("by", "the split says both `into` and `by`; give one"),
        (true, Some(_)) | (false, None) => {}
    }
    for (name, fraction) in &step.into {
        if !(*fraction > 0.0 && *fraction <= 1.0) {
            at.error(&part(name), format!("part '{name}' is {fraction}; a fraction is above 0 and at most 1"));
        }
    }
    let sum: f64 = step.into.values().sum();
    if sum > 1.0 + 1e-9 {
        at.error("into", format!("the fractions sum to {sum}, which is more than 1"));
    }
}

/// The rows of the parts of a data set, as `split` assigns them: rows whose midpoint lies in a part's share.
fn parts(whole: &DataShape, fractions: impl Iterator<Item = f64>) -> Vec<Option<usize>> {
    let (mut end, mut before) = (0.0, 0);
    let count = |fraction: f64| {
        let rows = whole.rows?;
        end += fraction.clamp(0.0, 1.0) * rows as f64;
        // Fractions that sum to 1 up to rounding leave no row out.
        let upto = if end + 1e-6 > rows as f64 { rows } else { (end + 0.5).floor() as usize };
        let own = upto.saturating_sub(before);
        before = upto;
        Some(own)
    };
    fractions.map(count).collect()
}

/// How certain the number of rows of a part is.
fn of_part(whole: &DataShape) -> Certainty {
    match whole.certainty {
        Certainty::Exact if !whole.grouped => Certainty::Exact,
        _ => Certainty::About,
    }
}

/// Reports that a part gets no row, which is the data's fault if one of the parts could not be trained on otherwise.
fn too_small(at: &mut Checking, whole: &DataShape, name: &str, parts: usize) {
    if of_part(whole) != Certainty::Exact {
        return;
    }
    let rows = whole.rows.unwrap_or(0);
    let message = format!("part '{name}' gets no row of {rows}");
    let path = at.context.path(&at.below(&part(name)));
    match whole.file_rows.is_some_and(|rows| rows < LEAST_ROWS + parts) {
        true => at.context.diagnostics.push_data(&path, message, Some("more rows are needed".to_owned())),
        false => at.context.diagnostics.push(&path, message, Some("give it a larger fraction".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(rows: usize) -> DataShape {
        DataShape { rows: Some(rows), file_rows: Some(rows), ..DataShape::default() }
    }

    #[test]
    fn parts_get_the_rows_whose_middles_lie_in_their_shares() {
        for fractions in [vec![0.8, 0.2], vec![0.1, 0.2, 0.7], vec![0.5, 0.4], vec![0.999, 0.001], vec![1.0]] {
            for rows in 0..40 {
                let (mut start, mut wanted) = (0.0, Vec::new());
                for fraction in &fractions {
                    let end = start + fraction * rows as f64;
                    let inside = |i: &usize| {
                        let middle = *i as f64 + 0.5;
                        middle <= end && (middle > start || start == 0.0)
                    };
                    wanted.push(Some((0..rows).filter(inside).count()));
                    start = end;
                }
                assert_eq!(parts(&data(rows), fractions.iter().copied()), wanted, "{rows} {fractions:?}");
            }
        }
    }
}
