//! A data set that is read chunk by chunk, for data larger than memory.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow::array::ArrayRef;

use super::columns::{Columns, check_scalar};
use super::dataset::{Dataset, SourceFile};
use super::error::{DataError, Purpose};
use super::fields::plan_fields;
use super::foreign::Base;
use super::read::{Assembled, assemble, checked};
use super::row_cuts::Cuts;
use super::scalars::Scalars;
use super::source::{Part, Source};
use crate::settings::Read;

/// The opened files of a `read` stage. Only footers (and, with `group_by`, the column of keys) are held in memory.
pub struct Stream {
    source: Source,
    read: Read,
    keys: Vec<String>,
    /// The files, without the hashes of their content.
    files: Vec<SourceFile>,
    cuts: Cuts,
    /// Columns that [`Stream::identifiers`] gives, with no values but of the kind that they have in all files together.
    identifiers: BTreeMap<String, Scalars>,
}

/// The rows of a piece, as far as they are chosen and valid.
pub struct Piece {
    /// `None` if no row is left.
    pub data: Option<Dataset>,
    /// Rows left out by `on_invalid: drop`, by column.
    pub dropped: BTreeMap<String, usize>,
}

impl Stream {
    /// Opens the files of a `read` stage (with `like` resolved) and checks its columns. `keys` as for [`super::read()`];
    /// `identifiers` are scalar columns that can be asked for.
    ///
    /// # Errors
    /// If a file or a column is missing or has the wrong type.
    pub fn open<'a>(
        read: Read,
        base: impl Into<Base<'a>>,
        keys: Vec<String>,
        identifiers: &[String],
    ) -> Result<Self, DataError> {
        let source = Source::of(&read, base.into())?;
        checked(&source, &read, &keys)?;
        let cuts = match &read.group_by {
            Some(key) => {
                let ids = source.row_ids(0..source.rows)?;
                let columns = Columns { source: &source, ids: &ids, computed: &BTreeMap::new() };
                Cuts::between_examples(&columns.scalars(key)?.dense_ids())
            }
            None => Cuts::Anywhere,
        };
        let kind = |name: &String| {
            check_scalar(&source, name, Purpose::Copy)?;
            let firsts: Vec<u64> = source.parts.iter().map(|part| part.rows().start).collect();
            let columns = Columns { source: &source, ids: &firsts, computed: &BTreeMap::new() };
            Ok((name.clone(), columns.scalars(name)?.take(&[])))
        };
        let identifiers = identifiers.iter().map(kind).collect::<Result<_, DataError>>()?;
        let files = source.parts.iter().flat_map(Part::files).collect();
        Ok(Self { source, read, keys, files, cuts, identifiers })
    }

    /// Rows in all files.
    pub fn rows(&self) -> u64 {
        self.source.rows
    }

    /// The files, without the hashes of their content (but of files in other formats).
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The row groups of all files in order, as rows counted through all files. Where rows are points (`group_by`), those
    /// that share an example are one.
    pub fn groups(&self) -> Vec<Range<u64>> {
        let mut groups: Vec<Range<u64>> = Vec::new();
        let mut start = 0;
        for end in self.source.parts.iter().flat_map(|part| part.groups.iter().map(|group| group.end)) {
            let end = self.cuts.at_or_after(end);
            if end > start {
                groups.push(start..end);
                start = end;
            }
        }
        groups
    }

    /// A range of rows in pieces of about `most` rows that can be read one by one.
    pub fn pieces(&self, rows: Range<u64>, most: u64) -> Vec<Range<u64>> {
        let mut pieces = Vec::new();
        let mut start = rows.start;
        while start < rows.end {
            let end = self.cuts.at_or_after((start + most.max(1)).min(rows.end)).min(rows.end);
            pieces.push(start..end);
            start = end;
        }
        pieces
    }

    /// Reads a piece: whole row groups, or what [`Stream::pieces`] gave.
    ///
    /// # Errors
    /// As [`super::read()`], but for pieces without any row left.
    pub fn piece(&self, rows: Range<u64>) -> Result<Piece, DataError> {
        let plans = plan_fields(&self.source, &self.read).into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(match assemble(&self.source, &self.read, &plans, &self.keys, rows)? {
            Assembled::Data(data) => {
                let dropped = data.dropped.clone();
                Piece { data: Some(Dataset { files: self.files.clone(), ..data }), dropped }
            }
            Assembled::Nothing { dropped, .. } => Piece { data: None, dropped },
        })
    }

    /// A column named when the stream was opened, in these rows (ascending), of the same type for any rows.
    ///
    /// # Errors
    /// If it cannot be decoded.
    pub fn identifiers(&self, name: &str, rows: &[u64]) -> Result<ArrayRef, DataError> {
        let columns = Columns { source: &self.source, ids: rows, computed: &BTreeMap::new() };
        let mut column = self.identifiers.get(name).cloned().unwrap_or(Scalars::Text(Vec::new()));
        if !rows.is_empty() {
            column.append(columns.scalars(name)?);
        }
        Ok(column.into_array())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ActionName;
    use crate::testing::{Case, count, f32s, fixed, ints, texts};

    fn case() -> Case {
        let rows = |n: usize, first: i64| {
            let ids: Vec<i64> = (0..n as i64).map(|i| (first + i) / 4).collect();
            (fixed(f32s(&count(2 * n)), 2), ints(&ids))
        };
        let ((x, g), (x2, g2)) = (rows(8, 0), rows(5, 8));
        Case::new(&[("x", x, &[]), ("g", g, &[])])
            .file("b.parquet", &[("x", x2, &[]), ("g", g2, &[])])
            .acting("x", ActionName::Vector, Some(2))
            .with(|read| read.path = semola_document::OneOrMany::Many(vec!["a.parquet".into(), "b.parquet".into()]))
    }

    fn open(case: &Case) -> Stream {
        Stream::open(case.read.clone(), case.dir.path(), Vec::new(), &["g".to_owned()]).unwrap()
    }

    #[test]
    fn pieces_put_together_are_the_whole() {
        let case = case();
        let (stream, whole) = (open(&case), case.data());
        assert_eq!(stream.groups(), [0..3, 3..6, 6..8, 8..11, 11..13]);
        let mut rows = Vec::new();
        for piece in stream.groups().into_iter().flat_map(|group| stream.pieces(group, 2)) {
            let data = stream.piece(piece).unwrap().data.unwrap();
            let taken: Vec<usize> = data.row_ids.iter().map(|&id| id as usize).collect();
            assert_eq!(data.fields, whole.take(&taken).fields);
            rows.extend(data.row_ids);
        }
        assert_eq!(rows, whole.row_ids);
        assert_eq!(stream.identifiers("g", &[0, 5, 12]).unwrap().as_ref(), ints(&[0, 1, 3]).as_ref());
    }

    #[test]
    fn points_of_one_example_stay_together() {
        let case = case().with(|read| read.group_by = Some("g".into()));
        let stream = open(&case);
        assert_eq!(stream.groups(), [0..4, 4..8, 8..12, 12..13]);
        assert_eq!(stream.pieces(0..8, 1), [0..4, 4..8]);
        let data = stream.piece(4..8).unwrap().data.unwrap();
        assert_eq!((data.rows, data.row_ids.as_slice()), (1, &[4][..]));
    }

    #[test]
    fn a_piece_may_be_empty() {
        let case = case().with(|read| read.filter = Some("g = 2".into()));
        let stream = open(&case);
        assert!(stream.piece(0..3).unwrap().data.is_none());
        assert_eq!(stream.piece(6..13).unwrap().data.unwrap().row_ids, [8, 9, 10, 11]);
    }

    #[test]
    fn a_column_of_two_kinds_is_one_of_texts() {
        let case = Case::new(&[("x", f32s(&count(3)), &[]), ("g", ints(&[1, 2, 3]), &[])])
            .file("b.parquet", &[("x", f32s(&count(1)), &[]), ("g", texts(&["a"]), &[])])
            .field("x", Default::default())
            .with(|read| read.path = semola_document::OneOrMany::One("*.parquet".into()));
        let stream = open(&case);
        assert_eq!(stream.identifiers("g", &[1]).unwrap().as_ref(), texts(&["2"]).as_ref());
    }
}
