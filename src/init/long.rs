//! Clouds in the long format: one row per point, with a column that says which cloud it belongs to.

use super::components::groups;
use super::draft::{Draft, FieldDraft, guess};
use super::error::InitError;
use super::look::{View, distinct, is_label, is_scalar, is_truth, rows, usual_rank};
use super::points::settle;
use super::target::Beside;
use super::words::{is_one_of, quoted, slug};
use semola_data::profile::{ColumnProfile, Kind};

/// Names of the column that says to which example a row belongs.
const EXAMPLES: &[&str] = &[
    "cloud", "shape", "object", "sample", "molecule", "mol", "event", "jet", "example", "id", "graph", "group",
    "frame", "instance",
];

/// Columns x, y (and z), and one whose values repeat from row to row.
pub fn draft(view: &View) -> Result<Option<Draft>, InitError> {
    let scalars: Vec<&ColumnProfile> =
        view.profile.columns.iter().filter(|c| is_scalar(c) && c.kind == Kind::Float).collect();
    let found = groups(&scalars, &["x", "y", "z"]);
    let found = if found.is_empty() { groups(&scalars, &["x", "y"]) } else { found };
    let found: Vec<_> = found.into_iter().filter(|g| !g.iter().any(|c| is_truth(c))).collect();
    let place = found.iter().find(|g| g.iter().all(|c| c.name.len() == 1)).or(found.first());
    let (Some(place), Some(example)) = (place, example(view)) else { return Ok(None) };
    let dim = place.len();
    let ids = runs(example);
    let most = ids.iter().map(|(a, b)| b - a).max().unwrap_or(1);
    let mut draft = Draft::new(format!("clouds of up to {most} points in R^{dim}, one row a point"));
    draft.rows_an_example = rows(example) as f64 / ids.len().max(1) as f64;
    draft
        .read
        .push(guess(format!("group_by: {}", quoted(&example.name)), "rows with equal values become one example."));
    let names = |group: &[&ColumnProfile]| group.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    let note = "Where the points are; a group element moves each of them.";
    let field = FieldDraft::of("positions", format!("action: points, dim: {dim}"), note);
    draft.input(FieldDraft { columns: names(place), ..field });
    let constant = |c: &ColumnProfile| is_constant(c, &ids);
    let rank = |c: &ColumnProfile| match () {
        () if draft.uses(&c.name) || c.name == example.name || !constant(c) => None,
        () => usual_rank(c).filter(|_| is_scalar(c) || is_label(c)),
    };
    let targets = view.targets(rank);
    if targets.is_empty() {
        let what = format!("points (one a row, by `{}`) without one value an example", example.name);
        return Err(InitError::untargeted(view.profile, what));
    }
    add_features(&mut draft, view, &found, &targets, dim, &constant);
    let examples = view.profile.rows / most.max(1) as u64;
    settle(&mut draft, dim, most, examples, &targets, Beside { dim: None, points: None, long: true })?;
    Ok(Some(draft))
}

/// Further vectors (`vx`, `vy`, `vz`) and numbers at each point.
fn add_features(
    draft: &mut Draft,
    view: &View,
    groups: &[Vec<&ColumnProfile>],
    targets: &[&ColumnProfile],
    dim: usize,
    constant: &dyn Fn(&ColumnProfile) -> bool,
) {
    let is_target = |c: &ColumnProfile| targets.iter().any(|t| t.name == c.name);
    for group in
        groups.iter().filter(|g| !g.iter().any(|c| draft.uses(&c.name) || is_target(c))).cloned().collect::<Vec<_>>()
    {
        let Some(first) = group.first() else { continue };
        let name = draft.free_name(&slug(&format!("{}_vector", first.name)));
        let note = "A vector at each point: it turns with the points, shifts leave it alone.";
        let field = FieldDraft::of(&name, format!("action: vector, dim: {dim}"), note);
        draft.input(FieldDraft { columns: group.iter().map(|c| c.name.clone()).collect(), check: true, ..field });
    }
    for column in view.inputs().filter(|c| c.kind == Kind::Float && is_scalar(c)) {
        if !draft.uses(&column.name) && !is_target(column) && !constant(column) {
            let name = draft.free_name(&slug(&column.name));
            let field = FieldDraft::of(&column.name, "", "A number at each point; no group acts on it.").called(&name);
            draft.input(FieldDraft { check: true, ..field });
        }
    }
}

/// The column that says which example a row belongs to: values that come in runs, and do not come back.
fn example<'a>(view: &View<'a>) -> Option<&'a ColumnProfile> {
    let whole = |c: &ColumnProfile| c.kind == Kind::Text || (c.kind == Kind::Integer && is_scalar(c));
    let asked = |c: &ColumnProfile| view.asked.iter().any(|a| a.name == c.name);
    view.profile.columns.iter().find(|c| {
        let values = distinct(c);
        whole(c)
            && !asked(c)
            && is_one_of(&c.name, EXAMPLES)
            && values > 1
            && values * 2 <= rows(c)
            && runs(c).len() <= values + 1
    })
}

/// Stretches of rows with equal values.
fn runs(column: &ColumnProfile) -> Vec<(usize, usize)> {
    let same = |i: usize| match column.kind {
        Kind::Text => column.sample.texts.get(i) == column.sample.texts.get(i - 1),
        _ => column.sample.values.get(i) == column.sample.values.get(i - 1),
    };
    let starts: Vec<usize> = (0..rows(column)).filter(|i| *i == 0 || !same(*i)).collect();
    let ends = starts.iter().skip(1).copied().chain([rows(column)]);
    starts.iter().copied().zip(ends).collect()
}

/// Has the column one value in each stretch?
fn is_constant(column: &ColumnProfile, runs: &[(usize, usize)]) -> bool {
    let equal = |i: usize, j: usize| match column.kind {
        Kind::Text => column.sample.texts.get(i) == column.sample.texts.get(j),
        _ => column.sample.values.get(i) == column.sample.values.get(j),
    };
    runs.iter().all(|(a, b)| (*a..*b).all(|i| equal(*a, i)))
}
