//! What `sbatch` is given: a false one keeps its arguments and runs the script, as a node would. Names and paths may hold
//! anything; nothing in them becomes an option or a command.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::bound::{SMALL, small};
use crate::project::{Done, Project};

const SBATCH: &str = r#"#!/bin/bash
here=$(dirname "$0")
for argument; do printf '%s\0' "$argument" >> "$here/arguments"; script=$argument; done
cp "$script" "$here/script"
for argument; do case $argument in --output=*) log=${argument#--output=} ;; esac; done
# As Slurm does, anywhere in the path.
case $log in *\\*) exit 9 ;; esac
log=${log//%A/7}; log=${log//%a/0}; log=${log//%j/7}
cd / || exit 9
SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=0 SLURM_JOB_ID=7 bash "$script" > "$log" 2>&1
echo 7
"#;

/// The project with Slurm's programs replaced, and the arguments of the last submission.
fn cluster(project: &Project) {
    std::fs::create_dir(project.path("bin")).unwrap();
    for (name, text) in [("sbatch", SBATCH), ("squeue", "#!/bin/sh\nexit 0\n"), ("scontrol", "#!/bin/sh\nexit 0\n")] {
        project.put(&format!("bin/{name}"), text);
        std::fs::set_permissions(project.path(&format!("bin/{name}")), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn run(project: &Project, args: &[&OsStr]) -> Done {
    let mut command = project.command(&[]);
    let path = format!("{}:{}", project.path("bin").display(), std::env::var("PATH").unwrap());
    Done::new(command.args(args).env("PATH", path).output().unwrap())
}

fn arguments(project: &Project) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(project.path("bin/arguments")).unwrap();
    std::fs::remove_file(project.path("bin/arguments")).unwrap();
    bytes.split(|b| *b == 0).filter(|part| !part.is_empty()).map(<[u8]>::to_vec).collect()
}

#[test]
fn every_path_and_every_name_works_and_none_becomes_an_option_or_a_command() {
    let name = serde_json::Value::from("x --wrap='touch PWNED' %j \"; touch PWNED #");
    let project = small(&SMALL.replace("name: small", &format!("name: {name}")));
    cluster(&project);
    let outs: [&[u8]; 8] = [
        b"plain",
        b"o 3",
        b"o%j%A",
        b"o #x",
        b"it's \"quoted\" $(touch PWNED) `touch PWNED`",
        b"back\\slash\\",
        b"line\n#SBATCH --wrap=x\n\ttouch PWNED\r\n",
        b"\xff\xfe",
    ];
    for out in outs {
        let out = OsStr::from_bytes(out);
        let [sweep, submit, file, option] = ["sweep", "submit", "p.yaml", "--out"].map(OsStr::new);
        run(&project, &[sweep, submit, file, option, out]).succeeds();
        let given = arguments(&project);
        let script = std::fs::read_to_string(project.path("bin/script")).unwrap();
        assert!(matches!(script.lines().count(), 3 | 4), "{script}");
        assert!(script.is_ascii() && script.lines().skip(1).all(|line| !line.starts_with('#')), "{script}");
        assert!(given.iter().all(|argument| !argument.starts_with(b"--wrap")), "{given:?}");
        let job = given.iter().find(|argument| argument.starts_with(b"--job-name=")).unwrap();
        assert!(job.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.=".contains(b)), "{job:?}");
        // The script did the work, and the log is where `status` says.
        let member = std::fs::read_dir(project.path("").join(out)).unwrap().next().unwrap().unwrap().path();
        assert!(member.join("tables/runs.parquet").is_file(), "{member:?}");
        let mut work = out.to_owned();
        work.push(".work/logs/slurm-7_0.log");
        let log = std::fs::read_to_string(project.path("").join(&work)).unwrap();
        assert!(log.contains("done"), "{log}");
        assert!(!wrote(&project.path(""), "PWNED"), "{out:?}");
        // Shards of a prediction go the same way.
        let [predict, data, shards, two, submit] =
            ["predict", "a.parquet", "--shards", "1", "--submit"].map(OsStr::new);
        let mut shard_out = OsStr::new("p ").to_owned();
        shard_out.push(out);
        run(&project, &[predict, out, data, shards, two, submit, option, &shard_out]).succeeds();
        arguments(&project);
        assert!(project.path("").join(&shard_out).join("shard=00000/part-00000.parquet").is_file(), "{shard_out:?}");
    }
}

/// Whether a file of that name is anywhere below.
fn wrote(dir: &Path, name: &str) -> bool {
    std::fs::read_dir(dir)
        .unwrap()
        .flatten()
        .any(|entry| entry.file_name() == name || (entry.path().is_dir() && wrote(&entry.path(), name)))
}

#[test]
fn values_with_line_ends_and_spaces_are_refused_before_anything_is_made() {
    let project = small(SMALL);
    cluster(&project);
    for (option, value) in [
        ("--partition", "main\ntouch PWNED"),
        ("--account", "a b"),
        ("--qos", ""),
        ("--time", "1\r"),
        ("--mem", "1G --wrap=x"),
        ("--sbatch", "nice"),
        ("--sbatch", "--nice=1\n#SBATCH --wrap=x"),
        ("--sbatch", "--comment='open"),
    ] {
        let value = format!("{option}={value}");
        let args = ["sweep", "submit", "p.yaml", "--out", "o", &value].map(OsStr::new);
        run(&project, &args).fails(2, &[option]);
        let args = ["predict", "o", "a.parquet", "--out", "q", "--shards", "2", "--submit", &value].map(OsStr::new);
        assert_eq!(run(&project, &args).code, Some(2), "{value:?}");
        assert!(!project.path("o").exists() && !project.path("bin/arguments").exists(), "{value:?}");
    }
    let args = [
        "sweep",
        "submit",
        "p.yaml",
        "--out",
        "o",
        "--partition",
        "main",
        "--sbatch=--comment 'two words'",
        "--sbatch=--nice=100",
    ];
    run(&project, &args.map(OsStr::new)).succeeds();
    let given = arguments(&project);
    for wanted in ["--partition=main", "--comment", "two words", "--nice=100", "--array=0-0", "--chdir=/"] {
        assert!(given.iter().any(|argument| argument == wanted.as_bytes()), "{wanted}: {given:?}");
    }
}
