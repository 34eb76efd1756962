//! Discovers the symmetry of a data set from Rust:
//! `cargo run --release --example discover [PIPELINE [OUT [PATH=VALUE ...]]]`

use std::error::Error;
use std::path::Path;

use semola_pipe::run::{Family, Notice, OnNotice, RunSettings};
use semola_pipe::table::GroupRow;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let pipeline = args.first().map_or("pipelines/two_body.yaml", String::as_str);
    let out = args.get(1).map_or("runs/example", String::as_str);
    for group in discover(Path::new(pipeline), Path::new(out), args.get(2..).unwrap_or_default())? {
        println!("{}: {} ({})", group.model, group.name, group.verdict);
    }
    Ok(())
}

/// Runs a pipeline, and gives the verdicts on all its models with learned groups.
pub fn discover(pipeline: &Path, out: &Path, sets: &[String]) -> Result<Vec<GroupRow>, Box<dyn Error>> {
    // All that is wrong with the file, or with the columns of its data, is told here, each with its place.
    let family = Family::load_with(pipeline, sets, None)?;
    let settings = RunSettings { out: out.to_owned(), ..RunSettings::of(&family) };
    let outcome = family.run_as(
        &settings,
        &OnNotice(|notice: &Notice| match notice {
            Notice::Begins { member, directory } => println!("{member}: {}", directory.display()),
            Notice::StageTook { stage, seconds } => println!("{stage}: {seconds:.1} s"),
            _ => {}
        }),
    )?;
    outcome.complete()?;
    Ok(outcome.finished.into_iter().flat_map(|member| member.groups).collect())
}
