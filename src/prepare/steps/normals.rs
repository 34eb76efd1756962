//! `normals`: the unit normal of the surface on which points lie.

use nalgebra::{Matrix2, Matrix3};
use schemars::JsonSchema;
use semola_data::Dataset;
use semola_data::pieces::Number;
use semola_lie::action::Action;
use serde::{Deserialize, Serialize};

use crate::prepare::per_point::{new_field, planned_field, planned_points, points};
use crate::prepare::rows::{Work, compute};
use crate::prepare::step::{Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches};
use crate::prepare::tree::Tree;
use semola_plan::FieldShape;

/// Add the normal vector of the surface at each point: the direction in which its neighbours spread least, pointing away
/// from the row's centroid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Normals {
    /// Where the points are, in two or three dimensions.
    pub of: String,
    /// How many neighbours are looked at.
    #[serde(default = "default_normals")]
    pub k: usize,
    /// Name of the new field.
    #[serde(rename = "as")]
    pub name: String,
}

fn default_normals() -> usize {
    16
}

impl PrepareStep for Normals {
    type Fitted = Self;

    fn check(&self, at: &mut Checking) {
        at.require((2..=1000).contains(&self.k), "k", self.k, "2 to 1000");
        let (below, changes) = (at.below("of"), at.path());
        at.add(&self.name, |at, member| {
            let (count, dim, field) = planned_points(at, member, &self.of, &below)?;
            if !(2..=3).contains(&dim) {
                let message = format!("normals are estimated in two or three dimensions, but '{}' has {dim}", self.of);
                at.error("of", message);
                return None;
            }
            let new = planned_field(&field, count, &[dim], Action::Vector { dim }, dim);
            Some(FieldShape { changes: vec![changes.clone()], ..new })
        });
    }

    fn label(&self) -> String {
        format!("add {}, the normals of {} from {} neighbours", self.name, self.of, self.k)
    }

    fn memory(&self, _: &Shapes, _: &Shapes) -> Option<usize> {
        Some(0)
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<Self, PrepareError> {
        fitting.has(std::slice::from_ref(&self.of))?;
        Ok(self.clone())
    }
}

impl FittedStep for Normals {
    const REACH: Reach = Reach::All;

    /// Adds the field: at each point the unit eigenvector of the smallest eigenvalue of the covariance of the point and
    /// its k nearest neighbours (Hoppe et al. 1992), pointing away from the row's centroid; 0 where a row has too few
    /// points for a direction. Normals have no physical units to be converted back to.
    ///
    /// An error if the points are missing or not in two or three dimensions, or the name is taken.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let (of, name) = (self.of.as_str(), self.name.as_str());
        if data.fields.contains_key(name) {
            return Err(call.wrong(name, "there is a field of that name already"));
        }
        let field = call.field(data, of)?;
        let (all, dim) = points(field).map_err(|reason| call.wrong(of, reason))?;
        let values = compute(call, of, field, data.rows, |i| all.before(i) * dim, &Across { k: self.k, dim })?;
        let new = new_field(all, &[dim], values, Action::Vector { dim }, None);
        data.fields.insert(name.to_owned(), new);
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { needs: vec![&self.of], makes: Some(&self.name), ..Touches::default() }
    }
}

struct Across {
    k: usize,
    dim: usize,
}

impl Work for Across {
    type Scratch = ();

    fn scratch(&self, _: usize) {}

    fn row<T: Number>(&self, (): &mut (), _: usize, from: &[T], out: &mut [T]) -> Result<(), String> {
        match self.dim {
            2 => across::<T, 2>(self.k, from, out, |c| {
                let eigen = Matrix2::from_fn(|i, j| c[i][j]).symmetric_eigen();
                eigen.eigenvectors.column(eigen.eigenvalues.imin()).into_owned().into()
            }),
            3 => across::<T, 3>(self.k, from, out, |c| {
                let eigen = Matrix3::from_fn(|i, j| c[i][j]).symmetric_eigen();
                eigen.eigenvectors.column(eigen.eigenvalues.imin()).into_owned().into()
            }),
            dim => Err(format!("normals are estimated in two or three dimensions, not {dim}")),
        }
    }
}

fn across<T: Number, const K: usize>(
    k: usize,
    from: &[T],
    out: &mut [T],
    smallest: impl Fn(&[[f64; K]; K]) -> [f64; K],
) -> Result<(), String> {
    let tree = Tree::<K>::new(from)?;
    let centre = mean(tree.points.iter());
    for (i, (point, out)) in tree.points.iter().zip(out.chunks_exact_mut(K)).enumerate() {
        let near = tree.nearest(i, k);
        // Fewer points than dimensions have no direction across them.
        if near.len() + 1 < K {
            continue;
        }
        let around = || near.iter().filter_map(|&n| tree.points.get(n)).chain([point]);
        let normal = smallest(&covariance(around()));
        let outwards: f64 = normal.iter().zip(point.iter().zip(&centre)).map(|(n, (p, c))| n * (p - c)).sum();
        let sign = if outwards < 0.0 { -1.0 } else { 1.0 };
        out.iter_mut().zip(normal).for_each(|(o, n)| *o = T::narrow(sign * n));
    }
    Ok(())
}

fn mean<'p, const K: usize>(points: impl Iterator<Item = &'p [f64; K]>) -> [f64; K] {
    let (mut sum, mut count) = ([0.0; K], 0.0_f64);
    for point in points {
        count += 1.0;
        sum.iter_mut().zip(point).for_each(|(s, x)| *s += x);
    }
    sum.map(|s| s / count.max(1.0))
}

fn covariance<'p, const K: usize>(points: impl Iterator<Item = &'p [f64; K]> + Clone) -> [[f64; K]; K] {
    let centre = mean(points.clone());
    let mut sums = [[0.0; K]; K];
    for point in points {
        let d: [f64; K] = std::array::from_fn(|c| point[c] - centre[c]);
        for (row, a) in sums.iter_mut().zip(d) {
            row.iter_mut().zip(d).for_each(|(s, b)| *s += a * b);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::fixtures::{refused, shapes_after};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use semola_lie::random::normal;

    #[test]
    fn normals_of_a_sphere_and_a_circle_point_outwards() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for dim in [2, 3] {
            let n = 2000;
            let mut points: Vec<f64> = (0..n * dim).map(|_| normal(&mut rng)).collect();
            for p in points.chunks_mut(dim) {
                let norm = p.iter().map(|x| x * x).sum::<f64>().sqrt();
                p.iter_mut().for_each(|x| *x = *x / norm * 2.0);
            }
            let mut normals = vec![0.0; n * dim];
            Across { k: 12, dim }.row(&mut (), 0, &points, &mut normals).unwrap();
            for (p, m) in points.chunks(dim).zip(normals.chunks(dim)) {
                let along: f64 = p.iter().zip(m).map(|(p, m)| p * m / 2.0).sum();
                assert!(along > 0.97, "{p:?} {m:?}");
            }
        }
    }

    #[test]
    fn too_few_points_have_no_normal() {
        let mut out = [0.0_f32; 6];
        Across { k: 16, dim: 3 }.row(&mut (), 0, &[0.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0], &mut out).unwrap();
        assert_eq!(out, [0.0; 6]);
    }

    #[test]
    fn its_shapes_are_known_before_reading() {
        shapes_after(&[("{normals: {of: cloud, as: n}}", "n [9, 3] Vector { dim: 3 }")]);
    }

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[("{normals: {of: jet, as: n}}", "in two or three dimensions, but 'jet' has 4")]);
    }
}
