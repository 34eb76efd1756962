//! A pipeline for the files of a random task: default discovery, nothing of the truth.

use std::fmt::Write;

use super::Random;
use super::facts::word;
use semola_lie::Action;

/// Epochs that make about as many steps as 150 of 4000 rows, within these bounds.
fn epochs(rows: usize) -> usize {
    (600_000 / rows.max(1)).clamp(30, 600)
}

impl Random {
    /// The text of `pipeline.yaml`.
    pub(super) fn yaml(&self) -> String {
        let p = &self.properties;
        let mut fields = String::new();
        for f in &self.fields {
            let dim = f.action.dim().map(|k| format!(", dim: {k}")).unwrap_or_default();
            let _ = writeln!(fields, "        {}: {{action: {}{dim}}}", f.name, word(f.action));
        }
        let target = if p.vector { format!("{{action: vector, dim: {}}}", p.k) } else { "{action: scalar}".to_owned() };
        let group = if p.group { "      group: group\n" } else { "" };
        let names = self.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", ");
        let ragged = self.fields.iter().any(super::Field::ragged);
        let model = if ragged { "point_net: {hidden: [64, 64], head: [64]}" } else { "mlp: {hidden: [96, 96, 96]}" };
        let space = if p.affine { "affine" } else { "gl" };
        format!(
            "# Simulated task 'random' (semola-pipe generate random --seed {seed}): the search for a symmetry with all defaults.\n\
             name: random_{seed}\n\
             stages:\n  - read:\n      as: train\n      path: train.parquet\n      fields:\n{fields}        y: {target}\n{group}  \
             - read: {{as: test, path: test.parquet, like: train}}\n  \
             - prepare:\n      from: [train, test]\n      steps:\n{steps}  \
             - train:\n      as: learned\n      from: train\n      input: [{names}]\n      target: y\n      \
             model: {{{model}}}\n      augment: {{learned: {{space: {{{space}: {k}}}}}}}\n      epochs: {epochs}\n  \
             - evaluate: {{models: [learned], on: test, predictions: false}}\n",
            seed = self.seed,
            steps = self.steps(),
            k = p.k,
            epochs = epochs(p.rows),
        )
    }

    /// Each field has a unit of its own; points share one, because translations move them together.
    fn steps(&self) -> String {
        let mut steps = String::new();
        for f in &self.fields {
            let step = if f.action == Action::Scalar { "standardise" } else { "scale" };
            let _ = writeln!(steps, "        - {step}: {{fields: {}, fit: train}}", f.name);
        }
        let step = if self.properties.vector { "scale" } else { "standardise" };
        let _ = writeln!(steps, "        - {step}: {{fields: y, fit: train}}");
        steps
    }
}
