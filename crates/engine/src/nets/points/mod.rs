//! Networks on rows of points. None of them depends on the order of the points, nor on the padding of missing points:
//! points are taken out of their rows without gaps, and values are put back into their places at the end.

mod check;
mod egnn;
mod fields;
mod heads;
mod pair;
mod point_net;
mod rounds;
mod targets;
mod transformer;

#[cfg(test)]
mod tests;

pub use egnn::Egnn;
pub use pair::Pair;
pub use point_net::PointNet;
pub use transformer::Transformer;

use super::dense::{Dense, Init, through};

/// Values of a point inside a network, where a pipeline does not say it.
fn default_width() -> usize {
    64
}

fn default_layers() -> usize {
    3
}
