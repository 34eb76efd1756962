//! The walk through the stages in which everything is checked.

use std::collections::BTreeMap;

use super::stages::Plan;
use super::{hash, keys, memory};
use crate::pipeline::Amount;
use crate::pipeline::Document;
use crate::pipeline::Pipeline;
use semola_document::Diagnostics;
use semola_document::{OneOrMany, shortened};
use semola_plan::{Context, Environment, Scope};

/// Makes the plan of a document for one seed.
///
/// # Errors
/// All semantic errors of the pipeline at once, and those of the data's form that are visible without reading values.
pub fn resolve(document: &Document, seed: u64, environment: &Environment) -> Result<Plan, Diagnostics> {
    let mut pipeline = document.content().clone();
    let is_written = |path: &str| document.is_written(path);
    let allowed = pipeline.memory.as_ref().map(Amount::bytes).transpose();
    let own = allowed.as_ref().ok().copied().flatten();
    let environment = &Environment { memory: own.or(environment.memory), ..*environment };
    let mut context = Context {
        is_written: &is_written,
        environment,
        scope: Scope { makers: makers(&pipeline), ..Scope::default() },
        diagnostics: document.diagnostics(),
        at: String::new(),
        stage: 0,
    };
    check_head(&mut context, &pipeline);
    if let Err(why) = allowed {
        context.error("memory", why);
    }
    let mut stages = Vec::new();
    for (number, stage) in pipeline.stages.iter().enumerate() {
        context.stage = number;
        context.at = format!("stages[{number}].{}", stage.kind());
        stages.extend(stage.resolve(&mut context));
    }
    let members = pipeline.seed.as_slice().len();
    if context.diagnostics.errors() == 0 {
        memory::check(&mut context, &stages, members, own.is_some());
    }
    let diagnostics = context.diagnostics;
    if diagnostics.errors() > 0 {
        return Err(diagnostics);
    }
    keys::note(&mut stages);
    pipeline.seed = OneOrMany::One(seed);
    let pipeline_hash = hash::pipeline_hash(&pipeline);
    Ok(Plan { pipeline, stages, pipeline_hash, members, warnings: diagnostics })
}

/// Every name that a stage makes, with the number of the (first) stage.
fn makers(pipeline: &Pipeline) -> BTreeMap<String, usize> {
    let mut makers = BTreeMap::new();
    for (number, stage) in pipeline.stages.iter().enumerate() {
        for name in stage.makes() {
            makers.entry(name.to_owned()).or_insert(number);
        }
    }
    makers
}

/// Longest name of a pipeline in bytes: directories have names of up to 255, and some get an ending.
const LONGEST_NAME: usize = 200;

/// Whether a pipeline can have this name, which is also that of the output directory.
pub fn is_name(name: &str) -> bool {
    !(name.trim().is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0', '\n', '\r']))
        && name.len() <= LONGEST_NAME
}

/// Name and seeds.
fn check_head(context: &mut Context, pipeline: &Pipeline) {
    let name = &pipeline.name;
    if !is_name(name) {
        let help = "the name is also that of the output directory `runs/<name>`, and has at most 200 bytes";
        context.error_help("name", format!("'{}' cannot be the name of a pipeline", shortened(name)), help);
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
