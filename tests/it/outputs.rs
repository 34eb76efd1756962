//! One rule for every `--out`: new files, or files of the same command; never devices, FIFOs, links or directories.

use std::process::Command;

use crate::bound::{SMALL, small};
use crate::project::{Project, files};

/// Every command with a file for its result.
const TO_FILES: [(&str, &[&str]); 6] = [
    ("x.parquet", &["import", "csv", "in.csv", "--out"]),
    ("x.parquet", &["predict", "o", "a.parquet", "--out"]),
    ("x.csv", &["compare", "o", "--format", "csv", "--out"]),
    ("x.md", &["compare", "o", "--format", "markdown", "--out"]),
    ("x.parquet", &["compare", "o", "--format", "parquet", "--out"]),
    ("x.yaml", &["init", "a.parquet", "--out"]),
];

/// Every command with a directory for its results.
const TO_DIRECTORIES: [&[&str]; 4] = [
    &["run", "p.yaml", "--out"],
    &["sweep", "run", "p.yaml", "--jobs", "1", "--out"],
    &["generate", "two-body", "--rows", "10", "--out"],
    &["predict", "o", "a.parquet", "--shards", "2", "--out"],
];

fn project() -> Project {
    let project = small(SMALL);
    project.put("in.csv", "a,b\n1,2\n3,4\n");
    project.semola(&["run", "p.yaml", "--out", "o"]).succeeds();
    project
}

#[test]
fn every_command_replaces_what_it_wrote_and_nothing_else() {
    let project = project();
    for (name, args) in TO_FILES {
        let run = |out: &str, more: &[&str]| project.semola(&[args, &[out], more].concat());
        // A new file, then the same again: as its own kind, or on request.
        run(name, &[]).succeeds();
        let whole = std::fs::read(project.path(name)).unwrap();
        if name.ends_with(".parquet") {
            run(name, &[]).succeeds();
            assert_eq!(std::fs::read(project.path(name)).unwrap(), whole, "{args:?}");
        } else {
            run(name, &[]).fails(2, &["exists already", "--force"]);
            run(name, &["--force"]).succeeds();
        }
        std::fs::remove_file(project.path(name)).unwrap();
        // Somebody's notes and data, under a name that fits.
        for content in [&b"the only copy of my notes"[..], b"", &std::fs::read(project.path("a.parquet")).unwrap()] {
            project.put(name, content);
            run(name, &[]).fails(2, &[&format!("--out {name}: ")]);
            assert_eq!(std::fs::read(project.path(name)).unwrap(), content, "{args:?}");
        }
        std::fs::remove_file(project.path(name)).unwrap();
        run(&format!("no/such/{name}"), &[]).fails(2, &["no such directory"]);
        run("o", &[]).fails(2, &["a directory"]);
        let member = project.member("o");
        let inside = format!("o/{}/tables/{name}", member.file_name().unwrap().to_str().unwrap());
        run(&inside, &[]).fails(2, &["among the files of a run"]);
    }
    // The Parquet files of one command are not those of another.
    project.semola(&["import", "csv", "in.csv", "--out", "x.parquet"]).succeeds();
    project.semola(&["predict", "o", "a.parquet", "--out", "x.parquet"]).fails(2, &["did not write"]);
    project.semola(&["compare", "o", "--out", "x.parquet"]).fails(2, &["did not write"]);
    project.semola(&["import", "csv", "in.csv", "--out", "notes.txt"]).fails(2, &["Parquet only"]);
    project.put("x.bin", [0, 159, 146, 150]);
    project.semola(&["init", "a.parquet", "--out", "x.bin", "--force"]).fails(2, &["no text"]);
}

#[test]
fn devices_fifos_and_links_stay_even_for_root() {
    let project = project();
    for name in ["fifo", "fifo.parquet"] {
        assert!(Command::new("mkfifo").arg(project.path(name)).status().unwrap().success());
    }
    project.put("target", "precious");
    std::os::unix::fs::symlink(project.path("target"), project.path("link")).unwrap();
    std::os::unix::fs::symlink(project.path("nowhere"), project.path("dangling")).unwrap();
    let before: Vec<_> = files_without_fifos(&project);
    for (_, args) in TO_FILES {
        for (out, what) in [
            ("/dev/null", "a device"),
            ("/dev/full", "a device"),
            ("/dev/stdout", "a link"),
            ("fifo", "a FIFO"),
            ("link", "a link"),
            ("dangling", "a link"),
        ] {
            project.semola(&[args, &[out]].concat()).fails(2, &[&format!("--out {out}: this is {what}")]);
            if args[0] == "init" || args[0] == "compare" {
                project.semola(&[args, &[out, "--force"]].concat()).fails(2, &[what]);
            }
        }
    }
    for args in TO_DIRECTORIES {
        for out in ["/dev/null", "fifo", "target", "link", "dangling"] {
            let done = project.semola(&[args, &[out]].concat());
            assert_eq!(done.code, Some(2), "{args:?} {out}: {done:?}");
            assert!(done.err.contains(&format!("--out {out}: ")), "{args:?} {out}: {done:?}");
        }
    }
    assert_eq!(files_without_fifos(&project), before);
    use std::os::unix::fs::FileTypeExt;
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    assert!(std::fs::metadata(project.path("fifo")).unwrap().file_type().is_fifo());
}

/// Reading a FIFO would wait for ever.
fn files_without_fifos(project: &Project) -> Vec<(String, Vec<u8>)> {
    for name in ["fifo", "fifo.parquet"] {
        std::fs::rename(
            project.path(name),
            project.path("").parent().unwrap().join(format!("{name}-{}", std::process::id())),
        )
        .unwrap();
    }
    let found = files_but_links(project);
    for name in ["fifo", "fifo.parquet"] {
        std::fs::rename(
            project.path("").parent().unwrap().join(format!("{name}-{}", std::process::id())),
            project.path(name),
        )
        .unwrap();
    }
    found
}

fn files_but_links(project: &Project) -> Vec<(String, Vec<u8>)> {
    let away = project.path("").parent().unwrap().join(format!("dangling-{}", std::process::id()));
    std::fs::rename(project.path("dangling"), &away).unwrap();
    let found = files(&project.path("")).into_iter().collect();
    std::fs::rename(&away, project.path("dangling")).unwrap();
    found
}

#[test]
fn directories_of_other_things_are_left_alone() {
    let project = project();
    // A task writes over a task, not over data of the same name.
    project.semola(&["generate", "two-body", "--rows", "10", "--out", "g"]).succeeds();
    project.semola(&["generate", "two-body", "--rows", "12", "--out", "g"]).succeeds();
    std::fs::create_dir(project.path("mine")).unwrap();
    std::fs::copy(project.path("a.parquet"), project.path("mine/test.parquet")).unwrap();
    project
        .semola(&["generate", "two-body", "--rows", "10", "--out", "mine"])
        .fails(2, &["mine/test.parquet", "did not write"]);
    assert!(!project.path("mine/train.parquet").exists());
    std::fs::create_dir(project.path("r")).unwrap();
    project.put("r/pipeline.yaml", "my own");
    project
        .semola(&["generate", "random", "--rows", "10", "--out", "r"])
        .fails(2, &["r/pipeline.yaml", "did not write"]);
    // A sweep keeps its work beside its results, in a directory that is its own.
    std::fs::create_dir(project.path("s.work")).unwrap();
    project.put("s.work/pipeline.yaml", "my own");
    project.semola(&["sweep", "run", "p.yaml", "--out", "s", "--jobs", "1"]).fails(2, &["s.work", "other files"]);
    assert_eq!(std::fs::read_to_string(project.path("s.work/pipeline.yaml")).unwrap(), "my own");
    // Members do not go into members.
    let member = format!("o/{}", project.member("o").file_name().unwrap().to_str().unwrap());
    project.semola(&["run", "p.yaml", "--out", &member]).fails(2, &["this is the directory of a run"]);
}
