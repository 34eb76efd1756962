//! Parameters by name, with their optimiser moments where a checkpoint can reach them.

use dfdx::prelude::*;

use crate::ops::adam::Settings;
use crate::{Flat, Kernels};

/// Index of a parameter in its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParamId(usize);

/// One parameter: stored flat, viewed in its shape for free.
struct Param<D: Kernels> {
    name: String,
    value: Flat<D>,
    m: Flat<D>,
    v: Flat<D>,
    average: Option<Flat<D>>,
}

/// All parameters of one network on a device.
pub struct ParamStore<D: Kernels> {
    device: D,
    params: Vec<Param<D>>,
    /// Values that parameters would have, where they are only counted.
    counted: Option<usize>,
}

/// A parameter's values on the host, as they go to a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct HostParam {
    pub name: String,
    pub value: Vec<f32>,
    pub m: Vec<f32>,
    pub v: Vec<f32>,
    pub average: Option<Vec<f32>>,
}

impl<D: Kernels> ParamStore<D> {
    /// An empty store on a device; the store's own handle on it ([`ParamStore::device`]) is for all work with the store.
    pub fn new(device: D) -> Self {
        Self { device: device.for_one_thread(), params: Vec::new(), counted: None }
    }

    /// A store that counts the values of a network that is built with it, and holds none: that network cannot be used.
    pub fn counting(device: D) -> Self {
        Self { counted: Some(0), ..Self::new(device) }
    }

    /// Adds a parameter of `n` values, which are made where they are needed only.
    pub fn add_made(&mut self, name: impl Into<String>, n: usize, values: impl FnOnce() -> Vec<f32>) -> ParamId {
        match &mut self.counted {
            Some(counted) => {
                *counted = counted.saturating_add(n);
                ParamId(0)
            }
            None => self.add(name, values()),
        }
    }

    /// The device that holds the parameters.
    pub fn device(&self) -> &D {
        &self.device
    }

    /// Adds a parameter with its first values.
    pub fn add(&mut self, name: impl Into<String>, value: Vec<f32>) -> ParamId {
        let n = value.len();
        let put = |values| self.device.tensor_from_vec(values, (n,));
        let param =
            Param { name: name.into(), value: put(value), m: put(vec![0.0; n]), v: put(vec![0.0; n]), average: None };
        self.params.push(param);
        ParamId(self.params.len() - 1)
    }

    /// The tensor of a parameter.
    pub fn get(&self, id: ParamId) -> &Flat<D> {
        &self.params[id.0].value
    }

    /// Total number of values.
    pub fn count(&self) -> usize {
        self.counted.unwrap_or_else(|| self.params.iter().map(|p| p.value.shape().0).sum())
    }

    /// Square of the norm of all gradients together.
    pub fn grad_norm_squared(&self, grads: &mut Gradients<f32, D>) -> f64 {
        self.params.iter().map(|p| D::grad_norm_squared(&p.value, grads)).sum()
    }

    /// The gradients of all parameters on the host; zeros where there is none.
    #[cfg(test)]
    pub fn gradients(&self, grads: &mut Gradients<f32, D>) -> Vec<Vec<f32>> {
        let mut of = |p: &Param<D>| match grads.try_alloc_for(&p.value) {
            Ok(()) => grads.get(&p.value).as_vec(),
            Err(_) => vec![0.0; p.value.shape().0],
        };
        self.params.iter().map(&mut of).collect()
    }

    /// One AdamW update of all parameters.
    pub fn update(&mut self, settings: &Settings, grads: &mut Gradients<f32, D>) {
        for p in &mut self.params {
            D::adam(settings, &mut p.value, &mut p.m, &mut p.v, grads);
        }
    }

    /// Moves the averages towards the values: a ← decay a + (1 − decay) p; the first call starts them.
    pub fn average(&mut self, decay: f32) {
        for p in &mut self.params {
            match &mut p.average {
                None => p.average = Some(p.value.clone()),
                Some(average) => D::average(decay, &p.value, average),
            }
        }
    }

    /// Swaps the values with the averages, where there are averages.
    pub fn swap_averages(&mut self) {
        for p in &mut self.params {
            if let Some(a) = &mut p.average {
                std::mem::swap(&mut p.value, a);
            }
        }
    }

    /// Puts the averages in the place of the values, where there are averages.
    pub fn adopt_averages(&mut self) {
        for p in &mut self.params {
            if let Some(a) = &p.average {
                p.value = a.clone();
            }
        }
    }

    /// A copy on the host.
    pub fn to_host(&self) -> Vec<HostParam> {
        self.params
            .iter()
            .map(|p| HostParam {
                name: p.name.clone(),
                value: p.value.as_vec(),
                m: p.m.as_vec(),
                v: p.v.as_vec(),
                average: p.average.as_ref().map(Tensor::as_vec),
            })
            .collect()
    }

    /// Replaces all values by those of a copy; `false` if names or lengths do not agree (then nothing is changed).
    #[must_use]
    pub fn set_from_host(&mut self, host: &[HostParam]) -> bool {
        let fits = |p: &Param<D>, h: &HostParam| {
            let n = p.value.shape().0;
            p.name == h.name && [h.value.len(), h.m.len(), h.v.len()].iter().all(|&l| l == n)
        };
        if host.len() != self.params.len() || !self.params.iter().zip(host).all(|(p, h)| fits(p, h)) {
            return false;
        }
        let put = |v: &Vec<f32>| self.device.tensor_from_vec(v.clone(), (v.len(),));
        for (p, h) in self.params.iter_mut().zip(host) {
            (p.value, p.m, p.v) = (put(&h.value), put(&h.m), put(&h.v));
            p.average = h.average.as_ref().map(put);
        }
        true
    }
}
