//! Averages over members, as requested.

use polars::prelude::DataFrame;

use super::aggregate::{QUANTITY, aggregate};
use super::arrange::Arranged;
use super::chosen::Chosen;
use super::error::CompareError;
use super::filter::distinct;
use super::findings::{FOUND, Findings};
use super::frame::{Fact, has};
use super::gains::{is_gain, with_gains};
use super::gather::Member;
use super::pivot::{cell_name, pivot};
use super::statistics::Statistics;
use super::{Pivot, Request, Shown};

/// Tables whose averages come with the counts of findings.
const WITH_FINDINGS: [&str; 2] = ["evaluation", "groups"];

/// Averages the chosen rows.
pub fn averages(
    mut chosen: Chosen,
    request: &Request,
    members: &[Member],
    facts: &DataFrame,
) -> Result<Arranged, CompareError> {
    let mut keys = keys(&mut chosen, request, facts)?;
    let across = match &request.pivot {
        Pivot::Default => {
            (request.table == "evaluation").then(|| "model".to_owned()).filter(|name| keys.contains(name))
        }
        Pivot::None => None,
        Pivot::Column(name) => Some(chosen.resolved("--pivot", name, facts)?),
    };
    if let Some(across) = across.as_ref().filter(|across| !keys.contains(across)) {
        keys.push(across.clone());
    }
    check_metrics(&chosen.table, &keys)?;
    if request.table == "evaluation" && across.as_deref() == Some("model") {
        chosen.table = with_gains(chosen.table, members, &chosen.members)?;
    }
    let averages = aggregate(&chosen.table, &keys, &known(&chosen), request.resamples)?;
    let mut index: Vec<String> = keys.iter().filter(|key| Some(*key) != across.as_ref()).cloned().collect();
    if has(&averages, QUANTITY) {
        index.push(QUANTITY.to_owned());
    }
    let cells: Vec<String> =
        Statistics::NAMES.iter().filter(|name| has(&averages, name)).map(|&name| name.to_owned()).collect();
    let (frame, rest) = match &across {
        None => (averages, cells.into_iter().map(Shown::Column).collect::<Vec<_>>()),
        Some(across) => {
            let pivoted = pivot(&averages, &index, across, &cells)?;
            let shown = |label: String| match cells.as_slice() {
                // A table without numbers: how many members there are.
                [n] => Shown::Column(cell_name(&label, n)),
                _ if is_gain(&label) => Shown::Interval(label),
                _ => Shown::Statistics(label),
            };
            (pivoted.frame, pivoted.labels.into_iter().map(shown).collect())
        }
    };
    let of_members: Vec<Fact> = chosen.facts.iter().filter(|fact| index.contains(&fact.name)).cloned().collect();
    let mut arranged =
        Arranged { frame, keys: index.clone(), shown: index.into_iter().map(Shown::Column).chain(rest).collect() };
    if WITH_FINDINGS.contains(&request.table.as_str())
        && let Some(found) = Findings::count(members, &chosen.members, facts, &of_members)?
    {
        let column = found.column(&arranged.frame)?;
        arranged.insert(of_members.len(), FOUND, column)?;
    }
    Ok(arranged)
}

/// The numbers that are known in some row; all of them, if none is.
fn known(chosen: &Chosen) -> Vec<String> {
    let is_known = |name: &&String| chosen.table.column(name).is_ok_and(|column| column.null_count() < column.len());
    let known: Vec<String> = chosen.shape.numbers.iter().filter(is_known).cloned().collect();
    if known.is_empty() { chosen.shape.numbers.clone() } else { known }
}

/// The columns whose combinations are averaged separately: facts about members first.
fn keys(chosen: &mut Chosen, request: &Request, facts: &DataFrame) -> Result<Vec<String>, CompareError> {
    let Some(by) = &request.by else {
        let facts = chosen.facts.iter().map(|fact| fact.name.clone());
        return Ok(facts.chain(chosen.shape.keys.iter().cloned()).collect());
    };
    let mut keys: Vec<String> = Vec::new();
    for name in by {
        let key = chosen.resolved("--by", name, facts)?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.sort_by_key(|key| !chosen.facts.iter().any(|fact| fact.name == *key));
    Ok(keys)
}

/// Metrics have different units: they are never averaged together.
fn check_metrics(table: &DataFrame, keys: &[String]) -> Result<(), CompareError> {
    if !has(table, "metric") || keys.iter().any(|key| key == "metric") {
        return Ok(());
    }
    let metrics = distinct(table, "metric")?;
    if metrics.len() > 1 { Err(CompareError::MixedMetrics { metrics: metrics.join(", ") }) } else { Ok(()) }
}
