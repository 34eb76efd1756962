//! Settings by the names that the user wrote: `learned.model.mlp.hidden` for `stages.5.train.model.mlp.hidden`.

use std::collections::BTreeMap;

use semola_data::table::flatten;
use serde_json::Value;

/// The key of the stages, and of a stage's name.
const STAGES: &str = "stages";
const NAME: &str = "as";

/// All settings of a resolved pipeline in order: name and value. A setting of a stage that has a name of its own begins with that, as
/// `--set` takes it; others keep their paths.
pub fn named_settings(pipeline: &Value) -> Vec<(String, Value)> {
    let names = names(pipeline);
    let named = |path: &str| {
        let (number, rest) = path.strip_prefix(STAGES)?.strip_prefix('.')?.split_once('.')?;
        let (_, rest) = rest.split_once('.')?;
        Some(format!("{}.{rest}", names.get(&number.parse::<usize>().ok()?)?))
    };
    flatten(pipeline).into_iter().map(|setting| (named(&setting.path).unwrap_or(setting.path), setting.value)).collect()
}

/// The names of the stages that no other stage and no other key of the pipeline has. A name with a dot would be taken for a path.
fn names(pipeline: &Value) -> BTreeMap<usize, &str> {
    let stages = pipeline[STAGES].as_array().into_iter().flatten();
    let all: Vec<Option<&str>> = stages.map(name).collect();
    let is_own = |name: &str| {
        let once = all.iter().flatten().filter(|other| **other == name).count() == 1;
        once && pipeline.get(name).is_none() && !name.contains(['.', '"']) && name.parse::<usize>().is_err()
    };
    let own = all.iter().enumerate().filter_map(|(at, name)| Some((at, (*name)?)));
    own.filter(|(_, name)| is_own(name)).collect()
}

/// A stage's name.
fn name(stage: &Value) -> Option<&str> {
    stage.as_object()?.values().next()?.get(NAME)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn stages_with_names_of_their_own_name_their_settings() {
        let pipeline = json!({"seed": 1, "stages": [
            {"read": {"as": "train", "fields": {"x.y": {"dim": 2}}}},
            {"prepare": {"steps": [{"scale": {"fit": "train"}}]}},
            {"train": {"as": "learned", "model": {"mlp": {"hidden": [8]}}}},
            {"train": {"as": "twice", "epochs": 1}},
            {"train": {"as": "twice", "epochs": 2}},
            {"train": {"as": "seed", "epochs": 3}},
        ]});
        let names: Vec<String> = named_settings(&pipeline).into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "seed",
                "train.as",
                "train.fields.\"x.y\".dim",
                "stages.1.prepare.steps.0.scale.fit",
                "learned.as",
                "learned.model.mlp.hidden",
                "stages.3.train.as",
                "stages.3.train.epochs",
                "stages.4.train.as",
                "stages.4.train.epochs",
                "stages.5.train.as",
                "stages.5.train.epochs",
            ]
        );
        assert!(named_settings(&Value::Null).is_empty());
    }
}
