//! A trained model that predicts for new data: files in, a file out.

use std::path::{Path, PathBuf};

use semola_data::{Unwatched, Watch};

use super::advance::Advance;
use super::choose::Wanted;
use super::place::{Place, predictions};
use super::{Input, PredictError, Predictor, Scoring, Settings, Wishes, Written, write_rows};
use crate::model::{LoadedModel, SavedModel};
use crate::run::Device;

/// A model of a finished member, on a device.
#[derive(Debug, Clone)]
pub struct Model {
    pub loaded: LoadedModel,
    /// The run that it comes from.
    pub run: PathBuf,
    pub device: Device,
}

impl Model {
    /// The model of a member's directory, or of a run directory with one finished member: the named one, else the first
    /// with a learned group, else the first. It runs on a GPU if there is one.
    ///
    /// # Errors
    /// If there is no such model, or its file is damaged.
    pub fn load(run: &Path, name: Option<&str>) -> Result<Self, PredictError> {
        let wanted = Wanted { run, member: None, seed: None, model: name };
        let member = wanted.directory()?;
        let loaded = LoadedModel::read(&member, &wanted.model_of(&member)?)?;
        Ok(Self { loaded, run: run.to_owned(), device: Device::auto() })
    }

    /// What is known about the model: its member, its task, its inputs and targets.
    pub fn description(&self) -> &SavedModel {
        &self.loaded.model
    }

    /// Predicts for the rows of Parquet files, globs or directories, and writes a Parquet file with a row for each.
    ///
    /// # Errors
    /// If the data does not match the training data, or the file cannot be written; the file appears atomically.
    pub fn predict(&self, data: &[PathBuf], out: &Path) -> Result<Written, PredictError> {
        let input = Input::open(&self.loaded.model, &Wishes { data: data.to_vec(), ..Wishes::default() })?;
        Ok(self.predict_as(&input, Settings::default(), out, &Unwatched)?.0)
    }

    /// Predicts with the given settings; the watcher sees progress and can stop the work. Also returns the scores, if
    /// requested.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_as(
        &self,
        input: &Input,
        settings: Settings,
        out: &Path,
        watch: &dyn Watch,
    ) -> Result<(Written, Scoring), PredictError> {
        Place { out, run: &self.run, sharded: false, evaluate: settings.evaluate }.check(input)?;
        self.device.run(|device| {
            let mut predictor = Predictor::new(&self.loaded, device, settings)?;
            let output = predictions(out)?;
            let mut file = output.begin()?;
            let (groups, mut scoring) = (input.stream().groups(), Scoring::default());
            let mut advance = Advance::new(watch, input.stream().rows());
            let written =
                write_rows(input, &mut predictor, &groups, (&mut file, out), &[], &mut scoring, &mut advance)?;
            output.publish(file)?;
            advance.finish();
            Ok((written, scoring))
        })
    }
}
