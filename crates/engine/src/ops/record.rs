//! Custom operations on dfdx's tape, on the CPU.

use std::mem;

use dfdx::prelude::*;

use crate::device::Mat;

/// Finds the gradient of one tensor among all.
type Slot = Box<dyn Fn(&mut Gradients<f32, Cpu>) -> Result<&mut Vec<f32>, CpuError>>;

/// A tensor that an operation reads and gives a gradient to; `None` is one that is not there and has no gradient.
pub(crate) trait Input {
    /// Where its gradient is.
    fn slot(&self) -> Option<Slot>;

    /// Values of a gradient that the operation cannot do without, though nobody may want it (see [`unwanted`]).
    fn needed(&self) -> usize;
}

impl<S: Shape> Input for Tensor<S, f32, Cpu> {
    fn slot(&self) -> Option<Slot> {
        let ghost = self.ghost();
        Some(Box::new(move |grads| Ok(&mut **grads.get_or_alloc_mut(&ghost)?)))
    }

    fn needed(&self) -> usize {
        self.shape().num_elements()
    }
}

impl<S: Shape> Input for Option<&Tensor<S, f32, Cpu>> {
    fn slot(&self) -> Option<Slot> {
        self.and_then(Input::slot)
    }

    fn needed(&self) -> usize {
        self.map_or(0, Input::needed)
    }
}

/// An input whose gradient the operation leaves out where nobody wants it: it then gets an empty slice.
pub(crate) struct Spare<'a, S: Shape>(pub &'a Tensor<S, f32, Cpu>);

impl<S: Shape> Input for Spare<'_, S> {
    fn slot(&self) -> Option<Slot> {
        self.0.slot()
    }

    fn needed(&self) -> usize {
        0
    }
}

/// The inputs of a network at the start of a tape, for a pass in which nobody wants their gradient: an empty one in its
/// place says so.
pub(crate) fn unwanted(x: Mat<Cpu>) -> Mat<Cpu, OwnedTape<f32, Cpu>> {
    let mut grads = Gradients::leaky();
    if let Ok(grad) = grads.get_or_alloc_mut(&x) {
        **grad = Vec::new();
    }
    x.traced(grads)
}

/// Puts `out`, just computed from `inputs`, on the tape. On the way back `backward` gets the gradient of `out` (which
/// is not read afterwards, and freed) and adds to those of the inputs, in their order; what it needs of their values it
/// holds itself. The inputs must be different tensors.
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
        let (of_out, of_inputs) = (out.slot(), inputs.map(|input| (input.slot(), input.needed())));
        tape.add_backward_op(move |grads| {
            let mut up = take(of_out.as_ref(), grads)?;
            let mut parts = [const { Vec::new() }; N];
            let mut kept = [true; N];
            for ((part, kept), (slot, needed)) in parts.iter_mut().zip(&mut kept).zip(&of_inputs) {
                *part = take(slot.as_ref(), grads)?;
                if part.is_empty() && *needed > 0 {
                    (*part, *kept) = (vec![0.0; *needed], false);
                }
            }
            backward(&mut up, parts.each_mut().map(Vec::as_mut_slice));
            let kept = of_inputs.iter().zip(parts).zip(kept).filter(|(_, kept)| *kept);
            kept.map(|(part, _)| part).try_for_each(|((slot, _), part)| put(slot.as_ref(), grads, part))
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

/// `grad += part`.
pub(crate) fn accumulate(grad: &mut [f32], part: &[f32]) {
    grad.iter_mut().zip(part).for_each(|(g, p)| *g += p);
}
