//! Where imported files are kept.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The directory of imported files beside the members of a run.
const BESIDE_RUN: &str = "imports";

/// The directory of imported files beside a pipeline.
const BESIDE_PIPELINE: &str = ".semola-imports";

/// Where imported files are looked for, and where new ones go.
#[derive(Debug, Default)]
pub struct Room {
    looked: Vec<PathBuf>,
    /// Where new ones go; `None`: into a temporary directory.
    kept: Option<Kept>,
    /// Where the temporary directory goes; `None`: where the system puts them.
    above: Option<PathBuf>,
    temporary: OnceLock<TempDir>,
}

#[derive(Debug)]
struct Kept {
    directory: PathBuf,
    /// Only where the user owns what the directory lies in.
    own: bool,
}

/// A directory for a new file.
#[derive(Debug)]
pub struct Place {
    pub directory: PathBuf,
    /// It is removed when the command ends.
    pub passing: bool,
}

impl Room {
    /// Among the results of a run, where imports of `check` and `init` beside its pipeline are found too.
    pub fn of_run(out: &Path, pipeline: &Path) -> Self {
        let own = out.join(BESIDE_RUN);
        let kept = Some(Kept { directory: own.clone(), own: false });
        Self { looked: vec![own, pipeline.join(BESIDE_PIPELINE)], kept, ..Self::default() }
    }

    /// Beside a pipeline in this directory, if it is the user's own, else for this command only; those of its run in `out`
    /// are found too.
    pub fn beside_pipeline(pipeline: &Path, out: &Path) -> Self {
        let own = pipeline.join(BESIDE_PIPELINE);
        let kept = Some(Kept { directory: own.clone(), own: true });
        Self { looked: vec![own, out.join(BESIDE_RUN)], kept, ..Self::default() }
    }

    /// In a directory of work in progress, which several processes share.
    pub fn shared(work: &Path) -> Self {
        let directory = work.join(BESIDE_RUN);
        Self { looked: vec![directory.clone()], kept: Some(Kept { directory, own: false }), ..Self::default() }
    }

    /// For this command only, in a temporary directory in `above`.
    pub fn passing(above: Option<&Path>) -> Self {
        Self { above: above.map(Path::to_owned), ..Self::default() }
    }

    /// Where files may lie already.
    pub fn looked(&self) -> impl Iterator<Item = &Path> {
        self.looked.iter().map(PathBuf::as_path)
    }

    /// A directory for a new file, which is made if it is not there.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn open(&self) -> io::Result<Place> {
        if let Some(Kept { directory, own }) = &self.kept
            && (!own || is_own(directory))
            && (is_ready(directory) || !own)
        {
            std::fs::create_dir_all(directory)?;
            return Ok(Place { directory: directory.clone(), passing: false });
        }
        let directory = match self.temporary.get() {
            Some(made) => made.path().to_owned(),
            None => {
                let mut builder = tempfile::Builder::new();
                builder.prefix("semola-imports-");
                let made = match &self.above {
                    Some(above) => builder.tempdir_in(above)?,
                    None => builder.tempdir()?,
                };
                self.temporary.get_or_init(|| made).path().to_owned()
            }
        };
        Ok(Place { directory, passing: true })
    }
}

/// Whether the directory can be made and written to.
fn is_ready(directory: &Path) -> bool {
    std::fs::create_dir_all(directory).is_ok() && tempfile::tempfile_in(directory).is_ok()
}

/// Whether the user owns the directory, or what it would be made in.
#[cfg(unix)]
fn is_own(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let here = |place: &Path| if place.as_os_str().is_empty() { PathBuf::from(".") } else { place.to_owned() };
    let found = directory.ancestors().find_map(|place| std::fs::metadata(here(place)).ok());
    found.is_some_and(|found| found.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_own(_: &Path) -> bool {
    true
}
