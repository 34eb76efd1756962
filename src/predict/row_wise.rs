//! Expressions whose value in a row comes from that row alone: only they may be evaluated chunk by chunk.

use polars::prelude::{AggExpr, BooleanFunction, Expr, FunctionExpr, StringFunction};

use super::PredictError;
use semola_data::select::parse;
use semola_data::settings::Read;

/// Checks `select` and `where` of new data.
///
/// # Errors
/// For the first expression that is malformed or depends on other rows.
pub fn check(read: &Read) -> Result<(), PredictError> {
    let selected = read.select.iter().map(|(name, text)| {
        let place = format!("column `{name}` of the model's `read` stage");
        let remedy = format!(
            "store `{name}` as a column of the training files and of the new ones, take its expression out of `select`, \
             and train again"
        );
        (place, text, remedy)
    });
    let filter = read.filter.iter().map(|text| {
        let remedy = "store what it computes as a column of the files first, and name that column".to_owned();
        ("--where".to_owned(), text, remedy)
    });
    for (place, text, remedy) in selected.chain(filter) {
        if let Some(found) = beyond_the_row(parse(text)?.expr(), read.group_by.as_deref()) {
            return Err(PredictError::NotRowWise { place, expression: text.clone(), found, remedy });
        }
    }
    Ok(())
}

/// The part of an expression that depends on other rows, if any; `example` is the column of `group_by`.
///
/// What is not known to be row-wise counts as depending on other rows.
fn beyond_the_row(expr: &Expr, example: Option<&str>) -> Option<&'static str> {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match expr {
            Expr::Column(_) | Expr::Literal(_) => {}
            Expr::Alias(inner, _) | Expr::Cast { expr: inner, .. } => open.push(inner),
            Expr::BinaryExpr { left, right, .. } => open.extend([&**left, &**right]),
            Expr::Ternary { predicate, truthy, falsy } => open.extend([&**predicate, &**truthy, &**falsy]),
            Expr::Function { input, function } if is_row_wise(function, input) => open.extend(input),
            // The list of `IN`.
            Expr::Agg(AggExpr::Implode { input, .. }) if is_literal(input) => {}
            // All rows of an example are read together.
            Expr::Over { function, partition_by, order_by, .. } if is_within(partition_by, example) => {
                let ordered = order_by.as_ref().map(|(order, _)| &**order);
                if std::iter::once(&**function).chain(ordered).any(has_window) {
                    return Some("a window within a window");
                }
                open.extend(partition_by);
            }
            Expr::Over { .. } => return Some("a window function"),
            Expr::Agg(_) => return Some("an aggregate"),
            Expr::Len => return Some("the number or the numbering of rows"),
            _ => return Some("a function of several rows"),
        }
    }
    None
}

/// Whether a function is row-wise; unlisted ones are treated as not.
fn is_row_wise(function: &FunctionExpr, input: &[Expr]) -> bool {
    use FunctionExpr as F;
    match function {
        F::Abs
        | F::Atan2
        | F::Ceil
        | F::Clip { .. }
        | F::Coalesce
        | F::Exp
        | F::FillNull
        | F::Floor
        | F::ListExpr(_)
        | F::Log
        | F::Log1p
        | F::MaxHorizontal
        | F::MinHorizontal
        | F::Negate
        | F::Pow(_)
        | F::Round { .. }
        | F::Sign
        | F::TemporalExpr(_)
        | F::Trigonometry(_)
        | F::Truncate { .. } => true,
        F::StringExpr(StringFunction::ConcatVertical { .. }) => false,
        // Without a format, one is guessed from the first texts.
        F::StringExpr(StringFunction::Strptime(_, options)) => {
            options.format.is_some() || input.first().is_some_and(is_literal)
        }
        F::StringExpr(_) => true,
        // In a column that is no list, the values of all rows would be looked for.
        F::Boolean(BooleanFunction::IsIn { .. }) => input.get(1).is_some_and(is_list),
        F::Boolean(function) => matches!(
            function,
            BooleanFunction::AllHorizontal
                | BooleanFunction::AnyHorizontal
                | BooleanFunction::IsFinite
                | BooleanFunction::IsInfinite
                | BooleanFunction::IsNan
                | BooleanFunction::IsNotNan
                | BooleanFunction::IsNotNull
                | BooleanFunction::IsNull
                | BooleanFunction::Not
        ),
        _ => false,
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(_))
}

fn is_list(expr: &Expr) -> bool {
    match expr {
        Expr::Agg(AggExpr::Implode { input, .. }) => is_literal(input),
        other => is_literal(other),
    }
}

/// Whether a partition is within an example.
fn is_within(partition_by: &[Expr], example: Option<&str>) -> bool {
    example.is_some_and(|key| partition_by.iter().any(|by| matches!(by, Expr::Column(name) if name == key)))
}

fn has_window(expr: &Expr) -> bool {
    expr.into_iter().any(|inner| matches!(inner, Expr::Over { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, example: Option<&str>) -> Option<&'static str> {
        beyond_the_row(parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).expr(), example)
    }

    #[test]
    fn what_needs_its_own_row_only_is_row_wise() {
        for text in [
            "1",
            "'a' || 'b'",
            "1 + 2 > 2",
            "s",
            "s AS t",
            "-s + 2 * (s - t) / t % 3 // 2",
            "s > 1 AND NOT (t <= 2 OR s <> t) AND ok",
            "s BETWEEN 1 AND 2",
            "s NOT BETWEEN 1 AND t",
            "g IN (1, 2)",
            "name NOT IN ('a', NULL)",
            "g = ANY(ARRAY[1, 2])",
            "s IS NULL OR t IS NOT NULL",
            "s IS DISTINCT FROM t",
            "ok IS TRUE",
            "CASE WHEN s > 1 THEN s WHEN t > 1 THEN t ELSE 0 END",
            "CASE g WHEN 1 THEN s ELSE t END",
            "IF(s > 1, s, t)",
            "CAST(s AS BIGINT)",
            "TRY_CAST(name AS DOUBLE)",
            "s::INT",
            "ABS(s) + SQRT(s) + CBRT(s) + POW(s, 2) + EXP(s) + LN(s) + LOG2(s) + LOG10(s) + LOG1P(s) + LOG(s, 3)",
            "SIN(s) + COS(s) + TAN(s) + ATAN2(s, t) + ACOSD(s) + RADIANS(s) + DEGREES(t) + PI()",
            "ROUND(s, 2) + FLOOR(s) + CEIL(t) + SIGN(s) + TRUNCATE(s) + DIV(g, 2) + MOD(g, 2)",
            "COALESCE(s, t, 0) + IFNULL(s, 1) + NULLIF(s, 0) + GREATEST(s, t) + LEAST(s, 1)",
            "name LIKE 'a%' OR name ILIKE '_b' OR name ~ 'c+' OR REGEXP_LIKE(name, 'd')",
            "UPPER(TRIM(name)) || LOWER(SUBSTR(name, 1, 3)) || REPLACE(name, 'a', 'b') || REVERSE(name)",
            "CONCAT(name, '-', name) || LEFT(name, 2) || RIGHT(name, 2) || LPAD(name, 5) || CONCAT_WS(',', name, name)",
            "LENGTH(name) + STRPOS(name, 'a') + OCTET_LENGTH(name) + POSITION('a' IN name)",
            "STARTS_WITH(name, 'a') AND ENDS_WITH(name, 'b')",
            "SPLIT_PART(name, '-', 2)",
            "EXTRACT(YEAR FROM STRPTIME(name, '%Y-%m-%d'))",
            "STRPTIME(name, '%Y-%m-%d') > TIMESTAMP '2020-01-01 00:00:00'",
        ] {
            assert_eq!(found(text, None), None, "{text}");
        }
    }

    #[test]
    fn what_looks_at_other_rows_is_found_wherever_it_is() {
        for text in [
            "s - AVG(s)",
            "s > AVG(s)",
            "SUM(s)",
            "COUNT(*)",
            "COUNT(s)",
            "COUNT(DISTINCT g)",
            "s / MAX(s)",
            "MIN(s)",
            "MEDIAN(s)",
            "QUANTILE_CONT(s, 0.5)",
            "QUANTILE_DISC(s, 0.5)",
            "STDDEV(s)",
            "VARIANCE(s)",
            "CORR(s, t)",
            "COVAR_POP(s, t)",
            "FIRST(s)",
            "LAST(s)",
            "FIRST_VALUE(s)",
            "ROW_NUMBER() OVER ()",
            "ROW_NUMBER() OVER (ORDER BY s) < 10",
            "LAG(s) OVER (ORDER BY t)",
            "LEAD(s, 2) OVER (ORDER BY t)",
            "SUM(s) OVER (ORDER BY t)",
            "SUM(s) OVER (PARTITION BY g)",
            "AVG(s) OVER (PARTITION BY g)",
            "CASE WHEN s > AVG(s) THEN 1 ELSE 0 END",
            "CASE WHEN ok THEN 1 ELSE COUNT(*) END",
            "CAST(SUM(s) AS INT) + 1",
            "NOT (s > AVG(s) OR ok)",
            "ABS(s - MEDIAN(s))",
            "COALESCE(s, AVG(s))",
            "GREATEST(s, MIN(t))",
            "s BETWEEN 0 AND AVG(s)",
            "s = ANY(t)",
            "s > ALL(t)",
            "DATE(name)",
        ] {
            assert!(found(text, None).is_some(), "{text}");
        }
        assert_eq!(found("s - AVG(s)", None), Some("an aggregate"));
        assert_eq!(found("AVG(s) OVER (PARTITION BY g)", None), Some("a window function"));
        assert_eq!(found("ROW_NUMBER() OVER ()", None), Some("a function of several rows"));
    }

    #[test]
    fn a_window_within_an_example_is_fine() {
        for text in ["s - AVG(s) OVER (PARTITION BY id)", "SUM(s) OVER (PARTITION BY g, id ORDER BY t)"] {
            assert_eq!(found(text, Some("id")), None, "{text}");
            assert!(found(text, Some("other")).is_some(), "{text}");
            assert!(found(text, None).is_some(), "{text}");
        }
        assert_eq!(found("s - AVG(s)", Some("id")), Some("an aggregate"));
        assert!(found("AVG(s) OVER (PARTITION BY id) + AVG(s)", Some("id")).is_some());
        assert!(found("AVG(s) OVER (PARTITION BY id, s > AVG(s))", Some("id")).is_some());
        assert!(found("AVG(SUM(s) OVER (PARTITION BY g)) OVER (PARTITION BY id)", Some("id")).is_some());
    }

    #[test]
    fn the_message_names_place_and_expression() {
        let mut read: Read =
            serde_json::from_str(r#"{"as": "new", "path": "a.parquet", "where": "s > AVG(s)"}"#).unwrap();
        let message = check(&read).unwrap_err().to_string();
        assert!(message.starts_with("--where: the expression `s > AVG(s)` uses an aggregate"), "{message}");
        read.select.insert("q".into(), "s - AVG(s)".into());
        let message = check(&read).unwrap_err().to_string();
        assert!(
            message.starts_with("column `q` of the model's `read` stage: the expression `s - AVG(s)`"),
            "{message}"
        );
        read.select.insert("q".into(), "s -".into());
        assert!(matches!(check(&read), Err(PredictError::Data(_))));
    }
}
