//! The bytes of a checkpoint: safetensors, with name, checksum and state in the metadata.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{Dtype, SafeTensors, View, serialize};
use serde::{Deserialize, Serialize};

use super::{Checkpoint, CheckpointError, Tensor, TensorData};

/// The only key in the file's metadata. One key, because the order of several would change the bytes of the file.
const METADATA_KEY: &str = "checkpoint";

/// What the metadata holds, as JSON.
#[derive(Serialize, Deserialize)]
struct Metadata {
    name: String,
    /// The member that it belongs to; nothing for models, whose state names it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    owner: String,
    /// BLAKE3 over name, tensors, state and owner, hexadecimal.
    hash: String,
    /// The state as JSON text: text, so that the hash is over the very bytes.
    state: String,
}

/// The file of a checkpoint; equal checkpoints give equal bytes.
pub(super) fn encode(name: &str, owner: &str, checkpoint: &Checkpoint) -> Result<Vec<u8>, CheckpointError> {
    let refused = |problem: String| CheckpointError::Encode { name: name.to_owned(), problem };
    let state = checkpoint.state.to_string();
    let mut views = Vec::with_capacity(checkpoint.tensors.len());
    for (tensor, value) in &checkpoint.tensors {
        let view = Bytes::from_tensor(value);
        if value.shape.iter().product::<usize>() * view.dtype.bitsize() / 8 != view.bytes.len() {
            return Err(refused(format!("tensor `{tensor}`: its shape {:?} is not that of its values", value.shape)));
        }
        views.push((tensor.as_str(), view));
    }
    let hash = hash((name, owner), views.iter().map(|(name, view)| (*name, view)), &state);
    let metadata = Metadata { name: name.to_owned(), owner: owner.to_owned(), hash, state };
    let metadata = serde_json::to_string(&metadata).map_err(|error| refused(error.to_string()))?;
    let metadata = HashMap::from([(METADATA_KEY.to_owned(), metadata)]);
    serialize(views, Some(metadata)).map_err(|error| refused(error.to_string()))
}

/// The checkpoint of that name and owner in a file, or what is wrong with it.
pub(super) fn decode(name: &str, owner: &str, bytes: &[u8]) -> Result<Checkpoint, String> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let metadata = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
    let metadata = metadata.ok_or("it is not a checkpoint of this program")?;
    let metadata: Metadata = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    if metadata.name != name {
        return Err(format!("it holds the checkpoint of `{}`", metadata.name));
    }
    if metadata.owner != owner {
        return Err(match metadata.owner.as_str() {
            "" => "it does not say to which member it belongs".to_owned(),
            other => format!("it belongs to another member ({})", semola_document::visible(other)),
        });
    }
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let mut views = BTreeMap::new();
    for (tensor, view) in file.iter() {
        let bytes = Bytes { dtype: view.dtype(), shape: view.shape().to_vec(), bytes: Cow::Borrowed(view.data()) };
        views.insert(tensor, bytes);
    }
    if hash((name, owner), views.iter().map(|(name, view)| (*name, view)), &metadata.state) != metadata.hash {
        return Err("its content does not match its checksum".to_owned());
    }
    let state = serde_json::from_str(&metadata.state).map_err(|error| error.to_string())?;
    let tensors = views.into_iter().map(|(name, view)| Ok((name.to_owned(), view.into_tensor()?)));
    Ok(Checkpoint { tensors: tensors.collect::<Result<_, String>>()?, state })
}

/// A tensor as the bytes of the file, little-endian.
struct Bytes<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Cow<'a, [u8]>,
}

impl<'a> Bytes<'a> {
    fn from_tensor(tensor: &'a Tensor) -> Self {
        let (dtype, bytes): (_, Vec<u8>) = match &tensor.data {
            TensorData::F32(values) => (Dtype::F32, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
            TensorData::F64(values) => (Dtype::F64, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        };
        Self { dtype, shape: tensor.shape.clone(), bytes: Cow::Owned(bytes) }
    }

    fn into_tensor(self) -> Result<Tensor, String> {
        let data = match self.dtype {
            Dtype::F32 => TensorData::F32(self.bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()),
            Dtype::F64 => TensorData::F64(self.bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect()),
            other => return Err(format!("tensors of type {other} are not supported")),
        };
        Ok(Tensor { shape: self.shape, data })
    }
}

impl View for Bytes<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// BLAKE3 of everything in a checkpoint; lengths are hashed too, so that no two contents run together.
fn hash<'a>(
    (name, owner): (&str, &str),
    tensors: impl Iterator<Item = (&'a str, &'a Bytes<'a>)>,
    state: &str,
) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    };
    add(name.as_bytes());
    for (name, tensor) in tensors {
        add(name.as_bytes());
        add(format!("{} {:?}", tensor.dtype, tensor.shape).as_bytes());
        add(&tensor.bytes);
    }
    add(state.as_bytes());
    if !owner.is_empty() {
        add(owner.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
