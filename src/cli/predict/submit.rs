//! `predict --shards N --submit`: shards as Slurm job arrays.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::cli::args::PredictArgs;
use crate::cli::error::CliError;
use crate::cli::printer::Printer;
use semola_import::format;
use semola_pipe::sweep::{Jobs, Slurm, Store, Work, joined};

/// Submits the missing shards that the scheduler does not have yet.
pub fn submit(args: &PredictArgs, member: &Path, missing: &[usize], printer: &Printer) -> Result<(), CliError> {
    let options = args.slurm.options();
    options.check().map_err(CliError::usage)?;
    let store = Store::at(&args.out);
    store.create()?;
    let _lock = store.lock()?;
    let jobs = Jobs::of(&store)?;
    let queue = Slurm.queue(&jobs)?;
    let held: BTreeSet<usize> = queue.iter().flat_map(|element| jobs.members(element)).copied().collect();
    let wanted: Vec<usize> = missing.iter().copied().filter(|shard| !held.contains(shard)).collect();
    let queued = missing.len() - wanted.len();
    if queued > 0 {
        printer.note(&format!("{queued} shards are queued or running already"));
    }
    if wanted.is_empty() {
        printer.note("nothing to submit");
        return Ok(());
    }
    let program = super::super::this_program()?;
    let arguments = arguments(args, member);
    let threads = args.threads.unwrap_or(1);
    let work = Work { program: &program, arguments: &arguments, list: "--shard", name: "predict", threads };
    for job in Slurm.submit(&store, work, &wanted, &options)? {
        printer.note(&format!("{} elements submitted as job {}", job.elements.len(), job.id));
        super::super::say(printer, &format!("{}\n", job.id))?;
    }
    Ok(())
}

/// This command for one element: everything that determines the numbers, with absolute paths.
fn arguments(args: &PredictArgs, member: &Path) -> Vec<OsString> {
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone()).into_os_string();
    let mut all: Vec<OsString> = vec!["predict".into(), absolute(&member.to_owned())];
    all.extend(args.data.iter().map(absolute));
    all.push(joined("--out=", &absolute(&args.out)));
    let mut put = |name: &str, value: Option<String>| all.extend(value.map(|v| format!("--{name}={v}").into()));
    put("model", args.model.clone());
    put("where", args.filter.clone());
    put("on-invalid", args.on_invalid.clone());
    put("group-average", args.group_average.map(|n| n.to_string()));
    put("shards", args.shards.map(|n| n.to_string()));
    put("batch", args.batch.map(|n| n.to_string()));
    put("device", Some(args.device.clone()));
    put("threads", Some(args.threads.unwrap_or(1).to_string()));
    let import = args.import.settings();
    put("format", args.import.format.map(|own| format::name(own).to_owned()));
    all.extend(import.header.map(|named| if named { "--header" } else { "--no-header" }.into()));
    all.extend(args.evaluate.then(|| "--evaluate".into()));
    all
}
