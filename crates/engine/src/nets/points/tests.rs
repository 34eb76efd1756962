//! Invariants of every network on points, and of the equivariant one only.

use dfdx::prelude::*;

use crate::nets::Network;
use crate::nets::{Egnn, Model, Pair, PointNet, Transformer};
use crate::ops::activation::Activation;
use crate::ops::pool::Pool;
use crate::tests::parameters_do_without_inputs;
use crate::{Form, Layout, Mat, ParamStore, Streams};
use semola_lie::action::Action;
use semola_lie::random::fill_normal_f32;

const POINTS: Action = Action::Points { dim: 3 };
const VECTOR: Action = Action::Vector { dim: 3 };

fn form(action: Action, axes: &[usize], ragged: bool) -> Form {
    Form { action, axes: axes.to_vec(), ragged, translation_scale: 1.0 }
}

/// Positions, velocities and charges at ragged points; a field and a temperature of the row.
fn x_layout(most: usize) -> Layout {
    let forms = [
        form(POINTS, &[3], true),
        form(VECTOR, &[3], true),
        form(Action::Scalar, &[], true),
        form(VECTOR, &[3], false),
        form(Action::Scalar, &[], false),
    ];
    Layout::arrange((4, 3), &forms, Some(most)).with_count()
}

/// Forces, next positions and charges of the points; a dipole and two scalars of the row.
fn y_layout(most: usize) -> Layout {
    let forms = [
        form(VECTOR, &[3], true),
        form(POINTS, &[3], true),
        form(Action::Scalar, &[], true),
        form(VECTOR, &[3], false),
        form(Action::Scalar, &[2], false),
    ];
    Layout::arrange((4, 3), &forms, Some(most))
}

fn models() -> Vec<Model> {
    let pair = |pool, cutoff| Pair {
        width: 24,
        layers: 2,
        radial: 8,
        cutoff,
        head: vec![16],
        pool,
        activation: Activation::Silu,
    };
    let activation = Activation::Silu;
    vec![
        Model::PointNet(PointNet { hidden: vec![24, 32], head: vec![16], pool: Pool::Max, activation }),
        Model::PointNet(PointNet { hidden: vec![24], head: vec![], pool: Pool::Mean, activation }),
        Model::Transformer(Transformer { width: 24, layers: 2, heads: 3, head: vec![], pool: Pool::Mean, activation }),
        Model::Pair(pair(Pool::Sum, None)),
        Model::Pair(pair(Pool::Mean, Some(2.5))),
        Model::Egnn(Egnn(pair(Pool::Mean, None))),
        Model::Egnn(Egnn(pair(Pool::Sum, Some(2.5)))),
    ]
}

const COUNTS: [usize; 5] = [4, 1, 6, 2, 3];

fn normal(n: usize, name: &str) -> Vec<f32> {
    let mut values = vec![0.0; n];
    fill_normal_f32(&mut Streams::new(3).get(name, 0), &mut values);
    values
}

/// A row as its fields: per-point values for each of the three fields, then the values of the row.
#[derive(Clone)]
struct Row {
    positions: Vec<[f32; 3]>,
    velocities: Vec<[f32; 3]>,
    charges: Vec<f32>,
    field: [f32; 3],
    temperature: f32,
}

fn examples() -> Vec<Row> {
    let triples =
        |name: &str, n: usize| normal(3 * n, name).chunks(3).map(|c| [c[0], c[1], c[2]]).collect::<Vec<[f32; 3]>>();
    let row = |(i, &n): (usize, &usize)| Row {
        positions: triples(&format!("x{i}"), n),
        velocities: triples(&format!("v{i}"), n),
        charges: normal(n, &format!("q{i}")),
        field: triples(&format!("f{i}"), 1)[0],
        temperature: normal(1, &format!("t{i}"))[0],
    };
    COUNTS.iter().enumerate().map(row).collect()
}

/// Rows with room for `most` points.
fn pack(rows: &[Row], most: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for row in rows {
        let mut room = |values: Vec<f32>, width: usize| {
            let mut values = values;
            values.resize(most * width, 0.0);
            out.extend(values);
        };
        room(row.positions.concat(), 3);
        room(row.velocities.concat(), 3);
        room(row.charges.clone(), 1);
        out.extend(row.field);
        out.push(row.temperature);
        out.push(row.positions.len() as f32);
    }
    out
}

struct Built {
    network: Network,
    store: ParamStore<Cpu>,
    most: usize,
}

impl Built {
    fn new(model: &Model, most: usize) -> Self {
        let mut store = ParamStore::new(Cpu::default());
        let network = Network::build(model, &x_layout(most), &y_layout(most), &mut store, &Streams::new(5));
        Self { network, store, most }
    }

    fn run(&self, rows: &[Row]) -> Vec<Vec<f32>> {
        let x = self.store.device().tensor_from_vec(pack(rows, self.most), (rows.len(), x_layout(self.most).width));
        let y: Mat<Cpu> = self.network.forward::<Cpu, NoneTape>(&self.store, x);
        assert_eq!(y.shape().1, y_layout(self.most).width);
        y.as_vec().chunks(y.shape().1).map(<[f32]>::to_vec).collect()
    }
}

/// A row of targets by field.
struct Output {
    forces: Vec<[f32; 3]>,
    next: Vec<[f32; 3]>,
    charges: Vec<f32>,
    dipole: [f32; 3],
    scalars: [f32; 2],
}

fn unpack(y: &[f32], most: usize) -> Output {
    let triples = |v: &[f32]| v.chunks(3).map(|c| [c[0], c[1], c[2]]).collect::<Vec<_>>();
    let (forces, y) = y.split_at(3 * most);
    let (next, y) = y.split_at(3 * most);
    let (charges, y) = y.split_at(most);
    Output {
        forces: triples(forces),
        next: triples(next),
        charges: charges.to_vec(),
        dipole: [y[0], y[1], y[2]],
        scalars: [y[3], y[4]],
    }
}

fn near(what: &str, a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() < 1e-4 * (1.0 + y.abs()), "{what}: {x} against {y}");
    }
}

#[test]
fn networks_do_not_depend_on_the_batch_or_on_room_for_more_points() {
    let rows = examples();
    for model in models() {
        let (small, large) = (Built::new(&model, 6), Built::new(&model, 9));
        let (a, b) = (small.run(&rows), large.run(&rows));
        for (i, row) in rows.iter().enumerate() {
            // Products of other sizes add up in another order.
            near(model.name(), &a[i], &small.run(std::slice::from_ref(row))[0]);
            let (a, b) = (unpack(&a[i], 6), unpack(&b[i], 9));
            near(model.name(), &a.forces.concat(), &b.forces[..6].concat());
            near(model.name(), &a.next.concat(), &b.next[..6].concat());
            near(
                model.name(),
                &[a.dipole.as_slice(), &a.scalars].concat(),
                &[b.dipole.as_slice(), &b.scalars].concat(),
            );
            let beyond =
                [b.forces[COUNTS[i]..].concat(), b.next[COUNTS[i]..].concat(), b.charges[COUNTS[i]..].to_vec()];
            assert!(beyond.concat().iter().all(|&v| v == 0.0), "{}: points that are not there give 0", model.name());
            assert!(a.forces[0].iter().all(|v| *v != 0.0) || COUNTS[i] == 1);
        }
    }
}

#[test]
fn networks_do_without_the_gradient_of_their_inputs() {
    for model in models() {
        parameters_do_without_inputs(&model, &x_layout(6), &y_layout(6), pack(&examples(), 6));
    }
}

#[test]
fn networks_do_not_depend_on_the_order_of_points() {
    let rows = examples();
    for model in models() {
        let net = Built::new(&model, 6);
        let mut turned = rows.clone();
        for row in &mut turned {
            row.positions.reverse();
            row.velocities.reverse();
            row.charges.reverse();
        }
        for (i, (a, b)) in net.run(&rows).iter().zip(&net.run(&turned)).enumerate() {
            let (a, mut b) = (unpack(a, 6), unpack(b, 6));
            for list in [&mut b.forces, &mut b.next] {
                list[..COUNTS[i]].reverse();
            }
            b.charges[..COUNTS[i]].reverse();
            near(model.name(), &a.forces.concat(), &b.forces.concat());
            near(model.name(), &a.next.concat(), &b.next.concat());
            near(model.name(), &a.charges, &b.charges);
            near(model.name(), &a.dipole, &b.dipole);
            near(model.name(), &a.scalars, &b.scalars);
        }
    }
}

/// A rotation by an odd angle about an odd axis, with a reflection.
fn turn(v: [f32; 3]) -> [f32; 3] {
    let (s, c) = 0.7f32.sin_cos();
    let a = [c * v[0] - s * v[1], s * v[0] + c * v[1], v[2]];
    let (s, c) = 1.1f32.sin_cos();
    [a[0], c * a[1] - s * a[2], -(s * a[1] + c * a[2])]
}

fn moved(v: [f32; 3]) -> [f32; 3] {
    [v[0] + 0.5, v[1] - 1.5, v[2] + 0.25]
}

/// Largest change of the targets from what they should be when all points are turned, or moved.
fn violation(net: &Built, of_vector: fn([f32; 3]) -> [f32; 3], of_position: fn([f32; 3]) -> [f32; 3]) -> f32 {
    let rows = examples();
    let mut other = rows.clone();
    for row in &mut other {
        row.positions.iter_mut().for_each(|v| *v = of_position(*v));
        row.velocities.iter_mut().for_each(|v| *v = of_vector(*v));
        row.field = of_vector(row.field);
    }
    let mut worst = 0.0f32;
    for (i, (a, b)) in net.run(&rows).iter().zip(&net.run(&other)).enumerate() {
        let (a, b) = (unpack(a, net.most), unpack(b, net.most));
        let mut compare = |a: &[f32], b: &[f32]| {
            a.iter().zip(b).for_each(|(x, y)| worst = worst.max((x - y).abs() / (1.0 + y.abs())));
        };
        for p in 0..COUNTS[i] {
            compare(&of_vector(a.forces[p]), &b.forces[p]);
            compare(&of_position(a.next[p]), &b.next[p]);
        }
        compare(&a.charges, &b.charges);
        compare(&of_vector(a.dipole), &b.dipole);
        compare(&a.scalars, &b.scalars);
    }
    worst
}

#[test]
fn relative_networks_move_along_with_the_points() {
    for model in models() {
        let worst = violation(&Built::new(&model, 6), |v| v, moved);
        let relative = matches!(model, Model::Pair(_) | Model::Egnn(_));
        assert_eq!(worst < 1e-4, relative, "{}: {worst}", model.name());
    }
}

#[test]
fn the_egnn_alone_turns_along_with_the_points() {
    for model in models() {
        let worst = violation(&Built::new(&model, 6), turn, turn);
        assert_eq!(worst < 1e-4, matches!(model, Model::Egnn(_)), "{}: {worst}", model.name());
    }
}

#[test]
fn gradients_reach_every_input_and_agree_with_differences() {
    let rows = examples();
    for model in models() {
        let net = Built::new(&model, 6);
        let width = x_layout(6).width;
        let values = pack(&rows, 6);
        let dev = net.store.device().clone();
        let tensor = |v: Vec<f32>| -> Mat<Cpu> { dev.tensor_from_vec(v, (rows.len(), width)) };
        let x = tensor(values.clone());
        let y = net.network.forward(&net.store, x.leaky_trace());
        let up: Mat<Cpu> = dev.tensor_from_vec(normal(y.shape().0 * y.shape().1, "up"), *y.shape());
        let grads = (y * up.clone()).sum::<(), _>().backward();
        let grad = grads.get(&x).as_vec();
        let total = |v: Vec<f32>| {
            let y = net.network.forward::<Cpu, NoneTape>(&net.store, tensor(v)).as_vec();
            y.iter().zip(up.as_vec()).map(|(a, b)| f64::from(*a) * f64::from(b)).sum::<f64>()
        };
        // One direction for each field of the first row; single values are lost in single precision.
        for (name, range) in [("x", 0..12), ("v", 18..30), ("q", 36..40), ("f", 42..45), ("t", 45..46)] {
            let along = normal(range.len(), name);
            let at = |h: f32| {
                let mut v = values.clone();
                v[range.clone()].iter_mut().zip(&along).for_each(|(v, a)| *v += h * a);
                total(v)
            };
            let want = (at(4e-3) - at(-4e-3)) / 8e-3;
            let got: f64 = grad[range.clone()].iter().zip(&along).map(|(g, a)| f64::from(g * a)).sum();
            let max = matches!(&model, Model::PointNet(p) if p.pool == Pool::Max);
            let tolerance = if max { 0.1 } else { 0.01 };
            assert!((got - want).abs() < tolerance * (0.2 + want.abs()), "{} {name}: {got} not {want}", model.name());
        }
    }
}

#[test]
fn first_values_neither_vanish_nor_explode_from_2_to_64_points() {
    let forms = |n: usize| [form(POINTS, &[n, 3], false)];
    for model in models() {
        for n in [2, 9, 64] {
            let x = Layout::arrange((3, 3), &forms(n), Some(n));
            let y =
                Layout::arrange((3, 3), &[form(VECTOR, &[n, 3], false), form(Action::Scalar, &[4], false)], Some(n));
            let mut store = ParamStore::new(Cpu::default());
            let network = Network::build(&model, &x, &y, &mut store, &Streams::new(2));
            let rows: Mat<Cpu> = store.device().tensor_from_vec(normal(20 * n * 3, "points"), (20, n * 3));
            let y = network.forward::<Cpu, NoneTape>(&store, rows).as_vec();
            let size = (y.iter().map(|v| v * v).sum::<f32>() / y.len() as f32).sqrt();
            assert!((0.01..10.0).contains(&size), "{} on {n} points gives {size}", model.name());
        }
    }
}

#[test]
fn parameters_are_counted_as_they_are_built() {
    for model in models() {
        let mut store = ParamStore::new(Cpu::default());
        Network::build(&model, &x_layout(6), &y_layout(6), &mut store, &Streams::new(1));
        assert_eq!(model.parameters(&x_layout(6), &y_layout(6)), Some(store.count()), "{model:?}");
        assert!(store.count() > 0);
    }
    // Without room for them, at once.
    let activation = Activation::Silu;
    let wide = Transformer { width: 1 << 18, layers: 900, heads: 4, head: vec![], pool: Pool::Mean, activation };
    assert!(Model::Transformer(wide).parameters(&x_layout(6), &y_layout(6)).unwrap() > 1 << 45);
}
