//! By how much a task's function breaks a group that it was not drawn with: the truth about a claim.

use nalgebra::DMatrix;
use serde::Serialize;

use super::Random;
use super::finite::changes;
use super::verify::Seen;
use crate::generate::error::GenerateError;
use crate::generate::stream::stream;
use crate::generate::task::Split;
use semola_lie::identify::identify;
use semola_lie::space::SearchSpace;

/// Rows of the law, and elements of a compact group, over which is averaged.
const ROWS: usize = 400;
const ELEMENTS: usize = 48;
/// An algebra of this name within this angle (in radians) tells whether the group is compact.
const NEAR: f64 = 0.2;

/// By how much a function breaks a connected group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Broken {
    /// E|f(gx) − g f(x)|² / 2 Var f over all of the group, if it is compact: the share of the target's variance that breaks it.
    pub whole: Option<f64>,
    /// E|Df(x)·Lx − L f(x)|² for displacements by the size of the data, over that along a direction of no meaning: in the mean over the span
    /// of the generators, and along its worst direction.
    pub mean: f64,
    pub worst: f64,
}

impl Random {
    /// The truth about the group of these generators, in the coordinates of the data before the powers of ten.
    ///
    /// # Errors
    /// There are none, they have another size than the search space, or are not finite.
    pub(super) fn broken(&self, generators: &[DMatrix<f64>]) -> Result<Broken, GenerateError> {
        let p = &self.properties;
        let problem = |reason: String| GenerateError::Option { option: "breaks", task: "random".to_owned(), reason };
        let wrong = |e: &dyn std::fmt::Display| problem(e.to_string());
        if generators.iter().all(|l| l.amax() == 0.0) {
            return Err(problem("a group without generators; give at least one that is not zero".to_owned()));
        }
        let space = if p.affine { SearchSpace::affine(p.k) } else { SearchSpace::gl(p.k) }.map_err(|e| wrong(&e))?;
        let id = identify(generators, &space, NEAR).map_err(|e| wrong(&e))?;
        let rng = &mut stream(self.seed, "random: claim", Split::Train);
        let rows = self.inputs.spread(ROWS, rng);
        let (target, fields, vector) = (&self.target, self.fields.as_slice(), p.vector);
        let seen = Seen { target, fields, vector, rows: &rows };
        let along = seen.along(&id.canonical_basis).map_err(|e| wrong(&e))?;
        let most = along.last().copied().unwrap_or_default();
        let sampler = id.sampler(1.0);
        let whole = if sampler.is_compact() {
            let elements: Vec<DMatrix<f64>> = (0..ELEMENTS).map(|_| sampler.sample(rng)).collect();
            let all = changes(target, (fields, vector), &rows, &elements).map_err(|e| wrong(&e))?;
            Some(all.iter().sum::<f64>() / ELEMENTS as f64)
        } else {
            None
        };
        let mean = along.iter().sum::<f64>() / along.len() as f64;
        Ok(Broken { whole, mean: mean / self.typical, worst: most / self.typical })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(like: &[&str]) -> Random {
        let like: Vec<String> = like.iter().map(|s| (*s).to_owned()).collect();
        Random::draw(7, &like).unwrap()
    }

    #[test]
    fn the_true_algebra_is_not_broken_and_another_is() {
        let of = ["algebra=rotations", "k=3", "condition=1", "representation=vectors", "rows=300"];
        let task = task(&of);
        let own = task.broken(&task.generators).unwrap();
        assert!(own.whole.is_some_and(|w| w < 1e-12) && own.worst < 1e-7 && own.mean <= own.worst, "{own:?}");
        let scaling = task.broken(&[DMatrix::identity(3, 3)]).unwrap();
        assert!(scaling.whole.is_none() && scaling.worst > 0.01, "{scaling:?}");
        let refused = [
            vec![],
            vec![DMatrix::zeros(3, 3)],
            vec![DMatrix::identity(2, 2)],
            vec![DMatrix::identity(3, 3) * f64::NAN],
        ];
        assert!(refused.iter().all(|group| task.broken(group).is_err()));
    }

    /// Of a direction that was measured when the task was drawn, on other rows.
    #[test]
    fn a_known_direction_breaks_as_much_as_is_stated() {
        let task = task(&["control=generic", "k=2", "representation=vectors", "law=gaussian", "rows=300"]);
        let (change, direction) = task.nearest.last().unwrap();
        let broken = task.broken(std::slice::from_ref(direction)).unwrap();
        let stated = change / task.typical;
        assert!((broken.worst / stated - 1.0).abs() < 0.6 && broken.worst == broken.mean, "{broken:?}, {stated}");
    }
}
