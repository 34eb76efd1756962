//! Interrupted runs: exit code 75, and the same command continues to the same tables.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::project::{Done, Project};
use crate::rows::{assert_same_tables, manifest};

/// A member that takes seconds, with checkpoints every few steps.
pub const LONG: [&str; 9] = [
    "run",
    "p.yaml",
    "--member",
    "0",
    "--set",
    "learned.augment.learned.steps=1500",
    "--set",
    "learned.augment.learned.audit.steps=1500",
    "--out",
];

pub fn long(out: &str) -> Vec<&str> {
    LONG.into_iter().chain([out]).collect()
}

pub fn start(project: &Project, out: &str) -> Child {
    let mut command = project.command(&long(out));
    command.env("SEMOLA_CHECKPOINT_SECONDS", "0.05");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs it to its end without an interruption.
pub fn reference(project: &Project) -> PathBuf {
    project.semola(&long("reference")).succeeds();
    project.member("reference")
}

/// Goes on with it to its end; gives what it said.
#[track_caller]
pub fn finish(project: &Project, out: &str) -> Done {
    let done = Done::new(project.command(&long(out)).output().unwrap());
    assert_eq!(done.code, Some(0), "{done:#?}");
    done
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

/// Starts a run, waits for a checkpoint of this name and interrupts it.
fn interrupt(project: &Project, out: &str, checkpoint: &str, name: &str) -> (PathBuf, Done) {
    let child = start(project, out);
    wait_until(checkpoint, || {
        project.members(out).first().is_some_and(|m| m.join("checkpoints").join(checkpoint).exists())
    });
    signal(&child, name);
    (project.member(out), Done::new(child.wait_with_output().unwrap()))
}

#[test]
fn every_signal_ends_in_75_and_the_same_command_continues_to_the_same_tables() {
    let project = Project::new();
    let reference = reference(&project);
    for (name, checkpoint) in [
        ("TERM", "learned-discover.safetensors"),
        ("INT", "learned-audit0.safetensors"),
        ("USR1", "learned-audit1.safetensors"),
    ] {
        let (member, done) = interrupt(&project, name, checkpoint, name);
        done.fails(75, &["interrupted: the state is saved; the same command continues"]);
        assert_eq!(manifest(&member)["status"], "interrupted");
        assert!(!member.join("tables").exists() && !member.join(".staging").exists());
        let told = project.semola(&["inspect", member.to_str().unwrap()]).succeeds();
        assert!(told.contains("interrupted"), "{told}");
        finish(&project, name);
        assert_eq!((&manifest(&member)["status"], &manifest(&member)["attempts"]), (&"done".into(), &2.into()));
        assert_same_tables(&reference, &member);
        assert_whole_events(&member);
    }
}

#[test]
fn torn_events_and_damaged_checkpoints_are_survived() {
    let project = Project::new();
    let reference = reference(&project);
    let (member, done) = interrupt(&project, "run", "learned-audit1.safetensors", "TERM");
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
    let done = finish(&project, "run");
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
    run(&[]).fails(1, &["manifest.json", "--fresh"]);
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
