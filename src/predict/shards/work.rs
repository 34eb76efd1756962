//! Shards made one after the other.

use std::path::Path;

use semola_data::Watch;

use super::{Published, Shards};
use crate::predict::advance::Advance;
use crate::predict::{Input, Model, PredictError, Predictor, Settings, Written};

impl Shards<'_> {
    /// Makes these shards, on the model's device; `tell` is called with the outcome of each file.
    ///
    /// # Errors
    /// As [`make`](Self::make).
    pub fn make_all(
        &self,
        chosen: &[usize],
        model: &Model,
        input: &Input,
        settings: Settings,
        watch: &dyn Watch,
        tell: &dyn Fn(&Path, Published),
    ) -> Result<Written, PredictError> {
        model.device.run(|device| {
            let mut predictor = Predictor::new(&model.loaded, device, settings)?;
            let rows = chosen.iter().map(|&shard| self.rows(shard)).sum();
            let mut advance = Advance::new(watch, rows);
            let mut all = Written::default();
            for &shard in chosen {
                let (written, published) = self.make(shard, input, &mut predictor, &mut advance)?;
                all.add(&written);
                tell(&self.path(shard), published);
            }
            advance.finish();
            Ok(all)
        })
    }
}
