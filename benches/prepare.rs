//! Every preparation step with one and with two threads, interleaved in one process: `cargo bench --bench prepare`.
//!
//! Prints the median seconds of each and the speed-up: 2 million points in clouds of 2000, and 60 000 images of 28×28.
//! `cargo bench --bench prepare -- WORD` runs the steps whose line holds the word.

#[path = "shared/numbers.rs"]
mod numbers;

use std::collections::BTreeMap;
use std::time::Instant;

use numbers::numbers;
use rayon::ThreadPool;
use semola_pipe::data::{Dataset, Field, Values};
use semola_pipe::engine::Streams;
use semola_pipe::lie::action::{Action, Image};
use semola_pipe::pipeline::Document;
use semola_pipe::pipeline::Stage;
use semola_pipe::prepare::Step;
use semola_pipe::prepare::{Run, fit_and_apply};

const ROUNDS: usize = 5;

const POINTS: [&str; 21] = [
    "center: {fields: p, on: mean}",
    "center: {fields: p, on: centroid}",
    "center: {fields: p, on: mass, elements: z}",
    "scale: {fields: [p, v]}",
    "standardise: {fields: z}",
    "element_baseline: {field: e, elements: z}",
    "subsample: {rows: 900}",
    "split: {of: a, into: {b: 0.5, c: 0.5}}",
    "add: {field: d, difference: [v, w]}",
    "add: {field: one, constant: [1, 2, 3, 4, 5, 6, 7, 8]}",
    "sample_points: {fields: [p, v, z], points: 256}",
    "sample_points: {fields: [p, v, z], points: 256, method: random}",
    "neighbours: {of: p, k: 8, as: near}",
    "neighbours: {of: p, radius: 0.2, as: count}",
    "normals: {of: p, k: 16, as: n}",
    "unit_sphere: {fields: p}",
    "jitter: {fields: [p, v], size: 0.01}",
    "turn: {fields: [p, v], by: {rotate: uniform}}",
    "rasterise: {of: p, as: r, size: [32, 32], extent: 3}",
    "rasterise: {of: p, as: r, size: [32, 32], blur: 1}",
    "one_hot: {field: z, as: element}",
];

const IMAGES: [&str; 9] = [
    "encode: {field: y}",
    "scale: {fields: i}",
    "normalise: {fields: i}",
    "resize: {fields: i, size: [14, 14], filter: area}",
    "resize: {fields: i, size: [32, 32]}",
    "pad: {fields: i, by: 2}",
    "crop: {fields: i, to: [24, 24], at: random}",
    "turn: {fields: i, by: {rotate: {degrees: 45}}}",
    "add: {field: j, join: [i, i]}",
];

fn field(action: Action, shape: &[usize], values: Vec<f32>) -> Field {
    Field { action, values: Values::F32(values), shape: shape.to_vec(), offsets: None, unit: None, classes: None }
}

fn dataset(rows: usize, fields: Vec<(&str, Field)>) -> Dataset {
    let fields = fields.into_iter().map(|(name, f)| (name.to_owned(), f)).collect();
    Dataset { rows, fields, row_ids: (0..rows as u64).collect(), ..Dataset::default() }
}

fn clouds() -> Dataset {
    let (rows, points) = (1000, 2000);
    let all = rows * points;
    let offsets = Some((0..=rows).map(|i| i * points).collect::<Vec<usize>>());
    let at_points = |f: Field| Field { offsets: offsets.clone(), ..f };
    let vector = |name: &str| at_points(field(Action::Vector { dim: 3 }, &[3], numbers(3 * all, name)));
    let z = (0..all).map(|i| [1.0, 6.0, 7.0, 8.0, 9.0][(i * 7 / 3) % 5]).collect();
    dataset(
        rows,
        vec![
            ("p", Field { action: Action::Points { dim: 3 }, ..vector("p") }),
            ("v", vector("v")),
            ("w", vector("w")),
            ("z", at_points(field(Action::Scalar, &[], z))),
            ("e", field(Action::Scalar, &[], numbers(rows, "e"))),
        ],
    )
}

fn images() -> Dataset {
    let rows = 60_000;
    let image = Action::Pixels(Image { height: 28, width: 28, channels: 1, edge: false });
    let y = (0..rows).map(|i| (i * 7 % 10) as f32).collect();
    dataset(rows, vec![("i", field(image, &[28, 28], numbers(rows * 784, "i"))), ("y", field(Action::Scalar, &[], y))])
}

fn step(text: &str) -> Vec<Step> {
    let text = format!("name: bench\nstages:\n  - prepare: {{from: a, steps: [{{{text}}}]}}\n");
    let document = Document::from_text("bench.yaml", &text, &[]).expect("the step is well formed");
    match &document.content().stages[0] {
        Stage::Prepare(prepare) => prepare.steps.clone(),
        _ => Vec::new(),
    }
}

/// Seconds that the steps take on a copy of the data.
fn seconds(pool: &ThreadPool, steps: &[Step], data: &Dataset) -> f64 {
    let mut data = BTreeMap::from([("a".to_owned(), data.clone())]);
    let streams = Streams::new(1);
    let run = Run { streams: &streams, tell: &|_, _, _| {} };
    let began = Instant::now();
    pool.install(|| fit_and_apply(steps, &mut data, &["a".to_owned()], run)).expect("the step suits the data");
    began.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let word = std::env::args().skip(1).find(|a| !a.starts_with("--")).unwrap_or_default();
    let pool = |n: usize| rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads can be started");
    let pools = [pool(1), pool(2)];
    println!("| step | 1 thread [s] | 2 threads [s] | speed-up |\n|---|---|---|---|");
    for (make, lines) in [(clouds as fn() -> Dataset, POINTS.as_slice()), (images, IMAGES.as_slice())] {
        let lines: Vec<&&str> = lines.iter().filter(|line| line.contains(&word)).collect();
        let data = if lines.is_empty() { Dataset::default() } else { make() };
        for line in lines {
            let steps = step(line);
            let mut times = [Vec::new(), Vec::new()];
            for _ in 0..ROUNDS {
                for (pool, times) in pools.iter().zip(&mut times) {
                    times.push(seconds(pool, &steps, &data));
                }
            }
            let [one, two] = times.map(median);
            println!("| `{line}` | {one:.3} | {two:.3} | {:.2} |", one / two);
        }
    }
}
