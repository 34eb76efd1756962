//! The law of the inputs, as far as the orthogonality test needs it: how much rarer a moved row is than the row itself.
//!
//! Pairs (x, g x) with g from a law that is closed under inversion are exchangeable for every law of x if they count with
//! weight a = min(1, |det g| p(g x) / p(x)): the acceptance of Metropolis et al. (1953) makes the move reversible. The density
//! p is that of a mixture of Gaussians fitted to the inputs, or, where rows are sets of points or images, to their moments of first and
//! second order, which say in which pose they are.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use semola_engine::{Layout, Place, Segment};
use semola_lie::action::Action;

use super::mixture::Mixture;
use crate::discover::displacement::salience;
use crate::fit::Problem;

/// Rows wider than this are described by their moments.
const WIDEST: usize = 64;
/// Smallest variance of a combination of standardised values: below it lie directions that the data do not have.
const FLOOR: f64 = 1e-3;
/// Rows that are worked on together.
const CHUNK: usize = 256;

/// The law of described rows.
pub struct Law {
    described: Described,
    mean: DVector<f64>,
    /// Rows map a deviation from the mean to independent values of variance 1.
    whiten: DMatrix<f64>,
    /// Its inverse.
    colour: DMatrix<f64>,
    /// Of whitened rows.
    density: Mixture,
    /// Root mean square of a coordinate of a place, where rows are described by moments.
    unit: f64,
    images: bool,
}

/// What of a row the law is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Described {
    /// All its values.
    Values,
    /// Its moments.
    Moments,
}

impl Law {
    /// The law of the given rows' inputs.
    pub fn of(problem: &Problem, rows: &[usize]) -> Self {
        let layout = &problem.x_layout;
        let image = layout.has_images();
        let ragged = layout.points.is_some_and(|p| p.count.is_some());
        let described = if image || ragged || layout.width > WIDEST { Described::Moments } else { Described::Values };
        let described_rows: Vec<Vec<f64>> = rows.iter().map(|&i| described.of(layout, problem.x_row(i))).collect();
        let (dim, n) = (described_rows.first().map_or(0, Vec::len), described_rows.len().max(1) as f64);
        let mut mean = DVector::zeros(dim);
        for row in &described_rows {
            mean += DVector::from_column_slice(row) / n;
        }
        let mut covariance = DMatrix::zeros(dim, dim);
        for row in &described_rows {
            let d = DVector::from_column_slice(row) - &mean;
            covariance.ger(1.0 / n, &d, &d, 1.0);
        }
        let all =
            rows.iter().flat_map(|&i| layout.segments.iter().flat_map(move |s| places(layout, s, problem.x_row(i))));
        let (sum, weight) = match described {
            Described::Values => (1.0, 1.0),
            Described::Moments => all.fold((0.0, 0.0), |(sum, weight), (w, z)| {
                (sum + w * z.iter().map(|v| v * v).sum::<f64>() / z.len().max(1) as f64, weight + w)
            }),
        };
        let unit = if sum > 0.0 { (sum / weight).sqrt() } else { 1.0 };
        let (whiten, colour) = whitening(&covariance);
        let white: Vec<DVector<f64>> =
            described_rows.iter().map(|row| &whiten * (DVector::from_column_slice(row) - &mean)).collect();
        let density = Mixture::of(&white);
        Self { described, mean, whiten, colour, density, unit, images: image }
    }

    /// The logarithm of the density of each row, up to a constant.
    pub fn log_densities(&self, layout: &Layout, x: &[f32]) -> Vec<f64> {
        let width = layout.width.max(1);
        let of = |rows: &[f32]| {
            let mut z = Vec::new();
            let one = |row: &[f32]| {
                self.whiten_into(layout, row, &mut z);
                self.density.log_density(&z)
            };
            rows.chunks_exact(width).map(one).collect::<Vec<_>>()
        };
        x.par_chunks(CHUNK * width).flat_map_iter(of).collect()
    }

    /// What describes a row, as independent values of variance 1.
    pub fn whitened(&self, layout: &Layout, row: &[f32]) -> Vec<f64> {
        let mut z = Vec::new();
        self.whiten_into(layout, row, &mut z);
        z
    }

    fn whiten_into(&self, layout: &Layout, row: &[f32], z: &mut Vec<f64>) {
        z.clear();
        z.resize(self.mean.len(), 0.0);
        let mut add = |values: &mut dyn Iterator<Item = f64>| {
            let columns = self.whiten.as_slice().chunks_exact(self.mean.len().max(1));
            for ((column, mean), value) in columns.zip(self.mean.iter()).zip(values) {
                let d = value - mean;
                z.iter_mut().zip(column).for_each(|(z, w)| *z += w * d);
            }
        };
        match self.described {
            Described::Values => add(&mut row.iter().map(|&v| f64::from(v))),
            Described::Moments => add(&mut self.described.of(layout, row).into_iter()),
        }
    }

    /// Whether all values of a row are described, not only its moments.
    pub fn describes_values(&self) -> bool {
        self.described == Described::Values
    }

    /// Root mean square of a coordinate of a place, where rows are described by moments.
    pub fn unit(&self) -> f64 {
        self.unit
    }

    /// Whether rows hold images.
    pub fn has_images(&self) -> bool {
        self.images
    }

    /// The map of rows, as a matrix and what is added, that this map of their whitened values is; `None` where rows are described
    /// by moments.
    pub fn map(&self, (turn, shift): &(DMatrix<f64>, DVector<f64>)) -> Option<(DMatrix<f64>, Vec<f64>)> {
        self.describes_values().then(|| {
            let a = &self.colour * turn * &self.whiten;
            let b = &self.mean - &a * &self.mean + &self.colour * shift;
            (a, b.iter().copied().collect())
        })
    }

    /// What injected breakings are functions of: all values of a row as one place, whitened; or the places of its points, or of
    /// what stands out in an image, with their weights.
    pub fn places(&self, layout: &Layout, row: &[f32]) -> Vec<(f64, Vec<f64>)> {
        match self.described {
            Described::Values => vec![(1.0, self.whitened(layout, row))],
            Described::Moments => {
                let all = layout.segments.iter().flat_map(|s| places(layout, s, row));
                all.map(|(weight, z)| (weight, z.into_iter().map(|v| v / self.unit).collect())).collect()
            }
        }
    }

    /// Number of coordinates of a place.
    pub fn coordinates(&self, layout: &Layout) -> usize {
        match self.described {
            Described::Values => self.mean.len(),
            Described::Moments => layout.linear,
        }
    }

    /// log |det| of an element's action on what is described; `log_det` is that of its linear part.
    pub fn log_volume(&self, layout: &Layout, row: &[f32], log_det: f64) -> f64 {
        layout.segments.iter().map(|s| self.described.weight(layout, s, row)).sum::<f64>() * log_det
    }
}

impl Described {
    fn of(self, layout: &Layout, row: &[f32]) -> Vec<f64> {
        match self {
            Self::Values => row.iter().map(|&v| f64::from(v)).collect(),
            Self::Moments => layout.segments.iter().flat_map(|s| moments(layout, s, row)).collect(),
        }
    }

    /// The power of det g by which the action on a segment changes volumes.
    fn weight(self, layout: &Layout, s: &Segment, row: &[f32]) -> f64 {
        let k = layout.linear as f64;
        match (self, s.action) {
            (_, Action::Scalar) => 0.0,
            (Self::Values, Action::Vector { .. } | Action::Points { .. }) => s.blocks as f64,
            (Self::Values, Action::Covector { .. }) => -(s.blocks as f64),
            (Self::Values, Action::Pseudoscalar) => s.blocks as f64,
            (Self::Values, Action::Pseudovector { .. }) => (k + 1.0) * s.blocks as f64,
            (Self::Values, Action::Tensor { .. }) => 2.0 * k * s.blocks as f64,
            (Self::Values | Self::Moments, Action::Pixels(_)) => 1.0 + k + 1.0,
            (Self::Moments, Action::Covector { .. }) => -Self::moments_weight(s, layout, row),
            (Self::Moments, Action::Vector { .. } | Action::Points { .. } | Action::Pseudoscalar) => {
                Self::moments_weight(s, layout, row)
            }
            (Self::Moments, Action::Pseudovector { .. }) => (k + 1.0) * Self::moments_weight(s, layout, row),
            (Self::Moments, Action::Tensor { .. }) => 2.0 * k,
        }
    }

    /// Of a mean, and of the symmetric matrix of second moments where there are some: det A and det A^(n+1) for blocks of n numbers
    /// that are moved by A.
    fn moments_weight(s: &Segment, layout: &Layout, row: &[f32]) -> f64 {
        let several = layout.held(s, row) > s.action.block_len();
        1.0 + if several { s.action.block_len() as f64 + 1.0 } else { 0.0 }
    }
}

/// The blocks of a segment that a group acts on, or the pixels of an image, each with its weight; weights sum to 1.
fn places(layout: &Layout, s: &Segment, row: &[f32]) -> Vec<(f64, Vec<f64>)> {
    let held = &row[s.start..s.start + layout.held(s, row)];
    let dim = s.action.block_len();
    match s.action {
        Action::Pixels(image) => {
            let weights = salience(&image, held);
            let total = weights.iter().sum::<f64>().max(1e-12);
            let place = |p: usize| image.coordinates(p / image.width, p % image.width).to_vec();
            weights.iter().enumerate().map(|(p, w)| (w / total, place(p))).collect()
        }
        Action::Vector { .. } | Action::Points { .. } | Action::Covector { .. } | Action::Pseudovector { .. } => {
            let share = dim as f64 / held.len().max(1) as f64;
            held.chunks_exact(dim.max(1)).map(|b| (share, b.iter().map(|&v| f64::from(v)).collect())).collect()
        }
        Action::Scalar | Action::Pseudoscalar | Action::Tensor { .. } => Vec::new(),
    }
}

/// Mean block of a segment, and the second moments of its blocks about it where there are several; of an image, centre and
/// second moments of what stands out.
fn moments(layout: &Layout, s: &Segment, row: &[f32]) -> Vec<f64> {
    let held = &row[s.start..s.start + layout.held(s, row)];
    let (points, weights, dim): (Vec<f64>, Vec<f64>, usize) = match s.action {
        Action::Pixels(image) => {
            let places =
                (0..image.height * image.width).flat_map(|p| image.coordinates(p / image.width, p % image.width));
            (places.collect(), salience(&image, held), 2)
        }
        Action::Scalar if s.place == Place::Row => return held.iter().map(|&v| f64::from(v)).collect(),
        action => {
            let len = if action == Action::Scalar { 1 } else { action.block_len() };
            (held.iter().map(|&v| f64::from(v)).collect(), vec![1.0; held.len() / len.max(1)], len)
        }
    };
    let total = weights.iter().sum::<f64>().max(1e-12);
    let mut mean = vec![0.0; dim];
    for (point, w) in points.chunks_exact(dim).zip(&weights) {
        mean.iter_mut().zip(point).for_each(|(m, v)| *m += w * v / total);
    }
    if weights.len() < 2 && s.place == Place::Row && s.blocks < 2 || matches!(s.action, Action::Tensor { .. }) {
        return mean;
    }
    let mut second = Vec::new();
    for i in 0..dim {
        for j in i..dim {
            let terms = points.chunks_exact(dim).zip(&weights);
            second.push(terms.map(|(p, w)| w * (p[i] - mean[i]) * (p[j] - mean[j])).sum::<f64>() / total);
        }
    }
    mean.extend(second);
    mean
}

/// Maps deviations with this covariance to independent values of variance 1, those of hardly any variance aside; and back.
fn whitening(covariance: &DMatrix<f64>) -> (DMatrix<f64>, DMatrix<f64>) {
    let n = covariance.nrows();
    let scale = DVector::from_fn(n, |i, _| covariance[(i, i)].max(0.0).sqrt());
    let per = scale.map(|s| if s > 0.0 { 1.0 / s } else { 0.0 });
    let correlation = DMatrix::from_fn(n, n, |i, j| covariance[(i, j)] * per[i] * per[j]);
    let eigen = correlation.symmetric_eigen();
    let root = eigen.eigenvalues.map(|v| v.max(FLOOR).sqrt());
    let whiten = DMatrix::from_fn(n, n, |i, j| eigen.eigenvectors[(j, i)] / root[i] * per[j]);
    let colour = DMatrix::from_fn(n, n, |j, i| eigen.eigenvectors[(j, i)] * root[i] * scale[j]);
    (whiten, colour)
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::ops::loss::Loss;
    use semola_engine::{Form, Streams};
    use semola_lie::random::normal;

    fn problem(x: Vec<f32>, form: Form, points: Option<usize>) -> Problem {
        let layout = Layout::arrange((2, 2), &[form], points);
        let target = Layout::arrange((2, 2), &[Form::number()], None);
        let y = vec![0.0; x.len() / layout.width];
        Problem::new((x, layout), (y, target), None, Loss::Mse)
    }

    fn vectors() -> Form {
        Form { action: Action::Vector { dim: 2 }, axes: vec![2], ragged: false, translation_scale: 1.0 }
    }

    fn log_density(law: &Law, problem: &Problem, row: &[f32]) -> f64 {
        law.log_densities(&problem.x_layout, row)[0]
    }

    #[test]
    fn densities_are_those_of_the_gaussian_that_the_rows_come_from() {
        let mut rng = Streams::new(1).get("test", 0);
        let x = (0..20_000).flat_map(|_| [2.0 * normal(&mut rng), 0.5 * normal(&mut rng)]).map(|v| v as f32).collect();
        let problem = problem(x, vectors(), None);
        let law = Law::of(&problem, &(0..20_000).collect::<Vec<_>>());
        let ratio = log_density(&law, &problem, &[2.0, 0.0]) - log_density(&law, &problem, &[0.0, 1.0]);
        assert!((ratio - (-0.5 + 2.0)).abs() < 0.06, "{ratio}");
        assert_eq!(law.log_volume(&problem.x_layout, &[2.0, 0.0], 0.3), 0.3);
    }

    #[test]
    fn a_map_of_whitened_values_is_one_of_rows() {
        let mut rng = Streams::new(4).get("test", 0);
        let x = (0..2000).flat_map(|_| [3.0 + 2.0 * normal(&mut rng), 0.5 * normal(&mut rng)]).map(|v| v as f32);
        let problem = problem(x.collect(), vectors(), None);
        let law = Law::of(&problem, &(0..2000).collect::<Vec<_>>());
        let turn = (DMatrix::from_row_slice(2, 2, &[0.0, -1.0, 0.5, 0.0]), DVector::from_vec(vec![0.1, 0.7]));
        let (a, b) = law.map(&turn).unwrap();
        let row = DVector::from_vec(vec![4.0, -0.6]);
        let mapped: Vec<f32> = (&a * &row + DVector::from_vec(b)).iter().map(|v| *v as f32).collect();
        let before = DVector::from_vec(law.whitened(&problem.x_layout, &[4.0, -0.6]));
        let after = DVector::from_vec(law.whitened(&problem.x_layout, &mapped));
        assert!((turn.0 * before + turn.1 - after).norm() < 1e-5);
    }

    /// A set of points of one pose: its mean and second moments turn with it.
    #[test]
    fn sets_are_described_by_their_moments() {
        let mut rng = Streams::new(2).get("test", 0);
        let (rows, points) = (400, 40);
        let x = (0..rows * points).flat_map(|_| [3.0 * normal(&mut rng), normal(&mut rng)]).map(|v| v as f32).collect();
        let form =
            Form { action: Action::Points { dim: 2 }, axes: vec![points, 2], ragged: false, translation_scale: 1.0 };
        let problem = problem(x, form, Some(points));
        let law = Law::of(&problem, &(0..rows).collect::<Vec<_>>());
        let row = problem.x_row(0).to_vec();
        let turned: Vec<f32> = row.chunks_exact(2).flat_map(|p| [-p[1], p[0]]).collect();
        let ratio = log_density(&law, &problem, &turned) - log_density(&law, &problem, &row);
        assert!(ratio < -10.0, "{ratio}");
        assert_eq!(law.log_volume(&problem.x_layout, &row, 1.0), 4.0);
    }

    #[test]
    fn a_constant_column_and_a_dependent_one_do_no_harm() {
        let mut rng = Streams::new(3).get("test", 0);
        let x = (0..500).flat_map(|_| [normal(&mut rng) as f32; 2].map(|v| 1e6 * v)).collect();
        let law = Law::of(&problem(x, vectors(), None), &(0..500).collect::<Vec<_>>());
        assert!(law.whiten.iter().all(|v| v.is_finite()));
        let (flat, _) = whitening(&DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 0.0, 0.0]));
        assert!(flat.iter().all(|v| v.is_finite()));
    }
}
