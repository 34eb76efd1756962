//! How an element moves rows: its linear part acts on the fields, its exchange on equal blocks of the row.

use std::ops::Range;

use nalgebra::DMatrix;

use super::blocks::Blocks;
use crate::fit::Problem;
use crate::fit::problem::act_rows;
use semola_engine::Layout;
use semola_engine::ops::augment::act;
use semola_lie::acting::to_row_major_f32;
use semola_lie::action::Action;
use semola_lie::finite::Element;

/// Entries of a matrix that does nothing are as near as this to the identity's.
pub(super) const EXACT: f64 = 1e-12;

/// Which rows are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Inputs,
    Targets,
}

/// An element with the matrices that act on rows.
#[derive(Debug, Clone)]
pub struct Prepared {
    g: Vec<f32>,
    inverse: Vec<f32>,
    element: Element,
}

/// The action of elements on the rows of a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Moving {
    x_layout: Layout,
    y_layout: Layout,
    pub blocks: Blocks,
    /// The point of R^k that stays where it is, in the unit of the group's translations; zero without translations.
    pub centre: Vec<f64>,
    /// −1 acts on nothing: every field that is acted on is a tensor, or has a factor det g that undoes the sign.
    pub even: bool,
}

impl Moving {
    /// On the rows of this problem, about the mean of its points where these may be translated.
    pub fn of(problem: &Problem, rows: &[usize]) -> Self {
        let (x_layout, y_layout) = (problem.x_layout.clone(), problem.y_layout.clone());
        let acted = x_layout.segments.iter().chain(&y_layout.segments).map(|s| s.action);
        let even = acted.clone().all(|a| match a {
            Action::Scalar | Action::Tensor { .. } => true,
            Action::Pseudoscalar => x_layout.linear.is_multiple_of(2),
            Action::Pseudovector { dim } => !dim.is_multiple_of(2),
            _ => false,
        });
        let centre = if x_layout.affine() { centre(problem, rows) } else { vec![0.0; x_layout.linear] };
        Self { blocks: Blocks::of(&x_layout, &y_layout), x_layout, y_layout, centre, even }
    }

    /// On rows of these layouts, about this centre.
    pub fn on_layouts(x_layout: Layout, y_layout: Layout, blocks: Blocks, centre: Vec<f64>) -> Self {
        let even = false;
        Self { x_layout, y_layout, blocks, centre, even }
    }

    /// On rows of these layouts, with their equal blocks, about the origin.
    pub fn about_origin(x_layout: &Layout, y_layout: &Layout) -> Self {
        let (blocks, centre) = (Blocks::of(x_layout, y_layout), vec![0.0; x_layout.linear]);
        Self::on_layouts(x_layout.clone(), y_layout.clone(), blocks, centre)
    }

    /// The same about the origin, without translations.
    pub fn about_zero(&self) -> Self {
        Self { centre: vec![0.0; self.centre.len()], ..self.clone() }
    }

    /// The element that does nothing.
    pub fn identity(&self) -> Element {
        Element::identity(self.x_layout.linear, self.blocks.inputs.len(), self.blocks.targets.len())
    }

    /// The element that maps every block by this matrix.
    pub fn linear(&self, matrix: DMatrix<f64>) -> Element {
        Element::linear(matrix, self.blocks.inputs.len(), self.blocks.targets.len())
    }

    /// The matrix of an element's linear part, side×side: it turns about the centre.
    pub fn matrix(&self, element: &Element) -> DMatrix<f64> {
        let (k, side) = (self.x_layout.linear, self.x_layout.side);
        let mut g = DMatrix::identity(side, side);
        g.view_mut((0, 0), (k, k)).copy_from(&element.linear);
        if side > k {
            let c = DMatrix::from_column_slice(k, 1, &self.centre);
            g.view_mut((0, k), (k, 1)).copy_from(&(&c - &element.linear * &c));
        }
        g
    }

    /// Moves rows in place.
    pub fn apply(&self, element: &Element, side: Side, rows: &mut [f32]) {
        let (layout, exchange, blocks) = self.on(element, side);
        let n = rows.len() / layout.width.max(1);
        if !element.is_only_an_exchange(EXACT) {
            let Prepared { g, inverse, .. } = self.prepared(element);
            act_rows(&g.repeat(n), &inverse.repeat(n), layout, rows);
        }
        Blocks::exchange(blocks, exchange, layout.width, rows);
    }

    /// An element made ready for single rows.
    pub fn prepared(&self, element: &Element) -> Prepared {
        let g = self.matrix(element);
        let inverse = g.clone().try_inverse().unwrap_or_else(|| g.clone() * f64::NAN);
        Prepared { g: to_row_major_f32(&g), inverse: to_row_major_f32(&inverse), element: element.clone() }
    }

    /// Moves one row in place.
    pub fn apply_to_row(&self, prepared: &Prepared, side: Side, row: &mut [f32]) {
        let Prepared { g, inverse, element } = prepared;
        let (layout, exchange, blocks) = self.on(element, side);
        if !element.is_only_an_exchange(EXACT) {
            act(g, inverse, layout, row);
        }
        Blocks::exchange(blocks, exchange, layout.width, row);
    }

    fn on<'e>(&self, element: &'e Element, side: Side) -> (&Layout, &'e [usize], &[Vec<Range<usize>>]) {
        match side {
            Side::Inputs => (&self.x_layout, &element.inputs, &self.blocks.inputs),
            Side::Targets => (&self.y_layout, &element.outputs, &self.blocks.targets),
        }
    }

    /// Values of a row.
    pub fn width(&self, side: Side) -> usize {
        if side == Side::Inputs { self.x_layout.width } else { self.y_layout.width }
    }

    /// Side of the group's matrices.
    pub fn side(&self) -> usize {
        self.x_layout.side
    }

    /// Moved copies of rows.
    pub fn moved(&self, element: &Element, side: Side, rows: &[f32]) -> Vec<f32> {
        let mut out = rows.to_vec();
        self.apply(element, side, &mut out);
        out
    }

    /// Whether it changes neither inputs nor targets, to within a hundredth of their size.
    pub fn has_no_effect(&self, element: &Element, x: &[f32], y: &[f32]) -> bool {
        let still = |side: Side, rows: &[f32]| {
            let moved = self.moved(element, side, rows);
            let size: f64 = rows.iter().map(|&v| f64::from(v).powi(2)).sum();
            let off: f64 = moved.iter().zip(rows).map(|(a, b)| f64::from(a - b).powi(2)).sum();
            off <= 1e-4 * size
        };
        still(Side::Inputs, x) && still(Side::Targets, y)
    }

    /// Whether the inputs hold pixels.
    pub fn is_of_images(&self) -> bool {
        self.x_layout.has_images()
    }
}

/// The mean of all points, in the unit of the group's translations; images turn about their middle.
fn centre(problem: &Problem, rows: &[usize]) -> Vec<f64> {
    let layout = &problem.x_layout;
    let mut sum = vec![0.0; layout.linear];
    let mut count = 0.0;
    for s in layout.segments.iter().filter(|s| matches!(s.action, Action::Points { .. }) && s.translation_scale > 0.0) {
        for &i in rows {
            let row = problem.x_row(i);
            for block in row[s.start..s.start + layout.held(s, row)].chunks_exact(layout.linear) {
                let unit = f64::from(s.translation_scale);
                sum.iter_mut().zip(block).for_each(|(m, v)| *m += f64::from(*v) / unit);
                count += 1.0;
            }
        }
    }
    sum.iter().map(|s| if count > 0.0 { s / count } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::Form;
    use semola_engine::ops::loss::Loss;

    fn problem(affine: bool) -> Problem {
        let form = |action, axes: &[usize]| Form { action, axes: axes.to_vec(), ragged: false, translation_scale: 0.5 };
        let side = 2 + usize::from(affine);
        let x = Layout::arrange((side, 2), &[form(Action::Points { dim: 2 }, &[2, 2])], None);
        let y = Layout::arrange((side, 2), &[form(Action::Vector { dim: 2 }, &[2])], None);
        let values = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        Problem::new((values, x), (vec![1.0, 0.0, 0.0, 1.0], y), None, Loss::Mse)
    }

    #[test]
    fn elements_turn_about_the_mean_of_the_points_where_these_may_be_translated() {
        let minus = DMatrix::identity(2, 2) * -1.0;
        let still = problem(false);
        let moving = Moving::of(&still, &[0, 1]);
        assert_eq!(
            moving.moved(&moving.linear(minus.clone()), Side::Inputs, &[1.0, 2.0, 3.0, 4.0]),
            [-1.0, -2.0, -3.0, -4.0]
        );
        let points = problem(true);
        let moving = Moving::of(&points, &[0, 1]);
        // The mean is (4, 5): (1, 2) goes to (7, 8).
        let moved = moving.moved(&moving.linear(minus), Side::Inputs, &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(moved, [7.0, 8.0, 5.0, 6.0]);
        assert_eq!(
            moving.moved(&moving.linear(DMatrix::identity(2, 2) * -1.0), Side::Targets, &[1.0, 0.0]),
            [-1.0, 0.0]
        );
    }

    #[test]
    fn an_exchange_swaps_blocks_of_the_inputs() {
        let problem = problem(false);
        let moving = Moving::of(&problem, &[0, 1]);
        let swap = Element { inputs: vec![1, 0], ..moving.identity() };
        assert_eq!(moving.moved(&swap, Side::Inputs, &[1.0, 2.0, 3.0, 4.0]), [3.0, 4.0, 1.0, 2.0]);
        assert_eq!(moving.moved(&swap, Side::Targets, &[1.0, 0.0]), [1.0, 0.0]);
        assert!(!moving.has_no_effect(&swap, &problem.x, &problem.y));
        assert!(moving.has_no_effect(&moving.identity(), &problem.x, &problem.y));
    }
}
