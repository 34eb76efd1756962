//! `semola-pipe run`.

use super::args::{MembersArgs, RunArgs};
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_pipe::imports::{Imports, Room};
use semola_pipe::pipeline::{Represented, load_represented};
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
    let (family, _, fields) = load(&args.members, printer)?;
    warn(&family, printer);
    family.chosen(args.member)?;
    super::listen()?;
    tell_machine(device, printer);
    let out = args.members.out(family.name());
    let settings = RunSettings { out, device, fresh: args.members.fresh, member: args.member };
    let outcome = family.run_as(&settings, printer)?;
    super::summary::show(&outcome.finished, args.json, printer)?;
    if !args.json {
        super::representations::show(&outcome.finished, &fields, printer)?;
    }
    Ok(outcome.complete()?)
}

/// Reads and checks a pipeline; files in other formats are imported beside the results. Also returns the assignments, and the
/// fields, of `action: auto`.
pub fn load(args: &MembersArgs, printer: &Printer) -> Result<(Family, Vec<String>, Vec<String>), CliError> {
    let Represented { document, sets, fields } = load_represented(&args.pipeline, &args.set)?;
    let family = Family::of(document, args.seed);
    if !fields.is_empty() {
        printer.note(&format!(
            "action: auto of {}: {} runs, one for each candidate",
            fields.join(", "),
            family.points()
        ));
    }
    let room = Room::of_run(&args.out(family.name()), family.directory());
    let imports = Imports::new(room).telling(printer.shared());
    let family = super::unless_stopped(family.importing(imports).planned(&mut |_, _| {}))?;
    Ok((family, sets, fields))
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
