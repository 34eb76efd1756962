//! Whether the rows suffice: how many remain after each step, and for training.

use super::{Train, Validate};
use semola_plan::{Certainty, Context, DataShape, LEAST_ROWS};

/// `1 row`, `2 rows`.
pub fn counted(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

/// Rows that are trained on, after holding out whole groups for validation (at least one group).
pub fn trained(spec: &Train, data: &DataShape) -> (Option<usize>, Certainty) {
    let (Validate::Fraction(fraction), Some(rows)) = (&spec.validate, data.rows) else {
        return (data.rows, data.certainty);
    };
    match (data.grouped, data.groups) {
        (false, _) => (Some(rows - held_out(rows, *fraction)), data.certainty),
        (true, None) => (Some(rows - held_out(rows, *fraction)), Certainty::About),
        (true, Some(groups)) => {
            let left = groups - held_out(groups, *fraction);
            let rows = (rows as f64 * left as f64 / groups.max(1) as f64).round() as usize;
            (Some(rows), if left == 0 { Certainty::Exact } else { Certainty::About })
        }
    }
}

/// As in training.
fn held_out(units: usize, fraction: f64) -> usize {
    let most = units.saturating_sub(1).max(1);
    ((units as f64 * fraction.clamp(0.0, 1.0)).round() as usize).clamp(1, most).min(units)
}

/// Reports if too few rows are left for training or validation, as far as their number is known. `held_out` is the
/// validation data set, if it is a separate one.
pub fn check(context: &mut Context, spec: &Train, data: &DataShape, held_out: Option<(&str, &DataShape)>) {
    let name = &spec.from;
    if let Some((held_out, other)) = held_out
        && other.most_rows() == Some(0)
    {
        let path = context.path("validate");
        context.diagnostics.push_data(&path, format!("data set '{held_out}' has no rows to validate on"), None);
    }
    let needed = if held_out.is_some() { LEAST_ROWS } else { LEAST_ROWS + 1 };
    if let Some(rows) = data.most_rows().filter(|rows| *rows < needed) {
        let message =
            format!("data set '{name}' has {}; training and validation need at least {needed}", counted(rows));
        let path = context.path("from");
        match data.file_rows.is_some_and(|rows| rows < needed) {
            true => context.diagnostics.push_data(&path, message, Some("more rows are needed".to_owned())),
            false => {
                let help = "keep more: see `where`, `limit`, `subsample` and `split` of the stages before".to_owned();
                context.diagnostics.push(&path, message, Some(help));
            }
        }
        return;
    }
    let Validate::Fraction(fraction) = spec.validate else { return };
    let (Some(left), Certainty::Exact | Certainty::AtMost) = trained(spec, data) else { return };
    if !(fraction > 0.0 && fraction < 1.0) || left >= LEAST_ROWS {
        return;
    }
    if data.grouped {
        let message = format!("all rows of data set '{name}' are of one group, and groups are kept together");
        context.error_help("validate", message, "validate on another data set, or read the data without `group`");
    } else {
        let of = data.rows.unwrap_or(0);
        let message = format!("`validate` is {fraction}, which leaves {left} of {of} rows to train on");
        context.error_help("validate", message, format!("at least {LEAST_ROWS} are needed: give a smaller fraction"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::PlannedStage;
    use crate::pipeline::tests::{plan_in, train, with};
    use semola_data::settings::Read;
    use semola_plan::{Environment, ProbeError, ReadShape, SourceShape};

    #[test]
    fn at_least_one_row_is_held_out_and_one_is_left() {
        for (units, fraction, wanted) in
            [(200, 0.9999, 199), (200, 0.0001, 1), (200, 0.1, 20), (2, 0.5, 1), (1, 0.1, 1)]
        {
            assert_eq!(held_out(units, fraction), wanted, "{units} {fraction}");
        }
        assert_eq!(held_out(0, 0.1), 0);
    }

    /// The plan of a training stage, with or without reading its data.
    fn planned(read: Option<ReadShape>, settings: &str) -> Result<(Option<usize>, Certainty), String> {
        let probe = |spec: &Read| -> Result<SourceShape, ProbeError> {
            Ok(SourceShape { read: read.clone(), ..crate::pipeline::tests::probe(spec)? })
        };
        let known = |_: &str, _, _| Ok(());
        let text = with(&[&train("")]).replacen("group: run,", settings, 1);
        let plan = plan_in(&text, &Environment { probe: &probe, known: &known, memory: None });
        let plan = plan.map_err(|e| e.items().iter().map(|d| d.message.clone()).collect::<Vec<_>>().join("; "))?;
        let PlannedStage::Train(train) = &plan.stages[2] else { panic!("stage 2 trains") };
        Ok((train.rows, train.certainty))
    }

    #[test]
    fn rows_are_worth_what_is_known_of_them() {
        let read = |rows, groups| Some(ReadShape { rows, groups, ..ReadShape::default() });
        let cases = [
            (None, "", Ok((Some(900), Certainty::Exact))),
            (None, "group: run,", Ok((Some(900), Certainty::About))),
            (None, "where: e > 0,", Ok((Some(900), Certainty::AtMost))),
            (None, "on_invalid: drop,", Ok((Some(900), Certainty::AtMost))),
            (read(92, None), "where: e > 0,", Ok((Some(83), Certainty::Exact))),
            (read(90, Some(3)), "group: run,", Ok((Some(60), Certainty::About))),
            (read(2, None), "", Err("data set 'train' has 2 rows; training and validation need at least 3")),
            (read(1, None), "where: e > 0,", Err("data set 'train' has 1 row; training")),
            (read(90, Some(1)), "group: run,", Err("all rows of data set 'train' are of one group")),
            (None, "limit: 2,", Err("data set 'train' has 2 rows")),
        ];
        for (read, settings, wanted) in cases {
            match (planned(read, settings), wanted) {
                (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "{settings}"),
                (Err(found), Err(wanted)) => assert!(found.contains(wanted), "{settings}: {found}"),
                (found, wanted) => panic!("{settings}: {found:?}, not {wanted:?}"),
            }
        }
    }
}
