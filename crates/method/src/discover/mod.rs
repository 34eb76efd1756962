//! Discovery: which directions of the search space are symmetries of the data, and with what confidence.
//!
//! [`Discovery::run`] is the whole method, in this order:
//!
//! | file | what it does |
//! |---|---|
//! | `support`, `displacement`, `neighbours` | where the data lies, and what each generator does to it |
//! | `networks`, `folds`, `ensemble`, `calibrate` | trains a network jointly with a basis, and plain ones by cross-fitting |
//! | `standard`, `forms`, `conjugated` | the algebras that are candidates: standard ones, those of a bilinear form, and others in any basis |
//! | `gram`, `audit` | the plain networks choose directions on half of the groups and judge them on the other half |
//! | `second_look` | training along a whole group, where plain networks cannot see |
//! | `conclude`, `algebra` | from either kind of [`Evidence`] to a named group |
//! | `holds` | how much of the group holds, by what a network learned along all of it |
//! | `finite` | mirrors, fractions of a turn, exchanges: the finite part of the group |
//! | `conclusion`, `verdict`, `rows` | what is said about it, in words and in tables |

mod algebra;
pub mod audit;
mod breaking;
pub mod calibrate;
mod conclude;
pub mod conclusion;
mod conjugated;
pub mod displacement;
pub mod ensemble;
mod findings;
pub mod finite;
pub mod folds;
mod forms;
pub mod gram;
mod holds;
mod method;
pub mod neighbours;
mod networks;
pub mod rows;
mod second_look;
pub mod settings;
pub mod span;
mod standard;
pub mod support;
pub mod verdict;

pub use algebra::{NEAR, name};
pub use conclude::Evidence;
pub use conclusion::{Conclusion, Discovered};
pub use finite::Finite;
pub use holds::Holds;
pub use method::{Discovery, Found};
pub use verdict::Verdict;
