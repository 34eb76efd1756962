//! Algebras of the catalogue in any coordinates as candidates.
//!
//! Directions along which networks are most equivariant are known one by one, and a span of several seldom closes. An algebra of known
//! structure constants in unknown coordinates is known far better ([`hidden`](semola_lie::hidden)). Those of a form of all coordinates
//! have candidates of their own ([`forms`](super::forms)).

use nalgebra::{DMatrix, DVector};
use rand_chacha::ChaCha8Rng;
use semola_lie::hidden::{Found, Search, is_of_a_form, kinds};
use semola_lie::space::SearchSpace;

use super::forms::Linear;
use super::standard::MOST;
use super::support::Support;

/// Spaces with more directions are not searched, nor vectors of more coordinates.
const WIDEST: usize = 40;
const LONGEST: usize = 5;
/// Energy below which directions count alike, in units of the mean over all directions.
const FLOOR: f64 = 0.02;

/// Algebras of the catalogue in the coordinates in which they have the least energy, as orthonormal coefficients in whitened directions;
/// those with many directions of little energy first. `energy` is a quadratic form of mean 1.
pub fn conjugated_candidates(
    space: &SearchSpace,
    support: &Support,
    energy: &DMatrix<f64>,
    rng: &mut ChaCha8Rng,
) -> Vec<Vec<DVector<f64>>> {
    let q = support.directions.len();
    if !(2..=LONGEST).contains(&space.k) || q > WIDEST {
        return Vec::new();
    }
    let Some(search) = search(space, support, energy) else { return Vec::new() };
    let starts = search.starts(rng);
    // Noise is as large as what the best direction has. Between that and the energy of any direction lies what counts as little.
    let least = energy.symmetric_eigenvalues().min().max(0.0);
    let little = ((least + FLOOR) * (MOST + FLOOR)).sqrt();
    let gain = |found: &Found| {
        let one = |e: &f64| (*e < MOST).then(|| (little / (e.max(0.0) + FLOOR)).ln());
        found.energies.iter().map(one).sum::<Option<f64>>()
    };
    let all = kinds(space).into_iter().filter(|a| a.rank() < q && !is_of_a_form(&a.name, space.k));
    let found = all.filter_map(|algebra| search.best(&algebra.basis, &starts));
    let mut found: Vec<(f64, DMatrix<f64>)> = found.filter_map(|found| Some((gain(&found)?, found.span))).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, span)| span.column_iter().map(DVector::from).collect()).collect()
}

/// `None` if the directions do not span all linear maps.
fn search(space: &SearchSpace, support: &Support, energy: &DMatrix<f64>) -> Option<Search> {
    let (side, k) = (space.side, space.k);
    let Linear { coefficients, reached } = Linear::of(space, support)?;
    // One unit along E_ij moves the data by its j-th coordinate: its square root of moments makes vectors of covariance one those of the data.
    let moved: Vec<DVector<f64>> = (0..k).map(|j| coefficients.column(j).into_owned()).collect();
    let eigen = DMatrix::from_fn(k, k, |i, j| moved[i].dot(&moved[j])).symmetric_eigen();
    let roots = DMatrix::from_diagonal(&eigen.eigenvalues.map(|v| v.max(0.0).sqrt()));
    let mut units = DMatrix::identity(side, side);
    units.view_mut((0, 0), (k, k)).copy_from(&(&eigen.eigenvectors * roots * eigen.eigenvectors.transpose()));
    Search::new((k, side), coefficients, energy.clone(), units, |i, j| reached[(i, j)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::gram::rising_eigenvectors;
    use crate::discover::span::orthonormal;
    use semola_engine::Streams;
    use semola_lie::named::named;
    use semola_lie::random::normal;
    use semola_lie::subspace::{largest_angle, orthonormalise};

    /// A turn of one plane and a boost of another in a skewed frame, behind noise: the first candidate is nearer to them than the two best directions.
    #[test]
    fn a_hidden_product_comes_first_and_is_known_better_than_its_directions() {
        let rng = &mut Streams::new(4).get("hidden", 0);
        let space = SearchSpace::gl(4).unwrap();
        let q = space.basis.len();
        let support = Support {
            directions: space.basis.clone(),
            off: DMatrix::zeros(0, 0),
            natural: 0.0,
            looked_at: false,
            is_of_images: false,
            null: Vec::new(),
            per_row: Vec::new(),
        };
        let frame = DMatrix::identity(4, 4) + DMatrix::from_fn(4, 4, |_, _| 0.25 * normal(rng));
        let inverse = frame.clone().try_inverse().unwrap();
        let standard = named("so(2)[0,1]+so(1,1)[2,3]", 4, false).unwrap().basis;
        let hidden: Vec<DMatrix<f64>> = standard.iter().map(|l| &frame * l * &inverse).collect();
        let units = orthonormal(&hidden.iter().map(|l| support.coefficients(l)).collect::<Vec<_>>());
        let outside = units.iter().fold(DMatrix::identity(q, q), |p, u| p - u * u.transpose());
        let seen =
            outside * DMatrix::from_fn(q, 64, |_, _| normal(rng)) + DMatrix::from_fn(q, 64, |_, _| 0.2 * normal(rng));
        let energy = &seen * seen.transpose();
        let energy = &energy / (energy.trace() / q as f64);
        let angle = |span: &[DVector<f64>]| {
            let matrices: Vec<DMatrix<f64>> = span.iter().map(|u| support.combine(u)).collect();
            largest_angle(&orthonormalise(&matrices), &orthonormalise(&hidden))
        };
        let found = conjugated_candidates(&space, &support, &energy, rng);
        let free = rising_eigenvectors(energy.clone()).into_iter().take(2).map(|(_, u)| u);
        let free = angle(&free.collect::<Vec<_>>());
        assert!(found[0].len() == 2 && angle(&found[0]) < 0.8 * free, "{} {free}", angle(&found[0]));
        let wide = SearchSpace::gl(7).unwrap();
        assert!(
            conjugated_candidates(&wide, &support, &energy, rng).is_empty(),
            "too many coordinates are not searched"
        );
    }
}
