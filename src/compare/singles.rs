//! Rows of single members, as requested.

use polars::prelude::DataFrame;

use super::arrange::Arranged;
use super::chosen::{Chosen, identity};
use super::error::CompareError;
use super::frame::{Fact, fact, has, with_facts};
use super::pivot::{cell_name, pivot};
use super::read::MEMBER;
use super::settings::CONFIG;
use super::{Pivot, Request, Shown};
use semola_data::table::Identity;

/// Identity columns that are not displayed.
const FOR_PROGRAMS: [&str; 3] = ["pipeline_hash", "data_hash", "code_version"];

/// The chosen rows with the identity of their members in front.
pub fn singles(mut chosen: Chosen, request: &Request, facts: &DataFrame) -> Result<Arranged, CompareError> {
    let telling: Vec<Fact> = chosen.facts.clone();
    let across = match &request.pivot {
        Pivot::Column(name) => Some(chosen.resolved("--pivot", name, facts)?),
        Pivot::Default | Pivot::None => None,
    };
    // Facts that are asked for, beyond those that tell runs apart.
    for name in request.select.iter().chain(&request.sort).map(|name| name.trim_start_matches('-')) {
        let fact = fact(facts, name).filter(|fact| !has(&chosen.table, name) && !has(&chosen.table, &fact.name));
        if let Some(fact) = fact {
            chosen.table = with_facts(&chosen.table, facts, &[Fact::whole(&fact.column)])?;
        }
    }
    // `runs` holds the settings under their whole names.
    let is_runs = request.table == "runs";
    let beside: Vec<&Fact> =
        telling.iter().filter(|fact| !is_runs && !Identity::COLUMNS.contains(&fact.column.as_str())).collect();
    let table =
        if is_runs { chosen.table.drop_many(telling.iter().map(|fact| fact.name.as_str())) } else { chosen.table };
    let missing: Vec<Fact> = identity().into_iter().filter(|fact| !has(&table, &fact.name)).collect();
    let table = with_facts(&table, facts, &missing)?;
    let keys: Vec<String> = Identity::COLUMNS
        .iter()
        .map(|name| (*name).to_owned())
        .chain(beside.iter().map(|fact| fact.name.clone()))
        .collect();
    let differs = |name: &str| telling.iter().any(|fact| fact.column == name);
    let for_people = |name: &String| {
        let hidden = FOR_PROGRAMS.contains(&name.as_str()) || (is_runs && name.starts_with(CONFIG));
        !hidden || differs(name)
    };
    let own = table.get_column_names_owned().into_iter().map(|name| name.to_string());
    let own: Vec<String> = own.filter(|name| name != MEMBER && !keys.contains(name)).collect();
    let Some(across) = across else {
        let columns: Vec<String> = keys.iter().cloned().chain(own).collect();
        let shown = columns.iter().filter(|name| for_people(name)).cloned().map(Shown::Column).collect();
        return Ok(Arranged { frame: table.select(&columns)?, keys, shown });
    };
    let mut index: Vec<String> = keys.into_iter().chain(chosen.shape.keys.iter().cloned()).collect();
    index.retain(|key| *key != across);
    let cells = match chosen.shape.numbers.as_slice() {
        [number] => vec![number.clone()],
        _ => own.into_iter().filter(|name| !index.contains(name) && *name != across).collect(),
    };
    let pivoted = pivot(&table, &index, &across, &cells)?;
    let names: Vec<String> =
        pivoted.labels.iter().flat_map(|label| cells.iter().map(|cell| cell_name(label, cell))).collect();
    let shown = index.iter().filter(|name| for_people(name)).cloned().chain(names).map(Shown::Column).collect();
    Ok(Arranged { frame: pivoted.frame, keys: index, shown })
}
