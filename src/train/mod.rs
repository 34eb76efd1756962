//! Training: a network on a problem, along an augmentation, resumable at any step.

pub mod adversarial;
pub mod augment;
pub mod augmentation;
pub mod basis;
mod check;
mod descent;
pub mod fit;
pub mod groups;
mod history;
mod order;
mod planned;
pub mod predict;
pub mod problem;
pub mod schedule;
pub mod session;
mod stage;
pub mod state;

pub use augmentation::{Augmentation, Elements, GroupSource, LearnedPlan, WidthsPlan};
pub use basis::{Basis, Regulariser};
pub use check::item;
pub use fit::{Fit, Trained, fit};
pub use history::History;
pub use planned::{NetworkSize, PlannedSpace, PlannedTrain, Train, Validate};
pub use problem::Problem;
pub use session::{Saved, Session, TrainError};
