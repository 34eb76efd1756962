//! Training histories.

use super::Trained;
use super::state::HistoryPoint;

/// The training history of one network.
#[derive(Debug, Clone)]
pub struct History {
    /// Which part of a model's training it was.
    pub part: String,
    pub points: Vec<HistoryPoint>,
}

impl History {
    /// Of a trained network.
    pub fn of(part: &str, trained: &Trained) -> Self {
        Self { part: part.to_owned(), points: trained.state.progress.history.clone() }
    }
}
