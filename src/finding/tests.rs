use serde_json::json;

use super::*;

fn pipeline(read: Value, train: Value) -> Value {
    json!({"stages": [
        {"read": {"as": "train", "fields": read}},
        {"train": train},
        {"train": {"as": "plain", "target": train["target"], "model": train["model"], "augment": "none"}},
        {"train": {"as": "oracle", "target": train["target"], "model": train["model"], "augment": {"known": "so(2)"}}},
    ]})
}

fn learned(input: Value, target: &str, space: Value) -> Value {
    let learned = json!({"space": space, "audit": {"tolerance": 0.02}});
    json!({"as": "learned", "input": input, "target": target, "model": {"mlp": {}}, "augment": {"learned": learned}})
}

fn group(verdict: &str, name: &str, side: u32, rank: u32) -> GroupRow {
    GroupRow {
        model: "learned".into(),
        verdict: verdict.into(),
        name: name.split('[').next().unwrap().into(),
        nearest: name.into(),
        conjugacy: "standard".into(),
        snapped: true,
        side,
        rank,
        skill: Some(0.97),
        p_value: Some(0.01),
        extent: Some(std::f64::consts::PI),
        breaking: Some(0.0),
        breaking_bound: Some(0.013),
        breaking_seen: Some(0.9),
        ..GroupRow::default()
    }
}

fn of(pipeline: &Value, group: GroupRow) -> Finding {
    findings(pipeline, &[group], &[]).remove(0)
}

fn plane() -> Value {
    let fields = json!({
        "x": {"columns": ["qx", "qy", "vx", "vy"], "action": "vector", "dim": 2},
        "y": {"columns": ["ax", "ay"], "action": "vector", "dim": 2, "unit": "m/s²"},
    });
    pipeline(fields, learned(json!("x"), "y", json!({"gl": 2})))
}

#[test]
fn a_claim_names_fields_and_target_and_says_how_sure_and_how_far() {
    let found = of(&plane(), group("accepted", "so(2)", 2, 1));
    assert_eq!(
        found.sentence,
        "`y` is equivariant under rotations in the plane of (qx, qy) and (vx, vy) (so(2), 1 generator)."
    );
    assert_eq!(
        found.certainty.as_deref(),
        Some(
            "These rows exclude a breaking of more than 1.3 % of what the target varies by under moves as large (95 % confidence; the \
             tolerance is 2 %). The networks explain 97 % of the variation of the target on rows that they have not seen."
        )
    );
    assert_eq!(found.reach.as_deref(), Some("The whole circle."));
    assert_eq!((found.word.as_str(), &found.meaning, &found.next), ("so(2)", &None, &None));
}

#[test]
fn groups_are_named_in_the_terms_of_their_data() {
    let muons = json!({
        "p": {"columns": ["E1", "x1", "y1", "z1", "E2", "x2", "y2", "z2"], "action": "vector", "dim": 4}, "m": {"column": "M"},
    });
    let muons = pipeline(muons, learned(json!("p"), "m", json!({"gl": 4})));
    let told = |pipeline: &Value, name: &str, side| of(pipeline, group("accepted", name, side, 3)).sentence;
    assert_eq!(
        told(&muons, "so(1,3)", 4),
        "`m` is invariant under Lorentz transformations (rotations and boosts) of (E1, x1, y1, z1) and (E2, x2, y2, z2) (so(1,3), 3 \
         generators)."
    );
    assert!(told(&muons, "so(3)[1,2,3]", 4).contains("rotations of (x1, y1, z1) and (x2, y2, z2) (so(3)[1,2,3], "));
    assert!(told(&muons, "so(1,1)[0,3]+so(2)[1,2]", 4).contains(
        "Lorentz boosts in the plane of (E1, z1) and (E2, z2) and rotations in the plane of (x1, y1) and (x2, y2)"
    ));
    let image = json!({"image": {"action": "pixels", "shape": [8, 8]}, "label": {"labels": true}});
    let image = pipeline(image, learned(json!(["image"]), "label", json!({"affine": 2})));
    assert!(
        told(&image, "so(2)", 3)
            .starts_with("`label` is invariant under rotations of the image `image` about its centre (")
    );
    let solid = json!({"positions": {"action": "points"}, "normals": {"action": "vector"}, "solid": {"labels": true}});
    let solid = pipeline(solid, learned(json!(["positions", "normals"]), "solid", json!({"gl": 3})));
    assert!(told(&solid, "so(3)", 3).contains("rotations of the points `positions` and the vectors `normals` ("));
    assert!(
        told(&solid, "so(2)", 3).contains("in the plane of the coordinates x and y of")
            || told(&solid, "so(2)", 3).contains("x, y")
    );
    let hidden = GroupRow { conjugacy: "conjugated".into(), ..group("accepted", "so(2)", 2, 1) };
    assert!(
        of(&plane(), hidden)
            .sentence
            .contains("rotations in hidden coordinates: it acts on linear combinations of (qx, qy)")
    );
    let unnamed = GroupRow { angle: Some(std::f64::consts::FRAC_PI_4), ..group("accepted", "so(2)", 2, 2) };
    let unnamed = GroupRow { name: "unnamed".into(), ..unnamed };
    assert!(
        of(&plane(), unnamed).sentence.contains("2 generators without a name here (the nearest is so(2), 45° away)")
    );
}

#[test]
fn what_is_not_claimed_says_what_it_means_and_what_to_try() {
    let nothing = |verdict: &str| GroupRow {
        name: "none".into(),
        breaking_bound: None,
        breaking_seen: None,
        ..group(verdict, "", 2, 0)
    };
    for (verdict, begins, next) in [
        ("none", "`y` has no continuous symmetry among the linear maps of 2 dimensions", "one vector"),
        ("not identifiable", "Not identifiable: the moves", "other poses"),
        ("refused: no skill", "No verdict: the networks explain 97 %", "more rows"),
        ("not tested", "Nothing is claimed: the method has no test.", "`augment: {learned"),
    ] {
        let found = of(&plane(), nothing(verdict));
        assert!(found.sentence.starts_with(begins), "{found:?}");
        assert!(found.next.as_ref().unwrap().contains(next) && !found.meaning.clone().unwrap().is_empty(), "{found:?}");
        assert_eq!(found.reach, None);
    }
    let open =
        GroupRow { tested: "so(2)".into(), breaking: Some(0.0), breaking_bound: Some(0.06), ..nothing("undecided") };
    let found = of(&plane(), open.clone());
    assert_eq!(
        found.sentence,
        "Undecided: these rows neither show nor exclude rotations in the plane of (qx, qy) and (vx, vy)."
    );
    assert!(found.certainty.unwrap().starts_with("These rows exclude only a breaking of more than 6 % of"));
    assert_eq!(
        found.next.as_deref(),
        Some(
            "about 9 times as many rows; `audit: {tolerance: 0.06}`, if a breaking of that share does not matter to you."
        )
    );
    let blind = GroupRow { breaking_seen: Some(0.02), breaking_bound: Some(1.0), skill: Some(0.5), ..open };
    let next = of(&plane(), blind).next.unwrap();
    assert!(next.contains("recover only 2 % of a breaking") && next.contains("longer training"), "{next}");
}

#[test]
fn beside_a_finite_part_the_network_is_not_said_to_be_the_plain_one() {
    let said = |whole: &str| {
        let group = GroupRow { whole: whole.into(), ..group("none", "none", 2, 0) };
        of(&plane(), group).meaning.unwrap()
    };
    assert!(said("").ends_with("the network is that without augmentation."), "{}", said(""));
    assert!(said("C4").ends_with("trained along the finite part, if that did no harm."), "{}", said("C4"));
}

#[test]
fn how_far_is_said_in_the_unit_of_the_group() {
    let far = |name: &str, extent| {
        of(&plane(), GroupRow { extent: Some(extent), ..group("accepted", name, 2, 1) }).reach.unwrap()
    };
    assert_eq!(far("so(2)", 0.61), "Up to ±35°, as far as the data show it.");
    assert!(far("so(1,3)", 1.2).starts_with("Up to rapidity 1.2"));
    assert_eq!(far("scale", 0.7), "Factors from 0.5 to 2.");
    assert!(far("t(2)", 0.5).starts_with("Displacements of up to 0.5 times"));
    assert!(far("se(3)", 0.5).contains("otherwise shares"));
    let whole = GroupRow { extent: None, p_value: None, breaking_bound: Some(0.4), ..group("accepted", "so(2)", 2, 1) };
    let whole = of(&plane(), whole);
    assert!(
        whole.reach.unwrap().starts_with("As a whole")
            && whole.certainty.unwrap().starts_with("It rests on a second look")
    );
}

#[test]
fn gains_are_told_against_both_other_networks() {
    let row = |model: &str, shift: &str, value: f64| EvaluationRow {
        model: model.into(),
        split: "test".into(),
        shift: shift.into(),
        metric: "mse".into(),
        value,
        ci_low: Some(0.9 * value),
        ci_high: Some(1.1 * value),
        n: 100,
    };
    let rows = [
        row("learned", "none", 0.2),
        row("plain", "none", 1.0),
        row("oracle", "none", 0.19),
        row("learned", "rotate uniform", 0.3),
        row("plain", "rotate uniform", 0.1),
    ];
    let found = findings(&plane(), &[group("accepted", "so(2)", 2, 1)], &rows).remove(0);
    assert_eq!(
        found.gains,
        [
            "On `test` as it is, mean squared error 0.2 (m/s²)²: 0.2 times the plain network's 1 (better); 1.1 times that with so(2) given, \
             0.19 (no clear difference).",
            "On `test` under the shift rotate uniform, mean squared error 0.3 (m/s²)²: 3 times the plain network's 0.1 (worse).",
        ]
    );
    assert_eq!(found.details().len(), 4);
}

#[test]
fn a_pipeline_that_says_nothing_makes_plain_words() {
    let found = of(&Value::Null, group("accepted", "so(2)", 2, 1));
    assert_eq!(
        found.sentence,
        "The target is invariant under rotations in the plane of the inputs (so(2), 1 generator)."
    );
    let other = of(&Value::Null, group("certain", "so(2)", 2, 1));
    assert!(other.sentence.contains("'certain'") && other.word == "certain");
}
