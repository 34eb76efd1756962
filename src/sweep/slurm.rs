//! The Slurm engine: job arrays whose elements run the same worker as the local engine does.
//!
//! The scheduler is queried but never trusted: it forgets finished jobs, may be down, and may start an element twice.
//! Only the files record what is done.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::batch;
use super::error::ClusterError;
use super::job::{Job, Jobs};
use super::store::Store;
use semola_data::durable::{atomic, clock};

/// Clients hang if the controller is down.
const ASK: Duration = Duration::from_secs(3);
/// Submitting may take longer.
const ACT: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);
/// Slurm's reasons for elements that it holds because a node failed to start them. Nobody requested the hold, and they
/// would wait forever.
const GIVEN_UP: [&str; 2] = ["launch failed requeued held", "job requeued in held state"];
/// Slurm's own default.
const MAX_ARRAY_SIZE: usize = 1001;

/// The options of a submission.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlurmOptions {
    pub partition: Option<String>,
    pub account: Option<String>,
    pub qos: Option<String>,
    /// `--time`, in Slurm's syntax.
    pub time: Option<String>,
    pub memory: Option<String>,
    pub gpus: Option<u32>,
    /// Elements at a time.
    pub throttle: Option<u32>,
    /// Members that one element runs, one after the other.
    pub pack: usize,
    /// Seconds before the time limit at which members save their state and the element is requeued.
    pub warn: u32,
    /// Further options of sbatch, each with its values.
    pub extra: Vec<String>,
}

/// What elements run.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    pub program: &'a Path,
    pub arguments: &'a [OsString],
    /// The option that the numbers of an element's members are given to, separated by commas.
    pub list: &'a str,
    /// Part of the job's name.
    pub name: &'a str,
    pub threads: u32,
}

/// Slurm's commands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Slurm;

/// A pending or running element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    pub job: String,
    pub index: usize,
    /// `PENDING`, `RUNNING`, …
    pub state: String,
    pub reason: String,
    pub node: String,
}

impl Element {
    /// As Slurm names it: `job_index`.
    pub fn name(&self) -> String {
        format!("{}_{}", self.job, self.index)
    }

    /// Whether Slurm holds it back after a node failed to start it.
    pub fn is_given_up(&self) -> bool {
        GIVEN_UP.iter().any(|words| self.reason.contains(words))
    }
}

impl Slurm {
    /// Submits members, packed into elements, in as few arrays as the scheduler allows.
    pub fn submit(
        &self,
        store: &Store,
        work: Work,
        members: &[usize],
        options: &SlurmOptions,
    ) -> Result<Vec<Job>, ClusterError> {
        let elements: Vec<Vec<usize>> = members.chunks(options.pack.max(1)).map(<[usize]>::to_vec).collect();
        let mut jobs = Vec::new();
        for (number, chunk) in elements.chunks(self.max_array_size()?).enumerate() {
            let stamp = clock::now().replace([':', '.'], "-");
            let script = store.jobs().join(format!("{stamp}-{number}.sh"));
            let list = script.with_extension("members");
            let lines: Vec<String> =
                chunk.iter().map(|e| e.iter().map(usize::to_string).collect::<Vec<_>>().join(",")).collect();
            let put = |path: &PathBuf, text: &str| {
                atomic::write(&store.staging(), path, text.as_bytes()).map_err(ClusterError::io(path, "write the job"))
            };
            put(&list, &format!("{}\n", lines.join("\n")))?;
            let (logs, script) = (absolute(&store.logs()), absolute(&script));
            put(&script, &batch::script(&absolute(&list), &logs, work))?;
            let arguments =
                batch::arguments(&logs, &script, work, chunk.len(), options).map_err(ClusterError::Wrong)?;
            let answer = ask("sbatch", &arguments, ACT)?;
            let id = answer.trim().split(';').next().unwrap_or_default().to_owned();
            if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
                return Err(problem("sbatch", format!("did not say a job number but `{}`", answer.trim())));
            }
            let job = Job { id, engine: "slurm".to_owned(), submitted: clock::now(), elements: chunk.to_vec() };
            Jobs::record(store, &job)?;
            jobs.push(job);
        }
        Ok(jobs)
    }

    /// Maximal number of elements of an array.
    fn max_array_size(&self) -> Result<usize, ClusterError> {
        let config = ask("scontrol", &["show", "config"], ACT)?;
        let line = config.lines().find_map(|l| l.trim().strip_prefix("MaxArraySize"));
        let value = line.and_then(|l| l.trim_start_matches([' ', '=']).trim().parse().ok());
        Ok(value.unwrap_or(MAX_ARRAY_SIZE).max(2) - 1)
    }

    /// Pending or running elements of these jobs.
    ///
    /// # Errors
    /// If the scheduler does not answer within three seconds.
    pub fn queue(&self, jobs: &Jobs) -> Result<Vec<Element>, ClusterError> {
        if jobs.0.is_empty() {
            return Ok(Vec::new());
        }
        // Not --json: its form changes with the version, and small installations lack the plugin for it.
        let answer = ask("squeue", &["--me", "--noheader", "--array", "--format=%F|%K|%T|%r|%N"], ASK)?;
        let ours = |e: &Element| jobs.0.iter().any(|j| j.id == e.job);
        Ok(answer.lines().filter_map(element).filter(ours).collect())
    }

    /// Ends jobs, waiting or running.
    pub fn cancel(&self, jobs: &[String]) -> Result<(), ClusterError> {
        let arguments: Vec<&str> = jobs.iter().map(String::as_str).collect();
        ask("scancel", &arguments, ACT).map(drop)
    }

    /// Lets elements (`job_index`) that are held back start.
    pub fn release(&self, elements: &[String]) -> Result<(), ClusterError> {
        let mut arguments = vec!["release"];
        arguments.extend(elements.iter().map(String::as_str));
        ask("scontrol", &arguments, ACT).map(drop)
    }

    /// Puts the element that this process runs in back into the queue. Slurm ends the process then.
    pub fn requeue_self(&self) -> Result<(), ClusterError> {
        let Ok(job) = std::env::var("SLURM_JOB_ID") else { return Ok(()) };
        let outcome = Command::new("scontrol").args(["requeue", &job]).stdin(Stdio::null()).output();
        let output = outcome.map_err(|e| problem("scontrol", format!("cannot be started: {e}")))?;
        match output.status.code() {
            // No code: what it asked for has ended it too.
            Some(0) | None => Ok(()),
            Some(_) => Err(problem("scontrol", format!("failed: {}", String::from_utf8_lossy(&output.stderr).trim()))),
        }
    }

    /// The name of an attempt in this element; it differs each time that Slurm starts it.
    pub fn attempt_name() -> Option<String> {
        let job = std::env::var("SLURM_ARRAY_JOB_ID").or_else(|_| std::env::var("SLURM_JOB_ID")).ok()?;
        let index = std::env::var("SLURM_ARRAY_TASK_ID").unwrap_or_else(|_| "0".to_owned());
        let restarts = std::env::var("SLURM_RESTART_COUNT").unwrap_or_else(|_| "0".to_owned());
        Some(format!("slurm-{job}-{index}-{restarts}"))
    }
}

fn element(line: &str) -> Option<Element> {
    let mut parts = line.splitn(5, '|').map(str::trim);
    let job = parts.next()?.to_owned();
    let index = parts.next()?.parse().ok()?;
    let mut text = || parts.next().unwrap_or_default().to_owned();
    Some(Element { job, index, state: text(), reason: text(), node: text() })
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn problem(program: &str, problem: String) -> ClusterError {
    ClusterError::Program { program: program.to_owned(), problem }
}

/// Runs a program to its end and returns its output, unless it fails or takes too long.
fn ask(program: &str, arguments: &[impl AsRef<OsStr>], limit: Duration) -> Result<String, ClusterError> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().map_err(|e| problem(program, format!("cannot be started: {e}; is Slurm installed here?")))?;
    let (out, err) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let began = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|e| problem(program, e.to_string()))? {
            Some(status) => break status,
            None if began.elapsed() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(problem(program, format!("did not answer within {} s", limit.as_secs())));
            }
            None => thread::sleep(LOOK),
        }
    };
    let text = |t: thread::JoinHandle<String>| t.join().unwrap_or_default();
    let (out, err) = (text(out), text(err));
    if status.success() { Ok(out) } else { Err(problem(program, format!("failed ({status}): {}", err.trim()))) }
}

fn drain(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_queue_are_read_whatever_the_reason_says() {
        let found = element("17|3|PENDING|(ReqNodeNotAvail, UnavailableNodes:n1)|").unwrap();
        assert_eq!((found.job.as_str(), found.index, found.state.as_str()), ("17", 3, "PENDING"));
        assert_eq!(found.reason, "(ReqNodeNotAvail, UnavailableNodes:n1)");
        assert_eq!(element("17|N/A|RUNNING|None|n1"), None, "not an array");
        assert!(!found.is_given_up());
        let held = element("14|0|PENDING|launch failed requeued held|").unwrap();
        assert!(held.is_given_up() && held.name() == "14_0");
        assert!(!element("14|1|PENDING|JobHeldUser|").unwrap().is_given_up(), "who holds it, knows why");
    }

    #[test]
    fn a_program_that_hangs_or_fails_or_is_not_there_is_an_error() {
        assert_eq!(ask("echo", &["a"], ACT).unwrap(), "a\n");
        let hung = ask("sleep", &["60"], Duration::from_millis(50)).unwrap_err().to_string();
        assert!(hung.contains("did not answer"), "{hung}");
        let failed = ask("sh", &["-c", "echo why >&2; exit 3"], ACT).unwrap_err().to_string();
        assert!(failed.contains("why") && failed.contains("exit status: 3"), "{failed}");
        assert!(ask("no-such-program-here", &[""; 0], ACT).unwrap_err().to_string().contains("cannot be started"));
    }
}
