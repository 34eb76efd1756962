//! Progress of a prediction, and whether to continue.

use semola_data::{Progress, Watch};

/// The number of rows read, reported as progress.
pub struct Advance<'w> {
    watch: &'w dyn Watch,
    task: Box<dyn Progress>,
    done: u64,
}

impl<'w> Advance<'w> {
    /// Work on that many rows begins.
    pub fn new(watch: &'w dyn Watch, rows: u64) -> Self {
        Self { watch, task: watch.task("predict", rows), done: 0 }
    }

    /// More rows were read.
    pub fn more(&mut self, rows: u64) {
        self.done += rows;
        self.task.set(self.done, &|| "rows".to_owned());
    }

    /// Whether to stop.
    pub fn stop(&self) -> bool {
        self.watch.stop()
    }

    /// The work is done.
    pub fn finish(self) {
        self.task.finish();
    }
}
