//! Whose fault an error is: each error says it itself, and the program's exit code follows from it.

use semola_document::Diagnostics;
use semola_lie::{ActError, IdentifyError, NameError, SpaceError};

use crate::durable::checkpoint::CheckpointError;
use crate::error::DataError;
use crate::table::TableError;

/// Who or what is to blame. The numbers are the exit codes of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Blame {
    /// The run: training failed, a file could not be written.
    Run = 1,
    /// What the user wrote: the pipeline file, or the command line.
    Pipeline = 2,
    /// The data, or files of a run that are damaged.
    Data = 3,
    /// Nobody: the work was asked to stop, its state is saved and it can be resumed.
    Interrupted = 75,
}

/// An error that says whose fault it is.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// Whose fault it is.
    fn blame(&self) -> Blame;

    /// What is wrong with a document, if that is what the error is about: shown with its lines.
    fn diagnostics(&self) -> Option<&Diagnostics> {
        None
    }
}

impl Fault for Diagnostics {
    fn blame(&self) -> Blame {
        if self.only_data() { Blame::Data } else { Blame::Pipeline }
    }

    fn diagnostics(&self) -> Option<&Diagnostics> {
        Some(self)
    }
}

impl Fault for DataError {
    fn blame(&self) -> Blame {
        match self {
            Self::Foreign { blame, .. } => *blame,
            Self::Pattern { .. }
            | Self::Twice(_)
            | Self::Field { .. }
            | Self::UnknownField { .. }
            | Self::Expression { .. } => Blame::Pipeline,
            Self::NotFound(_)
            | Self::EmptyDirectory(_)
            | Self::Io { .. }
            | Self::Corrupt { .. }
            | Self::TooLarge { .. }
            | Self::NotParquet { .. }
            | Self::NotRegular { .. }
            | Self::ColumnTwice { .. }
            | Self::NoRows(_)
            | Self::NothingLeft { .. }
            | Self::MissingColumn { .. }
            | Self::MissingInPart { .. }
            | Self::Kinds { .. }
            | Self::WrongType { .. }
            | Self::NotScalar { .. }
            | Self::Shape { .. }
            | Self::Invalid { .. }
            | Self::UnknownLabel { .. }
            | Self::Periodic { .. }
            | Self::MixedUnits(_)
            | Self::Row { .. } => Blame::Data,
        }
    }
}

impl Fault for TableError {
    fn blame(&self) -> Blame {
        match self {
            Self::Write { .. } | Self::Build { .. } | Self::Encode { .. } | Self::Matrix { .. } => Blame::Run,
            Self::Open { .. } | Self::Read { .. } | Self::Column { .. } => Blame::Data,
        }
    }
}

impl Fault for CheckpointError {
    fn blame(&self) -> Blame {
        Blame::Run
    }
}

impl Fault for NameError {
    fn blame(&self) -> Blame {
        Blame::Pipeline
    }
}

impl Fault for SpaceError {
    fn blame(&self) -> Blame {
        Blame::Pipeline
    }
}

/// What acts on what was checked with the pipeline.
impl Fault for ActError {
    fn blame(&self) -> Blame {
        Blame::Run
    }
}

impl Fault for IdentifyError {
    fn blame(&self) -> Blame {
        Blame::Run
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Purpose;

    #[test]
    fn an_error_says_whose_fault_it_is_and_the_exit_code_is_in_the_blame() {
        let codes = [Blame::Run, Blame::Pipeline, Blame::Data, Blame::Interrupted].map(|blame| blame as u8);
        assert_eq!(codes, [1, 2, 3, 75]);
        let twice = DataError::Twice("a.parquet".into());
        assert_eq!((twice.blame(), twice.diagnostics().is_none()), (Blame::Pipeline, true));
        let column = "c".to_owned();
        let list = DataError::NotScalar { path: "a".into(), column, found: "List".into(), purpose: Purpose::Key };
        assert_eq!(list.blame(), Blame::Data);
        let text = list.to_string();
        assert_eq!(text, "a: column `c` is of type List, but a key needs one number, truth value or string a row");
    }
}
