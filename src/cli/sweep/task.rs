//! `sweep task`: what engines start.

use std::io::{self, BufReader};

use semola_data::Blame;
use semola_data::guard::caught;

use super::interrupted;
use crate::cli::error::CliError;
use crate::cli::panic;
use crate::cli::printer::Printer;
use crate::cli::run::prepare_machine;
use crate::cli::sweep_args::SweepTaskArgs;
use semola_pipe::imports::{Imports, Room};
use semola_pipe::member::{Manifest, RunDir, Status};
use semola_pipe::pipeline::Document;
use semola_pipe::run::{Family, Member, Next, Runner, interrupt};
use semola_pipe::sweep::{Ended, Others, Slurm, Store, Sweep, SweepMember, Task, orders, serve, work};

/// Runs members as ordered by an engine.
pub fn task(args: &SweepTaskArgs, printer: &Printer) -> Result<(), CliError> {
    super::super::listen()?;
    let store = Store::at(&args.out);
    let sweep = store.sweep()?;
    let device = prepare_machine(&sweep.device, Some(sweep.threads), printer)?;
    let document = Document::from_copy(&sweep.pipeline, &store.pipeline()?, &sweep.sets, &sweep.directory)?;
    let room = Room::of_run(store.out(), &sweep.directory);
    let family = Family::of(document, sweep.seed).importing(Imports::new(room).telling(printer.shared()));
    let mut members = Members { sweep: &sweep, runner: Runner::new(&family, device, printer), printer };
    let log = args.log.to_string_lossy();
    if args.serve {
        let mut orders = orders(BufReader::new(io::stdin()), interrupt::request);
        let place = (Others::Wait, &*log);
        serve(&store, &sweep, place, &mut orders, &mut io::stdout(), &mut members)
            .map_err(|e| CliError::failed(format!("this worker and its runner do not understand each other: {e}")))?;
        return if interrupt::requested() { Err(CliError::interrupted()) } else { Ok(()) };
    }
    let numbers = match args.element {
        Some(element) => {
            let first = element.saturating_mul(args.pack);
            sweep.members.iter().map(|m| m.number).skip(first).take(args.pack).collect()
        }
        None => args.members.clone(),
    };
    list(&store, &sweep, &numbers, &log, &mut members, printer)
}

/// Runs members one after the other; a failure does not stop the others.
fn list(
    store: &Store,
    sweep: &Sweep,
    numbers: &[usize],
    log: &str,
    task: &mut Members,
    printer: &Printer,
) -> Result<(), CliError> {
    let attempt = attempt_name();
    let log = if log.is_empty() { slurm_log(store) } else { log.to_owned() };
    let mut failed = 0;
    for number in numbers {
        let member = sweep.members.iter().find(|m| m.number == *number);
        let member = member.ok_or_else(|| CliError::usage(format!("the sweep has no member {number}")))?;
        if interrupt::requested() {
            return interrupted(printer);
        }
        match work(store, member, &attempt, (Others::Race, &log), task)? {
            Ended::Done => printer.note("done"),
            Ended::Duplicate { winner, differing } if differing.is_empty() => {
                printer.note(&format!("{winner} was first, with the same numbers"));
            }
            Ended::Duplicate { winner, differing } => {
                printer.warning(&format!("{winner} was first, with other numbers in {}", differing.join(", ")));
            }
            Ended::Interrupted => return interrupted(printer),
            _ => failed += 1,
        }
    }
    match failed {
        0 => Ok(()),
        n => Err(CliError::failed(format!("{n} of {} members failed", numbers.len()))),
    }
}

fn attempt_name() -> String {
    Slurm::attempt_name().unwrap_or_else(|| format!("task-{}-{}", semola_data::durable::host(), std::process::id()))
}

fn slurm_log(store: &Store) -> String {
    let part = |name: &str| std::env::var(name).ok();
    match part("SLURM_ARRAY_JOB_ID").zip(part("SLURM_ARRAY_TASK_ID")) {
        Some((job, index)) => store.logs().join(format!("slurm-{job}_{index}.log")).display().to_string(),
        None => String::new(),
    }
}

/// Runs members of one sweep.
struct Members<'a> {
    sweep: &'a Sweep,
    runner: Runner<'a>,
    printer: &'a Printer,
}

impl Members<'_> {
    fn attempt(&mut self, member: &SweepMember, directory: &mut RunDir) -> Result<(), CliError> {
        let own = Member { number: member.number, point: member.point, seed: member.seed };
        let ready = self.runner.ready(own, Next::Unknown)?;
        if ready.id() != member.id {
            return Err(CliError::bad_data(
                "the data or this program changed after the sweep was planned; plan it again with `sweep run` or `sweep submit`",
            ));
        }
        Ok(ready.run(directory)?)
    }
}

impl Task for Members<'_> {
    fn run(&mut self, member: &SweepMember, directory: &mut RunDir) -> Ended {
        self.printer.note(&format!("member {}: {}", member.number, member.label));
        // A panic fails this member, not the others of the worker.
        let outcome = caught(|| self.attempt(member, directory));
        let Err(e) = outcome.unwrap_or_else(|| Err(CliError::failed(panic::line()))) else { return Ended::Done };
        let why = e.to_string();
        if e.blame() != Blame::Interrupted {
            self.printer.error(&format!("{}: {why}", member.label));
        }
        let ended = match e.blame() {
            Blame::Interrupted => Ended::Interrupted,
            Blame::Pipeline => Ended::BadPipeline(why.clone()),
            Blame::Data => Ended::BadData(why.clone()),
            Blame::Run => Ended::Failed(why.clone()),
        };
        // What went wrong before the stages began is not in the manifest yet.
        if ended != Ended::Interrupted && directory.manifest().is_none_or(|m| m.status != Status::Failed) {
            let manifest = Manifest {
                run_id: member.id.clone(),
                name: self.sweep.name.clone(),
                seed: member.seed,
                ..Manifest::default()
            };
            let _ = directory.start(manifest).and_then(|()| directory.finish(Status::Failed, Some(why)));
        }
        ended
    }

    fn interrupted(&self) -> bool {
        interrupt::requested()
    }
}
