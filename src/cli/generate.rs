//! `semola-pipe generate`.

use std::path::Path;

use super::args::GenerateArgs;
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_data::output::{Output, Own, check_directory};
use semola_pipe::generate::{Options, generate as write, tasks};

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

/// Writes a simulated task, or lists all.
pub fn generate(args: &GenerateArgs, printer: &Printer) -> Result<(), CliError> {
    if args.task == "list" {
        let lines: Vec<String> = tasks().map(|t| format!("{:<18} {}\n", t.name, t.summary)).collect();
        return super::say(printer, &lines.concat());
    }
    let Some(out) = &args.out else {
        return Err(CliError::usage("give the folder to write to with --out DIR".to_owned()));
    };
    check_directory(out)?;
    check_files(&args.task, out)?;
    let options = Options { rows: args.rows, seed: args.seed, dial: args.dial, like: args.like.clone() };
    let files = write(&args.task, &options, out)?;
    let lines: Vec<String> = files.iter().map(|f| format!("{}\n", f.display())).collect();
    super::say(printer, &lines.concat())
}
