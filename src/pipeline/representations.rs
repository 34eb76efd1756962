//! `action: auto`: one run for each way in which a field could transform, on the same evidence.
//!
//! Which action a field has decides what a symmetry is, so that every candidate is discovered with from the start: the pipeline is run
//! once for each, as the points of a `list`. That costs as many runs as there are candidates, and asks nothing new of discovery.

use std::path::Path;

use semola_data::dim_of;
use semola_data::settings::{ActionName, FieldSpec};
use semola_document::Diagnostics;
use serde_json::{Value, json};

use super::document::Document;
use super::list::Stage;
use crate::train::augment::Augment;

/// Runs that `auto` may stand for.
const MOST: usize = 16;

/// A pipeline whose fields all have an action, at each of its points.
pub struct Represented {
    pub document: Document,
    /// The assignments that lead to it from the file, for other processes.
    pub sets: Vec<String>,
    /// The fields whose action is open.
    pub fields: Vec<String>,
}

/// Reads a pipeline; for fields with `action: auto` it gets a point for each candidate.
///
/// # Errors
/// What is wrong with the file; if `auto` cannot be resolved.
pub fn load_represented(file: &Path, sets: &[String]) -> Result<Represented, Diagnostics> {
    let document = Document::load(file, sets)?;
    let open = open_fields(&document)?;
    if open.is_empty() {
        return Ok(Represented { document, sets: sets.to_vec(), fields: Vec::new() });
    }
    let mut points: Vec<serde_json::Map<String, Value>> = vec![serde_json::Map::new()];
    for field in &open {
        let with = |point: &serde_json::Map<String, Value>, action: &ActionName| {
            let mut point = point.clone();
            for stage in &field.stages {
                point.insert(field.at(*stage, "action"), json!(action));
                if matches!(action, ActionName::Scalar | ActionName::Pseudoscalar) {
                    point.insert(field.at(*stage, "dim"), Value::Null);
                }
            }
            point
        };
        points = points.iter().flat_map(|point| field.candidates.iter().map(|action| with(point, action))).collect();
    }
    if points.len() > MOST {
        let mut wrong = document.diagnostics();
        let what = format!("`action: auto` stands for {} runs; write the action of some fields", points.len());
        wrong.push("stages", what, None);
        return Err(wrong);
    }
    let mut sets = sets.to_vec();
    sets.push(format!("list={}", json!(points)));
    let fields = open.into_iter().map(|field| field.name).collect();
    Ok(Represented { document: Document::load(file, &sets)?, sets, fields })
}

/// A field whose action is open.
struct Open {
    /// The stages that read it: training and test data have the same.
    stages: Vec<usize>,
    name: String,
    candidates: Vec<ActionName>,
}

impl Open {
    fn at(&self, stage: usize, setting: &str) -> String {
        let path = semola_document::Path::default().key("stages").index(stage).key("read").key("fields");
        path.key(&self.name).key(setting).to_string()
    }
}

fn open_fields(document: &Document) -> Result<Vec<Open>, Diagnostics> {
    let content = document.content();
    let mut open: Vec<Open> = Vec::new();
    let mut wrong = document.diagnostics();
    for (stage, read) in content.stages.iter().enumerate() {
        let Stage::Read(read) = read else { continue };
        for (name, field) in read.fields.iter().filter(|(_, field)| field.action == ActionName::Auto) {
            let candidates = candidates(field);
            // The same field of other data follows.
            if let Some(same) = open.iter_mut().find(|o| o.name == *name && o.candidates == candidates) {
                same.stages.push(stage);
                continue;
            }
            let field = Open { stages: vec![stage], name: name.clone(), candidates };
            if read.fields.get(name).and_then(dim_of).is_none() {
                let help = "give the k of the k×k matrices that may act on it: `dim: 2`";
                wrong.push(&field.at(stage, "action"), "`action: auto` needs `dim`", Some(help.to_owned()));
            }
            open.push(field);
        }
    }
    let learns = |stage: &Stage| matches!(stage, Stage::Train(train) if matches!(train.augment, Augment::Learned(_)));
    if let Some((first, stage)) = open.first().and_then(|field| Some((field, *field.stages.first()?))) {
        if !document.settings(0).is_empty() {
            let what = "`action: auto` is a list of runs itself: leave `grid`, `zip` and `list` out, or write the actions in them";
            wrong.push(&first.at(stage, "action"), what, None);
        }
        if !content.stages.iter().any(learns) {
            let what = "`action: auto` is decided by discovery, but no stage has `augment: {learned: …}`";
            wrong.push(&first.at(stage, "action"), what, None);
        }
    }
    if wrong.errors() > 0 { Err(wrong) } else { Ok(open) }
}

/// The actions that such a field could have.
fn candidates(field: &FieldSpec) -> Vec<ActionName> {
    let width = field.columns.as_ref().map(Vec::len).or_else(|| field.shape.as_ref().map(|s| s.iter().product()));
    let dim = field.dim.unwrap_or(0);
    if width.is_some_and(|width| dim > 0 && !width.is_multiple_of(dim)) {
        return vec![ActionName::Scalar, ActionName::Pseudoscalar];
    }
    let square = |dim: usize| dim.checked_mul(dim).zip(width).is_some_and(|(block, width)| width.is_multiple_of(block));
    let tensor = field.dim.is_some_and(|dim| dim > 1 && square(dim)).then_some(ActionName::Tensor);
    let pseudo = field.dim.is_none_or(|dim| dim > 1).then_some(ActionName::Pseudovector);
    [ActionName::Scalar, ActionName::Vector, ActionName::Covector].into_iter().chain(pseudo).chain(tensor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
name: a
stages:
  - read: {as: d, path: d.parquet, fields: {x: {action: vector, dim: 2}, y: {columns: [a, b, c, d], action: auto, dim: 2}}}
  - read: {as: e, path: e.parquet, like: d}
  - train: {as: m, from: d, input: x, target: y, model: {mlp: {hidden: [8]}}, augment: {learned: {space: {gl: 2}}}, epochs: 1}
";

    fn loaded(text: &str) -> Result<Represented, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("p.yaml"), text).unwrap();
        load_represented(&dir.path().join("p.yaml"), &[]).map_err(|e| e.to_string())
    }

    #[test]
    fn a_field_of_open_action_gives_a_point_for_each_candidate() {
        let found = loaded(TEXT).unwrap();
        let actions: Vec<Vec<ActionName>> = (0..found.document.points())
            .map(|point| {
                let document = found.document.at(point).unwrap();
                let actions = document.content().stages.iter().filter_map(|stage| match stage {
                    Stage::Read(read) => Some(read.fields["y"].action),
                    _ => None,
                });
                actions.collect()
            })
            .collect();
        let all = [
            ActionName::Scalar,
            ActionName::Vector,
            ActionName::Covector,
            ActionName::Pseudovector,
            ActionName::Tensor,
        ];
        assert_eq!(actions, all.map(|action| vec![action; 2]));
        assert_eq!((found.fields, found.sets.len()), (vec!["y".to_owned()], 1));
        let plain = loaded(&TEXT.replace("auto", "tensor")).unwrap();
        assert_eq!((plain.document.points(), plain.fields.len()), (1, 0));
    }

    #[test]
    fn what_cannot_be_resolved_is_told_where_it_is() {
        let error = |text: &str| loaded(text).err().unwrap();
        let without = error(&TEXT.replace("columns: [a, b, c, d], action: auto, dim: 2", "action: auto"));
        assert!(without.contains("p.yaml:3") && without.contains("`action: auto` needs `dim`"), "{without}");
        assert!(error(&TEXT.replace("{learned: {space: {gl: 2}}}", "none")).contains("is decided by discovery"));
        let listed = format!("{TEXT}list: [{{m.epochs: 2}}]\n");
        assert!(error(&listed).contains("is a list of runs itself"));
    }
}
