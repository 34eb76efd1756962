//! `semola-pipe predict`.

mod choose;
mod job;
mod out;
mod submit;

use std::path::PathBuf;

use semola_data::Blame;
use serde_json::json;

use super::args::PredictArgs;
use super::device::{self, run_on};
use super::error::CliError;
use crate::evaluate::metrics::Metric;
use crate::predict::shards::{ShardPlan, Shards, input_files};
use crate::predict::{Input, LoadedModel, SavedModel, Scoring, Settings, Wishes};
use crate::run::Printer;
use crate::spec::types::OnInvalid;
use crate::table::{EvaluationRow, TableWriter};
use choose::{member, model_name};
use job::{OneFile, SomeShards};
use out::{check_out, evaluation_name, folder};

/// What new data is called in the column `split`.
const SPLIT: &str = "new";

/// What is said when a signal ends the making of one file.
const STOPPED: &str = "stopped by a signal: nothing was written; run the command again";

/// Predicts for new data with a model of a finished member.
pub fn predict(args: &PredictArgs, printer: &Printer) -> Result<(), CliError> {
    device::start_threads(args.threads)?;
    let choice = device::choose(&args.device)?;
    super::listen()?;
    let member = member(args)?;
    let loaded = LoadedModel::read(&member, &model_name(&member, args)?)?;
    let wishes = Wishes {
        data: args.data.clone(),
        filter: args.filter.clone(),
        on_invalid: args.on_invalid.as_deref().map(on_invalid),
        evaluate: args.evaluate,
    };
    let input = Input::open(&loaded.model, &wishes)?;
    check_out(args, &input)?;
    let settings = Settings {
        batch: args.batch.map(|n| n as usize),
        average: args.group_average.map(|n| n as usize),
        evaluate: args.evaluate,
    };
    let Some(shards) = args.shards else {
        let job = OneFile { loaded: &loaded, input: &input, settings, out: &args.out, printer };
        return match run_on(choice, job) {
            // One file is there as a whole or not at all: nothing is kept that could be continued.
            Err(e) if e.blame() == Blame::Interrupted => Err(CliError::failed(STOPPED)),
            scoring => told(args, &loaded.model, &scoring?, printer),
        };
    };
    let files = input.stream().files().iter().map(|file| (file.path.as_path(), file.rows as u64));
    let plan = ShardPlan {
        code_version: crate::VERSION.to_owned(),
        run_id: loaded.model.identity.run_id.clone(),
        model: loaded.model.name.clone(),
        model_hash: loaded.hash.clone(),
        shards: shards as usize,
        filter: args.filter.clone(),
        on_invalid: args.on_invalid.clone().unwrap_or_else(|| "as in training".to_owned()),
        group_average: settings.average,
        evaluate: args.evaluate,
        inputs: input_files(files)?,
    };
    let chosen = chosen_shards(args, plan.shards)?;
    let shards = Shards::open(&args.out, &plan, &input.stream().groups())?;
    if args.merge {
        let mark = shards.merge()?;
        return match args.evaluate {
            true => told(args, &loaded.model, &shards.scoring()?, printer),
            false => super::say(printer, &format!("{}\n", mark.display())),
        };
    }
    if args.submit {
        return submit::submit(args, &member, &shards.missing(), printer);
    }
    let job = SomeShards { loaded: &loaded, input: &input, settings, shards: &shards, chosen: &chosen, printer };
    match run_on(choice, job) {
        Err(e) if e.blame() == Blame::Interrupted => return super::sweep::interrupted(printer),
        outcome => outcome?,
    }
    let paths: Vec<String> = chosen.iter().map(|&shard| format!("{}\n", shards.path(shard).display())).collect();
    super::say(printer, &paths.concat())
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

/// Says where the predictions are, or how good they are.
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
        "predictions": args.out,
        "evaluation": table,
    });
    super::say(printer, &format!("{told:#}\n"))
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
