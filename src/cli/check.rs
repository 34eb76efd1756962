//! `semola-pipe check`.

use super::args::CheckArgs;
use super::error::CliError;
use super::planning::{Family, read_all, settings_text};
use crate::plan::Plan;
use crate::run::Printer;

/// Validates everything that can be known without training, values of the data included, and prints the plan.
pub fn check(args: &CheckArgs, printer: &Printer) -> Result<(), CliError> {
    let mut family = Family::load(&args.pipeline, &args.set, args.seed)?;
    let Some(plan) = family.plans.first() else { return Ok(()) };
    let data = read_all(plan, &family.directory).inspect_err(|_| family.warn(printer))?;
    // What is known by now is part of the plan: the rows that `where` leaves, the values that name parts.
    let points: Vec<usize> = (0..family.plans.len()).collect();
    if let (Some(settled), Some(first)) = (family.settled(&points, &data)?, family.plans.first_mut()) {
        *first = settled;
    }
    family.warn(printer);
    let mut text = family.plans.first().map_or_else(String::new, Plan::to_string);
    if let [_, _, ..] = family.plans.as_slice() {
        text += &format!("\n{} points, {} members; above is the first\n", family.plans.len(), family.members().len());
        for (settings, plan) in family.settings.iter().zip(&family.plans) {
            let hash: String = plan.pipeline_hash.chars().take(12).collect();
            text += &format!("    pipeline {hash}: {}\n", settings_text(settings));
        }
    }
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
