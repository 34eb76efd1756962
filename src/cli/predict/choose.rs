//! Which member, and which of its models.

use std::path::{Path, PathBuf};

use semola_document::hint;

use crate::cli::args::PredictArgs;
use crate::cli::error::CliError;
use crate::run::{Manifest, RunError, State, members, state};
use crate::spec::types::{Augment, Pipeline, Stage, Train};

/// The finished member that the arguments mean.
pub fn member(args: &PredictArgs) -> Result<PathBuf, CliError> {
    let run = &args.run;
    if !run.exists() {
        return Err(CliError::of_looking(RunError::NotARun { path: run.clone() }));
    }
    let found = members(run).map_err(CliError::of_looking)?;
    let mut fitting = Vec::new();
    for path in found {
        let Some(manifest) = Manifest::read(&path).map_err(CliError::of_looking)? else { continue };
        let by_seed = args.seed.is_none_or(|seed| manifest.seed == seed);
        let by_id = args.member.as_ref().is_none_or(|prefix| manifest.run_id.starts_with(prefix.as_str()));
        if by_seed && by_id {
            fitting.push((state(&path)?, manifest, path));
        }
    }
    let words = |(state, manifest, _): &(State, Manifest, PathBuf)| {
        format!("{} (seed {}, {})", manifest.run_id, manifest.seed, state.as_str())
    };
    let list = |members: &[(State, Manifest, PathBuf)]| members.iter().map(words).collect::<Vec<_>>().join(", ");
    let wrong = |what: String| Err(CliError::Usage(format!("{}: {what}", run.display())));
    if fitting.is_empty() {
        return wrong("no member has that --seed and --member".to_owned());
    }
    let (mut done, others): (Vec<_>, Vec<_>) = fitting.into_iter().partition(|(state, ..)| *state == State::Done);
    match (done.len(), done.pop()) {
        (1, Some((_, _, path))) => Ok(path),
        (_, None) => wrong(format!("no member is done: {}; run the pipeline to its end first", list(&others))),
        (_, Some(last)) => {
            done.push(last);
            wrong(format!("several members are done: {}; choose one with --member or --seed", list(&done)))
        }
    }
}

/// The model that the arguments mean: the named one, else the first with a learned group, else the first.
pub fn model_name(member: &Path, args: &PredictArgs) -> Result<String, CliError> {
    let unreadable = |why: String| CliError::Failed(format!("{}: {why}; run with --fresh", member.display()));
    let manifest = Manifest::read(member)?.ok_or_else(|| unreadable("the manifest is gone".to_owned()))?;
    let pipeline: Pipeline = serde_json::from_value(manifest.pipeline)
        .map_err(|e| unreadable(format!("the manifest's pipeline is not one of this version: {e}")))?;
    let train = |stage: Stage| if let Stage::Train(train) = stage { Some(train) } else { None };
    let trained: Vec<Train> = pipeline.stages.into_iter().filter_map(train).collect();
    let names = || trained.iter().map(|train| train.name.as_str());
    match &args.model {
        Some(name) if names().any(|known| known == name) => Ok(name.clone()),
        Some(name) => {
            let hint = hint(name, names());
            Err(CliError::Usage(format!("--model {name}: {} trained no such model{hint}", member.display())))
        }
        None => {
            let learned = trained.iter().find(|train| matches!(train.augment, Augment::Learned(_)));
            let first = learned.or(trained.first());
            let none = || CliError::Usage(format!("{}: its pipeline trains no model", member.display()));
            first.map(|train| train.name.clone()).ok_or_else(none)
        }
    }
}
