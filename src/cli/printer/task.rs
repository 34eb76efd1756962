//! Progress of one piece of work: a bar on a terminal, otherwise a plain line every few seconds.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use semola_document::{cut, visible};
use semola_pipe::words::number::time;

use super::{Printer, Verbosity};

/// The first line comes early, to show that the work has started.
const FIRST_LINE: Duration = Duration::from_secs(2);
/// Longest label of a bar: with bar, share and time it fits into 80 columns.
const LABEL: usize = 56;
/// Longest line of progress in a log, unless details are asked for.
const LINE: usize = 110;

/// A piece of work in progress. Dropping it without [`finish`](Self::finish) removes its bar.
pub struct Task {
    printer: Printer,
    label: String,
    total: u64,
    bar: Option<ProgressBar>,
    began: Instant,
    /// The first step that was reported: work that is resumed does not begin at 0.
    first: Option<u64>,
    step: u64,
    next_line: Duration,
    said: bool,
}

impl Task {
    pub(super) fn new(printer: Printer, label: String, total: u64) -> Self {
        let label = visible(&label).into_owned();
        let bar = printer.bars.as_ref().map(|bars| bars.add(new_bar(&label, total)));
        let next_line = FIRST_LINE.min(printer.interval);
        Self { printer, label, total, bar, began: Instant::now(), first: None, step: 0, next_line, said: false }
    }

    /// Reports that `step` steps are done. The message is only built if it is shown.
    pub fn set(&mut self, step: u64, message: impl FnOnce() -> String) {
        self.set_at(self.began.elapsed(), step, message);
    }

    fn set_at(&mut self, elapsed: Duration, step: u64, message: impl FnOnce() -> String) {
        self.step = step;
        let first = *self.first.get_or_insert(step);
        let due = elapsed >= self.next_line;
        if let Some(bar) = &self.bar {
            bar.set_position(step);
            // Ten times a second is as fast as anyone reads.
            if due || !self.said {
                bar.set_message(visible(&message()).into_owned());
                self.said = true;
                self.next_line = elapsed + Duration::from_millis(100);
            }
        } else if due && self.printer.verbosity > Verbosity::Quiet {
            let eta = remaining(elapsed, first, step, self.total).map(|left| format!(", {} to go", time(left)));
            let line = format!("{}{}; {}", self.progress(), eta.unwrap_or_default(), visible(&message()));
            self.say(line.trim_end_matches([';', ' ']));
            self.said = true;
            self.next_line = elapsed + self.printer.interval;
        }
    }

    /// Ends the work: removes the bar, and reports how long it took if progress lines were shown.
    pub fn finish(self) {
        if self.bar.is_none() && self.said {
            self.say(&format!("{}, done in {}", self.progress(), time(self.began.elapsed().as_secs_f64())));
        }
    }

    /// A line with the time of day and what is done.
    fn say(&self, line: &str) {
        let line = format!("{} {}: {line}", (self.printer.clock)(), self.label);
        let width = if self.printer.verbosity > Verbosity::Normal { usize::MAX } else { LINE };
        self.printer.say(&cut(&line, width));
    }

    fn progress(&self) -> String {
        if self.total > 0 { format!("{} of {}", self.step, self.total) } else { self.step.to_string() }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The message is cut where the terminal ends: nothing wraps.
fn new_bar(label: &str, total: u64) -> ProgressBar {
    let (bar, template) = if total > 0 {
        (ProgressBar::new(total), "{prefix:.bold} {bar:10.cyan/dim} {percent}% {eta:.dim} {wide_msg:.dim}")
    } else {
        (ProgressBar::new_spinner(), "{prefix:.bold} {spinner:.cyan} {pos} {elapsed:.dim} {wide_msg:.dim}")
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("━╸─")).with_prefix(cut(label, LABEL))
}

/// Seconds that are left, from the speed since the first report.
fn remaining(elapsed: Duration, first: u64, step: u64, total: u64) -> Option<f64> {
    let done = step.checked_sub(first).filter(|done| *done > 0)?;
    let left = total.checked_sub(step)?;
    Some(elapsed.as_secs_f64() / done as f64 * left as f64)
}

#[cfg(test)]
mod tests {
    use super::super::tests::recording;
    use super::*;

    #[test]
    fn lines_come_after_two_seconds_and_then_every_five() {
        let (printer, _, err) = recording(Verbosity::Normal, Duration::from_secs(5));
        let mut task = printer.task("stage 3 of 7, train learned: joint search", 1500);
        for tenth in 0..=100_u64 {
            task.set_at(Duration::from_millis(100 * tenth), 10 * tenth, || format!("loss {tenth}"));
        }
        let lines = [
            "12:34:56Z stage 3 of 7, train learned: joint search: 200 of 1500, 13s to go; loss 20",
            "12:34:56Z stage 3 of 7, train learned: joint search: 700 of 1500, 8s to go; loss 70",
        ];
        assert_eq!(err.text().lines().collect::<Vec<_>>(), lines);
        task.finish();
        assert!(err.text().ends_with("joint search: 1000 of 1500, done in 0s\n"), "{}", err.text());
    }

    #[test]
    fn quiet_says_nothing_and_short_work_neither() {
        for verbosity in [Verbosity::Quiet, Verbosity::Normal] {
            let (printer, _, err) = recording(verbosity, Duration::from_secs(5));
            let mut task = printer.task("fit", 10);
            task.set_at(Duration::from_secs(1), 5, || unreachable!("no line is due"));
            if verbosity == Verbosity::Quiet {
                task.set_at(Duration::from_secs(60), 6, || unreachable!("quiet"));
            }
            task.finish();
            assert_eq!(err.text(), "");
        }
    }

    #[test]
    fn the_speed_of_resumed_work_is_that_of_this_attempt() {
        assert_eq!(remaining(Duration::from_secs(10), 900, 950, 1000), Some(10.0));
        assert_eq!(remaining(Duration::from_secs(10), 900, 900, 1000), None);
        assert_eq!(remaining(Duration::from_secs(10), 0, 5, 0), None);
    }
}
