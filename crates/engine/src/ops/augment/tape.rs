//! Augmentation on dfdx's tape.

use dfdx::prelude::*;

use super::composed::composed;
use super::{backward, forward};
use crate::device::{Device, Mat};
use crate::layout::Layout;
use crate::ops::record::record;
use crate::ops::view::hold;

/// Augmentation on a device.
pub trait Op: Device {
    /// Rows transformed by exp(Σ_c w_c L_c): `basis` is C×side², `w` n×C, `rows` n×width.
    fn augment<T: Tape<f32, Self>>(
        basis: Mat<Self, T>,
        w: &Mat<Self>,
        rows: &Mat<Self>,
        layout: &Layout,
    ) -> Mat<Self, T> {
        composed(basis, w, rows, layout)
    }
}

impl Op for Cpu {
    fn augment<T: Tape<f32, Self>>(
        basis: Mat<Self, T>,
        w: &Mat<Self>,
        rows: &Mat<Self>,
        layout: &Layout,
    ) -> Mat<Self, T> {
        let (basis, tape) = basis.split_tape();
        let (generators, w, values) = (hold(&basis), hold(w), hold(rows));
        let out = forward(&generators, &w, &values, layout);
        let out = rows.device().tensor_from_vec(out, *rows.shape());
        let layout = layout.clone();
        record(tape, out, [&basis], move |up, [basis]| backward(&generators, &w, &values, &layout, up, basis))
    }
}
