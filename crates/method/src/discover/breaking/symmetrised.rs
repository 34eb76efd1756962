//! What the symmetric part of a network leaves of the targets: no function that a compact group leaves alone explains more than
//! all but this, so the breaking is no larger, whatever networks can see. Where labels are noisy this bound is wide.

use rand_chacha::ChaCha8Rng;

use super::orthogonality::Outputs;
use super::pairs::Pairs;
use crate::discover::ensemble::row_errors;
use crate::fit::problem::act_rows;
use crate::motion::GroupSource;
use semola_lie::statistics::Mean;

/// Elements over which outputs are averaged.
const ELEMENTS: usize = 16;

/// Mean over rows of |y − E_g g⁻¹ f(g x)|².
pub fn left_over(pairs: &Pairs<'_>, group: &dyn GroupSource, f: &Outputs<'_>, rng: &mut ChaCha8Rng) -> Mean {
    let problem = pairs.problem;
    let mut mean = vec![0.0f32; pairs.rows.len() * problem.outputs()];
    for _ in 0..ELEMENTS {
        let elements = group.elements(rng, pairs.rows.len());
        let mut x = problem.gather_x(&pairs.rows);
        act_rows(&elements.g, &elements.inverse, &problem.x_layout, &mut x);
        let mut back = f(&x, &pairs.folds);
        act_rows(&elements.inverse, &elements.g, &problem.y_layout, &mut back);
        mean.iter_mut().zip(&back).for_each(|(m, v)| *m += v / ELEMENTS as f32);
    }
    let errors = row_errors(&mean, &problem.gather_y(&pairs.rows), problem.outputs());
    Mean::of(pairs.rows.iter().zip(errors).map(|(&i, e)| (problem.group(i), e * e)))
}
