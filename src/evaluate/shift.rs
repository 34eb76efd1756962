//! Stated changes of distribution.

use crate::engine::{Layout, Streams};
use crate::lie::random::normal;
use crate::train::problem::act_rows;
use crate::train::GroupSource;

/// A change of distribution, ready to be applied.
pub enum Shift<'a> {
    None,
    /// Every example is transformed by its own element; `affine` says whether elements carry translations.
    Group {
        source: &'a dyn GroupSource,
        affine: bool,
    },
    /// Inputs get independent Gaussian noise of this standard deviation, in prepared units.
    Noise(f64),
    /// Examples are kept where the vector at these two columns of the input row lies between two angles (degrees).
    Sector {
        columns: [usize; 2],
        degrees: [f64; 2],
    },
}

/// Rows under a shift: which rows of the data set they are, and their values.
pub struct Shifted {
    pub rows: Vec<usize>,
    pub x: Vec<f32>,
    pub y: Vec<f32>,
}

/// Applies a shift to rows of inputs and (plain) targets.
pub fn apply(
    shift: &Shift<'_>,
    x: &[f32],
    x_layout: &Layout,
    y: &[f32],
    y_layout: &Layout,
    streams: &Streams,
) -> Shifted {
    let n = x.len() / x_layout.width.max(1);
    let mut out = Shifted { rows: (0..n).collect(), x: x.to_vec(), y: y.to_vec() };
    match shift {
        Shift::None => {}
        Shift::Group { source, affine } => {
            let elements = source.elements(&mut streams.get("shift", 0), n);
            let move_by = |layout: &Layout, rows: &mut [f32]| {
                act_rows(&elements.g, &elements.inverse, &layout.with_translations(*affine), rows);
            };
            move_by(x_layout, &mut out.x);
            move_by(y_layout, &mut out.y);
        }
        Shift::Noise(size) => {
            let mut rng = streams.get("noise", 0);
            let width = x_layout.width.max(1);
            for (noisy, row) in out.x.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                // Neither how many points a row has nor what pads it.
                for segment in x_layout.segments.iter().filter(|s| x_layout.is_data(s)) {
                    let held = segment.start..segment.start + x_layout.held(segment, row);
                    noisy[held].iter_mut().for_each(|v| *v += (size * normal(&mut rng)) as f32);
                }
            }
        }
        Shift::Sector { columns, degrees } => {
            let inside = |i: &usize| {
                let row = &x[i * x_layout.width..(i + 1) * x_layout.width];
                let angle = f64::from(row[columns[1]]).atan2(f64::from(row[columns[0]])).to_degrees();
                (angle - degrees[0]).rem_euclid(360.0) <= (degrees[1] - degrees[0]).clamp(0.0, 360.0)
            };
            out.rows.retain(inside);
            out.x = gather(x, x_layout.width, &out.rows);
            out.y = gather(y, y_layout.width, &out.rows);
        }
    }
    out
}

fn gather(values: &[f32], width: usize, rows: &[usize]) -> Vec<f32> {
    rows.iter().flat_map(|&i| &values[i * width..(i + 1) * width]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Form, Place, Segment};
    use crate::lie::action::Action;
    use crate::train::Elements;
    use nalgebra::DMatrix;

    fn layout() -> Layout {
        let (action, place) = (Action::Vector { dim: 2 }, Place::Row);
        let segment = Segment { start: 0, blocks: 1, action, translation_scale: 1.0, place };
        Layout { side: 2, linear: 2, width: 2, segments: vec![segment], points: None }
    }

    #[test]
    fn a_sector_keeps_the_rows_inside_even_across_the_cut() {
        let x = [1.0, 0.1, -1.0, 0.1, -1.0, -0.1, 0.0, 1.0];
        let shift = Shift::Sector { columns: [0, 1], degrees: [170.0, 190.0] };
        let kept = apply(&shift, &x, &layout(), &x, &layout(), &Streams::new(1));
        assert_eq!(kept.rows, [1, 2]);
        assert_eq!(kept.x, [-1.0, 0.1, -1.0, -0.1]);
    }

    #[test]
    fn noise_spares_the_number_of_points_and_the_room_of_those_that_are_not_there() {
        let form = Form { action: Action::Points { dim: 2 }, axes: vec![2], ragged: true, translation_scale: 1.0 };
        let layout = Layout::arrange((2, 2), &[form], Some(3)).with_count();
        let x = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 2.0];
        let noisy = apply(&Shift::Noise(0.1), &x, &layout, &[], &layout, &Streams::new(1)).x;
        assert!((0..4).all(|i| noisy[i] != x[i] && (noisy[i] - x[i]).abs() < 1.0), "{noisy:?}");
        assert_eq!(noisy[4..], x[4..]);
    }

    #[test]
    fn a_group_moves_inputs_and_targets_together() {
        struct Quarter;
        impl GroupSource for Quarter {
            fn elements(&self, _: &mut rand_chacha::ChaCha8Rng, n: usize) -> Elements {
                Elements::of((0..n).map(|_| DMatrix::from_row_slice(2, 2, &[0.0, -1.0, 1.0, 0.0])))
            }
        }
        let shift = Shift::Group { source: &Quarter, affine: false };
        let moved = apply(&shift, &[1.0, 2.0], &layout(), &[3.0, 4.0], &layout(), &Streams::new(1));
        assert_eq!((moved.x, moved.y), (vec![-2.0, 1.0], vec![-4.0, 3.0]));
    }
}
