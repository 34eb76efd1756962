//! `sweep status`.

use serde_json::json;

use crate::cli::error::CliError;
use crate::cli::printer::Printer;
use crate::cli::sweep_args::SweepWhereArgs;
use semola_pipe::sweep::{Standing, Status, Store, status};
use semola_pipe::words::align;

const ALL: [Standing; 6] =
    [Standing::Done, Standing::Running, Standing::Queued, Standing::Waiting, Standing::Interrupted, Standing::Failed];

/// One line of counts, a row for each unfinished member, and what to type next.
pub fn show(place: &SweepWhereArgs, as_json: bool, printer: &Printer) -> Result<(), CliError> {
    let store = super::store(place)?;
    let found = status(&store, &store.sweep()?)?;
    if let Some(why) = &found.scheduler {
        printer.warning(&format!("the scheduler was not heard: {why}; this is what the files say"));
    }
    if as_json {
        return print_json(&found, printer);
    }
    super::super::say(printer, &format!("{}{}next: {}\n", line(&found), rows(&found), next(&found, &store)))
}

/// The status as JSON on stdout.
pub fn print_json(found: &Status, printer: &Printer) -> Result<(), CliError> {
    let mut value = serde_json::to_value(found).unwrap_or_default();
    value["counts"] =
        json!(ALL.iter().map(|s| (s.as_str(), found.count(*s))).collect::<std::collections::BTreeMap<_, _>>());
    super::super::say_json(printer, &value)
}

/// One line of counts.
pub fn line(found: &Status) -> String {
    let counts = ALL.iter().filter(|s| found.count(**s) > 0 || **s == Standing::Done);
    let counts: Vec<String> = counts.map(|s| format!("{} {}", found.count(*s), s.as_str())).collect();
    let mut text = format!("{} members: {}", found.members, counts.join(", "));
    if found.duplicates > 0 {
        text +=
            &format!("; {} duplicate attempts, {} of them with other numbers", found.duplicates, found.differing.len());
    }
    text + "\n"
}

fn rows(found: &Status) -> String {
    if found.unfinished.is_empty() {
        return String::new();
    }
    let head = ["", "member", "state", "attempts", "heartbeat", "job", "what", "why", "log"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for u in &found.unfinished {
        let ago = u.heartbeat_seconds.map_or_else(|| "-".to_owned(), |s| format!("{s} s ago"));
        let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        table.push(vec![
            String::new(),
            u.member.to_string(),
            u.standing.as_str().to_owned(),
            u.attempts.to_string(),
            ago,
            or(&u.job),
            u.label.clone(),
            or(&u.reason),
            or(&u.log),
        ]);
    }
    align(&table, &[])
}

fn next(found: &Status, store: &Store) -> String {
    let out = super::typed(store.out());
    let open = found.count(Standing::Waiting) + found.count(Standing::Interrupted);
    let busy = found.count(Standing::Running) + found.count(Standing::Queued) > 0 || found.runner.is_some();
    if found.unfinished.is_empty() {
        let merge = format!("semola-pipe sweep merge {out}");
        return if found.merged { format!("semola-pipe compare {out}") } else { merge };
    }
    if !found.given_up.is_empty() {
        return format!("semola-pipe sweep resume {out} (releases what Slurm holds back after a failed launch)");
    }
    if busy {
        return format!("semola-pipe sweep status {out}");
    }
    if open == 0 {
        return format!("mend the cause (the log says it), then semola-pipe sweep resume {out}");
    }
    format!("semola-pipe sweep resume {out}")
}
