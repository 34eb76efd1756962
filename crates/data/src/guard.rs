//! A damaged file must result in a message, even if a library panics, recurses without end or never returns.
//!
//! Three guards for work that third-party parsers do on a file's bytes; every reader uses the weakest that suffices:
//! - [`guarded`], [`caught`]: the parser may panic;
//! - [`deep`]: it may also recurse; it gets a stack of [`STACK`] bytes, and its depth is checked before ([`nesting`]);
//! - [`within`]: it may also never return; it is left behind after a time, or when the watcher asks to stop.
//!
//! None of them bounds memory: counts that a file states are compared with its size before a parser allocates for them.

use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use crate::watch::Watch;

/// Bytes of stack of a guarded parser. Only what is used takes memory.
pub const STACK: usize = 256 << 20;

/// A time after which no header or schema can still be worth waiting for.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How often a watcher is asked.
const GLANCE: Duration = Duration::from_millis(20);

/// Why a parser gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It panicked.
    Crashed,
    /// It took longer than this.
    Slow(Duration),
    /// The watcher asked to stop.
    Stopped,
}

impl Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crashed => write!(f, "its contents contradict themselves"),
            Self::Slow(time) => write!(f, "it is too intricate: it was not understood within {} s", time.as_secs()),
            Self::Stopped => write!(f, "stopped by a signal"),
        }
    }
}

/// Runs a step of reading; its error, or a panic inside a library, becomes a text.
///
/// # Errors
/// The text.
pub fn guarded<T, E: Display>(step: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match caught(step) {
        Some(outcome) => outcome.map_err(|error| error.to_string()),
        None => Err(Broken::Crashed.to_string()),
    }
}

/// Runs a step of a library; `None` if it panics. The step must own what it changes, so that nothing half-changed is seen.
pub fn caught<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}

/// As [`caught`], in a thread with [`STACK`] bytes of stack: for parsers that recurse as deep as the file is nested. The
/// caller bounds the depth, since a stack that overflows ends the process.
pub fn deep<T: Send>(step: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let worker = Builder::new().stack_size(STACK).spawn_scoped(scope, || caught(step)).ok()?;
        worker.join().ok().flatten()
    })
}

/// As [`deep`], for at most this time: for parsers whose time is not bounded by the size of the file. One that is late is
/// left behind, so that it must own all it uses.
///
/// # Errors
/// Why there is no result.
pub fn within<T: Send + 'static>(
    time: Duration,
    watch: &dyn Watch,
    step: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Broken> {
    let (sender, receiver) = channel();
    let work = move || {
        // Nobody listens any more if it is late.
        let _ = sender.send(caught(step));
    };
    Builder::new().stack_size(STACK).spawn(work).map_err(|_| Broken::Crashed)?;
    let began = Instant::now();
    loop {
        match receiver.recv_timeout(GLANCE) {
            Ok(outcome) => return outcome.ok_or(Broken::Crashed),
            Err(RecvTimeoutError::Disconnected) => return Err(Broken::Crashed),
            Err(RecvTimeoutError::Timeout) if watch.stop() => return Err(Broken::Stopped),
            Err(RecvTimeoutError::Timeout) if began.elapsed() >= time => return Err(Broken::Slow(time)),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// How deep the brackets `(`, `[` and `{` of a text are nested. Those in quotes count too: more cannot be known without its
/// grammar, and no text that is meant has many.
pub fn nesting(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Unwatched;

    #[test]
    fn errors_and_panics_become_texts() {
        assert_eq!(guarded(|| Ok::<_, String>(1)), Ok(1));
        assert_eq!(guarded(|| Err::<(), _>(fmt::Error)), Err(fmt::Error.to_string()));
        let broken: Vec<u8> = Vec::new();
        assert!(guarded(|| Ok::<_, String>(broken[0])).unwrap_err().contains("contradict"));
    }

    /// Needs about 100 bytes of stack a level in any build.
    fn depth_of(level: u64, bottom: u64) -> u64 {
        let kept = [level; 8];
        if level == bottom { level } else { depth_of(level + 1, bottom).max(std::hint::black_box(kept)[3]) }
    }

    #[test]
    fn deep_recursion_and_panics_in_threads_come_back() {
        // More than the 2 MiB that a thread of the test has.
        assert_eq!(deep(|| depth_of(0, 200_000)), Some(200_000));
        let broken: Vec<u8> = Vec::new();
        assert_eq!(deep(|| broken[0]), None);
        assert_eq!(within(PATIENCE, &Unwatched, || depth_of(0, 200_000)), Ok(200_000));
        assert_eq!(within(PATIENCE, &Unwatched, || Vec::<u8>::new()[0]), Err(Broken::Crashed));
    }

    struct Stops;

    impl Watch for Stops {
        fn stop(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_step_without_end_is_left_behind() {
        let short = Duration::from_millis(50);
        let endless = || std::thread::sleep(Duration::from_secs(600));
        assert_eq!(within(short, &Unwatched, endless), Err(Broken::Slow(short)));
        assert_eq!(within(Duration::from_secs(600), &Stops, endless), Err(Broken::Stopped));
    }

    #[test]
    fn brackets_are_counted() {
        assert_eq!([&b"{'a': [(1, 2), ()]}"[..], b"", b"))((", b"[[[["].map(nesting), [3, 0, 2, 4]);
    }
}
