//! Augmentation on a GPU: of everything but images, by matrices of up to eight rows.

use crate::gpu::{Arg, Driver, Held, Matrix, Ptr};
use crate::layout::{Layout, Place};
use semola_lie::action::Action;

/// Rows of the largest matrices.
const SIDE: usize = 8;
/// In the place of a point or column that is not there.
const NONE: u32 = u32::MAX;

/// Whether kernels do it: images and larger matrices are left to compositions.
pub(crate) fn is_done(layout: &Layout) -> bool {
    layout.side <= SIDE && !layout.has_images()
}

/// The blocks of a row that elements act on, as the kernels have them: start, kind, point, factor on shifts.
pub(crate) fn blocks(layout: &Layout) -> Vec<u32> {
    let most = layout.points.map_or(1, |p| p.most).max(1);
    let mut all = Vec::new();
    for segment in &layout.segments {
        let kind = match segment.action {
            Action::Scalar | Action::Pixels(_) => continue,
            Action::Vector { .. } => 0,
            Action::Points { .. } => 1,
            Action::Covector { .. } => 2,
            Action::Tensor { .. } => 3,
            Action::Pseudoscalar => 4,
            Action::Pseudovector { .. } => 5,
        };
        let each = (segment.blocks / most).max(1);
        for block in 0..segment.blocks {
            let point = if segment.place == Place::Points { (block / each) as u32 } else { NONE };
            let start = segment.start + block * segment.action.block_len();
            all.extend([start as u32, kind, point, segment.translation_scale.to_bits()]);
        }
    }
    all
}

/// What moves rows: C generators, n×C coefficients, n rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moved {
    pub basis: Ptr,
    pub w: Ptr,
    pub rows: Ptr,
    pub n: usize,
    pub generators: usize,
}

impl Moved {
    fn launch(
        &self,
        gpu: &impl Driver,
        kernel: &'static str,
        layout: &Layout,
        (table, count): (Ptr, usize),
        more: &[Ptr],
    ) {
        let values = [self.basis, self.w, self.rows, table].into_iter().chain(more.iter().copied()).map(Arg::Values);
        let counted = layout.points.and_then(|p| p.count).map_or(NONE, |c| c as u32);
        let sizes = [self.n, self.generators, layout.width, layout.side, layout.linear, count].map(|n| n as u32);
        let sizes = Arg::Struct([sizes.as_slice(), &[counted]].concat());
        let args: Vec<Arg> = values.chain([sizes]).collect();
        gpu.each(kernel, self.n, &args);
    }
}

/// The table of a layout's blocks on the device.
pub(crate) fn table<G: Driver>(gpu: &G, layout: &Layout) -> (G::Held, usize) {
    let blocks = blocks(layout);
    (gpu.upload(&blocks), blocks.len() / 4)
}

/// Rows moved by exp(Σ_c w_c L_c) to `out`.
pub(crate) fn forward<G: Driver>(gpu: &G, moved: Moved, layout: &Layout, table: &(G::Held, usize), out: Ptr) {
    moved.launch(gpu, "augment_rows", layout, (table.0.at(), table.1), &[out]);
}

/// Adds the gradient of the basis, C×side².
pub(crate) fn backward<G: Driver>(
    gpu: &G,
    moved: Moved,
    layout: &Layout,
    table: &(G::Held, usize),
    up: Ptr,
    grad: Ptr,
) {
    let size = layout.side * layout.side;
    let of_exponents = gpu.room(moved.n * size);
    moved.launch(gpu, "augment_back", layout, (table.0.at(), table.1), &[up, of_exponents.at()]);
    let w = Matrix::new(moved.w, moved.n, moved.generators).t();
    gpu.product(w, Matrix::new(of_exponents.at(), moved.n, size), grad, true);
}

#[cfg(feature = "cuda")]
pub(super) mod cuda {
    use dfdx::prelude::*;
    use dfdx::tensor::Cuda;

    use super::{Moved, backward, forward, is_done, table};
    use crate::cuda::tape::{fresh, record, seen};
    use crate::device::Mat;
    use crate::layout::Layout;
    use crate::ops::augment::{Op, composed};

    impl Op for Cuda {
        fn augment<T: Tape<f32, Self>>(
            basis: Mat<Self, T>,
            w: &Mat<Self>,
            rows: &Mat<Self>,
            layout: &Layout,
        ) -> Mat<Self, T> {
            if !is_done(layout) {
                return composed(basis, w, rows, layout);
            }
            let (basis, tape) = basis.split_tape();
            let ((gpu, of_basis), (_, of_w), (_, of_rows)) = (seen(&basis), seen(w), seen(rows));
            let (out, to) = fresh(rows.device(), *rows.shape());
            let table = table(&gpu, layout);
            let (n, generators) = (rows.shape().0, basis.shape().0);
            let moved = Moved { basis: of_basis, w: of_w, rows: of_rows, n, generators };
            forward(&gpu, moved, layout, &table, to);
            let held = (basis.clone(), w.clone(), rows.clone(), layout.clone());
            record(tape, out, [&basis], move |up, [grad]| backward(&gpu, moved, &held.3, &table, up, grad))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::host::{at, host, to};
    use crate::layout::{PointSet, Segment};
    use crate::ops::augment;
    use crate::ops::augment::tests::{every_action, generators};
    use crate::tests::{agree, numbers};

    #[test]
    fn kernels_agree_with_the_cpu() {
        let Some(gpu) = host("augmentation") else { return };
        // Two points of three that have room, beside their number.
        let places = |action, start| Segment { start, blocks: 3, action, translation_scale: 2.0, place: Place::Points };
        let ragged = Layout {
            side: 3,
            linear: 2,
            width: 13,
            segments: vec![places(Action::Points { dim: 2 }, 0), places(Action::Vector { dim: 2 }, 6)],
            points: Some(PointSet { most: 3, count: Some(12) }),
        };
        for (layout, n) in [(every_action(), 70), (ragged, 9)] {
            let (c, width) = (3, layout.width);
            let (basis, mut w, mut rows) = (generators(c), numbers(n * c, 5), numbers(n * width, 7));
            // A large element, and a row that stays.
            w[..c].iter_mut().for_each(|w| *w *= 6.0);
            w[c..2 * c].fill(0.0);
            if layout.points.is_some() {
                rows.chunks_exact_mut(width).enumerate().for_each(|(i, row)| row[12] = (i % 4) as f32);
            }
            let moved = Moved { basis: at(&basis), w: at(&w), rows: at(&rows), n, generators: c };
            let table = table(&gpu, &layout);
            let mut out = vec![9.0; rows.len()];
            forward(&gpu, moved, &layout, &table, to(&mut out));
            agree("augment", 1e-4, &[out], &[augment::forward(&basis, &w, &rows, &layout)]);
            let up = numbers(rows.len(), 9);
            let (mut grad, mut expected) = (numbers(basis.len(), 2), numbers(basis.len(), 2));
            augment::backward(&basis, &w, &rows, &layout, &up, &mut expected);
            backward(&gpu, moved, &layout, &table, at(&up), to(&mut grad));
            // Of the affine group: what leads out of it is no gradient that anybody uses, but the same all the same.
            agree("augment, back", 1e-4, &[grad], &[expected]);
        }
        assert!(is_done(&every_action()) && !is_done(&Layout { side: 9, ..every_action() }));
    }
}
