//! The walk through the stages in which everything is checked.

use super::context::Context;
use super::environment::Environment;
use super::scope::Scope;
use super::stages::{Plan, PlannedStage};
use super::{hash, memory, prepare, read, train};
use crate::spec::types::{OneOrMany, Pipeline, Stage, Step};
use crate::spec::{Diagnostics, Document};

/// Makes the plan of a document for one seed.
///
/// # Errors
/// All errors of the pipeline's sense at once, with those of the data's form that can be seen without reading values.
pub fn resolve(document: &Document, seed: u64, environment: &Environment) -> Result<Plan, Diagnostics> {
    let mut pipeline = document.content().clone();
    let mut context = Context {
        document,
        environment,
        scope: Scope { makers: makers(&pipeline), ..Scope::default() },
        diagnostics: document.diagnostics(),
        at: String::new(),
        stage: 0,
    };
    check_head(&mut context, &pipeline);
    let mut stages = Vec::new();
    for (number, stage) in pipeline.stages.iter().enumerate() {
        context.stage = number;
        context.at = format!("stages[{number}].{}", kind(stage));
        stages.extend(match stage {
            Stage::Read(spec) => Some(PlannedStage::Read(read::plan(&mut context, spec))),
            Stage::Prepare(spec) => Some(PlannedStage::Prepare(prepare::plan(&mut context, spec))),
            Stage::Train(spec) => train::plan(&mut context, spec).map(PlannedStage::Train),
            Stage::Evaluate(spec) => Some(PlannedStage::Evaluate(crate::evaluate::plan(&mut context, spec))),
        });
    }
    let members = pipeline.seed.as_slice().len();
    if context.diagnostics.errors() == 0 {
        memory::warn(&mut context, &stages, members);
    }
    let diagnostics = context.diagnostics;
    if diagnostics.errors() > 0 {
        return Err(diagnostics);
    }
    note_keys(&mut stages);
    pipeline.seed = OneOrMany::One(seed);
    let pipeline_hash = hash::pipeline_hash(&pipeline);
    Ok(Plan { pipeline, stages, pipeline_hash, members, warnings: diagnostics })
}

fn kind(stage: &Stage) -> &'static str {
    match stage {
        Stage::Read(_) => "read",
        Stage::Prepare(_) => "prepare",
        Stage::Train(_) => "train",
        Stage::Evaluate(_) => "evaluate",
    }
}

/// Every name that a stage makes, with the number of the (first) stage.
fn makers(pipeline: &Pipeline) -> std::collections::BTreeMap<String, usize> {
    let mut makers = std::collections::BTreeMap::new();
    for (number, stage) in pipeline.stages.iter().enumerate() {
        let names: Vec<&String> = match stage {
            Stage::Read(read) => vec![&read.name],
            Stage::Train(train) => vec![&train.name],
            Stage::Prepare(prepare) => {
                let splits = prepare.steps.iter().filter_map(|s| if let Step::Split(s) = s { Some(s) } else { None });
                splits.flat_map(|s| s.into.keys()).collect()
            }
            Stage::Evaluate(_) => Vec::new(),
        };
        for name in names {
            makers.entry(name.clone()).or_insert(number);
        }
    }
    makers
}

/// Can a pipeline have this name? It is also that of the output directory.
pub fn is_name(name: &str) -> bool {
    !(name.trim().is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0', '\n']))
}

/// Name and seeds.
fn check_head(context: &mut Context, pipeline: &Pipeline) {
    let name = &pipeline.name;
    if !is_name(name) {
        let help = "the name is also that of the output directory `runs/<name>`";
        context.error_help("name", format!("'{name}' cannot be the name of a pipeline"), help);
    }
    let seeds = pipeline.seed.as_slice();
    if seeds.is_empty() {
        context.error("seed", "`seed` is an empty list; give at least one seed");
    }
    for (i, seed) in seeds.iter().enumerate() {
        if seeds[..i].contains(seed) {
            context.error(&format!("seed[{i}]"), format!("seed {seed} is given twice; each seed is one member"));
        }
    }
    if pipeline.stages.is_empty() {
        context.error("stages", "there are no stages");
    }
}

/// Tells each `read` stage which columns later splits need.
fn note_keys(stages: &mut [PlannedStage]) {
    let mut wanted: Vec<(usize, String)> = Vec::new();
    let mut origin = std::collections::BTreeMap::new();
    for (number, stage) in stages.iter().enumerate() {
        match stage {
            PlannedStage::Read(read) => _ = origin.insert(read.spec.name.clone(), number),
            PlannedStage::Prepare(prepare) => {
                for step in &prepare.spec.steps {
                    let Step::Split(split) = step else { continue };
                    let Some(source) = origin.get(&split.of).copied() else {
                        continue;
                    };
                    wanted.extend(split.by.iter().map(|by| (source, by.clone())));
                    origin.extend(split.into.keys().map(|part| (part.clone(), source)));
                }
                origin.extend(prepare.produces.iter().map(|(name, data)| (name.clone(), data.read)));
            }
            _ => {}
        }
    }
    for (number, column) in wanted {
        if let Some(PlannedStage::Read(read)) = stages.get_mut(number)
            && !read.keys.contains(&column)
        {
            read.keys.push(column);
        }
    }
}
