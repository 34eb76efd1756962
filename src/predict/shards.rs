//! A large input in independent parts: each is made once, by the first process, and reused by the same command.

mod deal;
mod plan;
mod publish;
mod work;

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};

pub use deal::deal;
pub use plan::{InputFile, ShardPlan, input_files};
pub use publish::Published;

use super::advance::Advance;
use super::score::Scoring;
use super::write::{Written, write_rows};
use super::{Input, PredictError, Predictor};
use semola_data::durable::{CheckpointStore, atomic, work_dir};
use semola_data::guard::guarded;

/// The key of a shard's metadata that tells its plan.
const PLAN: &str = "plan";

/// Name of the marker that all shards exist.
const SUCCESS: &str = "_SUCCESS";

fn score_name(shard: usize) -> String {
    format!("shard-{shard:05}")
}

/// The plan that a shard says it belongs to; `None` if it is no whole file of this program.
fn plan_of(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    let reader = guarded(|| SerializedFileReader::new(file)).ok()?;
    let notes = reader.metadata().file_metadata().key_value_metadata()?;
    notes.iter().find(|note| note.key == PLAN)?.value.clone()
}

/// The shards of one prediction.
pub struct Shards<'a> {
    pub out: &'a Path,
    pub plan: &'a ShardPlan,
    /// The row groups of each.
    groups: Vec<Vec<Range<u64>>>,
}

impl<'a> Shards<'a> {
    /// Distributes the input, and fixes the plan next to the output directory, or checks it against the existing one.
    ///
    /// # Errors
    /// If the existing plan differs.
    pub fn open(out: &'a Path, plan: &'a ShardPlan, groups: &[Range<u64>]) -> Result<Self, PredictError> {
        let shards = Self { out, plan, groups: deal(groups, plan.shards) };
        // Again after the look at the shards: another process may have begun in between.
        if !ShardPlan::is_fixed(out) && shards.missing().len() < plan.shards && !ShardPlan::is_fixed(out) {
            return Err(PredictError::Usage(format!(
                "{}: there are shards, but the plan of them, in {}, is gone; give another --out",
                out.display(),
                work_dir(out).display()
            )));
        }
        plan.fix(out)?;
        publish::clean(&work_dir(out));
        shards.check()?;
        Ok(shards)
    }

    /// Checks that what is called a shard is one of this plan.
    fn check(&self) -> Result<(), PredictError> {
        let hash = self.plan.hash();
        for path in (0..self.plan.shards).map(|shard| self.path(shard)).filter(|path| path.exists()) {
            if plan_of(&path).as_deref() != Some(&hash) {
                return Err(PredictError::Shard { path });
            }
        }
        Ok(())
    }

    /// The file of a shard.
    pub fn path(&self, shard: usize) -> PathBuf {
        self.out.join(format!("shard={shard:05}")).join(format!("part-{shard:05}.parquet"))
    }

    /// Those that do not exist yet.
    pub fn missing(&self) -> Vec<usize> {
        (0..self.plan.shards).filter(|&shard| !self.path(shard).exists()).collect()
    }

    /// Rows of the input that a shard covers.
    pub fn rows(&self, shard: usize) -> u64 {
        self.groups.get(shard).into_iter().flatten().map(|group| group.end - group.start).sum()
    }

    /// Makes a shard.
    ///
    /// # Errors
    /// As [`write_rows`].
    pub fn make(
        &self,
        shard: usize,
        input: &Input,
        predictor: &mut Predictor,
        advance: &mut Advance,
    ) -> Result<(Written, Published), PredictError> {
        let (target, work) = (self.path(shard), work_dir(self.out));
        let refused = PredictError::write(&target);
        std::fs::create_dir_all(&work).map_err(&refused)?;
        let mut file = atomic::begin(&work).map_err(&refused)?;
        publish::hold(&file);
        let groups = self.groups.get(shard).map_or(&[][..], Vec::as_slice);
        let notes = [(PLAN, self.plan.hash())];
        let mut scoring = Scoring::default();
        let written = write_rows(input, predictor, groups, (&mut file, &target), &notes, &mut scoring, advance)?;
        if self.plan.evaluate {
            // First, so that a shard that is there has its scores.
            let saved = self.scores().save(&score_name(shard), &scoring.to_checkpoint());
            saved.map_err(|e| PredictError::Score { dir: work.clone(), reason: e.to_string() })?;
        }
        let published = publish::first_wins(file, &target).map_err(&refused)?;
        Ok((written, published))
    }

    /// The predictions and targets of all shards.
    ///
    /// # Errors
    /// If those of a shard are missing or damaged.
    pub fn scoring(&self) -> Result<Scoring, PredictError> {
        let mut all = Scoring::default();
        for shard in 0..self.plan.shards {
            let saved = self.scores().load(&score_name(shard)).checkpoint;
            let reason = || format!("those of shard {shard} are missing or damaged; remove its file and make it again");
            let added = saved.and_then(|saved| all.add_checkpoint(&saved));
            added.ok_or_else(|| PredictError::Score { dir: work_dir(self.out), reason: reason() })?;
        }
        Ok(all)
    }

    fn scores(&self) -> CheckpointStore {
        let work = work_dir(self.out);
        CheckpointStore::new(work.join("scores"), work.join("staging"), &self.plan.hash())
    }

    /// Marks the directory as complete.
    ///
    /// # Errors
    /// If shards are missing.
    pub fn merge(&self) -> Result<PathBuf, PredictError> {
        let missing = self.missing();
        if !missing.is_empty() {
            let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
            let missing = format!("{} (of 0 to {})", names.join(", "), self.plan.shards - 1);
            return Err(PredictError::Incomplete { dir: self.out.to_owned(), missing });
        }
        let mark = self.out.join(SUCCESS);
        atomic::write(&work_dir(self.out), &mark, b"").map_err(PredictError::write(&mark))?;
        Ok(mark)
    }
}
