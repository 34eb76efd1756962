//! Human-readable numbers and columns.

mod align;
pub mod number;
mod wrap;

pub use align::align;
pub use number::count;
pub use wrap::wrap;
