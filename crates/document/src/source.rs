//! Where text comes from, and places in it.

/// A text that values were written in: the document, or one `--set` argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What messages call it: the file's path as given, or the whole argument (`--set a.b=1`).
    pub name: String,
    /// The text that spans count bytes in.
    pub text: String,
    /// Command-line arguments are named in messages without line and column.
    pub argument: bool,
}

impl Source {
    /// A file's text.
    pub fn file(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), argument: false }
    }

    /// One `--set` argument.
    pub fn set(argument: &str) -> Self {
        Self { name: format!("--set {argument}"), text: argument.to_owned(), argument: true }
    }

    /// The text of a line counted from 1, without its line end; empty beyond the end.
    pub fn line(&self, number: usize) -> &str {
        self.text.lines().nth(number.saturating_sub(1)).unwrap_or("").trim_start_matches('\u{feff}')
    }

    /// A span of at most the rest of the text, on character boundaries.
    pub fn byte_range(&self, span: Span) -> std::ops::Range<usize> {
        let mut start = span.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = start.saturating_add(span.len).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        start..end.max(start)
    }
}

/// A place in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Which source: 0 is the file, then the `--set` arguments in order.
    pub source: usize,
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted in characters from 1.
    pub column: usize,
    /// First byte.
    pub start: usize,
    /// Length in bytes (0 where only the start is known).
    pub len: usize,
}

impl Span {
    /// The place of a byte in a text.
    pub fn at_byte(source: usize, text: &str, byte: usize, len: usize) -> Self {
        let mut start = byte.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        Self { source, line, column: before[line_start..].chars().count() + 1, start, len }
    }

    /// The byte at a line and column (both from 1) of a text, at most its end.
    pub fn byte_at(text: &str, line: usize, column: usize) -> usize {
        let mut start = 0;
        for piece in text.split_inclusive('\n').take(line.saturating_sub(1)) {
            start += piece.len();
        }
        let rest = text.get(start..).unwrap_or("");
        start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(i, _)| i)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_columns_agree_on_multi_byte_text() {
        let text = "é: 1\nab: ü\n";
        let byte = text.find('ü').unwrap();
        let span = Span::at_byte(0, text, byte, 2);
        assert_eq!((span.line, span.column), (2, 5));
        assert_eq!(Span::byte_at(text, 2, 5), byte);
        assert_eq!(Span::byte_at(text, 9, 9), text.len());
    }

    #[test]
    fn ranges_never_leave_the_text_nor_cut_a_character() {
        let source = Source::file("f", "aé");
        let span = Span { source: 0, line: 1, column: 1, start: 2, len: 900 };
        assert_eq!(source.byte_range(span), 1..3);
        assert_eq!(source.byte_range(Span { start: 900, ..span }), 3..3);
    }
}
