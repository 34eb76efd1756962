//! An amount of memory as people write it: `2GiB`, `500 MB`, or a number of bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount of memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Amount {
    /// Bytes.
    Bytes(u64),
    /// A number with a unit: B, kB, MB, GB, TB, KiB, MiB, GiB or TiB.
    Text(String),
}

const UNITS: [(&str, u64); 9] = [
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

impl Amount {
    /// The number of bytes.
    ///
    /// # Errors
    /// Says what an amount looks like.
    pub fn bytes(&self) -> Result<u64, String> {
        let text = match self {
            Self::Bytes(bytes) if *bytes > 0 => return Ok(*bytes),
            Self::Bytes(_) => "0",
            Self::Text(text) => text.trim(),
        };
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = unit.trim().to_lowercase();
        let unit = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size);
        // Beyond 2^53 bytes an amount may be off by some.
        let bytes = number.parse::<f64>().ok().zip(unit).map(|(number, unit)| number * unit as f64);
        match bytes {
            Some(bytes) if bytes >= 1.0 && bytes < u64::MAX as f64 => Ok(bytes as u64),
            _ => Err(format!("'{text}' is no amount of memory; write a number and a unit, such as 2GiB or 500MB")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_a_number_and_a_unit() {
        let bytes = |text: &str| Amount::Text(text.to_owned()).bytes();
        assert_eq!(bytes("2GiB"), Ok(2 << 30));
        assert_eq!(bytes(" 1.5 MB "), Ok(1_500_000));
        assert_eq!(bytes("64 kib"), Ok(65_536));
        assert_eq!(Amount::Bytes(7).bytes(), Ok(7));
        for wrong in ["", "2", "GiB", "two GiB", "2 apples", "-1GB", "0MB", "1e400GB", "99999999999999TiB", "1.2.3MB"] {
            assert!(bytes(wrong).is_err_and(|why| why.contains("such as 2GiB")), "{wrong}");
        }
        assert!(Amount::Bytes(0).bytes().is_err());
    }
}
