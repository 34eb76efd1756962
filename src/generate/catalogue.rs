//! The list of tasks.

use super::Options;
use super::error::GenerateError;
use super::table::Table;
use super::task::Task;

/// A task in the list; every task's file has one.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// The default size of its symmetry-breaking term; `None` if it has no such term.
    pub dial: Option<f64>,
    pub make: Make,
}

/// Draws a task from a seed, with these properties (`KEY=VALUE`) fixed.
type Drawn = fn(u64, &[String]) -> Result<Box<dyn Table>, GenerateError>;

/// How a task is made.
#[derive(Clone, Copy)]
pub(super) enum Make {
    /// Rows of vectors in the columns `input` and `target`, for a size of the dial.
    Vectors(fn(f64) -> Box<dyn Task>),
    /// Columns of its own: clouds of points, four-momenta by component, images.
    Table(fn() -> Box<dyn Table>),
    /// Columns that depend on the seed, and on what is fixed of the properties that it draws.
    Random(Drawn),
}

/// All tasks: those on vectors with a symmetry, controls, and those with columns of their own.
const TASKS: &[Entry] = &[
    super::two_body::ENTRY,
    super::n_body::ENTRY,
    super::hidden_rotation::ENTRY,
    super::so3_cloud::ENTRY,
    super::so2_axis::ENTRY,
    super::minkowski::ENTRY,
    super::translation::ENTRY,
    super::scaling::ENTRY,
    super::se3::ENTRY,
    super::external_field::ENTRY,
    super::anisotropic_trap::ENTRY,
    super::none::ENTRY,
    super::quarter_turns::ENTRY,
    super::finite::planar::C3,
    super::finite::planar::C4,
    super::finite::planar::C6,
    super::finite::planar::D4,
    super::finite::signs::EVEN,
    super::finite::signs::HIDDEN_MIRROR,
    super::finite::signs::LORENZ,
    super::finite::spatial::THOMAS,
    super::finite::spatial::ICOSAHEDRAL,
    super::finite::spatial::O5,
    super::finite::duct::ENTRY,
    super::finite::exchanged::S3,
    super::finite::exchanged::EXCHANGE,
    super::finite::exchanged::UNEQUAL,
    super::finite::handed::TRIPLE_PRODUCT,
    super::finite::handed::MAGNETIC,
    super::finite::handed::VOLUME,
    super::finite::handed::MAGNETIC_FIELD,
    super::fixed_pose::ENTRY,
    super::plane::ENTRY,
    super::near_rotation::ENTRY,
    super::solids::ENTRY,
    super::decays::ENTRY,
    super::shear_images::ENTRY,
    super::random::ENTRY,
];

/// A task's name, and what it is in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskInfo {
    pub name: &'static str,
    pub summary: &'static str,
    /// Rows are vectors in the columns `input` and `target`.
    pub vectors: bool,
}

/// All tasks.
pub fn tasks() -> impl Iterator<Item = TaskInfo> + Clone {
    TASKS.iter().map(|entry| TaskInfo {
        name: entry.name,
        summary: entry.summary,
        vectors: matches!(entry.make, Make::Vectors(_)),
    })
}

/// A simulated data set of either kind.
pub(super) enum Simulated {
    Vectors(Box<dyn Task>),
    Table(Box<dyn Table>),
}

/// The task of this name.
///
/// # Errors
/// If there is none, or it has no dial, or the dial is not a number from 0 to 1000, or properties are fixed that it does not have.
pub(super) fn build(name: &str, options: &Options) -> Result<Simulated, GenerateError> {
    let dial = options.dial;
    let entry = TASKS.iter().find(|entry| entry.name == name).ok_or_else(|| GenerateError::unknown(name))?;
    let problem = |reason: String| GenerateError::Option { option: "dial", task: name.to_owned(), reason };
    match (entry.dial, dial) {
        (None, Some(_)) => {
            let with: Vec<String> =
                TASKS.iter().filter(|e| e.dial.is_some()).map(|e| format!("'{}'", e.name)).collect();
            return Err(problem(format!("this task has no dial; leave it out, or generate {}", with.join(" or "))));
        }
        (Some(_), Some(value)) if !(0.0..=1e3).contains(&value) => {
            return Err(problem(format!("{value}; use a number from 0 to 1000")));
        }
        _ => {}
    }
    if !options.like.is_empty() && !matches!(entry.make, Make::Random(_)) {
        let reason = "this task draws no properties; leave it out, or generate 'random'".to_owned();
        return Err(GenerateError::Option { option: "like", task: name.to_owned(), reason });
    }
    Ok(match entry.make {
        Make::Vectors(make) => Simulated::Vectors(make(dial.or(entry.dial).unwrap_or_default())),
        Make::Table(make) => Simulated::Table(make()),
        Make::Random(make) => {
            // The number of rows is one of its properties.
            let rows = options.rows.map(|rows| format!("rows={rows}"));
            let like: Vec<String> = options.like.iter().cloned().chain(rows).collect();
            Simulated::Table(make(options.seed, &like)?)
        }
    })
}
