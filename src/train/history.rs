//! How a training went.

use super::Trained;
use super::state::HistoryPoint;
use crate::engine::Kernels;

/// How the training of one network went.
#[derive(Debug, Clone)]
pub struct History {
    /// Which part of a model's training it was.
    pub part: String,
    pub points: Vec<HistoryPoint>,
}

impl History {
    /// Of a trained network.
    pub fn of<D: Kernels>(part: &str, trained: &Trained<D>) -> Self {
        Self { part: part.to_owned(), points: trained.state.progress.history.clone() }
    }
}
