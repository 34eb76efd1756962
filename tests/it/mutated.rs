//! Inputs changed at random, with a seed (fuzz/README.md): the program ends by itself, soon, within bounded memory, with a
//! code of its own and a message.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::interrupted::{Long, signal, wait_until};
use crate::project::{Done, Project, files};

/// How long one input may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long one that goes on with long work may work, after it has read its files.
const STEPS: Duration = Duration::from_secs(3);

/// How often a target that goes on with long work is kept when it is drawn.
const LONG: f64 = 0.1;

/// Resident memory of one run at most, in kB.
const MEMORY: u64 = 2 << 20;

/// Files of a directory, and a command that reads them.
struct Target {
    name: String,
    files: Vec<(String, Vec<u8>)>,
    /// Which of the files are changed.
    changed: Vec<usize>,
    args: Vec<String>,
    /// It goes on with long work: it is asked to stop, and says that it can be continued.
    long: bool,
}

impl Target {
    fn new(name: &str, files: Vec<(String, Vec<u8>)>, changed: impl Fn(&str) -> bool, args: &str) -> Self {
        let changed: Vec<usize> = (0..files.len()).filter(|i| changed(&files[*i].0)).collect();
        assert!(!changed.is_empty(), "{name}: no file to change");
        let args = args.split_whitespace().map(str::to_owned).collect();
        Self { name: name.to_owned(), files, changed, args, long: false }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// One import for each fixture and each file of the corpus.
fn imports(into: &mut Vec<Target>) {
    let pairs =
        [["images-idx3-ubyte", "labels-idx1-ubyte"], ["molecules.sdf", "molecules.csv"], ["titles.sdf", "titles.csv"]];
    let folders = [root().join("tests/import/fixtures"), root().join("fuzz/corpus")];
    let all: Vec<(String, Vec<u8>)> = folders.iter().flat_map(|folder| files(folder)).collect();
    for (name, bytes) in &all {
        // HDF5 is a feature, and those that go with another are added with it.
        if name.ends_with(".h5") || pairs.iter().any(|[_, second]| second == name) {
            continue;
        }
        let partner = pairs.iter().find(|[first, _]| first == name).map(|[_, second]| *second);
        let partner = partner.and_then(|second| all.iter().find(|(name, _)| name == second)).cloned();
        let names: Vec<&str> =
            [name.as_str()].into_iter().chain(partner.as_ref().map(|(name, _)| name.as_str())).collect();
        for drop in ["error", "drop"] {
            let args = format!("import auto {} --out out.parquet --on-invalid {drop}", names.join(" "));
            let files = [(name.clone(), bytes.clone())].into_iter().chain(partner.clone()).collect();
            into.push(Target::new(&format!("import {name}"), files, |_| true, &args));
        }
        if name.ends_with(".xyz") {
            let args = format!("import extxyz {name} --out out.parquet --on-invalid drop");
            into.push(Target::new(&format!("import {name}"), vec![(name.clone(), bytes.clone())], |_| true, &args));
        }
    }
}

/// The same inputs, and what a finished and an interrupted run left, for the commands that read them.
fn runs(into: &mut Vec<Target>) {
    let project = Project::new();
    project.semola(&["run", "p.yaml", "--member", "0"]).succeeds();
    let inputs = || files(&project.path("")).into_iter().filter(|(name, _)| !name.contains('/'));
    let is_data = |name: &str| name.ends_with(".parquet");
    for args in ["check p.yaml", "inspect train.parquet", "init train.parquet"] {
        into.push(Target::new(&format!("{args}, data"), inputs().collect(), is_data, args));
    }
    into.push(Target::new("check p.yaml, pipeline", inputs().collect(), |name| name == "p.yaml", "check p.yaml"));
    let fixtures = files(&root().join("tests/fixtures")).into_iter().filter(|(name, _)| is_data(name));
    for (name, bytes) in fixtures {
        into.push(Target::new(
            &format!("inspect {name}"),
            vec![(name.clone(), bytes)],
            |_| true,
            &format!("inspect {name}"),
        ));
    }
    let member = project.member("runs/tiny");
    let id = member.file_name().unwrap().to_str().unwrap().to_owned();
    let member = format!("runs/tiny/{id}");
    let all: Vec<(String, Vec<u8>)> = files(&project.path("")).into_iter().collect();
    let in_member = |name: &str, end: &str| name.starts_with(&member) && name.ends_with(end);
    let predict = format!("predict {member} test.parquet --out q.parquet --model plain");
    let compare = "compare runs".to_owned();
    let report = format!("report {member}");
    let inspect = format!("inspect {member}");
    for (what, end, args) in [
        ("model", ".safetensors", &predict),
        ("manifest", "manifest.json", &predict),
        ("manifest", "manifest.json", &compare),
        ("manifest", "manifest.json", &report),
        ("manifest", "manifest.json", &inspect),
        ("tables", ".parquet", &compare),
        ("tables", ".parquet", &report),
    ] {
        into.push(Target::new(&format!("{what}: {args}"), all.clone(), |name| in_member(name, end), args));
    }
    let long = Long::new(&project, 3000);
    let mut child = long.start("cut");
    wait_until("a checkpoint", || {
        project.members("cut").first().is_some_and(|m| m.join("checkpoints/learned-discover.safetensors").exists())
    });
    signal(&child, "TERM");
    child.wait().unwrap();
    let all: Vec<(String, Vec<u8>)> =
        files(&project.path("")).into_iter().filter(|(name, _)| !name.starts_with("runs")).collect();
    let args = long.args("cut").join(" ");
    let changed = |name: &str| name.starts_with("cut") && name.contains("checkpoints/");
    into.push(Target { long: true, ..Target::new("checkpoint", all, changed, &args) });
}

/// Numbers that hurt.
const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1e308",
    "-1e309",
    "nan",
    "99999999999999999999",
    "9223372036854775807",
    "4294967296",
    "2147483648",
    "65536",
    "100000000000",
    "0.0000001",
    "1e",
    "",
];

/// Text that hurts.
const TEXTS: [&str; 16] =
    ["[", "(", "{", "\"", "'", "\n", ",", ":", "&a ", "*a ", "<<: ", "\0", "\u{feff}", "%", "$$$$\n", "$("];

/// One change.
fn mutate(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        bytes.push(rng.random_range(0..=255));
        return;
    }
    let at = rng.random_range(0..bytes.len());
    let end = (at + rng.random_range(1..64)).min(bytes.len());
    match rng.random_range(0..10) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff, b' ', b'\n'][rng.random_range(0..7)],
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let part = bytes[at..end].to_vec();
            let times = 1 << rng.random_range(0..12);
            let to = rng.random_range(0..=bytes.len());
            drop(bytes.splice(to..to, part.repeat(times)));
        }
        5 => {
            let from = rng.random_range(0..bytes.len());
            let part = bytes[from..(from + end - at).min(bytes.len())].to_vec();
            bytes[at..at + part.len().min(end - at)].copy_from_slice(&part[..part.len().min(end - at)]);
        }
        6 => {
            let value: u64 = [0, 1, u64::MAX, 1 << 31, 1 << 32, 1 << 40, 1 << 62, 0x7fff_ffff][rng.random_range(0..8)];
            let width = [1, 2, 4, 8][rng.random_range(0..4)];
            let value = if rng.random_bool(0.5) { value.to_le_bytes() } else { value.rotate_left(32).to_be_bytes() };
            for (byte, new) in bytes[at..].iter_mut().zip(&value[..width]) {
                *byte = *new;
            }
        }
        7 => {
            let text = TEXTS[rng.random_range(0..TEXTS.len())];
            let times = if rng.random_bool(0.2) { 1 << rng.random_range(1..14) } else { 1 };
            drop(bytes.splice(at..at, text.repeat(times).into_bytes()));
        }
        _ => {
            let is_digit = |b: &u8| b.is_ascii_digit();
            let Some(first) = bytes[at..].iter().position(is_digit).map(|i| at + i) else { return };
            let last = bytes[first..].iter().position(|b| !is_digit(b)).map_or(bytes.len(), |i| first + i);
            drop(bytes.splice(first..last, NUMBERS[rng.random_range(0..NUMBERS.len())].bytes()));
        }
    }
}

/// The program in a directory that holds these files; what it did wrong.
fn run(dir: &Path, target: &Target, changed: &[u8], which: usize) -> Result<(), String> {
    for (i, (name, bytes)) in target.files.iter().enumerate() {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, if i == which { changed } else { bytes }).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_semola-pipe"));
    command
        .current_dir(dir)
        .args(&target.args)
        .env("NO_COLOR", "1")
        .env("RAYON_NUM_THREADS", "1")
        .env_remove("RUST_BACKTRACE");
    let (out, err) = (dir.join("stdout"), dir.join("stderr"));
    let to = |path: &Path| Stdio::from(std::fs::File::create(path).unwrap());
    let mut child = command.stdin(Stdio::null()).stdout(to(&out)).stderr(to(&err)).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let began = Instant::now();
    let mut asked = !target.long;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let peak = std::fs::read_to_string(&status).unwrap_or_default();
        let peak: Option<u64> =
            peak.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        if !asked && began.elapsed() > STEPS {
            signal(&child, "TERM");
            asked = true;
        }
        let wrong = match peak {
            Some(kb) if kb > MEMORY => Some(format!("it took {kb} kB of memory")),
            _ if began.elapsed() > PATIENCE => Some(format!("it did not end within {PATIENCE:?}")),
            _ => None,
        };
        if let Some(wrong) = wrong {
            child.kill().unwrap();
            child.wait().unwrap();
            return Err(wrong);
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let said = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let done = Done { code: ended.code(), out: said(&out), err: said(&err) };
    if let Some(signal) = ended.signal() {
        return Err(format!("signal {signal} ended it: {done:#?}"));
    }
    if ["panicked", "RUST_BACKTRACE", "stack backtrace"].iter().any(|word| done.err.contains(word)) {
        return Err(format!("it panicked: {done:#?}"));
    }
    match done.code {
        Some(0) => Ok(()),
        Some(75) if target.long => Ok(()),
        Some(1..=3) if !done.err.trim().is_empty() => Ok(()),
        _ => Err(format!("its code or message is wrong: {done:#?}")),
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Keeps what broke the program.
fn keep(seed: u64, target: &Target, changed: &[u8], which: usize) -> PathBuf {
    let dir = root().join("target/fuzz").join(seed.to_string());
    std::fs::create_dir_all(&dir).unwrap();
    let name = target.files[which].0.replace('/', "_");
    std::fs::write(dir.join(name), changed).unwrap();
    std::fs::write(dir.join("command"), format!("semola-pipe {}\n", target.args.join(" "))).unwrap();
    dir
}

#[test]
fn changed_inputs_end_with_a_code_and_a_message_in_bounded_time_and_memory() {
    let mut targets = Vec::new();
    imports(&mut targets);
    runs(&mut targets);
    let seconds = Duration::from_secs(number("SEMOLA_FUZZ_SECONDS", 15));
    let mut seed = number("SEMOLA_FUZZ_SEED", 1);
    let mut wrong = Vec::new();
    let mut cases = 0;
    // Unchanged files first, so that every target is tried at least once.
    for target in &targets {
        let dir = tempfile::tempdir().unwrap();
        if let Err(what) = run(dir.path(), target, &target.files[target.changed[0]].1, target.changed[0]) {
            wrong.push(format!("unchanged, {}: {what}", target.name));
        }
    }
    let began = Instant::now();
    while began.elapsed() < seconds && wrong.len() < 10 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut target = &targets[rng.random_range(0..targets.len())];
        if target.long && !rng.random_bool(LONG) {
            // One of these takes as long as a hundred others.
            target = &targets[rng.random_range(0..targets.len())];
        }
        let which = target.changed[rng.random_range(0..target.changed.len())];
        let mut changed = target.files[which].1.clone();
        for _ in 0..1 + rng.random_range(0..3) {
            mutate(&mut changed, &mut rng);
        }
        let dir = tempfile::tempdir().unwrap();
        if let Err(what) = run(dir.path(), target, &changed, which) {
            let kept = keep(seed, target, &changed, which);
            wrong.push(format!("seed {seed}, {} (kept in {}): {what}", target.name, kept.display()));
        }
        seed += 1;
        cases += 1;
    }
    eprintln!("{cases} changed inputs of {} targets in {:?}", targets.len(), began.elapsed());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(cases > 0, "no time was left for changed inputs; raise SEMOLA_FUZZ_SECONDS");
}
