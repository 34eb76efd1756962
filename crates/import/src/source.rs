//! What the writer needs of a format: columns, pieces of work, and how a piece becomes arrays.

use super::ON_A_THREAD;
use super::column::Column;
use super::error::{ImportError, stopped};
use super::table::Decoded;
use semola_data::Watch;

/// Pieces of work, in the order of the rows.
pub type Work<'a, P> = Box<dyn Iterator<Item = Result<P, ImportError>> + 'a>;

/// Bytes of the pieces that are decoded at a time, at most, unless one alone has more: decoded and encoded, they take about
/// twelve times as much.
const IN_FLIGHT: u64 = 128 << 20;

/// The next pieces to be worked on in parallel: some for each thread, within 128 MiB. Empty at the end.
///
/// # Errors
/// If a piece cannot be read, or the watcher asks to stop.
pub fn window<P>(
    pieces: &mut dyn Iterator<Item = Result<P, ImportError>>,
    bytes: impl Fn(&P) -> u64,
    watch: &dyn Watch,
) -> Result<Vec<P>, ImportError> {
    let most = ON_A_THREAD * rayon::current_num_threads();
    let mut window = Vec::with_capacity(most);
    let mut total = 0;
    while window.len() < most && total < IN_FLIGHT {
        stopped(watch)?;
        let Some(piece) = pieces.next() else { break };
        let piece = piece?;
        total += bytes(&piece);
        window.push(piece);
    }
    Ok(window)
}

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

    /// What the user should know of the columns.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Further metadata of the file.
    fn metadata(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}
