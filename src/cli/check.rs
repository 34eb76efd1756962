//! `semola-pipe check`.

use std::collections::BTreeMap;

use super::args::CheckArgs;
use super::error::CliError;
use super::run::warn;
use crate::cli::printer::{Printer, Task};
use semola_data::Dataset;
use semola_pipe::imports::{Imports, Room};
use semola_pipe::pipeline::{Plan, load_represented};
use semola_pipe::run::{Family, default_out, read_all, settings_text};

/// From this many points on, progress is shown.
const MANY: usize = 100;

/// Validates everything that can be known without training, values of the data included, and prints the plan.
pub fn check(args: &CheckArgs, printer: &Printer) -> Result<(), CliError> {
    let family = points_checked(args, printer)?;
    let data = read_all(family.plan(0)?, family.base()).inspect_err(|_| warn(&family, printer))?;
    // What is known by now is part of the plan: the rows that `where` leaves, the values that name parts.
    let settled = settled(&family, &data, printer)?;
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

/// The family, its points checked before the data is read.
fn points_checked(args: &CheckArgs, printer: &Printer) -> Result<Family, CliError> {
    let mut task: Option<Task> = None;
    let mut tell = |done: usize, all: usize| {
        if all >= MANY {
            let task = task.get_or_insert_with(|| printer.task("check", all as u64));
            task.set(done as u64, || "points as written".to_owned());
        }
    };
    let family = Family::of(load_represented(&args.pipeline, &args.set)?.document, args.seed);
    let room = Room::beside_pipeline(family.directory(), &default_out(family.name()));
    let imports = Imports::new(room).telling(printer.shared());
    Ok(family.importing(imports).planned(&mut tell)?)
}

/// The first plan with what reading has shown; all points that read the same are checked with it.
fn settled(family: &Family, data: &BTreeMap<String, Dataset>, printer: &Printer) -> Result<Option<Plan>, CliError> {
    let mut task = (family.points() >= MANY).then(|| printer.task("check", family.points() as u64));
    let points: Vec<usize> = (1..family.points()).collect();
    let first = family.settled(&[0], data)?;
    for piece in points.chunks(MANY) {
        let with_first: Vec<usize> = std::iter::once(0).chain(piece.iter().copied()).collect();
        family.settled(&with_first, data)?;
        if let (Some(task), Some(last)) = (&mut task, piece.last()) {
            task.set(*last as u64, || "points with the data that was read".to_owned());
        }
    }
    Ok(first)
}
