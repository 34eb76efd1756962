//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use semola_data::settings::Import;
use semola_import::format::{self, Format};
use semola_pipe::generate::ROWS;
use semola_pipe::run::default_out;

/// Find the symmetries of a data set, continuous and discrete, and train with them.
#[derive(Debug, Parser)]
#[command(name = "semola-pipe", version = semola_pipe::VERSION, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a pipeline; continue what is unfinished, skip what is done
    Run(RunArgs),
    /// Run many members: here, or on a Slurm cluster
    Sweep {
        #[command(subcommand)]
        command: super::sweep_args::SweepCommand,
    },
    /// Validate everything that can be known without training, and print the plan
    Check(CheckArgs),
    /// Inspect data and write a commented starter pipeline
    Init(InitArgs),
    /// Describe a file of data or a run directory
    Inspect(InspectArgs),
    /// Write files of another format (XYZ, SDF, NumPy, IDX, CSV, PLY, OFF, HDF5) as Parquet
    Import(ImportArgs),
    /// Write a simulated task with a known symmetry
    Generate(GenerateArgs),
    /// Compare the tables of many runs: how often each symmetry was found, and what it gained
    Compare(super::compare::CompareArgs),
    /// Write the HTML report of a member, or of a run and its members
    Report(ReportArgs),
    /// Predict for new data with a model of a finished member
    Predict(Box<PredictArgs>),
    /// Print the JSON schema of pipeline files
    Schema,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of the program, or of a command: semola-pipe man run | man -l -
    Man {
        /// The command
        command: Vec<String>,
    },
    /// Print the build and the machine that it runs on
    Env {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// The members of a pipeline, and where they go.
#[derive(Debug, Args)]
pub struct MembersArgs {
    /// The pipeline file
    pub pipeline: PathBuf,
    /// Directory for the members' directories; sweeps keep work in progress in DIR.work [default: runs/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace any value of the pipeline, such as learned.epochs=5 (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Run this seed only
    #[arg(long)]
    pub seed: Option<u64>,
    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: String,
    /// Start over, even if a member is done
    #[arg(long)]
    pub fresh: bool,
}

impl MembersArgs {
    /// Where the members of a pipeline of that name go.
    pub fn out(&self, name: &str) -> PathBuf {
        self.out.clone().unwrap_or_else(|| default_out(name))
    }
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub members: MembersArgs,
    /// Number of threads [default: all cores]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub threads: Option<u32>,
    /// Run only member I, counted from 0
    #[arg(long, value_name = "I")]
    pub member: Option<usize>,
    /// No progress: only warnings, errors, and the summary at the end
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also versions, threads, the plan, and the seconds of each stage
    #[arg(short, long)]
    pub verbose: bool,
    /// The summary as JSON on stdout
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The pipeline file
    pub pipeline: PathBuf,
    /// Replace any value of the pipeline (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Plan for this seed
    #[arg(long)]
    pub seed: Option<u64>,
}

/// How files are read that are not Parquet.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data that is not Parquet")]
pub struct ImportAs {
    /// Its format: csv, npy, npz, extxyz, xyz, sdf, idx, off, ply or hdf5 [default: told by its name or first bytes]
    #[arg(long, value_name = "FORMAT", value_parser = format_name)]
    pub format: Option<Format>,
    /// The first row of a CSV file holds values; columns are named column_0, column_1, …
    #[arg(long, conflicts_with = "header")]
    pub no_header: bool,
    /// The first row of a CSV file names the columns, though it holds numbers
    #[arg(long)]
    pub header: bool,
}

impl ImportAs {
    /// As in the `read` stage.
    pub fn settings(&self) -> Import {
        Import { format: self.format, header: (self.header || self.no_header).then_some(self.header) }
    }
}

fn format_name(text: &str) -> Result<Format, String> {
    serde_json::from_value(text.into()).map_err(|_| format!("give one of {}", format::all()))
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Files, a glob or a directory: Parquet, or what `import` reads; test data next to a file is detected
    #[arg(required = true)]
    pub data: Vec<PathBuf>,
    /// The pipeline file to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Predict this column (repeatable) [default: what looks like a target]
    #[arg(long, value_name = "COLUMN")]
    pub target: Vec<String>,
    /// Name of the pipeline [default: that of the file or its folder]
    #[arg(long)]
    pub name: Option<String>,
    /// Overwrite the pipeline file
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub import: ImportAs,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// A file of data, a run directory or a member's directory
    pub path: PathBuf,
    #[command(flatten)]
    pub import: ImportAs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// auto, idx, npy, npz, extxyz, xyz, sdf, off, ply, csv or hdf5
    pub format: String,
    /// Files, globs or directories
    #[arg(value_name = "IN", required = true)]
    pub inputs: Vec<PathBuf>,
    /// The file to write
    #[arg(long, value_name = "FILE.parquet")]
    pub out: PathBuf,
    /// How to handle invalid rows: stop at the first, or drop and count them
    #[arg(long, value_name = "error|drop", default_value = "error", value_parser = ["error", "drop"])]
    pub on_invalid: String,
    /// The first row of a CSV file holds values; columns are named column_0, column_1, …
    #[arg(long, conflicts_with = "header")]
    pub no_header: bool,
    /// The first row of a CSV file names the columns, though it holds numbers
    #[arg(long)]
    pub header: bool,
    /// The unit of a column, in place of the format's (repeatable)
    #[arg(long, value_name = "COLUMN=UNIT")]
    pub unit: Vec<String>,
    /// What was written, as JSON on stdout
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// The task; `list` prints all of them
    pub task: String,
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Rows of the training set
    #[arg(long, value_parser = rows, allow_negative_numbers = true)]
    pub rows: Option<usize>,
    #[arg(long, default_value_t = 0, value_parser = seed, allow_negative_numbers = true)]
    pub seed: u64,
    /// How strongly a near-symmetry is broken (`near-rotation`)
    #[arg(long, allow_negative_numbers = true)]
    pub dial: Option<f64>,
    /// Fix a property of a `random` task instead of drawing it (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub like: Vec<String>,
    /// Print by how much a `random` task's function breaks groups, instead of writing data: a JSON list of groups, each a list of generators,
    /// row by row
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub breaks: Option<PathBuf>,
}

/// A number of rows; the generator checks the range.
fn rows(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("give a whole number from {} to {}", ROWS.start(), ROWS.end()))
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("give a whole number from 0 to {}", u64::MAX))
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// A member's directory, or a run directory
    pub run: PathBuf,
}

/// Arguments of `predict`.
#[derive(Debug, Args)]
pub struct PredictArgs {
    /// A member's directory, or a run directory
    pub run: PathBuf,
    /// Files, globs or directories with the columns of the training data; targets may be missing
    #[arg(required = true)]
    pub data: Vec<PathBuf>,
    /// The file to write; with --shards the directory
    #[arg(long, value_name = "FILE.parquet")]
    pub out: PathBuf,
    /// The member whose id starts with this
    #[arg(long, value_name = "ID")]
    pub member: Option<String>,
    /// The member with this seed
    #[arg(long)]
    pub seed: Option<u64>,
    /// The model [default: the first with a learned group, else the first]
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Only rows for which this SQL expression over scalar columns holds
    #[arg(long = "where", value_name = "EXPR")]
    pub filter: Option<String>,
    /// How to handle invalid rows: stop at the first, or drop them [default: as for the training data]
    #[arg(long, value_name = "error|drop", value_parser = ["error", "drop"])]
    pub on_invalid: Option<String>,
    /// Compare with the targets: metrics as JSON on stdout, and as a table beside the predictions
    #[arg(long)]
    pub evaluate: bool,
    /// Average over N elements g of the model's group: the mean of g⁻¹ f(g x)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub group_average: Option<u32>,
    /// Distribute the row groups of the data over N files
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=99999))]
    pub shards: Option<u32>,
    /// Write only these shards, counted from 0, separated by commas [default: all missing ones]
    #[arg(long, value_name = "I", requires = "shards", value_delimiter = ',')]
    pub shard: Vec<u32>,
    /// Check that all shards exist and mark the directory as complete
    #[arg(long, requires = "shards", conflicts_with = "shard")]
    pub merge: bool,
    /// Submit the missing shards to Slurm
    #[arg(long, requires = "shards", conflicts_with_all = ["shard", "merge"])]
    pub submit: bool,
    #[command(flatten)]
    pub import: ImportAs,
    #[command(flatten, next_help_heading = "With --submit")]
    pub slurm: super::sweep_args::SlurmArgs,
    /// Rows per forward pass of the network [default: by the length of rows]
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: Option<u32>,
    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: String,
    /// Number of threads [default: all cores]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub threads: Option<u32>,
    /// Only warnings and errors
    #[arg(short, long)]
    pub quiet: bool,
}
