//! Plain tables: numbers that no group acts on.

use super::draft::{Draft, FieldDraft, noted};
use super::dynamics::add_group;
use super::error::InitError;
use super::look::{View, is_constant, shown, usual_rank};
use super::target::{self, Beside};
use super::words::{is_one_of, listed, slug};
use semola_data::RowShape;
use semola_data::profile::ColumnProfile;

/// What a table without geometry is told.
const NO_GEOMETRY: &str = "No column is a vector, an image or a set of points, so that no group acts on anything and no \
                           symmetry can be discovered. If some columns are components of a vector, group them: \
                           `{columns: [x, y, z], action: vector}`.";

/// Scalars and flat lists.
pub fn draft(view: &View) -> Result<Option<Draft>, InitError> {
    let usable = |c: &&ColumnProfile| c.kind.is_number() && matches!(c.shape, RowShape::Fixed(_));
    let targets = view.targets(usual_rank);
    let inputs: Vec<&ColumnProfile> = view
        .inputs()
        .filter(usable)
        .filter(|c| !is_constant(c))
        .filter(|c| !targets.iter().any(|t| t.name == c.name))
        .collect();
    if let Some(ragged) = targets.iter().find(|t| t.kind.is_number() && matches!(t.shape, RowShape::Ragged(_))) {
        let reason =
            format!("{} cannot be predicted: its rows differ in length, and no input has points", shown(ragged));
        return Err(InitError::target(&ragged.name, reason));
    }
    if targets.is_empty() {
        return Ok(None);
    }
    if inputs.is_empty() {
        return sets(view, &targets);
    }
    let mut draft = Draft::new("a table of numbers");
    for column in &inputs {
        let name = draft.free_name(&slug(&column.name));
        draft.input(FieldDraft::of(&column.name, "", "").called(&name));
    }
    let names = draft.inputs.clone();
    draft.steps.push(noted(
        format!("standardise: {{fields: {}, fit: train}}", listed(&names)),
        "Mean 0, standard deviation 1, column by column.",
    ));
    target::add(&mut draft, &targets, Beside::default())?;
    draft.model = noted("mlp: {hidden: [128, 128]}", "A plain network.");
    add_group(&mut draft, view);
    draft.story.push(NO_GEOMETRY.into());
    if inputs.iter().filter(|c| is_one_of(&c.name, &["pt", "eta", "phi"])).count() >= 3 {
        draft.story.push(
            "Columns pt, eta and phi: write E, px, py and pz into the file first; boosts act linearly on those only."
                .into(),
        );
    }
    Ok(Some(draft))
}

/// A set of numbers a row, any number of them, where there is nothing else to predict from.
fn sets(view: &View, targets: &[&ColumnProfile]) -> Result<Option<Draft>, InitError> {
    let ragged = |c: &&ColumnProfile| c.kind.is_number() && c.shape == RowShape::Ragged(Vec::new());
    let Some(column) = view.inputs().find(ragged) else { return Ok(None) };
    let mut draft = Draft::new("sets of numbers, any number of them a row");
    let name = draft.free_name(&slug(&column.name));
    let note = "lists that differ in length, taken for sets of numbers: points on a line. If they are coordinates, say so \
                with `dim: 2` or `dim: 3`.";
    let field = FieldDraft::of(&column.name, "action: points, dim: 1", note).called(&name);
    draft.input(FieldDraft { check: true, ..field });
    draft.steps.push(noted(format!("scale: {{fields: {name}, fit: train}}"), ""));
    target::add(&mut draft, targets, Beside::default())?;
    draft.batch = 64;
    draft.model =
        noted("point_net: {hidden: [64, 128], head: [64]}", "One network for all numbers, then the mean over them.");
    add_group(&mut draft, view);
    draft.story.push(NO_GEOMETRY.into());
    Ok(Some(draft))
}
