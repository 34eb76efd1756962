//! Networks on images as wholes: shapes, gradients through all layers, and what turning the input does to the output.

use dfdx::prelude::*;

use super::Network;
use crate::nets::{Cnn, GroupCnn, Model};
use crate::ops::activation::Activation;
use crate::ops::pixel_pool::PixelPool;
use crate::ops::turn::Cyclic;
use crate::tests::parameters_do_without_inputs;
use crate::{Form, Layout, Mat, ParamStore, Streams};
use semola_lie::action::{Action, Image};
use semola_lie::random::fill_normal_f32;
use semola_lie::warp::Warp;

fn image(height: usize, width: usize, channels: usize) -> Layout {
    let image = Image { height, width, channels, edge: false };
    let action = Action::Pixels(image);
    let form = Form { action, axes: vec![height, width, channels], ragged: false, translation_scale: 1.0 };
    Layout::arrange((2, 2), &[form], None)
}

fn values(n: usize) -> Layout {
    let form = Form { action: Action::Scalar, axes: vec![n], ragged: false, translation_scale: 1.0 };
    Layout::arrange((2, 2), &[form], None)
}

fn cnn(pool: PixelPool) -> Model {
    Model::Cnn(Cnn { channels: vec![3, 4], kernel: 3, pool, hidden: vec![5], activation: Activation::Tanh })
}

fn group_cnn(group: Cyclic, kernel: usize, pool: PixelPool) -> Model {
    Model::GroupCnn(GroupCnn {
        group,
        channels: vec![3, 4],
        kernel,
        pool,
        hidden: vec![5],
        activation: Activation::Silu,
    })
}

fn numbers(n: usize) -> Vec<f32> {
    let mut values = vec![0.0; n];
    fill_normal_f32(&mut Streams::new(3).get("numbers", 0), &mut values);
    values
}

/// Outputs for one image.
fn output(model: &Model, x_layout: &Layout, y_layout: &Layout, x: &[f32]) -> Vec<f32> {
    let mut store = ParamStore::new(Cpu::default());
    let network = Network::build(model, x_layout, y_layout, &mut store, &Streams::new(1));
    let x: Mat<Cpu> = store.device().tensor_from_vec(x.to_vec(), (1, x_layout.width));
    network.forward::<Cpu, NoneTape>(&store, x).as_vec()
}

/// The image turned counter-clockwise by 90°: the right column becomes the top row.
fn quarter_turn(x: &[f32], side: usize, channels: usize) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    for (r, c) in (0..side).flat_map(|r| (0..side).map(move |c| (r, c))) {
        let (to, from) = (((side - 1 - c) * side + r) * channels, (r * side + c) * channels);
        out[to..to + channels].copy_from_slice(&x[from..from + channels]);
    }
    out
}

/// Largest difference relative to the root mean square of `b`.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    let size = (b.iter().map(|v| v * v).sum::<f32>() / b.len() as f32).sqrt();
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / size
}

#[test]
fn gradients_of_whole_networks_agree_with_finite_differences() {
    let models = [
        cnn(PixelPool::Mean),
        cnn(PixelPool::None),
        group_cnn(Cyclic::C4, 3, PixelPool::Mean),
        group_cnn(Cyclic::C8, 3, PixelPool::None),
    ];
    for model in models {
        for y_layout in [values(2), image(5, 4, 2)] {
            let x_layout = image(5, 4, 1);
            let mut store = ParamStore::new(Cpu::default());
            let network = Network::build(&model, &x_layout, &y_layout, &mut store, &Streams::new(1));
            let (x, c) = (numbers(2 * x_layout.width), numbers(2 * y_layout.width));
            let dev = store.device().clone();
            let rows: Mat<Cpu> = dev.tensor_from_vec(x.clone(), (2, x_layout.width));
            let y = network.forward(&store, rows.leaky_trace());
            assert_eq!(*y.shape(), (2, y_layout.width));
            let weights: Mat<Cpu> = dev.tensor_from_vec(c.clone(), (2, y_layout.width));
            let mut grads = (y * weights).sum::<(), _>().backward();
            let objective = |store: &ParamStore<Cpu>| {
                let rows: Mat<Cpu> = dev.tensor_from_vec(x.clone(), (2, x_layout.width));
                let y = network.forward::<Cpu, NoneTape>(store, rows).as_vec();
                y.iter().zip(&c).map(|(y, c)| f64::from(*y) * f64::from(*c)).sum::<f64>()
            };
            // Along its own gradient the objective changes by the gradient's square: every parameter takes part.
            let norm = store.grad_norm_squared(&mut grads);
            let host = store.to_host();
            let gradient = store.gradients(&mut grads);
            let mut at = |h: f64| {
                let mut moved = host.clone();
                for (p, g) in moved.iter_mut().zip(&gradient) {
                    p.value.iter_mut().zip(g).for_each(|(v, g)| *v += (h * f64::from(*g) / norm.sqrt()) as f32);
                }
                assert!(store.set_from_host(&moved));
                objective(&store)
            };
            let slope = (at(5e-3) - at(-5e-3)) / 1e-2;
            assert!((slope / norm.sqrt() - 1.0).abs() < 2e-3, "{model:?} {y_layout:?}: {slope} not {}", norm.sqrt());
        }
    }
}

#[test]
fn quarter_turns_leave_values_and_turn_images() {
    for group in [Cyclic::C4, Cyclic::C8] {
        for (side, pool) in [(8, PixelPool::Max), (7, PixelPool::Max), (10, PixelPool::Mean), (9, PixelPool::None)] {
            let model = group_cnn(group, 3, pool);
            let x_layout = image(side, side, 2);
            let x = numbers(x_layout.width);
            let turned = quarter_turn(&x, side, 2);
            let values = values(3);
            let (a, b) = (output(&model, &x_layout, &values, &turned), output(&model, &x_layout, &values, &x));
            assert!(difference(&a, &b) < 1e-4, "{group:?} {side} {pool:?}: {a:?} {b:?}");
            let y_layout = image(side, side, 1);
            let (a, b) = (output(&model, &x_layout, &y_layout, &turned), output(&model, &x_layout, &y_layout, &x));
            let b = quarter_turn(&b, side, 1);
            assert!(difference(&a, &b) < 1e-4, "{group:?} {side} {pool:?}: {}", difference(&a, &b));
        }
    }
}

#[test]
fn a_plain_network_sees_turns_and_eighth_turns_are_nearly_invisible_to_c8() {
    let side = 28;
    let x_layout = image(side, side, 1);
    let shape = Image { height: side, width: side, channels: 1, edge: false };
    // Smooth, round about and not symmetric.
    let blob = |x: f64, y: f64, r: f64| (-((x - 0.3).powi(2) + (y - r).powi(2)) * 12.0).exp();
    let pixel = |p: usize| {
        let [x, y] = shape.coordinates(p / side, p % side);
        (blob(x, y, 0.25) - 0.7 * blob(-x, y, -0.1) + 0.5 * blob(x, -y, 0.5)) as f32
    };
    let x: Vec<f32> = (0..side * side).map(pixel).collect();
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let mut turned = vec![0.0; x.len()];
    Warp::new(shape, &[half, half, -half, half], 2, 1.0).apply(&x, &mut turned);
    let change = |model: &Model, x_turned: &[f32]| {
        difference(&output(model, &x_layout, &values(4), x_turned), &output(model, &x_layout, &values(4), &x))
    };
    let quarter = quarter_turn(&x, side, 1);
    assert!(change(&cnn(PixelPool::Max), &quarter) > 0.05);
    let (four, eight) = (group_cnn(Cyclic::C4, 5, PixelPool::Mean), group_cnn(Cyclic::C8, 5, PixelPool::Mean));
    let (four, eight) = (change(&four, &turned), change(&eight, &turned));
    assert!(eight < 0.02 && eight < four, "C8 changes by {eight}, C4 by {four}");
}

#[test]
fn networks_do_without_the_gradient_of_their_inputs() {
    let x = image(5, 6, 2);
    for y in [values(3), image(5, 6, 1)] {
        for model in [cnn(PixelPool::Max), cnn(PixelPool::None), group_cnn(Cyclic::C4, 3, PixelPool::Mean)] {
            parameters_do_without_inputs(&model, &x, &y, numbers(17 * x.width));
        }
    }
}

#[test]
fn targets_may_be_images() {
    for pool in [PixelPool::Max, PixelPool::Mean, PixelPool::None] {
        let (x_layout, y_layout) = (image(9, 6, 2), image(9, 6, 3));
        let x = numbers(x_layout.width);
        assert_eq!(output(&cnn(pool), &x_layout, &y_layout, &x).len(), y_layout.width);
    }
}

#[test]
fn parameters_are_counted_as_they_are_built() {
    let models =
        [cnn(PixelPool::None), group_cnn(Cyclic::C4, 3, PixelPool::None), group_cnn(Cyclic::C8, 5, PixelPool::None)];
    for (model, y) in models.iter().flat_map(|model| [values(3), image(8, 8, 2)].map(|y| (model, y))) {
        let mut store = ParamStore::new(Cpu::default());
        Network::build(model, &image(8, 8, 2), &y, &mut store, &Streams::new(1));
        assert_eq!(model.parameters(&image(8, 8, 2), &y), Some(store.count()), "{model:?}");
    }
}
