//! Shards made one after the other.

use std::path::Path;

use semola_data::Watch;

use super::{Published, Shards};
use crate::predict::advance::Advance;
use crate::predict::{Input, Model, PredictError, Predictor, Settings, Written};
use crate::run::Job;
use semola_engine::Backend;

impl Shards<'_> {
    /// Makes these shards, on the model's device; `tell` is told what became of each file.
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
        model.device.run(SomeShards { shards: self, chosen, model, input, settings, watch, tell })
    }
}

struct SomeShards<'a> {
    shards: &'a Shards<'a>,
    chosen: &'a [usize],
    model: &'a Model,
    input: &'a Input<'a>,
    settings: Settings,
    watch: &'a dyn Watch,
    tell: &'a dyn Fn(&Path, Published),
}

impl Job for SomeShards<'_> {
    type Output = Written;
    type Error = PredictError;

    fn run(self, device: &Backend) -> Result<Written, PredictError> {
        let mut predictor = Predictor::new(&self.model.loaded, device, self.settings)?;
        let rows = self.chosen.iter().map(|&shard| self.shards.rows(shard)).sum();
        let mut advance = Advance::new(self.watch, rows);
        let mut all = Written::default();
        for &shard in self.chosen {
            let (written, published) = self.shards.make(shard, self.input, &mut predictor, &mut advance)?;
            all.add(&written);
            (self.tell)(&self.shards.path(shard), published);
        }
        advance.finish();
        Ok(all)
    }
}
