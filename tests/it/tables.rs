//! The tables in other people's programs: pandas, polars and DuckDB.

use std::process::Command;

use crate::project::Project;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/check_tables.py");

/// The first Python that has the three packages.
pub fn python() -> Option<String> {
    let wished = std::env::var("SEMOLA_PYTHON").ok();
    let candidates = wished.into_iter().chain(["python3".to_owned()]);
    let has_all = |python: &String| {
        let imports = ["-c", "import pandas, pyarrow, polars, duckdb"];
        Command::new(python).args(imports).output().is_ok_and(|o| o.status.success())
    };
    candidates.into_iter().find(has_all)
}

#[test]
fn pandas_polars_and_duckdb_read_every_table() {
    let Some(python) = python() else {
        eprintln!(
            "SKIPPED: neither SEMOLA_PYTHON nor python3 has pandas, pyarrow, polars and duckdb (scripts/requirements.txt); \
             the tables were NOT read by other programs"
        );
        return;
    };
    let project = Project::new();
    project.semola(&["run", "p.yaml", "--out", "out"]).succeeds();
    let output = Command::new(&python).args([SCRIPT, project.path("out").to_str().unwrap()]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.ends_with(" passed, 0 failed\n"), "{text}");
    // A member that lacks a table, and one whose table lacks a column, are noticed.
    let member = project.members("out").remove(0);
    std::fs::remove_file(member.join("tables/metrics.parquet")).unwrap();
    std::fs::copy(member.join("tables/groups.parquet"), member.join("tables/evaluation.parquet")).unwrap();
    let output = Command::new(&python).args([SCRIPT, member.to_str().unwrap()]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("FAILED") && !text.contains(" 0 failed"), "{text}");
}
