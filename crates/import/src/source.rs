//! What the writer needs of a format: columns, pieces of work, and how a piece becomes arrays.

use super::column::Column;
use super::error::ImportError;
use super::table::Decoded;

/// Pieces of work, in the order of the rows.
pub type Work<'a, P> = Box<dyn Iterator<Item = Result<P, ImportError>> + 'a>;

/// Opened files of a format.
pub trait Source: Sync {
    /// Raw bytes of some rows: read one after the other, decoded in parallel. One becomes per row group.
    type Piece: Send;

    /// The columns.
    fn columns(&self) -> &[Column];

    /// The pieces, from the start.
    ///
    /// # Errors
    /// If a file cannot be opened.
    fn pieces(&self) -> Result<Work<'_, Self::Piece>, ImportError>;

    /// The rows of a piece.
    ///
    /// # Errors
    /// If the piece as a whole cannot be decoded; invalid rows are faults in the result.
    fn decode(&self, piece: Self::Piece) -> Result<Decoded, ImportError>;

    /// Bytes of the whole work, for progress; compressed files may turn out to hold more.
    fn total(&self) -> u64;

    /// Bytes that a piece is.
    fn bytes(&self, piece: &Self::Piece) -> u64;

    /// Further metadata of the file.
    fn metadata(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}
