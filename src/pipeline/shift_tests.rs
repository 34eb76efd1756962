//! Shifts of four-momenta: which errors, and their labels.

use super::tests::{MORE, errors, plan, train, with};

#[test]
fn shifts_of_four_momenta() {
    let model = train("input: jet, target: e").replace("from: train", "from: more");
    let with_shift =
        |shift: &str| with(&[MORE, &model, &format!("evaluate: {{models: m, on: more, shifts: [{shift}]}}")]);
    let good = [
        ("{boost: {rapidity: 1}}", "boost ±1"),
        ("{boost: {rapidity: 1, time: 3}}", "boost ±1 (time 3)"),
        ("{rotate: {axes: [1, 2, 3]}}", "rotate uniform (1,2,3)"),
        ("{rotate: {axes: [1, 2, 3], degrees: 20}}", "rotate ±20° (1,2,3)"),
        ("{rotate: {degrees: 20}}", "rotate ±20°"),
        ("{rotate: {plane: [1, 2], degrees: 20}}", "rotate ±20° (1,2)"),
    ];
    for (shift, label) in good {
        let plan = plan(&with_shift(shift)).unwrap_or_else(|e| panic!("{shift}: {e}"));
        assert!(plan.to_string().contains(&format!("shifts: {label};")), "{plan}");
    }
    let bad = [
        ("{boost: {rapidity: 0}}", "`rapidity` is 0"),
        ("{boost: {rapidity: 1, time: 9}}", "there is no axis 9"),
        ("{rotate: {axes: [4, 1]}}", "there is no axis 4"),
        ("{rotate: {axes: [1]}}", "two axes or more"),
        ("{rotate: {}}", "the rotation says nothing"),
    ];
    for (shift, wanted) in bad {
        let found = errors(&with_shift(shift));
        assert!(found.len() == 1 && found[0].contains(wanted), "{shift}: {found:?}");
    }
}
