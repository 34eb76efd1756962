//! The group that a model was trained along, as it is saved with it.

use nalgebra::DMatrix;
use semola_lie::row_major;
use serde::{Deserialize, Serialize};

use super::Model;
use semola_method::fit::groups::Orbit;

/// A group that can be sampled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedGroup {
    /// Given by its name, which is empty for a finite group given by matrices alone, and such matrices (row-major).
    Known {
        name: String,
        extent: f64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        generators: Vec<Vec<f64>>,
    },
    /// Discovered and named; `frame` (row-major) if it is a conjugate of the standard one.
    Named { name: String, frame: Option<Vec<f64>> },
    /// Discovered, without a name: row-major generators.
    Span { generators: Vec<Vec<f64>> },
    /// Discovered, and valid only up to a size of the coefficients: row-major generators, each moving the data by its
    /// own size.
    Within { generators: Vec<Vec<f64>>, limit: f64 },
}

impl SavedGroup {
    /// The group of a model, `None` if it has none.
    pub fn of(model: &Model) -> Option<Self> {
        if let Some(known) = &model.known {
            let name = known.group.clone().unwrap_or_default();
            return Some(Self::Known { name, extent: known.extent, generators: known.generators.clone() });
        }
        let discovered = model.discovered.as_ref()?;
        let rows = |basis: &[DMatrix<f64>]| basis.iter().map(|l| row_major(l).collect()).collect();
        if let Orbit::Within(within) = discovered.source.as_ref()? {
            return Some(Self::Within { generators: rows(&within.generators), limit: within.limit });
        }
        let identification = &discovered.conclusion.identification;
        Some(match &identification.snapped {
            Some(snapped) => Self::Named {
                name: snapped.exact.algebra.name.clone(),
                frame: snapped.exact.frame.as_ref().map(|frame| row_major(&frame.matrix).collect()),
            },
            None => Self::Span { generators: rows(&identification.canonical_basis) },
        })
    }
}
