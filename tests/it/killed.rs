//! Killed runs (`kill -9`): whatever the moment, the same command continues to the same tables.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::interrupted::{Long, assert_whole_events, wait_until};
use crate::project::Project;
use crate::rows::{assert_same_tables, manifest, read};

const KILLS: usize = 10;
/// Enough for a run of several seconds.
const STEPS: usize = 9000;

/// Kills it; false if it had come to its end by itself.
fn kill(mut child: Child) -> bool {
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    running
}

/// What a kill left behind is whole: tables can be read, the manifest is JSON.
fn assert_whole(member: &Path) {
    for entry in std::fs::read_dir(member.join("tables")).into_iter().flatten() {
        read(&entry.unwrap().path());
    }
    if member.join("manifest.json").exists() {
        assert!(matches!(manifest(member)["status"].as_str(), Some("running" | "done")));
    }
}

#[test]
fn kills_at_random_moments_change_nothing() {
    let project = Project::new();
    let long = Long::new(&project, STEPS);
    let began = Instant::now();
    let reference = long.reference();
    let whole = began.elapsed().as_secs_f64();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (mut kills, mut chains) = (0, 0);
    while kills < KILLS {
        let out = format!("chain{chains}");
        // Killed again and again, until a kill comes too late or there were enough of them.
        while kills < KILLS {
            let child = long.start(&out);
            std::thread::sleep(Duration::from_secs_f64(rng.random_range(0.02..0.5) * whole));
            let hit = kill(child);
            project.members(&out).iter().for_each(|m| assert_whole(m));
            if !hit {
                break;
            }
            kills += 1;
        }
        long.finish(&out);
        let member = project.member(&out);
        assert_eq!(manifest(&member)["status"], "done");
        assert_same_tables(&reference, &member);
        assert_whole_events(&member);
        assert!(!member.join(".staging").exists());
        chains += 1;
    }
    eprintln!("{kills} kills in {chains} runs of {whole:.1} s");
}

#[test]
fn kills_while_results_are_written_change_nothing() {
    let project = Project::new();
    let run = ["run", "p.yaml", "--member", "0", "--out"];
    project.semola(&[&run[..], &["reference"]].concat()).succeeds();
    let reference = project.member("reference");
    // A table, the last table, and the end of the work before the report.
    for (i, moment) in
        ["tables/metrics.parquet", "tables/predictions.parquet", "tables/runs.parquet"].iter().enumerate()
    {
        let out = format!("run{i}");
        let args = [&run[..], &[out.as_str()]].concat();
        let child = project.command(&args).stderr(std::process::Stdio::null()).spawn().unwrap();
        wait_until(moment, || project.members(&out).first().is_some_and(|m| m.join(moment).exists()));
        kill(child);
        let member = project.member(&out);
        assert_whole(&member);
        project.semola(&args).succeeds();
        assert_same_tables(&reference, &member);
        assert!(member.join("report.html").exists(), "killed at {moment}: there is no report");
    }
}

#[test]
fn a_report_that_a_kill_prevented_is_made_up_for() {
    let project = Project::new();
    let run = ["run", "p.yaml", "--member", "0"];
    project.semola(&run).succeeds();
    let report = project.member("runs/tiny").join("report.html");
    std::fs::remove_file(&report).unwrap();
    project.semola(&run).succeeds();
    assert!(report.exists());
}
