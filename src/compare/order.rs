//! The order of rows: numbers within texts count as numbers, so that `[32]` comes before `[128]`.

use std::cmp::Ordering;

use polars::prelude::{DataFrame, DataType, IdxCa, IdxSize, SortMultipleOptions};

use super::error::CompareError;
use super::frame::values;

/// Columns by which a frame is sorted, each with whether it descends.
pub type By<'a> = (&'a str, bool);

/// The frame, sorted by columns; rows that are equal keep their order, unknown values come last.
pub fn sorted(frame: &DataFrame, by: &[By<'_>]) -> Result<DataFrame, CompareError> {
    let mut ranked = frame.clone();
    let mut names: Vec<String> = Vec::new();
    for (number, (name, _)) in by.iter().enumerate() {
        if *frame.column(name)?.dtype() != DataType::String {
            names.push((*name).to_owned());
            continue;
        }
        let texts: Vec<Option<String>> =
            values(frame.column(name)?).iter().map(|v| v.as_str().map(str::to_owned)).collect();
        let mut known: Vec<&String> = texts.iter().flatten().collect();
        known.sort_by(|a, b| natural(a, b));
        known.dedup();
        let rank = |text: &String| known.binary_search_by(|other| natural(other, text)).unwrap_or_default() as IdxSize;
        let rank: IdxCa = texts.iter().map(|text| text.as_ref().map(rank)).collect();
        let column = format!("__rank{number}");
        ranked.with_column(polars::prelude::IntoColumn::into_column(rank.with_name(column.as_str().into())))?;
        names.push(column);
    }
    let options = SortMultipleOptions::default()
        .with_order_descending_multi(by.iter().map(|(_, descends)| *descends))
        .with_nulls_last(true)
        .with_maintain_order(true);
    let sorted = ranked.sort(&names, options)?;
    Ok(sorted.select(frame.get_column_names_owned())?)
}

/// Texts by their parts: digits as numbers, the rest letter by letter; at last by their bytes, so that only equal texts are equal.
pub fn natural(a: &str, b: &str) -> Ordering {
    let parts = (parts(a), parts(b));
    let order = parts.0.iter().zip(&parts.1).map(|(a, b)| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        // The end of a list comes before more of it.
        _ => a.replace(']', "\0").cmp(&b.replace(']', "\0")),
    });
    let order = order.into_iter().find(|order| order.is_ne());
    order.unwrap_or_else(|| parts.0.len().cmp(&parts.1.len())).then_with(|| a.cmp(b))
}

/// Runs of digits (with a fraction) and of anything else.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest.find(|c: char| if is_digit { !c.is_ascii_digit() && c != '.' } else { c.is_ascii_digit() });
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        parts.push(part);
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, NamedFrom, Series};

    use super::*;

    #[test]
    fn numbers_in_texts_are_in_the_order_of_numbers() {
        let column = |name: &str, cells: Series| Column::from(cells.with_name(name.into()));
        let hidden = [Some("[128,128]"), None, Some("[32,32]"), Some("[32]"), Some("boost ±0.5"), Some("boost ±1")];
        let frame = DataFrame::new(
            6,
            vec![
                column("hidden", Series::new("".into(), hidden)),
                column("n", Series::new("".into(), [1i64, 2, 3, 4, 5, 6])),
            ],
        )
        .unwrap();
        let order = |by: &[By<'_>]| values(sorted(&frame, by).unwrap().column("n").unwrap());
        assert_eq!(order(&[("hidden", false)]), [4, 3, 1, 5, 6, 2]);
        assert_eq!(order(&[("hidden", true)]), [6, 5, 1, 3, 4, 2]);
        assert_eq!(order(&[("n", true)]), [6, 5, 4, 3, 2, 1]);
        assert_eq!(natural("a", "a"), Ordering::Equal);
        assert_eq!(natural("a2", "a10"), Ordering::Less);
        assert_eq!(natural("1.5", "1.25"), Ordering::Greater);
    }
}
