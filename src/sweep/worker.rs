//! The hidden command that every engine starts: attempts at members, one after the other.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::attempts::{Begun, Others};
use super::error::ClusterError;
use super::members::{Sweep, SweepMember};
use super::record::Committed;
use super::store::Store;
use crate::member::RunDir;

/// Time between two heartbeats.
const BEAT: Duration = Duration::from_secs(10);

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    Done,
    /// Another attempt was first; the tables that differ from its own, if any.
    Duplicate {
        winner: String,
        differing: Vec<String>,
    },
    /// The member failed: it would fail again.
    Failed(String),
    /// The pipeline is invalid.
    BadPipeline(String),
    /// The data are invalid, or differ from the planned ones.
    BadData(String),
    /// Stopped on request; its state is saved.
    Interrupted,
    /// The process died.
    Died(String),
}

impl Ended {
    /// Whether the member is in the results.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done | Self::Duplicate { .. })
    }

    /// What went wrong.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Failed(why) | Self::BadPipeline(why) | Self::BadData(why) | Self::Died(why) => Some(why),
            Self::Done | Self::Duplicate { .. } | Self::Interrupted => None,
        }
    }
}

/// What a worker says of an attempt, one JSON object a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The member's number.
    pub member: usize,
    pub attempt: String,
    pub ended: Ended,
}

/// What runs a member in an open directory.
pub trait Task {
    fn run(&mut self, member: &SweepMember, directory: &mut RunDir) -> Ended;
    /// Whether a stop was requested.
    fn interrupted(&self) -> bool;
}

/// One attempt at a member, from its beginning to its commit. `log` is the worker's log file.
pub fn work(
    store: &Store,
    member: &SweepMember,
    attempt: &str,
    (others, log): (Others, &str),
    task: &mut dyn Task,
) -> Result<Ended, ClusterError> {
    let mut directory = match store.begin(&member.id, attempt, others, &|| task.interrupted())? {
        Begun::Done => return Ok(Ended::Done),
        Begun::Interrupted => return Ok(Ended::Interrupted),
        Begun::Open(directory) => directory,
    };
    let heart = Heart::start(store, &member.id, attempt, log);
    let ended = task.run(member, &mut directory);
    // Released before it is moved.
    drop(directory);
    drop(heart);
    if ended != Ended::Done {
        if !store.settle(&member.id)? {
            return Ok(ended);
        }
        // Whatever went wrong here does not matter: another attempt was first. It left this one alone, which was at work then.
        store.forget(&member.id, attempt);
        return Ok(Ended::Done);
    }
    Ok(match store.commit(&member.id, attempt)? {
        Committed::Won => Ended::Done,
        Committed::Lost { winner, differing } => Ended::Duplicate { winner, differing },
    })
}

/// Reads orders `NUMBER ATTEMPT`, one per line, until there are no more, and reports on each in a line of JSON.
pub fn serve(
    store: &Store,
    sweep: &Sweep,
    (others, log): (Others, &str),
    orders: &mut dyn Iterator<Item = String>,
    out: &mut dyn Write,
    task: &mut dyn Task,
) -> io::Result<()> {
    for order in orders {
        let found = order.split_once(' ').and_then(|(number, attempt)| {
            let number: usize = number.parse().ok()?;
            Some((sweep.members.iter().find(|m| m.number == number)?, attempt))
        });
        let Some((member, attempt)) = found else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("`{order}` names no member")));
        };
        let ended = work(store, member, attempt, (others, log), task).unwrap_or_else(|e| Ended::Failed(e.to_string()));
        let report = Report { member: member.number, attempt: attempt.to_owned(), ended };
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
        out.flush()?;
    }
    Ok(())
}

/// Lines of a stream, read by a separate thread; `ended` is called at the end of the stream: the sender is then gone,
/// or has no more orders.
pub fn orders(
    stream: impl BufRead + Send + 'static,
    ended: impl FnOnce() + Send + 'static,
) -> impl Iterator<Item = String> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for line in stream.lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
        ended();
    });
    receive.into_iter()
}

/// Heartbeats while a member runs.
struct Heart {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heart {
    fn start(store: &Store, member: &str, attempt: &str, log: &str) -> Self {
        let (store, member, attempt, log) = (store.clone(), member.to_owned(), attempt.to_owned(), log.to_owned());
        let (stop, stopped) = channel::<()>();
        let beat = move || {
            loop {
                store.beating(&member, &attempt, &log);
                if stopped.recv_timeout(BEAT) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
        };
        Self { stop: Some(stop), thread: Some(std::thread::spawn(beat)) }
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
