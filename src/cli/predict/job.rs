//! The work on a device, with its progress and warnings.

use std::path::Path;

use super::out::folder;
use crate::cli::device::Job;
use crate::cli::error::CliError;
use crate::predict::shards::{Published, Shards};
use crate::predict::{Input, LoadedModel, PredictError, Predictor, Scoring, Settings, Written, write_rows};
use crate::run::{Printer, atomic};
use semola_engine::Backend;

/// All predictions into one file.
pub struct OneFile<'a> {
    pub loaded: &'a LoadedModel,
    pub input: &'a Input<'a>,
    pub settings: Settings,
    pub out: &'a Path,
    pub printer: &'a Printer,
}

impl Job for OneFile<'_> {
    type Output = Scoring;

    fn run(self, device: &Backend) -> Result<Scoring, CliError> {
        let mut predictor = Predictor::new(self.loaded, device, self.settings)?;
        let refused = |source| PredictError::Write { path: self.out.to_owned(), source };
        let mut file = atomic::begin(folder(self.out)).map_err(refused)?;
        let (groups, mut scoring) = (self.input.stream().groups(), Scoring::default());
        let mut told = Told::new(self.printer, self.input.stream().rows());
        let sink = (&mut file, self.out);
        let written =
            write_rows(self.input, &mut predictor, &groups, sink, &[], &mut scoring, &mut |rows| told.more(rows))?;
        atomic::publish(file, self.out).map_err(refused)?;
        told.finish(self.out, &written);
        Ok(scoring)
    }
}

/// Some shards, one after the other; those that are there are left.
pub struct SomeShards<'a> {
    pub loaded: &'a LoadedModel,
    pub input: &'a Input<'a>,
    pub settings: Settings,
    pub shards: &'a Shards<'a>,
    pub chosen: &'a [usize],
    pub printer: &'a Printer,
}

impl Job for SomeShards<'_> {
    type Output = ();

    fn run(self, device: &Backend) -> Result<(), CliError> {
        let missing = self.shards.missing();
        let (todo, there): (Vec<usize>, Vec<usize>) = self.chosen.iter().partition(|&shard| missing.contains(shard));
        if !there.is_empty() {
            self.printer.note(&format!("{}: {} shards are there already", self.shards.out.display(), there.len()));
        }
        let mut predictor = Predictor::new(self.loaded, device, self.settings)?;
        let mut told = Told::new(self.printer, todo.iter().map(|&shard| self.shards.rows(shard)).sum());
        let mut all = Written::default();
        for shard in todo {
            let (written, published) =
                self.shards.make(shard, self.input, &mut predictor, &mut |rows| told.more(rows))?;
            all.add(&written);
            let path = self.shards.path(shard);
            match published {
                Published::New => {}
                Published::Same => self.printer.note(&format!("{}: another process was first", path.display())),
                Published::Different => self.printer.warning(&format!(
                    "{}: another process was first, and its file has other bytes: the two computed differently; its file \
                     stays",
                    path.display()
                )),
            }
        }
        told.finish(self.shards.out, &all);
        Ok(())
    }
}

/// Tells how far the work is.
struct Told<'a> {
    printer: &'a Printer,
    task: crate::run::Task,
    done: u64,
}

impl<'a> Told<'a> {
    fn new(printer: &'a Printer, rows: u64) -> Self {
        Self { printer, task: printer.task("predict", rows), done: 0 }
    }

    fn more(&mut self, rows: u64) {
        self.done += rows;
        self.task.set(self.done, || "rows".to_owned());
    }

    fn finish(self, out: &Path, written: &Written) {
        self.task.finish();
        for (column, rows) in &written.dropped {
            self.printer.warning(&format!("{rows} rows left out because of column `{column}` (on_invalid: drop)"));
        }
        self.printer.note(&format!("{}: {} rows", out.display(), written.rows));
    }
}
