//! Custom operations on dfdx's tape, on the CPU.

use std::mem;

use dfdx::prelude::*;

/// Finds the gradient of one tensor among all.
type Slot = Box<dyn Fn(&mut Gradients<f32, Cpu>) -> Result<&mut Vec<f32>, CpuError>>;

/// A tensor that an operation reads and gives a gradient to; `None` is one that is not there and has no gradient.
pub(crate) trait Input {
    /// Where its gradient is.
    fn slot(&self) -> Option<Slot>;
}

impl<S: Shape> Input for Tensor<S, f32, Cpu> {
    fn slot(&self) -> Option<Slot> {
        let ghost = self.ghost();
        Some(Box::new(move |grads| Ok(&mut **grads.get_or_alloc_mut(&ghost)?)))
    }
}

impl<S: Shape> Input for Option<&Tensor<S, f32, Cpu>> {
    fn slot(&self) -> Option<Slot> {
        self.and_then(Input::slot)
    }
}

/// Puts `out`, just computed from `inputs`, on the tape. On the way back `backward` gets the gradient of `out` (which
/// is not read afterwards) and adds to those of the inputs, in their order; what it needs of their values it holds
/// itself. The inputs must be different tensors.
pub(crate) fn record<S, T, const N: usize>(
    mut tape: T,
    out: Tensor<S, f32, Cpu>,
    inputs: [&dyn Input; N],
    backward: impl FnOnce(&mut [f32], [&mut [f32]; N]) + 'static,
) -> Tensor<S, f32, Cpu, T>
where
    S: Shape,
    T: Tape<f32, Cpu>,
{
    if T::OWNS_TAPE {
        let (of_out, of_inputs) = (out.slot(), inputs.map(Input::slot));
        tape.add_backward_op(move |grads| {
            let mut up = take(of_out.as_ref(), grads)?;
            let mut parts = [const { Vec::new() }; N];
            for (part, slot) in parts.iter_mut().zip(&of_inputs) {
                *part = take(slot.as_ref(), grads)?;
            }
            backward(&mut up, parts.each_mut().map(Vec::as_mut_slice));
            put(of_out.as_ref(), grads, up)?;
            of_inputs.iter().zip(parts).try_for_each(|(slot, part)| put(slot.as_ref(), grads, part))
        });
    }
    out.put_tape(tape)
}

/// Gradients are taken out while they are worked on, so that all can be written at once.
fn take(slot: Option<&Slot>, grads: &mut Gradients<f32, Cpu>) -> Result<Vec<f32>, CpuError> {
    slot.map_or(Ok(Vec::new()), |slot| slot(grads).map(mem::take))
}

fn put(slot: Option<&Slot>, grads: &mut Gradients<f32, Cpu>, values: Vec<f32>) -> Result<(), CpuError> {
    if let Some(slot) = slot {
        *slot(grads)? = values;
    }
    Ok(())
}

/// The values of a tensor, copied once. dfdx gives no safe view of its storage; the copy is measured to cost a few per
/// cent of a training step.
pub(crate) fn host<S: Shape, T>(t: &Tensor<S, f32, Cpu, T>) -> Vec<f32> {
    let mut values = vec![0.0; t.shape().num_elements()];
    t.copy_into(&mut values);
    values
}

/// `grad += part`.
pub(crate) fn accumulate(grad: &mut [f32], part: &[f32]) {
    grad.iter_mut().zip(part).for_each(|(g, p)| *g += p);
}
