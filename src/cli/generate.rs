//! `semola-pipe generate`.

use std::path::Path;

use super::args::GenerateArgs;
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_data::output::{Output, Own, check_directory};
use semola_pipe::generate::{Options, broken, generate as write, tasks};

/// Checks that what a task writes replaces only what a task wrote.
fn check_files(task: &str, out: &Path) -> Result<(), CliError> {
    if !out.exists() {
        return Ok(());
    }
    for name in ["train.parquet", "test.parquet", "test_shifted.parquet"] {
        Output::new(&out.join(name), Own::Parquet("semola.truth"))?;
    }
    if task == "random" {
        Output::new(&out.join("pipeline.yaml"), Own::Marked("# Simulated task 'random'"))?;
    }
    Ok(())
}

/// Prints by how much a task's function breaks the groups of a file.
fn breaks(task: &str, options: &Options, file: &Path, printer: &Printer) -> Result<(), CliError> {
    let bad = |e: &dyn std::fmt::Display| {
        let shape = "give a JSON list of groups, each a list of generators, row by row: [[[0, -1, 1, 0]]]";
        CliError::usage(format!("{}: {e}; {shape}", file.display()))
    };
    let text = std::fs::read_to_string(file).map_err(|e| bad(&e))?;
    let groups: Vec<Vec<Vec<f64>>> = serde_json::from_str(&text).map_err(|e| bad(&e))?;
    let found = broken(task, options, &groups)?;
    super::say(printer, &format!("{}\n", serde_json::json!(found)))
}

/// Writes a simulated task, or lists all.
pub fn generate(args: &GenerateArgs, printer: &Printer) -> Result<(), CliError> {
    if args.task == "list" {
        let lines: Vec<String> = tasks().map(|t| format!("{:<18} {}\n", t.name, t.summary)).collect();
        return super::say(printer, &lines.concat());
    }
    let options = Options { rows: args.rows, seed: args.seed, dial: args.dial, like: args.like.clone() };
    if let Some(file) = &args.breaks {
        return breaks(&args.task, &options, file, printer);
    }
    let Some(out) = &args.out else {
        return Err(CliError::usage("give the folder to write to with --out DIR".to_owned()));
    };
    check_directory(out)?;
    check_files(&args.task, out)?;
    let files = write(&args.task, &options, out)?;
    let lines: Vec<String> = files.iter().map(|f| format!("{}\n", f.display())).collect();
    super::say(printer, &lines.concat())
}
