//! Finite groups of linear maps and exchanges of equal blocks: products, closure, exact matrices, names.
//!
//! | file | concept |
//! |---|---|
//! | `element` | one element: a matrix, and what it exchanges |
//! | `round` | the element of finite order next to a matrix |
//! | `group` | all products of some elements, with their multiplication table |
//! | `generated` | all products of given matrices |
//! | `exact` | matrices that multiply exactly, from ones that nearly do |
//! | `name` | `C4`, `D4`, `S3`, `I_h`, `C2 × S2` |
//! | `components` | elements that normalise a Lie algebra, and the name of the group with them |

mod components;
mod element;
mod exact;
mod generated;
mod group;
mod name;
mod round;

pub use components::{Disconnected, disconnected, representatives};
pub use element::Element;
pub use exact::made_exact;
pub use generated::{GeneratorError, generated};
pub use group::{ClosureError, FiniteGroup, LARGEST, LONGEST};
pub use name::{TRIVIAL, name};
pub use round::{Rounded, finite_order};
