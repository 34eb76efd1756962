//! `semola-pipe sweep`: many members, here or on a cluster.

mod local;
mod status;
mod submit;
mod task;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use super::error::CliError;
use super::run::{load, warn};
use super::sweep_args::{
    SweepCommand, SweepManifestArgs, SweepMergeArgs, SweepPlanArgs, SweepRunningArgs, SweepWhereArgs,
};
use crate::cli::printer::Printer;
use semola_pipe::member::Holder;
use semola_pipe::pipeline::Document;
use semola_pipe::run::{Device, default_out, interrupt};
use semola_pipe::sweep::{IndexedJob, Jobs, Planned, Request, Slurm, Store, kubernetes, merge};

/// Runs the subcommand.
pub fn sweep(command: &SweepCommand, printer: &Printer) -> Result<(), CliError> {
    match command {
        SweepCommand::Run(args) => local::run(args, printer),
        SweepCommand::Submit(args) => submit::submit(args, printer),
        SweepCommand::Status(args) => status::show(&args.place, args.json, printer),
        SweepCommand::Resume(args) => resume(args, printer),
        SweepCommand::Cancel(args) => cancel(args, printer),
        SweepCommand::Merge(args) => merged(args, printer),
        SweepCommand::Manifest(args) => manifest(args, printer),
        SweepCommand::Task(args) => task::task(args, printer),
    }
}

/// Warned of the time limit, an element goes back into the queue: what it did so far is saved.
pub fn interrupted(printer: &Printer) -> Result<(), CliError> {
    if interrupt::warned() {
        match Slurm.requeue_self() {
            Ok(()) => printer.note("the time limit is near: queued again"),
            Err(e) => printer.warning(&format!("the time limit is near, and this could not be queued again: {e}")),
        }
    }
    Err(CliError::interrupted())
}

/// Plans all members of the sweep given by the arguments.
fn plan(args: &SweepPlanArgs, printer: &Printer) -> Result<Planned, CliError> {
    let members = &args.members;
    Device::choose(&members.device)?;
    let (family, sets, _) = load(members, printer)?;
    warn(&family, printer);
    let request = Request {
        pipeline: members.pipeline.clone(),
        sets,
        seed: members.seed,
        out: members.out(family.name()),
        device: members.device.clone(),
        threads: args.threads,
    };
    Ok(Planned::new(request, &family)?)
}

/// The sweep of a pipeline file or of a directory with results.
fn store(place: &SweepWhereArgs) -> Result<Store, CliError> {
    let out = match &place.out {
        Some(out) => out.clone(),
        None if place.target.is_file() => {
            let document = Document::load(&place.target, &[])?;
            default_out(&document.content().name)
        }
        None => place.target.clone(),
    };
    Ok(Store::at(&out))
}

/// A path as one types it.
fn typed(path: &Path) -> String {
    shell_words::quote(&path.to_string_lossy()).into_owned()
}

/// This program, and the arguments that make it a worker of a sweep.
fn worker(store: &Store) -> Result<(PathBuf, Vec<OsString>), CliError> {
    let program = super::this_program()?;
    let out = std::path::absolute(store.out()).unwrap_or_else(|_| store.out().to_owned());
    Ok((program, vec!["sweep".into(), "task".into(), out.into()]))
}

fn resume(args: &SweepRunningArgs, printer: &Printer) -> Result<(), CliError> {
    let store = store(&args.place)?;
    match Jobs::of(&store)?.0.is_empty() {
        true => local::go_on(&store, &args.local, args.json, printer),
        false => submit::again(&store, args.json, printer),
    }
}

fn cancel(args: &SweepWhereArgs, printer: &Printer) -> Result<(), CliError> {
    let store = store(args)?;
    store.sweep()?;
    let jobs = Jobs::of(&store)?;
    let mut live: Vec<String> = Slurm.queue(&jobs)?.into_iter().map(|e| e.job).collect();
    live.dedup();
    if !live.is_empty() {
        Slurm.cancel(&live)?;
        printer.note(&format!("cancelled: {}", live.join(", ")));
    }
    match store.holder() {
        Some(holder) => stop(&holder, printer),
        None if live.is_empty() => {
            printer.note("nothing is queued or runs");
            Ok(())
        }
        None => Ok(()),
    }
}

/// Asks the runner to stop, if it is one on this machine.
fn stop(holder: &Holder, printer: &Printer) -> Result<(), CliError> {
    let process = match holder {
        Holder::Process(process) if process.host == semola_data::durable::host() => process.process,
        _ => return Err(CliError::failed(format!("the sweep is run by {holder}: stop it there"))),
    };
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    if pid.is_none_or(|pid| kill_process(pid, Signal::TERM).is_err()) {
        return Err(CliError::failed(format!("{holder} could not be asked to stop")));
    }
    printer.note(&format!("asked {holder} to stop; members save their state"));
    Ok(())
}

fn merged(args: &SweepMergeArgs, printer: &Printer) -> Result<(), CliError> {
    let store = store(&args.place)?;
    let sweep = store.sweep()?;
    let merged = merge::merge(&store, &sweep, args.partial)?;
    for (table, rows) in &merged.tables {
        super::say(printer, &format!("{table:<16} {rows:>10} rows\n"))?;
    }
    let missing = merged.missing.len();
    if missing == 0 {
        printer.note(&format!(
            "all {} members are in {}",
            sweep.members.len(),
            store.out().join(merge::TABLES).display()
        ));
        return Ok(());
    }
    let some: Vec<String> = merged.missing.iter().take(5).cloned().collect();
    let more = if missing > 5 { format!(" and {} more", missing - 5) } else { String::new() };
    let message = format!("{missing} of {} members are not done: {}{more}", sweep.members.len(), some.join("; "));
    if args.partial {
        printer.warning(&message);
        return Ok(());
    }
    Err(CliError::failed(format!("{message}; `sweep status` says why, --partial merges without them")))
}

fn manifest(args: &SweepManifestArgs, printer: &Printer) -> Result<(), CliError> {
    let planned = plan(&args.plan, printer)?;
    planned.save(args.plan.members.fresh, printer)?;
    let (_, arguments) = worker(&planned.store)?;
    let text = |argument: OsString| {
        let odd = |argument: OsString| {
            CliError::usage(format!(
                "{}: a manifest holds text, and this path is none; give another --out",
                argument.display()
            ))
        };
        argument.into_string().map_err(odd)
    };
    let arguments: Vec<String> = arguments.into_iter().map(text).collect::<Result<_, _>>()?;
    let job = IndexedJob {
        name: &planned.sweep.name,
        image: &args.image,
        claim: &args.claim,
        mount: &args.mount,
        members: planned.sweep.members.len(),
        pack: args.pack as usize,
        parallelism: args.parallelism as usize,
        threads: planned.sweep.threads,
    };
    let job = kubernetes(job, &arguments);
    printer.warning("this manifest was generated and checked against the schema; it has never been run on a cluster");
    super::say_json(printer, &job)
}
