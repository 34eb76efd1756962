//! The state of a run: members, tables, checkpoints, last events.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::InspectError;
use crate::member::{LOCK_FILE, Manifest, State, TABLES, last_events, members, state};
use semola_data::table::{count_rows, file_of};

/// How many events are shown.
const EVENTS: usize = 5;

pub(super) fn inspect_run(path: &Path) -> Result<Value, InspectError> {
    let members = members(path)?.iter().map(|member| inspect_member(member)).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({"kind": "run", "path": path.display().to_string(), "members": members}))
}

fn inspect_member(path: &Path) -> Result<Value, InspectError> {
    let state = state(path)?;
    let manifest = Manifest::read(path)?.unwrap_or_default();
    let (holder, running) = match &state {
        State::Running { holder } => (Some(holder.to_string()), holding(path)),
        _ => (None, None),
    };
    Ok(json!({
        "member": name(path),
        "status": state.as_str(),
        "holder": holder,
        "error": manifest.error,
        "name": manifest.name,
        "run_id": manifest.run_id,
        "seed": manifest.seed,
        "device": manifest.device,
        "started": manifest.started,
        "finished": manifest.finished,
        "attempts": manifest.attempts,
        "seconds": manifest.seconds,
        "running_seconds": running,
        "cpu_seconds": manifest.cpu_seconds,
        "peak_rss_bytes": manifest.peak_rss_bytes,
        "tables": tables(path, &manifest),
        "checkpoints": files(&path.join("checkpoints"), "safetensors").iter().map(|file| name(file)).collect::<Vec<_>>(),
        "report": path.join("report.html").is_file(),
        "events": last_events(path, EVENTS),
    }))
}

/// Seconds since the running process locked the directory, which is when it wrote the lock file.
fn holding(member: &Path) -> Option<f64> {
    let taken = fs::metadata(member.join(LOCK_FILE)).and_then(|found| found.modified()).ok()?;
    taken.elapsed().ok().map(|since| since.as_secs_f64())
}

/// The tables that are there, and those that the run wrote and that are gone. A damaged table does not hide the rest of the run.
fn tables(member: &Path, manifest: &Manifest) -> Vec<Value> {
    let stem = |path: &PathBuf| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut names: BTreeSet<String> = files(&member.join(TABLES), "parquet").iter().map(stem).collect();
    let written = manifest.sums.iter().flat_map(|sums| sums.tables.keys());
    names.extend(written.filter_map(|name| name.strip_suffix(".parquet").map(str::to_owned)));
    names.iter().map(|table| inspect_table(member, manifest, table)).collect()
}

fn inspect_table(member: &Path, manifest: &Manifest, table: &str) -> Value {
    let rows = || -> Result<u64, InspectError> {
        let path = manifest.table_file(member, table)?;
        Ok(count_rows(&path.unwrap_or_else(|| file_of(&member.join(TABLES), table)))?)
    };
    match rows() {
        Ok(rows) => json!({"table": table, "rows": rows}),
        Err(error) => json!({"table": table, "error": error.to_string()}),
    }
}

/// Files with this ending, by name.
fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

/// The last part of a path, also of `.`.
fn name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
