//! Names of places in a document: `stages[3].train.model.mlp.hidden`.

use std::fmt;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// A key of a map.
    Key(String),
    /// An index of a list, from 0.
    Index(usize),
}

/// A place in a document, from its root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// Reads `a.b[3].c`; keys with other characters are quoted: `fields["a.b"].dim`.
    ///
    /// # Errors
    /// A text that says what is wrong with the path.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            rest = if let Some(inner) = rest.strip_prefix('[') {
                let (segment, rest) = bracket(inner)?;
                segments.push(segment);
                rest
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if end == 0 {
                    return Err("a name is missing beside a dot".to_owned());
                }
                segments.push(Segment::Key(rest[..end].to_owned()));
                &rest[end..]
            };
            if let Some(after) = rest.strip_prefix('.') {
                if after.is_empty() {
                    return Err("a name is missing after the last dot".to_owned());
                }
                rest = after;
            } else if !rest.is_empty() && !rest.starts_with('[') {
                return Err("after `]` comes a dot or the end".to_owned());
            }
        }
        Ok(Self(segments))
    }

    /// This path and a key below it.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Key(key.to_owned()));
        Self(segments)
    }

    /// This path and an index below it.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Index(index));
        Self(segments)
    }
}

/// What stands after `[`: a number or a quoted key; also the text after the `]`.
fn bracket(inner: &str) -> Result<(Segment, &str), String> {
    if let Some(quoted) = inner.strip_prefix('"') {
        let end = quoted.find("\"]").ok_or("a quoted key ends with `\"]`")?;
        return Ok((Segment::Key(quoted[..end].to_owned()), &quoted[end + 2..]));
    }
    let end = inner.find(']').ok_or("`[` without `]`")?;
    let index = inner[..end].trim().parse().map_err(|_| format!("'{}' is not an index", &inner[..end]))?;
    Ok((Segment::Index(index), &inner[end + 1..]))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if key.is_empty() || key.contains(['.', '[', ']']) => write!(f, "[\"{key}\"]")?,
                Segment::Key(key) if i == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_writing_and_reading() {
        for text in ["name", "stages[3].train.model.mlp.hidden[0]", "stages[0].read.fields[\"a.b\"].dim", ""] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Path::default().key("a").index(2).to_string(), "a[2]");
    }

    #[test]
    fn broken_paths_are_refused() {
        for text in ["a..b", ".a", "a.", "a[x]", "a[1", "a[\"b", "a[1]b"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
