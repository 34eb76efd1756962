//! Human-readable numbers and columns.

mod align;
pub mod number;

pub use align::align;
