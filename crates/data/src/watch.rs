//! Watchers of long work: progress reports and stop requests.

/// A watcher of a task. The default shows nothing and never stops it.
pub trait Watch: Sync {
    /// A piece of work of `total` steps (0: unknown) begins.
    fn task(&self, label: &str, total: u64) -> Box<dyn Progress> {
        let _ = (label, total);
        Box::new(Unseen)
    }

    /// Whether to stop at the next safe point.
    fn stop(&self) -> bool {
        false
    }
}

/// Shows how far a piece of work is. Dropping it without [`finish`](Self::finish) means that the work failed.
pub trait Progress: Send {
    /// That many steps are done; the message is only made if it is shown.
    fn set(&mut self, step: u64, message: &dyn Fn() -> String);

    /// The work is done.
    fn finish(self: Box<Self>);
}

/// No watcher.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}

struct Unseen;

impl Progress for Unseen {
    fn set(&mut self, _: u64, _: &dyn Fn() -> String) {}

    fn finish(self: Box<Self>) {}
}
