//! Plans and their errors as whole texts; `INSTA_UPDATE=always` writes them again.

use super::tests::{MORE, errors, plan, train, with};

#[test]
fn a_plan_of_every_kind_of_stage_reads_like_this() {
    let text = with(&[
        MORE,
        "prepare: {from: [train, test], steps: [{center: {fields: x, fit: train}}, {scale: {fields: [x, y], fit: train}}]}",
        "prepare: {from: more, steps: [{unit_sphere: {fields: cloud}}, {rasterise: {of: cloud, as: shadow, size: [8, 8]}}, {turn: {fields: cloud, by: {rotate: uniform}}}]}",
        &train("augment: {learned: {space: {gl: 2}, generators: 3}}"),
        &train("augment: none").replace("as: m", "as: plain"),
        &train("augment: {known: {group: so(2), extent: 0.7}}").replace("as: m", "as: oracle"),
        "evaluate: {models: [m, plain, oracle], on: test, shifts: [{rotate: {degrees: 30}}, {boost: {rapidity: 1}}, {sector: {field: x, degrees: [0, 90]}}, {noise: 0.1}]}",
    ]);
    let plan = plan(&text).unwrap_or_else(|e| panic!("{e}"));
    insta::assert_snapshot!(plan.to_string());
}

#[test]
fn errors_of_sense_read_like_this() {
    let text = with(&[
        "prepare: {from: train, steps: [{standardise: {fields: x}}, {center: {fields: class}}]}",
        &train("batch: 0, target: class, augment: {learned: {space: {gl: 3}, scale: 0}}"),
        "train: {as: m, like: m, from: nothing}",
        "evaluate: {models: [m, other], on: test, shifts: [{rotate: {plane: [0, 0]}}, {group: {group: so(9)}}]}",
    ]);
    insta::assert_snapshot!(errors(&text).join("\n"));
}
