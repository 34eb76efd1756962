//! Checkpoints: tensors and a JSON state in one safetensors file each, checked when they are read.

mod format;
mod names;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::atomic;
use format::{decode, encode};
use names::{checkpoint_stem, model_stem};

/// The numbers of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub enum TensorData {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// A tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: TensorData,
}

/// Everything needed to resume.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checkpoint {
    pub tensors: BTreeMap<String, Tensor>,
    /// Everything that is not a tensor: schedule, random streams, position of the sampler.
    pub state: Value,
}

/// What was found under a name.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The newest complete checkpoint.
    pub checkpoint: Option<Checkpoint>,
    /// Files that were damaged, and are ignored.
    pub warnings: Vec<String>,
}

/// Why a checkpoint could not be written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("{}: the checkpoint cannot be written: {source}; check the free space and the permissions", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("checkpoint `{name}`: {problem}")]
    Encode { name: String, problem: String },
}

/// The checkpoints of one member.
///
/// `<name>.safetensors` (a slash becomes `-`, see `names`) is the newest, `<name>.prev.safetensors` the one before. A newest
/// one that is damaged, or belongs to somebody else, is ignored with a warning and the one before taken.
#[derive(Debug, Clone)]
pub struct CheckpointStore {
    dir: PathBuf,
    staging: PathBuf,
    owner: String,
}

impl CheckpointStore {
    /// Keeps those of `owner` (a member's id) in `dir`; unfinished files lie in `staging`, on the same file system.
    pub fn new(dir: PathBuf, staging: PathBuf, owner: &str) -> Self {
        Self { dir, staging, owner: owner.to_owned() }
    }

    /// Saves a checkpoint under a name. At every moment a complete one is in place.
    pub fn save(&self, name: &str, checkpoint: &Checkpoint) -> Result<PathBuf, CheckpointError> {
        let bytes = encode(name, &self.owner, checkpoint)?;
        let path = self.path(name, "");
        self.place(&path, &self.path(name, ".prev"), &bytes)
            .map_err(|source| CheckpointError::Write { path: path.clone(), source })?;
        Ok(path)
    }

    fn place(&self, path: &Path, previous: &Path, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let staged = atomic::stage(&self.staging, bytes)?;
        if path.exists() {
            fs::rename(path, previous)?;
        }
        staged.persist(path).map_err(|error| error.error)?;
        atomic::sync_parent(path)
    }

    /// The newest whole checkpoint of a name.
    pub fn load(&self, name: &str) -> Loaded {
        let mut loaded = Loaded::default();
        for suffix in ["", ".prev"] {
            let path = self.path(name, suffix);
            let outcome = match fs::read(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => Err(error.to_string()),
                Ok(bytes) => decode(name, &self.owner, &bytes),
            };
            match outcome {
                Ok(checkpoint) => {
                    loaded.checkpoint = Some(checkpoint);
                    break;
                }
                Err(problem) => loaded.warnings.push(format!("{}: ignored: {problem}", path.display())),
            }
        }
        loaded
    }

    /// Removes the checkpoints of a name.
    pub fn remove(&self, name: &str) -> Result<(), CheckpointError> {
        for path in [self.path(name, ""), self.path(name, ".prev")] {
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(CheckpointError::Write { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn path(&self, name: &str, suffix: &str) -> PathBuf {
        self.dir.join(format!("{}{suffix}.safetensors", checkpoint_stem(name)))
    }
}

/// The file of a finished model in a directory.
pub fn model_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{}.safetensors", model_stem(name)))
}

/// Writes a finished model into `dir`, by way of `staging`; equal models give equal bytes.
///
/// # Errors
/// If it cannot be written.
pub fn write_model(dir: &Path, staging: &Path, name: &str, model: &Checkpoint) -> Result<PathBuf, CheckpointError> {
    let bytes = encode(name, "", model)?;
    let path = model_path(dir, name);
    let placed = fs::create_dir_all(dir).and_then(|()| atomic::write(staging, &path, &bytes));
    placed.map(|()| path.clone()).map_err(|source| CheckpointError::Write { path, source })
}

/// The model in the bytes of its file.
///
/// # Errors
/// If the file is damaged; the error says how.
pub fn read_model(name: &str, bytes: &[u8]) -> Result<Checkpoint, String> {
    decode(name, "", bytes)
}

#[cfg(test)]
mod tests;
