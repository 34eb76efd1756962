//! `semola-pipe check`.

use super::args::CheckArgs;
use super::error::CliError;
use super::run::{plan, read_all};
use crate::run::Printer;

/// Validates everything that can be known without training, values of the data included, and prints the plan.
pub fn check(args: &CheckArgs, printer: &Printer) -> Result<(), CliError> {
    let (document, plan) = plan(&args.pipeline, &args.set, args.seed)?;
    if !plan.warnings.is_empty() {
        printer.problems(&plan.warnings.to_string());
    }
    let data = read_all(&plan, document.directory())?;
    let mut text = plan.to_string();
    text += "\ndata as read\n";
    for (name, set) in &data {
        let groups = set.groups.as_ref().and_then(|g| g.iter().max()).map(|g| format!(", {} groups", g + 1));
        let dropped: usize = set.dropped.values().sum();
        let dropped = if dropped > 0 { format!(", {dropped} rows left out") } else { String::new() };
        let megabytes = set.memory_bytes() as f64 / 1e6;
        text += &format!("    {name}: {} rows{}{dropped}, {megabytes:.1} MB\n", set.rows, groups.unwrap_or_default());
    }
    super::say(printer, &text)
}
