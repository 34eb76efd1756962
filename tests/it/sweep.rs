//! Sweeps on this machine: the same results as `run`, whatever fails or is killed on the way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::interrupted::wait_until;
use crate::project::{PIPELINE, Project};
use crate::rows::{assert_same_tables, manifest, read, table};

const KILLS: usize = 50;

/// The tiny project with six members: three seeds at two points.
pub fn project() -> Project {
    let project = Project::new();
    let text = PIPELINE.replace("seed: [0, 1]", "seed: [0, 1, 2]\ngrid: {plain.epochs: [2, 3]}");
    project.put("p.yaml", text);
    project
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// What `sweep status --json` says.
#[track_caller]
pub fn status(project: &Project, out: &str) -> Value {
    json(&project.semola(&["sweep", "status", out, "--json"]).succeeds())
}

/// Members of a results directory by name, without what `merge` adds.
pub fn published(project: &Project, out: &str) -> Vec<PathBuf> {
    let mut all = project.members(out);
    all.retain(|p| p.file_name().is_some_and(|n| n != "tables"));
    all
}

/// Both have the same members with the same tables.
#[track_caller]
pub fn assert_same_results(project: &Project, reference: &str, out: &str) {
    let (a, b) = (published(project, reference), published(project, out));
    let names = |all: &[PathBuf]| all.iter().map(|p| p.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&a), names(&b));
    a.iter().zip(&b).for_each(|(a, b)| assert_same_tables(a, b));
}

/// Nothing is left of work in progress.
#[track_caller]
fn assert_tidy(project: &Project, out: &str) {
    let began = Instant::now();
    for part in ["attempts", "beats", "staging"] {
        loop {
            let entries = std::fs::read_dir(project.path(&format!("{out}.work/{part}")));
            let left: Vec<_> = entries.into_iter().flatten().filter_map(|e| Some(e.ok()?.path())).collect();
            if left.is_empty() {
                break;
            }
            // A worker whose runner was killed may still be at its last step; it leaves nothing when it stops.
            assert!(began.elapsed() < Duration::from_secs(60), "{left:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn a_sweep_gives_what_run_gives_and_merges_it() {
    let project = project();
    project.semola(&["run", "p.yaml", "--out", "plain", "--threads", "1"]).succeeds();
    let end = json(&project.semola(&["sweep", "run", "p.yaml", "--out", "swept", "--json"]).succeeds());
    assert_eq!((&end["members"], &end["counts"]["done"]), (&6.into(), &6.into()));
    assert_same_results(&project, "plain", "swept");
    assert_tidy(&project, "swept");

    // Each member stands on its own, and says its point.
    let epochs: BTreeSet<u64> = published(&project, "swept")
        .iter()
        .map(|m| manifest(m)["pipeline"]["stages"][4]["train"]["epochs"].as_u64().unwrap())
        .collect();
    assert_eq!(epochs, BTreeSet::from([2, 3]));
    assert!(manifest(&published(&project, "swept")[0])["pipeline"].get("grid").is_none());

    // Again: nothing to do; `run` finds them done as well, and one member can be chosen.
    let again = project.semola(&["sweep", "run", "p.yaml", "--out", "swept"]);
    assert!(again.err.contains("6 done already"), "{}", again.err);
    let run = project.semola(&["run", "p.yaml", "--out", "swept", "--member", "4"]);
    assert!(run.err.contains("seed 1, plain.epochs=3: already done"), "{}", run.err);

    let merged = project.semola(&["sweep", "merge", "swept"]).succeeds();
    assert!(merged.contains("evaluation"), "{merged}");
    let rows = |dir: &Path| table(dir, "predictions").num_rows();
    let sum: usize = published(&project, "swept").iter().map(|m| rows(m)).sum();
    assert_eq!(rows(&project.path("swept")), sum);
    assert_eq!(table(&project.path("swept"), "runs").num_rows(), 6);
    assert!(project.path("swept/tables/_SUCCESS").is_file());
    assert!(status(&project, "swept")["merged"].as_bool().unwrap());

    // More points: what is done stays done, and the old merge is no longer complete.
    let more = PIPELINE.replace("seed: [0, 1]", "seed: [0, 1, 2, 3]\ngrid: {plain.epochs: [2, 3]}");
    project.put("p.yaml", more);
    let wider = project.semola(&["sweep", "run", "p.yaml", "--out", "swept"]);
    assert!(wider.err.contains("8 members, 6 done already"), "{}", wider.err);
    assert!(!status(&project, "swept")["merged"].as_bool().unwrap());
}

#[test]
fn one_member_that_fails_stops_no_other_and_is_begun_again_on_resume() {
    let project = Project::edited("seed: [0, 1]", "seed: [0, 1]\ngrid: {learned.optimizer.lr: [0.002, 1e30]}");
    project.semola(&["sweep", "run", "p.yaml"]).fails(
        1,
        &["seed 0, learned.optimizer.lr=1e+30: training 'learned/discover' diverged", "2 of 4 members failed"],
    );
    let found = status(&project, "runs/tiny");
    assert_eq!((&found["counts"]["done"], &found["counts"]["failed"]), (&2.into(), &2.into()));
    let failed = &found["unfinished"][0];
    assert!(failed["reason"].as_str().unwrap().contains("diverged"), "{failed}");
    let log = std::fs::read_to_string(failed["log"].as_str().unwrap_or_default());
    assert!(log.unwrap().contains("learned.optimizer.lr=1e+30: training"), "{failed}");
    assert_eq!(published(&project, "runs/tiny").len(), 2, "only what is done is in the results");
    let text = project.semola(&["sweep", "status", "p.yaml"]).succeeds();
    assert!(text.contains("4 members: 2 done, 2 failed") && text.contains("sweep resume runs/tiny"), "{text}");
    // Nothing is merged as if it were complete.
    project.semola(&["sweep", "merge", "p.yaml"]).fails(1, &["2 of 4 members are not done", "--partial"]);
    project.semola(&["sweep", "merge", "p.yaml", "--partial"]).succeeds();
    assert!(!project.path("runs/tiny/tables/_SUCCESS").exists());
    project.semola(&["sweep", "resume", "runs/tiny"]).fails(1, &["2 of 4 members failed"]);
}

/// Starts a sweep in the background; each of its workers saves its state at every step.
fn start(project: &Project, out: &str) -> Child {
    let mut command = project.command(&["sweep", "run", "p.yaml", "--out", out, "--jobs", "2"]);
    command.env("SEMOLA_CHECKPOINT_SECONDS", "0").stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn kills_of_the_runner_at_random_moments_lose_and_double_nothing() {
    let project = project();
    project.semola(&["sweep", "run", "p.yaml", "--out", "reference"]).succeeds();
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let (mut kills, mut rounds) = (0, 0);
    while kills < KILLS {
        let out = format!("killed{rounds}");
        rounds += 1;
        loop {
            let mut child = start(&project, &out);
            std::thread::sleep(Duration::from_secs_f64(rng.random_range(0.01..0.6)));
            let running = child.try_wait().unwrap().is_none();
            child.kill().unwrap();
            child.wait().unwrap();
            // Whatever is in the results is done and whole.
            for member in published(&project, &out) {
                assert_eq!(manifest(&member)["status"], "done");
                for entry in std::fs::read_dir(member.join("tables")).unwrap() {
                    read(&entry.unwrap().path());
                }
            }
            kills += usize::from(running);
            if !running || kills >= KILLS {
                break;
            }
        }
        project.semola(&["sweep", "run", "p.yaml", "--out", &out]).succeeds();
        assert_same_results(&project, "reference", &out);
        assert_tidy(&project, &out);
        let found = status(&project, &out);
        assert_eq!((&found["counts"]["done"], &found["differing"]), (&6.into(), &Value::Array(Vec::new())));
    }
    eprintln!("{kills} kills in {rounds} sweeps");
}

#[test]
fn a_worker_that_is_killed_is_replaced() {
    let project = project();
    let mut child = start(&project, "out");
    // The first process below the runner that has a member.
    let worker = wait_for_worker(child.id());
    assert!(Command::new("kill").args(["-KILL", &worker.to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success(), "one death is no failure");
    assert_eq!(status(&project, "out")["counts"]["done"], 6);
}

fn wait_for_worker(runner: u32) -> u32 {
    let worker = || {
        let threads = std::fs::read_dir(format!("/proc/{runner}/task")).ok()?.flatten();
        let children = threads.filter_map(|t| std::fs::read_to_string(t.path().join("children")).ok());
        children.flat_map(|c| c.split_whitespace().filter_map(|p| p.parse().ok()).collect::<Vec<u32>>()).next()
    };
    wait_until("a worker", || worker().is_some());
    worker().unwrap()
}

#[test]
fn an_interrupted_sweep_goes_on_and_a_second_runner_is_refused() {
    let project = project();
    project.semola(&["sweep", "run", "p.yaml", "--out", "reference"]).succeeds();
    let mut child = start(&project, "out");
    wait_until("a first attempt", || {
        project.path("out.work/attempts").read_dir().is_ok_and(|mut d| d.next().is_some())
    });
    project.semola(&["sweep", "run", "p.yaml", "--out", "out"]).fails(1, &["another process is using this directory"]);
    project.semola(&["sweep", "cancel", "out"]).succeeds();
    assert_eq!(child.wait().unwrap().code(), Some(75));
    let found = status(&project, "out");
    assert!(found["runner"].is_null() && found["counts"]["running"] == 0, "{found}");
    project.semola(&["sweep", "resume", "out"]).succeeds();
    assert_same_results(&project, "reference", "out");
    assert_tidy(&project, "out");
}

#[test]
fn of_two_attempts_the_first_wins_and_the_other_is_recorded() {
    let project = project();
    project.semola(&["sweep", "run", "p.yaml", "--out", "out"]).succeeds();
    project.semola(&["sweep", "run", "p.yaml", "--out", "race", "--seed", "0"]).succeeds();
    for member in published(&project, "race") {
        std::fs::remove_dir_all(member).unwrap();
    }
    std::fs::remove_dir_all(project.path("race.work/records")).unwrap();
    std::fs::create_dir(project.path("race.work/records")).unwrap();
    // As two nodes would, of which one was given up and runs on.
    let task = || {
        let mut command = project.command(&["sweep", "task", "race", "--members", "0,1"]);
        command.stderr(Stdio::piped()).spawn().unwrap()
    };
    let (a, b) = (task(), task());
    for child in [a, b] {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let found = status(&project, "race");
    assert_eq!((&found["counts"]["done"], &found["differing"]), (&2.into(), &Value::Array(Vec::new())));
    for member in published(&project, "race") {
        assert_same_tables(&project.path("out").join(member.file_name().unwrap()), &member);
    }
    assert_tidy(&project, "race");
    project.semola(&["sweep", "merge", "race"]).succeeds();
    let runs = table(&project.path("race"), "runs");
    let ids: BTreeSet<&str> = runs.column_by_name("run_id").unwrap().as_string::<i32>().iter().flatten().collect();
    assert_eq!((runs.num_rows(), ids.len()), (2, 2), "nothing is counted twice");
}

#[test]
fn an_unfinished_run_is_taken_over() {
    let project = project();
    project.semola(&["sweep", "run", "p.yaml", "--out", "reference"]).succeeds();
    let mut command = project.command(&["run", "p.yaml", "--out", "out", "--member", "0", "--threads", "1"]);
    let mut child = command.env("SEMOLA_CHECKPOINT_SECONDS", "0").stderr(Stdio::null()).spawn().unwrap();
    wait_until("a checkpoint", || {
        let member = project.members("out").into_iter().next();
        member.is_some_and(|m| m.join("checkpoints").read_dir().is_ok_and(|mut d| d.next().is_some()))
    });
    child.kill().unwrap();
    child.wait().unwrap();
    project.semola(&["sweep", "run", "p.yaml", "--out", "out"]).succeeds();
    assert_same_results(&project, "reference", "out");
    let id = json(&std::fs::read_to_string(project.path("out.work/sweep.json")).unwrap())["members"][0]["id"].clone();
    assert_eq!(
        manifest(&project.path("out").join(id.as_str().unwrap()))["attempts"],
        2,
        "it began where `run` stopped"
    );
}

#[test]
fn data_that_change_after_the_planning_are_noticed() {
    let project = project();
    project.semola(&["sweep", "run", "p.yaml", "--out", "out", "--seed", "0"]).succeeds();
    project.write("test.parquet", &crate::project::rotating(210, 9));
    for member in published(&project, "out") {
        std::fs::remove_dir_all(member).unwrap();
    }
    std::fs::remove_dir_all(project.path("out.work/records")).unwrap();
    std::fs::create_dir(project.path("out.work/records")).unwrap();
    project.semola(&["sweep", "resume", "out"]).fails(1, &["changed after the sweep was planned", "`sweep run`"]);
    // Planned again they are other members.
    project.semola(&["sweep", "run", "p.yaml", "--out", "out", "--seed", "0"]).succeeds();
    assert_eq!(status(&project, "out")["counts"]["done"], 2);
}

#[test]
fn members_that_another_plan_does_not_have_are_told_and_removed_on_request_only() {
    let project = project();
    let run = |more: &[&str]| project.semola(&[&["sweep", "run", "p.yaml", "--out", "out"], more].concat());
    run(&[]).succeeds();
    let told = |args: &[&str], count: usize| -> bool {
        let done = run(args);
        assert_eq!(done.code, Some(0), "{done:#?}");
        done.err.contains(&format!("out: {count} members of 'p.yaml' lie here that this sweep does not have"))
    };
    assert!(told(&["--seed", "1"], 4));
    assert!(!told(&[], 4), "a plan that has them all");
    assert_eq!(status(&project, "out")["counts"]["done"], 6);
    let other = ["--set", "learned.epochs=1"];
    assert!(told(&other, 6));
    assert_eq!(published(&project, "out").len(), 12);
    // What was asked for in so many words: nothing of the old plan stays.
    run(&["--set", "learned.epochs=3", "--seed", "7", "--fresh"]).succeeds();
    assert_eq!(published(&project, "out").len(), 6 + 2);
}

#[test]
fn an_interrupted_run_still_gives_json() {
    let project = Project::new();
    let args = ["run", "p.yaml", "--json", "--out", "out", "--set", "learned.augment.learned.steps=100000"];
    let mut command = project.command(&args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("a member", || !project.members("out").is_empty());
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(json(&String::from_utf8(output.stdout).unwrap()), Value::Array(Vec::new()));
}

#[test]
fn what_is_no_sweep_and_what_is_wrong_with_a_grid_is_said() {
    let project = Project::new();
    project.semola(&["sweep", "status", "nowhere"]).fails(2, &["nowhere", "no sweep was started here", "sweep run"]);
    project.semola(&["sweep", "merge", "p.yaml"]).fails(2, &["runs/tiny"]);
    project.put("p.yaml", PIPELINE.replace("seed: [0, 1]", "grid: {learned.epoch: [1]}"));
    project.semola(&["sweep", "run", "p.yaml"]).fails(2, &["p.yaml:2:8", "did you mean 'epochs'?"]);
    project.put("p.yaml", PIPELINE.replace("seed: [0, 1]", "grid: {learned.epochs: [4, 4]}"));
    project.semola(&["sweep", "run", "p.yaml"]).fails(2, &["two members are the same", "learned.epochs=4"]);
    assert!(!project.path("runs").exists());
}

/// A file system of its own for `out`; none where that is not allowed.
struct Mounted(PathBuf);

impl Mounted {
    fn new(at: PathBuf, options: &str) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&at).output();
        mount.is_ok_and(|o| o.status.success()).then_some(Self(at))
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_and_a_read_only_one_are_errors_that_leave_results_intact() {
    let project = project();
    project.semola(&["sweep", "run", "p.yaml", "--out", "reference"]).succeeds();
    let Some(disk) = Mounted::new(project.path("disk"), "size=16m") else {
        eprintln!("SKIPPED: no permission to mount a tmpfs; a full and a read-only disk were NOT tried");
        return;
    };
    let run = ["sweep", "run", "p.yaml", "--out", "disk/out"];
    project.semola(&[&run[..], &["--seed", "0"]].concat()).succeeds();
    let before: Vec<PathBuf> = published(&project, "disk/out");
    assert_eq!(before.len(), 2);

    disk.remount("ro");
    project.semola(&run).fails(1, &["disk/out", "Read-only file system"]);
    disk.remount("rw");

    // All but a few pages are taken.
    let free = Command::new("df").args(["--output=avail", "-k"]).arg(&disk.0).output().unwrap();
    let free = String::from_utf8_lossy(&free.stdout).lines().last().unwrap().trim().parse::<usize>().unwrap();
    project.put("disk/ballast", vec![1; (free - 60) * 1024]);
    let words = project.semola(&run).fails(1, &["No space left on device"]);
    assert!(!words.contains("panicked"), "{words}");
    for member in &before {
        let reference = project.path("reference").join(member.file_name().unwrap());
        assert_same_tables(&reference, member);
    }
    std::fs::remove_file(project.path("disk/ballast")).unwrap();
    project.semola(&run).succeeds();
    assert_same_results(&project, "reference", "disk/out");
}

#[test]
fn results_are_readable_at_every_moment() {
    let Some(python) = crate::tables::python() else {
        eprintln!(
            "SKIPPED: no Python with pandas, pyarrow, polars and duckdb; nobody read the results while a sweep ran"
        );
        return;
    };
    let project = project();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/read_while_running.py");
    let mut command = Command::new(python);
    command
        .arg(script)
        .arg(project.path("out"))
        .arg(project.path("stop"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let reader = command.spawn().unwrap();
    project.semola(&["sweep", "run", "p.yaml", "--out", "out"]).succeeds();
    project.put("stop", "");
    let output = reader.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.ends_with(" reads, 6 members at the end\n"), "{text}");
}
