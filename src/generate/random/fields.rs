//! The fields of a task, and the parts of a row in the coordinates of the algebra.

use nalgebra::{DMatrix, DVector};
use rand_chacha::ChaCha8Rng;

use super::draw::below;
use super::family::Representation;
use semola_lie::Action;
use semola_lie::random::uniform;

/// The most numbers in a row of fixed length.
const MAX_NUMBERS: usize = 24;

/// An input field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Also the name of its column.
    pub name: String,
    pub action: Action,
    /// Vectors, covectors, points, tensors or scalars in a row; 0 for any number of points.
    pub copies: usize,
}

impl Field {
    /// Numbers in a row; 0 if it varies.
    pub(super) fn numbers(&self) -> usize {
        self.copies * self.action.block_len()
    }

    /// Whether it is a cloud of any number of points.
    pub(super) fn ragged(&self) -> bool {
        self.copies == 0
    }
}

/// Draws the fields of this representation. At least `vectors` of them are vectors (or points, or covectors).
pub(super) fn fields(
    representation: Representation,
    (count, k, vectors): (usize, usize, usize),
    tensors: bool,
    rng: &mut ChaCha8Rng,
) -> Vec<Field> {
    let (vector, covector) = (Action::Vector { dim: k }, Action::Covector { dim: k });
    let (points, tensor) = (Action::Points { dim: k }, Action::Tensor { dim: k });
    let mut drawn: Vec<(Action, usize)> = Vec::new();
    for at in 0..count {
        let few = 1 + below(rng, if count == 1 { 4 } else { 2 });
        drawn.push(match (representation, at) {
            (Representation::Points, 0) => (points, 3 + below(rng, 3)),
            (Representation::Clouds, 0) => (points, 0),
            (Representation::Tensors, 0) => (tensor, 1),
            (Representation::Covectors, 0) => (covector, few),
            (Representation::Mixed, at) if at > 0 => match uniform(rng) {
                u if u < 0.35 => (covector, few),
                u if u < 0.55 && tensors && k <= 3 => (tensor, 1),
                _ => (Action::Scalar, few),
            },
            (Representation::Points | Representation::Clouds, _) if uniform(rng) < 0.4 => (Action::Scalar, few),
            _ => (vector, few),
        });
    }
    let numbers = |drawn: &[(Action, usize)]| drawn.iter().map(|(a, n)| a.block_len() * n).sum::<usize>();
    while numbers(&drawn) > MAX_NUMBERS {
        let Some(most) = drawn.iter_mut().filter(|(_, n)| *n > 1).max_by_key(|(_, n)| *n) else { break };
        most.1 -= 1;
    }
    let is_vector = |a: Action| matches!(a, Action::Vector { .. } | Action::Points { .. } | Action::Covector { .. });
    // A cloud has more points than any algebra needs.
    let enough = |drawn: &[(Action, usize)]| {
        let found: usize = drawn.iter().filter(|(a, _)| is_vector(*a)).map(|(_, n)| if *n == 0 { 9 } else { *n }).sum();
        found >= vectors
    };
    while !enough(&drawn) {
        match drawn.iter_mut().find(|(a, _)| is_vector(*a)) {
            Some(first) => first.1 += 1,
            None => break,
        }
    }
    let named = |(i, (action, copies)): (usize, (Action, usize))| Field { name: format!("x{}", i + 1), action, copies };
    drawn.into_iter().enumerate().map(named).collect()
}

/// A row in the coordinates of the algebra, by what acts on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    pub vectors: Vec<Vec<f64>>,
    /// As vectors, but translations move them.
    pub points: Vec<Vec<f64>>,
    pub covectors: Vec<Vec<f64>>,
    /// k×k, row by row.
    pub tensors: Vec<DMatrix<f64>>,
    pub scalars: Vec<f64>,
}

/// The coordinates x = P z in which the data are given, z being those of the algebra.
#[derive(Debug, Clone)]
pub(super) struct Basis {
    pub matrix: DMatrix<f64>,
    pub inverse: DMatrix<f64>,
}

impl Basis {
    /// The parts of a row, in the coordinates of the algebra.
    pub(super) fn parts(&self, fields: &[Field], row: &[Vec<f64>]) -> Parts {
        let k = self.matrix.nrows();
        let mut parts = Parts::default();
        for (field, values) in fields.iter().zip(row) {
            let blocks = values.chunks_exact(field.action.block_len().max(1));
            match field.action {
                Action::Vector { .. } => parts.vectors.extend(blocks.map(|v| times(&self.inverse, v))),
                Action::Points { .. } => parts.points.extend(blocks.map(|v| times(&self.inverse, v))),
                Action::Covector { .. } => parts.covectors.extend(blocks.map(|v| times(&self.matrix.transpose(), v))),
                Action::Tensor { .. } => parts.tensors.extend(
                    blocks.map(|v| &self.inverse * DMatrix::from_row_slice(k, k, v) * self.inverse.transpose()),
                ),
                Action::Scalar | Action::Pseudoscalar | Action::Pseudovector { .. } | Action::Pixels(_) => {
                    parts.scalars.extend_from_slice(values);
                }
            }
        }
        parts
    }

    /// Numbers z of a field in the coordinates of the algebra as the data give them.
    pub(super) fn shown(&self, action: Action, values: &[f64]) -> Vec<f64> {
        let k = self.matrix.nrows();
        let blocks = values.chunks_exact(action.block_len().max(1));
        match action {
            Action::Vector { .. } | Action::Points { .. } => blocks.flat_map(|v| times(&self.matrix, v)).collect(),
            Action::Covector { .. } => blocks.flat_map(|v| times(&self.inverse.transpose(), v)).collect(),
            Action::Tensor { .. } => {
                let one = |v| &self.matrix * DMatrix::from_row_slice(k, k, v) * self.matrix.transpose();
                blocks.flat_map(|v| one(v).transpose().as_slice().to_vec()).collect()
            }
            Action::Scalar | Action::Pseudoscalar | Action::Pseudovector { .. } | Action::Pixels(_) => values.to_vec(),
        }
    }
}

/// A v.
pub(super) fn times(matrix: &DMatrix<f64>, vector: &[f64]) -> Vec<f64> {
    (matrix * DVector::from_column_slice(vector)).as_slice().to_vec()
}
