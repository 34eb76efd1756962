//! Diagnostics as text.

use std::fmt;

use miette::{GraphicalReportHandler, LabeledSpan, NamedSource, SourceCode};

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::source::{Source, Span};
use super::visible::{is_obeyed, visible};

/// Widest part of a line that a plain snippet shows, in characters.
const SNIPPET_WIDTH: usize = 110;

/// For logs: one `file:line:column: error: …` per diagnostic, then the line with a caret, then the help.
pub(crate) fn plain(all: &Diagnostics) -> String {
    let blocks: Vec<String> = all.items().into_iter().map(|d| plain_one(d, all.source_of(d), all.noun())).collect();
    blocks.join("\n")
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error | Severity::DataError => "error",
        Severity::Warning => "warning",
    }
}

fn plain_one(diagnostic: &Diagnostic, source: Option<&Source>, noun: &str) -> String {
    let mut text = String::new();
    let name = visible(source.map_or(noun, |s| &s.name));
    let place = diagnostic.span.filter(|_| !source.is_some_and(|s| s.argument));
    match place {
        Some(span) => text += &format!("{name}:{}:{}: ", span.line, span.column),
        None => text += &format!("{name}: "),
    }
    text += &format!("{}: {}", word(diagnostic.severity), diagnostic.message);
    if let (Some(span), Some(source)) = (place, source) {
        text += &snippet(source, span);
    }
    if let Some(help) = &diagnostic.help {
        text += &format!("\n  = help: {help}");
    }
    text
}

/// The line of a span with a caret below; a window of it where the line is long. Empty for an empty line.
fn snippet(source: &Source, span: Span) -> String {
    let line = source.line(span.line);
    if line.trim().is_empty() {
        return String::new();
    }
    let start = span.column.saturating_sub(1);
    let skip = if start + 20 > SNIPPET_WIDTH { start.saturating_sub(SNIPPET_WIDTH / 2) } else { 0 };
    let clean = |c: char| if is_obeyed(c) { ' ' } else { c };
    let shown: String = line.chars().skip(skip).take(SNIPPET_WIDTH).map(clean).collect();
    let marked = source.text.get(source.byte_range(span)).unwrap_or("");
    let wanted = marked.lines().next().unwrap_or("").chars().count().max(1);
    let width = wanted.min((shown.chars().count() + skip).saturating_sub(start).max(1));
    let number = span.line.to_string();
    let margin = " ".repeat(number.len());
    let lead = " ".repeat(start - skip);
    format!("\n {margin} |\n {number} | {shown}\n {margin} | {lead}{}", "^".repeat(width))
}

/// The text with what a terminal obeys blanked out, every character as long as it was.
fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !matches!(c, '\n' | '\r' | '\t') && is_obeyed(c) {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}

/// For terminals.
pub(crate) fn fancy(all: &Diagnostics) -> String {
    let handler = GraphicalReportHandler::new();
    let mut text = String::new();
    for diagnostic in all.items() {
        let report = Report::new(diagnostic, all.source_of(diagnostic));
        if handler.render_report(&mut text, &report).is_err() {
            text += &plain_one(diagnostic, all.source_of(diagnostic), all.noun());
        }
    }
    text
}

/// A diagnostic with its text, in miette's form.
#[derive(Debug)]
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    message: String,
    code: Option<NamedSource<String>>,
    label: Option<LabeledSpan>,
}

impl<'a> Report<'a> {
    fn new(diagnostic: &'a Diagnostic, source: Option<&Source>) -> Self {
        let (mut code, mut label) = (None, None);
        let mut message = diagnostic.message.clone();
        match (source, diagnostic.span) {
            (Some(source), Some(span)) => {
                code = Some(NamedSource::new(visible(&source.name), blanked(&source.text)));
                label = Some(LabeledSpan::underline(source.byte_range(span)));
            }
            (Some(source), None) => message = format!("{}: {message}", visible(&source.name)),
            _ => {}
        }
        Self { diagnostic, message, code, label }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error | Severity::DataError => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.code.as_ref().map(|code| code as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.label.clone().map(|label| Box::new(std::iter::once(label)) as _)
    }
}
