//! Molecules: elements and positions of atoms; energies, forces or dipoles to predict.

use super::draft::{Draft, FieldDraft, guess, noted};
use super::error::InitError;
use super::look::{View, at_points_of, is_label, is_scalar, most_points, point, usual_rank};
use super::points::pair_size;
use super::target::{self, Beside};
use super::words::{is_one_of, slug};
use semola_data::RowShape;
use semola_data::profile::{ColumnProfile, Kind};

const POSITIONS: &[&str] =
    &["positions", "position", "pos", "coords", "coordinates", "coord", "xyz", "r", "geometry", "cart"];
const ELEMENTS: &[&str] = &[
    "atomic_numbers",
    "z",
    "numbers",
    "charges",
    "elements",
    "species",
    "atoms",
    "atom",
    "nuclear",
    "element",
    "types",
];
const ENERGIES: &[&str] = &["energy", "energies", "e", "u", "u0", "h", "g", "atomization", "u298", "h298", "g298"];
/// Properties that depend strongly on the geometry.
const KNOWN: &[&str] = &["energy", "r2", "mu", "gap", "alpha", "homo", "lumo", "dipole"];
const FORCES: &[&str] = &["forces", "force", "f", "gradient", "gradients"];
const DIPOLES: &[&str] = &["dipole", "dipoles", "mu"];

/// Atoms with elements, as numbers or one-hot.
pub fn draft(view: &View) -> Result<Option<Draft>, InitError> {
    let Some((positions, elements)) = atoms(view) else { return Ok(None) };
    let mut draft = Draft::new("molecules: atoms with elements and positions");
    let unit = positions.unit.as_ref().map(|u| format!(" in {u}")).unwrap_or_default();
    let note = format!("Where the atoms are{unit}: a group element moves each of them.");
    draft.input(FieldDraft::of(&positions.name, "action: points, dim: 3", note).called("positions"));
    let numbers =
        (elements.kind != Kind::Float && point(elements) == Some(&[])).then(|| add_numbers(&mut draft, elements));
    if numbers.is_none() {
        let note = "One-hot elements, or other features of each atom; no group acts on them.";
        draft.input(FieldDraft::of(&elements.name, "", note).called("elements"));
    }
    if let Some(cell) = periodic(view) {
        let note = format!(
            "periodic cells are not supported; column `{}` is left out of account. If it matters, stop here.",
            cell.name
        );
        draft.read.push(guess("cell: ignore", note));
    }
    draft.steps.push(noted(
        "center: {fields: positions, on: centroid}",
        "Energies and forces do not depend on where a molecule is.",
    ));
    draft.steps.push(noted("scale: {fields: positions, fit: train}", ""));
    let targets = view.targets(|c| rank(c, positions).filter(|_| !draft.uses(&c.name)));
    if targets.is_empty() {
        return Err(InitError::untargeted(view.profile, "molecules"));
    }
    if let Some(numbers) = &numbers {
        for energy in targets.iter().filter(|c| is_scalar(c) && is_one_of(&c.name, ENERGIES)) {
            draft.steps.push(noted(
                format!("element_baseline: {{field: {}, elements: {numbers}, fit: train}}", slug(&energy.name)),
                "Most of an energy is a sum over the elements: what is left is what the geometry says.",
            ));
        }
    }
    target::add(&mut draft, &targets, Beside { dim: Some(3), points: Some(positions), long: false })?;
    finish(&mut draft, most_points(positions), view.profile.rows);
    Ok(Some(draft))
}

/// The column that says that the atoms lie in a periodic cell; `pbc` decides where there is one.
fn periodic<'a>(view: &View<'a>) -> Option<&'a ColumnProfile> {
    let named = |words: &[&str]| view.profile.columns.iter().find(|c| is_one_of(&c.name, words));
    let Some(pbc) = named(&["pbc"]) else { return named(&["cell", "lattice"]) };
    let texts = pbc.sample.texts.iter().flatten().any(|text| text.contains(['T', 't', '1']));
    let values = pbc.sample.values.iter().any(|v| *v != 0.0);
    // Of a text that differs in every row, or is empty, nothing is known.
    let unknown = pbc.sample.texts.is_empty() && pbc.sample.values.is_empty();
    (texts || values || unknown).then_some(pbc)
}

/// Likelier first: forces, dipole vectors, then other values of the molecule.
fn rank(column: &ColumnProfile, positions: &ColumnProfile) -> Option<usize> {
    let forces = column.shape == positions.shape && is_one_of(&column.name, FORCES);
    let dipole = column.shape == RowShape::Fixed(vec![3]) && is_one_of(&column.name, DIPOLES);
    match () {
        () if !column.kind.is_number() && !is_label(column) => None,
        () if forces => Some(0),
        () if dipole => Some(1),
        () if is_one_of(&column.name, &["pbc", "cell", "lattice"]) => None,
        () if is_scalar(column) || is_label(column) => {
            let known = column.kind == Kind::Float && is_one_of(&column.name, KNOWN);
            usual_rank(column).map(|rank| if known { 2 } else { 3 + rank })
        }
        () => None,
    }
}

fn atoms<'a>(view: &View<'a>) -> Option<(&'a ColumnProfile, &'a ColumnProfile)> {
    let placed = |c: &&ColumnProfile| c.kind == Kind::Float && point(c) == Some(&[3]);
    let positions = view.inputs().filter(placed).min_by_key(|c| !is_one_of(&c.name, POSITIONS))?;
    let at_atoms = || view.inputs().filter(|c| at_points_of(c, positions) && c.name != positions.name);
    let numbers = |c: &&ColumnProfile| {
        let named = is_one_of(&c.name, ELEMENTS);
        let whole = c.kind == Kind::Integer || (named && c.sample.values.iter().all(|v| v.fract() == 0.0));
        point(c) == Some(&[]) && whole && named && c.sample.values.iter().all(|v| (0.0..=118.0).contains(v))
    };
    let one_hot = |c: &&ColumnProfile| match point(c) {
        Some(&[classes]) if classes > 1 => c.sample.values.chunks_exact(classes).all(is_one_hot),
        _ => false,
    };
    let elements = at_atoms().find(numbers).or_else(|| at_atoms().find(one_hot))?;
    Some((positions, elements))
}

fn is_one_hot(values: &[f64]) -> bool {
    values.iter().all(|v| *v == 0.0 || *v == 1.0) && values.iter().sum::<f64>() == 1.0
}

/// Atomic numbers, and their one-hot form as an input; the name of the field.
fn add_numbers(draft: &mut Draft, elements: &ColumnProfile) -> String {
    let name = "atomic_numbers".to_owned();
    let padded = elements.sample.values.contains(&0.0);
    let mut field = FieldDraft::of(&elements.name, "", "The element of each atom; no group acts on it.").called(&name);
    if padded {
        field.note =
            "the element of each atom. There are zeros: if rows are padded with them, store rows of their own \
                      length (lists) instead; here 0 counts as an element."
                .into();
        field.check = true;
    }
    draft.fields.push(field);
    draft.steps.push(noted(
        format!("one_hot: {{field: {name}, as: elements, fit: train}}"),
        "One 0/1 value for each element: numbers that a network can use.",
    ));
    draft.inputs.push("elements".into());
    name
}

fn finish(draft: &mut Draft, atoms: usize, rows: u64) {
    draft.batch = if atoms > 32 { 32 } else { 64 };
    draft.model = noted(
        format!("pair: {{{}}}", pair_size(rows)),
        "Messages between all pairs of atoms; shifts and renumbering are built in, rotations are not. Others: `transformer`, \
         `point_net`.",
    );
    draft.learned = Some(noted(
        "space: {gl: 3}",
        "Any 3×3 matrix, the same one on all atoms and vectors; shifts are built into the network.",
    ));
    draft.basis_lr = Some("0.01");
    draft.known = Some(noted("so(3)", "Physics without an outer field does not change under rotations."));
    draft.reference = Some(noted(format!("egnn: {{{}}}", pair_size(rows)), "Equivariant by construction."));
    draft.shifts.push(noted("rotate: uniform", "Each molecule turned at random, with its vectors."));
}
