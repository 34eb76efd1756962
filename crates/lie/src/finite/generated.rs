//! The finite group that given matrices generate.

use nalgebra::DMatrix;
use thiserror::Error;

use super::group::{ClosureError, LARGEST};

/// Matrices whose entries are this close, relative to the largest, are the same: numbers are typed with few digits.
const SAME: f64 = 0.002;
/// A determinant this close to 0, relative to that of the largest entry's power, is none.
const SINGULAR: f64 = 1e-9;

/// Why matrices generate no finite group.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GeneratorError {
    #[error(
        "generator {number} has {len} numbers, but a {k}×{k} matrix has {wanted}: give its rows one after the other"
    )]
    Size { number: usize, len: usize, k: usize, wanted: usize },
    #[error("generator {number} has no inverse: it is no symmetry")]
    Singular { number: usize },
    #[error(
        "the generators make no finite group: {0}. Give entries with more digits, or name a continuous group with `group`"
    )]
    Closure(#[from] ClosureError),
}

/// All products of these k×k matrices (row by row), the identity first.
///
/// # Errors
/// A matrix has the wrong size or no inverse, or the products do not end.
pub fn generated(k: usize, generators: &[Vec<f64>]) -> Result<Vec<DMatrix<f64>>, GeneratorError> {
    let matrix = |(number, values): (usize, &Vec<f64>)| {
        if values.len() != k * k {
            return Err(GeneratorError::Size { number, len: values.len(), k, wanted: k * k });
        }
        let m = DMatrix::from_row_slice(k, k, values);
        let least = SINGULAR * m.amax().powi(i32::try_from(k).unwrap_or(i32::MAX));
        // Also of numbers that are not finite.
        let invertible = m.determinant().abs() > least && m.determinant().is_finite();
        if invertible { Ok(m) } else { Err(GeneratorError::Singular { number }) }
    };
    let given = generators.iter().enumerate().map(matrix).collect::<Result<Vec<_>, _>>()?;
    let same = |a: &DMatrix<f64>, b: &DMatrix<f64>| (a - b).amax() <= SAME * a.amax().max(b.amax());
    let mut all = vec![DMatrix::identity(k, k)];
    let mut next = 0;
    while next < all.len() {
        for g in &given {
            let product = g * &all[next];
            if !all.iter().any(|e| same(e, &product)) {
                if all.len() == LARGEST {
                    return Err(ClosureError::TooMany.into());
                }
                all.push(product);
            }
        }
        next += 1;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_end_with_the_group() {
        let quarter = vec![0.0, -1.0, 1.0, 0.0];
        let mirror = vec![1.0, 0.0, 0.0, -1.0];
        assert_eq!(generated(2, std::slice::from_ref(&quarter)).unwrap().len(), 4);
        assert_eq!(generated(2, &[quarter, mirror]).unwrap().len(), 8);
        assert_eq!(generated(2, &[]).unwrap(), [DMatrix::identity(2, 2)]);
        // A turn by a sixth, typed with three digits.
        assert_eq!(generated(2, &[vec![0.5, -0.866, 0.866, 0.5]]).unwrap().len(), 6);
        // A mirror in oblique coordinates that are scaled very differently.
        assert_eq!(generated(2, &[vec![-1.0, 0.002, 0.0, 1.0]]).unwrap().len(), 2);
        let (sin, cos) = (std::f64::consts::TAU / 24.0).sin_cos();
        assert_eq!(generated(2, &[vec![cos, -sin, sin, cos]]).unwrap().len(), 24);
    }

    #[test]
    fn what_generates_no_finite_group_is_told() {
        let error = |generators: &[Vec<f64>]| generated(2, generators).unwrap_err();
        assert_eq!(error(&[vec![1.0; 3]]), GeneratorError::Size { number: 0, len: 3, k: 2, wanted: 4 });
        assert_eq!(error(&[vec![1.0, 0.0, 0.0, 1.0], vec![1.0; 4]]), GeneratorError::Singular { number: 1 });
        assert_eq!(error(&[vec![f64::NAN; 4]]), GeneratorError::Singular { number: 0 });
        let (sin, cos) = 0.9f64.sin_cos();
        assert_eq!(error(&[vec![cos, -sin, sin, cos]]), GeneratorError::Closure(ClosureError::TooMany));
        assert_eq!(error(&[vec![2.0, 0.0, 0.0, 1.0]]), GeneratorError::Closure(ClosureError::TooMany));
    }
}
