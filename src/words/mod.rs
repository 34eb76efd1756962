//! Numbers and columns as people read them.

mod align;
pub mod number;

pub use align::align;
