//! A model as stored in a member's directory: everything needed to use it on other data.

use std::path::{Path, PathBuf};

use semola_data::guard::guarded;
use semola_data::{Blame, Fault};
use serde::{Deserialize, Serialize};

use super::{FieldForm, Lineage, Model, SavedFinite, SavedGroup, Task};
use crate::member::{MODELS, Manifest, RunError};
use semola_data::durable::checkpoint::{model_path, read_model};
use semola_data::durable::{Checkpoint, Tensor, TensorData};
use semola_data::table::Identity;
use semola_engine::{HostParam, Layout};

/// Why a model cannot be loaded from its file.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    #[error(
        "{}: there is no model file: the member was made by a version that did not write any; run the pipeline again \
         with --fresh",
        .0.display()
    )]
    NoModel(PathBuf),
    #[error(
        "{}: this model belongs to member {found}, not to {expected}, in whose directory it lies; restore the file, or run the \
         pipeline again with --fresh",
        path.display()
    )]
    Foreign { path: PathBuf, found: String, expected: String },
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("{}: not a usable model file: {problem}; run the pipeline again with --fresh", path.display())]
    Damaged { path: PathBuf, problem: String },
}

impl Fault for ModelFileError {
    fn blame(&self) -> Blame {
        match self {
            Self::NoModel(_) => Blame::Pipeline,
            Self::Damaged { .. } | Self::Foreign { .. } => Blame::Data,
            Self::Run(e) => e.blame(),
        }
    }
}

/// The version of the description; other versions are rejected.
const FORMAT: u32 = 1;

/// Everything about a model except its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedModel {
    pub format: u32,
    pub name: String,
    /// The member that it belongs to.
    pub identity: Identity,
    /// Settings of the network.
    pub network: semola_engine::nets::Model,
    pub task: Task,
    /// How rows of inputs and outputs are laid out.
    pub x_layout: Layout,
    pub y_layout: Layout,
    /// Inputs and targets once they are prepared, in the order of the task.
    pub inputs: Vec<FieldForm>,
    pub targets: Vec<FieldForm>,
    /// How the training data was read and prepared, with the fitted numbers.
    pub lineage: Lineage,
    /// The group that the model was trained along, given or discovered.
    pub group: Option<SavedGroup>,
    /// The finite part of it; models of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finite: Option<SavedFinite>,
    /// Names of the parameters, in order.
    params: Vec<String>,
}

/// A model with its parameters, as they were in the evaluation.
#[derive(Debug, Clone)]
pub struct LoadedModel {
    pub model: SavedModel,
    pub params: Vec<HostParam>,
    /// BLAKE3 of the file, hexadecimal.
    pub hash: String,
}

/// Name of the tensor with a parameter's values.
fn tensor_name(param: &str) -> String {
    format!("{param}/value")
}

/// A trained model as written to a file.
pub fn checkpoint(name: &str, model: &Model, identity: &Identity) -> Result<Checkpoint, String> {
    let params = model.trained.params();
    let origin = &model.origin;
    let saved = SavedModel {
        format: FORMAT,
        name: name.to_owned(),
        identity: identity.clone(),
        network: origin.network.clone(),
        task: model.task.clone(),
        x_layout: origin.x_layout.clone(),
        y_layout: origin.y_layout.clone(),
        inputs: origin.inputs.clone(),
        targets: origin.targets.clone(),
        lineage: origin.lineage.clone(),
        group: SavedGroup::of(model),
        finite: SavedFinite::of(model),
        params: params.iter().map(|p| p.name.clone()).collect(),
    };
    let tensor =
        |p: HostParam| (tensor_name(&p.name), Tensor { shape: vec![p.value.len()], data: TensorData::F32(p.value) });
    let state = serde_json::to_value(&saved).map_err(|e| e.to_string())?;
    Ok(Checkpoint { tensors: params.into_iter().map(tensor).collect(), state })
}

impl LoadedModel {
    /// Reads a model of a member.
    ///
    /// # Errors
    /// If there is none, or its file is damaged, has another version, or is not what the member's run wrote.
    pub fn read(member: &Path, name: &str) -> Result<Self, ModelFileError> {
        let path = path(member, name);
        let none = || RunError::NotARun { path: member.to_owned() };
        let manifest = Manifest::read(member)?.ok_or_else(none)?;
        manifest.check_model(member, &path)?;
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(ModelFileError::NoModel(path)),
            Err(e) => return Err(ModelFileError::Damaged { path, problem: e.to_string() }),
        };
        let loaded = guarded(|| Self::decode(name, &bytes));
        let loaded = loaded.map_err(|problem| ModelFileError::Damaged { path: path.clone(), problem })?;
        let found = &loaded.model.identity.run_id;
        if *found != manifest.run_id {
            return Err(ModelFileError::Foreign { path, found: found.clone(), expected: manifest.run_id });
        }
        Ok(loaded)
    }

    fn decode(name: &str, bytes: &[u8]) -> Result<Self, String> {
        let mut file = read_model(name, bytes)?;
        let format = file.state.get("format").and_then(serde_json::Value::as_u64);
        if format != Some(u64::from(FORMAT)) {
            return Err(format!("its format is {}, this program reads {FORMAT}", format.unwrap_or(0)));
        }
        let model: SavedModel = serde_json::from_value(file.state.take()).map_err(|e| e.to_string())?;
        let param = |name: &String| match file.tensors.remove(&tensor_name(name)).map(|tensor| tensor.data) {
            Some(TensorData::F32(value)) => {
                let zeros = vec![0.0; value.len()];
                Ok(HostParam { name: name.clone(), value, m: zeros.clone(), v: zeros, average: None })
            }
            _ => Err(format!("the parameter `{name}` is missing")),
        };
        let params = model.params.iter().map(param).collect::<Result<_, _>>()?;
        Ok(Self { params, model, hash: blake3::hash(bytes).to_hex().to_string() })
    }
}

/// The file of a member's model.
pub fn path(member: &Path, name: &str) -> PathBuf {
    model_path(&member.join(MODELS), name)
}

/// The same without the directory, for messages.
pub fn file_name(name: &str) -> PathBuf {
    model_path(Path::new(MODELS), name)
}
