//! The command line of `sweep`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::MembersArgs;
use semola_pipe::sweep::SlurmOptions;

/// Arguments of `sweep`.
#[derive(Debug, Subcommand)]
pub enum SweepCommand {
    /// Run all members on this machine, several at a time; continue what is unfinished
    Run(SweepRunArgs),
    /// Submit the members that are not done as Slurm job arrays
    Submit(Box<SweepSubmitArgs>),
    /// Print the status of each member
    Status(SweepStatusArgs),
    /// Continue as before: here, or by resubmitting what is not done
    Resume(SweepRunningArgs),
    /// Stop the jobs of a sweep, or its runner on this machine
    Cancel(SweepWhereArgs),
    /// Write the tables of all members into one file each
    Merge(SweepMergeArgs),
    /// Print a Kubernetes Indexed Job (generated, never run on a cluster)
    Manifest(SweepManifestArgs),
    /// Attempts at members, started by engines
    #[command(hide = true)]
    Task(SweepTaskArgs),
}

/// The definition of a sweep.
#[derive(Debug, Args)]
pub struct SweepPlanArgs {
    #[command(flatten)]
    pub members: MembersArgs,
    /// Threads of each member
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub threads: u32,
}

/// How members run on this machine.
#[derive(Debug, Args)]
pub struct LocalArgs {
    /// Members at a time [default: as many as cores and memory allow]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub jobs: Option<u32>,
    /// Maximal number of starts of a member whose process dies
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub tries: u32,
}

/// Arguments of `sweep run`.
#[derive(Debug, Args)]
pub struct SweepRunArgs {
    #[command(flatten)]
    pub plan: SweepPlanArgs,
    #[command(flatten)]
    pub local: LocalArgs,
    /// Only warnings and errors
    #[arg(short, long)]
    pub quiet: bool,
    /// The final status, as JSON on stdout
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `sweep submit`.
#[derive(Debug, Args)]
pub struct SweepSubmitArgs {
    #[command(flatten)]
    pub plan: SweepPlanArgs,
    #[command(flatten)]
    pub slurm: SlurmArgs,
    /// Submit even if the scheduler does not answer
    #[arg(long)]
    pub force: bool,
    /// The jobs as JSON on stdout
    #[arg(long)]
    pub json: bool,
}

/// How jobs are submitted to Slurm.
#[derive(Debug, Args)]
pub struct SlurmArgs {
    /// The scheduler
    #[arg(long, default_value = "slurm", value_parser = ["slurm"])]
    pub engine: String,
    #[arg(long)]
    pub partition: Option<String>,
    #[arg(long)]
    pub account: Option<String>,
    #[arg(long)]
    pub qos: Option<String>,
    /// Time limit of an element, such as 30 (minutes) or 2-00:00:00; work in progress continues in the next one
    #[arg(long)]
    pub time: Option<String>,
    /// Memory of an element, such as 8G
    #[arg(long)]
    pub mem: Option<String>,
    /// GPUs of an element
    #[arg(long)]
    pub gpus: Option<u32>,
    /// Elements at a time
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub throttle: Option<u32>,
    /// Members (or shards) that one element runs, one after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub pack: u32,
    /// Seconds before the time limit at which members save their state and are queued again
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=65535))]
    pub warn: u32,
    /// A further option of sbatch, such as --sbatch=--nice=100 (repeatable)
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    pub sbatch: Vec<String>,
}

impl SlurmArgs {
    /// The options in the engine's form.
    pub fn options(&self) -> SlurmOptions {
        SlurmOptions {
            partition: self.partition.clone(),
            account: self.account.clone(),
            qos: self.qos.clone(),
            time: self.time.clone(),
            memory: self.mem.clone(),
            gpus: self.gpus,
            throttle: self.throttle,
            pack: self.pack as usize,
            warn: self.warn,
            extra: self.sbatch.clone(),
        }
    }
}

/// Which sweep.
#[derive(Debug, Args)]
pub struct SweepWhereArgs {
    /// The pipeline file, or the directory with the results
    pub target: PathBuf,
    /// The directory with the results, if a pipeline is given [default: runs/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Arguments of `sweep status`.
#[derive(Debug, Args)]
pub struct SweepStatusArgs {
    #[command(flatten)]
    pub place: SweepWhereArgs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `sweep resume`.
#[derive(Debug, Args)]
pub struct SweepRunningArgs {
    #[command(flatten)]
    pub place: SweepWhereArgs,
    #[command(flatten)]
    pub local: LocalArgs,
    /// The final status, as JSON on stdout
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `sweep merge`.
#[derive(Debug, Args)]
pub struct SweepMergeArgs {
    #[command(flatten)]
    pub place: SweepWhereArgs,
    /// Merge what exists even if members are missing (no _SUCCESS is written)
    #[arg(long)]
    pub partial: bool,
}

/// Arguments of `sweep manifest`.
#[derive(Debug, Args)]
pub struct SweepManifestArgs {
    #[command(flatten)]
    pub plan: SweepPlanArgs,
    /// The container image with semola-pipe in its PATH
    #[arg(long)]
    pub image: String,
    /// The persistent volume claim that holds the pipeline, the data and the results
    #[arg(long)]
    pub claim: String,
    /// Where the claim is mounted; all paths have to be below it
    #[arg(long)]
    pub mount: String,
    /// Members that one pod runs, one after the other
    #[arg(long, default_value_t = 1)]
    pub pack: u32,
    /// Pods at a time
    #[arg(long, default_value_t = 16)]
    pub parallelism: u32,
}

/// Arguments of `sweep task`.
#[derive(Debug, Args)]
pub struct SweepTaskArgs {
    /// The directory with the results
    pub out: PathBuf,
    /// Numbers of the members to run, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub members: Vec<usize>,
    /// The members of this element, of `--pack` members each
    #[arg(long, conflicts_with = "members")]
    pub element: Option<usize>,
    #[arg(long, default_value_t = 1)]
    pub pack: usize,
    /// Take orders from standard input, and stop when it closes
    #[arg(long, conflicts_with_all = ["members", "element"])]
    pub serve: bool,
    /// Where this process's log goes
    #[arg(long, default_value = "")]
    pub log: OsString,
}
