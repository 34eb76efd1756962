//! Diagnostics as text.

use std::fmt;

use miette::{GraphicalReportHandler, LabeledSpan, NamedSource, SourceCode};

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::source::{Source, Span};

/// Widest part of a line that a plain snippet shows, in characters.
const SNIPPET_WIDTH: usize = 110;

/// For logs: one `file:line:column: error: …` a diagnostic, then the line with a caret, then the help.
pub(super) fn plain(all: &Diagnostics) -> String {
    let blocks: Vec<String> = all.items().into_iter().map(|d| plain_one(d, all.source_of(d))).collect();
    blocks.join("\n")
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error | Severity::DataError => "error",
        Severity::Warning => "warning",
    }
}

fn plain_one(diagnostic: &Diagnostic, source: Option<&Source>) -> String {
    let mut text = String::new();
    let name = source.map_or("pipeline", |s| &s.name);
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
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let shown: String = line.chars().skip(skip).take(SNIPPET_WIDTH).map(clean).collect();
    let marked = source.text.get(source.byte_range(span)).unwrap_or("");
    let wanted = marked.lines().next().unwrap_or("").chars().count().max(1);
    let width = wanted.min((shown.chars().count() + skip).saturating_sub(start).max(1));
    let number = span.line.to_string();
    let margin = " ".repeat(number.len());
    let lead = " ".repeat(start - skip);
    format!("\n {margin} |\n {number} | {shown}\n {margin} | {lead}{}", "^".repeat(width))
}

/// For terminals.
pub(super) fn fancy(all: &Diagnostics) -> String {
    let handler = GraphicalReportHandler::new();
    let mut text = String::new();
    for diagnostic in all.items() {
        let report = Report::new(diagnostic, all.source_of(diagnostic));
        if handler.render_report(&mut text, &report).is_err() {
            text += &plain_one(diagnostic, all.source_of(diagnostic));
        }
    }
    text
}

/// A diagnostic with its text, as miette wants it.
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
                code = Some(NamedSource::new(&source.name, source.text.clone()));
                label = Some(LabeledSpan::underline(source.byte_range(span)));
            }
            (Some(source), None) => message = format!("{}: {message}", source.name),
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

#[cfg(test)]
mod tests {
    use crate::spec::{Diagnostics, Document};

    fn broken(text: &str, sets: &[String]) -> Diagnostics {
        Document::from_text("pipeline.yaml", text, sets).unwrap_err()
    }

    #[test]
    fn plain_text_shows_place_message_line_and_help() {
        let all = broken("name: ä\nstages: []\nsed: 3\n", &[]);
        let wanted = "\
pipeline.yaml:3:1: error: unknown key 'sed'; did you mean 'seed'?
   |
 3 | sed: 3
   | ^^^
  = help: the keys here are 'name', 'description', 'seed', 'grid', 'zip', 'list', 'stages'";
        assert_eq!(all.to_string(), wanted);
    }

    #[test]
    fn arguments_are_named_without_a_line() {
        let all = broken("name: a\nstages: []\n", &["seed=x".to_owned()]);
        let wanted = "--set seed=x: error: expected a whole number from 0 or a list (each item a whole number from 0), found the text 'x'";
        assert_eq!(all.to_string(), wanted);
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let text = format!("{{name: {}, stages: [], sed: 3}}\n", "x".repeat(400));
        let shown = broken(&text, &[]).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[2].chars().count() < 130, "{shown}");
        let caret = lines[3].find('^').unwrap();
        assert_eq!(&lines[2][caret..caret + 3], "sed");
    }

    #[test]
    fn the_terminal_form_names_the_file_and_marks_the_place() {
        let shown = broken("name: a\nstages: []\nsed: 3\n", &[]).render(true);
        assert!(shown.contains("unknown key 'sed'") && shown.contains("pipeline.yaml:3:1"), "{shown}");
    }
}
