//! The comment of an extended XYZ frame: `key=value` pairs.
//!
//! Grammar: the extended XYZ specification (github.com/libAtoms/extxyz): bare values end at white space, quoted ones
//! may hold it and escape `"` and `\` by `\`, arrays stand in `{}` or `[]`, a key alone is true.

use std::iter::Peekable;
use std::str::Chars;

/// A value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A key alone.
    Flag,
    /// A word, or what stood between quotes or braces: words that may be an array in the old style.
    Words(String),
    /// What stood between brackets: an array in the new style, with the brackets.
    Array(String),
}

/// Bytes of a comment at most: its words take up to a hundred times as much.
const MAX_COMMENT: usize = 1 << 20;

/// Pairs of a comment at most: each may become a column.
const MAX_PAIRS: usize = 2000;

/// The pairs of a comment, in order.
///
/// # Errors
/// A sentence, where a quote or a bracket is not closed, there is no key before a `=`, or the comment is too large.
pub fn pairs(comment: &str) -> Result<Vec<(String, Written)>, String> {
    if comment.len() > MAX_COMMENT {
        return Err(format!("the comment has {} bytes, and at most {MAX_COMMENT} are read", comment.len()));
    }
    let mut chars = comment.chars().peekable();
    let mut pairs = Vec::new();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if pairs.len() > MAX_PAIRS {
            return Err(format!("the comment holds more than {MAX_PAIRS} values"));
        }
        let key = match chars.peek() {
            None => return Ok(pairs),
            Some('"') => quoted(&mut chars, "a key")?,
            Some(_) => take_while(&mut chars, |c| !c.is_whitespace() && c != '='),
        };
        // `key = value` is rare, but allowed.
        let mut ahead = chars.clone();
        while ahead.next_if(|c| c.is_whitespace()).is_some() {}
        if ahead.peek() != Some(&'=') {
            pairs.push((key, Written::Flag));
            continue;
        }
        if key.is_empty() {
            return Err("there is no key before a `=`".to_owned());
        }
        chars = ahead;
        chars.next();
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let value = match chars.peek() {
            Some('"') => Written::Words(quoted(&mut chars, &key)?),
            Some('{') => Written::Words(braced(&mut chars, &key)?),
            Some('[') => Written::Array(bracketed(&mut chars, &key)?),
            _ => Written::Words(take_while(&mut chars, |c| !c.is_whitespace())),
        };
        pairs.push((key, value));
    }
}

fn take_while(chars: &mut Peekable<Chars>, keep: impl Fn(char) -> bool) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next_if(|c| keep(*c)) {
        text.push(c);
    }
    text
}

fn quoted(chars: &mut Peekable<Chars>, key: &str) -> Result<String, String> {
    chars.next();
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok(text),
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some(escaped) => text.push(escaped),
                None => break,
            },
            c => text.push(c),
        }
    }
    Err(format!("the quote of `{key}` is not closed"))
}

fn braced(chars: &mut Peekable<Chars>, key: &str) -> Result<String, String> {
    chars.next();
    let text = take_while(chars, |c| c != '}');
    chars.next().map(|_| text).ok_or_else(|| format!("the brace of `{key}` is not closed"))
}

/// Up to the bracket that closes the first, with both.
fn bracketed(chars: &mut Peekable<Chars>, key: &str) -> Result<String, String> {
    let mut text = String::new();
    let (mut depth, mut in_quotes) = (0_u32, false);
    for c in chars.by_ref() {
        text.push(c);
        match c {
            '"' => in_quotes = !in_quotes,
            '[' if !in_quotes => depth += 1,
            ']' if !in_quotes => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Ok(text);
        }
    }
    Err(format!("the bracket of `{key}` is not closed"))
}
