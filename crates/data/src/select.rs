//! SQL expressions on scalar columns, by polars.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use polars::prelude::{
    ChunkApply, Column, DataFrame, DataType, Expr, IntoColumn, IntoLazy, NamedFrom, PolarsResult, Series,
};

use super::error::DataError;
use super::guard::{caught, deep};
use super::scalars::Scalars;
use super::sql_limits::{check_expression, check_text};

/// Bytes of a text that is repeated in all rows, altogether.
const MOST_BYTES: usize = 1 << 30;

/// A parsed expression.
#[derive(Debug, Clone)]
pub struct Expression {
    /// What the user wrote.
    pub text: String,
    /// The columns that it uses.
    pub columns: Vec<String>,
    expr: Expr,
    /// What is evaluated: the same with NaN as null in comparisons.
    evaluated: Expr,
}

impl Expression {
    /// As polars has it, as it was written.
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
    check_text(text).map_err(|reason| failed(text, &reason))?;
    let parsed = deep(|| run(text, || polars::sql::sql_expr(text)));
    let expr = parsed.ok_or_else(|| failed(text, "cannot be read"))??;
    check_expression(&expr).map_err(|reason| failed(text, &reason))?;
    let columns: BTreeSet<String> = (&expr).into_iter().filter_map(column_name).collect();
    if (&expr).into_iter().any(|e| matches!(e, Expr::Selector(_))) {
        return Err(failed(text, "name the columns one by one; `*` and patterns cannot be used here"));
    }
    let evaluated = expr.clone().map_expr(without_nan);
    Ok(Expression { text: text.to_string(), columns: columns.into_iter().collect(), expr, evaluated })
}

/// Comparisons see null where a number is NaN, so that a row is dropped: polars takes NaN for the largest number.
fn without_nan(expr: Expr) -> Expr {
    let nulled = |operand: Arc<Expr>| match operand.as_ref() {
        Expr::Literal(_) => operand,
        _ => Arc::new(Arc::unwrap_or_clone(operand).map(nan_to_null, |_, field| Ok(field.clone()))),
    };
    match expr {
        Expr::BinaryExpr { left, op, right } if op.is_comparison() => {
            Expr::BinaryExpr { left: nulled(left), op, right: nulled(right) }
        }
        other => other,
    }
}

fn nan_to_null(column: Column) -> PolarsResult<Column> {
    Ok(match column.dtype() {
        DataType::Float64 => column.f64()?.apply(|x: Option<f64>| x.filter(|x| !x.is_nan())).into_column(),
        DataType::Float32 => column.f32()?.apply(|x: Option<f32>| x.filter(|x| !x.is_nan())).into_column(),
        _ => column,
    })
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
        let column = run(&expression.text, || nan_to_null(column.with_name(name.as_str().into())))?;
        run(&expression.text, || frame.with_column(column).map(|_| ()))?;
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
    let result = run(text, || frame.clone().lazy().select([expression.evaluated.clone().alias("value")]).collect())?;
    let column = run(text, || result.column("value").cloned())?;
    match column.len() {
        n if n == rows => Ok(column),
        1 if bytes_of_first(&column).saturating_mul(rows) > MOST_BYTES => {
            Err(failed(text, &format!("gives one text that is too long to be repeated in {rows} rows")))
        }
        1 => Ok(column.new_from_index(0, rows)),
        n => Err(failed(text, &format!("gives {n} values for {rows} rows"))),
    }
}

fn bytes_of_first(column: &Column) -> usize {
    column.str().ok().and_then(|texts| texts.get(0)).map_or(8, str::len)
}

/// A column as expressions see it: NaN counts as null, as everywhere in SQL where there is no NaN.
fn series(name: &str, scalars: &Scalars) -> Column {
    let name = name.into();
    match scalars {
        Scalars::Bool(v) => Series::new(name, v),
        Scalars::Int(v) => Series::new(name, v),
        Scalars::Float(v) => {
            Series::new(name, v.iter().map(|x| x.filter(|x| !x.is_nan())).collect::<Vec<Option<f64>>>())
        }
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
    fn comparisons_with_nan_are_null_so_that_the_row_is_dropped() {
        let q = vec![Some(0.1), Some(f64::NAN), Some(0.9), None, Some(-4.0)];
        let columns = vec![("q".to_string(), Scalars::Float(q)), ("n".into(), Scalars::Int(vec![Some(0); 5]))];
        let kept = |text: &str| {
            let mask = evaluate(&columns, 5, &[], Some(&parse(text).unwrap())).unwrap().1.unwrap();
            (0..5).filter(|i| mask[*i]).collect::<Vec<_>>()
        };
        assert_eq!(kept("q > 0.5"), [2]);
        assert_eq!(kept("0.5 < q"), [2]);
        assert_eq!(kept("NOT (q <= 0.5)"), [2]);
        assert_eq!(kept("q <> 0.9"), [0, 4]);
        assert_eq!(kept("q BETWEEN 0.0 AND 99.0"), [0, 2]);
        assert_eq!(kept("q = q"), [0, 2, 4]);
        assert_eq!(kept("q IS NULL"), [1, 3]);
        assert_eq!(kept("q > AVG(q)"), [0, 2]);
        // NaN that the expression itself makes.
        assert_eq!(kept("SQRT(q) > 0.5"), [2]);
        assert_eq!(kept("n / q * (1.0 / n) >= 0.0"), [] as [usize; 0]);
        let select = vec![("root".to_string(), parse("SQRT(q)").unwrap())];
        let filter = parse("root > 0.5").unwrap();
        let mask = evaluate(&columns, 5, &select, Some(&filter)).unwrap().1.unwrap();
        assert_eq!(mask, [false, false, true, false, false]);
    }

    #[test]
    fn expressions_that_cost_too_much_are_refused() {
        let chain = |n: usize, word: &str| (0..n).map(|i| format!("step = {i}")).collect::<Vec<_>>().join(word);
        assert_eq!(mask(&chain(200, " OR ")).unwrap(), [true, true, false, true]);
        assert_eq!(mask(&format!("{} > 0", vec!["e"; 200].join(" + "))).unwrap(), [true; 4]);
        let within = (0..5000).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
        assert_eq!(mask(&format!("step IN ({within})")).unwrap(), [true, true, false, true]);
        let refused = |text: &str, words: &str| {
            let error = mask(text).unwrap_err().to_string();
            assert!(error.contains(words), "{words}: {error}");
        };
        for text in [chain(700, " OR "), format!("{} > 0", vec!["e"; 990].join(" + "))] {
            refused(&text, "levels deep, and at most 256");
        }
        refused(&chain(40_000, " AND "), "operators, and at most 2000");
        refused(&format!("{}ok{}", "(".repeat(9000), ")".repeat(9000)), "operators, and at most");
        refused(&format!("{}ok{}", "(".repeat(900), ")".repeat(900)), "unable to parse");
        for text in [
            "LPAD(part, 2000000000) = 'a'",
            "RPAD(part, step * 1000000) = 'a'",
            "REPLACE(REPLACE(REPLACE(REPLACE(part, 'a', 'aaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaa'), 'a', 'aaaaaaaa') = 'a'",
        ] {
            refused(text, "bytes a row, and at most");
        }
        refused("STRING_AGG(part) = 'a'", "makes a list of the values of many rows");
        assert_eq!(mask("LPAD(part, 3, '0') = '00a'").unwrap(), [true, false, true, true]);
        assert_eq!(mask("REPLACE(part, 'a', 'long') || '!' = 'long!'").unwrap(), [true, false, true, true]);
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
