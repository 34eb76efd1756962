//! Which member of a run, and which of its models.

use std::path::{Path, PathBuf};

use semola_document::hint;

use super::PredictError;
use crate::member::{Manifest, RunError, State, members, state};
use crate::pipeline::{Pipeline, Stage};
use crate::train::Train;
use crate::train::augment::Augment;

/// The selection of a model.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// A member's directory, or a run directory.
    pub run: &'a Path,
    /// A prefix of the member's id.
    pub member: Option<&'a str>,
    pub seed: Option<u64>,
    /// The model's name.
    pub model: Option<&'a str>,
}

impl Wanted<'_> {
    /// The directory of the one finished member selected.
    ///
    /// # Errors
    /// If there is none, or several.
    pub fn directory(&self) -> Result<PathBuf, PredictError> {
        let run = self.run;
        if !run.exists() {
            return Err(RunError::NotARun { path: run.to_owned() }.into());
        }
        let mut fitting = Vec::new();
        for path in members(run)? {
            let Some(manifest) = Manifest::read(&path)? else { continue };
            let by_seed = self.seed.is_none_or(|seed| manifest.seed == seed);
            let by_id = self.member.is_none_or(|prefix| manifest.run_id.starts_with(prefix));
            if by_seed && by_id {
                fitting.push((state(&path)?, manifest, path));
            }
        }
        let words = |(state, manifest, _): &(State, Manifest, PathBuf)| {
            format!("{} (seed {}, {})", manifest.run_id, manifest.seed, state.as_str())
        };
        let list = |members: &[(State, Manifest, PathBuf)]| members.iter().map(words).collect::<Vec<_>>().join(", ");
        let wrong = |what: String| Err(PredictError::Usage(format!("{}: {what}", run.display())));
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

    /// The model of a member: the named one, else the first with a learned group, else the first.
    ///
    /// # Errors
    /// If the member trained no such model.
    pub fn model_of(&self, member: &Path) -> Result<String, PredictError> {
        let unreadable = |why: String| PredictError::Manifest { member: member.to_owned(), why };
        let manifest = Manifest::read(member)?.ok_or_else(|| unreadable("the manifest is gone".to_owned()))?;
        let pipeline: Pipeline = serde_json::from_value(manifest.pipeline)
            .map_err(|e| unreadable(format!("the manifest's pipeline is not one of this version: {e}")))?;
        let train = |stage: Stage| if let Stage::Train(train) = stage { Some(train) } else { None };
        let trained: Vec<Train> = pipeline.stages.into_iter().filter_map(train).collect();
        let names = || trained.iter().map(|train| train.name.as_str());
        match self.model {
            Some(name) if names().any(|known| known == name) => Ok(name.to_owned()),
            Some(name) => {
                let hint = hint(name, names());
                let text = format!("--model {name}: {} trained no such model{hint}", member.display());
                Err(PredictError::Usage(text))
            }
            None => {
                let learned = trained.iter().find(|train| matches!(train.augment, Augment::Learned(_)));
                let first = learned.or(trained.first());
                let none = || PredictError::Usage(format!("{}: its pipeline trains no model", member.display()));
                first.map(|train| train.name.clone()).ok_or_else(none)
            }
        }
    }
}
