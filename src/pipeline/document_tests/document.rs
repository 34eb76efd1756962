//! `document` of the document, on pipelines.

use proptest::prelude::*;

use crate::evaluate::Shift;
use crate::pipeline::Document;
use crate::pipeline::Stage;
use crate::train::augment::{Augment, Known};
use semola_document::*;
use semola_method::motion::Rotate;

/// The example of the design, verbatim.
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
    let pipeline = document.content();
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

    /// Text made of YAML syntax gets further into the parser than random bytes.
    #[test]
    fn arbitrary_yaml_never_panics(text in "[a-z0-9:\\-\\[\\]{},&*!|>'\" \n\t#é<.~]{0,120}", set in "[a-z0-9:.=\\[\\]{}\" é]{0,30}") {
        let _ = Document::from_text("p.yaml", &text, std::slice::from_ref(&set)).map_err(|e| (e.to_string(), e.render(true)));
    }

    /// A valid file with one span replaced is valid or has an error with a location.
    #[test]
    fn damaged_files_never_panic(at in 0..TWO_BODY.len(), len in 0usize..30, new in "[a-z:\\[\\]{}, \n0-9]{0,6}") {
        let end = (at + len).min(TWO_BODY.len());
        let text = format!("{}{new}{}", &TWO_BODY[..at], &TWO_BODY[end..]);
        if let Err(error) = Document::from_text("p.yaml", &text, &[]) {
            prop_assert!(error.items().iter().all(|d| d.span.is_some()) && error.errors() > 0);
        }
    }
}
