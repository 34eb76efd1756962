//! Vectors in a row, as lists or as columns x, y, z, with something else to predict.

use super::components;
use super::draft::{Draft, FieldDraft, noted};
use super::dynamics::{block_of, finish};
use super::error::InitError;
use super::look::{View, is_constant, is_parameter, is_scalar, is_truth, usual_rank};
use super::target::{self, Beside};
use super::words::{is_one_of, listed, slug};
use semola_data::RowShape;
use semola_data::profile::{ColumnProfile, Kind};

/// Longer flat rows are features rather than vectors.
const LONG: usize = 64;

/// Larger matrices are not searched for.
const LARGEST: usize = 16;

/// Names of vectors that follow from the others.
const OUTCOMES: &[&str] = &[
    "a",
    "acc",
    "accel",
    "acceleration",
    "f",
    "force",
    "forces",
    "next",
    "out",
    "outcome",
    "d",
    "dv",
    "dp",
    "torque",
    "new",
];

/// Flat lists of few numbers, or columns that are components of vectors.
pub fn draft(view: &View) -> Result<Option<Draft>, InitError> {
    let width = |c: &ColumnProfile| match &c.shape {
        RowShape::Fixed(axes) if !axes.is_empty() && c.kind == Kind::Float => Some(axes.iter().product::<usize>()),
        _ => None,
    };
    let lists: Vec<&ColumnProfile> =
        view.free().filter(|c| width(c).is_some_and(|w| (2..=LONG).contains(&w))).collect();
    let scalars: Vec<&ColumnProfile> = view.free().filter(|c| is_scalar(c) && c.kind == Kind::Float).collect();
    let found = components::vectors(&scalars);
    let dim = match lists.first().map(|list| list.shape.axes()) {
        Some([width]) => Some(block_of(*width)),
        Some(axes) => axes.last().copied(),
        None => found.first().map(Vec::len),
    };
    let Some(dim) = dim.filter(|k| *k <= LARGEST) else { return Ok(None) };
    let mut draft = Draft::new(format!("vectors of {dim} numbers"));
    let used =
        |c: &ColumnProfile| lists.iter().any(|l| l.name == c.name) || found.iter().flatten().any(|f| f.name == c.name);
    let rank = |c: &ColumnProfile| usual_rank(c).filter(|_| !used(c));
    let mut targets = view.targets(rank);
    let named = |name: &str| is_one_of(name, OUTCOMES);
    // A force follows from where things are, and an energy beside it says less.
    let follows = found.iter().any(|v| named(&components::stem(v))) || lists.iter().any(|l| named(&l.name));
    let asked = !view.asked.is_empty() || targets.iter().any(|t| rank(t).is_some_and(|r| r < 2));
    if targets.is_empty() || (follows && !asked && found.len() + lists.len() > 1) {
        // With several vectors and nothing else, one of them follows from the others.
        targets = match (lists.as_slice(), found.as_slice()) {
            ([], [_, _, ..]) => outcome(&found, |v| components::stem(v)).cloned().unwrap_or_default(),
            ([_, _, ..], _) => outcome(&lists, |l| l.name.clone()).map(|l| vec![*l]).unwrap_or_default(),
            // Two numbers, x and y: a table.
            ([], [one]) if components::stem(one).is_empty() => return Ok(None),
            _ => Vec::new(),
        };
    }
    if targets.is_empty() {
        return Err(InitError::untargeted(view.profile, "vectors"));
    }
    let is_input = |c: &ColumnProfile| !is_truth(c) && !targets.iter().any(|t| t.name == c.name);
    let inputs = lists.iter().filter(|l| is_input(l));
    inputs.for_each(|list| add_list(&mut draft, list, dim, width(list).unwrap_or(0)));
    let groups: Vec<_> = found.iter().filter(|g| g.iter().all(|c| is_input(c))).collect();
    if lists.is_empty() && !groups.is_empty() {
        let columns: Vec<String> = groups.iter().flat_map(|g| g.iter()).map(|c| c.name.clone()).collect();
        let note = format!(
            "{} vector(s) of {dim} components, side by side, taken to turn together; give one that does not a field of its own.",
            groups.len()
        );
        let field = FieldDraft::of("vectors", format!("action: vector, dim: {dim}"), note);
        draft.input(FieldDraft { columns, check: true, ..field });
    }
    if draft.inputs.is_empty() {
        return Ok(None);
    }
    let scale = format!("scale: {{fields: {}, fit: train}}", listed(&draft.inputs));
    draft.steps.push(noted(scale, "One number for all, so that the same matrices act on them."));
    add_parameters(&mut draft, view, &targets);
    target::add(&mut draft, &targets, Beside { dim: Some(dim), points: None, long: false })?;
    finish(&mut draft, dim, view);
    Ok(Some(draft))
}

/// Numbers of the row that no rotation changes, such as masses.
fn add_parameters(draft: &mut Draft, view: &View, targets: &[&ColumnProfile]) {
    let is_free = |c: &&ColumnProfile| !targets.iter().any(|t| t.name == c.name) && !is_constant(c);
    let parameters: Vec<&ColumnProfile> = view.inputs().filter(is_free).filter(|c| is_parameter(c)).collect();
    let mut names = Vec::new();
    for column in parameters {
        let name = draft.free_name(&slug(&column.name));
        let note = "A number that no group acts on, by its name.";
        draft.input(FieldDraft { check: true, ..FieldDraft::of(&column.name, "", note).called(&name) });
        names.push(name);
    }
    if !names.is_empty() {
        draft.steps.push(noted(format!("standardise: {{fields: {}, fit: train}}", listed(&names)), ""));
    }
}

/// The one that follows from the others, by its name or because it is the last.
fn outcome<T>(all: &[T], name: impl Fn(&T) -> String) -> Option<&T> {
    let named = |words: &[&str]| all.iter().rfind(|one| is_one_of(&name(one), words));
    named(&["truth", "true", "target", "label"]).or_else(|| named(OUTCOMES)).or(all.last())
}

fn add_list(draft: &mut Draft, list: &ColumnProfile, dim: usize, width: usize) {
    let fits = list.shape.axes().last().is_some_and(|w| w.is_multiple_of(dim));
    let (settings, note) = match fits {
        true => (
            format!("action: vector, dim: {dim}"),
            format!("{width} numbers a row, taken for vectors of {dim}; `action: scalar` if no group acts on them."),
        ),
        false => (String::new(), "Numbers that no group acts on.".to_owned()),
    };
    let name = draft.free_name(&slug(&list.name));
    draft.input(FieldDraft { check: true, ..FieldDraft::of(&list.name, settings, note).called(&name) });
}
