//! XYZ files: frames of a count, a comment and as many atoms. Three dialects differ in the comment and in what follows.

mod comment;
mod extended;
mod frame;
mod plain;
mod properties;
mod qm9;
#[cfg(test)]
mod tests;
mod value;

use super::Ask;
use super::column::Column;
use super::error::{ImportError, RowFault};
use super::input::Input;
use super::open::Lines;
use super::records::{Pieces, Record, bytes_in, bytes_of, decode};
use super::source::{Source, Work};
use super::table::{Decoded, Row};
use frame::Frames;

/// A dialect: the columns of all files, and how a frame becomes a row.
pub trait Dialect: Send + Sync {
    /// The columns.
    fn columns(&self) -> &[Column];

    /// What the user should know of the columns.
    fn warnings(&self) -> &[String] {
        &[]
    }

    /// The row of a frame.
    ///
    /// # Errors
    /// What is wrong with the frame, and in which line.
    fn row(&self, frame: &Record) -> Result<Row, RowFault>;
}

/// XYZ files of one dialect.
pub struct Xyz<'a> {
    inputs: &'a [Input],
    frames: Frames,
    dialect: Box<dyn Dialect>,
}

/// Opens XYZ files; the first frame tells the dialect, unless `extended` says it.
///
/// # Errors
/// If a file cannot be read, or a frame is invalid and such frames are errors.
pub fn source<'a>(inputs: &'a [Input], extended: bool, ask: Ask) -> Result<Xyz<'a>, ImportError> {
    let (mut count, mut comment, mut atom) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(first) = inputs.first() {
        let mut lines = Lines::open(&first.path)?;
        // Lines without an end are read in full, but not beyond what a line may hold.
        for line in [&mut count, &mut comment, &mut atom] {
            lines.next(line)?;
        }
    }
    let comment = String::from_utf8_lossy(&comment);
    let marked = ["Properties=", "properties=", "Lattice="].iter().any(|mark| comment.contains(mark));
    let (trailer, dialect): (usize, Box<dyn Dialect>) = if extended || marked {
        (0, Box::new(extended::Extended::scan(inputs, ask)?))
    } else if qm9::is_comment(&comment) {
        (qm9::TRAILER, Box::new(qm9::Qm9::new()))
    } else {
        (0, Box::new(plain::Plain::new(&String::from_utf8_lossy(&atom))))
    };
    Ok(Xyz { inputs, frames: Frames { trailer }, dialect })
}

impl Source for Xyz<'_> {
    type Piece = Vec<Record>;

    fn columns(&self) -> &[Column] {
        self.dialect.columns()
    }

    fn pieces(&self) -> Result<Work<'_, Vec<Record>>, ImportError> {
        Ok(Box::new(Pieces::new(self.inputs, &self.frames, self.columns().len())))
    }

    fn decode(&self, piece: Vec<Record>) -> Result<Decoded, ImportError> {
        decode(&piece, self.dialect.columns(), |record| self.dialect.row(record))
    }

    fn total(&self) -> u64 {
        bytes_of(self.inputs)
    }

    fn bytes(&self, piece: &Vec<Record>) -> u64 {
        bytes_in(piece)
    }

    fn warnings(&self) -> Vec<String> {
        self.dialect.warnings().to_vec()
    }
}
