//! SQL expressions on scalar columns, by polars.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{Column, DataFrame, DataType, Expr, IntoLazy, NamedFrom, PolarsResult, Series};

use super::error::DataError;
use super::guard::caught;
use super::scalars::Scalars;

/// A parsed expression.
#[derive(Debug, Clone)]
pub struct Expression {
    /// What the user wrote.
    pub text: String,
    /// The columns that it uses.
    pub columns: Vec<String>,
    expr: Expr,
}

impl Expression {
    /// As polars has it.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }
}

/// Computed columns by name, and for each row whether it is kept (`None`: there is no filter).
pub type Evaluated = (BTreeMap<String, Scalars>, Option<Vec<bool>>);

/// Parses an SQL expression.
///
/// # Errors
/// [`DataError::Expression`], where it is malformed.
pub fn parse(text: &str) -> Result<Expression, DataError> {
    let expr = run(text, || polars::sql::sql_expr(text))?;
    let columns: BTreeSet<String> = (&expr).into_iter().filter_map(column_name).collect();
    if (&expr).into_iter().any(|e| matches!(e, Expr::Selector(_))) {
        return Err(failed(text, "name the columns one by one; `*` and patterns cannot be used here"));
    }
    Ok(Expression { text: text.to_string(), columns: columns.into_iter().collect(), expr })
}

fn column_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Column(name) => Some(name.to_string()),
        _ => None,
    }
}

/// Computes the columns of `select` over all rows, then the filter, which may use them.
///
/// # Errors
/// [`DataError::Expression`] for the expression that cannot be evaluated, gives no scalar, or (the filter) no truth value.
pub fn evaluate(
    columns: &[(String, Scalars)],
    rows: usize,
    select: &[(String, Expression)],
    filter: Option<&Expression>,
) -> Result<Evaluated, DataError> {
    let columns = columns.iter().map(|(name, scalars)| series(name, scalars)).collect();
    let any = select.first().map(|(_, e)| e).or(filter).map_or("", |e| e.text.as_str());
    let mut frame = run(any, || DataFrame::new(rows, columns))?;
    let mut computed = Vec::with_capacity(select.len());
    for (name, expression) in select {
        computed.push((name, column(&frame, expression, rows)?));
    }
    let mut scalars = BTreeMap::new();
    for ((name, column), (_, expression)) in computed.into_iter().zip(select) {
        scalars.insert(name.clone(), to_scalars(&column, expression)?);
        run(&expression.text, || frame.with_column(column.with_name(name.as_str().into())).map(|_| ()))?;
    }
    let mask = filter.map(|filter| match to_scalars(&column(&frame, filter, rows)?, filter)? {
        Scalars::Bool(mask) => Ok(mask.into_iter().map(|keep| keep == Some(true)).collect()),
        other => Err(failed(&filter.text, &format!("`where` needs a truth value, but this gives {}", other.kind()))),
    });
    Ok((scalars, mask.transpose()?))
}

/// The value of an expression in every row; one value for all rows is repeated.
fn column(frame: &DataFrame, expression: &Expression, rows: usize) -> Result<Column, DataError> {
    let text = &expression.text;
    let result = run(text, || frame.clone().lazy().select([expression.expr.clone().alias("value")]).collect())?;
    let column = run(text, || result.column("value").cloned())?;
    match column.len() {
        n if n == rows => Ok(column),
        1 => Ok(column.new_from_index(0, rows)),
        n => Err(failed(text, &format!("gives {n} values for {rows} rows"))),
    }
}

fn series(name: &str, scalars: &Scalars) -> Column {
    let name = name.into();
    match scalars {
        Scalars::Bool(v) => Series::new(name, v),
        Scalars::Int(v) => Series::new(name, v),
        Scalars::Float(v) => Series::new(name, v),
        Scalars::Text(v) => Series::new(name, v.iter().map(Option::as_deref).collect::<Vec<Option<&str>>>()),
    }
    .into()
}

fn to_scalars(column: &Column, expression: &Expression) -> Result<Scalars, DataError> {
    let dtype = column.dtype().clone();
    run(&expression.text, || {
        Ok(match &dtype {
            DataType::Boolean => Some(Scalars::Bool(column.bool()?.iter().collect())),
            DataType::String => Some(Scalars::Text(column.str()?.iter().map(|s| s.map(str::to_string)).collect())),
            t if t.is_integer() => Some(Scalars::Int(column.strict_cast(&DataType::Int64)?.i64()?.iter().collect())),
            t if t.is_float() => Some(Scalars::Float(column.strict_cast(&DataType::Float64)?.f64()?.iter().collect())),
            _ => None,
        })
    })?
    .ok_or_else(|| {
        failed(&expression.text, &format!("gives values of type {dtype}, which is not a supported scalar type"))
    })
}

/// Runs a step of polars; its errors, and panics for parts of it that are not built in, become errors of the expression.
fn run<T>(text: &str, step: impl FnOnce() -> PolarsResult<T>) -> Result<T, DataError> {
    let result = caught(step).ok_or_else(|| failed(text, "uses something that is not supported here"))?;
    result.map_err(|e| failed(text, e.to_string().lines().next().unwrap_or("cannot be evaluated")))
}

fn failed(text: &str, reason: &str) -> DataError {
    DataError::Expression { expression: text.to_string(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<(String, Scalars)> {
        vec![
            ("step".into(), Scalars::Int(vec![Some(0), Some(5), None, Some(12)])),
            ("part".into(), Scalars::Text(["a", "b", "a", "a"].map(|s| Some(s.to_string())).to_vec())),
            ("e".into(), Scalars::Float(vec![Some(0.5), Some(1.5), Some(2.5), Some(3.5)])),
            ("ok".into(), Scalars::Bool(vec![Some(true), Some(true), Some(true), Some(false)])),
        ]
    }

    fn mask(text: &str) -> Result<Vec<bool>, DataError> {
        let filter = parse(text)?;
        evaluate(&columns(), 4, &[], Some(&filter)).map(|(_, mask)| mask.unwrap())
    }

    #[test]
    fn filters_by_numbers_strings_and_truth_values() {
        assert_eq!(mask("step < 10 AND part = 'a'").unwrap(), [true, false, false, false]);
        assert_eq!(mask("part IN ('b') OR NOT ok").unwrap(), [false, true, false, true]);
        assert_eq!(mask("e > AVG(e)").unwrap(), [false, false, true, true]);
        assert_eq!(mask("1 = 1").unwrap(), [true; 4]);
        assert_eq!(parse("step < 10 AND part = 'a' AND step > 0").unwrap().columns, ["part", "step"]);
    }

    #[test]
    fn computes_columns_that_the_filter_may_use() {
        let select = vec![
            ("double".to_string(), parse("2 * e").unwrap()),
            ("bin".to_string(), parse("CAST(step % 5 AS BIGINT)").unwrap()),
        ];
        let filter = parse("double > 4").unwrap();
        let (computed, mask) = evaluate(&columns(), 4, &select, Some(&filter)).unwrap();
        assert_eq!(computed["double"], Scalars::Float(vec![Some(1.0), Some(3.0), Some(5.0), Some(7.0)]));
        assert_eq!(computed["bin"], Scalars::Int(vec![Some(0), Some(0), None, Some(2)]));
        assert_eq!(mask.unwrap(), [false, false, true, true]);
    }

    #[test]
    fn errors_name_the_expression() {
        for text in ["step <", "e +", "nofunction(e)", "*", "e", "SELECT 1", "part < 3 AND", ""] {
            let error = mask(text).unwrap_err();
            assert!(
                matches!(&error, DataError::Expression { expression, .. } if expression == text),
                "{text}: {error}"
            );
        }
        assert!(mask("e").unwrap_err().to_string().contains("needs a truth value, but this gives floating-point"));
    }
}
