//! All products of some elements.

use std::collections::BTreeMap;

use nalgebra::DMatrix;
use thiserror::Error;

use super::element::Element;

/// Elements of a group at most.
pub const LARGEST: usize = 384;
/// The order of an element at most: what needs more is a continuous direction to within any network's error.
pub const LONGEST: usize = 12;
/// Frobenius distance, in whitened coordinates, below which two matrices are the same element.
const SAME: f64 = 0.35;

/// Why some elements generate no finite group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClosureError {
    #[error("the products are more than {LARGEST}")]
    TooMany,
    #[error("an element has an order above {LONGEST}")]
    TooLong,
}

/// A finite group, given by generators. The identity comes first.
#[derive(Debug, Clone, PartialEq)]
pub struct FiniteGroup {
    pub elements: Vec<Element>,
    /// `table[i][j]` is the number of the element i after the element j.
    pub table: Vec<Vec<usize>>,
    /// Numbers of the generators.
    pub generators: Vec<usize>,
    whitening: DMatrix<f64>,
    unwhitening: DMatrix<f64>,
    /// Whether x ↦ −x acts on nothing.
    pub even: bool,
}

impl FiniteGroup {
    /// The group without generators, for elements like this one. `whitening` (k×k) makes the data white: there a finite group that
    /// keeps the data's covariance is orthogonal. A whitening that cannot be inverted counts as none.
    pub fn trivial(like: &Element, whitening: &DMatrix<f64>, even: bool) -> Self {
        let k = like.linear.nrows();
        let one = Element::identity(k, like.inputs.len(), like.outputs.len());
        let (whitening, unwhitening) = match whitening.clone().try_inverse() {
            Some(inverse) => (whitening.clone(), inverse),
            None => (DMatrix::identity(k, k), DMatrix::identity(k, k)),
        };
        Self { elements: vec![one], table: vec![vec![0]], generators: Vec::new(), whitening, unwhitening, even }
    }

    /// The group with one generator more.
    ///
    /// # Errors
    /// If the products do not end.
    pub fn with(&self, generator: &Element) -> Result<Self, ClosureError> {
        let given: Vec<Element> = self.generators.iter().map(|&g| self.elements[g].clone()).collect();
        let given = [given.as_slice(), std::slice::from_ref(generator)].concat();
        let mut group = Self { generators: Vec::new(), elements: self.elements[..1].to_vec(), ..self.clone() };
        let mut next = 0;
        while next < group.elements.len() {
            for g in &given {
                let product = g.after(&group.elements[next]);
                if group.find(&product).is_none() {
                    if group.elements.len() == LARGEST {
                        return Err(ClosureError::TooMany);
                    }
                    group.elements.push(product);
                }
            }
            next += 1;
        }
        group.generators = given.iter().filter_map(|g| group.find(g)).collect();
        group.table = group.products().ok_or(ClosureError::TooMany)?;
        match (0..group.order()).all(|i| group.order_of(i).is_some()) {
            true => Ok(group),
            false => Err(ClosureError::TooLong),
        }
    }

    fn products(&self) -> Option<Vec<Vec<usize>>> {
        let row = |a: &Element| self.elements.iter().map(|b| self.find(&a.after(b))).collect::<Option<Vec<_>>>();
        self.elements.iter().map(row).collect()
    }

    /// The number of its element next to this one, if one is the same.
    pub fn find(&self, element: &Element) -> Option<usize> {
        let apart = |e: &Element| e.distance(element, &self.whitening, &self.unwhitening, self.even);
        let nearest = self.elements.iter().map(apart).enumerate().min_by(|a, b| a.1.total_cmp(&b.1))?;
        (nearest.1 < SAME).then_some(nearest.0)
    }

    /// How many elements it has.
    pub fn order(&self) -> usize {
        self.elements.len()
    }

    /// Whether it is the identity alone.
    pub fn is_trivial(&self) -> bool {
        self.order() == 1
    }

    /// The order of an element by its number, if it is at most [`LONGEST`].
    pub fn order_of(&self, element: usize) -> Option<usize> {
        let mut power = element;
        (1..=LONGEST).find(|_| {
            let ends = power == 0;
            power = self.table[power][element];
            ends
        })
    }

    /// How many elements have each order and determinant: `1+:1 2-:3`, by rising order.
    pub fn classes(&self) -> String {
        let mut counts: BTreeMap<(usize, char), usize> = BTreeMap::new();
        for (i, element) in self.elements.iter().enumerate() {
            let sign = if element.is_proper() || self.even { '+' } else { '-' };
            *counts.entry((self.order_of(i).unwrap_or(0), sign)).or_default() += 1;
        }
        counts.iter().map(|((order, sign), n)| format!("{order}{sign}:{n}")).collect::<Vec<_>>().join(" ")
    }

    /// The same group with other matrices, one for each element.
    #[must_use]
    pub fn with_matrices(mut self, matrices: Vec<DMatrix<f64>>) -> Self {
        self.elements.iter_mut().zip(matrices).for_each(|(e, m)| e.linear = m);
        self
    }

    /// The subgroup of these elements, which have to be closed under products.
    #[must_use]
    pub(super) fn subgroup(&self, keep: impl Fn(&Element) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.order()).filter(|&i| i == 0 || keep(&self.elements[i])).collect();
        let place = |i: usize| kept.iter().position(|&k| k == i).unwrap_or(0);
        let table = kept.iter().map(|&a| kept.iter().map(|&b| place(self.table[a][b])).collect()).collect();
        let elements = kept.iter().map(|&i| self.elements[i].clone()).collect();
        Self { elements, table, generators: Vec::new(), ..self.clone() }
    }

    /// The whitening of the coordinates in which elements are compared, and its inverse.
    pub(super) fn whitening(&self) -> (&DMatrix<f64>, &DMatrix<f64>) {
        (&self.whitening, &self.unwhitening)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::rotation::plane_rotation;
    use std::f64::consts::TAU;

    /// The group that these matrices generate.
    pub(in crate::finite) fn generated(matrices: &[DMatrix<f64>]) -> FiniteGroup {
        let k = matrices[0].nrows();
        let trivial = FiniteGroup::trivial(&Element::identity(k, 1, 1), &DMatrix::identity(k, k), false);
        matrices.iter().fold(trivial, |g, m| g.with(&Element::linear(m.clone(), 1, 1)).unwrap())
    }

    #[test]
    fn two_mirrors_generate_a_dihedral_group() {
        let group = generated(&[
            DMatrix::from_diagonal(&vec![1.0, -1.0].into()),
            DMatrix::from_row_slice(2, 2, &[0.0, 1.0, 1.0, 0.0]),
        ]);
        assert_eq!((group.order(), group.classes().as_str()), (8, "1+:1 2+:1 2-:4 4+:2"));
        assert_eq!(group.generators.len(), 2);
        for i in 0..8 {
            let mut row = group.table[i].clone();
            row.sort_unstable();
            assert_eq!(row, (0..8).collect::<Vec<_>>());
        }
    }

    #[test]
    fn small_turns_generate_no_finite_group() {
        let trivial = FiniteGroup::trivial(&Element::identity(2, 1, 1), &DMatrix::identity(2, 2), false);
        let turn = |angle: f64| Element::linear(plane_rotation(2, 0, 1, angle), 1, 1);
        assert_eq!(trivial.with(&turn(TAU / 13.0)), Err(ClosureError::TooLong));
        assert!(trivial.with(&turn(TAU / 12.0)).is_ok());
        let stretched = Element::linear(DMatrix::identity(2, 2) * 1.5, 1, 1);
        assert_eq!(trivial.with(&stretched), Err(ClosureError::TooMany));
    }

    #[test]
    fn what_acts_on_nothing_is_the_identity() {
        let trivial = FiniteGroup::trivial(&Element::identity(3, 1, 1), &DMatrix::identity(3, 3), true);
        let group = trivial.with(&Element::linear(-plane_rotation(3, 0, 1, TAU / 3.0), 1, 1)).unwrap();
        assert_eq!((group.order(), group.classes().as_str()), (3, "1+:1 3+:2"));
    }
}
