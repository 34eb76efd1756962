//! One element of a finite group.

use nalgebra::DMatrix;

/// A linear map of R^k that acts alike on every block of a row, together with an exchange of blocks: block i of the moved row is the
/// map of block `inputs[i]`. The two commute, so that elements multiply part by part.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// k×k.
    pub linear: DMatrix<f64>,
    /// Where each block of an input row comes from.
    pub inputs: Vec<usize>,
    /// The same for a target's blocks.
    pub outputs: Vec<usize>,
}

impl Element {
    /// The identity on R^k, for rows of so many blocks.
    pub fn identity(k: usize, inputs: usize, outputs: usize) -> Self {
        Self::linear(DMatrix::identity(k, k), inputs, outputs)
    }

    /// A linear map that exchanges nothing.
    pub fn linear(linear: DMatrix<f64>, inputs: usize, outputs: usize) -> Self {
        Self { linear, inputs: (0..inputs).collect(), outputs: (0..outputs).collect() }
    }

    /// First `other`, then this one.
    #[must_use]
    pub fn after(&self, other: &Self) -> Self {
        Self {
            linear: &self.linear * &other.linear,
            inputs: followed(&other.inputs, &self.inputs),
            outputs: followed(&other.outputs, &self.outputs),
        }
    }

    /// What undoes it; `None` if its linear part cannot be inverted.
    pub fn inverse(&self) -> Option<Self> {
        let linear = self.linear.clone().try_inverse()?;
        Some(Self { linear, inputs: undone(&self.inputs), outputs: undone(&self.outputs) })
    }

    /// The element whose action on rows is the transpose of this one's, for every action of matrices.
    #[must_use]
    pub fn transpose(&self) -> Self {
        Self { linear: self.linear.transpose(), inputs: undone(&self.inputs), outputs: undone(&self.outputs) }
    }

    /// Frobenius distance of the linear parts in whitened coordinates (`whitening` times a vector is white), where elements that
    /// exchange differently are infinitely far from each other. `even`: x ↦ −x acts on nothing.
    pub fn distance(&self, other: &Self, whitening: &DMatrix<f64>, inverse: &DMatrix<f64>, even: bool) -> f64 {
        if self.inputs != other.inputs || self.outputs != other.outputs {
            return f64::INFINITY;
        }
        let apart = |sign: f64| (whitening * (&self.linear - &other.linear * sign) * inverse).norm();
        if even { apart(1.0).min(apart(-1.0)) } else { apart(1.0) }
    }

    /// Whether it exchanges blocks.
    pub fn exchanges(&self) -> bool {
        [&self.inputs, &self.outputs].into_iter().any(|p| p.iter().enumerate().any(|(i, &j)| i != j))
    }

    /// Whether its linear part is within `tolerance` of the identity, entry by entry.
    pub fn is_only_an_exchange(&self, tolerance: f64) -> bool {
        let k = self.linear.nrows();
        (&self.linear - DMatrix::identity(k, k)).amax() < tolerance
    }

    /// Whether it keeps the orientation of R^k.
    pub fn is_proper(&self) -> bool {
        self.linear.determinant() > 0.0
    }
}

/// The exchange that first does `first` and then `then`: block i comes from where `then` takes it, which was filled by `first`.
fn followed(first: &[usize], then: &[usize]) -> Vec<usize> {
    then.iter().map(|&i| first.get(i).copied().unwrap_or(i)).collect()
}

/// The exchange that puts all blocks back.
fn undone(from: &[usize]) -> Vec<usize> {
    let mut back: Vec<usize> = (0..from.len()).collect();
    from.iter().enumerate().for_each(|(place, &source)| {
        if let Some(at) = back.get_mut(source) {
            *at = place;
        }
    });
    back
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_act_like_one_after_the_other() {
        let act =
            |g: &Element, row: &[f64]| -> Vec<f64> { g.inputs.iter().map(|&i| g.linear[(0, 0)] * row[i]).collect() };
        let element = |scale: f64, inputs: &[usize]| Element {
            linear: DMatrix::from_element(1, 1, scale),
            inputs: inputs.to_vec(),
            outputs: Vec::new(),
        };
        let (g, h) = (element(-1.0, &[1, 2, 0]), element(2.0, &[1, 0, 2]));
        let row = [3.0, 5.0, 7.0];
        assert_eq!(act(&g.after(&h), &row), act(&g, &act(&h, &row)));
        assert_ne!(g.after(&h).inputs, h.after(&g).inputs);
        assert!(g.exchanges() && !Element::identity(2, 3, 1).exchanges());
    }

    #[test]
    fn inverses_undo_and_transposes_keep_products() {
        let linear = DMatrix::from_row_slice(2, 2, &[2.0, 1.0, 0.5, -1.0]);
        let g = Element { linear: linear.clone(), inputs: vec![1, 2, 0], outputs: vec![1, 0] };
        let back = g.inverse().unwrap();
        let one = back.after(&g);
        assert!((&one.linear - DMatrix::identity(2, 2)).amax() < 1e-12);
        assert_eq!((one.inputs, one.outputs), (vec![0, 1, 2], vec![0, 1]));
        let t = g.transpose();
        assert_eq!((t.linear, t.inputs), (linear.transpose(), vec![2, 0, 1]));
        assert!(Element::linear(DMatrix::zeros(2, 2), 1, 1).inverse().is_none());
    }

    #[test]
    fn signs_do_not_count_where_they_act_on_nothing() {
        let (one, minus) = (Element::identity(2, 1, 1), Element::linear(-DMatrix::identity(2, 2), 1, 1));
        let unit = DMatrix::identity(2, 2);
        assert_eq!(one.distance(&minus, &unit, &unit, true), 0.0);
        assert!(one.distance(&minus, &unit, &unit, false) > 2.0);
        let swap = Element { inputs: vec![1, 0], ..Element::identity(2, 2, 1) };
        assert_eq!(swap.distance(&Element::identity(2, 2, 1), &unit, &unit, false), f64::INFINITY);
    }
}
