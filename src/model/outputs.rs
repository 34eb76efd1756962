//! From the outputs of a network back to physical units.

use super::task::Task;
use semola_data::{DataError, Dataset};

/// A target among the outputs of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetColumn {
    pub name: String,
    /// Values of a row, including those of missing points.
    pub width: usize,
    /// Number of values in each row, if rows differ.
    pub held: Option<Vec<usize>>,
}

impl TargetColumn {
    /// Number of values in a row that are not missing points.
    pub fn width_of(&self, row: usize) -> usize {
        self.held.as_ref().and_then(|held| held.get(row)).copied().unwrap_or(self.width)
    }
}

impl Task {
    /// Whether some target is compressed, so that errors are not measured in physical units.
    pub fn is_compressed(&self, data: &Dataset) -> bool {
        self.targets.iter().any(|name| data.is_compressed(name))
    }

    /// The targets of a data set that has them.
    ///
    /// # Errors
    /// An unknown field.
    pub fn target_columns(&self, data: &Dataset) -> Result<Vec<TargetColumn>, DataError> {
        let column = |name: &String| {
            let (field, width) = (data.field(name)?, self.width(data, name)?);
            let lengths = || (0..data.rows).map(|row| field.range(row).len().min(width)).collect();
            let held = field.offsets.is_some().then(lengths);
            Ok(TargetColumn { name: name.clone(), width, held })
        };
        self.targets.iter().map(column).collect()
    }

    /// Makes the changes that a residual network predicts plain targets; other networks predict these. `x` and `outputs` are
    /// rows of `inputs` and `width` values.
    pub fn add_inputs(&self, x: &[f32], inputs: usize, outputs: &mut [f32], width: usize) {
        let Some(scale) = self.change_scale else { return };
        for (out, x) in outputs.chunks_exact_mut(width.max(1)).zip(x.chunks_exact(inputs.max(1))) {
            out.iter_mut().zip(x).for_each(|(o, x)| *o = x + scale * *o);
        }
    }
}

/// Prepared coordinates of the rows `rows` (positions in `data`) to physical units, target by target; NaN for missing
/// points. The data need not have the targets, only the history of their preparation.
///
/// # Errors
/// If the number of values does not match the rows.
pub fn physical(
    data: &Dataset,
    targets: &[TargetColumn],
    rows: &[usize],
    values: &[f32],
) -> Result<Vec<f64>, DataError> {
    undone(data, targets, rows, values, Dataset::inverse)
}

/// As [`physical`], to the units that errors are measured in ([`Dataset::measured`]).
///
/// # Errors
/// As [`physical`].
pub fn measured(
    data: &Dataset,
    targets: &[TargetColumn],
    rows: &[usize],
    values: &[f32],
) -> Result<Vec<f64>, DataError> {
    undone(data, targets, rows, values, Dataset::measured)
}

fn undone(
    data: &Dataset,
    targets: &[TargetColumn],
    rows: &[usize],
    values: &[f32],
    undo: impl Fn(&Dataset, &str, &[usize], &mut [f64]) -> Result<(), DataError>,
) -> Result<Vec<f64>, DataError> {
    let width: usize = targets.iter().map(|target| target.width).sum();
    let mut out: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
    let mut start = 0;
    for TargetColumn { name, width: w, held } in targets {
        let changed = data.fields.contains_key(name) || data.history.contains_key(name);
        for (out, &row) in out.chunks_exact_mut(width.max(1)).zip(rows) {
            let out = &mut out[start..start + w];
            let held = held.as_ref().and_then(|held| held.get(row)).copied().unwrap_or(*w);
            if changed {
                undo(data, name, &[row], &mut out[..held])?;
            }
            out[held..].fill(f64::NAN);
        }
        start += w;
    }
    Ok(out)
}

/// The class of the largest value; ties go to the last.
pub fn likeliest(logits: &[f64]) -> usize {
    (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or(0)
}
