//! Values of a column as columns.

use polars::prelude::{AnyValue, DataFrame, DataType, Expr, IntoLazy, col, len, lit};

use super::error::CompareError;
use super::frame::{value, word};

/// Maximal number of columns of a readable table.
const MOST: usize = 1000;

/// One row for each combination of the index columns, and for each value of `column` a copy of the `cells` columns.
#[derive(Debug)]
pub struct Pivoted {
    pub frame: DataFrame,
    /// The values, as words; the cells of one are called `<value>.<cell>`.
    pub labels: Vec<String>,
}

/// Name of the column that holds a cell of a value.
pub fn cell_name(label: &str, cell: &str) -> String {
    format!("{label}.{cell}")
}

fn literal(value: &AnyValue) -> Expr {
    match value {
        AnyValue::Boolean(flag) => lit(*flag),
        AnyValue::String(text) => lit(*text),
        AnyValue::Int64(number) => lit(*number),
        AnyValue::UInt64(number) => lit(*number),
        AnyValue::UInt32(number) => lit(*number),
        AnyValue::Float64(number) => lit(*number),
        other => lit(other.to_string()),
    }
}

/// Turns the values of a column into columns.
pub fn pivot(table: &DataFrame, index: &[String], column: &str, cells: &[String]) -> Result<Pivoted, CompareError> {
    if matches!(table.column(column)?.dtype(), DataType::List(_)) {
        return Err(CompareError::ListPivot { column: column.to_owned() });
    }
    let by = |names: &[String]| names.iter().map(|name| col(name.as_str())).collect::<Vec<Expr>>();
    let once = table.clone().lazy().group_by_stable([col(column)]).agg(Vec::<Expr>::new()).collect()?;
    let values = once.column(column)?.as_materialized_series().rechunk();
    if values.len() > MOST {
        return Err(CompareError::WidePivot { column: column.to_owned(), values: values.len(), most: MOST });
    }
    let rows = table.clone().lazy().group_by_stable([by(index), vec![col(column)]].concat()).agg([len().alias("rows")]);
    let most = rows.select([col("rows").max()]).collect()?.column("rows")?.get(0).map(value)?;
    if most.as_u64().is_some_and(|most| most > 1) {
        return Err(CompareError::CrowdedPivot);
    }
    let (mut labels, mut copies) = (Vec::new(), Vec::new());
    for at in 0..values.len() {
        let one = values.get(at)?;
        let is_it = match one.is_null() {
            true => col(column).is_null(),
            false => col(column).eq(literal(&one)),
        };
        let label = if one.is_null() { "null".to_owned() } else { word(&value(one)) };
        for cell in cells {
            let picked = col(cell.as_str()).filter(is_it.clone()).first();
            copies.push(picked.alias(cell_name(&label, cell)));
        }
        labels.push(label);
    }
    let frame = if index.is_empty() {
        table.clone().lazy().select(copies).collect()?
    } else {
        table.clone().lazy().group_by_stable(by(index)).agg(copies).collect()?
    };
    Ok(Pivoted { frame, labels })
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, NamedFrom, Series};

    use super::super::frame::values;
    use super::*;

    fn table(shifts: &[&str], models: &[Option<&str>], means: &[f64]) -> DataFrame {
        let text = |name: &str, cells: Series| Column::from(cells.with_name(name.into()));
        let columns = vec![
            text("shift", Series::new("".into(), shifts)),
            text("model", Series::new("".into(), models)),
            text("mean", Series::new("".into(), means)),
        ];
        DataFrame::new(means.len(), columns).unwrap()
    }

    #[test]
    fn values_become_columns_and_what_is_missing_is_null() {
        let table =
            table(&["none", "none", "turn", "turn"], &[Some("b"), Some("a"), Some("b"), None], &[1.0, 2.0, 3.0, 4.0]);
        let found = pivot(&table, &["shift".to_owned()], "model", &["mean".to_owned()]).unwrap();
        assert_eq!(found.labels, ["b", "a", "null"]);
        let column = |name: &str| values(found.frame.column(name).unwrap());
        assert_eq!(column("shift"), ["none", "turn"]);
        assert_eq!(column("b.mean"), [1.0, 3.0]);
        assert_eq!(column("a.mean"), [serde_json::json!(2.0), serde_json::Value::Null]);
        assert_eq!(column("null.mean"), [serde_json::Value::Null, serde_json::json!(4.0)]);
    }

    #[test]
    fn no_two_rows_share_a_cell() {
        let table = table(&["none", "none"], &[Some("a"), Some("a")], &[1.0, 2.0]);
        let outcome = pivot(&table, &["shift".to_owned()], "model", &["mean".to_owned()]);
        assert!(matches!(outcome, Err(CompareError::CrowdedPivot)), "{outcome:?}");
    }
}
