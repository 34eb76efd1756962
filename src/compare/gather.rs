//! From what the user named to the members that are compared.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::error::CompareError;
use crate::member::{Manifest, RunError, Status, TABLES, members, state};
use semola_data::table::file_of;

/// One member and what its manifest says.
#[derive(Debug, Clone)]
pub struct Member {
    pub path: PathBuf,
    pub manifest: Manifest,
}

impl Member {
    /// The file of one of its tables, which need not exist.
    pub fn table(&self, name: &str) -> PathBuf {
        file_of(&self.path.join(TABLES), name)
    }

    /// The same, checked to be what the run wrote; `None` if it has no such table.
    pub fn checked_table(&self, name: &str) -> Result<Option<PathBuf>, RunError> {
        self.manifest.table_file(&self.path, name)
    }

    fn is_done(&self) -> bool {
        self.manifest.status == Status::Done
    }
}

/// The members, each once, in an order that does not depend on that of the arguments; and the warnings.
pub fn gather(runs: &[PathBuf], all: bool) -> Result<(Vec<Member>, Vec<String>), CompareError> {
    let mut paths = Vec::new();
    for run in runs {
        paths.extend(expand(run)?);
    }
    let mut found = Vec::new();
    for path in &paths {
        found.extend(members_below(path)?);
    }
    let read = |path: PathBuf| Manifest::read(&path).map(|manifest| manifest.map(|manifest| Member { path, manifest }));
    let read: Vec<Option<Member>> = found.into_par_iter().map(read).collect::<Result<_, _>>()?;
    let mut warnings = Vec::new();
    let mut chosen = without_repeats(read.into_iter().flatten().collect(), &mut warnings);
    if chosen.is_empty() {
        return Err(CompareError::NoMembers { places: places(runs) });
    }
    let unfinished: Vec<&Member> = chosen.iter().filter(|m| !m.is_done()).collect();
    if !unfinished.is_empty() {
        let states = states(&unfinished)?;
        if unfinished.len() == chosen.len() && !all {
            return Err(CompareError::NothingDone { states });
        }
        let fate =
            if all { "are compared too: their tables may be incomplete" } else { "are left out (--all takes them in)" };
        warnings.push(format!("{} of {} members are not done ({states}) and {fate}", unfinished.len(), chosen.len()));
    }
    chosen.retain(|member| all || member.is_done());
    match chosen.iter().filter(|member| member.manifest.lacks_sums()).count() {
        0 => {}
        count => warnings.push(format!("{count} members were made by a build that wrote no checksums: nothing tells whether their tables were changed")),
    }
    let order = |m: &Member| (m.manifest.name.clone(), m.manifest.seed, m.manifest.run_id.clone(), m.path.clone());
    chosen.sort_by_cached_key(order);
    Ok((chosen, warnings))
}

/// The paths that an argument stands for: itself, or what matches it as a glob.
fn expand(run: &Path) -> Result<Vec<PathBuf>, CompareError> {
    if run.exists() {
        return Ok(vec![run.to_owned()]);
    }
    let nothing = || CompareError::NoSuchRun { path: run.to_owned() };
    let matches = run.to_str().and_then(|pattern| glob::glob(pattern).ok()).ok_or_else(nothing)?;
    let paths: Vec<PathBuf> = matches.flatten().collect();
    if paths.is_empty() { Err(nothing()) } else { Ok(paths) }
}

/// The members of a member's directory, of a run directory, or of a directory of those. None in anything else: a glob
/// that the shell expanded may hold stray files.
fn members_below(path: &Path) -> Result<Vec<PathBuf>, CompareError> {
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    match members(path) {
        Ok(found) => return Ok(found),
        Err(RunError::NotARun { .. }) => {}
        Err(other) => return Err(other.into()),
    }
    let Ok(entries) = std::fs::read_dir(path) else { return Ok(Vec::new()) };
    let mut below: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    below.sort();
    Ok(below.iter().filter_map(|path| members(path).ok()).flatten().collect())
}

/// Each run once; if one of its copies is done, that one.
fn without_repeats(members: Vec<Member>, warnings: &mut Vec<String>) -> Vec<Member> {
    let total = members.len();
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Member> = Vec::new();
    for member in members {
        // A manifest without an id (none of ours) is told apart by its place.
        let id = match member.manifest.run_id.as_str() {
            "" => member.path.canonicalize().unwrap_or_else(|_| member.path.clone()).display().to_string(),
            id => id.to_owned(),
        };
        match at.get(&id) {
            None => {
                at.insert(id, kept.len());
                kept.push(member);
            }
            Some(&first) if member.is_done() && !kept[first].is_done() => kept[first] = member,
            Some(_) => {}
        }
    }
    if kept.len() < total {
        warnings.push(format!(
            "{} directories hold a run that was found before (same run_id) and count once",
            total - kept.len()
        ));
    }
    kept
}

/// `3 interrupted, 1 failed`.
fn states(members: &[&Member]) -> Result<String, CompareError> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for member in members {
        *counts.entry(state(&member.path)?.as_str()).or_default() += 1;
    }
    Ok(counts.iter().map(|(state, count)| format!("{count} {state}")).collect::<Vec<_>>().join(", "))
}

fn places(runs: &[PathBuf]) -> String {
    runs.iter().map(|run| run.display().to_string()).collect::<Vec<_>>().join(", ")
}
