//! `neighbours`: the vectors to the nearest points, or how many are within a distance.

use schemars::JsonSchema;
use semola_data::pieces::Number;
use semola_data::{Dataset, Transform};
use semola_lie::action::Action;
use serde::{Deserialize, Serialize};

use crate::prepare::per_point::{new_field, planned_field, planned_points, points};
use crate::prepare::rows::{Work, compute};
use crate::prepare::step::{Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches};
use crate::prepare::tree::Tree;
use semola_plan::FieldShape;

/// Maximal dimension in which neighbours are searched.
const DIMENSIONS: usize = 4;

/// Add what is near each point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Neighbours {
    /// Where the points are.
    pub of: String,
    /// Add the vectors to this many nearest points, nearest first; 0 where a row has fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<usize>,
    /// Add the number of other points within this distance, in prepared units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<f64>,
    /// Name of the new field.
    #[serde(rename = "as")]
    pub name: String,
}

impl Neighbours {
    /// Shape and action of what is added at each point.
    fn at_each_point(&self, dim: usize) -> (Vec<usize>, Action) {
        match self.k {
            Some(k) => (vec![k, dim], Action::Vector { dim }),
            None => (Vec::new(), Action::Scalar),
        }
    }

    /// Values that the step adds at each point.
    fn width(&self, dim: usize) -> usize {
        self.k.map_or(1, |k| k.saturating_mul(dim))
    }
}

impl PrepareStep for Neighbours {
    type Fitted = Self;

    fn check(&self, at: &mut Checking) {
        match (self.k, self.radius) {
            (Some(k), None) => {
                at.require((1..=1000).contains(&k), "k", k, "1 to 1000");
            }
            (None, Some(radius)) => {
                at.require(radius > 0.0 && radius.is_finite(), "radius", radius, "above 0");
            }
            _ => at.error("", "neighbours are the `k` nearest points or those within a `radius`; give one"),
        }
        let (below, changes) = (at.below("of"), at.path());
        at.add(&self.name, |at, member| {
            let (count, dim, field) = planned_points(at, member, &self.of, &below)?;
            if dim > DIMENSIONS {
                let message =
                    format!("neighbours are found in up to {DIMENSIONS} dimensions, but '{}' has {dim}", self.of);
                at.error("of", message);
                return None;
            }
            let (axes, action) = self.at_each_point(dim);
            let unit = field.unit.clone().filter(|_| self.k.is_some());
            let new = planned_field(&field, count, &axes, action, dim);
            Some(FieldShape { unit, changes: vec![changes.clone()], ..new })
        });
    }

    fn label(&self) -> String {
        match (self.k, self.radius) {
            (Some(k), _) => format!("add {}, the vectors to the {k} nearest points of {}", self.name, self.of),
            (None, radius) => {
                let radius = radius.unwrap_or_default();
                format!("add {}, the number of points within {radius} of those of {}", self.name, self.of)
            }
        }
    }

    fn memory(&self, _: &Shapes, _: &Shapes) -> Option<usize> {
        Some(0)
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<Self, PrepareError> {
        fitting.has(std::slice::from_ref(&self.of))?;
        Ok(self.clone())
    }
}

impl FittedStep for Neighbours {
    const REACH: Reach = Reach::All;

    /// Adds the field: at each point k vectors (shape `[k, dim]`, 0 for neighbours that the row does not have), which have
    /// the scale of the points, or one number.
    ///
    /// An error if the points are missing or have too many dimensions, or the name is taken.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let (of, name) = (self.of.as_str(), self.name.as_str());
        if data.fields.contains_key(name) {
            return Err(call.wrong(name, "there is a field of that name already"));
        }
        let field = call.field(data, of)?;
        let (all, dim) = points(field).map_err(|reason| call.wrong(of, reason))?;
        let width = self.width(dim);
        let values = compute(call, of, field, data.rows, |i| all.before(i) * width, &Near { step: self, dim })?;
        let (axes, action) = self.at_each_point(dim);
        let history: Vec<Transform> = match self.k {
            Some(_) => data.history.get(of).into_iter().flatten().filter_map(Transform::scale_only).collect(),
            None => Vec::new(),
        };
        let unit = field.unit.clone().filter(|_| self.k.is_some());
        let new = new_field(all, &axes, values, action, unit);
        data.fields.insert(name.to_owned(), new);
        if !history.is_empty() {
            data.history.insert(name.to_owned(), history);
        }
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { needs: vec![&self.of], makes: Some(&self.name), ..Touches::default() }
    }
}

struct Near<'a> {
    step: &'a Neighbours,
    dim: usize,
}

impl Work for Near<'_> {
    type Scratch = ();

    fn scratch(&self, _: usize) {}

    fn row<T: Number>(&self, (): &mut (), _: usize, from: &[T], out: &mut [T]) -> Result<(), String> {
        match self.dim {
            1 => near::<T, 1>(self.step, from, out),
            2 => near::<T, 2>(self.step, from, out),
            3 => near::<T, 3>(self.step, from, out),
            4 => near::<T, 4>(self.step, from, out),
            dim => Err(format!("neighbours are found in up to {DIMENSIONS} dimensions, not {dim}")),
        }
    }
}

fn near<T: Number, const K: usize>(step: &Neighbours, from: &[T], out: &mut [T]) -> Result<(), String> {
    let tree = Tree::<K>::new(from)?;
    for (i, out) in out.chunks_exact_mut(step.width(K).max(1)).enumerate() {
        if let Some(k) = step.k {
            let here = from.get(i * K..(i + 1) * K).unwrap_or(&[]);
            for (n, out) in tree.nearest(i, k).into_iter().zip(out.chunks_exact_mut(K)) {
                let there = from.get(n * K..(n + 1) * K).unwrap_or(&[]);
                out.iter_mut().zip(there.iter().zip(here)).for_each(|(o, (a, b))| *o = *a - *b);
            }
        } else if let (Some(radius), [out]) = (step.radius, out) {
            *out = T::narrow(tree.within(i, radius) as f64);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::fixtures::{clouds, fixed, one, refused, row, shapes_after};

    #[test]
    fn its_shapes_are_known_before_reading() {
        shapes_after(&[
            ("{neighbours: {of: cloud, k: 4, as: near}}", "near [9, 4, 3] Vector { dim: 3 }"),
            (
                "{neighbours: {of: loose, k: 4, as: near}}",
                "near ragged (any number of points [4, 3]) Vector { dim: 3 }",
            ),
            ("{neighbours: {of: loose, radius: 2, as: near}}", "near ragged (any number of single numbers) Scalar"),
        ]);
    }

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[
            ("{neighbours: {of: cloud, as: near}}", "give one"),
            ("{neighbours: {of: cloud, k: 3, radius: 1, as: near}}", "give one"),
            ("{neighbours: {of: colud, k: 3, as: near}}", "no field 'colud'; did you mean 'cloud'?"),
            ("{neighbours: {of: cloud, k: 3, as: z}}", "has a field 'z' already"),
            ("{neighbours: {of: ten, k: 3, as: near}}", "up to 4 dimensions, but 'ten' has 8"),
        ]);
    }

    #[test]
    fn neighbours_and_normals_are_vectors_at_each_point() {
        let text = "{scale: {fields: [p]}}, {neighbours: {of: p, k: 6, as: near}}, {neighbours: {of: p, radius: 1.5, as: count}}, {normals: {of: p, k: 4, as: n3}}";
        for whole in [clouds(30, 2), fixed(30, 2)] {
            let data = one(text, whole);
            let near = &data.fields["near"];
            assert_eq!(
                (near.action, near.shape[near.shape.len() - 2..].to_vec()),
                (Action::Vector { dim: 3 }, vec![6, 3])
            );
            for i in 0..data.rows {
                let points = row(&data, "p", i);
                let near: Vec<Vec<f64>> = row(&data, "near", i);
                let count: Vec<f64> =
                    data.fields["count"].range(i).map(|j| data.fields["count"].values.get(j)).collect();
                assert_eq!((near.len(), count.len()), (points.len() * 6, points.len()));
                for (n, at) in points.iter().enumerate() {
                    let vector = |p: &Vec<f64>| p.iter().zip(at).map(|(a, b)| a - b).collect::<Vec<f64>>();
                    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
                    let mut all: Vec<Vec<f64>> =
                        points.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, p)| vector(p)).collect();
                    all.sort_by(|a, b| norm(a).total_cmp(&norm(b)));
                    assert_eq!(count[n], all.iter().filter(|v| norm(v) <= 1.5).count() as f64);
                    all.resize(6, vec![0.0; 3]);
                    for (found, wanted) in near[n * 6..(n + 1) * 6].iter().zip(&all) {
                        found
                            .iter()
                            .zip(wanted)
                            .for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{found:?} {wanted:?}"));
                    }
                }
                row(&data, "n3", i)
                    .iter()
                    .for_each(|n| assert!((n.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-5));
            }
            let scale = data.scaling("p");
            assert!((data.scaling("near") - scale).abs() < 1e-12, "relative vectors have the scale of the points");
        }
    }
}
