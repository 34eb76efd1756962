//! The first lines of a CSV file: its delimiter and the names of the columns.

use std::collections::HashSet;
use std::path::Path;

use super::chunk::{MAX_ROW, SPACES, reader, squeezed};
use super::types::is_number;
use crate::error::{ImportError, RowFault};
use crate::open::Lines;

/// What the first lines say.
pub struct Header {
    /// The byte between values.
    pub delimiter: u8,
    /// Names of the columns.
    pub names: Vec<String>,
    /// Does the first row hold the names, and no values?
    pub named: bool,
}

impl Header {
    /// Reads the first rows of a file; `stated` says whether the first holds names, where the user does.
    ///
    /// # Errors
    /// If the file cannot be read, or its first line holds no names, one twice, or what looks like values.
    pub fn read(path: &Path, stated: Option<bool>) -> Result<Self, ImportError> {
        let fault = |what: &str| RowFault::line(1, "row", what).into_error(path);
        let mut lines = Lines::open(path)?;
        let too_long = |line| {
            let what = "the row is larger than 32 MiB; is this a table, and is its first quote closed?";
            RowFault::line(line, "row", what).into_error(path)
        };
        let first = raw_row(&mut lines)?.ok_or_else(|| too_long(1))?;
        let begun = lines.line() + 1;
        let second = raw_row(&mut lines)?.ok_or_else(|| too_long(begun))?;
        let delimiter = sniff(&first, &second);
        let words = |raw: &[u8]| -> Result<Vec<String>, ImportError> {
            let raw = if delimiter == SPACES { squeezed(raw) } else { raw.to_vec() };
            let mut record = csv::ByteRecord::new();
            reader(&raw, delimiter).read_byte_record(&mut record).map_err(|e| fault(&e.to_string()))?;
            Ok(record.iter().map(|word| String::from_utf8_lossy(word).trim().to_owned()).collect())
        };
        let mut names = words(&first)?;
        let values = words(&second)?;
        if names.is_empty() {
            return Err(fault("the names of the columns should be here, but the line is empty"));
        }
        if stated == Some(false) {
            let names = (0..names.len()).map(|i| format!("column_{i}")).collect();
            return Ok(Self { delimiter, names, named: false });
        }
        if std::str::from_utf8(&first).is_err() {
            let how = "convert the file, for example with `iconv -f latin1 -t utf8`";
            return Err(fault(&format!("the names of the columns are not UTF-8 text; {how}")));
        }
        uncommented(&mut names, &values, delimiter);
        if stated.is_none()
            && let Some(value) = looks_like_a_row(&names, &values)
        {
            let advice = "say --no-header if this line is a row, --header if it holds names (in a pipeline `import: {header: false}` or `true`)";
            return Err(fault(&format!(
                "the first line should name the columns, but it holds numbers, such as `{value}`; {advice}"
            )));
        }
        for (i, name) in names.iter_mut().enumerate().filter(|(_, name)| name.is_empty()) {
            *name = format!("column_{i}");
        }
        let mut known = HashSet::new();
        match names.iter().find(|name| !known.insert(name.as_str())) {
            Some(twice) => Err(fault(&format!(
                "two columns are named `{twice}`; rename one, or say --no-header if this line is a row"
            ))),
            None => Ok(Self { delimiter, names, named: true }),
        }
    }
}

/// The bytes of a row, whose quoted values may hold ends of lines; empty at the end of the file, `None` if it is too long.
fn raw_row(lines: &mut Lines) -> Result<Option<Vec<u8>>, ImportError> {
    let mut row = Vec::new();
    let mut quotes = 0;
    loop {
        let before = row.len();
        if !lines.next(&mut row)? {
            return Ok(Some(row));
        }
        quotes += row.iter().skip(before).filter(|b| **b == b'"').count();
        if row.len() > MAX_ROW {
            return Ok(None);
        }
        if quotes % 2 == 0 {
            return Ok(Some(row));
        }
    }
}

/// The byte that parts the values: of comma, semicolon, tab and bar the most frequent one outside quotes, and of those that
/// part the second row into as many values, if there are some. Spaces, if there is none of these and numbers follow.
fn sniff(first: &[u8], second: &[u8]) -> u8 {
    let counts = |row: &[u8], delimiter: u8| {
        let mut in_quotes = false;
        let outside = |byte: &&u8| {
            in_quotes ^= **byte == b'"';
            !in_quotes && **byte == delimiter
        };
        row.iter().filter(outside).count()
    };
    let found = [b',', b';', b'\t', b'|'].map(|d| (d, counts(first, d), counts(second, d)));
    let found = found.iter().filter(|(_, count, _)| *count > 0);
    // The first of equally good ones.
    let best = found.rev().max_by_key(|(_, count, below)| (count == below, *count));
    if let Some((delimiter, ..)) = best {
        return *delimiter;
    }
    let words = |row: &[u8]| -> Vec<String> {
        let mut record = csv::ByteRecord::new();
        // What cannot be read here cannot be later either, and is told then.
        let read = reader(&squeezed(row), SPACES).read_byte_record(&mut record);
        let words = record.iter().filter(|_| read.is_ok());
        words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    };
    let (names, values) = (words(first), words(second));
    let marked = usize::from(names.first().is_some_and(|name| name == "#"));
    let same = values.len() == names.len() || values.len() + marked == names.len();
    if values.len() > 1 && same && values.iter().any(|word| is_number(word)) { SPACES } else { b',' }
}

/// Takes off the `#` that NumPy puts in front of the names.
fn uncommented(names: &mut Vec<String>, values: &[String], delimiter: u8) {
    if delimiter == SPACES && names.len() == values.len() + 1 && names.first().is_some_and(|name| name == "#") {
        names.remove(0);
    } else if let Some(first) = names.first_mut()
        && let Some(rest) = first.strip_prefix("# ")
    {
        *first = rest.trim().to_owned();
    }
}

/// A number among the names, if the value below is one too or all names are numbers.
fn looks_like_a_row<'a>(names: &'a [String], values: &[String]) -> Option<&'a str> {
    let all = names.iter().all(|name| is_number(name));
    let below = |i: usize| values.get(i).is_none_or(|value| is_number(value));
    let found = names.iter().enumerate().find(|(i, name)| is_number(name) && (all || below(*i)));
    found.map(|(_, name)| name.as_str())
}
