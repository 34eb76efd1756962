//! What the shards of one output directory contain: fixed at first use, the same for all.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::publish::{self, Published};
use crate::predict::PredictError;
use semola_data::SourceFile;
use semola_data::durable::{atomic, work_dir};
use semola_data::settings::Import;

/// Name of the plan in the directory beside the output.
const FILE: &str = "plan.json";

/// Everything that the content of the shards depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardPlan {
    pub code_version: String,
    pub run_id: String,
    pub model: String,
    /// BLAKE3 of the model's file.
    pub model_hash: String,
    pub shards: usize,
    #[serde(rename = "where")]
    pub filter: Option<String>,
    pub on_invalid: String,
    pub group_average: Option<usize>,
    /// How files in other formats than Parquet are read.
    #[serde(default, skip_serializing_if = "semola_document::is_default")]
    pub import: Import,
    /// Whether shards keep predictions and targets for the metrics.
    #[serde(default)]
    pub evaluate: bool,
    pub inputs: Vec<InputFile>,
}

/// A file of the input. Its footer records the position, size and statistics of its content; the whole file is not
/// read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    pub path: String,
    pub bytes: u64,
    pub rows: u64,
    /// BLAKE3 of the Parquet footer, hexadecimal; of a file in another format, of all of it.
    pub footer: String,
}

/// The files of an input, with the rows of each.
///
/// # Errors
/// If one cannot be read.
pub fn input_files(files: &[SourceFile]) -> Result<Vec<InputFile>, PredictError> {
    let file = |file: &SourceFile| {
        let path = &file.path;
        let refused = |e: io::Error| semola_data::DataError::Io { path: path.clone(), reason: e.to_string() };
        let (bytes, footer) = match file.hash.is_empty() {
            true => footer(path).map_err(refused)?,
            false => (path.metadata().map_err(refused)?.len(), file.hash.clone()),
        };
        let place = path.canonicalize().map_err(refused)?;
        Ok(InputFile { path: place.display().to_string(), bytes, rows: file.rows as u64, footer })
    };
    files.iter().map(file).collect()
}

/// Length of a file and hash of its footer.
fn footer(path: &Path) -> io::Result<(u64, String)> {
    /// Length of the footer, and the magic number.
    const TAIL: u64 = 8;
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut tail = [0; TAIL as usize];
    file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL)))?;
    file.read_exact(&mut tail)?;
    let [a, b, c, d, ..] = tail;
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL).saturating_sub(length)))?;
    let mut footer = Vec::new();
    file.take(length).read_to_end(&mut footer)?;
    Ok((bytes, blake3::hash(&footer).to_hex().to_string()))
}

impl ShardPlan {
    /// A name for the plan: BLAKE3, hexadecimal.
    pub fn hash(&self) -> String {
        blake3::hash(self.text().as_bytes()).to_hex().to_string()
    }

    fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Whether there is a plan for an output directory.
    pub(super) fn is_fixed(out: &Path) -> bool {
        work_dir(out).join(FILE).exists()
    }

    /// Writes the plan beside the output directory `out`, unless one is there, which has to be the same.
    ///
    /// # Errors
    /// If the existing plan differs; the error says how.
    pub(super) fn fix(&self, out: &Path) -> Result<(), PredictError> {
        let (work, path) = (work_dir(out), work_dir(out).join(FILE));
        let refused = PredictError::write(&path);
        if !Self::is_fixed(out) {
            std::fs::create_dir_all(&work).map_err(&refused)?;
            let staged = atomic::stage(&work, self.text().as_bytes()).map_err(&refused)?;
            // Of several processes that begin at once, one makes the plan.
            if publish::first_wins(staged, &path).map_err(&refused)? == Published::New {
                return Ok(());
            }
        }
        let text = std::fs::read(&path).map_err(&refused)?;
        let found: Self = serde_json::from_slice(&text).map_err(|e| {
            PredictError::Usage(format!("{}: not a plan of this program: {e}; give another --out", path.display()))
        })?;
        match self.difference(&found) {
            None => Ok(()),
            Some(difference) => Err(PredictError::Usage(format!(
                "{}: it was started with a different {difference}; give another --out, or remove {} and {0} to start over",
                out.display(),
                work.display()
            ))),
        }
    }

    /// The first thing that differs from a plan that was found.
    fn difference(&self, found: &Self) -> Option<String> {
        let value = |plan: &Self| serde_json::to_value(plan).unwrap_or_default();
        let (own, found) = (value(self), value(found));
        let of = |plan: &Value, key: &str| plan.get(key).cloned().unwrap_or_default();
        let keys = own.as_object()?.keys();
        let key = keys.into_iter().find(|key| of(&own, key) != of(&found, key))?;
        let (now, then) = (of(&own, key), of(&found, key));
        Some(match (now.as_array(), then.as_array()) {
            (Some(now), Some(then)) => {
                let at = now.iter().zip(then).position(|(a, b)| a != b).unwrap_or(now.len().min(then.len()));
                let words = |files: &[Value]| files.get(at).map_or("nothing".to_owned(), ToString::to_string);
                format!("input: file {at} was {}, now it is {}", words(then), words(now))
            }
            _ => format!("`{key}`: {then}, now {now}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> ShardPlan {
        let file = |path: &str| InputFile { path: path.into(), bytes: 1, rows: 1, footer: "f".into() };
        ShardPlan {
            import: Import::default(),
            code_version: "1".into(),
            run_id: "r".into(),
            model: "m".into(),
            model_hash: "h".into(),
            shards: 4,
            filter: None,
            on_invalid: "error".into(),
            group_average: None,
            evaluate: false,
            inputs: vec![file("a"), file("b")],
        }
    }

    #[test]
    fn another_plan_is_refused_with_what_differs() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        plan().fix(&out).unwrap();
        plan().fix(&out).unwrap();
        let refused = |other: ShardPlan| other.fix(&out).unwrap_err().to_string();
        assert!(refused(ShardPlan { shards: 5, ..plan() }).contains("`shards`: 4, now 5"));
        assert!(refused(ShardPlan { filter: Some("x".into()), ..plan() }).contains("`where`: null, now \"x\""));
        let mut other = plan();
        other.inputs[1].bytes = 2;
        let message = refused(other);
        assert!(message.contains("file 1 was") && message.contains("\"bytes\":2"), "{message}");
        other = plan();
        other.inputs.pop();
        assert!(refused(other).contains("now it is nothing"));
    }
}
