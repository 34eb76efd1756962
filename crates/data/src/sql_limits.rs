//! What an SQL expression may cost: polars follows it as deep as it goes, on threads with small stacks, and makes texts as
//! long as it says.

use polars::prelude::{AggExpr, Expr, LiteralValue};

/// Operators that are parsed at most.
const OPERATORS: usize = 2000;

/// Levels of an expression. Some 600 are too many for the stack of a thread of polars.
const DEEPEST: usize = 256;

/// Bytes of the text of one row that an expression may make, where the columns hold short texts.
const LONGEST: f64 = 65_536.0;

/// Bytes that a text of a column is taken for.
const USUAL: f64 = 16.0;

/// Checks an expression before it is parsed.
///
/// # Errors
/// A phrase that says what is too much.
pub fn check_text(text: &str) -> Result<(), String> {
    let operators = operators(text);
    let many =
        || format!("has {operators} operators, and at most {OPERATORS} are read; a list of values is `x IN (…)`");
    if operators > OPERATORS { Err(many()) } else { Ok(()) }
}

/// Checks a parsed expression before it is evaluated.
///
/// # Errors
/// A phrase that says what is too much.
pub fn check_expression(expr: &Expr) -> Result<(), String> {
    let depth = depth(expr);
    if depth > DEEPEST {
        return Err(format!(
            "is nested {depth} levels deep, and at most {DEEPEST} are evaluated (each `OR` or `+` of a chain is one); a \
             list of values is `x IN (…)`, and long sums can be several columns of `select`"
        ));
    }
    let is_column = |e: &Expr| matches!(e, Expr::Column(_));
    let gathers = |e: &Expr| match e {
        Expr::Agg(AggExpr::Implode { input, .. }) => input.as_ref().into_iter().any(is_column),
        Expr::Explode { .. } => true,
        _ => false,
    };
    if expr.into_iter().any(gathers) {
        return Err("makes a list of the values of many rows; one number, truth value or text a row is needed".into());
    }
    let length = text_length(expr);
    if length > LONGEST {
        return Err(format!("could make texts of {length:.0} bytes a row, and at most {LONGEST} are made"));
    }
    Ok(())
}

/// Operators outside of quotes; a minus after a comma or bracket is part of a number.
fn operators(text: &str) -> usize {
    let (mut count, mut quote, mut last, mut word) = (0, None, ' ', String::new());
    for c in text.chars().chain([' ']) {
        if let Some(open) = quote {
            quote = Some(open).filter(|q| *q != c);
            continue;
        }
        if c.is_alphanumeric() || c == '_' {
            word.push(c.to_ascii_lowercase());
        } else {
            count += usize::from(matches!(word.as_str(), "and" | "or" | "not" | "is" | "like" | "between" | "when"));
            word.clear();
        }
        match c {
            '\'' | '"' | '`' => quote = Some(c),
            '-' if matches!(last, ',' | '(') => {}
            '+' | '-' | '*' | '/' | '%' | '|' | '&' | '^' | '<' | '>' | '=' | '(' | '[' | ':' | '~' => count += 1,
            _ => {}
        }
        last = if c.is_whitespace() { last } else { c };
    }
    count
}

/// Levels of an expression, or more: what is neither a chain of operators nor a function counts all its parts.
fn depth(expr: &Expr) -> usize {
    let mut deepest = 0;
    let mut open = vec![(expr, 1)];
    while let Some((expr, depth)) = open.pop() {
        deepest = deepest.max(depth);
        match expr {
            Expr::BinaryExpr { left, right, .. } => {
                open.extend([(left.as_ref(), depth + 1), (right.as_ref(), depth + 1)])
            }
            Expr::Function { input, .. } => open.extend(input.iter().map(|e| (e, depth + 1))),
            Expr::Alias(inner, _) | Expr::Cast { expr: inner, .. } => open.push((inner.as_ref(), depth + 1)),
            Expr::Ternary { predicate, truthy, falsy } => {
                open.extend([predicate, truthy, falsy].map(|e| (e.as_ref(), depth + 1)));
            }
            other => deepest = deepest.max(depth + other.into_iter().count()),
        }
    }
    deepest
}

/// Bytes of the text that an expression gives, as a bound for texts of usual length. The expression is not too deep.
fn text_length(expr: &Expr) -> f64 {
    let longest = |all: &[Expr]| all.iter().map(text_length).fold(USUAL, f64::max);
    match expr {
        Expr::Literal(value) => value.extract_str().map_or(USUAL, |text| text.len() as f64),
        Expr::Function { input, function } => match (function.to_string().as_str(), input.as_slice()) {
            ("str.pad_start" | "str.pad_end" | "str.zfill", [text, width, ..]) => {
                text_length(text).max(width_of(width))
            }
            (name, [text, _, new, ..]) if name.starts_with("str.replace") => {
                (text_length(text) + 1.0) * (1.0 + text_length(new))
            }
            (name, all) if name.contains("concat") || name.contains("format") || name.contains("repeat") => {
                all.iter().map(text_length).sum()
            }
            (_, all) => longest(all),
        },
        Expr::BinaryExpr { left, right, .. } => text_length(left) + text_length(right),
        Expr::Ternary { truthy, falsy, .. } => text_length(truthy).max(text_length(falsy)),
        Expr::Alias(inner, _) | Expr::Cast { expr: inner, .. } => text_length(inner),
        other => other.into_iter().skip(1).take(1).map(text_length).fold(USUAL, f64::max),
    }
}

/// What a text is filled up to; a width that is computed may be anything.
fn width_of(expr: &Expr) -> f64 {
    let value = match expr {
        Expr::Cast { expr, .. } => expr.as_ref(),
        other => other,
    };
    match value {
        Expr::Literal(LiteralValue::Dyn(_) | LiteralValue::Scalar(_)) => match value {
            Expr::Literal(literal) => literal.to_any_value().and_then(|v| v.extract::<f64>()).unwrap_or(f64::INFINITY),
            _ => f64::INFINITY,
        },
        _ => f64::INFINITY,
    }
}
