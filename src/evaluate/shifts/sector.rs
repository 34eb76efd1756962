//! `sector`: examples are kept where a vector lies between two angles.

use schemars::JsonSchema;
use semola_document::meant;
use semola_engine::Streams;
use serde::{Deserialize, Serialize};

use super::{Rows, ShiftKind, Shifted, Subject};
use crate::stage::StageError;
use semola_method::fit::problem::gather;
use semola_method::motion::check_plane;
use semola_plan::Context;

fn default_plane() -> [usize; 2] {
    [0, 1]
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sector {
    /// The field whose first vector is looked at.
    pub field: String,
    /// The two axes of the plane.
    #[serde(default = "default_plane")]
    pub plane: [usize; 2],
    /// From and to, in degrees, counter-clockwise.
    pub degrees: [f64; 2],
}

impl ShiftKind for Sector {
    fn check(&self, context: &mut Context<'_>, subject: &Subject<'_>, at: &str) {
        let [from, to] = self.degrees;
        if !(from < to && to - from <= 360.0) {
            let message =
                format!("a sector goes from a smaller to a larger angle within one turn, not from {from} to {to}");
            context.error(&format!("{at}.degrees"), message);
        }
        for (set, data) in subject.sets {
            let below = format!("{at}.field");
            match data.fields.get(&self.field) {
                None => {
                    let meant = meant(&self.field, data.fields.keys().map(String::as_str));
                    context.error(&below, format!("data set '{set}' has no field '{}'{meant}", self.field));
                    return;
                }
                Some(Some(field)) => match field.action.dim() {
                    Some(k) if k >= 2 => return check_plane(context, self.plane, k, at, "plane"),
                    _ => {
                        let message = format!("field '{}' holds no vectors of two or more dimensions", self.field);
                        return context.error(&below, message);
                    }
                },
                Some(None) => {}
            }
        }
    }

    fn label(&self) -> String {
        let ([from, to], [a, b]) = (self.degrees, self.plane);
        format!("sector {} {from}°…{to}° ({a},{b})", self.field)
    }

    fn apply(&self, rows: &Rows<'_>, _: &Streams) -> Result<Shifted, StageError> {
        let start = (rows.column_of)(&self.field)?;
        let columns = self.plane.map(|axis| start + axis);
        let ([from, to], width) = (self.degrees, rows.x_layout.width);
        let mut out = rows.unchanged();
        out.rows.retain(|i| {
            let row = &rows.x[i * width..(i + 1) * width];
            let angle = f64::from(row[columns[1]]).atan2(f64::from(row[columns[0]])).to_degrees();
            (angle - from).rem_euclid(360.0) <= (to - from).clamp(0.0, 360.0)
        });
        out.x = gather(rows.x, width, &out.rows);
        out.y = gather(rows.y, rows.y_layout.width, &out.rows);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{layout, rows};
    use super::*;

    #[test]
    fn a_sector_keeps_the_rows_inside_even_across_the_cut() {
        let x = [1.0, 0.1, -1.0, 0.1, -1.0, -0.1, 0.0, 1.0];
        let sector = Sector { field: "x".into(), plane: [0, 1], degrees: [170.0, 190.0] };
        let layout = layout();
        let kept = sector.apply(&rows((&x, &layout), (&x, &layout)), &Streams::new(1)).unwrap();
        assert_eq!(kept.rows, [1, 2]);
        assert_eq!(kept.x, [-1.0, 0.1, -1.0, -0.1]);
    }
}
