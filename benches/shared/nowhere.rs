//! Training without a run directory.

use semola_method::fit::{Saved, Session};

/// A session that keeps nothing.
pub struct Nowhere;

impl Session for Nowhere {
    fn load(&self, _: &str) -> Option<Saved> {
        None
    }
    fn save(&self, _: &str, _: &Saved) -> Result<(), String> {
        Ok(())
    }
    fn due(&self, _: &str) -> bool {
        false
    }
    fn interrupted(&self) -> bool {
        false
    }
    fn progress(&self, _: &str, _: usize, _: usize, _: &dyn Fn() -> String) {}
    fn event(&self, _: semola_data::Event) {}
}
