//! The values of a tensor on the CPU, without a copy.
//!
//! dfdx hands out copies and single elements; copies of parameters and activations took a third of a small training step.

use std::ops::Deref;
use std::slice;

use dfdx::prelude::*;

/// The values of a tensor, kept for as long as this is; they are shared with the tensor.
pub(crate) struct Held<S: Shape>(Tensor<S, f32, Cpu>);

/// The values of a tensor, to be kept for the way back. As with [`view`], the tensor must lie end to end.
pub(crate) fn hold<S: Shape, T>(t: &Tensor<S, f32, Cpu, T>) -> Held<S> {
    Held(t.retaped::<NoneTape>())
}

impl<S: Shape> Deref for Held<S> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        view(&self.0)
    }
}

/// The values of a tensor, in the order in which they lie.
///
/// # Panics
/// If they do not lie end to end, such as those of a broadcast tensor.
pub(crate) fn view<S: Shape, T>(t: &Tensor<S, f32, Cpu, T>) -> &[f32] {
    let Some([first, _]) = ends(t) else { return &[] };
    let first: *const f32 = &t[first];
    // SAFETY: `ends` has seen that the first and the last element lie in the tensor's one `Vec`, as far apart as their
    // number says: all lie between them, and are initialised, aligned and not written to while `t` is borrowed. The
    // pointer comes from a reference to the first element; Tree Borrows lets it reach the rest of that allocation, the
    // stricter Stacked Borrows would not, and the language has not decided. dfdx has no other way in.
    unsafe { slice::from_raw_parts(first, t.shape().num_elements()) }
}

/// The values of a tensor, to be changed in place. A tensor that shares its values with others is given its own first.
///
/// # Panics
/// As [`view`].
pub(crate) fn view_mut<S: Shape, T>(t: &mut Tensor<S, f32, Cpu, T>) -> &mut [f32] {
    let (Some([first, _]), n) = (ends(t), t.shape().num_elements()) else { return &mut [] };
    let first: *mut f32 = &mut t[first];
    // SAFETY: as in `view`; a `Vec` that dfdx has just copied is as long as the one that `ends` has seen. `IndexMut` leaves
    // no other tensor with the same `Vec`, and `t` is borrowed mutably for as long as the slice lives.
    unsafe { slice::from_raw_parts_mut(first, n) }
}

/// The places of the first and the last element; `None` if there are none.
fn ends<S: Shape, T>(t: &Tensor<S, f32, Cpu, T>) -> Option<[S::Concrete; 2]> {
    let (mut first, mut last) = (S::Concrete::default(), t.shape().concrete());
    for axis in 0..S::NUM_DIMS {
        (first[axis], last[axis]) = (0, last[axis].checked_sub(1)?);
    }
    // Both are checked by dfdx to lie in the `Vec`.
    let (from, to): (*const f32, *const f32) = (&t[first], &t[last]);
    let apart = to.addr().wrapping_sub(from.addr());
    assert_eq!(apart, (t.shape().num_elements() - 1) * size_of::<f32>(), "a tensor whose values do not lie end to end");
    Some([first, last])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(dev: &Cpu) -> Tensor<(usize, usize, usize), f32, Cpu> {
        dev.tensor_from_vec((0..24).map(|i| i as f32).collect(), (2, 3, 4))
    }

    #[test]
    fn values_are_seen_and_changed_in_place() {
        let dev = Cpu::default();
        let mut t = counted(&dev);
        let at = view(&t).as_ptr();
        assert_eq!(view(&t), t.as_vec());
        view_mut(&mut t).iter_mut().for_each(|v| *v += 1.0);
        assert_eq!(t.as_vec(), (1..25).map(|i| i as f32).collect::<Vec<_>>());
        assert_eq!(view(&t).as_ptr(), at, "nothing was copied");
        let scalar = dev.tensor_from_vec(vec![3.0], ());
        assert_eq!(view(&scalar), [3.0]);
        assert_eq!(&*hold(&t.reshape_like(&(4, 6))), (1..25).map(|i| i as f32).collect::<Vec<_>>());
    }

    #[test]
    fn a_change_is_not_seen_by_those_that_shared_the_values() {
        let mut t = counted(&Cpu::default());
        let before = hold(&t);
        view_mut(&mut t).fill(7.0);
        assert_eq!(before[23], 23.0);
        drop(counted(&Cpu::default()));
        assert!(view(&t).iter().all(|&v| v == 7.0) && before.len() == 24);
    }

    #[test]
    fn tensors_without_values_are_empty() {
        let mut t: Tensor<(usize, usize), f32, Cpu> = Cpu::default().tensor_from_vec(Vec::new(), (3, 0));
        assert!(view(&t).is_empty() && view_mut(&mut t).is_empty());
    }

    #[test]
    #[should_panic(expected = "do not lie end to end")]
    fn broadcast_tensors_are_refused() {
        let row = Cpu::default().tensor_from_vec(vec![1.0, 2.0], (2,));
        view(&row.broadcast_like::<_, Axis<0>>(&(3, 2)));
    }
}
