//! The state of a fit: everything that is needed to continue bit for bit.

use serde::{Deserialize, Serialize};

use super::basis::Basis;
use super::session::{Saved, Session, TrainError};
use semola_engine::{HostParam, Learner};

/// One epoch's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryPoint {
    pub epoch: usize,
    pub step: usize,
    /// Mean loss of the epoch's steps, augmentation included.
    #[serde(deserialize_with = "number")]
    pub train_loss: f64,
    /// Task loss on held-out rows, not augmented; of the averaged weights if there are any.
    #[serde(deserialize_with = "number")]
    pub held_out_loss: f64,
    pub lr: f64,
    /// Strengths of the learned generators.
    pub strengths: Vec<f64>,
}

/// JSON has no NaN and no infinity: they are written as null.
fn number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}

/// What a checkpoint holds besides the parameters.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Progress {
    pub step: usize,
    pub finished: bool,
    pub loss_sum: f64,
    pub loss_count: usize,
    pub history: Vec<HistoryPoint>,
    pub basis: Option<Basis>,
    pub widths: Option<Vec<f64>>,
    pub best_loss: Option<f64>,
    pub stale_epochs: usize,
}

/// Parameters and progress.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FitState {
    pub params: Vec<HostParam>,
    /// The best parameters so far, if early stopping needs them.
    pub best: Option<Vec<Vec<f32>>>,
    pub progress: Progress,
}

impl FitState {
    /// The content of the checkpoint of that name, if there is one; its parameters are loaded into the learner.
    ///
    /// # Errors
    /// If the checkpoint is not one of this fit.
    pub fn resume(name: &str, learner: &mut Learner, session: &dyn Session) -> Result<Option<Self>, TrainError> {
        let Some(saved) = session.load(name) else { return Ok(None) };
        let state = Self::load(&saved).filter(|state| learner.set_from_host(&state.params));
        state.map(Some).ok_or_else(|| TrainError::ForeignCheckpoint { name: name.to_owned() })
    }

    /// Writes a checkpoint with the parameters of the learner.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(&mut self, name: &str, learner: &Learner, session: &dyn Session) -> Result<(), TrainError> {
        self.params = learner.to_host();
        let kept = session.save(name, &self.save());
        kept.map_err(|reason| TrainError::Checkpoint { name: name.to_owned(), reason })
    }

    /// Between two steps: writes a checkpoint if one is due or a stop was requested.
    ///
    /// # Errors
    /// [`TrainError::Interrupted`] after saving; a checkpoint that cannot be written.
    pub fn pause(&mut self, name: &str, learner: &Learner, session: &dyn Session) -> Result<(), TrainError> {
        if session.interrupted() {
            self.keep(name, learner, session)?;
            return Err(TrainError::Interrupted);
        }
        if session.due(name) {
            self.keep(name, learner, session)?;
        }
        Ok(())
    }

    /// As a checkpoint.
    pub fn save(&self) -> Saved {
        let mut tensors = Vec::new();
        for (i, p) in self.params.iter().enumerate() {
            tensors.push((format!("{}/value", p.name), p.value.clone()));
            tensors.push((format!("{}/m", p.name), p.m.clone()));
            tensors.push((format!("{}/v", p.name), p.v.clone()));
            if let Some(a) = &p.average {
                tensors.push((format!("{}/average", p.name), a.clone()));
            }
            if let Some(best) = &self.best {
                tensors.push((format!("{}/best", p.name), best[i].clone()));
            }
        }
        let names: Vec<&str> = self.params.iter().map(|p| p.name.as_str()).collect();
        let state = serde_json::json!({ "progress": self.progress, "params": names });
        Saved { tensors, state }
    }

    /// From a checkpoint; `None` if it is not from a fit.
    pub fn load(saved: &Saved) -> Option<Self> {
        let find = |name: &str| saved.tensors.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let names: Vec<String> = serde_json::from_value(saved.state.get("params")?.clone()).ok()?;
        let progress: Progress = serde_json::from_value(saved.state.get("progress")?.clone()).ok()?;
        let mut params = Vec::new();
        let mut best = Vec::new();
        for name in names {
            let part = |what: &str| find(&format!("{name}/{what}"));
            best.extend(part("best"));
            let (value, m, v, average) = (part("value")?, part("m")?, part("v")?, part("average"));
            params.push(HostParam { name, value, m, v, average });
        }
        let best = (best.len() == params.len() && !best.is_empty()).then_some(best);
        Some(Self { params, best, progress })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_a_checkpoint_bit_for_bit() {
        let param = |name: &str, average| HostParam {
            name: name.into(),
            value: vec![0.1, -3e-20],
            m: vec![1.0, 2.0],
            v: vec![0.5, 0.25],
            average,
        };
        let progress = Progress { step: 7, loss_sum: 0.1 + 0.2, best_loss: Some(1.0 / 3.0), ..Progress::default() };
        let state = FitState {
            params: vec![param("a", Some(vec![3.0, 4.0])), param("b", None)],
            best: Some(vec![vec![9.0, 9.0], vec![8.0, 8.0]]),
            progress,
        };
        let saved = state.save();
        let text = serde_json::to_string(&saved.state).unwrap();
        let saved = Saved { state: serde_json::from_str(&text).unwrap(), ..saved };
        assert_eq!(FitState::load(&saved), Some(state));
    }
}
