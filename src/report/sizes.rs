//! The error over the size of the group element, with its interval, the margin and the extent.

use minijinja::{Value, context};
use semola_data::table::{ExtentRow, GroupRow};

use super::charts::{grouped, legend, safe};
use super::lines::Lines;
use super::series::Series;
use crate::finding::unit;
use semola_method::discover::audit::neighbour_test::NEGLIGIBLE;

/// Directions in one chart.
const CURVES: usize = 6;

/// A chart for each model.
pub(super) fn sizes(rows: &[ExtentRow], groups: &[GroupRow]) -> Value {
    let chart = |(model, rows): (String, Vec<&ExtentRow>)| {
        let group = groups.iter().find(|group| group.model == model);
        let unit = unit(group.map_or("", |group| group.name.as_str()));
        let all = grouped(&rows, |row| row.direction);
        let points =
            |rows: &[&&ExtentRow]| rows.iter().filter_map(|row| Some((unit.shown(row.size), row.effect?))).collect();
        let curves: Vec<Series> = all
            .iter()
            .take(CURVES)
            .map(|(direction, rows)| Series::new(format!("direction {direction}"), points(rows)))
            .collect();
        let band = |rows: &[&&ExtentRow]| {
            let ends = |row: &&&ExtentRow| Some((unit.shown(row.size), row.effect_low?, row.effect_high?));
            let mut band: Vec<(f64, f64, f64)> = rows.iter().filter_map(ends).collect();
            band.sort_by(|a, b| a.0.total_cmp(&b.0));
            band
        };
        let bands: Vec<_> = all.iter().take(CURVES).map(|(_, rows)| band(rows)).collect();
        let extent = group.and_then(|group| group.extent).map(|extent| (unit.shown(extent), "holds up to here"));
        let drawing = Lines {
            about: "how often a network is worse on moved examples, over the size of the move",
            x_label: unit.label(),
            y_label: "share of moved examples that are worse",
            curves: &curves,
            bands: &bands,
            levels: &[(0.5, ""), (NEGLIGIBLE, "negligible")],
            mark: extent,
            ..Lines::default()
        }
        .draw();
        let more = all.len().saturating_sub(CURVES);
        let more = if more > 0 { format!(" (and {more} more directions)") } else { String::new() };
        context! { title => format!("{model}{more}"), drawing => safe(drawing), legend => legend(&curves) }
    };
    grouped(rows, |row| row.model.clone()).into_iter().map(chart).collect()
}
