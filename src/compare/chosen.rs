//! The compared rows, with the facts that distinguish their members.

use std::path::Path;

use polars::prelude::DataFrame;
use semola_document::hint;

use super::error::CompareError;
use super::filter::{Filter, of_metrics};
use super::frame::{Fact, fact, has, members_in, unknown, with_facts};
use super::gather::Member;
use super::order::sorted;
use super::read::{MEMBER, read_table};
use super::settings::Facts;
use super::shape::Shape;
use super::{Pivot, Request, Rows};
use semola_data::table::Identity;

/// Rows of one table.
#[derive(Debug)]
pub struct Chosen {
    /// The member's number, the facts, the table's own columns; rows of equal facts lie together.
    pub table: DataFrame,
    /// The pipeline's name, and what differs between the runs of one pipeline.
    pub facts: Vec<Fact>,
    /// The roles of the table's own columns.
    pub shape: Shape,
    /// The members that have rows.
    pub members: Vec<usize>,
}

impl Chosen {
    /// Reads the table and keeps the requested rows.
    pub fn read(
        request: &Request,
        members: &[Member],
        facts: &Facts,
        warnings: &mut Vec<String>,
    ) -> Result<Self, CompareError> {
        let filter = request.filter.as_deref().map(Filter::parse).transpose()?;
        let table = &request.table;
        let (early, late) = filter.as_ref().map_or((None, None), |filter| {
            if filter.is_about_members(table, &facts.frame) { (Some(filter), None) } else { (None, Some(filter)) }
        });
        let chosen = match early {
            Some(filter) => filter.members(&facts.frame)?,
            None => (0..members.len()).collect(),
        };
        let nothing_left = || CompareError::NothingLeft {
            table: table.clone(),
            filter: request.filter.as_ref().map(|filter| format!(" with --where \"{filter}\"")).unwrap_or_default(),
        };
        if chosen.is_empty() {
            return Err(nothing_left());
        }
        let needed = needed(request, filter.as_ref());
        let wanted = |name: &str| needed.as_ref().is_none_or(|needed| needed.iter().any(|column| column == name));
        let rows = read_table(members, &chosen, table, wanted)?;
        let rows = rows.ok_or_else(|| no_table(table, &members[chosen[0]].path))?;
        let rows = of_metrics(rows, &request.metrics)?;
        let rows = late.map_or(Ok(rows.clone()), |filter| filter.rows(&rows, &facts.frame))?;
        if rows.height() == 0 {
            return Err(nothing_left());
        }
        let members = members_in(&rows)?;
        if members.len() < chosen.len() {
            warnings.push(format!(
                "{} of {} members have no such rows in table `{table}`",
                chosen.len() - members.len(),
                chosen.len()
            ));
        }
        let shape = Shape::of(table, &rows);
        let telling = telling(facts, &members, warnings);
        let rows = with_facts(&rows, &facts.frame, &telling)?;
        let by: Vec<(&str, bool)> = telling.iter().map(|fact| (fact.name.as_str(), false)).collect();
        let rows = sorted(&rows, &by)?;
        Ok(Self { table: rows, facts: telling, shape, members })
    }

    /// The name under which the rows have a column; a fact that they lack is added.
    pub fn resolved(&mut self, option: &'static str, name: &str, facts: &DataFrame) -> Result<String, CompareError> {
        if has(&self.table, name) && name != MEMBER {
            return Ok(name.to_owned());
        }
        let fact = fact(facts, name).ok_or_else(|| unknown(option, name, &[&self.table, facts]))?;
        if !has(&self.table, &fact.name) {
            self.table = with_facts(&self.table, facts, std::slice::from_ref(&fact))?;
        }
        if !self.facts.contains(&fact) {
            self.facts.push(fact.clone());
        }
        Ok(fact.name)
    }

    /// A one-line description of the comparison.
    pub fn note(&self, facts: &Facts) -> String {
        let pipelines = facts.pipelines(&self.members);
        let of: String = if pipelines.len() == 1 {
            pipelines.into_iter().collect()
        } else {
            format!("{} pipelines", pipelines.len())
        };
        let plural = if self.members.len() == 1 { "" } else { "s" };
        format!("compared {} member{plural} of {of}", self.members.len())
    }
}

/// The columns that an average needs; `None`: all.
fn needed(request: &Request, filter: Option<&Filter>) -> Option<Vec<String>> {
    let shape = Shape::stated(&request.table).filter(|_| request.rows == Rows::Aggregate)?;
    let pivot = match &request.pivot {
        Pivot::Column(column) => Some(column.clone()),
        _ => None,
    };
    let filter = filter.map(|filter| filter.columns().to_vec()).unwrap_or_default();
    let named = request.by.iter().flatten().cloned().chain(pivot).chain(["metric".to_owned()]);
    Some(shape.keys.into_iter().chain(shape.numbers).chain(filter).chain(named).collect())
}

/// The facts that distinguish runs that are not repetitions of each other.
fn telling(facts: &Facts, members: &[usize], warnings: &mut Vec<String>) -> Vec<Fact> {
    let mut telling = vec![Fact::new("pipeline")];
    for (column, differs, what) in [
        ("data_hash", facts.data_differs(members), "runs of one pipeline read different data"),
        ("code_version", facts.version_differs(members), "the runs were made by different versions of semola-pipe"),
    ] {
        if differs {
            warnings.push(format!("{what}: `{column}` keeps them apart"));
            telling.push(Fact::new(column));
        }
    }
    telling.extend(facts.differing(members).into_iter().map(Fact::new));
    telling
}

fn no_table(table: &str, member: &Path) -> CompareError {
    let files = std::fs::read_dir(member.join("tables")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut tables: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "parquet"))
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    tables.sort();
    CompareError::NoTable { table: table.to_owned(), hint: hint(table, tables.iter().map(String::as_str)) }
}

/// Every identity column as a fact.
pub fn identity() -> Vec<Fact> {
    Identity::COLUMNS.iter().map(|name| Fact::new(name)).collect()
}
