//! Fitting one network to a problem, along an augmentation, resumable after any step. It depends on no pipelines,
//! tables or methods of discovery.

pub mod adversarial;
pub mod augmentation;
pub mod basis;
mod descent;
pub mod groups;
mod history;
mod order;
pub mod predict;
pub mod problem;
pub mod schedule;
pub mod session;
pub mod space;
pub mod state;
mod steps;

pub use augmentation::{Augmentation, LearnedPlan, WidthsPlan};
pub use basis::{Basis, Regulariser};
pub use descent::Optimizer;
pub use history::History;
pub use order::steps_per_epoch;
pub use problem::Problem;
pub use schedule::{Schedule, ScheduleShape};
pub use session::{Saved, Session, TrainError};
pub use space::PlannedSpace;
pub use steps::{Fit, Trained, fit};
