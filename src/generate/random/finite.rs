//! Finite symmetries: a function's mean over a finite group, and how much single elements change a function.

use nalgebra::DMatrix;
use semola_lie::finite::{Element, FiniteGroup, name};
use semola_lie::{ActError, Action, apply, plane_rotation};

use super::family::Representation;
use super::fields::{Basis, Field};
use super::properties::Control;
use super::target::Target;
use crate::generate::truth::FiniteTruth;

/// A finite group, in the coordinates of the algebra.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finite {
    None,
    /// The sign of the first coordinate.
    Mirror,
    /// x ↦ −x.
    Inversion,
    /// Turns of the first two coordinates by a third, a quarter or a sixth of a full one.
    C3,
    C4,
    C6,
    /// With a mirror of the second coordinate.
    D3,
    D4,
    /// The first two vectors of the only field change places.
    Exchange,
}

/// A change of a target below this, relative to its variance, is none.
const ZERO: f64 = 1e-12;
/// The least change by an element that is no symmetry, relative to the target's variance.
const GAP: f64 = 5e-3;
/// Angles that stand for all.
const ANGLES: usize = 24;

impl Finite {
    /// All, with their names and weights.
    pub(super) const ALL: [(Self, &'static str, f64); 9] = [
        (Self::None, "none", 0.5),
        (Self::Mirror, "mirror", 0.1),
        (Self::Inversion, "inversion", 0.06),
        (Self::C3, "c3", 0.06),
        (Self::C4, "c4", 0.07),
        (Self::C6, "c6", 0.03),
        (Self::D3, "d3", 0.05),
        (Self::D4, "d4", 0.06),
        (Self::Exchange, "exchange", 0.07),
    ];

    /// Those that go with a control, a representation and a number of fields.
    pub(super) fn options(
        control: Control,
        representation: Representation,
        fields: usize,
    ) -> Vec<(Self, &'static str, f64)> {
        let moved = !matches!(representation, Representation::Tensors | Representation::Clouds);
        let mut all = Self::ALL.to_vec();
        all.retain(|(finite, ..)| match finite {
            Self::None => true,
            // Vectors of several fields change places together.
            Self::Exchange => control == Control::Generic && moved && fields == 1,
            _ => control == Control::Generic && moved,
        });
        all
    }

    /// The name by which it is fixed.
    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|f| f.0 == self).map_or("none", |f| f.1)
    }

    /// Whether it turns a plane: functions of high order in an angle hardly tell it from the whole circle.
    fn turns(self) -> bool {
        matches!(self, Self::C3 | Self::C4 | Self::C6 | Self::D3 | Self::D4)
    }

    /// k×k matrices that generate it; of exchanges there is none.
    fn matrices(self, k: usize) -> Vec<DMatrix<f64>> {
        let turn = |n: f64| plane_rotation(k, 0, 1, std::f64::consts::TAU / n);
        let sign = |i: usize| {
            let mut m = DMatrix::identity(k, k);
            m[(i, i)] = -1.0;
            m
        };
        match self {
            Self::None | Self::Exchange => Vec::new(),
            Self::Mirror => vec![sign(0)],
            Self::Inversion => vec![-DMatrix::identity(k, k)],
            Self::C3 => vec![turn(3.0)],
            Self::C4 => vec![turn(4.0)],
            Self::C6 => vec![turn(6.0)],
            Self::D3 => vec![turn(3.0), sign(1)],
            Self::D4 => vec![turn(4.0), sign(1)],
        }
    }
}

/// A finite group at work on the rows of a task.
#[derive(Clone)]
pub(super) struct Acting {
    group: FiniteGroup,
    /// Turns of its plane, if it has one.
    circle: Vec<Element>,
    /// Inverses of its matrices.
    back: Vec<DMatrix<f64>>,
    rows: Rows,
}

/// What elements act on.
#[derive(Clone)]
struct Rows {
    fields: Vec<Field>,
    vector: bool,
}

/// A target on some rows, with its values there and their variance.
struct Seen<'a> {
    target: &'a Target,
    rows: &'a [Vec<Vec<f64>>],
    values: Vec<Vec<f64>>,
    variance: f64,
}

impl<'a> Seen<'a> {
    fn new(target: &'a Target, rows: &'a [Vec<Vec<f64>>]) -> Self {
        let values: Vec<Vec<f64>> = rows.iter().map(|r| target.at(r)).collect();
        let variance = super::verify::variance(&values).max(f64::MIN_POSITIVE);
        Self { target, rows, values, variance }
    }
}

impl Acting {
    /// In the coordinates of the data; `None` if there are no elements, or if they would be no group.
    pub(super) fn new(finite: Finite, basis: &Basis, fields: &[Field], vector: bool) -> Option<Self> {
        let k = basis.matrix.nrows();
        let shown = |m: DMatrix<f64>| &basis.matrix * m * &basis.inverse;
        // Blocks that change places: those of the first field.
        let blocks = fields.first().map_or(0, |f| f.copies);
        let mut generators: Vec<Element> =
            finite.matrices(k).into_iter().map(|m| Element::linear(shown(m), blocks, 0)).collect();
        if finite == Finite::Exchange && blocks >= 2 {
            let mut swap = Element::identity(k, blocks, 0);
            swap.inputs.swap(0, 1);
            generators.push(swap);
        }
        let trivial = FiniteGroup::trivial(&Element::identity(k, blocks, 0), &basis.inverse, false);
        let group = generators.iter().try_fold(trivial, |group, g| group.with(g)).ok()?;
        let angle = |i: usize| std::f64::consts::TAU * (i as f64 + 0.5) / ANGLES as f64;
        let turn = |i: usize| Element::linear(shown(plane_rotation(k, 0, 1, angle(i))), blocks, 0);
        let circle = if finite.turns() { (0..ANGLES).map(turn).collect() } else { Vec::new() };
        let back = group.elements.iter().map(|e| e.linear.clone().try_inverse()).collect::<Option<Vec<_>>>()?;
        let rows = Rows { fields: fields.to_vec(), vector };
        (!group.is_trivial()).then_some(Self { group, circle, back, rows })
    }

    /// The mean of g⁻¹ f(g x) over the group: f's symmetric part.
    pub(super) fn mean(&self, f: &dyn Fn(&[Vec<f64>]) -> Vec<f64>, row: &[Vec<f64>]) -> Vec<f64> {
        let n = self.group.order() as f64;
        let mut mean: Vec<f64> = Vec::new();
        for (element, back) in self.group.elements.iter().zip(&self.back) {
            // The fields have the dimension of the matrices.
            let Ok(value) = self.rows.moved(element, row).and_then(|moved| self.rows.target(back, f(&moved))) else {
                return vec![f64::NAN];
            };
            mean.resize(value.len(), 0.0);
            mean.iter_mut().zip(value).for_each(|(m, v)| *m += v / n);
        }
        mean
    }
}

impl Rows {
    /// The row moved by an element.
    fn moved(&self, element: &Element, row: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, ActError> {
        let fields = self.fields.iter().zip(row);
        let mut moved =
            fields.map(|(f, v)| apply(&element.linear, f.action, 1.0, v)).collect::<Result<Vec<_>, ActError>>()?;
        if let (Some(first), Some(field)) = (moved.first_mut(), self.fields.first()) {
            let (block, from) = (field.action.block_len(), first.clone());
            for (place, &source) in first.chunks_exact_mut(block.max(1)).zip(&element.inputs) {
                place.copy_from_slice(&from[source * block..(source + 1) * block]);
            }
        }
        Ok(moved)
    }

    /// A target moved by a matrix.
    fn target(&self, matrix: &DMatrix<f64>, values: Vec<f64>) -> Result<Vec<f64>, ActError> {
        if self.vector { apply(matrix, Action::Vector { dim: values.len() }, 1.0, &values) } else { Ok(values) }
    }

    /// E |f(g x) − g f(x)|² / 2 Var f of each element.
    fn changes<'e>(
        &self,
        elements: impl IntoIterator<Item = &'e Element>,
        seen: &Seen<'_>,
    ) -> Result<Vec<f64>, ActError> {
        let change = |element: &Element| {
            let mut sum = 0.0;
            for (row, value) in seen.rows.iter().zip(&seen.values) {
                let there = seen.target.at(&self.moved(element, row)?);
                let here = self.target(&element.linear, value.clone())?;
                sum += there.iter().zip(&here).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            }
            Ok(sum / (2.0 * seen.rows.len() as f64 * seen.variance))
        };
        elements.into_iter().map(change).collect()
    }
}

/// E |f(g x) − g f(x)|² / 2 Var f on these rows, for each of the matrices.
///
/// # Errors
/// The fields' dimensions do not fit the matrices.
pub(super) fn changes(
    target: &Target,
    (fields, vector): (&[Field], bool),
    rows: &[Vec<Vec<f64>>],
    matrices: &[DMatrix<f64>],
) -> Result<Vec<f64>, ActError> {
    let blocks = fields.first().map_or(0, |f| f.copies);
    let elements: Vec<Element> = matrices.iter().map(|m| Element::linear(m.clone(), blocks, 0)).collect();
    Rows { fields: fields.to_vec(), vector }.changes(&elements, &Seen::new(target, rows))
}

/// What is known of a task's finite part.
pub(super) struct Known {
    /// What was drawn, in the coordinates of the data.
    acting: Option<Acting>,
    /// By how much its elements change the target, without the identity; all 0 if it is a symmetry.
    pub changes: Vec<f64>,
    /// By how much the target changes where the plane of its turns is turned by any angle, in the mean.
    pub circle: Option<f64>,
}

impl Known {
    /// Measures it on these rows. `None` if the target is not as it should be: it changes under an element of the group although nothing
    /// breaks it, or does not change under a sign of one coordinate, or of all, that is not in the group.
    ///
    /// # Errors
    /// The fields' dimensions do not fit the matrices.
    pub(super) fn measure(
        (acting, broken): (Option<Acting>, bool),
        target: &Target,
        (basis, fields, vector): (&Basis, &[Field], bool),
        rows: &[Vec<Vec<f64>>],
    ) -> Result<Option<Self>, ActError> {
        let (moving, seen) = (Rows { fields: fields.to_vec(), vector }, Seen::new(target, rows));
        let changes = moving.changes(acting.iter().flat_map(|a| a.group.elements.iter().skip(1)), &seen)?;
        let turned = moving.changes(acting.iter().flat_map(|a| &a.circle), &seen)?;
        let circle = (!turned.is_empty()).then(|| turned.iter().sum::<f64>() / turned.len() as f64);
        let holds = changes.iter().all(|c| if broken { *c > GAP } else { *c < ZERO });
        let k = basis.matrix.nrows();
        let blocks = fields.first().map_or(0, |f| f.copies);
        // One coordinate, or all of them.
        let sign = |turned: Option<usize>| {
            let sign = |i: usize| if turned.is_none_or(|t| t == i) { -1.0 } else { 1.0 };
            let m = DMatrix::from_fn(k, k, |i, j| if i == j { sign(i) } else { 0.0 });
            Element::linear(&basis.matrix * m * &basis.inverse, blocks, 0)
        };
        let own = |e: &Element| acting.as_ref().is_some_and(|a| a.group.find(e).is_some());
        for element in (0..k).map(Some).chain([None]).map(sign).filter(|e| !own(e)) {
            // On tensors x ↦ −x does nothing.
            let off = |a: &[Vec<f64>], b: &[Vec<f64>]| {
                a.iter().flatten().zip(b.iter().flatten()).any(|(a, b)| (a - b).abs() > 1e-9)
            };
            let moves =
                vector || rows.first().is_some_and(|row| moving.moved(&element, row).is_ok_and(|m| off(&m, row)));
            if moves && moving.changes([&element], &seen)?.iter().any(|c| *c < GAP) {
                return Ok(None);
            }
        }
        Ok(holds.then_some(Self { acting, changes, circle }))
    }

    /// The finite part of the symmetry group: trivial if what was drawn is broken.
    pub(super) fn truth(&self) -> FiniteTruth {
        let symmetric = self.acting.as_ref().filter(|_| self.changes.iter().all(|c| *c < ZERO));
        let Some(Acting { group, .. }) = symmetric else { return FiniteTruth::of("1", 1, &[]) };
        let generators = group.generators.iter().map(|&g| &group.elements[g]);
        let flat = |e: &Element| e.linear.transpose().as_slice().to_vec();
        let (exchanging, turning): (Vec<&Element>, Vec<&Element>) = generators.partition(|e| e.exchanges());
        FiniteTruth::of(&name(group), group.order(), &turning.into_iter().map(flat).collect::<Vec<_>>())
            .exchanging(&exchanging.into_iter().map(|e| e.inputs.clone()).collect::<Vec<_>>())
    }

    /// Matrices of what was drawn, without the identity, row by row, and where each vector of the first field comes from.
    pub(super) fn elements(&self) -> (Vec<Vec<f64>>, Vec<Vec<usize>>) {
        let elements = self.acting.iter().flat_map(|a| a.group.elements.iter().skip(1));
        elements.map(|e| (e.linear.transpose().as_slice().to_vec(), e.inputs.clone())).unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Random;
    use super::*;

    fn task(seed: u64, like: &[&str]) -> Random {
        let like: Vec<String> = like.iter().map(|s| (*s).to_owned()).collect();
        Random::draw(seed, &like).unwrap_or_else(|e| panic!("seed {seed}: {e}"))
    }

    #[test]
    fn every_group_can_be_drawn_and_broken() {
        let orders =
            [("mirror", 2), ("inversion", 2), ("c3", 3), ("c4", 4), ("c6", 6), ("d3", 6), ("d4", 8), ("exchange", 2)];
        for (seed, (word, order)) in orders.into_iter().enumerate() {
            let fixed =
                [&format!("finite={word}"), "finite_breaking=0", "rows=300", "representation=vectors", "fields=1"];
            let exact = task(seed as u64, &fixed);
            let known = exact.finite.as_ref().unwrap();
            assert_eq!(known.changes.len(), order - 1, "{word}");
            assert!(known.changes.iter().all(|c| *c < ZERO), "{word}: {:?}", known.changes);
            let truth = known.truth();
            assert_eq!(truth.order, order, "{word}: {truth:?}");
            assert_eq!(truth.exchanges.is_empty(), word != "exchange");
            let broken = task(seed as u64, &[fixed[0], "finite_breaking=0.3", fixed[2], fixed[3], fixed[4]]);
            let known = broken.finite.as_ref().unwrap();
            assert!(known.changes.iter().all(|c| *c > GAP), "{word}: {:?}", known.changes);
            assert_eq!((known.truth().order, known.elements().0.len()), (1, order - 1));
        }
    }

    #[test]
    fn elements_carry_vectors_and_exchange_blocks() {
        let task =
            task(3, &["finite=exchange", "finite_breaking=0", "representation=vectors", "fields=1", "k=2", "rows=300"]);
        let known = task.finite.as_ref().unwrap();
        let acting = known.acting.as_ref().unwrap();
        let first: Vec<f64> = (0..acting.rows.fields[0].numbers()).map(|i| i as f64).collect();
        let rest = acting.rows.fields.iter().skip(1).map(|f| vec![1.0; f.numbers()]);
        let row: Vec<Vec<f64>> = std::iter::once(first).chain(rest).collect();
        let moved = acting.rows.moved(&acting.group.elements[1], &row).unwrap();
        assert_eq!(moved[0][..4], [2.0, 3.0, 0.0, 1.0]);
        assert_eq!(moved[1..], row[1..]);
    }

    #[test]
    fn other_tasks_have_no_finite_part_that_is_known() {
        assert!(task(1, &["algebra=rotations", "rows=300"]).finite.is_none());
        assert!(task(1, &["base=rotations", "rows=300"]).finite.is_none());
        let generic = task(2, &["control=generic", "finite=none", "rows=300"]);
        assert_eq!(generic.finite.as_ref().unwrap().truth(), FiniteTruth::of("1", 1, &[]));
    }
}
