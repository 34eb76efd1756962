//! `where` and `metric`: which rows are compared.

use polars::prelude::{DataFrame, Expr, IntoLazy, col, lit};
use semola_document::hint;

use super::error::CompareError;
use super::frame::{Fact, fact, has, unknown, values, with_facts, word};
use super::read::MEMBER;
use semola_data::DataError;
use semola_data::guard::caught;
use semola_data::select::{self, Expression};

/// A condition on rows.
#[derive(Debug)]
pub struct Filter(Expression);

impl Filter {
    /// Parses an SQL expression.
    pub fn parse(text: &str) -> Result<Self, CompareError> {
        select::parse(text).map(Self).map_err(refused)
    }

    /// The columns that it uses.
    pub fn columns(&self) -> &[String] {
        &self.0.columns
    }

    /// Whether it can be decided without reading the table. (`name` is a column of some tables too.)
    pub fn is_about_members(&self, table: &str, facts: &DataFrame) -> bool {
        let is_fact = |name: &String| name != "name" && fact(facts, name).is_some();
        table != "runs" && !self.columns().is_empty() && self.columns().iter().all(is_fact)
    }

    /// The numbers of the members that it is true for.
    pub fn members(&self, facts: &DataFrame) -> Result<Vec<usize>, CompareError> {
        let index: Vec<u32> = (0..facts.height() as u32).collect();
        let numbered = DataFrame::new(facts.height(), vec![polars::prelude::Column::new(MEMBER.into(), index)])?;
        Ok(super::frame::members_in(&self.rows(&numbered, facts)?)?)
    }

    /// The rows that it is true for. Columns that the table lacks are those of the members.
    pub fn rows(&self, table: &DataFrame, facts: &DataFrame) -> Result<DataFrame, CompareError> {
        let mut needed = Vec::new();
        for name in self.columns().iter().filter(|name| !has(table, name)) {
            let fact = fact(facts, name).ok_or_else(|| match name.as_str() {
                "config" => self.failed("there is no column `config`"),
                name => unknown("--where", name, &[table, facts]),
            })?;
            needed.push(Fact { name: name.clone(), ..fact });
        }
        let whole = with_facts(table, facts, &needed)?;
        let filtered = caught(|| whole.lazy().filter(self.0.expr().clone()).collect());
        let filtered = filtered
            .ok_or_else(|| self.failed("uses something that is not supported here"))?
            .map_err(|e| self.failed(e.to_string().lines().next().unwrap_or("cannot be evaluated")))?;
        Ok(filtered.drop_many(needed.iter().map(|fact| fact.name.as_str())))
    }

    fn failed(&self, reason: &str) -> CompareError {
        refused(DataError::Expression { expression: self.0.text.clone(), reason: reason.to_owned() })
    }
}

fn refused(error: DataError) -> CompareError {
    let unquoted = matches!(&error, DataError::Expression { expression, .. }
        if expression.match_indices("config.").any(|(at, _)| !expression[..at].ends_with('"')));
    let hint = if unquoted { "; put settings into double quotes: \"config.stages.3.train.epochs\"" } else { "" };
    CompareError::Where(error, hint)
}

/// The rows of these metrics; all rows if none is named.
pub fn of_metrics(table: DataFrame, metrics: &[String]) -> Result<DataFrame, CompareError> {
    if metrics.is_empty() {
        return Ok(table);
    }
    if !has(&table, "metric") {
        return Err(unknown("--metric", "metric", &[&table]));
    }
    let known = distinct(&table, "metric")?;
    if let Some(metric) = metrics.iter().find(|metric| !known.contains(metric)) {
        let hint = hint(metric, known.iter().map(String::as_str));
        return Err(CompareError::NoMetric { metric: metric.clone(), hint });
    }
    let one = |metric: &String| col("metric").eq(lit(metric.as_str()));
    let any = metrics.iter().map(one).reduce(Expr::or);
    Ok(any.map_or(Ok(table.clone()), |any| table.lazy().filter(any).collect())?)
}

/// The values of a column as words, each once, in the order in which they are met.
pub fn distinct(table: &DataFrame, column: &str) -> Result<Vec<String>, CompareError> {
    let once = table.clone().lazy().group_by_stable([col(column)]).agg(Vec::<Expr>::new()).collect()?;
    Ok(values(once.column(column)?).iter().map(word).collect())
}
