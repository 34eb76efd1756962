//! Values by their positions on a GPU.

use std::collections::BTreeMap;

use super::NOTHING;
use crate::gpu::{Arg, Driver, Held, Ptr};

/// `out[i] = x[index[i]]`, 0 for [`NOTHING`]; `x` has `values` values.
pub(crate) fn forward<G: Driver>(gpu: &G, x: Ptr, values: usize, index: &[u32], out: Ptr) {
    let table = gpu.upload(index);
    let args = [Arg::Values(x), Arg::Count(values), Arg::Values(table.at()), Arg::Values(out), Arg::Count(index.len())];
    gpu.each("gather_values", index.len(), &args);
}

/// Who has read each position, so that every gradient is summed by one thread, in a fixed order.
pub(crate) struct Readers {
    positions: Vec<u32>,
    starts: Vec<u32>,
    readers: Vec<u32>,
}

impl Readers {
    pub fn of(index: &[u32]) -> Self {
        let mut by_position: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (reader, &position) in index.iter().enumerate().filter(|(_, p)| **p != NOTHING) {
            by_position.entry(position).or_default().push(reader as u32);
        }
        let mut starts = vec![0];
        for readers in by_position.values() {
            starts.push(starts[starts.len() - 1] + readers.len() as u32);
        }
        Self {
            positions: by_position.keys().copied().collect(),
            starts,
            readers: by_position.into_values().flatten().collect(),
        }
    }
}

/// Adds the gradient of the output to where its values came from.
pub(crate) fn backward<G: Driver>(gpu: &G, all: &Readers, up: Ptr, grad: Ptr) {
    let tables = [&all.positions, &all.starts, &all.readers].map(|table| gpu.upload(table));
    let [positions, starts, readers] = tables.each_ref().map(|table| Arg::Values(table.at()));
    let n = all.positions.len();
    gpu.each("gather_back", n, &[Arg::Values(up), positions, starts, readers, Arg::Values(grad), Arg::Count(n)]);
}

#[cfg(feature = "cuda")]
mod cuda {
    use dfdx::prelude::*;
    use dfdx::tensor::Cuda;

    use super::{Readers, backward, forward};
    use crate::cuda::tape::{fresh, record, seen};
    use crate::device::Mat;
    use crate::ops::gather::Op;

    impl Op for Cuda {
        fn gather<T: Tape<f32, Self>>(x: Mat<Self, T>, index: Vec<u32>, columns: usize) -> Mat<Self, T> {
            let (x, tape) = x.split_tape();
            let (gpu, of_x) = seen(&x);
            let (out, to) = fresh(x.device(), (index.len() / columns, columns));
            forward(&gpu, of_x, x.shape().num_elements(), &index, to);
            record(tape, out, [&x], move |up, [grad]| backward(&gpu, &Readers::of(&index), up, grad))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::host::{at, host, to};
    use crate::ops::gather;
    use crate::tests::{agree, numbers};

    #[test]
    fn kernels_give_the_bytes_of_the_cpu() {
        let Some(gpu) = host("values by position") else { return };
        let x = numbers(60, 7);
        let index: Vec<u32> = (0..900).map(|i| if i % 7 == 3 { NOTHING } else { i * 37 % 59 }).collect();
        let mut out = vec![9.0; index.len()];
        forward(&gpu, at(&x), x.len(), &index, to(&mut out));
        assert_eq!(out, gather::forward(&x, &index));
        let (up, mut grad) = (numbers(index.len(), 5), vec![0.0; 60]);
        let mut expected = vec![0.0; 60];
        gather::backward(&index, &up, &mut expected);
        backward(&gpu, &Readers::of(&index), at(&up), to(&mut grad));
        assert_eq!(grad, expected);
        backward(&gpu, &Readers::of(&[NOTHING]), at(&up), to(&mut grad));
        assert_eq!(grad, expected, "nothing was read");
        gather::backward(&index, &up, &mut expected);
        backward(&gpu, &Readers::of(&index), at(&up), to(&mut grad));
        agree("gather, twice", 1e-5, &[grad], &[expected]);
    }
}
