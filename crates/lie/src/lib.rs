//! Lie algebras of matrices: pure mathematics in 64 bits, no input or output.
//!
//! The steps of a discovery: a trained basis (coefficients in a [`SearchSpace`]) spans a candidate; [`identify()`]
//! names it, by comparison with the [`catalogue()`] of standard algebras ([`named()`]) and, where none is near, with
//! every named algebra in a hidden frame ([`snap_in_frame`]); the [`Identification`] holds the exact algebra and gives
//! a [`GroupSampler`] of its whole group. Elements act on data through an [`Action`] ([`apply`], [`apply_rows`],
//! [`Acting`]).
//!
//! Affine algebras are in homogeneous coordinates: side k + 1, the last row of a generator is zero.
//!
//! It knows no data sets, networks or pipelines, and draws random numbers only from the generators it is given.
//!
//! | file | concept |
//! |---|---|
//! | `action`, `acting`, `warp` | how a matrix acts on a field's values, and doing it; images |
//! | `space` | search spaces with an orthonormal basis |
//! | `expm`, `svd`, `spectral` | exponential, singular values, functions of a matrix |
//! | `name`, `named`, `algebra`, `catalogue` | names, standard algebras, their parts, all candidates |
//! | `subspace`, `bracket`, `form`, `canonical` | angles between spans; closure; invariant forms; a readable basis |
//! | `circle`, `one_parameter`, `linear`, `copies`, `affine` | hidden frames: rank 1, linear, repeated, affine |
//! | `hidden`, `descent` | any standard algebra in the coordinates in which it fits best |
//! | `snap`, `identify` | the nearest exact algebra; the name |
//! | `random`, `rotation`, `sample`, `motion` | stable random numbers, rotations, group elements, bounded motions |
//! | `finite` | finite groups: closure, exact matrices, names, components |
//! | `statistics` | medians, trimmed means, percentiles |

// Only the program prints.
#![deny(clippy::print_stdout, clippy::print_stderr)]

/// A small matrix, row by row.
#[cfg(test)]
macro_rules! dmatrix {
    ($($($value:expr),+);+) => {{
        let rows: Vec<Vec<f64>> = vec![$(vec![$($value),+]),+];
        nalgebra::DMatrix::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j])
    }};
}

pub mod acting;
pub mod action;
mod affine;
pub mod algebra;
pub mod bracket;
pub mod canonical;
pub mod catalogue;
pub mod circle;
mod copies;
pub mod descent;
pub mod expm;
pub mod finite;
pub mod form;
pub mod hidden;
pub mod identify;
mod linear;
pub mod motion;
pub mod name;
pub mod named;
mod one_parameter;
pub mod random;
pub mod rotation;
pub mod sample;
pub mod snap;
pub mod space;
pub mod spectral;
pub mod statistics;
pub mod subspace;
pub mod svd;
pub mod warp;

pub use acting::{ActError, Acting, apply, apply_rows, differential, row_major, to_row_major_f32};
pub use action::{Action, Image};
pub use algebra::{ExactAlgebra, Frame, NamedAlgebra, Part};
pub use bracket::{bracket, closure_residual};
pub use canonical::canonical_basis;
pub use catalogue::catalogue;
pub use circle::{Circle, snap_spectrum};
pub use expm::expm;
pub use identify::{Conjugacy, Identification, IdentifyError, identify};
pub use motion::Motion;
pub use name::NameError;
pub use named::named;
pub use random::{fill_normal_f32, normal, uniform};
pub use rotation::{plane_rotation, random_rotation};
pub use sample::GroupSampler;
pub use snap::{Snapped, snap_canonical, snap_in_frame};
pub use space::{SearchSpace, SpaceError, SpaceKind};
pub use subspace::{largest_angle, orthonormalise, overlap, principal_angles};
