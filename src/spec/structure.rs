//! The structural check: keys, types and choices of a document against the grammar, all errors at once.

use super::grammar::{Grammar, Member, Shape};
use super::node::{Content, Entry, Node};
use super::path::Path;
use super::quoted_list;
use super::source::Span;
use super::suggest::{did_you_mean, meant};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub path: Path,
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
}

/// Everything in the document that the grammar does not allow.
pub(super) fn check(grammar: &Grammar, root: &Node) -> Vec<Finding> {
    let mut checker = Checker { grammar, findings: Vec::new() };
    checker.node(&grammar.root, root, &Path::default(), root.span);
    checker.findings
}

struct Checker<'a> {
    grammar: &'a Grammar,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn report(&mut self, path: &Path, span: Span, message: String, help: Option<String>) {
        self.findings.push(Finding { path: path.clone(), span, message, help });
    }

    /// `owner` is where the key of this value stands: what is missing is missing there.
    fn node(&mut self, shape: &Shape, node: &Node, path: &Path, owner: Span) {
        let grammar = self.grammar;
        match (grammar.resolve(shape), &node.content) {
            (Shape::Either(shapes), _) => self.either(shape, shapes, node, path, owner),
            (Shape::Choice { words, tagged }, Content::Text(_) | Content::Map(_)) => {
                self.choice(words, tagged, node, path, owner);
            }
            (resolved, _) if !grammar.looks_like(resolved, node) => self.wrong_type(resolved, node, path, owner),
            (Shape::Integer { min, max }, Content::Number(number)) => {
                let small = min.is_some_and(|min| number.as_i64().is_some_and(|n| n < min));
                let large = max.is_some_and(|max| number.as_u64().is_some_and(|n| n > max));
                if small || large {
                    let bound = if small { format!("at least {}", min.unwrap_or(0)) } else { upper(*max) };
                    self.report(path, node.span, format!("expected a whole number, {bound}, found {number}"), None);
                }
            }
            (Shape::List { item, min, max }, Content::List(items)) => {
                if items.len() < *min || items.len() > *max {
                    let wanted = if min == max { min.to_string() } else { format!("{min} to {max}") };
                    let message = format!("expected a list of {wanted} items, found {}", items.len());
                    self.report(path, node.span, message, None);
                }
                for (i, below) in items.iter().enumerate() {
                    self.node(item, below, &path.index(i), below.span);
                }
            }
            (Shape::Record(members), Content::Map(entries)) => self.record(members, entries, path, owner),
            (Shape::Table(item), Content::Map(entries)) => {
                for entry in entries {
                    self.node(item, &entry.node, &path.key(&entry.key), entry.key_span);
                }
            }
            _ => {}
        }
    }

    fn wrong_type(&mut self, shape: &Shape, node: &Node, path: &Path, owner: Span) {
        let expected = self.grammar.expected(shape);
        let message = format!("expected {expected}, found {}", node.describe());
        let scalar = matches!(node.content, Content::Number(_) | Content::Bool(_));
        let help = match &node.content {
            _ if scalar && self.takes_text(shape) => Some("put the value in quotes to make it a text".to_owned()),
            // Source 0 is the file, the others are `--set` arguments.
            Content::Null if node.span.source > 0 => Some("write a value after the `=`".to_owned()),
            Content::Null => Some("write a value after the colon, or remove the key".to_owned()),
            Content::NotFinite(_) => Some("numbers must be finite".to_owned()),
            _ => None,
        };
        let own = node.content != Content::Null || node.span.source != owner.source;
        let span = if own { node.span } else { owner };
        self.report(path, span, message, help);
    }

    fn takes_text(&self, shape: &Shape) -> bool {
        match self.grammar.resolve(shape) {
            Shape::Text => true,
            Shape::Either(shapes) => shapes.iter().any(|s| self.takes_text(s)),
            _ => false,
        }
    }

    fn record(&mut self, members: &[Member], entries: &[Entry], path: &Path, owner: Span) {
        let keys = || members.iter().map(|m| m.key.as_str());
        let mut misspelt = Vec::new();
        for entry in entries {
            match members.iter().find(|m| m.key == entry.key) {
                Some(member) => self.node(&member.shape, &entry.node, &path.key(&entry.key), entry.key_span),
                None => {
                    misspelt.extend(did_you_mean(&entry.key, keys()));
                    let message = format!("unknown key '{}'{}", entry.key, meant(&entry.key, keys()));
                    let help =
                        comma_help(entry).unwrap_or_else(|| format!("the keys here are {}", quoted_list(keys())));
                    self.report(&path.key(&entry.key), entry.key_span, message, Some(help));
                }
            }
        }
        // A key that is there under a misspelt name is told only there.
        let absent = |key: &str| !misspelt.contains(&key) && !entries.iter().any(|e| e.key == key);
        // A `like` that is still there could not be followed: what it would have given is not known.
        let unmerged = entries.iter().any(|e| e.key == "like");
        let missing: Vec<&str> = members
            .iter()
            .filter(|m| m.required && absent(&m.key) && (!unmerged || m.key == "as"))
            .map(|m| m.key.as_str())
            .collect();
        if !missing.is_empty() {
            let plural = if missing.len() == 1 { "key" } else { "keys" };
            self.report(path, owner, format!("missing required {plural} {}", quoted_list(missing)), None);
        }
    }

    fn choice(&mut self, words: &[String], tagged: &[(String, Shape)], node: &Node, path: &Path, owner: Span) {
        let names = || words.iter().map(String::as_str).chain(tagged.iter().map(|(name, _)| name.as_str()));
        let all = || quoted_list(names());
        let unknown = |name: &str| format!("unknown value '{name}'{}", meant(name, names()));
        let help = || Some(format!("expected one of {}", all()));
        match (node.text(), node.entries()) {
            (Some(word), _) if words.iter().any(|w| w == word) => {}
            (Some(word), _) if tagged.iter().any(|(name, _)| name == word) => {
                let message = format!("'{word}' needs settings of its own: write `{word}: …`");
                self.report(path, node.span, message, None);
            }
            (Some(word), _) => self.report(path, node.span, unknown(word), help()),
            (None, []) => self.report(path, owner, format!("expected one of {}, found an empty map", all()), None),
            (None, [entry]) => {
                let below = path.key(&entry.key);
                if let Some((_, shape)) = tagged.iter().find(|(name, _)| *name == entry.key) {
                    self.node(shape, &entry.node, &below, entry.key_span);
                } else if words.contains(&entry.key) {
                    let message = format!("'{}' takes no settings: write it as a plain word", entry.key);
                    self.report(&below, entry.key_span, message, None);
                } else {
                    self.report(&below, entry.key_span, unknown(&entry.key), help());
                }
            }
            (None, several) => self.too_many(&all(), several, path),
        }
    }

    /// A choice with several keys is mostly wrong indentation.
    fn too_many(&mut self, all: &str, entries: &[Entry], path: &Path) {
        let [first, second, ..] = entries else { return };
        let keys = quoted_list(entries.iter().map(|e| &e.key));
        let help = match first.node.content {
            Content::Null => Some(format!("indent what belongs to `{}:` further than it", first.key)),
            _ => comma_help(second),
        };
        self.report(path, second.key_span, format!("expected exactly one of {all}, found {keys}"), help);
    }

    /// Checks against the one option that has the form of what is written, so that errors speak of that one.
    fn either(&mut self, shape: &Shape, shapes: &[Shape], node: &Node, path: &Path, owner: Span) {
        let mut best: Option<Vec<Finding>> = None;
        for option in shapes.iter().filter(|s| self.grammar.looks_like(s, node)) {
            let mut attempt = Checker { grammar: self.grammar, findings: Vec::new() };
            attempt.node(option, node, path, owner);
            if best.as_ref().is_none_or(|b| attempt.findings.len() < b.len()) {
                best = Some(attempt.findings);
            }
        }
        match best {
            Some(findings) => self.findings.extend(findings),
            None => self.wrong_type(shape, node, path, owner),
        }
    }
}

fn upper(max: Option<u64>) -> String {
    max.map_or_else(String::new, |max| format!("at most {max}"))
}

/// `{known: so(1,3)}` is two entries to YAML: `known: so(1` and `3)`.
fn comma_help(entry: &Entry) -> Option<String> {
    (entry.key.ends_with(')') && entry.node.content == Content::Null)
        .then(|| "a comma inside {…} starts a new entry: put values such as 'so(1,3)' in quotes".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::spec::Document;

    /// `line:column: message` of every diagnostic.
    fn errors(text: &str) -> Vec<String> {
        let all = Document::from_text("p.yaml", text, &[]).unwrap_err();
        let show = |d: &crate::spec::Diagnostic| {
            let span = d.span.unwrap();
            format!("{}:{}: {}", span.line, span.column, d.message)
        };
        all.items().into_iter().map(show).collect()
    }

    const TRAIN: &str = "name: a
stages:
  - train:
      as: m
      from: d
      input: x
      target: y
      model: {mlp: {hidden: [8]}}
      epochs: 3
";

    #[test]
    fn all_errors_of_a_file_are_reported_with_their_places() {
        let text = "nme: a
stages:
  - train:
      as: m
      from: d
      input: x
      model: {mlp: {hiden: [8], activation: siluu}}
      epoch: 3
      batch: 1.5
      loss: 3
      augment: {lerned: {space: {gl: 2}}}
  - raed: {as: d}
";
        assert_eq!(
            errors(text),
            [
                "1:1: unknown key 'nme'; did you mean 'name'?",
                "3:5: missing required key 'target'",
                "7:21: unknown key 'hiden'; did you mean 'hidden'?",
                "7:45: unknown value 'siluu'; did you mean 'silu'?",
                "8:7: unknown key 'epoch'; did you mean 'epochs'?",
                "9:14: expected a whole number from 0, found the number 1.5",
                "10:13: expected one of 'mse', 'mae', 'huber', 'cross_entropy', found the number 3",
                "11:17: unknown value 'lerned'; did you mean 'learned'?",
                "12:5: unknown value 'raed'; did you mean 'read'?",
            ]
        );
    }

    #[test]
    fn each_kind_of_wrong_value_is_told_in_words() {
        let cases = [
            ("batch: -1", "10:14: expected a whole number, at least 0, found -1"),
            ("batch:", "10:7: expected a whole number from 0, found nothing"),
            ("residual: yes", "10:17: expected true or false, found the text 'yes'"),
            ("validate: [1]", "10:17: expected a number or a text, found a list"),
            ("like: 3", "10:13: expected a text, found the number 3"),
            ("augment: learned", "10:16: 'learned' needs settings of its own: write `learned: …`"),
            ("augment: {none: {}}", "10:17: 'none' takes no settings: write it as a plain word"),
            (
                "augment: {}",
                "10:7: expected one of 'none', 'known', 'learned', 'augerino', 'liegan', found an empty map",
            ),
            ("augment: {known: {group: so(2), extend: 1}}", "10:39: unknown key 'extend'; did you mean 'extent'?"),
            ("optimizer: {lr: fast}", "10:23: expected a number, found the text 'fast'"),
            ("optimizer: {lr: .nan}", "10:23: expected a number, found NaN"),
            ("batch: -.inf", "10:14: expected a whole number from 0, found infinity"),
            ("validate: 1e999", "10:17: expected a number or a text, found infinity"),
            (
                "augment: {learned: {space: {mask: [[1, 300]]}}}",
                "10:46: expected a whole number, at most 255, found 300",
            ),
        ];
        for (line, wanted) in cases {
            assert_eq!(errors(&format!("{TRAIN}      {line}\n")), [wanted], "{line}");
        }
        let add = "name: a\nstages:\n- prepare: {from: d, steps: [{add: {field: z, difference: [a]}}]}\n";
        assert_eq!(errors(add), ["3:59: expected a list of 2 items, found 1"]);
    }

    #[test]
    fn slips_of_form_get_a_hint() {
        let flat = "name: a\nstages:\n  - train:\n    as: m\n    epochs: 3\n";
        let error = Document::from_text("p.yaml", flat, &[]).unwrap_err().to_string();
        assert!(error.contains("p.yaml:4:5: error: expected exactly one of 'read'"), "{error}");
        assert!(error.contains("indent what belongs to `train:` further than it"), "{error}");
        let comma = format!("{TRAIN}      augment: {{known: so(1,3)}}\n");
        let error = Document::from_text("p.yaml", &comma, &[]).unwrap_err().to_string();
        assert!(error.contains("put values such as 'so(1,3)' in quotes"), "{error}");
    }

    #[test]
    fn roots_that_are_no_pipeline_are_refused() {
        assert!(errors("just text")[0].starts_with("1:1: expected a map with the keys 'name', 'description'"));
        assert!(errors("- a\n- b\n")[0].contains("found a list"));
        assert_eq!(errors("# only a comment\n"), ["1:1: the file is empty; a pipeline has a name and stages"]);
    }
}
