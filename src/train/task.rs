//! From the settings of a `train` stage and its data set to the task.

use semola_data::{DataError, Dataset};
use semola_lie::action::Action;

use super::Train;
use crate::model::{Task, form, most_points};

/// The task of a `train` stage on its data set; `all` are the data sets that it may be used on: rows are padded to
/// their largest number of points.
pub fn task_of<'d>(
    train: &Train,
    data: &Dataset,
    all: impl Iterator<Item = &'d Dataset> + Clone,
) -> Result<Task, DataError> {
    let names: Vec<String> = train.input.as_slice().iter().chain(train.target.as_slice()).cloned().collect();
    let mut linear = None;
    let mut unit = None;
    for name in &names {
        let action = data.field(name)?.action;
        linear = linear.or(action.dim());
        if matches!(action, Action::Points { .. }) {
            unit = unit.or(Some(data.scaling(name)));
        }
    }
    let classes = match train.target.as_slice() {
        [one] => data.field(one)?.classes.clone(),
        _ => None,
    };
    let inputs = train.input.as_slice().iter().map(|name| data.field(name)).collect::<Result<Vec<_>, _>>()?;
    let ragged = inputs.iter().any(|f| f.offsets.is_some());
    let points = train.model.on_points().then(|| {
        let fixed = || inputs.iter().find_map(|f| form(f, 1.0).points());
        let most = || all.flat_map(|d| names.iter().filter_map(|n| d.fields.get(n))).map(most_points).max();
        if ragged { most() } else { fixed() }.unwrap_or(1)
    });
    let is_ragged = |name: &&String| data.fields.get(*name).is_some_and(|f| f.offsets.is_some());
    Ok(Task {
        inputs: train.input.as_slice().to_vec(),
        targets: train.target.as_slice().to_vec(),
        linear: linear.unwrap_or(1),
        affine: train.augment.is_affine(),
        loss: train.loss,
        residual: train.residual,
        change_scale: None,
        classes,
        unit: unit.unwrap_or(1.0),
        points,
        ragged,
        ragged_fields: names.iter().filter(is_ragged).cloned().collect(),
    })
}
