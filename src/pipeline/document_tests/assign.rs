//! `assign` of the document, on pipelines.

use crate::pipeline::Document;
use crate::pipeline::Stage;
use crate::train::Train;
use crate::train::augment::Augment;
use semola_document::OneOrMany;

const FILE: &str = "
name: demo
stages:
  - read: {as: data, path: a.parquet, fields: {x: {action: vector, dim: 2}, y: {}}}
  - train:
      as: learned
      from: data
      input: x
      target: y
      model: {mlp: {hidden: [8, 8]}}
      augment: {learned: {space: {gl: 2}}}
      optimizer: {basis_lr: 0.01}
      epochs: 60
  - train: {as: plain, like: learned, augment: none}
";

fn set(arguments: &[&str]) -> Result<Document, String> {
    let arguments: Vec<String> = arguments.iter().map(|s| (*s).to_owned()).collect();
    Document::from_text("p.yaml", FILE, &arguments).map_err(|e| e.to_string())
}

fn train(document: &Document, index: usize) -> &Train {
    match &document.content().stages[index] {
        Stage::Train(train) => train,
        other => panic!("stage {index} is {other:?}"),
    }
}

#[test]
fn every_way_to_name_a_setting_reaches_it() {
    for path in [
        "stages[1].train.epochs",
        "stages.1.train.epochs",
        "stages.learned.train.epochs",
        "stages.learned.epochs",
        "learned.train.epochs",
        "learned.epochs",
    ] {
        let document = set(&[&format!("{path}=5")]).unwrap();
        assert_eq!((train(&document, 1).epochs, train(&document, 2).epochs), (5, 5), "{path}");
    }
    let document = set(&["seed=[4, 5]", "name=other", "data.path=b=c.parquet"]).unwrap();
    assert_eq!(document.content().seed, OneOrMany::Many(vec![4, 5]));
    assert_eq!(document.content().name, "other");
    assert_eq!(document.value()["stages"][0]["read"]["path"], "b=c.parquet");
}

#[test]
fn lists_missing_maps_and_other_choices_can_be_set() {
    let arguments = ["learned.model.mlp.hidden[1]=3", "learned.schedule.shape=step", "plain.augment.known=so(2)"];
    let document = set(&arguments).unwrap();
    assert_eq!(document.value()["stages"][1]["train"]["model"]["mlp"]["hidden"], serde_json::json!([8, 3]));
    assert_eq!(document.value()["stages"][1]["train"]["schedule"], serde_json::json!({"shape": "step"}));
    assert!(matches!(train(&document, 2).augment, Augment::Known(_)));
    let document = set(&["data.fields[\"a.b\"].column=c"]).unwrap();
    assert_eq!(document.value()["stages"][0]["read"]["fields"]["a.b"]["column"], "c");
}

#[test]
fn a_part_of_an_inherited_setting_keeps_the_rest_of_it() {
    let document = set(&["plain.optimizer.lr=0.5"]).unwrap();
    assert_eq!((train(&document, 2).optimizer.lr, train(&document, 2).optimizer.basis_lr), (0.5, 0.01));
    assert_eq!(train(&document, 1).optimizer.lr, 2e-3);
}

#[test]
fn wrong_paths_and_values_name_the_argument() {
    let cases = [
        ("learned.epoch=5", "unknown key 'epoch' in the path; did you mean 'epochs'?"),
        ("lerned.epochs=5", "there is no stage 'lerned'; did you mean 'learned'?"),
        ("stages.plane.epochs=5", "there is no stage 'plane'; did you mean 'plain'?"),
        ("stages[9].train.epochs=5", "there is no stage 9: they are numbered from 0 to 2"),
        ("stages[0].train.epochs=5", "unknown key 'train' in the path"),
        ("learned.augment.lerned.scale=1", "unknown key 'lerned' in the path; did you mean 'learned'?"),
        ("learned.model.mlp.hidden[7]=1", "there is no item 7: the list has 2, numbered from 0"),
        ("learned.epochs.x=1", "the path continues with 'x', but the value before it has no members"),
        ("learned.epochs", "there is no '=' in it"),
        ("=5", "the path is empty"),
        ("learned..epochs=5", "the path is broken: a name is missing beside a dot"),
        ("learned.epochs=[1", "the value cannot be read: not valid YAML"),
        ("data={x: 1, x: 2}", "the value cannot be read: duplicate key 'x'"),
        ("learned.epochs=many", "expected a whole number from 0, found the text 'many'"),
        ("learned.optimizer.lr=.nan", "expected a number, found NaN"),
        ("learned.epochs=", "expected a whole number from 0, found nothing"),
        ("plain.optimizer.lr=", "expected a number, found nothing"),
        ("seed=", "expected a whole number from 0 or a list"),
        ("name=", "expected a text, found nothing"),
        ("data.path=", "expected a text or a list"),
    ];
    for (argument, message) in cases {
        let error = set(&[argument]).unwrap_err();
        assert!(error.starts_with(&format!("--set {argument}: error: {message}")), "{error}");
        assert!(!argument.ends_with('=') || error.contains("write a value after the `=`"), "{error}");
    }
}
