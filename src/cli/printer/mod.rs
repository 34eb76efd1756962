//! The single owner of all output: quiet, verbose, colour and progress. Data goes to stdout, the rest to stderr.

mod listener;
mod task;
mod watch;

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::MultiProgress;
use semola_data::durable::clock;
use semola_document::{visible, visible_lines};
use semola_pipe::imports::OnImport;

pub use task::Task;

/// How much is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Warnings and errors only.
    Quiet,
    #[default]
    Normal,
    /// Details too.
    Verbose,
}

/// Where messages go.
type Sink = Arc<Mutex<dyn Write + Send>>;

/// Prints messages. Clones share the same streams and bars.
#[derive(Clone)]
pub struct Printer {
    verbosity: Verbosity,
    colour: bool,
    /// Progress bars, where stderr is a terminal.
    bars: Option<MultiProgress>,
    /// Time between two lines of progress, where it is not.
    interval: Duration,
    /// The time of day, for lines of progress.
    clock: fn() -> String,
    out: Sink,
    err: Sink,
}

impl Printer {
    /// For this process's streams. Bars and colour only on a terminal (and no colour with `NO_COLOR` or `TERM=dumb`).
    pub fn new(verbosity: Verbosity) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = io::stderr().is_terminal() && !dumb;
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            verbosity,
            colour: terminal && !plain,
            bars: (terminal && verbosity > Verbosity::Quiet).then(MultiProgress::new),
            interval: Duration::from_secs(5),
            clock: time_of_day,
            out: Arc::new(Mutex::new(io::stdout())),
            err: Arc::new(Mutex::new(io::stderr())),
        }
    }

    /// The printer as something that hears of imports.
    pub fn shared(&self) -> Arc<dyn OnImport> {
        Arc::new(self.clone())
    }

    /// Data: a text to stdout, even when quiet. Control characters (of names and values from elsewhere) are escaped; line
    /// feeds and tabs are not. A closed pipe is not an error.
    pub fn data(&self, text: &str) -> io::Result<()> {
        let text = visible_lines(text);
        self.suspend(|| {
            let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
            match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                outcome => outcome,
            }
        })
    }

    /// What happens, in a line, unless quiet.
    pub fn note(&self, message: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.say(&visible(message));
        }
    }

    /// A detail of one or several lines, if verbose.
    pub fn detail(&self, message: &str) {
        if self.verbosity >= Verbosity::Verbose {
            self.say(&visible_lines(message));
        }
    }

    /// A warning, even when quiet.
    pub fn warning(&self, message: &str) {
        self.say(&format!("{} {}", self.paint("warning:", "1;33"), visible(message)));
    }

    /// An error, even when quiet.
    pub fn error(&self, message: &str) {
        self.say(&format!("{} {}", self.paint("error:", "1;31"), visible(message)));
    }

    /// A self-contained report of problems ([`Diagnostics`](semola_document::Diagnostics) escape what they quote), even when
    /// quiet.
    pub fn problems(&self, text: &str) {
        self.say(text.trim_end());
    }

    /// A piece of work of `total` steps (0: unknown) whose progress is shown.
    pub fn task(&self, label: impl Into<String>, total: u64) -> Task {
        Task::new(self.clone(), label.into(), total)
    }

    /// A line to stderr, above the bars. A closed stream is not an error.
    fn say(&self, line: &str) {
        self.suspend(|| {
            let mut err = self.err.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = err.write_all(format!("{line}\n").as_bytes());
        });
    }

    fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The time of day in UTC: `12:34:56Z`.
fn time_of_day() -> String {
    let now = clock::now();
    now.get(11..19).map_or_else(|| now.clone(), |time| format!("{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that records its input, or whose reader has gone.
    #[derive(Clone, Default)]
    pub(super) struct Recorder {
        pub text: Arc<Mutex<Vec<u8>>>,
        error: Option<io::ErrorKind>,
    }

    impl Recorder {
        pub fn text(&self) -> String {
            String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Recorder {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.error {
                Some(kind) => Err(kind.into()),
                None => self.text.lock().unwrap().write(bytes),
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    pub(super) fn recording(verbosity: Verbosity, interval: Duration) -> (Printer, Recorder, Recorder) {
        let (out, err) = (Recorder::default(), Recorder::default());
        let streams: (Sink, Sink) = (Arc::new(Mutex::new(out.clone())), Arc::new(Mutex::new(err.clone())));
        (
            Printer {
                verbosity,
                colour: false,
                bars: None,
                interval,
                clock: || "12:34:56Z".to_owned(),
                out: streams.0,
                err: streams.1,
            },
            out,
            err,
        )
    }

    #[test]
    fn data_and_words_go_to_their_streams_as_loud_as_asked() {
        for (verbosity, expected) in [
            (Verbosity::Quiet, "warning: c\nerror: d\n"),
            (Verbosity::Normal, "a\nwarning: c\nerror: d\n"),
            (Verbosity::Verbose, "a\nb\nwarning: c\nerror: d\n"),
        ] {
            let (printer, out, err) = recording(verbosity, Duration::ZERO);
            printer.data("x,y\n").unwrap();
            printer.note("a");
            printer.detail("b");
            printer.warning("c");
            printer.error("d");
            assert_eq!((out.text().as_str(), err.text().as_str()), ("x,y\n", expected));
        }
    }

    #[test]
    fn nothing_from_elsewhere_reaches_the_terminal_as_a_command() {
        let (printer, out, err) = recording(Verbosity::Verbose, Duration::ZERO);
        let hostile = "a\u{1b}]0;OWNED\u{7}b\r\nerror: forged \u{9b}31m\u{202e}";
        printer.data(&format!("{hostile}\n")).unwrap();
        for say in [Printer::note, Printer::warning, Printer::error] {
            say(&printer, hostile);
        }
        printer.detail(hostile);
        let mut task = printer.task(hostile, 3);
        task.set(1, || hostile.to_owned());
        task.finish();
        let lines = err.text();
        for text in [out.text(), lines.clone()] {
            assert!(text.contains("a\\u{1b}]0;OWNED\\u{7}b\\r"), "{text}");
            assert!(!text.chars().any(|c| c != '\n' && semola_document::is_obeyed(c)), "{text:?}");
        }
        // Only a detail has lines of its own.
        assert_eq!(lines.lines().filter(|line| line.starts_with("error: forged")).count(), 1, "{lines}");
    }

    #[test]
    fn a_reader_that_went_away_is_no_error_but_a_full_disk_is() {
        let (printer, _, _) = recording(Verbosity::Normal, Duration::ZERO);
        for (kind, is_error) in [(io::ErrorKind::BrokenPipe, false), (io::ErrorKind::StorageFull, true)] {
            let stream = Recorder { error: Some(kind), ..Recorder::default() };
            let printer = Printer {
                out: Arc::new(Mutex::new(stream.clone())),
                err: Arc::new(Mutex::new(stream)),
                ..printer.clone()
            };
            assert_eq!(printer.data("x").is_err(), is_error);
            printer.note("nobody listens");
        }
    }
}
