//! The predictions and targets of a shard, kept until all shards are there: metrics need all rows.

use serde_json::{Value, json};

use super::score::{Part, Scoring};
use semola_data::durable::{Checkpoint, Tensor, TensorData};

impl Scoring {
    /// As stored in a file.
    pub fn to_checkpoint(&self) -> Checkpoint {
        let tensor = |values: Vec<f64>| Tensor { shape: vec![values.len()], data: TensorData::F64(values) };
        let all = |of: fn(&Part) -> &Vec<f64>| tensor(self.parts.iter().flat_map(|p| of(p).iter().copied()).collect());
        // Sorted by their number, so that equal scores give equal bytes.
        let mut names: Vec<(&usize, &String)> = self.known.iter().map(|(name, number)| (number, name)).collect();
        names.sort();
        let parts: Vec<Value> = self
            .parts
            .iter()
            .map(|p| json!({ "widths": p.widths, "predicted": p.predicted.len(), "truth": p.truth.len() }))
            .collect();
        Checkpoint {
            tensors: [("predicted".to_owned(), all(|p| &p.predicted)), ("truth".to_owned(), all(|p| &p.truth))].into(),
            state: json!({
                "classes": self.classes,
                "groups": self.groups,
                "names": names.into_iter().map(|(_, name)| name).collect::<Vec<_>>(),
                "parts": parts,
            }),
        }
    }

    /// Adds the rows of a file; `None` if it is not one of these.
    pub fn add_checkpoint(&mut self, saved: &Checkpoint) -> Option<()> {
        let values = |name: &str| match &saved.tensors.get(name)?.data {
            TensorData::F64(values) => Some(values.as_slice()),
            TensorData::F32(_) => None,
        };
        let (mut predicted, mut truth) = (values("predicted")?, values("truth")?);
        let state = &saved.state;
        let names: Vec<String> = serde_json::from_value(state["names"].clone()).ok()?;
        let groups: Vec<usize> = serde_json::from_value(state["groups"].clone()).ok()?;
        let offset = self.groups.len();
        for group in groups {
            let group = match names.get(group) {
                Some(name) => self.number(name.clone()),
                // Rows on their own.
                None => offset + group,
            };
            self.groups.push(group);
        }
        self.classes |= state["classes"].as_bool()?;
        for part in state["parts"].as_array()? {
            let take = |values: &mut &[f64], key: &str| {
                let (taken, rest) = values.split_at_checked(usize::try_from(part[key].as_u64()?).ok()?)?;
                *values = rest;
                Some(taken.to_vec())
            };
            let widths = serde_json::from_value(part["widths"].clone()).ok()?;
            let (predicted, truth) = (take(&mut predicted, "predicted")?, take(&mut truth, "truth")?);
            self.parts.push(Part { widths, predicted, truth });
        }
        Some(())
    }
}
