//! Requests to stop: SIGINT, SIGTERM (the scheduler's), SIGUSR1 (the scheduler's warning before the time limit).

use std::io;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;
use semola_data::Blame;
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;

/// Exit code of a run that was interrupted and can be resumed.
pub const EXIT_CODE: i32 = Blame::Interrupted as i32;

static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();
static WARNED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

fn requested_flag() -> &'static Arc<AtomicBool> {
    REQUESTED.get_or_init(Arc::default)
}

/// Catches the signals from now on: each sets the flag, and a second SIGINT ends the process at once with
/// [`EXIT_CODE`] (files are only ever replaced whole, so the run can still be resumed). Call it once.
pub fn install() -> io::Result<()> {
    let once = Arc::new(AtomicBool::new(false));
    // This order: the shutdown looks at the flag before this signal sets it.
    flag::register_conditional_shutdown(SIGINT, EXIT_CODE, Arc::clone(&once))?;
    flag::register(SIGINT, once)?;
    flag::register(SIGUSR1, Arc::clone(WARNED.get_or_init(Arc::default)))?;
    for signal in [SIGINT, SIGTERM, SIGUSR1] {
        flag::register(signal, Arc::clone(requested_flag()))?;
    }
    Ok(())
}

/// Limits of the shell or the scheduler end nothing silently from now on: beyond the largest file (`ulimit -f`) writing
/// fails with an error, and at the end of the processor time (`ulimit -t`) the work is asked to stop.
pub fn outlive_limits() {
    let (file, time) = (Signal::XFSZ.as_raw(), Signal::XCPU.as_raw());
    // A system that has no such signal has no such limit.
    let _ = flag::register(file, Arc::default());
    let _ = flag::register(time, Arc::clone(requested_flag()));
}

/// Whether a stop was requested.
pub fn requested() -> bool {
    requested_flag().load(Ordering::Relaxed)
}

/// Asks this process to stop.
pub fn request() {
    requested_flag().store(true, Ordering::Relaxed);
}

/// Whether the scheduler warned of the time limit (SIGUSR1).
pub fn warned() -> bool {
    WARNED.get_or_init(Arc::default).load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const CHILD: &str = "SEMOLA_PIPE_TEST_SIGNAL";

    /// Runs in its own process: the flag would stop the work of other tests.
    #[test]
    fn a_signal_sets_the_flag_and_a_second_sigint_ends_the_process() {
        if std::env::var_os(CHILD).is_some() {
            install().unwrap();
            assert!(!requested() && !warned());
            signal_hook::low_level::raise(SIGUSR1).unwrap();
            assert!(requested() && warned());
            signal_hook::low_level::raise(SIGINT).unwrap();
            signal_hook::low_level::raise(SIGINT).unwrap();
            unreachable!("the second SIGINT ends the process");
        }
        let name = "a_signal_sets_the_flag_and_a_second_sigint_ends_the_process";
        let mut child = Command::new(std::env::current_exe().unwrap());
        let output = child.args(["--nocapture", name]).env(CHILD, "1").output().unwrap();
        assert_eq!(output.status.code(), Some(EXIT_CODE), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
