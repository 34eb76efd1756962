//! Averages over members.

use polars::prelude::{Column, DataFrame, DataType, Expr, IdxCa, IdxSize, IntoLazy, NamedFrom, Series, col};
use rayon::prelude::*;

use super::bootstrap::Bootstrap;
use super::error::CompareError;
use super::read::MEMBER;
use super::statistics::Statistics;

/// Column that names the number which a row is about, where there are several.
pub const QUANTITY: &str = "quantity";

/// One row for each combination of the keys (and each number, if there are several) with the statistics over members.
///
/// Rows of one member that share the keys are averaged first: members are the independent units.
pub fn aggregate(
    table: &DataFrame,
    keys: &[String],
    numbers: &[String],
    resamples: usize,
) -> Result<DataFrame, CompareError> {
    let by_keys: Vec<Expr> = keys.iter().map(|key| col(key.as_str())).collect();
    let by_member: Vec<Expr> = by_keys.iter().cloned().chain([col(MEMBER)]).collect();
    let means: Vec<Expr> = numbers.iter().map(|name| col(name.as_str()).cast(DataType::Float64).mean()).collect();
    let of_members = table.clone().lazy().group_by_stable(by_member).agg(means);
    let lists: Vec<Expr> =
        numbers.iter().map(|name| col(name.as_str())).chain([col(MEMBER).count().alias("n")]).collect();
    // No keys: everything is one group.
    let grouped = if keys.is_empty() {
        let imploded = |name: &String| col(name.as_str()).implode(true);
        let all = numbers.iter().map(imploded).chain([col(MEMBER).count().alias("n")]).collect::<Vec<_>>();
        of_members.select(all).collect()?
    } else {
        of_members.group_by_stable(by_keys).agg(lists).collect()?
    };
    if numbers.is_empty() {
        return Ok(grouped);
    }
    let values = numbers.iter().map(|name| lists_in(&grouped, name)).collect::<Result<Vec<_>, _>>()?;
    let (groups, all) = (grouped.height(), numbers.len());
    let bootstrap = Bootstrap::new(resamples, values.iter().flatten().map(Vec::len));
    let cell = |at: usize| Statistics::of(values[at % all][at / all].clone(), &bootstrap);
    let statistics: Vec<Statistics> = (0..groups * all).into_par_iter().map(cell).collect();
    let rows: Vec<IdxSize> = (0..groups * all).map(|at| (at / all) as IdxSize).collect();
    let mut columns: Vec<Column> = grouped.select(keys)?.take(&IdxCa::from_vec("row".into(), rows))?.columns().to_vec();
    if all > 1 {
        let names: Vec<&str> = (0..groups * all).map(|at| numbers[at % all].as_str()).collect();
        columns.push(Column::new(QUANTITY.into(), names));
    }
    columns.extend(statistics_columns(&statistics));
    Ok(DataFrame::new(groups * all, columns)?)
}

/// The known values in each list of a column.
fn lists_in(grouped: &DataFrame, name: &str) -> Result<Vec<Vec<f64>>, CompareError> {
    let lists = grouped.column(name)?.list()?.clone();
    let known = |list: Option<Series>| -> Result<Vec<f64>, CompareError> {
        Ok(list.map_or(Ok(Vec::new()), |list| list.f64().map(|values| values.iter().flatten().collect()))?)
    };
    (0..lists.len()).map(|at| known(lists.get_as_series(at))).collect()
}

fn statistics_columns(statistics: &[Statistics]) -> Vec<Column> {
    let column = |name: &str, of: fn(&Statistics) -> Option<f64>| {
        Column::from(Series::new(name.into(), statistics.iter().map(of).collect::<Vec<_>>()))
    };
    let n: Vec<u64> = statistics.iter().map(|s| s.n).collect();
    let [mean, sd, count, median, low, high] = Statistics::NAMES;
    vec![
        column(mean, |s| s.mean),
        column(sd, |s| s.sd),
        Column::from(Series::new(count.into(), n)),
        column(median, |s| s.median),
        column(low, |s| s.ci_low),
        column(high, |s| s.ci_high),
    ]
}
