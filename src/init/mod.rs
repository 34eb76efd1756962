//! A starter pipeline from an inspection of the data: what the columns seem to be, and what to try first.
//!
//! Pure: a [`Profile`] in, YAML text out. One kind of data per file, each of which either recognises the columns and
//! writes a `Draft`, or passes. Nothing here is certain: every guess is marked in the text.

mod components;
mod draft;
mod dynamics;
mod error;
mod flat_points;
mod four_momenta;
mod images;
mod long;
mod look;
mod molecules;
mod points;
mod render;
mod table;
mod target;
mod vectors;
mod words;

use std::path::PathBuf;

use draft::Draft;
use look::View;
use semola_data::Profile;
use semola_data::settings::Import;

pub use error::InitError;
pub use words::slug;

/// The request for a starter pipeline, besides the columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// Name of the pipeline.
    pub name: String,
    /// The training data, or all of it, relative to the pipeline file.
    pub data: Vec<PathBuf>,
    /// Test data, if it is separate; else empty.
    pub test: Vec<PathBuf>,
    /// How data is read that is not Parquet.
    pub import: Import,
    /// Columns to predict; empty: whatever looks like it.
    pub targets: Vec<String>,
    /// Rows with nulls or NaN are to be left out: there are some.
    pub drop_invalid: bool,
}

/// A starter pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Starter {
    pub text: String,
    /// What the data seems to be, in a few words.
    pub kind: String,
    /// Whether a group can act on anything, so that a symmetry can be discovered.
    pub geometry: bool,
}

/// Recognises a kind of data.
type Modality = fn(&View) -> Result<Option<Draft>, InitError>;

/// The first that fits is taken: those whose columns are most distinctive come first.
const MODALITIES: [Modality; 8] = [
    images::draft,
    molecules::draft,
    four_momenta::draft,
    dynamics::draft,
    long::draft,
    points::draft,
    vectors::draft,
    table::draft,
];

/// The text of a starter pipeline.
///
/// # Errors
/// If no column can be used, or a column that is asked for cannot be a target.
pub fn starter(profile: &Profile, request: &Request) -> Result<Starter, InitError> {
    let profile = &flat_points::as_points(profile);
    let view = View::new(profile, &request.targets)?;
    for modality in MODALITIES {
        if let Some(draft) = modality(&view)? {
            let text = render::text(&draft, &view, request);
            return Ok(Starter { text, kind: draft.kind, geometry: draft.learned.is_some() });
        }
    }
    Err(InitError::nothing(profile))
}

#[cfg(test)]
mod tests;
