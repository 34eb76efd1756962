//! Scores of predictions, if the new data has targets: the metrics of the table `evaluation`.

use std::collections::HashMap;

use super::PredictError;
use super::predictor::{Outputs, Predicted};
use crate::evaluate::metrics::{Metric, Scores};
use crate::model::Task;
use crate::model::measured;
use semola_data::Dataset;
use semola_engine::Streams;

/// Resamples of the intervals: the default of an `evaluate` stage.
const BOOTSTRAP: usize = 500;

/// The targets of a piece.
pub struct Truth {
    /// In the units that errors are measured in, or numbers of classes.
    values: Vec<f64>,
    /// The predictions in those units, where they are not the physical ones.
    predicted: Option<Vec<f64>>,
    /// Which rows belong together.
    groups: Option<Vec<String>>,
}

impl Truth {
    /// The targets of prepared data, beside the outputs of the network for the same rows.
    ///
    /// # Errors
    /// If a target is missing or not like the training data's.
    pub fn of(task: &Task, data: &Dataset, outputs: &[f32], group: Option<&str>) -> Result<Self, PredictError> {
        let groups = group.and_then(|name| data.keys.get(name)).cloned();
        let plain = task.view(data)?.plain_targets;
        if task.class_names().is_some() {
            return Ok(Self { values: plain.into_iter().map(f64::from).collect(), predicted: None, groups });
        }
        let (all, targets): (Vec<usize>, _) = ((0..data.rows).collect(), task.target_columns(data)?);
        let predicted = task.is_compressed(data).then(|| measured(data, &targets, &all, outputs)).transpose()?;
        Ok(Self { values: measured(data, &targets, &all, &plain)?, predicted, groups })
    }
}

/// Rows of one piece: the widths of the targets (or the number of classes), predictions and targets.
pub(super) struct Part {
    pub widths: Vec<usize>,
    pub predicted: Vec<f64>,
    pub truth: Vec<f64>,
}

/// Collects predictions and targets. Both are kept until the end: squared errors alone would not determine the
/// intervals.
#[derive(Default)]
pub struct Scoring {
    pub(super) parts: Vec<Part>,
    pub(super) classes: bool,
    pub(super) groups: Vec<usize>,
    pub(super) known: HashMap<String, usize>,
}

impl Scoring {
    /// Adds a piece, if it has targets.
    pub fn add(&mut self, predicted: Predicted) {
        let Some(truth) = predicted.truth else { return };
        let rows = predicted.rows.len();
        match truth.groups {
            Some(names) => {
                for name in names {
                    let number = self.number(name);
                    self.groups.push(number);
                }
            }
            None => self.groups.extend(self.groups.len()..self.groups.len() + rows),
        }
        let (widths, values) = match predicted.outputs {
            Outputs::Values { targets, values } => (targets.iter().map(|t| t.width).collect(), values),
            Outputs::Logits { classes, values } => {
                self.classes = true;
                (vec![classes], values)
            }
        };
        self.parts.push(Part { widths, predicted: truth.predicted.unwrap_or(values), truth: truth.values });
    }

    /// The number of a group.
    pub(super) fn number(&mut self, name: String) -> usize {
        let next = self.known.len();
        *self.known.entry(name).or_insert(next)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.groups.len()
    }

    /// The metrics with 95 % intervals over whole groups.
    pub fn metrics(&self, seed: u64) -> Vec<Metric> {
        if self.groups.is_empty() {
            return Vec::new();
        }
        let group = |row: usize| self.groups.get(row).copied().unwrap_or(row);
        let (predicted, width) = self.joined(|part| &part.predicted);
        let scores = if self.classes {
            let truth: Vec<usize> = self.parts.iter().flat_map(|p| &p.truth).map(|&c| c as usize).collect();
            Scores::classification(&predicted, &truth, width, &group)
        } else {
            Scores::regression(&predicted, &self.joined(|part| &part.truth).0, width, &group)
        };
        scores.metrics(BOOTSTRAP, &Streams::new(seed).scope("predict"))
    }

    /// The values of all rows, equally wide: targets with fewer points than in another chunk are padded with NaN.
    fn joined(&self, of: impl Fn(&Part) -> &Vec<f64>) -> (Vec<f64>, usize) {
        let count = self.parts.first().map_or(0, |part| part.widths.len());
        let most = |t: usize| self.parts.iter().filter_map(|part| part.widths.get(t)).copied().max().unwrap_or(0);
        let widths: Vec<usize> = (0..count).map(most).collect();
        let mut all = Vec::new();
        for part in &self.parts {
            for row in of(part).chunks_exact(part.widths.iter().sum::<usize>().max(1)) {
                let mut rest = row;
                for (own, width) in part.widths.iter().zip(&widths) {
                    let (values, tail) = rest.split_at((*own).min(rest.len()));
                    all.extend_from_slice(values);
                    all.extend(std::iter::repeat_n(f64::NAN, width - own));
                    rest = tail;
                }
            }
        }
        (all, widths.iter().sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TargetColumn;

    fn piece(width: usize, predicted: &[f64], truth: &[f64], groups: &[&str]) -> Predicted {
        let targets = vec![TargetColumn { name: "y".into(), width, held: None }];
        let groups = Some(groups.iter().map(|g| (*g).to_owned()).collect());
        Predicted {
            rows: (0..predicted.len() / width).map(|row| row as u64).collect(),
            outputs: Outputs::Values { targets, values: predicted.to_vec() },
            truth: Some(Truth { values: truth.to_vec(), predicted: None, groups }),
            dropped: Default::default(),
        }
    }

    #[test]
    fn pieces_of_different_widths_are_scored_together() {
        let mut scoring = Scoring::default();
        scoring.add(piece(2, &[1.0, f64::NAN], &[2.0, f64::NAN], &["a"]));
        scoring.add(piece(3, &[1.0, 2.0, 3.0, 5.0, 5.0, 5.0], &[1.0, 2.0, 6.0, 5.0, 5.0, 5.0], &["b", "a"]));
        assert_eq!((scoring.rows(), scoring.groups.as_slice()), (3, &[0, 1, 0][..]));
        let metrics = scoring.metrics(1);
        let mse = metrics.iter().find(|m| m.name == "mse").unwrap();
        assert!((mse.value - (1.0 + 3.0 + 0.0) / 3.0).abs() < 1e-12, "{mse:?}");
        // Kept in two files and put together again, they are the same.
        let (mut a, mut b) = (Scoring::default(), Scoring::default());
        a.add(piece(2, &[1.0, f64::NAN], &[2.0, f64::NAN], &["a"]));
        b.add(piece(3, &[1.0, 2.0, 3.0, 5.0, 5.0, 5.0], &[1.0, 2.0, 6.0, 5.0, 5.0, 5.0], &["b", "a"]));
        let mut whole = Scoring::default();
        for part in [a, b] {
            whole.add_checkpoint(&part.to_checkpoint()).unwrap();
        }
        assert_eq!((whole.rows(), &whole.groups), (3, &scoring.groups));
        let told = |m: &[Metric]| m.iter().map(|m| (m.name, m.value, m.low, m.high)).collect::<Vec<_>>();
        assert_eq!(told(&whole.metrics(1)), told(&metrics));
    }
}
