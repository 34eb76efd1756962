//! `sweep run`: members on this machine.

use std::sync::Mutex;

use super::plan;
use super::status;
use crate::cli::error::CliError;
use crate::cli::printer::{Printer, Task};
use crate::cli::sweep_args::{LocalArgs, SweepRunArgs};
use semola_data::durable::locked;
use semola_pipe::member::{Lock, available_memory};
use semola_pipe::run::{Device, interrupt};
use semola_pipe::sweep::{Ended, Local, Report, Store, Sweep, Told, status as look};

/// Share of the free memory that members may use together.
const SHARE: f64 = 0.8;

/// Plans the sweep and runs what is not done.
pub fn run(args: &SweepRunArgs, printer: &Printer) -> Result<(), CliError> {
    super::super::listen()?;
    let planned = plan(&args.plan, printer)?;
    planned.store.create()?;
    let lock = planned.store.lock()?;
    planned.save(args.plan.members.fresh, printer)?;
    work(lock, (&planned.store, &planned.sweep), &args.local, planned.memory, args.json, printer)
}

/// Runs what is not done of a sweep that was planned before.
pub fn go_on(store: &Store, args: &LocalArgs, json: bool, printer: &Printer) -> Result<(), CliError> {
    super::super::listen()?;
    let sweep = store.sweep()?;
    work(store.lock()?, (store, &sweep), args, None, json, printer)
}

/// Runs what is not done while the sweep is held, and reports the final status.
fn work(
    lock: Lock,
    (store, sweep): (&Store, &Sweep),
    args: &LocalArgs,
    memory: Option<usize>,
    json: bool,
    printer: &Printer,
) -> Result<(), CliError> {
    let outcome = members(store, sweep, args, memory, printer);
    store.tidy();
    drop(lock);
    finish(store, sweep, outcome?, json, printer)
}

fn members(
    store: &Store,
    sweep: &Sweep,
    args: &LocalArgs,
    memory: Option<usize>,
    printer: &Printer,
) -> Result<Vec<Report>, CliError> {
    let mut waiting = Vec::new();
    for member in &sweep.members {
        if !store.settle(&member.id)? {
            waiting.push(member.number);
        }
    }
    let (total, done) = (sweep.members.len(), sweep.members.len() - waiting.len());
    let jobs = args.jobs.map_or_else(|| jobs(sweep, memory), |j| j as usize);
    let at_a_time = jobs.min(waiting.len().max(1));
    printer.note(&format!(
        "{total} members, {done} done already; {at_a_time} at a time, {} thread{} each; results in {}",
        sweep.threads,
        if sweep.threads == 1 { "" } else { "s" },
        store.out().display()
    ));
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let (program, mut arguments) = super::worker(store)?;
    arguments.push("--serve".into());
    let voice =
        Voice { sweep, printer, tally: Mutex::new((done, 0)), task: Mutex::new(printer.task("sweep", total as u64)) };
    let local = Local {
        store,
        program: &program,
        arguments: &arguments,
        jobs,
        tries: args.tries as usize,
        interrupted: &interrupt::requested,
        tell: &|told| voice.tell(told),
    };
    Ok(local.run(&waiting)?)
}

/// Members at a time: as many as cores and memory allow; one on a GPU.
fn jobs(sweep: &Sweep, memory: Option<usize>) -> usize {
    let gpu = Device::choose(&sweep.device).is_ok_and(|device| device != Device::Cpu);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let by_cores = if gpu { 1 } else { cores / sweep.threads.max(1) as usize };
    let fitting = |(free, need): (u64, usize)| (SHARE * free as f64 / need.max(1) as f64) as usize;
    let by_memory = available_memory().zip(memory).map_or(usize::MAX, fitting);
    by_cores.min(by_memory).max(1)
}

/// The messages while members run.
struct Voice<'a> {
    sweep: &'a Sweep,
    printer: &'a Printer,
    /// Members that are done, and that failed.
    tally: Mutex<(usize, usize)>,
    task: Mutex<Task>,
}

impl Voice<'_> {
    fn label(&self, member: usize) -> &str {
        self.sweep.members.iter().find(|m| m.number == member).map_or("?", |m| m.label.as_str())
    }

    fn tell(&self, told: Told) {
        match told {
            Told::Began { member } => self.printer.detail(&format!("{}: begins", self.label(member))),
            Told::Again { member, why } => {
                self.printer.warning(&format!("{}: its process died ({why}); it is begun again", self.label(member)));
            }
            Told::Ended(report) => self.ended(&report),
        }
    }

    fn ended(&self, report: &Report) {
        let label = self.label(report.member);
        match &report.ended {
            Ended::Duplicate { winner, differing } if !differing.is_empty() => self.printer.warning(&format!(
                "{label}: {winner} was first, with other numbers in {}: this program is not deterministic here",
                differing.join(", ")
            )),
            ended => {
                if let Some(why) = ended.reason() {
                    self.printer.error(&format!("{label}: {why}"));
                }
            }
        }
        let mut tally = locked(&self.tally);
        tally.0 += usize::from(report.ended.is_done());
        tally.1 += usize::from(report.ended.reason().is_some());
        let (done, failed) = *tally;
        let mut task = locked(&self.task);
        task.set((done + failed) as u64, || format!("{done} done, {failed} failed"));
    }
}

/// Reports the status, and turns it into an exit code.
fn finish(store: &Store, sweep: &Sweep, reports: Vec<Report>, json: bool, printer: &Printer) -> Result<(), CliError> {
    let found = look(store, sweep)?;
    if json {
        status::print_json(&found, printer)?;
    } else {
        printer.note(status::line(&found).trim_end());
    }
    let failed = reports.iter().filter(|r| r.ended.reason().is_some()).count();
    if interrupt::requested() {
        return Err(CliError::interrupted());
    }
    match failed {
        0 => Ok(()),
        n => Err(CliError::failed(format!("{n} of {} members failed; `sweep status` lists them", sweep.members.len()))),
    }
}
