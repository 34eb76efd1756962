//! Clouds of points: one list of points a row.

use super::draft::{Draft, FieldDraft, guess, noted};
use super::error::InitError;
use super::look::{View, at_points_of, is_label, is_scalar, most_points, point, usual_rank};
use super::target::{self, Beside};
use super::words::is_one_of;
use semola_data::profile::{ColumnProfile, Kind};

const POSITIONS: &[&str] =
    &["positions", "position", "pos", "points", "point", "cloud", "coords", "coordinates", "xyz", "vertices", "x", "r"];
/// Vectors at points that follow from the others.
const OUTCOMES: &[&str] = &["forces", "force", "f", "flow", "displacement", "displacements", "acceleration"];

/// From this many points on, messages between all pairs take too long.
const MANY: usize = 64;
/// Below so many rows a small network is enough.
const FEW: u64 = 2000;

/// Points that are kept of larger clouds.
const KEPT: usize = 256;

/// Rows of points, with something to predict of each row or each point.
pub fn draft(view: &View) -> Result<Option<Draft>, InitError> {
    let placed = |c: &&ColumnProfile| c.kind == Kind::Float && matches!(point(c), Some([2..=4]));
    let Some(positions) = view.inputs().filter(placed).min_by_key(|c| !is_one_of(&c.name, POSITIONS)) else {
        return Ok(None);
    };
    let Some(dim) = positions.shape.axes().last().copied() else { return Ok(None) };
    let most = most_points(positions);
    if most < 2 {
        return Ok(None);
    }
    let mut draft = Draft::new(format!("clouds of up to {most} points in R^{dim}"));
    let note = "Where the points are; `vector` instead of `points` if they are directions, which shifts leave alone.";
    draft.input(FieldDraft::of(&positions.name, format!("action: points, dim: {dim}"), note).called("positions"));
    let rank = |c: &ColumnProfile| match () {
        () if c.name == positions.name => None,
        () if is_scalar(c) || is_label(c) => usual_rank(c),
        () if at_points_of(c, positions) && c.shape == positions.shape => {
            Some(if is_one_of(&c.name, OUTCOMES) { 0 } else { 3 })
        }
        () => None,
    };
    let targets = view.targets(rank);
    if targets.is_empty() {
        return Err(InitError::untargeted(view.profile, format!("points (`{}`)", positions.name)));
    }
    let mut at_points = vec!["positions".to_owned()];
    add_features(&mut draft, view, positions, &targets, &mut at_points);
    if most > 2 * KEPT {
        let fields = super::words::listed(&at_points);
        let whole_rows = targets.iter().all(|c| !at_points_of(c, positions));
        if whole_rows {
            draft.steps.push(noted(
                format!("sample_points: {{fields: {fields}, of: positions, points: {KEPT}}}"),
                format!("{KEPT} evenly spread points of each cloud: time grows with the points."),
            ));
        }
    }
    let rows = view.profile.rows;
    settle(&mut draft, dim, most, rows, &targets, Beside { dim: Some(dim), points: Some(positions), long: false })?;
    super::dynamics::add_group(&mut draft, view);
    Ok(Some(draft))
}

/// Further values at each point.
fn add_features(
    draft: &mut Draft,
    view: &View,
    positions: &ColumnProfile,
    targets: &[&ColumnProfile],
    names: &mut Vec<String>,
) {
    let dim = positions.shape.axes().last().copied().unwrap_or(0);
    for column in view.inputs().filter(|c| c.kind.is_number() && at_points_of(c, positions)) {
        if draft.uses(&column.name) || targets.iter().any(|t| t.name == column.name) {
            continue;
        }
        let vector = point(column) == Some(&[dim]);
        let field = match vector {
            true => FieldDraft::of(
                &column.name,
                format!("action: vector, dim: {dim}"),
                "A vector at each point: it turns with the points, shifts leave it alone.",
            ),
            false => FieldDraft::of(&column.name, "", "Values at each point; no group acts on them."),
        };
        let name = draft.free_name(&field.name);
        names.push(name.clone());
        draft.input(FieldDraft { check: true, ..field.called(&name) });
        draft.steps.push(noted(
            format!("{}: {{fields: {name}, fit: train}}", if vector { "scale" } else { "standardise" }),
            "",
        ));
    }
}

/// The size of a network on pairs of points: few rows are learned by a small one as well, several times faster.
pub fn pair_size(rows: u64) -> &'static str {
    if rows < FEW { "width: 32, layers: 2" } else { "width: 64, layers: 3" }
}

/// Shared settings of clouds of both formats.
pub fn settle(
    draft: &mut Draft,
    dim: usize,
    most: usize,
    rows: u64,
    targets: &[&ColumnProfile],
    beside: Beside,
) -> Result<(), InitError> {
    draft.steps.push(guess(
        "center: {fields: positions, on: centroid}",
        "if it matters where the cloud is, leave this out and search `affine`.",
    ));
    draft.steps.push(noted("scale: {fields: positions, fit: train}", ""));
    target::add(draft, targets, beside)?;
    draft.batch = 64;
    draft.model = match most > MANY {
        true => noted(
            "point_net: {hidden: [64, 128, 256], head: [128]}",
            "One network for all points, then the mean over them. Others: `transformer`, `pair` (all pairs of points).",
        ),
        false => noted(
            format!("pair: {{{}}}", pair_size(rows)),
            "Messages between all pairs of points; shifts and renumbering are built in. Others: `point_net`, `transformer`.",
        ),
    };
    draft.learned = Some(noted(
        format!("space: {{gl: {dim}}}"),
        format!("Any {dim}×{dim} matrix, the same one on all points; `affine: {dim}` looks for shifts too."),
    ));
    draft.known = Some(guess(format!("so({dim})"), "rotations, if a turned cloud is the same thing."));
    draft.reference = Some(noted(
        format!("egnn: {{{}}}", pair_size(rows)),
        "Equivariant by construction under rotations, reflections and shifts.",
    ));
    draft.shifts.push(noted("rotate: uniform", "Each cloud turned at random."));
    Ok(())
}
