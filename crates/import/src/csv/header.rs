//! The first line of a CSV file: its delimiter and the names of the columns.

use std::path::Path;

use super::chunk;
use crate::error::{ImportError, RowFault};
use crate::open::Lines;
use crate::records::MAX_RECORD;

/// What the first line says.
pub struct Header {
    /// The byte between values.
    pub delimiter: u8,
    /// Names of the columns.
    pub names: Vec<String>,
}

impl Header {
    /// Reads the first line of a file.
    ///
    /// # Errors
    /// If the file cannot be read, or its first line holds no names, one twice, or only numbers.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let mut lines = Lines::open(path)?;
        let mut first = Vec::new();
        // A quoted name may hold the end of a line.
        while lines.next(&mut first)? {
            if first.iter().filter(|b| **b == b'"').count() % 2 == 0 || first.len() > MAX_RECORD {
                break;
            }
        }
        let fault = |what: &str| RowFault::line(1, "row", what).into_error(path);
        let delimiter = sniff(&first);
        let mut reader = chunk::reader(&first, delimiter);
        let mut record = csv::StringRecord::new();
        let found = reader.read_record(&mut record).map_err(|e| fault(&e.to_string()))?;
        if !found {
            return Err(fault("the names of the columns should be here, but the line is empty"));
        }
        if record.iter().all(|name| name.trim().parse::<f64>().is_ok()) {
            return Err(fault("the first line should name the columns, but it holds numbers"));
        }
        let name = |(i, name): (usize, &str)| match name.trim() {
            "" => format!("column_{i}"),
            name => name.to_owned(),
        };
        let names: Vec<String> = record.iter().enumerate().map(name).collect();
        match names.iter().enumerate().find(|(i, name)| names.iter().take(*i).any(|other| other == *name)) {
            Some((_, twice)) => Err(fault(&format!("two columns are named `{twice}`"))),
            None => Ok(Self { delimiter, names }),
        }
    }
}

/// The most frequent of comma, semicolon and tab outside quotes.
fn sniff(line: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut in_quotes = false;
    for byte in line {
        in_quotes ^= *byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(!in_quotes && byte == delimiter);
        }
    }
    // The first of equally frequent ones.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}
