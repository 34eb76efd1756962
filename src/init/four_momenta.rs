//! Jets and other sets of four-momenta: energy and momentum, as columns or lists.

use super::components::groups;
use super::draft::{Draft, FieldDraft, noted};
use super::error::InitError;
use super::look::{View, is_label, is_scalar, most_points, point, usual_rank};
use super::target::{self, Beside};
use super::words::is_one_of;
use semola_data::RowShape;
use semola_data::profile::{ColumnProfile, Kind};

/// How the components are called.
pub const NAMES: [[&str; 4]; 4] = [
    ["e", "px", "py", "pz"],
    ["energy", "px", "py", "pz"],
    ["e", "p_x", "p_y", "p_z"],
    ["energy", "p_x", "p_y", "p_z"],
];

const LISTS: &[&str] =
    &["p4", "momenta", "momentum", "four", "fourmomenta", "jet", "jets", "constituents", "particles", "pmu", "p4s"];
/// This many vectors with the first number the largest are no coincidence.
const ENOUGH: usize = 16;

const MASSES: &[&str] = &["m", "mass", "minv", "invariant", "inv"];

/// Four-momenta, with a mass, a label or a number to predict.
pub fn draft(view: &View) -> Result<Option<Draft>, InitError> {
    let Some((field, momenta, points)) = momenta(view) else { return Ok(None) };
    let sure = !field.check;
    let mut draft = Draft::new("four-momenta (energy and momentum of particles)");
    draft.input(field);
    draft.steps.push(noted(
        "scale: {fields: momenta, fit: train}",
        "One number for energies and momenta alike, so that boosts stay linear.",
    ));
    tell_masses(&mut draft, &momenta);
    let rank = |c: &ColumnProfile| match () {
        () if draft.uses(&c.name) || !(is_scalar(c) || is_label(c)) => None,
        () if is_one_of(&c.name, MASSES) => Some(0),
        () => usual_rank(c).map(|rank| 1 + rank),
    };
    let targets = view.targets(rank);
    match (targets.is_empty(), sure) {
        (true, true) => return Err(InitError::untargeted(view.profile, "four-momenta")),
        (true, false) => return Ok(None),
        _ => {}
    }
    target::add(&mut draft, &targets, Beside { dim: Some(4), points, long: false })?;
    draft.model = match points {
        None => noted("mlp: {hidden: [128, 128]}", "A plain network on all components."),
        Some(p) if most_points(p) > 64 => noted(
            "point_net: {hidden: [64, 128], head: [64]}",
            "One network for all particles, then the mean over them.",
        ),
        Some(_) => {
            noted("pair: {width: 64, layers: 2}", "Messages between all pairs of particles; `point_net` is quicker.")
        }
    };
    draft.learned = Some(noted(
        "space: {gl: 4}, generators: 8",
        "Any 4×4 matrix on each four-momentum; more generators than the 6 of the Lorentz group, so that others would show.",
    ));
    draft.known = Some(noted(
        "{group: \"so(1,3)\", extent: 0.5}",
        "The Lorentz group; `extent` is the spread of the rapidities.",
    ));
    draft
        .shifts
        .push(noted("group: {group: \"so(1,3)\", extent: 0.5}", "Each event as seen by a turned and moving observer."));
    Ok(Some(draft))
}

/// The field, its values by component with energy first, and the column that says how many particles there are.
type Momenta<'a> = (FieldDraft, Vec<[f64; 4]>, Option<&'a ColumnProfile>);

fn momenta<'a>(view: &View<'a>) -> Option<Momenta<'a>> {
    let numbers: Vec<&ColumnProfile> = view.inputs().filter(|c| c.kind.is_number()).collect();
    if let Some(found) = NAMES.iter().map(|names| groups(&numbers, names)).find(|g| !g.is_empty()) {
        // Lists of particles are one field of their own; single particles stand side by side.
        let lists = found.iter().find(|g| {
            g.iter()
                .all(|c| c.shape == RowShape::Ragged(vec![]) || matches!(&c.shape, RowShape::Fixed(a) if a.len() == 1))
        });
        let single: Vec<&ColumnProfile> =
            found.iter().filter(|g| g.iter().all(|c| is_scalar(c))).flatten().copied().collect();
        let (columns, points) = match (single.is_empty(), lists) {
            (false, _) => (single, None),
            (true, Some(list)) => (list.clone(), list.first().copied()),
            (true, None) => return None,
        };
        let first = columns.first()?;
        let unit = first.unit.as_ref().map(|u| format!(" in {u}")).unwrap_or_default();
        let names = columns.iter().map(|c| c.name.clone()).collect();
        let note = format!(
            "{}, energy first{unit}: a 4×4 matrix acts on each.",
            if points.is_none() {
                format!("{} four-momenta side by side", columns.len() / 4)
            } else {
                "A list of four-momenta".into()
            }
        );
        let field = FieldDraft { columns: names, ..FieldDraft::of("momenta", "action: vector, dim: 4", note) };
        let values = columns.chunks_exact(4).flat_map(by_columns);
        return Some((field, values.collect(), points));
    }
    let listed = |c: &&ColumnProfile| match c.shape.axes().last() {
        Some(4) => c.kind == Kind::Float && (is_one_of(&c.name, LISTS) || is_energetic(&blocks(c))),
        Some(width) => c.kind == Kind::Float && width.is_multiple_of(4) && is_energetic(&blocks(c)),
        None => false,
    };
    let column = view.inputs().find(listed)?;
    let values = blocks(column);
    let unit = column.unit.as_ref().map(|u| format!(" in {u}")).unwrap_or_default();
    let note = format!("taken for four-momenta{unit}. Is the energy first in each? `so(1,3)` means that.");
    let field =
        FieldDraft { check: true, ..FieldDraft::of(&column.name, "action: vector, dim: 4", note).called("momenta") };
    Some((field, values, Some(column).filter(|c| point(c) == Some(&[4]))))
}

fn blocks(column: &ColumnProfile) -> Vec<[f64; 4]> {
    column.sample.values.chunks_exact(4).filter_map(|v| v.try_into().ok()).collect()
}

/// Whether the first of four numbers is always at least the norm of the others, as energies are.
fn is_energetic(blocks: &[[f64; 4]]) -> bool {
    let some = || blocks.iter().filter(|p| p.iter().any(|v| *v != 0.0));
    let enough = some().count() >= ENOUGH && some().count() * 2 > blocks.len();
    enough && some().all(|[e, x, y, z]| *e > 0.0 && e * e * (1.0 + 1e-3) >= x * x + y * y + z * z)
}

fn by_columns(columns: &[&ColumnProfile]) -> Vec<[f64; 4]> {
    let [e, x, y, z] = columns else { return Vec::new() };
    let xyz = x.sample.values.iter().zip(&y.sample.values).zip(&z.sample.values);
    e.sample.values.iter().zip(xyz).map(|(e, ((x, y), z))| [*e, *x, *y, *z]).collect()
}

/// What E² − p² says.
fn tell_masses(draft: &mut Draft, momenta: &[[f64; 4]]) {
    let present: Vec<&[f64; 4]> = momenta.iter().filter(|p| p.iter().any(|v| *v != 0.0)).collect();
    let share =
        |p: &&&[f64; 4]| (p[0] * p[0] - p[1] * p[1] - p[2] * p[2] - p[3] * p[3]) / (p[0] * p[0]).max(f64::MIN_POSITIVE);
    let count = |test: fn(f64) -> bool| present.iter().filter(|p| test(share(p))).count();
    if count(|s| s < -0.01) * 20 > present.len() {
        draft.story.push("check: many energies are smaller than the momentum; is energy the first component?".into());
    } else if count(|s| s.abs() < 1e-3) * 20 > present.len() * 19 {
        draft.story.push(
            "The particles are nearly massless: energy follows from momentum, so that a network may ignore it, and matrices \
             that differ in what they do to the energy cannot always be told apart."
                .into(),
        );
    }
}
