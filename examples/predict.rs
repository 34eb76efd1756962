//! Predicts for new data with a trained model: `cargo run --release --example predict [RUN [DATA [OUT]]]`

use std::error::Error;
use std::path::Path;

use semola_pipe::predict::Model;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let argument = |i: usize, default: &'static str| args.get(i).map_or(default, String::as_str).to_owned();
    let (run, data) = (argument(0, "runs/example"), argument(1, "data/two_body/test.parquet"));
    let out = argument(2, "predictions.parquet");
    let rows = predict(Path::new(&run), Path::new(&data), Path::new(&out))?;
    println!("{out}: {rows} rows");
    Ok(())
}

/// Writes predictions for a Parquet file, and gives the number of rows.
pub fn predict(run: &Path, data: &Path, out: &Path) -> Result<u64, Box<dyn Error>> {
    // The model with a learned group, with the steps of preparation that were fitted with it.
    let model = Model::load(run, None)?;
    println!("model {} predicts {}", model.description().name, model.description().task.targets.join(", "));
    Ok(model.predict(&[data.to_owned()], out)?.rows)
}
