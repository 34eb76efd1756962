//! The stage `train`: its settings, whether they make sense, and training one model along one method of augmentation.

pub mod augment;
mod check;
mod network;
mod orbits;
mod planned;
mod rows;
mod stage;
mod task;

pub use check::item;
pub use planned::{NetworkSize, PlannedTrain, Train, Validate};
pub use task::task_of;
