//! Reads what a run found: `cargo run --release --example findings [RUN]`

use std::error::Error;
use std::path::Path;

use semola_pipe::run::Finished;
use semola_pipe::table::DirectionRow;

fn main() -> Result<(), Box<dyn Error>> {
    let run = std::env::args().nth(1).unwrap_or_else(|| "runs/example".to_owned());
    findings(Path::new(&run))?.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// A line for each verdict, accepted generator and test error of the finished members.
pub fn findings(run: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut lines = Vec::new();
    for member in Finished::in_run(run)? {
        for group in &member.groups {
            lines.push(format!("seed {}, {}: {} ({})", member.seed, group.model, group.name, group.verdict));
            let accepted = member.accepted(&group.model);
            lines.extend(accepted.iter().map(|generator| format!("  generator {generator:?}")));
        }
        for e in member.evaluation.iter().filter(|e| e.split == "test") {
            lines.push(format!("  {} of {}, shift {}: {:.3e}", e.metric, e.model, e.shift, e.value));
        }
        // Every table has its own type of row.
        let directions: Vec<DirectionRow> = member.table()?;
        lines.push(format!("  {} directions were audited", directions.len()));
    }
    Ok(lines)
}
