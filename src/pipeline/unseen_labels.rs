//! Labels that the training data does not have: found before anything is trained, not when the model is measured.

use std::collections::BTreeMap;

use semola_data::settings::OnInvalid;
use semola_data::{DataError, Dataset, check_known};

use super::list::PlannedStage;
use super::stages::Plan;
use crate::stage::World;
use crate::train::Validate;
use semola_plan::{Certainty, DataShape};

/// A data set that a classifier is measured or validated on.
struct Use<'a> {
    /// What the classifier is trained on, and which field its classes are.
    from: &'a str,
    target: &'a str,
    on: &'a str,
    /// Where the pipeline says so.
    path: String,
}

/// Checks data as it was read. Where preparation may leave rows out, it is a warning: the rows may be among them.
pub fn check_read(plan: &mut Plan, data: &BTreeMap<String, Dataset>, is_written: &dyn Fn(&str) -> bool) {
    let mut found = Vec::new();
    for used in uses(plan, is_written) {
        let (Some(train), Some(other)) = (origin(plan, used.from), origin(plan, used.on)) else { continue };
        let (Some(read), Some(whole)) = (data.get(train.1), data.get(other.1)) else { continue };
        if train.1 == other.1 {
            continue;
        }
        if let Err(error) = known(read, whole, used.target) {
            let all = other.0.certainty == Certainty::Exact && other.0.rows == Some(whole.rows);
            found.push((used.path, error, all));
        }
    }
    for (path, error, all) in found {
        match all {
            true => plan.warnings.push_data(&path, error.to_string(), None),
            false => plan.warnings.warn(&path, error.to_string(), None),
        }
    }
}

/// Checks the data sets as they are before the stage `number`, if all preparation is done.
///
/// # Errors
/// [`DataError::UnknownLabel`] for the first row.
pub fn check_prepared(plan: &Plan, number: usize, world: &World<'_>) -> Result<(), DataError> {
    let later = plan.stages.get(number..).unwrap_or_default();
    if later.iter().any(|stage| matches!(stage, PlannedStage::Prepare(_))) {
        return Ok(());
    }
    for used in uses(plan, &|_| false) {
        if let (Some(train), Some(other)) = (world.data.get(used.from), world.data.get(used.on)) {
            known(train, other, used.target)?;
        }
    }
    Ok(())
}

fn known(train: &Dataset, other: &Dataset, target: &str) -> Result<(), DataError> {
    let classes = |data: &Dataset| data.fields.get(target).and_then(|field| field.classes.clone());
    match (classes(train), classes(other)) {
        (Some(classes), Some(_)) if other.on_invalid == OnInvalid::Error => {
            check_known(other, target, other.columns.get(target).map_or(target, String::as_str), &classes)
        }
        _ => Ok(()),
    }
}

/// What is known of a data set, and the name under which it was read; `None` if it was put together otherwise.
fn origin<'a>(plan: &'a Plan, name: &str) -> Option<(&'a DataShape, &'a str)> {
    let mut shape = None;
    for stage in &plan.stages {
        match stage {
            PlannedStage::Read(read) if read.spec.name == name => shape = Some(&read.data),
            PlannedStage::Prepare(prepare) => {
                shape = prepare.produces.iter().find(|(own, _)| *own == name).map(|(_, data)| data).or(shape);
            }
            _ => {}
        }
    }
    let shape = shape?;
    match plan.stages.get(shape.read)? {
        PlannedStage::Read(read) => Some((shape, read.spec.name.as_str())),
        _ => None,
    }
}

fn uses<'a>(plan: &'a Plan, is_written: &dyn Fn(&str) -> bool) -> Vec<Use<'a>> {
    let mut models: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let mut all = Vec::new();
    for (number, stage) in plan.stages.iter().enumerate() {
        match stage {
            PlannedStage::Train(train) => {
                let spec = &train.spec;
                let [target] = spec.target.as_slice() else { continue };
                models.insert(&spec.name, (&spec.from, target));
                if let Validate::Dataset(on) = &spec.validate {
                    let path = format!("stages[{number}].train.validate");
                    all.push(Use { from: &spec.from, target, on, path });
                }
            }
            PlannedStage::Evaluate(evaluate) => {
                let trained = evaluate.spec.models.as_slice().iter().filter_map(|model| models.get(model.as_str()));
                let mut trained: Vec<_> = trained.collect();
                trained.dedup();
                for (i, on) in evaluate.spec.on.as_slice().iter().enumerate() {
                    let whole = format!("stages[{number}].evaluate.on");
                    let path = Some(format!("{whole}[{i}]")).filter(|path| is_written(path)).unwrap_or(whole);
                    let used = |(from, target): &&(&'a str, &'a str)| Use { from, target, on, path: path.clone() };
                    all.extend(trained.iter().map(used));
                }
            }
            _ => {}
        }
    }
    all
}
