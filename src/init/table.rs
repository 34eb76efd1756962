//! Plain tables: numbers that no group acts on.

use super::draft::{Draft, FieldDraft, noted};
use super::dynamics::add_group;
use super::error::InitError;
use super::look::{View, usual_rank};
use super::target::{self, Beside};
use super::words::{is_one_of, listed, slug};
use semola_data::RowShape;
use semola_data::profile::ColumnProfile;

/// Scalars and flat lists.
pub fn draft(view: &View) -> Result<Option<Draft>, InitError> {
    let usable = |c: &&ColumnProfile| c.kind.is_number() && matches!(c.shape, RowShape::Fixed(_));
    let targets = view.targets(usual_rank);
    let inputs: Vec<&ColumnProfile> =
        view.free().filter(usable).filter(|c| !targets.iter().any(|t| t.name == c.name)).collect();
    if targets.is_empty() || inputs.is_empty() {
        return Ok(None);
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
    draft.story.push(
        "No column is a vector, an image or a set of points, so that no group acts on anything and no symmetry can be \
         discovered. If some columns are components of a vector, group them: `{columns: [x, y, z], action: vector}`."
            .into(),
    );
    if inputs.iter().filter(|c| is_one_of(&c.name, &["pt", "eta", "phi"])).count() >= 3 {
        draft.story.push(
            "Columns pt, eta and phi: write E, px, py and pz into the file first; boosts act linearly on those only."
                .into(),
        );
    }
    Ok(Some(draft))
}
