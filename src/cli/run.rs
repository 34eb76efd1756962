//! `semola-pipe run`.

use super::args::RunArgs;
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_pipe::run::{Device, Family, RunSettings, available, start_threads, versions};

/// Sizes the thread pool and chooses the device.
pub fn prepare_machine(device: &str, threads: Option<u32>, printer: &Printer) -> Result<Device, CliError> {
    start_threads(threads)?.iter().for_each(|note| printer.warning(note));
    let choice = Device::choose(device)?;
    if let (Device::Cpu, "auto", true, Err(why)) = (choice, device, cfg!(feature = "cuda"), available()) {
        printer.note(&format!("running on the CPU: {why}"));
    }
    Ok(choice)
}

/// Runs all members of a pipeline one after the other, or the chosen one.
pub fn run(args: &RunArgs, printer: &Printer) -> Result<(), CliError> {
    let device = prepare_machine(&args.members.device, args.threads, printer)?;
    let family = Family::load_with(&args.members.pipeline, &args.members.set, args.members.seed)?;
    warn(&family, printer);
    family.chosen(args.member)?;
    super::listen()?;
    tell_machine(device, printer);
    let out = args.members.out(family.name());
    let settings = RunSettings { out, device, fresh: args.members.fresh, member: args.member };
    let outcome = family.run_as(&settings, printer)?;
    super::summary::show(&outcome.finished, args.json, printer)?;
    Ok(outcome.complete()?)
}

/// Prints the warnings of a pipeline.
pub fn warn(family: &Family, printer: &Printer) {
    family.warnings().iter().for_each(|text| printer.problems(text));
}

/// What the numbers depend on, for verbose output.
fn tell_machine(device: Device, printer: &Printer) {
    let versions: Vec<String> = versions().iter().map(|(n, v)| format!("{n} {v}")).collect();
    printer.detail(&format!("{}; device {device}, {} threads", versions.join(", "), rayon::current_num_threads()));
}
