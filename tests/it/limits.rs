//! Odd surroundings: limits of the shell, too many threads, directories that are not UTF-8, faults of the program itself.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::bound::{SMALL, small};
use crate::project::{Done, PIPELINE, Project};

/// Runs the program below a shell that sets a limit.
fn limited(project: &Project, limit: &str, args: &[&str]) -> Done {
    let words: Vec<String> = args.iter().map(|word| format!("'{word}'")).collect();
    let program = project.command(&[]).get_program().to_str().unwrap().to_owned();
    let mut command = std::process::Command::new("bash");
    command.current_dir(project.path("")).args(["-c", &format!("{limit}; exec {program} {}", words.join(" "))]);
    Done::new(command.env_remove("RUST_BACKTRACE").stdin(Stdio::null()).output().unwrap())
}

#[test]
fn a_limit_on_file_sizes_is_an_error_that_names_the_file() {
    let project = small(SMALL);
    let rows: String = (0..20_000).map(|i| format!("{i},{}\n", f64::from(i).sin())).collect();
    project.put("in.csv", format!("i,x\n{rows}"));
    for args in [
        &["run", "p.yaml", "--out", "f"][..],
        &["import", "csv", "in.csv", "--out", "x.parquet"],
        &["sweep", "run", "p.yaml", "--jobs", "1", "--out", "s"],
    ] {
        let done = limited(&project, "ulimit -f 1", args);
        assert_eq!(done.code, Some(1), "{args:?}: {done:?}");
        assert!(done.err.contains("error: "), "{args:?}: {done:?}");
        done.has_no_panic();
    }
    assert!(!project.path("x.parquet").exists());
    // Without the limit the same commands succeed.
    project.semola(&["run", "p.yaml", "--out", "f"]).succeeds();
}

#[test]
fn a_thousand_threads_are_not_started_on_a_few_cores() {
    let project = Project::new();
    let began = Instant::now();
    let done = project.semola(&["run", "p.yaml", "--seed", "0", "--out", "t", "--threads", "1000"]);
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert!(done.err.contains("1000 threads on "), "{done:?}");
    done.succeeds();
    project.semola(&["run", "p.yaml", "--seed", "0", "--out", "one", "--threads", "1"]).succeeds();
    crate::rows::assert_same_tables(&project.member("one"), &project.member("t"));
    project.semola(&["run", "p.yaml", "--threads", "0"]).fails(2, &["--threads"]);
}

#[test]
fn directories_need_not_be_utf_8() {
    let project = small(SMALL);
    let odd = OsStr::from_bytes(b"sw\xfe '\n%j");
    let run = |args: &[&str], path: &OsStr, more: &[&str]| {
        let mut command = project.command(args);
        Done::new(command.arg(path).args(more).output().unwrap())
    };
    run(&["sweep", "run", "p.yaml", "--jobs", "1", "--out"], odd, &[]).succeeds();
    for args in [&["sweep", "status"][..], &["sweep", "merge"], &["compare"], &["report"], &["inspect"]] {
        run(args, odd, &[]).succeeds();
    }
    run(&["sweep", "status", "--json"], odd, &[]).succeeds();
    run(&["predict", "--out", "p.parquet"], odd, &["a.parquet"]).succeeds();
    run(&["run", "p.yaml", "--json", "--out"], OsStr::from_bytes(b"r\xff"), &[]).succeeds();
    let json = run(&["predict", "--evaluate", "--out", "q.parquet"], OsStr::from_bytes(b"r\xff"), &["a.parquet"]);
    json.succeeds();
    // A pipeline in such a directory, too.
    let inside = std::path::Path::new(&project.path("")).join(OsStr::from_bytes(b"in\xfe"));
    std::fs::create_dir(&inside).unwrap();
    for name in ["p.yaml", "a.parquet"] {
        std::fs::copy(project.path(name), inside.join(name)).unwrap();
    }
    run(&["sweep", "run", "--jobs", "1", "--out", "from"], inside.join("p.yaml").as_os_str(), &[]).succeeds();
    run(&["sweep", "manifest", "--image", "i", "--claim", "c", "--mount", "/m", "p.yaml", "--out"], odd, &[])
        .fails(2, &["this path is none"]);
}

#[test]
fn a_panic_ends_in_one_line_and_code_1() {
    let project = small(SMALL);
    project.semola(&["run", "p.yaml", "--out", "o"]).succeeds();
    // A library that panics, where nobody expects it to.
    let mut command = project.command(&["compare", "o"]);
    let done = Done::new(command.env("POLARS_MAX_THREADS", "0").output().unwrap());
    if done.code == Some(0) {
        return;
    }
    assert_eq!(done.code, Some(1), "{done:?}");
    let errors: Vec<&str> = done.err.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{done:?}");
    assert!(errors[0].contains("internal error") && errors[0].contains(".rs:"), "{done:?}");
}

/// What is missing or in the way ends alike in all commands.
#[test]
fn exit_codes_do_not_depend_on_the_command() {
    let project = small(SMALL);
    project.put("torn.parquet", "PAR1 torn");
    project.put("bad.yaml", "stages: [");
    project.semola(&["run", "p.yaml", "--out", "o"]).succeeds();
    for args in [
        &["run", "no.yaml"][..],
        &["check", "no.yaml"],
        &["sweep", "run", "no.yaml"],
        &["run", "bad.yaml"],
        &["check", "bad.yaml"],
        &["sweep", "run", "bad.yaml"],
    ] {
        project.semola(args).fails(2, &[]);
    }
    for args in [
        &["compare", "no"][..],
        &["report", "no"],
        &["inspect", "no"],
        &["predict", "no", "a.parquet", "--out", "p.parquet"],
        &["sweep", "status", "no"],
        &["sweep", "merge", "no"],
    ] {
        project.semola(args).fails(2, &["no"]);
    }
    for args in [
        &["init", "no.parquet"][..],
        &["import", "csv", "no.csv", "--out", "p.parquet"],
        &["predict", "o", "no.parquet", "--out", "p.parquet"],
    ] {
        project.semola(args).fails(3, &["no such file"]);
    }
    for args in [
        &["init", "torn.parquet"][..],
        &["inspect", "torn.parquet"],
        &["predict", "o", "torn.parquet", "--out", "p.parquet"],
    ] {
        project.semola(args).fails(3, &["torn.parquet"]);
    }
    let done = limited(&project, "ulimit -f 0", &["compare", "o", "--out", "c.csv"]);
    assert_eq!(done.code, Some(1), "{done:?}");
}

#[test]
fn a_member_that_panics_or_fails_does_not_take_the_others_with_it() {
    let project = Project::new();
    // More seeds than one; the second cannot converge.
    project.put(
        "p.yaml",
        PIPELINE
            .replace("seed: [0, 1]", "seed: 0\nlist: [{plain.optimizer.lr: 0.001}, {plain.optimizer.lr: 1.0e+38}]")
            .replace("augment: none}", "augment: none, optimizer: {lr: 0.001, clip: 0}}"),
    );
    let done = project.semola(&["sweep", "run", "p.yaml", "--out", "s", "--jobs", "1"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.err.contains("1 of 2 members failed"), "{done:?}");
    assert_eq!(project.members("s").len(), 1);
}
