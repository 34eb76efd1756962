//! `sweep submit`: members as Slurm job arrays.

use serde_json::json;

use super::plan;
use crate::cli::error::CliError;
use crate::cli::printer::Printer;
use crate::cli::sweep_args::SweepSubmitArgs;
use semola_pipe::sweep::{Job, Slurm, SlurmOptions, Standing, Store, Sweep, Work, status};

/// Plans the sweep and submits what is neither done nor already queued.
pub fn submit(args: &SweepSubmitArgs, printer: &Printer) -> Result<(), CliError> {
    let options = args.slurm.options();
    options.check().map_err(CliError::usage)?;
    let planned = plan(&args.plan, printer)?;
    planned.store.create()?;
    let lock = planned.store.lock()?;
    planned.save(args.plan.members.fresh, printer)?;
    planned.store.save_options(&options)?;
    let outcome = send(&planned.store, &planned.sweep, &options, args.force, printer);
    drop(lock);
    report(&outcome?, args.json, printer)
}

/// Submits again, with the same options, what is not done.
pub fn again(store: &Store, json: bool, printer: &Printer) -> Result<(), CliError> {
    let sweep = store.sweep()?;
    let lock = store.lock()?;
    let options = store.options()?;
    let outcome = send(store, &sweep, &options, false, printer);
    drop(lock);
    report(&outcome?, json, printer)
}

fn send(
    store: &Store,
    sweep: &Sweep,
    options: &SlurmOptions,
    force: bool,
    printer: &Printer,
) -> Result<Vec<Job>, CliError> {
    let found = status(store, sweep)?;
    if let (Some(why), false) = (&found.scheduler, force) {
        return Err(CliError::failed(format!(
            "{why}; without its answer members might be submitted twice: try again, or --force (the first of two attempts wins)"
        )));
    }
    if !found.given_up.is_empty() {
        Slurm.release(&found.given_up)?;
        printer.note(&format!("released after a failed launch: {}", found.given_up.join(", ")));
    }
    let held = found.count(Standing::Queued) + found.count(Standing::Running);
    if held > 0 {
        printer.note(&format!("{held} members are queued or running already"));
    }
    let members = found.numbers(&[Standing::Waiting, Standing::Interrupted, Standing::Failed]);
    if members.is_empty() {
        printer.note("nothing to submit");
        return Ok(Vec::new());
    }
    let (program, arguments) = super::worker(store)?;
    let work =
        Work { program: &program, arguments: &arguments, list: "--members", name: &sweep.name, threads: sweep.threads };
    let jobs = Slurm.submit(store, work, &members, options)?;
    let ids: Vec<&str> = jobs.iter().map(|j| j.id.as_str()).collect();
    printer.note(&format!("{} members submitted as job {}", members.len(), ids.join(", ")));
    printer.note(&format!("next: semola-pipe sweep status {}", super::typed(store.out())));
    Ok(jobs)
}

fn report(jobs: &[Job], as_json: bool, printer: &Printer) -> Result<(), CliError> {
    if as_json {
        return super::super::say_json(printer, &json!(jobs));
    }
    jobs.iter().try_for_each(|job| super::super::say(printer, &format!("{}\n", job.id)))
}
