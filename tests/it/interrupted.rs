//! Interrupted runs: exit code 75, and the same command continues to the same tables.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::project::{Done, Project};
use crate::rows::{assert_same_tables, manifest};

/// A member that takes seconds, in a project.
pub struct Long<'a> {
    pub project: &'a Project,
    args: [String; 9],
}

impl<'a> Long<'a> {
    /// With this many steps of discovery, and of each audit network.
    pub fn new(project: &'a Project, steps: usize) -> Self {
        let discovery = format!("learned.augment.learned.steps={steps}");
        let audit = format!("learned.augment.learned.audit.steps={steps}");
        let args = ["run", "p.yaml", "--member", "0", "--set", &discovery, "--set", &audit, "--out"];
        Self { project, args: args.map(str::to_owned) }
    }

    pub fn args<'b>(&'b self, out: &'b str) -> Vec<&'b str> {
        self.args.iter().map(String::as_str).chain([out]).collect()
    }

    /// Starts it, with checkpoints every few steps.
    pub fn start(&self, out: &str) -> Child {
        let mut command = self.project.command(&self.args(out));
        command.env("SEMOLA_CHECKPOINT_SECONDS", "0.05");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs it to its end without an interruption.
    pub fn reference(&self) -> PathBuf {
        self.finish("reference");
        self.project.member("reference")
    }

    /// Runs it to its end from wherever it is; gives what it said.
    #[track_caller]
    pub fn finish(&self, out: &str) -> Done {
        let done = self.project.semola(&self.args(out));
        assert_eq!(done.code, Some(0), "{done:#?}");
        done
    }

    /// Starts it, waits for a checkpoint of this name and interrupts it.
    fn interrupt(&self, out: &str, checkpoint: &str, name: &str) -> (PathBuf, Done) {
        let child = self.start(out);
        wait_until(checkpoint, || {
            self.project.members(out).first().is_some_and(|m| m.join("checkpoints").join(checkpoint).exists())
        });
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        (self.project.member(out), Done::new(output))
    }
}

/// Waits until the condition holds.
#[track_caller]
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub fn signal(child: &Child, name: &str) {
    let script = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
}

#[test]
fn every_signal_ends_in_75_and_the_same_command_continues_to_the_same_tables() {
    let project = Project::new();
    let long = Long::new(&project, 1500);
    let reference = long.reference();
    for (name, checkpoint) in [
        ("TERM", "learned-discover.safetensors"),
        ("INT", "learned-audit0.safetensors"),
        ("USR1", "learned-audit1.safetensors"),
    ] {
        let (member, done) = long.interrupt(name, checkpoint, name);
        done.fails(75, &["interrupted: the state is saved; the same command continues"]);
        assert_eq!(manifest(&member)["status"], "interrupted");
        assert!(!member.join("tables").exists() && !member.join(".staging").exists());
        let told = project.semola(&["inspect", member.to_str().unwrap()]).succeeds();
        assert!(told.contains("interrupted"), "{told}");
        long.finish(name);
        assert_eq!((&manifest(&member)["status"], &manifest(&member)["attempts"]), (&"done".into(), &2.into()));
        assert_same_tables(&reference, &member);
        assert_whole_events(&member);
    }
}

#[test]
fn torn_events_and_damaged_checkpoints_are_survived() {
    let project = Project::new();
    let long = Long::new(&project, 1500);
    let reference = long.reference();
    let (member, done) = long.interrupt("run", "learned-audit1.safetensors", "TERM");
    assert_eq!(done.code, Some(75), "{done:#?}");
    let events = std::fs::read(member.join("events.jsonl")).unwrap();
    std::fs::write(member.join("events.jsonl"), [&events[..], b"{\"time\": \"20"].concat()).unwrap();
    let mut damaged = 0;
    for entry in std::fs::read_dir(member.join("checkpoints")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        match damaged % 3 {
            0 => bytes.truncate(bytes.len() / 2),
            1 => bytes.clear(),
            _ => {
                let half = bytes.len() / 2;
                bytes[half] ^= 0x10;
            }
        }
        std::fs::write(&path, bytes).unwrap();
        damaged += 1;
    }
    assert!(damaged >= 3, "{damaged} checkpoints");
    let done = long.finish("run");
    assert!(done.err.contains("warning:") && done.err.contains(": ignored: "), "{}", done.err);
    done.has_no_panic();
    assert_same_tables(&reference, &member);
    assert_whole_events(&member);
}

#[test]
fn a_damaged_manifest_is_an_error_that_says_what_to_do() {
    let project = Project::new();
    let run = |extra: &[&str]| project.semola(&[&["run", "p.yaml", "--member", "0"], extra].concat());
    run(&[]).succeeds();
    let member = project.member("runs/tiny");
    std::fs::write(member.join("manifest.json"), "{\"status\": ").unwrap();
    run(&[]).fails(3, &["manifest.json", "--fresh"]);
    run(&["--fresh"]).succeeds();
    assert_eq!(manifest(&member)["status"], "done");
}

/// Every line of the event log is a JSON object.
#[track_caller]
pub fn assert_whole_events(member: &Path) {
    let text = std::fs::read_to_string(member.join("events.jsonl")).unwrap();
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok_and(|v| v.is_object()), "{line}");
    }
}
