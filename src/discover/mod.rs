//! Discovery: which directions of the search space are symmetries of the data, and how sure that is.

pub mod audit;
pub mod calibrate;
pub mod ensemble;
pub mod evidence;
pub mod family;
pub mod folds;
pub mod neighbours;
pub mod procedure;
pub mod reach;
pub mod support;
pub mod tangent;
pub mod verdict;
