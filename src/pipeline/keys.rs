//! Columns of the files that stages need beyond fields.

use super::list::PlannedStage;
use semola_plan::Keys;

/// Tells each `read` stage which columns later stages need.
pub(super) fn note(stages: &mut [PlannedStage]) {
    let mut keys = Keys::default();
    for (number, stage) in stages.iter().enumerate() {
        stage.planned().note_keys(number, &mut keys);
    }
    for (number, column) in keys.wanted {
        if let Some(PlannedStage::Read(read)) = stages.get_mut(number)
            && !read.keys.contains(&column)
        {
            read.keys.push(column);
        }
    }
}
