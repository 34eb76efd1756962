//! Whole documents through the plan: which errors, where, and what comes out.

use std::collections::BTreeMap;

use super::{Plan, PlannedStage, resolve};
use crate::pipeline::Document;
use semola_data::check_action::RowShape;
use semola_data::settings::Read;
use semola_document::Diagnostics;
use semola_lie::action::Action;
use semola_plan::{Environment, ProbeError, ProbedField, Size, SourceShape};

/// Fictitious files: every column that these tests use, with its shape.
pub(crate) fn probe(read: &Read) -> Result<SourceShape, ProbeError> {
    let fixed = |axes: &[usize]| RowShape::Fixed(axes.to_vec());
    let columns = [
        ("x", fixed(&[8])),
        ("y", fixed(&[8])),
        ("four", fixed(&[4])),
        ("cloud", fixed(&[9, 3])),
        ("loose", RowShape::Ragged(vec![3])),
        ("z", RowShape::Ragged(vec![])),
        ("e", fixed(&[])),
        ("class", fixed(&[])),
        ("stress", fixed(&[9])),
        ("run", fixed(&[])),
        ("four_momenta", fixed(&[2, 4])),
        ("pixels", fixed(&[28, 28])),
    ];
    let path = read.path.as_slice()[0].display().to_string();
    if path == "missing.parquet" {
        let message = "missing.parquet: no such file".to_owned();
        return Err(ProbeError { at: "path".into(), message, help: None, blame: semola_data::Blame::Data });
    }
    let shapes: BTreeMap<&str, RowShape> = columns.into_iter().collect();
    let fields = read.fields.iter().filter_map(|(name, field)| {
        let shape = shapes.get(field.column.as_deref().unwrap_or(name))?.clone();
        let size = Size { values: Some(3_000_000), word: 4 };
        Some((name.clone(), ProbedField { shape, unit: field.unit.clone(), classes: field.labels.then_some(10), size }))
    });
    let columns = shapes.keys().map(|c| (*c).to_owned()).collect();
    Ok(SourceShape { rows: Some(1000), columns, fields: fields.collect(), ..SourceShape::default() })
}

fn known(name: &str, k: usize, affine: bool) -> Result<(), String> {
    match name {
        "so(2)" if k == 2 => Ok(()),
        "so(3)" if k == 3 => Ok(()),
        "t(3)" if k == 3 && affine => Ok(()),
        "t(3)" if k == 3 => Err("t(3) needs a field with `action: points`".to_owned()),
        _ => Err(format!("there is no group '{name}' on R^{k}")),
    }
}

pub(crate) fn plan(text: &str) -> Result<Plan, Diagnostics> {
    plan_in(text, &Environment { probe: &probe, known: &known, memory: None })
}

pub(crate) fn plan_in(text: &str, environment: &Environment) -> Result<Plan, Diagnostics> {
    let document = Document::from_text("p.yaml", text, &[]).unwrap_or_else(|e| panic!("{e}"));
    resolve(&document, 3, environment)
}

/// ``line `what is marked`: message`` of every diagnostic.
pub(crate) fn errors(text: &str) -> Vec<String> {
    let all = plan(text).err().unwrap_or_else(|| panic!("no error in\n{text}"));
    let show = |d: &semola_document::Diagnostic| {
        let span = d.span.unwrap();
        format!("{} `{}`: {}", span.line, &text[span.start..span.start + span.len], d.message)
    };
    all.items().into_iter().map(show).collect()
}

const READ: &str = "\
name: demo
stages:
  - read: {as: train, path: a.parquet, group: run, fields: {x: {action: vector, dim: 2}, y: {action: vector, dim: 2}, four: {}, e: {}, class: {labels: true}, cloud: {action: points}, loose: {action: points}, z: {}}}
  - read: {as: test, like: train, path: b.parquet}
";

/// A stage that reads points, classes and images.
pub(crate) const MORE: &str = "read: {as: more, path: c.parquet, fields: {cloud: {action: points}, loose: {action: points}, force: {column: loose, action: vector}, z: {}, e: {}, class: {labels: true}, image: {column: pixels, action: pixels}, mask: {column: pixels, action: pixels}, flat: {column: x, action: points, dim: 2}, jet: {column: four_momenta, action: vector}, ten: {column: x, action: vector, dim: 8}}}";

/// The stages above and more, each on its own line from line 5 on.
pub(crate) fn with(stages: &[&str]) -> String {
    let lines: Vec<String> = stages.iter().map(|s| format!("  - {s}\n")).collect();
    format!("{READ}{}", lines.concat())
}

pub(crate) fn train(settings: &str) -> String {
    let mut text = "train: {as: m, from: train, model: {mlp: {hidden: [16]}}".to_owned();
    for default in ["input: x", "target: y", "epochs: 2"] {
        if !settings.contains(default.split(':').next().unwrap()) {
            text += &format!(", {default}");
        }
    }
    if settings.is_empty() { text + "}" } else { format!("{text}, {settings}}}") }
}

#[test]
fn a_good_pipeline_becomes_a_plan() {
    let text = with(&[
        "prepare: {from: [train, test], steps: [{scale: {fields: [x, y], fit: train}}, {add: {field: d, difference: [cloud, cloud]}}]}",
        &train("augment: {learned: {space: {gl: 2}}}, residual: true"),
        "train: {as: so2, like: m, augment: {known: so(2)}}",
        "evaluate: {models: [m, so2], on: [train, test], shifts: [{rotate: uniform}, {rotate: {degrees: 30}}, {sector: {field: x, degrees: [0, 90]}}, {noise: 0.1}]}",
    ]);
    let plan = plan(&text).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(plan.pipeline.seed.as_slice(), [3]);
    let PlannedStage::Prepare(prepare) = &plan.stages[2] else { panic!("stage 2 prepares") };
    let difference = prepare.produces[1].1.fields["d"].as_ref().unwrap();
    assert_eq!(difference.action, Action::Vector { dim: 3 }, "translations cancel in a difference of points");
    let PlannedStage::Train(learned) = &plan.stages[3] else { panic!("stage 3 trains") };
    assert_eq!(learned.size.parameters, Some(9 * 16 + 17 * 8));
    assert_eq!(learned.rows, Some(900));
    let space = learned.space.unwrap();
    assert_eq!((space.side, space.dimension, space.generators), (2, 4, 4));
    assert_ne!(plan.with_seed(4).pipeline_hash, plan.pipeline_hash);
    assert_eq!(plan.with_seed(3).pipeline_hash, plan.pipeline_hash);
    let shown = plan.to_string();
    for part in ["[0] read train: 1 000 rows", "x: [8], vector of 2", "mlp 8 → 16 → 8, 280 parameters", "4 generators"]
    {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
}

#[test]
fn all_errors_are_reported_in_one_go() {
    let text = with(&[
        "prepare: {from: [train, tets], steps: [{standardise: {fields: x}}, {scale: {fields: q}}]}",
        &train("input: [x, four], target: colud, epochs: 0, augment: {learned: {space: {gl: 3}, scale: 0}}"),
        "evaluate: {models: [m, n], on: test, bootstrap: 0}",
    ]);
    let wanted = [
        "5 `tets`: there is no data set 'tets'; did you mean 'test'?",
        "5 `x`: `standardise` would break the action on field 'x', which is not scalar; use `center` and `scale`",
        "5 `q`: data set 'train' has no field 'q'",
        "6 `colud`: data set 'train' has no field 'colud'; did you mean 'cloud'?",
        "6 `0`: `epochs` is 0; it must be at least 1",
        "6 `0`: `scale` is 0; it must be above 0",
        "7 `n`: there is no model 'n'",
        "7 `0`: `bootstrap` is 0; it must be at least 1",
    ];
    assert_eq!(errors(&text), wanted);
}

#[test]
fn train_stages_are_checked_for_sense() {
    let cases = [
        ("input: loose", "5 `loose`: an mlp needs a fixed number of points"),
        ("target: class", "`cross_entropy`"),
        ("target: e, loss: cross_entropy", "`cross_entropy` needs exactly one target, and it must be class labels"),
        ("input: [x, four], residual: true", "there are 2 inputs and 1 targets"),
        ("input: four, residual: true", "a row of 'four' is [4] (scalar), one of 'y' is [8] (vector of 2)"),
        ("input: four, target: e, augment: {known: so(2)}", "every input field is scalar"),
        ("augment: {known: so(3)}", "there is no group 'so(3)' on R^2"),
        ("augment: {known: {group: so(2), extent: 0}}", "`extent` is 0; it must be above 0"),
        (
            "augment: {learned: {space: {gl: 3}}}",
            "act on R^3, but field 'x' has dimension 2 and field 'y' has dimension 2",
        ),
        ("augment: {learned: {space: {gl: 2}, generators: 5}}", "so 1 to 4"),
        ("augment: {learned: {space: {gl: 2}, audit: {confidence: 0.5}}}", "`confidence` is 0.5"),
        ("augment: {learned: {space: {mask: [[0, 0], [0, 0]]}}}", "allows no entry"),
        ("augment: {learned: {space: {mask: [[0, 1], [2]]}}}", "row 1 has 1 entries"),
        ("augment: {augerino: {space: {block: {sizes: [1, 2], tied: true}}}}", "all `sizes` must be equal"),
        ("input: [x, cloud], augment: {known: so(2)}", "'x' has dimension 2 and 'cloud' has 3"),
        ("validate: 1.0", "`validate` is 1; it must be above 0 and below 1"),
        ("validate: train", "is the training data itself"),
        ("validate: tset", "did you mean 'test'?"),
        ("ema: 1", "`ema` is 1"),
        ("optimizer: {lr: 0}", "`lr` is 0"),
        ("input: [x, x]", "'x' is named twice"),
        ("input: []", "`input` is empty"),
    ];
    for (settings, wanted) in cases {
        let found = errors(&with(&[&train(settings)]));
        assert!(found.iter().any(|e| e.contains(wanted)), "{settings}: {found:?}");
        assert!(found.len() <= 2, "{settings}: {found:?}");
    }
}

#[test]
fn prepare_steps_are_checked_and_change_what_is_known() {
    let cases = [
        ("{center: {fields: x, on: centroid}}", None),
        ("{center: {fields: four, on: centroid}}", Some("has no points to take a centroid of")),
        (
            "{center: {fields: x, fit: test}}",
            Some("`fit` must be one of the data sets that the step changes, not 'test'"),
        ),
        ("{scale: {fields: class}}", Some("holds class labels")),
        ("{element_baseline: {field: e, elements: z}}", None),
        ("{element_baseline: {field: x, elements: z}}", Some("a row of field 'x' is [8]")),
        ("{split: {of: train, into: {a: 0.6, b: 0.6}}}", Some("the fractions sum to 1.2")),
        ("{split: {of: train, into: {a: 0.6, test: 0.1}}}", Some("the name 'test' is taken by stage 1 already")),
        ("{split: {of: train}}", Some("neither `into` nor `by`")),
        ("{split: {of: train, by: rnu}}", Some("data set 'train': there is no column 'rnu'; did you mean 'run'?")),
        ("{split: {of: test, into: {a: 0.5}}}", Some("not one that this stage changes")),
        ("{add: {field: x, constant: [1]}}", Some("has a field 'x' already")),
        ("{add: {field: n, constant: [1, 0, 0], action: vector, dim: 2}}", Some("cannot cut into blocks of 2")),
        ("{add: {field: n, difference: [x, four]}}", Some("differ in shape or action")),
        ("{add: {field: n, join: [x, y]}}", None),
        ("{add: {field: n, join: [x, four]}}", Some("have different actions")),
        ("{add: {field: n, join: [loose, loose]}}", Some("cannot be joined")),
        ("{add: {field: n}}", Some("give exactly one")),
        ("{subsample: {rows: 0}}", Some("`rows` is 0")),
    ];
    for (step, wanted) in cases {
        let text = with(&[&format!("prepare: {{from: train, steps: [{step}]}}")]);
        match wanted {
            None => drop(plan(&text).unwrap_or_else(|e| panic!("{step}: {e}"))),
            Some(wanted) => {
                let found = errors(&text);
                assert!(found.len() == 1 && found[0].contains(wanted), "{step}: {found:?}");
            }
        }
    }
}

#[test]
fn parts_take_the_place_of_a_split_data_set() {
    let split = "prepare: {from: train, steps: [{split: {of: train, into: {fit: 0.8, held: 0.2}}}, {scale: {fields: x, fit: fit}}]}";
    let model = train("from: fit, validate: held").replace("from: train, ", "");
    let good = plan(&with(&[split, &model])).unwrap_or_else(|e| panic!("{e}"));
    let PlannedStage::Train(planned) = &good.stages[3] else { panic!("stage 3 trains") };
    assert_eq!(planned.rows, Some(800));
    let found = errors(&with(&[split, &train("")]));
    assert_eq!(found, ["6 `train`: data set 'train' was split and is gone"]);
    let found = errors(&with(&[&split.replace(", fit: fit", ""), &model]));
    assert_eq!(found, ["5 `scale`: after a split, say with `fit` on which part the numbers are computed"]);
    let by = plan(&with(&["prepare: {from: train, steps: [{split: {of: train, by: run}}]}", &model])).unwrap();
    let PlannedStage::Read(read) = &by.stages[0] else { panic!("stage 0 reads") };
    assert_eq!(read.keys, ["run"]);
}

#[test]
fn data_that_was_not_prepared_alike_is_not_compared() {
    let prepare = "prepare: {from: train, steps: [{scale: {fields: [x, y]}}]}";
    let found = errors(&with(&[prepare, &train(""), "evaluate: {models: m, on: test}"]));
    let wanted = "7 `test`: field 'x' of data set 'test' was not prepared as that of model 'm' (stages[2].prepare.steps[0].scale)";
    assert_eq!(found, [wanted]);
}

#[test]
fn names_must_be_new_and_made_before_they_are_used() {
    let found = errors(&with(&["evaluate: {models: m, on: train}", &train("").replace("as: m", "as: test")]));
    assert_eq!(found, ["5 `m`: there is no model 'm'", "6 `test`: the name 'test' is taken by stage 1 already"]);
    let text = plan(&with(&["evaluate: {models: m, on: train}"])).unwrap_err().to_string();
    assert!(text.ends_with("= help: no stage before this one trains a model"), "{text}");
    let found = errors(&with(&["evaluate: {models: m, on: m}", &train("")]));
    assert!(found[0].contains("model 'm' does not exist yet: stage 3 trains it"), "{found:?}");
    let found = errors(&with(&[&train(""), "evaluate: {models: train, on: m}"]));
    assert_eq!(found, ["6 `train`: 'train' is a data set, not a model", "6 `m`: 'm' is a model, not a data set"]);
}

#[test]
fn shifts_are_checked_against_the_fields() {
    let cases = [
        ("{rotate: {plane: [0, 2], degrees: 10}}", "there is no axis 2: the fields have dimension 2, axes 0 to 1"),
        ("{rotate: {plane: [1, 1], degrees: 10}}", "two different axes"),
        ("{rotate: {degrees: 0}}", "`degrees` is 0"),
        ("{group: {group: so(9)}}", "there is no group 'so(9)' on R^2"),
        ("{sector: {field: four, degrees: [0, 90]}}", "holds no vectors"),
        ("{sector: {field: cluod, degrees: [0, 90]}}", "no field 'cluod'; did you mean 'cloud'?"),
        ("{sector: {field: x, degrees: [90, 0]}}", "from a smaller to a larger angle"),
        ("{noise: 0}", "`noise` is 0; it must be above 0"),
    ];
    for (shift, wanted) in cases {
        let evaluate = format!("evaluate: {{models: m, on: test, shifts: [{shift}]}}");
        let found = errors(&with(&[&train(""), &evaluate]));
        assert!(found.len() == 1 && found[0].contains(wanted), "{shift}: {found:?}");
    }
    let flat = ["evaluate: {models: m, on: test, shifts: [{rotate: uniform}]}"];
    let found = errors(&with(&[&train("input: four, target: e"), flat[0]]));
    assert!(found[0].contains("every input field is scalar: the shift would change nothing"), "{found:?}");
}

#[test]
fn read_stages_are_checked_against_the_files() {
    let read = |fields: &str| format!("name: a\nstages:\n  - read: {{as: d, path: a.parquet, fields: {{{fields}}}}}\n");
    let cases = [
        (
            "x: {action: vector, dim: 3}",
            "3 `3`: field 'x': a row is [8], which action `vector` cannot cut into blocks of 3",
        ),
        ("x: {action: vector}", "3 `vector`: field 'x': a row is [8]: say with `dim`"),
        ("x: {dim: 2}", "3 `2`: `dim` has no meaning for scalar field 'x'"),
        ("stress: {action: tensor, dim: 2}", "cannot cut into blocks of 2×2"),
        ("clas: {labels: true}", "3 `clas`: a.parquet: there is no column 'clas'; did you mean 'class'?"),
        ("x: {labels: true}", "class labels are one value a row, but a row is [8]"),
        ("q: {column: x, columns: [x, y]}", "both `column` and `columns`"),
        ("", "data set 'd' has no fields"),
    ];
    for (fields, wanted) in cases {
        let found = errors(&read(fields));
        assert!(found.len() == 1 && found[0].contains(wanted), "{fields}: {found:?}");
    }
    let missing = plan(&read("x: {}").replace("a.parquet", "missing.parquet")).unwrap_err();
    assert!(missing.only_data());
    assert!(missing.to_string().starts_with("p.yaml:3:25: error: missing.parquet: no such file"), "{missing}");
}

#[test]
fn head_and_warnings() {
    let text = READ.replace("name: demo", "name: ../demo\nseed: [1, 1]");
    assert_eq!(
        errors(&text),
        [
            "1 `../demo`: '../demo' cannot be the name of a pipeline",
            "2 `1`: seed 1 is given twice; each seed is one member"
        ]
    );
    let warned = plan(&with(&[&train("batch: 5000, augment: {learned: {space: {affine: 2}}}")])).unwrap().warnings;
    let messages: Vec<_> = warned.items().iter().map(|d| d.message.clone()).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(warned.to_string().contains("warning: translations in the search space move nothing"));
}

#[test]
fn what_needs_more_memory_than_there_is_is_told_at_its_stage() {
    let told = |settings: &str, head: &str, memory| {
        let environment = Environment { probe: &probe, known: &known, memory };
        let text = with(&[&train(settings)]).replacen("stages:", &format!("{head}stages:"), 1);
        let lines = match plan_in(&text, &environment) {
            Ok(plan) => plan.warnings.to_string(),
            Err(e) => e.to_string(),
        };
        lines.lines().filter(|line| line.contains("of memory")).map(str::to_owned).collect::<Vec<_>>()
    };
    let warnings = |settings: &str, memory| told(settings, "", memory);
    let none: [&str; 0] = [];
    assert_eq!(warnings("", None), none);
    assert_eq!(warnings("", Some(1 << 30)), none);
    let large = warnings("", Some(1 << 20));
    assert!(large[0].starts_with("p.yaml:3:3: error: reading and preparing takes about "), "{large:?}");
    assert!(large[1].starts_with("p.yaml:5:5: warning: training 'm' takes about "), "{large:?}");
    assert!(large[1].ends_with("and this machine has 1.0 MB"), "{large:?}");
    // Who knows better says so; who wants less, too.
    assert_eq!(told("", "memory: 1GiB\n", Some(1 << 20)), none);
    let allowed = told("", "memory: 1 MiB\n", Some(1 << 30));
    assert!(allowed.iter().all(|line| line.contains(": error: ") && line.ends_with("and `memory` allows 1.0 MB")));
    assert_eq!(allowed.len(), 2);
    let wrong = told("", "memory: much\n", None);
    assert!(
        wrong[0].contains("p.yaml:2:9: error: 'much' is no amount of memory; write a number and a unit"),
        "{wrong:?}"
    );
    // A batch is at most all rows.
    assert_eq!(warnings("batch: 1000000000", Some(1 << 30)), none);
}

#[test]
fn the_output_of_a_network_on_an_input_of_unknown_width_is_known() {
    let prepare = "prepare: {from: train, steps: [{one_hot: {field: z, as: h}}]}";
    let model = |settings: &str| train(settings).replace("mlp: {hidden: [16]}", "point_net: {hidden: [8]}");
    let shown =
        |settings: &str| plan(&with(&[prepare, &model(settings)])).unwrap_or_else(|e| panic!("{e}")).to_string();
    let values = shown("input: [loose, h], target: e");
    assert!(values.contains("point_net 8, ? → 1, parameters not known"), "{values}");
    let classes = shown("input: [loose, h], target: class, loss: cross_entropy");
    assert!(classes.contains("point_net 8, ? → 10, parameters not known"), "{classes}");
}

#[test]
fn extreme_numbers_are_planned_or_refused_without_panic() {
    let text = with(&[
        "prepare: {from: train, steps: [{subsample: {rows: 5}}, {split: {of: train, into: {a: 0.5, b: 0.5}}}]}",
        &train("validate: 0.5, augment: {learned: {space: {block: {sizes: [2]}}}}").replace("from: train", "from: a"),
        "evaluate: {models: m, on: b, shifts: [{rotate: {degrees: 9}}, {sector: {field: x, degrees: [0, 9]}}]}",
    ]);
    let paths = [
        "train.limit",
        "train.fields.x.dim",
        "train.fields.x.shape",
        "stages[2].steps[0].subsample.rows",
        "stages[2].steps[1].split.into.a",
        "m.validate",
        "m.batch",
        "m.epochs",
        "m.model.mlp.hidden",
        "m.optimizer.lr",
        "m.augment.learned.space.block.sizes",
        "m.augment.learned.space.gl",
        "m.augment.learned.space.affine",
        "m.augment.learned.generators",
        "m.augment.learned.audit.networks",
        "stages[4].shifts[0].rotate.plane",
        "stages[4].shifts[1].sector.plane",
        "stages[4].shifts[1].sector.degrees",
    ];
    let numbers = ["0", "1", "3", "18446744073709551615", "-1", "1e308", "-1e308", "1e-320"];
    for path in paths {
        for number in numbers {
            for value in [number.to_owned(), format!("[{number}, {number}]")] {
                let set = format!("{path}={value}");
                let Ok(document) = Document::from_text("p.yaml", &text, std::slice::from_ref(&set)) else { continue };
                match resolve(&document, 0, &Environment { probe: &probe, known: &known, memory: None }) {
                    Ok(plan) => assert!(plan.to_string().contains("demo"), "{set}"),
                    Err(error) => assert!(error.errors() > 0 && !error.to_string().is_empty(), "{set}"),
                }
            }
        }
    }
}

#[test]
fn a_network_that_cannot_be_built_is_not_counted_by_the_stage_that_shares_it() {
    // The message is told once, for both stages; neither may build the network.
    let model = "model: {transformer: {width: 4, heads: 0}}";
    let first = train("").replace("model: {mlp: {hidden: [16]}}", model);
    assert!(first.contains("transformer"), "{first}");
    let found = errors(&with(&[&first, "train: {as: n, like: m}"]));
    assert!(found.iter().any(|e| e.contains("`heads` is 0")), "{found:?}");
}
