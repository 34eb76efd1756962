//! A pipeline file, read and checked for its form.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::assign;
use super::diagnostic::{Diagnostics, Origins};
use super::grammar::Grammar;
use super::like;
use super::node::{Content, Node};
use super::path::{Path, Segment};
use super::points::{self, Points};
use super::source::{Source, Span};
use super::structure::{self, Finding};
use super::types::Pipeline;
use super::yaml;

/// Largest pipeline file in bytes; larger ones are data by mistake.
const MAX_BYTES: u64 = 4 << 20;

/// A pipeline file at one of its points, with `--set` and `like` applied, of correct form; whether it makes sense is for the plan to say.
#[derive(Debug, Clone)]
pub struct Document {
    sweep: Arc<Sweep>,
    origins: Arc<Origins>,
    pipeline: Pipeline,
    value: Value,
    directory: PathBuf,
}

/// What all points of a document share.
#[derive(Debug)]
struct Sweep {
    sources: Vec<Source>,
    /// The document without its points.
    root: Node,
    points: Points,
    /// What is wrong with the document whatever the point.
    findings: Vec<Finding>,
}

impl Sweep {
    /// The document at one point.
    fn at(self: &Arc<Self>, point: usize, directory: &FilePath) -> Result<Document, Diagnostics> {
        let grammar = Grammar::of_pipelines();
        let mut root = self.root.clone();
        let mut findings = self.findings.clone();
        findings.extend(self.points.apply(point, &mut root, &grammar));
        findings.extend(like::merge(&mut root));
        findings.extend(structure::check(&grammar, &root));
        let value = root.to_value();
        let pipeline = serde_json::from_value::<Pipeline>(value.clone());
        let origins = Arc::new(Origins { sources: self.sources.clone(), root: Some(root) });
        match pipeline {
            Ok(pipeline) if findings.is_empty() => {
                Ok(Document { sweep: Arc::clone(self), origins, pipeline, value, directory: directory.to_owned() })
            }
            Err(error) if findings.is_empty() => {
                // The structural check and the types come from the same source; this is a second net.
                let span = Span { source: 0, line: 1, column: 1, start: 0, len: 0 };
                findings.push(Finding { path: Path::default(), span, message: error.to_string(), help: None });
                Err(Diagnostics::from_findings(origins, findings))
            }
            _ => Err(Diagnostics::from_findings(origins, findings)),
        }
    }
}

impl Document {
    /// Reads a file and applies `--set` arguments (`PATH=VALUE`) in order.
    ///
    /// # Errors
    /// The file cannot be read, is not YAML, or does not follow the grammar: all errors of its form at once.
    pub fn load(file: &FilePath, sets: &[String]) -> Result<Self, Diagnostics> {
        let name = file.display().to_string();
        let text = read_text(file).map_err(|(text, message, byte)| unreadable(&name, &text, message, byte))?;
        let directory = file.parent().map(FilePath::to_path_buf).unwrap_or_default();
        Self::parse(&name, &text, sets, &directory)
    }

    /// The same from text; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`Document::load`], except for reading.
    pub fn from_text(name: &str, text: &str, sets: &[String]) -> Result<Self, Diagnostics> {
        Self::parse(name, text, sets, FilePath::new(""))
    }

    /// The same from a copy of a file that lies elsewhere: paths in it are relative to `directory`.
    ///
    /// # Errors
    /// As [`Document::from_text`].
    pub fn from_copy(name: &str, text: &str, sets: &[String], directory: &FilePath) -> Result<Self, Diagnostics> {
        Self::parse(name, text, sets, directory)
    }

    fn parse(name: &str, text: &str, sets: &[String], directory: &FilePath) -> Result<Self, Diagnostics> {
        let mut root = match yaml::parse(text, 0) {
            Ok(root) if root.content == Content::Null => {
                return Err(unreadable(
                    name,
                    text,
                    "the file is empty; a pipeline has a name and stages".into(),
                    Some(0),
                ));
            }
            Ok(root) => root,
            Err(error) => return Err(syntax(name, text, error)),
        };
        let grammar = Grammar::of_pipelines();
        let mut sources = vec![Source::file(name, text)];
        let mut findings = Vec::new();
        for argument in sets {
            let number = sources.len();
            let source = Source::set(argument);
            if let Err((message, help)) = assign::apply(&mut root, &grammar, argument, number) {
                let span = Span::at_byte(number, argument, 0, argument.len());
                findings.push(Finding { path: Path::default(), span, message, help });
            }
            sources.push(source);
        }
        // The form of the points as they are written; the rest is checked with the values of a point in it.
        let of_points =
            |f: &Finding| matches!(f.path.0.first(), Some(Segment::Key(key)) if points::KEYS.contains(&key.as_str()));
        let mut wrong: Vec<Finding> = structure::check(&grammar, &root).into_iter().filter(of_points).collect();
        let (points, unusable) = Points::take(&mut root);
        if wrong.is_empty() {
            wrong = unusable;
        }
        findings.extend(wrong);
        Arc::new(Sweep { sources, root, points, findings }).at(0, directory)
    }

    /// How many points `grid`, `zip` and `list` ask for; at least one. This document is the first, or the one it was asked for.
    pub fn points(&self) -> usize {
        self.sweep.points.len()
    }

    /// The document at another point, counted from 0.
    ///
    /// # Errors
    /// All errors of form that the point's values make.
    pub fn at(&self, point: usize) -> Result<Self, Diagnostics> {
        self.sweep.at(point, &self.directory)
    }

    /// What a point sets: paths and values as written.
    pub fn settings(&self, point: usize) -> Vec<(String, Value)> {
        self.sweep.points.settings(point)
    }

    /// The pipeline as typed values; `like` is followed and gone.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The document as plain values: what was written, without defaults.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The directory of the file, to which paths in the pipeline are relative (empty for the current directory).
    pub fn directory(&self) -> &FilePath {
        &self.directory
    }

    /// Whether something is written at a path such as `stages[3].train.epochs`, rather than left to its default.
    pub fn is_written(&self, path: &str) -> bool {
        let Ok(path) = Path::parse(path) else { return false };
        path.0
            .iter()
            .try_fold(&self.value, |value, segment| match segment {
                Segment::Key(key) => value.get(key),
                Segment::Index(index) => value.get(index),
            })
            .is_some()
    }

    /// Where the value at a path was written.
    pub fn span(&self, path: &str) -> Option<Span> {
        Some(self.origins.root.as_ref()?.find(&Path::parse(path).ok()?, false))
    }

    /// An empty list for errors about this document.
    pub fn diagnostics(&self) -> Diagnostics {
        Diagnostics::new(Arc::clone(&self.origins))
    }
}

/// The text of a file; else what could be read of it, what is wrong, and at which byte.
fn read_text(file: &FilePath) -> Result<String, (String, String, Option<usize>)> {
    let refuse = |message: String| (String::new(), message, None);
    let meta = std::fs::metadata(file).map_err(|e| refuse(format!("cannot open the pipeline file: {e}")))?;
    if meta.is_dir() {
        return Err(refuse("is a directory, not a pipeline file".to_owned()));
    }
    if meta.len() > MAX_BYTES {
        return Err(refuse(format!("has {} bytes; a pipeline file has at most {MAX_BYTES}", meta.len())));
    }
    let bytes = std::fs::read(file).map_err(|e| refuse(format!("cannot read the pipeline file: {e}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        (text, format!("not UTF-8 text: byte 0x{:02x}", error.as_bytes().get(byte).unwrap_or(&0)), Some(byte))
    })
}

fn unreadable(name: &str, text: &str, message: String, byte: Option<usize>) -> Diagnostics {
    let origins = Arc::new(Origins { sources: vec![Source::file(name, text)], root: None });
    match byte {
        Some(byte) => {
            let span = Span::at_byte(0, text, byte, 1);
            Diagnostics::from_findings(origins, vec![Finding { path: Path::default(), span, message, help: None }])
        }
        None => {
            let mut all = Diagnostics::new(origins);
            all.push("", message, None);
            all
        }
    }
}

fn syntax(name: &str, text: &str, error: yaml::SyntaxError) -> Diagnostics {
    let origins = Arc::new(Origins { sources: vec![Source::file(name, text)], root: None });
    let finding = Finding { path: Path::default(), span: error.span, message: error.message, help: None };
    Diagnostics::from_findings(origins, vec![finding])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec::types::{Augment, Known, Rotate, Shift, Stage};

    /// The example of the design, as it stands.
    const TWO_BODY: &str = "\
name: two_body
seed: [0, 1, 2]
stages:
  - read:     {as: train, path: data/two_body/train.parquet, fields: {x: {column: input, action: vector, dim: 2}, y: {column: target, action: vector, dim: 2}}}
  - read:     {as: test,  path: data/two_body/test.parquet,  like: train}
  - prepare:  {from: [train, test], steps: [{scale: {fields: [x, y], fit: train}}]}
  - train:    {as: learned, from: train, input: x, target: y, model: {mlp: {hidden: [256, 256, 256], activation: silu}}, augment: {learned: {space: {gl: 2}, generators: 4}}, epochs: 60}
  - train:    {as: plain,  like: learned, augment: none}
  - train:    {as: oracle, like: learned, augment: {known: so(2)}}
  - evaluate: {models: [learned, plain, oracle], on: test, shifts: [{rotate: uniform}]}
";

    #[test]
    fn the_example_of_the_design_reads_as_it_stands() {
        let document = Document::from_text("two_body.yaml", TWO_BODY, &[]).unwrap();
        let pipeline = document.pipeline();
        assert_eq!(pipeline.seed.as_slice(), [0, 1, 2]);
        assert_eq!(pipeline.stages.len(), 7);
        let Stage::Train(oracle) = &pipeline.stages[5] else { panic!("stage 5 trains") };
        assert_eq!(oracle.augment, Augment::Known(Known::Name("so(2)".into())));
        assert_eq!(oracle.epochs, 60);
        let Stage::Evaluate(evaluate) = &pipeline.stages[6] else { panic!("stage 6 evaluates") };
        assert!(matches!(evaluate.shifts[..], [Shift::Rotate(Rotate::Whole(_))]));
    }

    fn load(bytes: &[u8]) -> Result<Document, Diagnostics> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("p.yaml");
        std::fs::write(&file, bytes).unwrap();
        Document::load(&file, &[])
    }

    #[test]
    fn files_that_cannot_be_read_say_why_and_where() {
        let directory = tempfile::tempdir().unwrap();
        let missing = Document::load(&directory.path().join("none.yaml"), &[]).unwrap_err().to_string();
        assert!(missing.contains("none.yaml: error: cannot open the pipeline file"), "{missing}");
        let folder = Document::load(directory.path(), &[]).unwrap_err().to_string();
        assert!(folder.contains("is a directory"), "{folder}");
        let latin = load(b"name: a\ndescription: caf\xe9\n").unwrap_err().to_string();
        assert!(latin.contains("p.yaml:2:17: error: not UTF-8 text: byte 0xe9"), "{latin}");
        let empty = load(b"").unwrap_err().to_string();
        assert!(empty.contains("p.yaml:1:1: error: the file is empty"), "{empty}");
        let open = load(b"name: a\nstages: [\n").unwrap_err().to_string();
        assert!(open.contains("p.yaml:2:9: error: not valid YAML"), "{open}");
    }

    #[test]
    fn the_directory_of_the_file_is_known() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("p.yaml");
        std::fs::write(&file, TWO_BODY).unwrap();
        assert_eq!(Document::load(&file, &[]).unwrap().directory(), directory.path());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Err(error) = load(&bytes) {
                prop_assert!(!error.to_string().is_empty() && !error.render(true).is_empty());
            }
        }

        /// Texts of YAML's own characters get further into the parser than random bytes.
        #[test]
        fn arbitrary_yaml_never_panics(text in "[a-z0-9:\\-\\[\\]{},&*!|>'\" \n\t#é<.~]{0,120}", set in "[a-z0-9:.=\\[\\]{}\" é]{0,30}") {
            let _ = Document::from_text("p.yaml", &text, std::slice::from_ref(&set)).map_err(|e| (e.to_string(), e.render(true)));
        }

        /// A good file with one stretch replaced is a good file or has an error with a place.
        #[test]
        fn damaged_files_never_panic(at in 0..TWO_BODY.len(), len in 0usize..30, new in "[a-z:\\[\\]{}, \n0-9]{0,6}") {
            let end = (at + len).min(TWO_BODY.len());
            let text = format!("{}{new}{}", &TWO_BODY[..at], &TWO_BODY[end..]);
            if let Err(error) = Document::from_text("p.yaml", &text, &[]) {
                prop_assert!(error.items().iter().all(|d| d.span.is_some()) && error.errors() > 0);
            }
        }
    }
}
