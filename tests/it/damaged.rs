//! Damaged Parquet files: a message and exit code 3, or numbers; never a panic, a signal or an endless loop.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use parquet::basic::{Compression, ZstdLevel};

use crate::project::{Column, Done, Project, rotating, texts};

const LIMIT: Duration = Duration::from_secs(30);

/// 600 rows in six row groups, with a column of strings.
fn columns() -> Vec<Column> {
    let mut columns = rotating(600, 1);
    let names: Vec<String> = (0..600).map(|i| format!("row {}", i / 6)).collect();
    columns[2] = Column("g", texts(names.iter().map(String::as_str)), None);
    columns
}

/// `check` reads every value; it must end by itself, with a code of its own.
#[track_caller]
fn survives(project: &Project, what: &str) -> Done {
    let mut child = project.command(&["check", "p.yaml"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    // Its output fits into the pipes' buffers.
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("{what}: did not end within {LIMIT:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), None, "{what}: ended by a signal");
    let done = Done::new(output);
    assert!(matches!(done.code, Some(0 | 2 | 3)), "{what}: {done:#?}");
    done.has_no_panic();
    if done.code != Some(0) {
        assert!(done.err.contains("train.parquet") || done.err.contains("p.yaml:"), "{what}: {}", done.err);
        assert_eq!(done.out, "", "{what}");
    }
    done
}

/// Damages the file at many places and counts how often that was noticed.
fn damage_everywhere(compression: Compression, seed: u64) -> usize {
    let project = Project::new();
    project.write_compressed("train.parquet", &columns(), compression);
    let whole = std::fs::read(project.path("train.parquet")).unwrap();
    project.semola(&["check", "p.yaml"]).succeeds();
    let tail = &whole[whole.len() - 8..whole.len() - 4];
    let footer = whole.len() - 8 - u32::from_le_bytes(tail.try_into().unwrap()) as usize;
    let in_pages = (4..footer).step_by(footer / 40);
    let in_footer = (footer..whole.len()).step_by((whole.len() - footer) / 80);
    let mut noticed = 0;
    for (i, at) in in_pages.chain(in_footer).enumerate() {
        let mut damaged = whole.clone();
        match (i as u64 + seed) % 3 {
            0 => damaged[at] ^= 0xff,
            1 => damaged[at] ^= 0x01,
            _ => damaged[at..(at + 16).min(whole.len())].fill(0),
        }
        project.put("train.parquet", &damaged);
        noticed += usize::from(survives(&project, &format!("byte {at} of {}", whole.len())).code != Some(0));
    }
    assert!(!project.path("runs").exists());
    noticed
}

#[test]
fn damaged_bytes_of_an_uncompressed_file_never_crash_the_program() {
    assert!(damage_everywhere(Compression::UNCOMPRESSED, 0) > 20);
}

#[test]
fn damaged_bytes_of_a_snappy_file_never_crash_the_program() {
    assert!(damage_everywhere(Compression::SNAPPY, 1) > 20);
}

#[test]
fn damaged_bytes_of_a_zstd_file_never_crash_the_program() {
    assert!(damage_everywhere(Compression::ZSTD(ZstdLevel::default()), 2) > 20);
}

#[test]
fn a_truncated_file_is_refused() {
    let project = Project::new();
    let whole = std::fs::read(project.path("train.parquet")).unwrap();
    for length in [0, 3, 4, 12, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        project.put("train.parquet", &whole[..length]);
        project.refuses(3, &["p.yaml:6:13: error: train.parquet: not a readable Parquet file"]);
    }
}

#[test]
fn a_file_with_a_hole_in_its_pages_is_refused() {
    let project = Project::new();
    project.write_compressed("train.parquet", &columns(), Compression::ZSTD(ZstdLevel::default()));
    let mut bytes = std::fs::read(project.path("train.parquet")).unwrap();
    let half = bytes.len() / 2;
    bytes[4..half].fill(0);
    project.put("train.parquet", bytes);
    project.refuses(3, &["train.parquet: not a readable Parquet file"]);
}

#[test]
fn files_of_another_kind_are_refused() {
    let project = Project::new();
    let cases: [&[u8]; 4] = [b"x,y\n1,2\n", b"PAR1", b"PAR1PAR1PAR1", b"\x89PNG\r\n\x1a\n and so on, and on"];
    for bytes in cases {
        project.put("train.parquet", bytes);
        project.refuses(3, &["train.parquet: not a readable Parquet file"]);
        let words = ["train.parquet: not a readable Parquet file"];
        project.semola(&["inspect", "train.parquet"]).fails(3, &words);
    }
}

#[test]
fn a_damaged_run_is_bad_data_to_those_who_look_at_runs() {
    let project = Project::with_pipeline("");
    let put = |name: &str, text: &str| {
        std::fs::create_dir_all(project.path("out/m/tables")).unwrap();
        project.put(&format!("out/m/{name}"), text);
    };
    put("manifest.json", "{\"status\": ");
    for command in ["report", "inspect"] {
        for path in ["out", "out/m"] {
            let words = ["manifest.json: not a manifest of this program", "run the pipeline again with --fresh"];
            project.semola(&[command, path]).fails(3, &words);
        }
    }
    put("manifest.json", "{\"status\": \"done\"}");
    put("tables/groups.parquet", "PAR1 torn");
    project.semola(&["report", "out"]).fails(3, &["groups.parquet: not a readable Parquet file"]);
    // A damaged table does not hide the rest.
    assert!(project.semola(&["inspect", "out"]).succeeds().contains("groups (damaged: "));
}

#[test]
fn a_file_whose_pages_are_damaged_ends_an_inspection_with_a_message() {
    let project = Project::new();
    let whole = std::fs::read(project.path("train.parquet")).unwrap();
    for at in (4..whole.len()).step_by(whole.len() / 30) {
        let mut damaged = whole.clone();
        damaged[at..(at + 8).min(whole.len())].fill(0xee);
        project.put("train.parquet", &damaged);
        let done = project.semola(&["inspect", "train.parquet"]);
        assert!(matches!(done.code, Some(0 | 3)), "byte {at}: {done:#?}");
        done.has_no_panic();
    }
}
