//! A network with its parameters, with the device type erased.
//!
//! Everything above the engine works on rows of plain numbers: a [`Learner`] predicts, and takes steps against the gradient of
//! a loss, of rows as they are or transformed by learned generators.

use dfdx::prelude::*;

use crate::backend::{Backend, on_device};
use crate::device::Mat;
use crate::layout::Layout;
use crate::nets::Model;
use crate::nets::Network;
use crate::ops::Kernels;
use crate::ops::adam;
use crate::ops::loss::Loss;
use crate::params::{HostParam, ParamStore};
use crate::stream::Streams;

/// Rows per pass, and values per pass if rows are long: the activations have to fit into memory.
const CHUNK: usize = 4096;
const VALUES: usize = 1 << 20;

/// Rows for one step.
pub struct Batch<'a> {
    /// Inputs, row-major.
    pub x: Vec<f32>,
    /// Targets, row-major.
    pub y: Vec<f32>,
    /// The weight of each row in the loss.
    pub weights: Vec<f32>,
    pub loss: Loss,
    /// Rows are transformed first, so that the loss has a gradient with respect to generators.
    pub along: Option<Along<'a>>,
}

/// Each row is transformed by exp(Σ_c w_c L_c).
pub struct Along<'a> {
    /// Coefficients w, rows × generators.
    pub w: Vec<f32>,
    /// The generators L, each row-major side².
    pub generators: Vec<f32>,
    pub x_layout: &'a Layout,
    /// How targets are transformed; `None` leaves them as they are.
    pub y_layout: Option<&'a Layout>,
}

/// A step of the optimiser.
#[derive(Debug, Clone, Copy)]
pub struct Descent {
    pub adam: adam::Settings,
    /// Gradient norm at which all parameters together are clipped; 0 switches clipping off.
    pub clip: f64,
}

/// The results of a step.
pub struct Pass {
    pub loss: f64,
    /// Outputs for the (transformed) rows, if requested.
    pub outputs: Vec<f32>,
    /// The gradient with respect to the generators, if rows were transformed along some and the loss depends on them.
    pub generators: Option<Vec<f32>>,
}

/// A network with its parameters on a device.
pub struct Learner(Box<dyn OnDevice>);

impl Learner {
    /// A network for rows laid out as `x` and `y`, with first values from `streams`.
    pub fn build(backend: &Backend, model: &Model, x: &Layout, y: &Layout, streams: &Streams) -> Self {
        on_device!(backend, device => Self(Box::new(Placed::build(device, model, x, y, streams))))
    }

    /// Outputs for rows of inputs, `inputs` values each; `batch` rows per pass, or a default.
    pub fn predict(&self, x: &[f32], inputs: usize, batch: Option<usize>) -> Vec<f32> {
        self.0.predict(x, inputs, batch.unwrap_or((VALUES / inputs.max(1)).clamp(1, CHUNK)))
    }

    /// The loss of a batch and its gradients; if it is finite, the parameters take the step. `outputs`: whether they
    /// are returned.
    pub fn step(&mut self, batch: Batch<'_>, descent: Option<&Descent>, outputs: bool) -> Pass {
        self.0.step(batch, descent, outputs)
    }

    /// Moves the averages of the parameters towards them; the first call starts them.
    pub fn average(&mut self, decay: f32) {
        self.0.average(decay);
    }

    /// Swaps the parameters with their averages, where there are averages.
    pub fn swap_averages(&mut self) {
        self.0.swap_averages();
    }

    /// Puts the averages in the place of the parameters, where there are averages.
    pub fn adopt_averages(&mut self) {
        self.0.adopt_averages();
    }

    /// The parameters and moments.
    pub fn to_host(&self) -> Vec<HostParam> {
        self.0.to_host()
    }

    /// Replaces all parameters and moments; `false` if names or lengths do not agree (then nothing is changed).
    #[must_use]
    pub fn set_from_host(&mut self, host: &[HostParam]) -> bool {
        self.0.set_from_host(host)
    }
}

/// What a [`Learner`] does, on any device.
trait OnDevice: Send + Sync {
    fn predict(&self, x: &[f32], inputs: usize, batch: usize) -> Vec<f32>;
    fn step(&mut self, batch: Batch<'_>, descent: Option<&Descent>, outputs: bool) -> Pass;
    fn average(&mut self, decay: f32);
    fn swap_averages(&mut self);
    fn adopt_averages(&mut self);
    fn to_host(&self) -> Vec<HostParam>;
    fn set_from_host(&mut self, host: &[HostParam]) -> bool;
}

/// The network on one device.
struct Placed<D: Kernels> {
    network: Network,
    store: ParamStore<D>,
}

/// Outputs and targets on the tape, and the generators that they depend on.
struct Forward<D: Kernels> {
    pred: Mat<D, OwnedTape<f32, D>>,
    target: Mat<D, OwnedTape<f32, D>>,
    generators: Option<Mat<D>>,
}

impl<D: Kernels> Placed<D> {
    fn build(device: &D, model: &Model, x: &Layout, y: &Layout, streams: &Streams) -> Self {
        let mut store = ParamStore::new(device.clone());
        let network = Network::build(model, x, y, &mut store, streams);
        Self { network, store }
    }

    fn forward(&self, x: Vec<f32>, y: Vec<f32>, n: usize, along: Option<&Along<'_>>) -> Forward<D> {
        let device = self.store.device();
        let matrix = |values: Vec<f32>| {
            let width = values.len() / n.max(1);
            device.tensor_from_vec(values, (n, width))
        };
        let (x, y) = (matrix(x), matrix(y));
        let Some(along) = along else {
            let pred = self.network.forward(&self.store, D::begin(x));
            return Forward { pred, target: y.retaped(), generators: None };
        };
        let ss = along.x_layout.side.pow(2);
        let w = matrix(along.w.clone());
        let l = device.tensor_from_vec(along.generators.clone(), (along.generators.len() / ss, ss));
        let gx = D::augment(l.leaky_trace(), &w, &x, along.x_layout);
        let target = match along.y_layout {
            Some(layout) => D::augment(l.retaped::<OwnedTape<f32, D>>(), &w, &y, layout),
            None => y.retaped(),
        };
        let pred = self.network.forward(&self.store, gx);
        Forward { pred, target, generators: Some(l) }
    }
}

impl<D: Kernels> OnDevice for Placed<D> {
    fn predict(&self, x: &[f32], inputs: usize, batch: usize) -> Vec<f32> {
        let mut out = Vec::new();
        for chunk in x.chunks(batch.max(1) * inputs.max(1)) {
            let rows = self.store.device().tensor_from_vec(chunk.to_vec(), (chunk.len() / inputs.max(1), inputs));
            out.extend(self.network.forward::<D, NoneTape>(&self.store, rows).as_vec());
        }
        out
    }

    fn step(&mut self, batch: Batch<'_>, descent: Option<&Descent>, outputs: bool) -> Pass {
        let Batch { x, y, weights, loss, along } = batch;
        let n = weights.len();
        let forward = self.forward(x, y, n, along.as_ref());
        let weights = self.store.device().tensor_from_vec(weights, (n,));
        let outputs = if outputs { forward.pred.as_vec() } else { Vec::new() };
        let total = D::loss(loss, forward.pred, forward.target, &weights);
        let value = f64::from(total.as_vec()[0]);
        if !value.is_finite() {
            return Pass { loss: value, outputs, generators: None };
        }
        let mut grads = total.backward();
        let of = |l: &Mat<D>| grads.try_alloc_for(l).is_ok().then(|| grads.get(l).as_vec());
        let generators = forward.generators.as_ref().and_then(of);
        if let Some(Descent { adam, clip }) = descent {
            let norm = self.store.grad_norm_squared(&mut grads).sqrt();
            let grad_scale = if *clip > 0.0 && norm > *clip { (clip / norm) as f32 } else { 1.0 };
            self.store.update(&adam::Settings { grad_scale, ..*adam }, &mut grads);
        }
        Pass { loss: value, outputs, generators }
    }

    fn average(&mut self, decay: f32) {
        self.store.average(decay);
    }

    fn swap_averages(&mut self) {
        self.store.swap_averages();
    }

    fn adopt_averages(&mut self) {
        self.store.adopt_averages();
    }

    fn to_host(&self) -> Vec<HostParam> {
        self.store.to_host()
    }

    fn set_from_host(&mut self, host: &[HostParam]) -> bool {
        self.store.set_from_host(host)
    }
}
