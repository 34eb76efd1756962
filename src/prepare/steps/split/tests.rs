//! Which rows the parts get.

use super::*;
use crate::prepare::fixtures::{dataset, names, run, scale};
use crate::prepare::steps::Scale;
use crate::prepare::{Fit, Step};

#[test]
fn splits_keep_groups_whole_and_repeat() {
    let split = || {
        let mut data = BTreeMap::from([("all".to_string(), dataset(103, 3))]);
        let into = BTreeMap::from([("train".to_string(), 0.7), ("valid".into(), 0.1), ("test".into(), 0.2)]);
        let step = Step::Split(Split { of: "all".into(), into, by: None });
        let fit = Step::Scale(Scale(Fit { fields: names(&["x"]), fit: Some("train".into()) }));
        run(&[step, fit], &mut data, &["all"]).unwrap();
        data
    };
    let data = split();
    assert_eq!(data, split());
    assert!(!data.contains_key("all"));
    let mut seen: Vec<u64> = data.values().flat_map(|d| d.row_ids.clone()).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..103).collect::<Vec<u64>>());
    let mut owner = BTreeMap::new();
    for (name, part) in &data {
        for group in part.groups.iter().flatten() {
            assert_eq!(owner.entry(*group).or_insert(name), &name, "group {group} is in two parts");
        }
    }
    assert!((68..=76).contains(&data["train"].rows), "{}", data["train"].rows);
    assert!(data["test"].history["x"] == data["train"].history["x"]);
}

#[test]
fn splits_by_rows_and_by_column_are_exact() {
    let mut whole = dataset(10, 1);
    whole.groups = None;
    let mut data = BTreeMap::from([("all".to_string(), whole.clone())]);
    let into = BTreeMap::from([("train".to_string(), 0.5), ("test".into(), 0.3)]);
    run(&[Step::Split(Split { of: "all".into(), into, by: None })], &mut data, &["all"]).unwrap();
    assert_eq!((data["train"].rows, data["test"].rows), (5, 3));
    let mut data = BTreeMap::from([("all".to_string(), whole)]);
    let by = |column: &str| Step::Split(Split { of: "all".into(), into: BTreeMap::new(), by: Some(column.into()) });
    let message = run(&[by("prat")], &mut data, &["all"]).unwrap_err().to_string();
    assert!(message.contains("did you mean `part`"), "{message}");
    run(&[by("part"), scale(&["x"])], &mut data, &["all"]).unwrap_err();
    assert_eq!(data["a"].row_ids, [0, 2, 4, 6, 8]);
    assert_eq!(data["b"].row_ids, [1, 3, 5, 7, 9]);
}
