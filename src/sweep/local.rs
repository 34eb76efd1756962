//! The local engine: worker processes on this machine, each given one member after the other.
//!
//! Each worker is a separate process, so that a member that kills it (out of memory, a crash) affects nothing else. It
//! gets its orders through its standard input; when that closes, because this process ended for any reason, it saves
//! its state and stops.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use super::error::ClusterError;
use super::store::Store;
use super::worker::{Ended, Report};
use semola_data::durable::{host, locked};

/// Polling interval for stop requests.
const LOOK: Duration = Duration::from_millis(50);

/// Runs members of a sweep on this machine.
pub struct Local<'a> {
    pub store: &'a Store,
    /// The program that workers run, and its arguments.
    pub program: &'a Path,
    pub arguments: &'a [OsString],
    /// Members at a time.
    pub jobs: usize,
    /// Maximal number of times that a member whose process dies is started.
    pub tries: usize,
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
    pub tell: &'a (dyn Fn(Told) + Sync),
}

/// What happens while members run.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    Began {
        member: usize,
    },
    /// The process died, and the member is restarted.
    Again {
        member: usize,
        why: String,
    },
    Ended(Report),
}

/// An order: a member, and how often it was started.
#[derive(Debug, Clone, Copy)]
struct Order {
    member: usize,
    begun: usize,
}

impl Local<'_> {
    /// Runs these members. Members missing from the result were interrupted before they started.
    ///
    /// # Errors
    /// If workers cannot be started at all.
    pub fn run(&self, members: &[usize]) -> Result<Vec<Report>, ClusterError> {
        let queue = Mutex::new(members.iter().map(|&member| Order { member, begun: 0 }).collect::<VecDeque<_>>());
        let reports = Mutex::new(Vec::new());
        let broken = Mutex::new(None);
        let count = self.jobs.clamp(1, members.len().max(1));
        let inputs: Vec<Mutex<Option<ChildStdin>>> = (0..count).map(|_| Mutex::default()).collect();
        let desk = |slot: usize| {
            let desk = Desk { engine: self, slot, input: &inputs[slot], queue: &queue, reports: &reports };
            if let Err(e) = desk.work() {
                locked(&broken).get_or_insert(e);
            }
        };
        std::thread::scope(|scope| {
            let desk = &desk;
            let threads: Vec<_> = (0..count).map(|slot| scope.spawn(move || desk(slot))).collect();
            while !threads.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                if (self.interrupted)() {
                    locked(&queue).clear();
                    // Workers stop when nobody can give them orders any more.
                    inputs.iter().for_each(|input| drop(locked(input).take()));
                }
                std::thread::sleep(LOOK);
            }
        });
        match locked(&broken).take() {
            Some(e) => Err(e),
            None => Ok(std::mem::take(&mut *locked(&reports))),
        }
    }
}

/// The order queue of one worker.
struct Desk<'a> {
    engine: &'a Local<'a>,
    slot: usize,
    input: &'a Mutex<Option<ChildStdin>>,
    queue: &'a Mutex<VecDeque<Order>>,
    reports: &'a Mutex<Vec<Report>>,
}

impl Desk<'_> {
    fn work(&self) -> Result<(), ClusterError> {
        let mut worker: Option<Worker> = None;
        let mut number = 0;
        loop {
            let Some(order) = locked(self.queue).pop_front() else { break };
            if (self.engine.interrupted)() {
                break;
            }
            let mut current = match worker.take() {
                Some(worker) => worker,
                None => self.start()?,
            };
            let attempt = format!("local-{}-{}-{}-{number}", host(), std::process::id(), self.slot);
            number += 1;
            (self.engine.tell)(Told::Began { member: order.member });
            match current.order(self.input, order.member, &attempt) {
                Some(report) => {
                    worker = Some(current);
                    self.report(report);
                }
                None => self.died(order, &attempt, &current.end(self.input)),
            }
        }
        if let Some(worker) = worker {
            worker.end(self.input);
        }
        Ok(())
    }

    fn start(&self) -> Result<Worker, ClusterError> {
        let engine = self.engine;
        let logs = std::path::absolute(engine.store.logs()).unwrap_or_else(|_| engine.store.logs());
        let log = logs.join(format!("local-{}-{}-{}.log", host(), std::process::id(), self.slot));
        let words = OpenOptions::new().create(true).append(true).open(&log);
        let words = words.map_err(ClusterError::io(&log, "open the log"))?;
        let mut command = Command::new(engine.program);
        command.args(engine.arguments).arg("--log").arg(&log);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(words);
        let mut child = command.spawn().map_err(ClusterError::io(engine.program, "start a worker"))?;
        *locked(self.input) = child.stdin.take();
        let output = child.stdout.take().map(BufReader::new);
        Ok(Worker { child, output })
    }

    fn died(&self, order: Order, attempt: &str, why: &str) {
        let begun = order.begun + 1;
        let member = order.member;
        if (self.engine.interrupted)() {
            return self.report(Report { member, attempt: attempt.to_owned(), ended: Ended::Interrupted });
        }
        if begun < self.engine.tries {
            (self.engine.tell)(Told::Again { member, why: why.to_owned() });
            locked(self.queue).push_back(Order { begun, ..order });
        } else {
            let why = format!("its process died {begun} times, the last time with {why}");
            self.report(Report { member, attempt: attempt.to_owned(), ended: Ended::Died(why) });
        }
    }

    fn report(&self, report: Report) {
        (self.engine.tell)(Told::Ended(report.clone()));
        locked(self.reports).push(report);
    }
}

struct Worker {
    child: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Worker {
    /// Runs a member. `None` if the worker died.
    fn order(&mut self, input: &Mutex<Option<ChildStdin>>, member: usize, attempt: &str) -> Option<Report> {
        locked(input).as_mut()?.write_all(format!("{member} {attempt}\n").as_bytes()).ok()?;
        let mut line = String::new();
        self.output.as_mut()?.read_line(&mut line).ok()?;
        serde_json::from_str(&line).ok()
    }

    /// Ends the worker, and returns how it ended.
    fn end(mut self, input: &Mutex<Option<ChildStdin>>) -> String {
        drop(locked(input).take());
        match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(e) => e.to_string(),
        }
    }
}
