//! Sweeps on a real Slurm, started for the test on this machine: nodes die or are cut off, jobs are preempted, run into
//! their time limit, are cancelled and submitted twice, the controller goes away. Nothing is lost, nothing counted twice.
//!
//! One test, one cluster: the scenes follow each other. It needs root, CAP_SYS_ADMIN and Slurm's programs; where they are
//! missing it says so and is skipped.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::project::{Done, PIPELINE, Project};
use crate::rows::manifest;
use crate::sweep::{assert_same_results, published};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/slurm.sh");
const PROGRAMS: [&str; 5] = ["slurmctld", "slurmd", "sbatch", "munged", "unshare"];
/// Much longer than Slurm takes to give up a node and begin again, on a machine that has other work.
const PATIENCE: Duration = Duration::from_secs(400);

struct Cluster {
    project: Project,
}

impl Cluster {
    fn up(project: Project) -> Result<Self, String> {
        for program in PROGRAMS {
            let there =
                Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
            if !there.is_ok_and(|s| s.success()) {
                return Err(format!("{program} is not installed"));
            }
        }
        let allowed = Command::new("unshare").args(["--pid", "--fork", "--mount-proc", "true"]).output();
        if !allowed.is_ok_and(|o| o.status.success()) {
            return Err("no permission for PID namespaces (CAP_SYS_ADMIN)".to_owned());
        }
        let cluster = Self { project };
        if cluster.script(&["up"]) {
            Ok(cluster)
        } else {
            Err("the cluster did not start (its logs are above)".to_owned())
        }
    }

    fn env(&self, command: &mut Command) {
        let dir = self.project.path("slurm");
        command.env("SLURM_CONF", dir.join("slurm.conf")).env("SLURM_TEST_DIR", dir);
        // Ports of its own for each process that runs this test.
        command.env("SLURM_TEST_PORT", (20_000 + std::process::id() % 4000 * 5).to_string());
    }

    fn script(&self, args: &[&str]) -> bool {
        let mut command = Command::new(SCRIPT);
        self.env(command.args(args).stdout(Stdio::null()));
        command.status().unwrap().success()
    }

    fn semola(&self, args: &[&str]) -> Done {
        let mut command = self.project.command(args);
        self.env(command.env("SEMOLA_CHECKPOINT_SECONDS", "0.3"));
        Done::new(command.output().unwrap())
    }

    fn slurm(&self, program: &str, args: &[&str]) -> String {
        let mut command = Command::new(program);
        self.env(command.args(args));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    fn submit(&self, pipeline: &str, out: &str, more: &[&str]) {
        self.semola(&[&["sweep", "submit", pipeline, "--out", out][..], more].concat()).succeeds();
    }

    fn status(&self, out: &str) -> Value {
        serde_json::from_str(&self.semola(&["sweep", "status", out, "--json"]).succeeds()).unwrap()
    }

    /// Waits until the status of a sweep is as wanted.
    #[track_caller]
    fn wait(&self, out: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let found = self.status(out);
            if wanted(&found) {
                return found;
            }
            // A node that was away a moment ago may fail to start what it is given. Slurm holds that back then.
            if found["given_up"].as_array().is_some_and(|g| !g.is_empty()) {
                self.semola(&["sweep", "resume", out]).succeeds();
            }
            if began.elapsed() > PATIENCE {
                let mut logs = String::new();
                for entry in std::fs::read_dir(self.project.path(&format!("{out}.work/logs"))).unwrap() {
                    logs += &std::fs::read_to_string(entry.unwrap().path()).unwrap();
                }
                panic!("{out}: {what} did not happen: {found:#}\n{}\n{logs}", self.slurm("squeue", &["-a"]));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    #[track_caller]
    fn wait_done(&self, out: &str, members: u64) -> Value {
        self.wait(out, "the end", |s| s["counts"]["done"] == members)
    }

    /// Waits until a member has saved a state.
    fn wait_checkpoint(&self, out: &str) {
        let attempts = self.project.path(&format!("{out}.work/attempts"));
        let has = |dir: &Path| std::fs::read_dir(dir.join("checkpoints")).is_ok_and(|mut d| d.next().is_some());
        let saved = || {
            let members = std::fs::read_dir(&attempts).into_iter().flatten().flatten();
            members.flat_map(|m| std::fs::read_dir(m.path()).into_iter().flatten().flatten()).any(|a| has(&a.path()))
        };
        let began = Instant::now();
        while !saved() {
            assert!(began.elapsed() < PATIENCE, "{out}: no checkpoint: {}", self.log(out));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The node that the only running element of a job runs on.
    fn node(&self) -> String {
        let mut node = String::new();
        let began = Instant::now();
        while node.is_empty() && began.elapsed() < PATIENCE {
            let nodes = self.slurm("squeue", &["-h", "-t", "running", "-o", "%N"]);
            node = nodes.lines().next().unwrap_or_default().trim_start_matches('n').to_owned();
            std::thread::sleep(Duration::from_millis(100));
        }
        node
    }

    fn attempts(&self, out: &str) -> Vec<u64> {
        published(&self.project, out).iter().map(|m| manifest(m)["attempts"].as_u64().unwrap()).collect()
    }

    fn log(&self, out: &str) -> String {
        let logs = std::fs::read_dir(self.project.path(&format!("{out}.work/logs"))).unwrap();
        logs.map(|l| std::fs::read_to_string(l.unwrap().path()).unwrap()).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.script(&["down"]);
    }
}

#[test]
fn a_real_cluster_loses_and_doubles_nothing() {
    let project = Project::new();
    project.put("many.yaml", PIPELINE.replace("seed: [0, 1]", "seed: [0, 1, 2]\ngrid: {plain.epochs: [2, 3]}"));
    let lasting = |steps: usize| {
        PIPELINE.replace("seed: [0, 1]", "seed: 0").replace("steps: 60, audit", &format!("steps: {steps}, audit"))
    };
    let second = steps_a_second(&project, &lasting);
    // Long enough for something to happen to it.
    project.put("long.yaml", lasting(10 * second));
    let broken = PIPELINE.replace("seed: [0, 1]", "seed: 0\ngrid: {learned.optimizer.lr: [0.002, 1e30]}");
    project.put("broken.yaml", broken);
    let cluster = match Cluster::up(project) {
        Ok(cluster) => cluster,
        Err(why) => {
            eprintln!("SKIPPED: {why}; sweeps were NOT tried on Slurm");
            return;
        }
    };
    let references = [("many.yaml", "local-many"), ("long.yaml", "local-long")];
    for (pipeline, out) in references {
        cluster.project.semola(&["sweep", "run", pipeline, "--out", out]).succeeds();
    }
    same_results_and_a_double_submit(&cluster);
    shards_of_a_prediction(&cluster);
    a_failing_member(&cluster);
    a_killed_node(&cluster);
    a_node_that_is_cut_off(&cluster);
    preemption(&cluster);
    the_time_limit(&cluster);
    cancelled_and_resumed(&cluster);
    held_back_and_released(&cluster);
    a_controller_that_is_away(&cluster);
}

/// Stops the clock of the attempt at a sweep's only member; its process.
fn stop(out: &str) -> String {
    let found = Command::new("pgrep").args(["-f", &format!("sweep task .*/{out} ")]).output().unwrap();
    let pid = String::from_utf8(found.stdout).unwrap().lines().next().unwrap().to_owned();
    assert!(signal("-STOP", &pid));
    pid
}

fn signal(name: &str, pid: &str) -> bool {
    Command::new("kill").args([name, pid]).stderr(Stdio::null()).status().unwrap().success()
}

/// Whether the warning before the time limit waits for a stopped process, or it is gone.
fn is_warned(pid: &str) -> bool {
    const USR1: u64 = 1 << 9;
    let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else { return true };
    let pending = |line: &str| u64::from_str_radix(line.strip_prefix("ShdPnd:")?.trim(), 16).ok();
    status.lines().find_map(pending).is_some_and(|signals| signals & USR1 != 0)
}

/// Measured, because what a step costs changes with the machine and with the procedure.
fn steps_a_second(project: &Project, lasting: &dyn Fn(usize) -> String) -> usize {
    const STEPS: usize = 10_000;
    project.put("probe.yaml", lasting(STEPS));
    let began = Instant::now();
    project.semola(&["run", "probe.yaml", "--out", "probe"]).succeeds();
    (STEPS as f64 / began.elapsed().as_secs_f64()).ceil() as usize
}

fn same_results_and_a_double_submit(cluster: &Cluster) {
    cluster.submit("many.yaml", "many", &["--pack", "2", "--throttle", "3", "--time", "10"]);
    let again = cluster.semola(&["sweep", "submit", "many.yaml", "--out", "many", "--pack", "2"]);
    assert!(again.err.contains("nothing to submit"), "{}", again.err);
    cluster.wait_done("many", 6);
    assert_same_results(&cluster.project, "local-many", "many");
    assert_eq!(cluster.attempts("many"), [1; 6], "each member was begun once");
    cluster.semola(&["sweep", "merge", "many"]).succeeds();
    assert!(cluster.project.path("many/tables/_SUCCESS").is_file());
}

/// In shards by Slurm as in one piece here.
fn shards_of_a_prediction(cluster: &Cluster) {
    let member = published(&cluster.project, "many").remove(0);
    let run = ["predict", member.to_str().unwrap(), "test.parquet"];
    cluster.project.semola(&[&run[..], &["--out", "whole.parquet"]].concat()).succeeds();
    let shards = [&run[..], &["--out", "shards", "--shards", "2"]].concat();
    cluster.semola(&[&shards[..], &["--submit", "--time", "5"]].concat()).succeeds();
    let again = cluster.semola(&[&shards[..], &["--submit"]].concat());
    assert!(again.err.contains("nothing to submit") || cluster.slurm("squeue", &["-h"]).is_empty(), "{}", again.err);
    let part = |i: usize| cluster.project.path(&format!("shards/shard=0000{i}/part-0000{i}.parquet"));
    let began = Instant::now();
    while !(part(0).exists() && part(1).exists()) {
        assert!(began.elapsed() < PATIENCE, "{}", cluster.log("shards"));
        std::thread::sleep(Duration::from_millis(100));
    }
    cluster.semola(&[&shards[..], &["--merge"]].concat()).succeeds();
    assert!(cluster.project.path("shards/_SUCCESS").is_file());
    let parts: Vec<_> = (0..2).map(|i| crate::rows::read(&part(i))).collect();
    let schema = parts[0].schema();
    let all = arrow::compute::concat_batches(&schema, &parts).unwrap();
    let whole = crate::rows::read(&cluster.project.path("whole.parquet"));
    assert_eq!(all.columns(), whole.columns());
    assert_eq!(whole.num_rows(), 200);
}

fn a_failing_member(cluster: &Cluster) {
    cluster.submit("broken.yaml", "broken", &["--pack", "2"]);
    let found = cluster.wait("broken", "one done, one failed", |s| {
        s["counts"]["done"] == 1 && s["counts"]["failed"] == 1 && s["counts"]["queued"] == 0
    });
    assert!(found["unfinished"][0]["reason"].as_str().unwrap().contains("diverged"), "{found}");
    assert!(cluster.log("broken").contains("1 of 2 members failed"));
}

fn a_killed_node(cluster: &Cluster) {
    cluster.submit("long.yaml", "killed", &[]);
    cluster.wait_checkpoint("killed");
    let node = cluster.node();
    assert!(cluster.script(&["kill", &node]));
    cluster.wait_done("killed", 1);
    assert_same_results(&cluster.project, "local-long", "killed");
    assert_eq!(cluster.attempts("killed"), [2], "Slurm began it again, and it went on");
    assert!(cluster.script(&["start", &node]));
}

/// Slurm gives the node up while its task runs on: two attempts at once, and both finish.
fn a_node_that_is_cut_off(cluster: &Cluster) {
    cluster.submit("long.yaml", "cut", &[]);
    cluster.wait_checkpoint("cut");
    // Stop the first attempt's clock too, so that it is still at work when the second one begins.
    let node = cluster.node();
    assert!(cluster.script(&["pause", &node]));
    let pid = stop("cut");
    cluster.wait_done("cut", 1);
    assert_same_results(&cluster.project, "local-long", "cut");
    assert!(signal("-CONT", &pid));
    let found = cluster.wait("cut", "the late attempt", |s| s["duplicates"] == 1);
    assert_eq!(found["differing"], Value::Array(Vec::new()), "both attempts made the same");
    assert_same_results(&cluster.project, "local-long", "cut");
    cluster.semola(&["sweep", "merge", "cut"]).succeeds();
    let runs = crate::rows::table(&cluster.project.path("cut"), "runs");
    assert_eq!(runs.num_rows(), 1, "it is counted once");
    assert!(cluster.script(&["resume", &node]));
}

/// Slurm takes its time to preempt: the attempt waits for it. What it is woken with is the warning.
fn preemption(cluster: &Cluster) {
    cluster.submit("long.yaml", "preempted", &[]);
    cluster.wait_checkpoint("preempted");
    let node = format!("n{}", cluster.node());
    let pid = stop("preempted");
    cluster.slurm("sbatch", &["-p", "urgent", "-w", &node, "-o", "/dev/null", "--wrap", "sleep 4"]);
    let began = Instant::now();
    while cluster.slurm("squeue", &["-h", "-p", "urgent", "-t", "running"]).is_empty() {
        assert!(began.elapsed() < PATIENCE, "{}", cluster.slurm("squeue", &["-a"]));
        std::thread::sleep(Duration::from_millis(100));
    }
    // Where Slurm did not wake it; by then it is gone otherwise.
    signal("-CONT", &pid);
    cluster.wait_done("preempted", 1);
    assert_same_results(&cluster.project, "local-long", "preempted");
    assert_eq!(cluster.attempts("preempted"), [2]);
}

fn the_time_limit(cluster: &Cluster) {
    // Warned 50 s before the end of one minute. However fast it is, the first attempt is at work then.
    cluster.submit("long.yaml", "limited", &["--time", "1", "--warn", "50"]);
    cluster.wait_checkpoint("limited");
    let pid = stop("limited");
    // Slurm looks at limits twice a minute.
    let began = Instant::now();
    while !is_warned(&pid) && began.elapsed() < Duration::from_secs(58) {
        std::thread::sleep(Duration::from_millis(50));
    }
    // It may be gone by then.
    signal("-CONT", &pid);
    cluster.wait_done("limited", 1);
    assert_same_results(&cluster.project, "local-long", "limited");
    assert!(cluster.attempts("limited")[0] >= 2, "{}", cluster.log("limited"));
}

fn cancelled_and_resumed(cluster: &Cluster) {
    cluster.submit("long.yaml", "cancelled", &[]);
    cluster.wait_checkpoint("cancelled");
    cluster.semola(&["sweep", "cancel", "cancelled"]).succeeds();
    let found = cluster.wait("cancelled", "the cancellation", |s| s["counts"]["interrupted"] == 1);
    assert_eq!(found["unfinished"][0]["attempts"], 1);
    cluster.semola(&["sweep", "resume", "cancelled"]).succeeds();
    cluster.wait_done("cancelled", 1);
    assert_same_results(&cluster.project, "local-long", "cancelled");
    assert_eq!(cluster.attempts("cancelled"), [2]);
}

/// As after a node that failed to start an element: Slurm holds it back, for ever if nobody looks.
fn held_back_and_released(cluster: &Cluster) {
    cluster.submit("long.yaml", "held", &[]);
    cluster.wait_checkpoint("held");
    let element = cluster.status("held")["unfinished"][0]["job"].as_str().unwrap().to_owned();
    cluster.slurm("scontrol", &["requeuehold", &element]);
    cluster.wait("held", "the hold", |s| s["given_up"][0] == element.as_str());
    let next = cluster.semola(&["sweep", "status", "held"]);
    assert!(next.out.contains("next: semola-pipe sweep resume held"), "{}", next.out);
    let resumed = cluster.semola(&["sweep", "resume", "held"]);
    assert!(resumed.err.contains(&format!("released after a failed launch: {element}")), "{}", resumed.err);
    cluster.wait_done("held", 1);
    assert_same_results(&cluster.project, "local-long", "held");
    assert_eq!(cluster.attempts("held"), [2]);
}

fn a_controller_that_is_away(cluster: &Cluster) {
    cluster.submit("many.yaml", "headless", &[]);
    cluster.wait("headless", "a first member", |s| s["counts"]["done"].as_u64() >= Some(1));
    assert!(cluster.script(&["stop-controller"]));
    let began = Instant::now();
    let status = cluster.semola(&["sweep", "status", "headless"]);
    let took = began.elapsed();
    assert!(status.err.contains("the scheduler was not heard"), "{}", status.err);
    assert!(status.out.contains("6 members:"), "{}", status.out);
    assert!(took < Duration::from_secs(6), "{took:?}");
    let refused = cluster.semola(&["sweep", "submit", "many.yaml", "--out", "headless"]);
    refused.fails(1, &["submitted twice", "--force"]);
    assert!(cluster.script(&["start-controller"]));
    // What a controller that was killed had not saved is lost to it, not to the files.
    cluster.wait("headless", "an empty queue", |s| {
        s["scheduler"].is_null() && s["counts"]["queued"] == 0 && s["counts"]["running"] == 0
    });
    cluster.semola(&["sweep", "resume", "headless"]).succeeds();
    cluster.wait_done("headless", 6);
    assert_same_results(&cluster.project, "local-many", "headless");
}
