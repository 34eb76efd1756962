//! The work that `benches/against_torch.py` compares with PyTorch, one case a line of standard input: `NAME TIMES` answers with
//! the milliseconds of processor time of one repetition. `make bench-torch` runs both, in turns.
//!
//! `--list` names the cases. Without `--serve`, each case is measured once (`cargo bench --bench against`). One thread.

#[path = "shared/nowhere.rs"]
mod nowhere;
#[path = "shared/numbers.rs"]
mod numbers;
#[path = "shared/processor.rs"]
mod processor;

use std::hint::black_box;
use std::io::{BufRead, Write};

use dfdx::prelude::*;
use nalgebra::DMatrix;
use nowhere::Nowhere;
use numbers::numbers;
use processor::processor_time;
use semola_method::fit::{Augmentation, Fit, LearnedPlan, Problem, Regulariser, fit, groups};
use semola_method::motion::MovedTarget;
use semola_pipe::engine::nets::{Cnn, Mlp, Model, Pair, PointNet, Transformer};
use semola_pipe::engine::ops::activation::Activation;
use semola_pipe::engine::ops::adam;
use semola_pipe::engine::ops::augment::Op as _;
use semola_pipe::engine::ops::loss::Loss;
use semola_pipe::engine::ops::pixel_pool::PixelPool;
use semola_pipe::engine::ops::pool::Pool;
use semola_pipe::engine::ops::product::{View, product};
use semola_pipe::engine::{Backend, Form, Layout, Mat, Place, Segment, Streams};
use semola_pipe::lie::action::{Action, Image};

/// Milliseconds of processor time of one repetition.
fn milliseconds(times: usize, work: impl FnOnce()) -> f64 {
    let start = processor_time();
    work();
    processor_time().saturating_sub(start).as_secs_f64() * 1e3 / times as f64
}

fn form(action: Action, axes: Vec<usize>) -> Form {
    Form { action, axes, ragged: false, translation_scale: 1.0 }
}

/// A network with data to train it on.
struct Training {
    model: Model,
    problem: Problem,
}

/// An MLP 8-384-384-384-8 on two-dimensional vectors.
fn mlp() -> Training {
    let rows = 8192;
    let layout = Layout::arrange((2, 2), &[form(Action::Vector { dim: 2 }, vec![8])], None);
    let (x, y) = ((numbers(rows * 8, "x"), layout.clone()), (numbers(rows * 8, "y"), layout));
    let model = Model::Mlp(Mlp { hidden: vec![384; 3], activation: Activation::Silu });
    Training { model, problem: Problem::new(x, y, None, Loss::Mse) }
}

/// Convolutions of 16 and 32 channels on 28×28 pixels, classes.
fn cnn() -> Training {
    let rows = 1024;
    let image = Action::Pixels(Image { height: 28, width: 28, channels: 1, edge: false });
    let x_layout = Layout::arrange((2, 2), &[form(image, vec![28, 28, 1])], None);
    let y_layout = Layout::arrange((2, 2), &[form(Action::Scalar, vec![10])], None);
    let y: Vec<f32> = (0..rows).flat_map(|row| (0..10).map(move |c| if c == row % 10 { 1.0 } else { 0.0 })).collect();
    let cnn =
        Cnn { channels: vec![16, 32], kernel: 3, pool: PixelPool::Max, hidden: vec![64], activation: Activation::Relu };
    let problem = Problem::new((numbers(rows * 784, "x"), x_layout), (y, y_layout), None, Loss::CrossEntropy);
    Training { model: Model::Cnn(cnn), problem }
}

/// A network on 23 points of space: a vector at each, or 10 values of the row.
fn points(model: Model, at_points: bool) -> Training {
    let (rows, count) = (512, 23);
    let x_layout = Layout::arrange((3, 3), &[form(Action::Points { dim: 3 }, vec![count, 3])], Some(count));
    let target = match at_points {
        true => form(Action::Vector { dim: 3 }, vec![count, 3]),
        false => form(Action::Scalar, vec![1, 10]),
    };
    let y_layout = Layout::arrange((3, 3), &[target], Some(count));
    let y = numbers(rows * if at_points { count * 3 } else { 10 }, "y");
    Training {
        model,
        problem: Problem::new((numbers(rows * count * 3, "x"), x_layout), (y, y_layout), None, Loss::Mse),
    }
}

impl Training {
    /// Milliseconds of one optimisation step as the trainer does it, of `times` in a row.
    fn steps(&self, batch: usize, augmentation: Augmentation<'_>, times: usize) -> f64 {
        let all: Vec<usize> = (0..self.problem.rows).collect();
        let fit_ = Fit {
            label: "bench".into(),
            problem: &self.problem,
            rows: &all,
            held_out: &all[..1],
            model: &self.model,
            steps: times,
            batch,
            optimizer: &Default::default(),
            schedule: &Default::default(),
            patience: None,
            ema: None,
            target: MovedTarget::Label,
            augmentation,
            streams: Streams::new(1),
            start: None,
        };
        milliseconds(times, || {
            black_box(fit(&fit_, &Backend::default(), &Nowhere).map(|t| t.state.progress.step).is_ok());
        })
    }
}

/// Discovery on gl(2) from the four matrices with one entry.
fn plan() -> LearnedPlan {
    let directions = (0..4).flat_map(|at| (0..4).map(move |entry| if entry == at { 1.0 } else { 0.0 })).collect();
    LearnedPlan {
        directions,
        count: 4,
        generators: 4,
        scale: 0.25,
        weight: 1.0,
        resolution: None,
        regulariser: Regulariser { support: DMatrix::zeros(4, 4), support_weight: 0.0 },
        basis_lr: 5e-3,
        freeze: 0,
    }
}

/// exp(Σ w_c L_c) acting on each row, forward and backward; `spread` is the standard deviation of w.
fn along(layout: &Layout, generators: usize, spread: f32, rows: usize, times: usize) -> f64 {
    let dev = Cpu::default();
    let entries = layout.side * layout.side;
    let basis: Mat<Cpu> = dev.tensor_from_vec(numbers(generators * entries, "basis"), (generators, entries));
    let w = dev.tensor_from_vec(numbers(rows * generators, "w"), (rows, generators)) * spread;
    let x = dev.tensor_from_vec(numbers(rows * layout.width, "x"), (rows, layout.width));
    milliseconds(times, || {
        for _ in 0..times {
            black_box(Cpu::augment(basis.leaky_trace(), &w, &x, layout).sum::<(), _>().backward());
        }
    })
}

/// 8 numbers a row, k × k matrices, 6 generators.
fn augment(k: usize, rows: usize, times: usize) -> f64 {
    let (action, place) = (Action::Vector { dim: k }, Place::Row);
    let segment = Segment { start: 0, blocks: 8 / k, action, translation_scale: 1.0, place };
    let layout = Layout { side: k, linear: k, width: 8, segments: vec![segment], points: None };
    along(&layout, 6, 0.25, rows, times)
}

/// 128 images of 28×28 warped by matrices of their own.
fn warp(times: usize) -> f64 {
    let action = Action::Pixels(Image { height: 28, width: 28, channels: 1, edge: false });
    along(&Layout::arrange((2, 2), &[form(action, vec![28, 28, 1])], None), 4, 0.1, 128, times)
}

fn gemm(times: usize) -> f64 {
    let n = 1024;
    let (a, b, mut out) = (numbers(n * n, "a"), numbers(n * n, "b"), vec![0.0; n * n]);
    milliseconds(times, || {
        for _ in 0..times {
            product(View::new(&a, n, n), View::new(&b, n, n), &mut out, false);
            black_box(&mut out);
        }
    })
}

/// The norm of the gradient and an update of as many parameters as the MLP has.
fn adamw(times: usize) -> f64 {
    let sizes = [8 * 384, 384, 384 * 384, 384, 384 * 384, 384, 384 * 8, 8];
    let mut all: Vec<[Vec<f32>; 4]> = sizes.map(|n| ["p", "m", "v", "g"].map(|name| numbers(n, name))).into();
    all.iter_mut().for_each(|[_, _, v, _]| v.iter_mut().for_each(|v| *v = v.abs()));
    milliseconds(times, || {
        for step in 1..=times {
            let norm: f64 = all.iter().map(|[.., g]| adam::norm_squared(g)).sum();
            let grad_scale = 1.0 / norm.sqrt() as f32;
            let s = adam::Settings {
                lr: 1e-3,
                beta1: 0.9,
                beta2: 0.999,
                weight_decay: 0.01,
                step: step as u64,
                grad_scale,
            };
            all.iter_mut().for_each(|[p, m, v, g]| adam::update(&s, p, m, v, g));
        }
        black_box(&mut all);
    })
}

/// The networks, built once.
struct Bench {
    mlp: Training,
    cnn: Training,
    point_net: Training,
    transformer: Training,
    pair: Training,
    plan: LearnedPlan,
}

/// All cases, in the order of the table.
const CASES: [&str; 25] = [
    "mlp_plain_64",
    "mlp_plain_256",
    "mlp_plain_1024",
    "mlp_known_64",
    "mlp_known_256",
    "mlp_known_1024",
    "mlp_learned_64",
    "mlp_learned_256",
    "mlp_learned_1024",
    "cnn_plain_128",
    "point_net_plain_32",
    "transformer_plain_32",
    "pair_plain_32",
    "augment_2_128",
    "augment_2_1024",
    "augment_2_4096",
    "augment_4_128",
    "augment_4_1024",
    "augment_4_4096",
    "augment_8_128",
    "augment_8_1024",
    "augment_8_4096",
    "warp",
    "gemm",
    "adamw",
];

impl Bench {
    fn new() -> Self {
        let activation = Activation::Silu;
        let pair = Pair { width: 64, layers: 3, radial: 16, cutoff: None, head: vec![], pool: Pool::Mean, activation };
        let point_net = PointNet { hidden: vec![64, 128, 256], head: vec![], pool: Pool::Max, activation };
        let transformer = Transformer { width: 64, layers: 3, heads: 4, head: vec![], pool: Pool::Mean, activation };
        Self {
            mlp: mlp(),
            cnn: cnn(),
            point_net: points(Model::PointNet(point_net), false),
            transformer: points(Model::Transformer(transformer), true),
            pair: points(Model::Pair(pair), true),
            plan: plan(),
        }
    }

    /// Milliseconds of one repetition of a case; `None` if there is no such case.
    fn measure(&self, case: &str, times: usize) -> Option<f64> {
        let mut parts = case.split('_').rev();
        let number = parts.next().and_then(|last| last.parse::<usize>().ok());
        Some(match (case, number) {
            ("warp", _) => warp(times),
            ("gemm", _) => gemm(times),
            ("adamw", _) => adamw(times),
            (_, Some(rows)) if case.starts_with("augment") => augment(parts.next()?.parse().ok()?, rows, times),
            (_, Some(batch)) => {
                let known = groups::known_group("so(2)", std::f64::consts::PI, 2).ok()?;
                let augmentation = match parts.next()? {
                    "known" => Augmentation::Group(&known.source),
                    "learned" => Augmentation::Learned(&self.plan),
                    _ => Augmentation::None,
                };
                let training = match case {
                    _ if case.starts_with("mlp") => &self.mlp,
                    _ if case.starts_with("cnn") => &self.cnn,
                    _ if case.starts_with("point_net") => &self.point_net,
                    _ if case.starts_with("transformer") => &self.transformer,
                    _ if case.starts_with("pair") => &self.pair,
                    _ => return None,
                };
                training.steps(batch, augmentation, times)
            }
            _ => return None,
        })
    }
}

fn main() {
    semola_pipe::engine::memory::keep_freed();
    // One thread for everything that is measured; there is no other pool.
    if rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().is_err() {
        eprintln!("there are several threads: times are those of one of them");
    }
    if std::env::args().any(|arg| arg == "--list") {
        println!("{}", CASES.join("\n"));
        return;
    }
    let bench = Bench::new();
    if !std::env::args().any(|arg| arg == "--serve") {
        for case in CASES {
            println!("{case} {:.3} ms", bench.measure(case, 20).unwrap_or(f64::NAN));
        }
        return;
    }
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let (case, times) = line.split_once(' ').unwrap_or((&line, "1"));
        println!("{}", bench.measure(case, times.parse().unwrap_or(1)).unwrap_or(f64::NAN));
        if std::io::stdout().flush().is_err() {
            return;
        }
    }
}
