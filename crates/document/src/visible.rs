//! Text from elsewhere (data, file names, settings) in messages: what a terminal or a page would obey is shown instead.

use std::borrow::Cow;

/// The text on one line: control characters, line ends and marks that reorder or hide text are escaped, such as `\n` and
/// `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, is_obeyed)
}

/// The same for a text of several lines: line feeds and tabs stay.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| !matches!(c, '\n' | '\t') && is_obeyed(c))
}

/// JSON text whose strings hold nothing of that kind as it is: the same JSON.
pub fn visible_json(text: &str) -> Cow<'_, str> {
    let is_bad = |c: char| c != '\n' && is_obeyed(c);
    if !text.contains(is_bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match is_bad(c) {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn escaped(text: &str, is_bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_bad(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// Whether it is a command rather than a mark: control characters (C0, DEL, C1), line and paragraph separators, marks and
/// overrides of direction, and characters without width.
pub fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_and_the_rest_stays() {
        assert_eq!(
            visible("a\u{1b}]0;x\u{7}b\r\nc\td\u{9b}2J\u{7f}"),
            "a\\u{1b}]0;x\\u{7}b\\r\\nc\\td\\u{9b}2J\\u{7f}"
        );
        assert_eq!(visible("left\u{202e}right\u{2028}\u{200b}"), "left\\u{202e}right\\u{2028}\\u{200b}");
        for plain in ["", "so(1,3) ± 0.5 %", "Größe ∂x/∂t 速度 👩‍🔬", "C:\\new"] {
            assert!(matches!(visible(plain), Cow::Borrowed(text) if text == plain), "{plain}");
        }
        assert_eq!(visible_json("{\n \"a\u{7f}\u{9b}\u{e0041}\"}"), "{\n \"a\\u007f\\u009b\\udb40\\udc41\"}");
        assert_eq!(visible_lines("a\n\tb\r\u{1b}[31m"), "a\n\tb\\r\\u{1b}[31m");
    }
}
