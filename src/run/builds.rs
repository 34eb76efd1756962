//! Members made by other builds of the program: stored beside those of this build, and never mistaken for them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::member::Manifest;
use crate::pipeline::member_id;

/// A member of another build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    pub path: PathBuf,
    /// The version that made it, including the hash of its sources.
    pub version: String,
}

impl Foreign {
    /// A description, for a note.
    pub fn note(&self) -> String {
        format!("{}: made by another build ({}): not reused", self.path.display(), self.version)
    }
}

/// The members below `out` that other builds made, by the id that this build gives to the same pipeline, data and seed.
pub fn of_other_builds(out: &Path) -> BTreeMap<String, Foreign> {
    let mut found = BTreeMap::new();
    for path in std::fs::read_dir(out).into_iter().flatten().flatten().map(|entry| entry.path()) {
        // What cannot be read is no member of any build.
        let Ok(Some(mut manifest)) = Manifest::read(&path) else { continue };
        let version = manifest.versions.remove("semola-pipe").unwrap_or_default();
        if version != crate::VERSION {
            let id = member_id(&manifest.pipeline_hash, &manifest.data_hash, manifest.seed, crate::VERSION);
            found.insert(id, Foreign { path, version });
        }
    }
    found
}
