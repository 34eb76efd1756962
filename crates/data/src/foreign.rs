//! Files in other formats: a Parquet file stands in for them, which somebody else makes.
//!
//! This crate reads Parquet only. Who opens a data set may bring a [`Foreign`] along, which turns files of another format
//! into a Parquet file; messages, fingerprints and row counts are then those of the files that were named.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::dataset::SourceFile;
use super::error::DataError;
use crate::settings::{Import, OnInvalid};

/// Where paths start, and who makes Parquet files of other formats.
#[derive(Clone, Copy)]
pub struct Base<'a> {
    /// Paths are relative to this directory.
    pub directory: &'a Path,
    /// `None`: Parquet only.
    pub foreign: Option<&'a dyn Foreign>,
}

impl<'a> From<&'a Path> for Base<'a> {
    fn from(directory: &'a Path) -> Self {
        Self { directory, foreign: None }
    }
}

/// How files of another format are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct How {
    pub import: Import,
    /// What is to be done with rows that are no valid rows of the format.
    pub on_invalid: OnInvalid,
}

/// Turns files of other formats into Parquet.
pub trait Foreign: Sync {
    /// A Parquet file with the rows of these files (or directories), which belong together.
    ///
    /// # Errors
    /// If they cannot be read as what they are: [`DataError::Foreign`].
    fn stand_in(&self, files: &[PathBuf], how: How) -> Result<StandIn, DataError>;
}

/// A Parquet file in the place of other files.
#[derive(Debug, Clone, PartialEq)]
pub struct StandIn {
    pub parquet: PathBuf,
    /// The files that it was made of, with the hashes of their bytes; the first has all rows.
    pub originals: Vec<SourceFile>,
    /// Rows that were left out when it was made, by column.
    pub dropped: BTreeMap<String, usize>,
}

impl StandIn {
    /// What messages call the files that it was made of.
    pub fn label(&self) -> PathBuf {
        match self.originals.as_slice() {
            [] => self.parquet.clone(),
            [one] => one.path.clone(),
            [first, rest @ ..] => format!("{} and {} more", first.path.display(), rest.len()).into(),
        }
    }
}

/// Whether a file is in another format, by its name and its first bytes: what is called Parquet is damaged rather.
pub fn is_foreign(path: &Path) -> bool {
    let named = path.extension().is_some_and(|e| ["parquet", "parq", "pq"].iter().any(|p| e.eq_ignore_ascii_case(p)));
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4).read_to_end(&mut head));
    !named && read.is_ok() && head != b"PAR1" && head != b"PARE"
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::settings::Read;
    use crate::testing::{Case, f64s, write};
    use crate::{Blame, Fault, Stream, files_of, probe, profile, read};

    /// Takes the Parquet file beside a text for what the text says.
    #[derive(Default)]
    struct Beside(Mutex<Vec<(usize, How)>>);

    impl Foreign for Beside {
        fn stand_in(&self, files: &[PathBuf], how: How) -> Result<StandIn, DataError> {
            self.0.lock().unwrap().push((files.len(), how));
            let original = |path: &PathBuf| SourceFile { path: path.clone(), hash: "ab".into(), rows: 3 };
            let dropped = BTreeMap::from([("x".to_owned(), 2)]);
            let parquet = files[0].with_extension("parquet");
            Ok(StandIn { parquet, originals: files.iter().map(original).collect(), dropped })
        }
    }

    fn case() -> Case {
        let case = Case::new(&[("x", f64s(&[1.0, f64::NAN, 3.0]), &[])]).field("x", Default::default());
        std::fs::write(case.path("a.txt"), "1\n").unwrap();
        case.with(|read| read.path = semola_document::OneOrMany::One("a.txt".into()))
    }

    #[test]
    fn the_files_that_were_named_are_told_and_hashed() {
        let (case, beside) = (case(), Beside::default());
        let base = Base { directory: case.dir.path(), foreign: Some(&beside) };
        let error = read(&case.read, base, &[]).unwrap_err().to_string();
        assert!(error.contains("a.txt: column `x`, row 1"), "{error}");
        let drop = Read { on_invalid: OnInvalid::Drop, ..case.read.clone() };
        let data = read(&drop, base, &[]).unwrap();
        assert_eq!((data.rows, data.files[0].hash.as_str(), data.dropped["x"]), (2, "ab", 3));
        assert_eq!(data.files[0].path, case.path("a.txt"));
        assert_eq!(probe(&case.read, base, &[]).unwrap().rows, 3);
        assert_eq!(profile(&["a.txt".into()], base, How::default()).unwrap().files, [case.path("a.txt")]);
        assert_eq!(files_of(&drop, base).unwrap()[0].hash, "ab");
        let stream = Stream::open(case.read.clone(), base, Vec::new(), &[]).unwrap();
        assert_eq!((stream.files()[0].hash.as_str(), stream.rows()), ("ab", 3));
        let asked = beside.0.lock().unwrap();
        assert_eq!(asked[1].1, How { on_invalid: OnInvalid::Drop, ..How::default() });
    }

    #[test]
    fn without_somebody_who_reads_them_other_formats_are_refused() {
        let case = case();
        let error = read(&case.read, case.dir.path(), &[]).unwrap_err();
        assert!(matches!(&error, DataError::NotParquet { .. }) && error.blame() == Blame::Data, "{error}");
        // What is called Parquet is not handed on, nor a directory with Parquet files in it.
        let beside = Beside::default();
        let base = Base { directory: case.dir.path(), foreign: Some(&beside) };
        std::fs::write(case.path("b.parquet"), "text").unwrap();
        let at = |path: &str| Read { path: semola_document::OneOrMany::One(path.into()), ..case.read.clone() };
        assert!(matches!(probe(&at("b.parquet"), base, &[]), Err(DataError::NotParquet { .. })));
        std::fs::remove_file(case.path("b.parquet")).unwrap();
        assert!(probe(&at("."), base, &[]).is_ok() && beside.0.lock().unwrap().is_empty());
        write(&case.path("c/a.parquet"), &[("x", f64s(&[1.0]), &[])]);
        std::fs::create_dir(case.path("d")).unwrap();
        assert!(probe(&at("d"), base, &[]).is_err());
        assert_eq!(beside.0.lock().unwrap()[0].0, 1);
    }
}
