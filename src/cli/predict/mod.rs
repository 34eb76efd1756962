//! `semola-pipe predict`.

mod submit;

use std::path::{Path, PathBuf};

use semola_data::table::{EvaluationRow, TableWriter};
use semola_data::{Blame, Fault};
use serde_json::json;

use super::args::PredictArgs;
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_data::durable::work_dir;
use semola_data::output::folder as folder_of;
use semola_data::settings::OnInvalid;
use semola_pipe::evaluate::metrics::Metric;
use semola_pipe::imports::{Imports, Room};
use semola_pipe::model::{LoadedModel, SavedModel};
use semola_pipe::predict::shards::{Published, ShardPlan, Shards, input_files};
use semola_pipe::predict::{Input, Model, Place, Scoring, Settings, Wanted, Wishes, Written, evaluation_name, folder};
use semola_pipe::run::{Device, start_threads};

/// The name of new data in the column `split`.
const SPLIT: &str = "new";

/// The message when a signal stops the writing of one file.
const STOPPED: &str = "stopped by a signal: nothing was written; run the command again";

/// Predicts for new data with a model of a finished member.
pub fn predict(args: &PredictArgs, printer: &Printer) -> Result<(), CliError> {
    start_threads(args.threads)?.iter().for_each(|note| printer.warning(note));
    let device = Device::choose(&args.device)?;
    super::listen()?;
    let wanted =
        Wanted { run: &args.run, member: args.member.as_deref(), seed: args.seed, model: args.model.as_deref() };
    let member = wanted.directory()?;
    let loaded = LoadedModel::read(&member, &wanted.model_of(&member)?)?;
    let model = Model { loaded, run: args.run.clone(), device };
    let wishes = Wishes {
        data: args.data.clone(),
        filter: args.filter.clone(),
        on_invalid: args.on_invalid.as_deref().map(on_invalid),
        import: args.import.settings(),
        evaluate: args.evaluate,
    };
    let room = match args.shards {
        // Shards are made by many processes.
        Some(_) => Room::shared(&work_dir(&args.out)),
        None => Room::passing(Some(folder_of(&args.out)).filter(|folder| folder.is_dir())),
    };
    let imports = Imports::new(room).for_options().telling(printer.shared());
    let input = super::unless_stopped(Input::open_with(model.description(), &wishes, Some(&imports)))?;
    let settings = Settings {
        batch: args.batch.map(|n| n as usize),
        average: args.group_average.map(|n| n as usize),
        evaluate: args.evaluate,
    };
    match args.shards {
        None => one_file(args, &model, &input, settings, printer),
        Some(shards) => sharded(args, &member, &model, &input, settings, shards as usize, printer),
    }
}

fn one_file(
    args: &PredictArgs,
    model: &Model,
    input: &Input,
    settings: Settings,
    printer: &Printer,
) -> Result<(), CliError> {
    let (written, scoring) = match model.predict_as(input, settings, &args.out, printer) {
        // One file is there as a whole or not at all: nothing is kept that could be continued.
        Err(e) if e.blame() == Blame::Interrupted => return Err(CliError::failed(STOPPED)),
        outcome => outcome?,
    };
    tell_written(&args.out, &written, printer);
    told(args, model.description(), &scoring, printer)
}

fn sharded(
    args: &PredictArgs,
    member: &Path,
    model: &Model,
    input: &Input,
    settings: Settings,
    shards: usize,
    printer: &Printer,
) -> Result<(), CliError> {
    Place { out: &args.out, run: &args.run, sharded: true, evaluate: args.evaluate }.check(input)?;
    let plan = shard_plan(args, model, input, shards)?;
    let chosen = chosen_shards(args, plan.shards)?;
    let shards = Shards::open(&args.out, &plan, &input.stream().groups())?;
    if args.merge {
        let mark = shards.merge()?;
        return match args.evaluate {
            true => told(args, model.description(), &shards.scoring()?, printer),
            false => super::say(printer, &format!("{}\n", mark.display())),
        };
    }
    let missing = shards.missing();
    if args.submit {
        return submit::submit(args, member, &missing, printer);
    }
    let (todo, there): (Vec<usize>, Vec<usize>) = chosen.iter().partition(|&shard| missing.contains(shard));
    if !there.is_empty() {
        printer.note(&format!("{}: {} shards are there already", args.out.display(), there.len()));
    }
    let tell = |path: &Path, published: Published| tell_published(path, published, printer);
    match shards.make_all(&todo, model, input, settings, printer, &tell) {
        Err(e) if e.blame() == Blame::Interrupted => return super::sweep::interrupted(printer),
        written => tell_written(&args.out, &written?, printer),
    }
    let paths: Vec<String> = chosen.iter().map(|&shard| format!("{}\n", shards.path(shard).display())).collect();
    super::say(printer, &paths.concat())
}

fn shard_plan(args: &PredictArgs, model: &Model, input: &Input, shards: usize) -> Result<ShardPlan, CliError> {
    let described = model.description();
    Ok(ShardPlan {
        code_version: semola_pipe::VERSION.to_owned(),
        run_id: described.identity.run_id.clone(),
        model: described.name.clone(),
        model_hash: model.loaded.hash.clone(),
        shards,
        filter: args.filter.clone(),
        on_invalid: args.on_invalid.clone().unwrap_or_else(|| "as in training".to_owned()),
        group_average: args.group_average.map(|n| n as usize),
        import: args.import.settings(),
        evaluate: args.evaluate,
        inputs: input_files(input.stream().files())?,
    })
}

/// Reports which rows were left out, and how many were written.
fn tell_written(out: &Path, written: &Written, printer: &Printer) {
    for (column, rows) in &written.dropped {
        printer.warning(&format!("{rows} rows left out because of column `{column}` (--on-invalid drop)"));
    }
    printer.note(&format!("{}: {} rows", out.display(), written.rows));
}

fn tell_published(path: &Path, published: Published, printer: &Printer) {
    match published {
        Published::New => {}
        Published::Same => printer.note(&format!("{}: another process was first", path.display())),
        Published::Different => printer.warning(&format!(
            "{}: another process was first, and its file has other bytes: the two computed differently; its file \
             stays",
            path.display()
        )),
    }
}

/// The shards to be made: the given ones, or all.
fn chosen_shards(args: &PredictArgs, shards: usize) -> Result<Vec<usize>, CliError> {
    if args.shard.is_empty() {
        return Ok((0..shards).collect());
    }
    let known = |&shard: &u32| match (shard as usize) < shards {
        true => Ok(shard as usize),
        false => Err(CliError::usage(format!("--shard {shard}: there are {shards} shards, counted from 0"))),
    };
    args.shard.iter().map(known).collect()
}

fn on_invalid(word: &str) -> OnInvalid {
    if word == "drop" { OnInvalid::Drop } else { OnInvalid::Error }
}

/// Reports where the predictions are, or their metrics.
fn told(args: &PredictArgs, model: &SavedModel, scoring: &Scoring, printer: &Printer) -> Result<(), CliError> {
    if !args.evaluate {
        return super::say(printer, &format!("{}\n", args.out.display()));
    }
    let metrics = scoring.metrics(model.identity.seed);
    let table = evaluation(args, model, scoring.rows() as u64, &metrics)?;
    let told = json!({
        "run_id": model.identity.run_id,
        "model": model.name,
        "rows": scoring.rows(),
        "metrics": metrics.iter().map(|m| json!({
            "metric": m.name, "value": m.value, "ci_low": m.low, "ci_high": m.high,
        })).collect::<Vec<_>>(),
        "predictions": args.out.display().to_string(),
        "evaluation": table.display().to_string(),
    });
    super::say_json(printer, &told)
}

/// The metrics as a table beside the predictions: `FILE.evaluation.parquet`.
fn evaluation(args: &PredictArgs, model: &SavedModel, n: u64, metrics: &[Metric]) -> Result<PathBuf, CliError> {
    let row = |m: &Metric| EvaluationRow {
        model: model.name.clone(),
        split: SPLIT.to_owned(),
        shift: "none".to_owned(),
        metric: m.name.to_owned(),
        value: m.value,
        ci_low: Some(m.low),
        ci_high: Some(m.high),
        n,
    };
    let rows: Vec<EvaluationRow> = metrics.iter().map(row).collect();
    let folder = folder(&args.out);
    let writer = TableWriter::new(folder.to_owned(), folder.to_owned(), model.identity.clone());
    writer.write_as(&evaluation_name(&args.out), &rows).map_err(|e| CliError::failed(e.to_string()))
}
