//! Kernels of our own on dfdx's tape, on a GPU.

use std::cell::RefCell;

use cudarc::driver::{DevicePtr, DeviceSlice};
use cudarc::look::{Seen, look};
use dfdx::prelude::*;
use dfdx::tensor::{Cuda, CudaError};

use super::driver::Gpu;
use crate::gpu::Ptr;

thread_local! {
    /// In the place of values of the host that are never read or written: as long as the longest tensor, and never touched.
    static NEVER: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lends `work` so many values that nobody reads.
fn never<R>(n: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    NEVER.with_borrow_mut(|values| {
        if values.len() < n {
            // Zeros that the system gives out when they are touched.
            *values = vec![0.0; n];
        }
        work(&mut values[..n])
    })
}

/// Where the values of a tensor lie, which must lie end to end.
pub(crate) fn seen<S: Shape, T>(t: &Tensor<S, f32, Cuda, T>) -> (Gpu, Ptr) {
    let seen = never(t.shape().num_elements(), |values| look(|| t.copy_into(values)));
    found(seen)
}

/// The same, of a tensor whose values are changed; one that shares them with others is given its own first.
pub(crate) fn seen_mut<S: Shape>(t: &mut Tensor<S, f32, Cuda>) -> Ptr {
    let seen = never(t.shape().num_elements(), |values| look(|| t.copy_from(values)));
    found(seen).1
}

/// A tensor whose values are about to be written, all of them.
pub(crate) fn fresh<S: Shape>(device: &Cuda, shape: S) -> (Tensor<S, f32, Cuda>, Ptr) {
    let mut made = None;
    let seen = look(|| made = Some(ZerosTensor::<f32>::zeros_like(device, &shape)));
    match made {
        Some(tensor) => (tensor, found(seen).1),
        None => unreachable!("`look` runs what it is given"),
    }
}

fn found(seen: Option<Seen>) -> (Gpu, Ptr) {
    let seen = seen.unwrap_or_else(|| panic!("dfdx has asked for no copy: its tensors have no address"));
    (Gpu::from(&seen), seen.at)
}

/// Finds the gradient of one tensor among all.
type Slot = Box<dyn Fn(&mut Gradients<f32, Cuda>) -> Result<Ptr, CudaError>>;

/// A tensor that an operation reads and gives a gradient to; `None` is one that is not there.
pub(crate) trait Input {
    fn slot(&self) -> Option<Slot>;
}

impl<S: Shape> Input for Tensor<S, f32, Cuda> {
    fn slot(&self) -> Option<Slot> {
        let ghost = self.ghost();
        Some(Box::new(move |grads| grads.get_or_alloc_mut(&ghost).map(|grad| *grad.device_ptr())))
    }
}

/// The address of a tensor's gradient.
pub(crate) fn gradient<S: Shape>(t: &Tensor<S, f32, Cuda>, grads: &mut Gradients<f32, Cuda>) -> Option<(Ptr, usize)> {
    grads.get_or_alloc_mut(t).ok().map(|grad| (*grad.device_ptr(), grad.len()))
}

/// Puts `out`, just computed from `inputs`, on the tape. On the way back `backward` gets the gradient of `out` (which is not read
/// afterwards) and adds to those of the inputs, in their order (0 for one that is not there).
pub(crate) fn record<S, T, const N: usize>(
    mut tape: T,
    out: Tensor<S, f32, Cuda>,
    inputs: [&dyn Input; N],
    backward: impl FnOnce(Ptr, [Ptr; N]) + 'static,
) -> Tensor<S, f32, Cuda, T>
where
    S: Shape,
    T: Tape<f32, Cuda>,
{
    if T::OWNS_TAPE {
        let (of_out, of_inputs) = (out.slot(), inputs.map(Input::slot));
        tape.add_backward_op(move |grads| {
            let mut at = |slot: &Option<Slot>| slot.as_ref().map_or(Ok(0), |slot| slot(grads));
            let up = at(&of_out)?;
            let mut parts = [0; N];
            for (part, slot) in parts.iter_mut().zip(&of_inputs) {
                *part = at(slot)?;
            }
            backward(up, parts);
            Ok(())
        });
    }
    out.put_tape(tape)
}
