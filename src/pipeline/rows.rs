//! Whether the rows suffice: how many are left after each step, and for training.

use super::context::Context;
use super::scope::{Certainty, DataShape};
use crate::spec::types::{Train, Validate};
use crate::train::problem::LEAST_ROWS as LEAST;

/// `1 row`, `2 rows`.
pub fn counted(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

/// At most so many rows are kept, by whole groups.
pub(super) fn subsample(data: &mut DataShape, most: usize) {
    if data.certainty != Certainty::About && data.rows.is_some_and(|rows| rows <= most) {
        return;
    }
    let fraction = data.rows.map_or(1.0, |rows| most as f64 / rows.max(1) as f64);
    let exact = !data.grouped && data.rows.is_some() && data.certainty == Certainty::Exact;
    data.keep(fraction, Some(most), if exact { Certainty::Exact } else { Certainty::AtMost });
}

/// The rows of the parts of a data set, as `split` deals them out: rows whose middle lies in a part's share.
pub(super) fn parts(whole: &DataShape, fractions: impl Iterator<Item = f64>) -> Vec<Option<usize>> {
    let (mut end, mut before) = (0.0, 0);
    let count = |fraction: f64| {
        let rows = whole.rows?;
        end += fraction.clamp(0.0, 1.0) * rows as f64;
        // Fractions that sum to 1 up to rounding leave no row out.
        let upto = if end + 1e-6 > rows as f64 { rows } else { (end + 0.5).floor() as usize };
        let own = upto.saturating_sub(before);
        before = upto;
        Some(own)
    };
    fractions.map(count).collect()
}

/// What the rows of a part are worth.
pub(super) fn of_part(whole: &DataShape) -> Certainty {
    match whole.certainty {
        Certainty::Exact if !whole.grouped => Certainty::Exact,
        _ => Certainty::About,
    }
}

/// Tells that a part gets no row, which is the data's fault where one of the parts could not be trained on otherwise.
pub(super) fn too_small(context: &mut Context, whole: &DataShape, below: &str, part: &str, parts: usize) {
    if of_part(whole) != Certainty::Exact {
        return;
    }
    let rows = whole.rows.unwrap_or(0);
    let message = format!("part '{part}' gets no row of {rows}");
    let path = context.path(below);
    match whole.file_rows.is_some_and(|rows| rows < LEAST + parts) {
        true => context.diagnostics.push_data(&path, message, Some("more rows are needed".to_owned())),
        false => context.diagnostics.push(&path, message, Some("give it a larger fraction".to_owned())),
    }
}

/// Rows that are trained on, after those for validation were set apart by whole groups (at least one group).
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

/// As training does it.
fn held_out(units: usize, fraction: f64) -> usize {
    let most = units.saturating_sub(1).max(1);
    ((units as f64 * fraction.clamp(0.0, 1.0)).round() as usize).clamp(1, most).min(units)
}

/// Tells where too few rows are left to train or to validate on, as far as their number is known. `held_out` is the data
/// set that is validated on, where it is another one.
pub fn check(context: &mut Context, spec: &Train, data: &DataShape, held_out: Option<(&str, &DataShape)>) {
    let name = &spec.from;
    if let Some((held_out, other)) = held_out
        && other.most_rows() == Some(0)
    {
        let path = context.path("validate");
        context.diagnostics.push_data(&path, format!("data set '{held_out}' has no rows to validate on"), None);
    }
    let needed = if held_out.is_some() { LEAST } else { LEAST + 1 };
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
    if !(fraction > 0.0 && fraction < 1.0) || left >= LEAST {
        return;
    }
    if data.grouped {
        let message = format!("all rows of data set '{name}' are of one group, and groups are kept together");
        context.error_help("validate", message, "validate on another data set, or read the data without `group`");
    } else {
        let of = data.rows.unwrap_or(0);
        let message = format!("`validate` is {fraction}, which leaves {left} of {of} rows to train on");
        context.error_help("validate", message, format!("at least {LEAST} are needed: give a smaller fraction"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{plan_in, train, with};
    use super::super::{Environment, PlannedStage, ProbeError, ReadShape, SourceShape};
    use super::*;
    use crate::spec::types::Read;

    fn data(rows: usize) -> DataShape {
        DataShape { rows: Some(rows), file_rows: Some(rows), ..DataShape::default() }
    }

    #[test]
    fn parts_get_the_rows_whose_middles_lie_in_their_shares() {
        for fractions in [vec![0.8, 0.2], vec![0.1, 0.2, 0.7], vec![0.5, 0.4], vec![0.999, 0.001], vec![1.0]] {
            for rows in 0..40 {
                let (mut start, mut wanted) = (0.0, Vec::new());
                for fraction in &fractions {
                    let end = start + fraction * rows as f64;
                    let inside = |i: &usize| {
                        let middle = *i as f64 + 0.5;
                        middle <= end && (middle > start || start == 0.0)
                    };
                    wanted.push(Some((0..rows).filter(inside).count()));
                    start = end;
                }
                assert_eq!(parts(&data(rows), fractions.iter().copied()), wanted, "{rows} {fractions:?}");
            }
        }
    }

    #[test]
    fn at_least_one_row_is_held_out_and_one_is_left() {
        for (units, fraction, wanted) in
            [(200, 0.9999, 199), (200, 0.0001, 1), (200, 0.1, 20), (2, 0.5, 1), (1, 0.1, 1)]
        {
            assert_eq!(held_out(units, fraction), wanted, "{units} {fraction}");
        }
        assert_eq!(held_out(0, 0.1), 0);
    }

    /// The plan of a training stage on data that was read, or was not.
    fn planned(read: Option<ReadShape>, settings: &str) -> Result<(Option<usize>, Certainty), String> {
        let probe = |spec: &Read| -> Result<SourceShape, ProbeError> {
            Ok(SourceShape { read: read.clone(), ..super::super::tests::probe(spec)? })
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
