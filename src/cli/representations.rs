//! After a run with `action: auto`: which representations of a field fit, which are refuted, and which cannot be told.

use std::collections::BTreeMap;

use super::error::CliError;
use crate::cli::printer::Printer;
use semola_data::table::GroupRow;
use semola_document::visible;
use semola_pipe::run::Finished;
use semola_pipe::words::align;

/// Prints a table of the candidates, seeds together.
pub fn show(finished: &[Finished], fields: &[String], printer: &Printer) -> Result<(), CliError> {
    if fields.is_empty() || finished.is_empty() {
        return Ok(());
    }
    let mut found: BTreeMap<Vec<&str>, Vec<&GroupRow>> = BTreeMap::new();
    for member in finished {
        let actions = fields.iter().map(|field| member.action(field).unwrap_or_default()).collect();
        found.entry(actions).or_default().extend(&member.groups);
    }
    let head = fields.iter().map(|field| visible(field).into_owned()).chain(["verdict".into(), "found".into()]);
    let mut rows = vec![head.collect::<Vec<String>>()];
    for (actions, groups) in found {
        let verdict = verdict(&groups);
        let name = |g: &GroupRow| if g.whole.is_empty() { g.name.clone() } else { g.whole.clone() };
        let each = groups.iter().map(|g| format!("{} ({})", name(g), g.verdict)).collect::<Vec<_>>().join(", ");
        rows.push(
            actions.iter().map(|a| (*a).to_owned()).chain([verdict.to_owned(), visible(&each).into_owned()]).collect(),
        );
    }
    let text = format!("action: auto, one run for each candidate\n{}", align(&rows, &[]));
    super::say(printer, &text.lines().map(|line| format!("  {line}\n")).collect::<String>())
}

/// A representation fits where a group was found with it, and is refuted where every direction was.
fn verdict(groups: &[&GroupRow]) -> &'static str {
    let all = |is: &dyn Fn(&str) -> bool| !groups.is_empty() && groups.iter().all(|g| is(&g.verdict));
    match () {
        () if all(&|verdict| matches!(verdict, "accepted" | "approximate")) => "fits",
        () if all(&|verdict| verdict == "none") => "refuted",
        () => "cannot be told",
    }
}
