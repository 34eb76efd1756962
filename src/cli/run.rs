//! `semola-pipe run`.

use std::collections::BTreeMap;
use std::path::Path;

use super::args::RunArgs;
use super::builds::of_other_builds;
use super::device::{Choice, choose, start_threads};
use super::error::CliError;
use super::member::Runner;
use super::planning::{Family, Member, files, read_all, reads, tell_dropped};
use super::summary::Summary;
use crate::data::Dataset;
use crate::run::{Printer, RunDir};

/// Sizes the thread pool and chooses the device.
pub fn prepare_machine(device: &str, threads: Option<u32>, printer: &Printer) -> Result<Choice, CliError> {
    start_threads(threads)?;
    let choice = choose(device)?;
    if let (Choice::Cpu, "auto", true, Err(why)) = (choice, device, cfg!(feature = "cuda"), super::device::available())
    {
        printer.note(&format!("running on the CPU: {why}"));
    }
    Ok(choice)
}

/// Runs all members of a pipeline one after the other, or the chosen one.
pub fn run(args: &RunArgs, printer: &Printer) -> Result<(), CliError> {
    let device = prepare_machine(&args.members.device, args.threads, printer)?;
    let family = Family::load(&args.members.pipeline, &args.members.set, args.members.seed)?;
    family.warn(printer);
    let members = chosen(args, &family)?;
    super::listen()?;
    let out = args.members.out(family.name());
    let foreign = of_other_builds(&out);
    tell_machine(device, printer);
    let mut data = None;
    let (mut failed, mut bad_data, mut summaries) = (Vec::new(), true, Vec::new());
    for (i, &member) in members.iter().enumerate() {
        let plan = &family.plans[member.point];
        // Read again only where a point reads something else.
        let same = |other: &Member| reads(plan).eq(reads(&family.plans[other.point]));
        let mut sets: BTreeMap<String, Dataset> = match data.take().filter(|_| i > 0 && same(&members[i - 1])) {
            Some(sets) => sets,
            None => {
                let sets = read_all(plan, &family.directory)?;
                tell_dropped(&sets, printer);
                // Before anything is trained on it.
                let mut points: Vec<usize> = members[i..].iter().map(|member| member.point).collect();
                points.dedup();
                let settled = family.settled(&points, &sets)?;
                settled.iter().for_each(|plan| printer.detail(plan.to_string().trim_end()));
                sets
            }
        };
        let files = files(&sets);
        let runner = Runner::new(plan, member.seed, &files, device, printer);
        if let Some(foreign) = foreign.get(runner.id()).filter(|_| !out.join(runner.id()).exists()) {
            printer.note(&format!("{}: {}", family.label(member), foreign.note()));
        }
        let more = members.get(i + 1).is_some_and(same);
        // The last member prepares the data in place: nobody needs it as it was read any more.
        let take = || if more { sets.clone() } else { std::mem::take(&mut sets) };
        match in_place(args, &runner, &out, (&family.label(member), member.seed), take, printer) {
            Ok(summary) => summaries.push(summary),
            Err(why) if why.is_bad_data() || matches!(why, CliError::Failed(_)) => {
                printer.error(&format!("{}: {why}", family.label(member)));
                bad_data &= why.is_bad_data();
                failed.push(family.label(member));
            }
            Err(CliError::Interrupted) => {
                super::summary::show(&summaries, args.json, printer)?;
                return Err(CliError::Interrupted);
            }
            Err(other) => return Err(other),
        }
        data = Some(sets);
    }
    super::summary::show(&summaries, args.json, printer)?;
    match failed.as_slice() {
        [] => Ok(()),
        some => {
            let (failed, all) = (some.len(), some.len() + summaries.len());
            let text = format!("{failed} of {all} members failed ({})", some.join("; "));
            Err(if bad_data { CliError::BadData(text) } else { CliError::Failed(text) })
        }
    }
}

/// What the numbers depend on, for those who want details.
fn tell_machine(device: Choice, printer: &Printer) {
    let versions: Vec<String> = super::environment::versions().iter().map(|(n, v)| format!("{n} {v}")).collect();
    printer.detail(&format!("{}; device {device}, {} threads", versions.join(", "), rayon::current_num_threads()));
}

fn chosen(args: &RunArgs, family: &Family) -> Result<Vec<Member>, CliError> {
    let all = family.members();
    match args.member {
        None => Ok(all),
        Some(i) => all.get(i).map(|&m| vec![m]).ok_or_else(|| {
            CliError::Usage(format!("--member {i}: the pipeline has {} members, counted from 0", all.len()))
        }),
    }
}

/// Runs a member in its final directory, unless it is done.
fn in_place(
    args: &RunArgs,
    runner: &Runner,
    out: &Path,
    (label, seed): (&str, u64),
    data: impl FnOnce() -> BTreeMap<String, Dataset>,
    printer: &Printer,
) -> Result<Summary, CliError> {
    let mut dir = match args.members.fresh {
        true => RunDir::open_fresh(out, runner.id())?,
        false => RunDir::open(out, runner.id())?,
    };
    if dir.is_done() {
        printer.note(&format!("{label}: already done in {} (use --fresh to start over)", dir.path().display()));
        // A kill just before the end leaves all but the report.
        if !dir.path().join("report.html").exists() {
            crate::report::write(dir.path()).map_err(|e| CliError::Failed(e.to_string()))?;
        }
    } else {
        printer.note(&format!("{label}: {}", dir.path().display()));
        runner.run(&mut dir, data())?;
    }
    Summary::load(dir.path(), seed)
}
