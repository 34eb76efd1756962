//! `semola-pipe check`.

use super::args::CheckArgs;
use super::error::CliError;
use super::run::warn;
use crate::cli::printer::Printer;
use semola_pipe::run::{Family, read_all, settings_text};

/// Validates everything that can be known without training, values of the data included, and prints the plan.
pub fn check(args: &CheckArgs, printer: &Printer) -> Result<(), CliError> {
    let family = Family::load_with(&args.pipeline, &args.set, args.seed)?;
    let data = read_all(family.plan(0)?, family.directory()).inspect_err(|_| warn(&family, printer))?;
    // What is known by now is part of the plan: the rows that `where` leaves, the values that name parts.
    let points: Vec<usize> = (0..family.points()).collect();
    let settled = family.settled(&points, &data)?;
    let warnings = family.warnings_with(settled.as_ref());
    warnings.iter().for_each(|text| printer.problems(text));
    let mut text = settled.map_or_else(String::new, |plan| plan.to_string());
    if family.points() > 1 {
        text += &format!("\n{} points, {} members; above is the first\n", family.points(), family.members().len());
        for (point, plan) in family.plans().into_iter().enumerate() {
            // The first plan as it was settled has the same hash.
            let hash: String = plan.pipeline_hash.chars().take(12).collect();
            text += &format!("    pipeline {hash}: {}\n", settings_text(family.settings(point)));
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
