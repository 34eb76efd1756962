//! `--set PATH=VALUE`: changes one value of a document.
//!
//! A path starts at the root (`seed`, `stages[3].train.epochs`, `stages.3.train.epochs`) or at the name of a stage
//! (`learned.epochs`, `stages.learned.train.epochs`).

use super::grammar::{Grammar, Shape};
use super::like;
use super::node::{Content, Entry, Node};
use super::path::{Path, Segment};
use super::quoted_list;
use super::source::Span;
use super::suggest::meant;
use super::yaml;

/// Keys of the document itself.
const ROOT: [&str; 7] = ["name", "description", "seed", "grid", "zip", "list", "stages"];

/// What is wrong with an argument: message and help.
pub(super) type Refusal = (String, Option<String>);

/// Applies one argument; `source` is the number of its [`super::Source`].
pub(super) fn apply(root: &mut Node, grammar: &Grammar, argument: &str, source: usize) -> Result<(), Refusal> {
    let usage = || Some("write --set PATH=VALUE, such as --set seed=3 or --set learned.epochs=5".to_owned());
    let (path, text) = argument.split_once('=').ok_or_else(|| ("there is no '=' in it".to_owned(), usage()))?;
    let mut value =
        yaml::parse(text, source).map_err(|e| (format!("the value cannot be read: {}", e.message), None))?;
    let start = path.len() + 1;
    value.place_at(Span { source, line: 1, column: path.chars().count() + 2, start, len: text.len() });
    assign(root, grammar, path, value).map_err(|(message, help)| (message, help.or_else(usage)))
}

/// Puts a value at the path of that text.
pub(super) fn assign(root: &mut Node, grammar: &Grammar, path: &str, value: Node) -> Result<(), Refusal> {
    let path = Path::parse(path.trim()).map_err(|reason| (format!("the path is broken: {reason}"), None))?;
    let target = locate(root, &path)?;
    inherit(root, &target);
    put(grammar, &grammar.root, root, &target, value)
}

/// The path from the root, with a stage's name replaced by its number and kind.
fn locate(root: &Node, path: &Path) -> Result<Vec<Segment>, Refusal> {
    let stages = root.get("stages").map(Node::items).unwrap_or_default();
    let (stage, rest) = match &path.0[..] {
        [] => return Err(("the path is empty".to_owned(), None)),
        [Segment::Key(stages), Segment::Index(i), rest @ ..] if stages == "stages" => (*i, rest),
        [Segment::Key(word), Segment::Key(name), rest @ ..] if word == "stages" => match name.parse::<usize>() {
            Ok(i) => (i, rest),
            Err(_) => (stage_named(stages, name, &[])?, rest),
        },
        [Segment::Key(key), ..] if ROOT.contains(&key.as_str()) => {
            return Ok(path.0.clone());
        }
        [Segment::Key(name), rest @ ..] => (stage_named(stages, name, &ROOT)?, rest),
        [Segment::Index(_), ..] => return Err(("a path starts with a name".to_owned(), None)),
    };
    let Some(node) = stages.get(stage) else {
        return Err((
            format!("there is no stage {stage}: they are numbered from 0 to {}", stages.len().max(1) - 1),
            None,
        ));
    };
    let mut target = vec![Segment::Key("stages".to_owned()), Segment::Index(stage)];
    if let [entry] = node.entries() {
        let kind = Segment::Key(entry.key.clone());
        if !rest.is_empty() && rest.first() != Some(&kind) {
            target.push(kind);
        }
    }
    target.extend_from_slice(rest);
    Ok(target)
}

fn stage_named(stages: &[Node], name: &str, others: &[&str]) -> Result<usize, Refusal> {
    let names: Vec<&str> = stages.iter().filter_map(|s| s.entries().first()?.node.get("as")?.text()).collect();
    let found = stages
        .iter()
        .position(|s| s.entries().first().and_then(|e| e.node.get("as")).and_then(Node::text) == Some(name));
    found.ok_or_else(|| {
        let known: Vec<&str> = others.iter().chain(&names).copied().collect();
        let help = format!("a path starts with {}", quoted_list(&known));
        (format!("there is no stage '{name}'{}", meant(name, known)), Some(help))
    })
}

/// Before a part of a setting is changed that the stage has from the stage it is like, the stage gets its own copy.
fn inherit(root: &mut Node, target: &[Segment]) {
    let [Segment::Key(_), Segment::Index(stage), Segment::Key(kind), Segment::Key(key), _, ..] = target else {
        return;
    };
    let Some(copy) = like::inherited(root, *stage, key) else {
        return;
    };
    let Some(Content::List(stages)) = root.get_mut("stages").map(|n| &mut n.content) else {
        return;
    };
    let Some(body) = stages.get_mut(*stage).and_then(|s| s.get_mut(kind)) else {
        return;
    };
    let span = body.span;
    if let Content::Map(entries) = &mut body.content
        && !entries.iter().any(|e| e.key == *key)
    {
        entries.push(Entry { key: key.clone(), key_span: span, node: copy });
    }
}

/// Puts the value at the path below this node, making the maps that are missing on the way.
fn put(grammar: &Grammar, shape: &Shape, node: &mut Node, path: &[Segment], value: Node) -> Result<(), Refusal> {
    let Some((segment, rest)) = path.split_first() else {
        *node = value;
        return Ok(());
    };
    match (grammar.resolve(shape), segment) {
        (Shape::Either(shapes), _) => match shapes.iter().find(|s| enters(grammar, s, segment)) {
            Some(option) => put(grammar, option, node, path, value),
            None => Err(no_inside(segment)),
        },
        (Shape::Record(members), Segment::Key(key)) => match members.iter().find(|m| m.key == *key) {
            Some(member) => put(grammar, &member.shape, child(node, key, value.span)?, rest, value),
            None => Err(unknown(key, members.iter().map(|m| m.key.as_str()))),
        },
        (Shape::Table(item), Segment::Key(key)) => put(grammar, item, child(node, key, value.span)?, rest, value),
        (Shape::Choice { words, tagged }, Segment::Key(key)) => match tagged.iter().find(|(name, _)| name == key) {
            Some((_, below)) => {
                if node.get(key).is_none() {
                    node.content = Content::Map(Vec::new());
                }
                put(grammar, below, child(node, key, value.span)?, rest, value)
            }
            None => {
                Err(unknown(key, tagged.iter().map(|(name, _)| name.as_str()).chain(words.iter().map(String::as_str))))
            }
        },
        (Shape::List { item, .. }, _) => {
            let index = match segment {
                Segment::Index(i) => *i,
                Segment::Key(key) => key.parse().map_err(|_| (format!("'{key}' is not the index of a list"), None))?,
            };
            let Content::List(items) = &mut node.content else {
                return Err(no_inside(segment));
            };
            let count = items.len();
            match items.get_mut(index) {
                Some(below) => put(grammar, item, below, rest, value),
                None => Err((format!("there is no item {index}: the list has {count}, numbered from 0"), None)),
            }
        }
        _ => Err(no_inside(segment)),
    }
}

fn enters(grammar: &Grammar, shape: &Shape, segment: &Segment) -> bool {
    match (grammar.resolve(shape), segment) {
        (Shape::List { .. }, Segment::Index(_)) | (Shape::Record(_) | Shape::Table(_), Segment::Key(_)) => true,
        (Shape::List { .. }, Segment::Key(key)) => key.parse::<usize>().is_ok(),
        (Shape::Choice { tagged, .. }, Segment::Key(_)) => !tagged.is_empty(),
        (Shape::Either(shapes), _) => shapes.iter().any(|s| enters(grammar, s, segment)),
        _ => false,
    }
}

/// The value below a key; a node that is not a map becomes one, a missing key is made.
fn child<'a>(node: &'a mut Node, key: &str, span: Span) -> Result<&'a mut Node, Refusal> {
    if !matches!(node.content, Content::Map(_)) {
        *node = Node { span, content: Content::Map(Vec::new()) };
    }
    if node.get(key).is_none()
        && let Content::Map(entries) = &mut node.content
    {
        entries.push(Entry { key: key.to_owned(), key_span: span, node: Node { span, content: Content::Null } });
    }
    node.get_mut(key).ok_or_else(|| no_inside(&Segment::Key(key.to_owned())))
}

fn unknown<'a>(key: &str, keys: impl Iterator<Item = &'a str> + Clone) -> Refusal {
    let message = format!("unknown key '{key}' in the path{}", meant(key, keys.clone()));
    (message, Some(format!("the keys there are {}", quoted_list(keys))))
}

fn no_inside(segment: &Segment) -> Refusal {
    let name = match segment {
        Segment::Key(key) => format!("'{key}'"),
        Segment::Index(index) => format!("[{index}]"),
    };
    (format!("the path goes on with {name}, but the value before it has nothing inside"), None)
}

#[cfg(test)]
mod tests {
    use crate::spec::Document;
    use crate::spec::types::{Augment, OneOrMany, Stage, Train};

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
        match &document.pipeline().stages[index] {
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
        assert_eq!(document.pipeline().seed, OneOrMany::Many(vec![4, 5]));
        assert_eq!(document.pipeline().name, "other");
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
            ("learned.epochs.x=1", "the path goes on with 'x', but the value before it has nothing inside"),
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
}
