//! Trajectories and other pairs: a state, and what it becomes.

use super::draft::{Draft, FieldDraft, Noted, guess, noted};
use super::error::InitError;
use super::look::View;
use super::words::{is_one_of, parts, quoted};
use semola_data::RowShape;
use semola_data::profile::{ColumnProfile, Kind};

/// Names of a state and of what it becomes.
const PAIRS: [(&str, &str); 15] = [
    ("input", "target"),
    ("inputs", "targets"),
    ("input", "output"),
    ("x", "y"),
    ("state", "next_state"),
    ("state", "state_next"),
    ("x", "x_next"),
    ("s", "s_next"),
    ("obs", "next_obs"),
    ("x0", "x1"),
    ("x_t", "x_t1"),
    ("before", "after"),
    ("current", "next"),
    ("initial", "final"),
    ("start", "end"),
];

/// Larger matrices are not searched for.
const LARGEST: usize = 16;

/// Pairs of equal shape.
pub fn draft(view: &View) -> Result<Option<Draft>, InitError> {
    let Some((input, target, sure)) = pair(view) else { return Ok(None) };
    let mut draft = Draft::new("pairs of vectors of equal shape, such as a state and the next one");
    let (dim, why) = block(input);
    if dim > LARGEST {
        return Ok(None);
    }
    for (column, name, what) in [(input, "x", "The state"), (target, "y", "What it becomes")] {
        let unit = column.unit.as_ref().map(|u| format!(" in {u}")).unwrap_or_default();
        let note = format!("{what}{unit}. {why}");
        let field = FieldDraft::of(&column.name, format!("action: vector, dim: {dim}"), note).called(name);
        let field = FieldDraft { check: !sure || input.shape.axes().len() < 2, ..field };
        if name == "x" { draft.input(field) } else { draft.target(field) }
    }
    draft.steps.push(noted(
        "scale: {fields: [x, y], fit: train}",
        "One number for both, so that the same matrices act on them.",
    ));
    let residual = if nearness(input, target) < 0.5 {
        noted(
            "residual: true",
            "Predict the change: the step is short, and f(x) ≈ x would be equivariant under every matrix.",
        )
    } else {
        noted("residual: false", "x and y lie far apart: predict y itself. For a short step, `true`.")
    };
    draft.task.push(residual);
    finish(&mut draft, dim, view);
    Ok(Some(draft))
}

/// Shared settings of vectors of known blocks.
pub fn finish(draft: &mut Draft, dim: usize, view: &View) {
    add_group(draft, view);
    draft.model = noted("mlp: {hidden: [128, 128]}", "A plain network on all numbers of a row.");
    draft.learned = Some(noted(
        format!("space: {{gl: {dim}}}"),
        format!(
            "Any {dim}×{dim} matrix, the same one in every block; with `dim` as large as the row, `block: {{sizes: […]}}` or `mask` search other matrices."
        ),
    ));
    draft.known = (dim > 1).then(|| {
        guess(format!("so({dim})"), "rotations, if you expect them; any named group will do (docs/pipeline.md).")
    });
    if dim > 1 {
        draft.shifts.push(noted("rotate: uniform", "Turned by any rotation."));
    }
}

/// The column whose rows belong together.
pub fn add_group(draft: &mut Draft, view: &View) {
    if let Some(group) = view.group() {
        let note = "Rows of one depend on each other: splits and confidence intervals keep them together.";
        draft.read.push(Noted { ..noted(format!("group: {}", quoted(&group.name)), note) });
    }
}

fn pair<'a>(view: &View<'a>) -> Option<(&'a ColumnProfile, &'a ColumnProfile, bool)> {
    let vector = |c: &&ColumnProfile| match &c.shape {
        RowShape::Fixed(axes) => c.kind == Kind::Float && axes.iter().product::<usize>() > 1 && !axes.is_empty(),
        RowShape::Ragged(_) => false,
    };
    let whole = |c: &ColumnProfile| parts(&c.name).join("_");
    let named = |a: &ColumnProfile, b: &ColumnProfile| PAIRS.iter().any(|(x, y)| whole(a) == *x && whole(b) == *y);
    let free: Vec<&ColumnProfile> = view.free().filter(vector).collect();
    if let [target] = view.asked.as_slice() {
        let same: Vec<&&ColumnProfile> = free.iter().filter(|c| vector(target) && c.shape == target.shape).collect();
        let input = same.iter().find(|c| named(c, target)).or(same.first())?;
        return (same.len() == free.len()).then_some((**input, *target, named(input, target)));
    }
    if !view.asked.is_empty() {
        return None;
    }
    let pairs = || {
        free.iter()
            .flat_map(|a| free.iter().map(move |b| (*a, *b)))
            .filter(|(a, b)| a.name != b.name && a.shape == b.shape)
    };
    if let Some((a, b)) = pairs().find(|(a, b)| named(a, b)) {
        return Some((a, b, true));
    }
    match free.as_slice() {
        [a, b] if a.shape == b.shape && a.shape.axes().len() == 1 && !is_one_of(&a.name, &["label"]) => {
            Some((a, b, false))
        }
        _ => None,
    }
}

/// How the numbers of a row are cut into vectors: by the last axis, or as most data of that width would be.
fn block(column: &ColumnProfile) -> (usize, String) {
    match column.shape.axes() {
        [_, .., last] => (*last, format!("A {last}×{last} matrix acts on each vector of {last} numbers.")),
        axes => {
            let width = axes.first().copied().unwrap_or(1);
            let dim = block_of(width);
            let others: Vec<String> =
                (2..=width.min(8)).filter(|k| width.is_multiple_of(*k) && *k != dim).map(|k| k.to_string()).collect();
            let others =
                if others.is_empty() { String::new() } else { format!("; `dim` could also be {}", others.join(", ")) };
            (dim, format!("{width} numbers a row, cut into vectors of {dim}{others}."))
        }
    }
}

/// Vectors in space, then in the plane, then the whole row.
pub fn block_of(width: usize) -> usize {
    match width {
        w if w <= 3 => w,
        w if w.is_multiple_of(3) => 3,
        w if w.is_multiple_of(2) => 2,
        w => w,
    }
}

/// Mean square of the change, relative to the variance of the state.
fn nearness(input: &ColumnProfile, target: &ColumnProfile) -> f64 {
    let (x, y) = (&input.sample.values, &target.sample.values);
    let finite = || x.iter().zip(y).filter(|(x, y)| x.is_finite() && y.is_finite());
    let count = finite().count().max(1) as f64;
    let mean = finite().map(|(x, _)| x).sum::<f64>() / count;
    let variance = finite().map(|(x, _)| (x - mean) * (x - mean)).sum::<f64>() / count;
    finite().map(|(x, y)| (y - x) * (y - x)).sum::<f64>() / count / variance.max(f64::MIN_POSITIVE)
}
