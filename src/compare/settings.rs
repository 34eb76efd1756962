//! What is known about each member before any table is read: identity, times, and every resolved setting.
//!
//! The manifests hold the same facts as the `runs` tables, also of members that have not written theirs yet.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::{AnyValue, Column, DataFrame, NamedFrom, Series};
use rayon::prelude::*;
use serde_json::Value;

use super::error::CompareError;
use super::gather::Member;
use crate::member::named_settings;
use semola_data::table::flatten;

/// Beginning of the names of columns that hold settings.
pub const CONFIG: &str = "config.";

/// Settings that identify a run, not how it was made: they do not separate runs.
const NAMES: [&str; 3] = ["config.name", "config.seed", "config.description"];

/// Settings under their paths, `config.stages.5.train.epochs`, are known too where they have names.
fn paths(members: &[Member], known: &[(String, Vec<Option<Value>>)]) -> Vec<(String, Vec<Option<Value>>)> {
    let path = |member: &Member| flatten(&member.manifest.pipeline).into_iter().map(|s| (s.path, s.value)).collect();
    let mut all = settings(members, path);
    all.retain(|(name, _)| known.iter().all(|(other, _)| other != name));
    all
}

/// The facts about all members.
#[derive(Debug)]
pub struct Facts {
    /// One row per member, in the order of the members: identity, `pipeline` (its name), `status`, …, `config.<setting>`.
    pub frame: DataFrame,
    pipelines: Vec<String>,
    data: Vec<String>,
    versions: Vec<String>,
    settings: Vec<(String, Vec<Option<Value>>)>,
}

impl Facts {
    /// The facts in the members' manifests.
    pub fn of(members: &[Member]) -> Result<Self, CompareError> {
        let settings = settings(members, |member| named_settings(&member.manifest.pipeline));
        let paths = paths(members, &settings);
        let texts = |of: fn(&Member) -> &str| members.iter().map(|m| of(m).to_owned()).collect::<Vec<String>>();
        let data = texts(|m| &m.manifest.data_hash);
        let versions = texts(|m| m.manifest.versions.get("semola-pipe").map_or("", String::as_str));
        let pipelines = texts(|m| &m.manifest.name);
        let manifests = || members.iter().map(|m| &m.manifest);
        let text = |name: &str, cells: &[String]| Series::new(name.into(), cells);
        let mut series = vec![
            text("run_id", &texts(|m| &m.manifest.run_id)),
            text("pipeline_hash", &texts(|m| &m.manifest.pipeline_hash)),
            text("data_hash", &data),
            text("code_version", &versions),
            Series::new("seed".into(), manifests().map(|m| m.seed).collect::<Vec<_>>()),
            text("pipeline", &pipelines),
            text("status", &texts(|m| m.manifest.status.as_str())),
            text("device", &texts(|m| &m.manifest.device)),
            Series::new("threads".into(), manifests().map(|m| m.threads).collect::<Vec<_>>()),
            Series::new("started".into(), manifests().map(|m| m.started.clone()).collect::<Vec<_>>()),
            Series::new("seconds".into(), manifests().map(|m| m.seconds).collect::<Vec<_>>()),
            Series::new("cpu_seconds".into(), manifests().map(|m| m.cpu_seconds).collect::<Vec<_>>()),
            Series::new("peak_rss_bytes".into(), manifests().map(|m| m.peak_rss_bytes).collect::<Vec<_>>()),
        ];
        let all = settings.par_iter().chain(&paths);
        series.extend(all.map(|(name, cells)| setting(name, cells)).collect::<Result<Vec<_>, _>>()?);
        let columns: Vec<Column> = series.into_iter().map(Column::from).collect();
        Ok(Self { frame: DataFrame::new(members.len(), columns)?, pipelines, data, versions, settings })
    }

    /// The `config.<path>` columns that have more than one value among the runs of some pipeline.
    ///
    /// What `like` or a default makes follow another setting is left out: of columns that are equal in all members, and
    /// of settings that are only there or not there together, the first one stands for all.
    pub fn differing(&self, chosen: &[usize]) -> Vec<&str> {
        let mut kept: Vec<(&str, &Vec<Option<Value>>)> = Vec::new();
        for (name, cells) in self.settings.iter().filter(|(name, _)| !NAMES.contains(&name.as_str())) {
            let pipelines = self.differs(chosen, cells);
            // Where it does not differ, it has nothing to tell.
            let at: Vec<usize> =
                chosen.iter().copied().filter(|&at| pipelines.contains(self.pipelines[at].as_str())).collect();
            let follows = |other: &[Option<Value>]| {
                at.iter().all(|&at| other[at] == cells[at])
                    || (only_presence(&at, other) && only_presence(&at, cells) && same_presence(&at, other, cells))
            };
            if !at.is_empty() && !kept.iter().any(|(_, other)| follows(other)) {
                kept.push((name, cells));
            }
        }
        kept.into_iter().map(|(name, _)| name).collect()
    }

    /// Whether the runs of some pipeline read different data.
    pub fn data_differs(&self, chosen: &[usize]) -> bool {
        !self.differs(chosen, &self.data).is_empty()
    }

    /// Whether there were several versions of the program.
    pub fn version_differs(&self, chosen: &[usize]) -> bool {
        chosen.iter().any(|&at| self.versions[at] != self.versions[chosen[0]])
    }

    /// The names of the pipelines, each once.
    pub fn pipelines(&self, chosen: &[usize]) -> BTreeSet<String> {
        chosen.iter().map(|&at| self.pipelines[at].clone()).collect()
    }

    /// The pipelines of which two runs differ in this.
    fn differs<T: PartialEq>(&self, chosen: &[usize], cells: &[T]) -> BTreeSet<&str> {
        let mut first: HashMap<&str, &T> = HashMap::new();
        let pipelines = chosen.iter().map(|&at| (self.pipelines[at].as_str(), &cells[at]));
        pipelines.filter(|(name, cell)| *first.entry(name).or_insert(cell) != *cell).map(|(name, _)| name).collect()
    }
}

/// Whether there is only one value, and otherwise nothing.
fn only_presence(at: &[usize], cells: &[Option<Value>]) -> bool {
    let mut values = at.iter().filter_map(|&at| cells[at].as_ref());
    let first = values.next();
    at.iter().any(|&at| cells[at].is_none()) && values.all(|value| Some(value) == first)
}

fn same_presence(at: &[usize], a: &[Option<Value>], b: &[Option<Value>]) -> bool {
    at.iter().all(|&at| a[at].is_some() == b[at].is_some())
}

/// Every setting of any member, in the order in which they are met, with its value in each member.
fn settings(
    members: &[Member],
    of: impl Fn(&Member) -> Vec<(String, Value)> + Sync + Send,
) -> Vec<(String, Vec<Option<Value>>)> {
    let flat: Vec<_> = members.par_iter().map(of).collect();
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut settings: Vec<(String, Vec<Option<Value>>)> = Vec::new();
    for (row, flat) in flat.into_iter().enumerate() {
        for (path, value) in flat {
            let column = match at.get(&path) {
                Some(&column) => column,
                None => {
                    settings.push((format!("{CONFIG}{path}"), vec![None; members.len()]));
                    at.insert(path, settings.len() - 1);
                    settings.len() - 1
                }
            };
            settings[column].1[row] = Some(value);
        }
    }
    settings
}

/// The column of one setting. If it is a number in some members and a text in others, it is text.
fn setting(name: &str, cells: &[Option<Value>]) -> Result<Series, CompareError> {
    let is_text = |value: &Value| !value.is_number() && !value.is_boolean();
    let mixed = cells.iter().flatten().any(is_text) || {
        let mut kinds = cells.iter().flatten().map(Value::is_boolean);
        let first = kinds.next();
        kinds.any(|kind| Some(kind) != first)
    };
    if mixed {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let cells: Vec<Option<String>> = cells.iter().map(|cell| cell.as_ref().map(text)).collect();
        return Ok(Series::new(name.into(), cells));
    }
    let fractional = cells.iter().flatten().any(|value| value.is_f64());
    let cell = |value: &Value| match (value.as_bool(), value.as_i64()) {
        (Some(flag), _) => AnyValue::Boolean(flag),
        (None, Some(integer)) if !fractional => AnyValue::Int64(integer),
        _ => value.as_f64().map_or(AnyValue::Null, AnyValue::Float64),
    };
    let cells: Vec<AnyValue> = cells.iter().map(|value| value.as_ref().map_or(AnyValue::Null, cell)).collect();
    Ok(Series::from_any_values(name.into(), &cells, false)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::member::Manifest;

    fn member(name: &str, pipeline: Value) -> Member {
        let manifest = Manifest { name: name.to_owned(), data_hash: name.to_owned(), pipeline, ..Manifest::default() };
        Member { path: name.into(), manifest }
    }

    #[test]
    fn what_differs_within_a_pipeline_tells_runs_apart_once() {
        let members = [
            member("a", json!({"seed": 0, "x": {"epochs": 2, "lr": 0.1}, "y": {"epochs": 2}, "augment": "none"})),
            member(
                "a",
                json!({"seed": 1, "x": {"epochs": 3, "lr": 0.1}, "y": {"epochs": 3}, "augment": {"gl": 2, "n": 4}}),
            ),
            member("b", json!({"seed": 0, "x": {"epochs": 9, "lr": 0.7}})),
        ];
        let facts = Facts::of(&members).unwrap();
        // `y.epochs` follows `x.epochs`, `augment.n` comes with `augment.gl`, and `lr` differs between pipelines only.
        assert_eq!(facts.differing(&[0, 1, 2]), ["config.x.epochs", "config.augment", "config.augment.gl"]);
        assert!(facts.differing(&[0, 2]).is_empty());
        assert!(!facts.data_differs(&[0, 1, 2]) && !facts.version_differs(&[0, 1, 2]));
    }

    #[test]
    fn columns_of_settings_hold_every_value() {
        let members = [
            member("a", json!({"n": 1, "flag": true, "mixed": 1, "text": "x"})),
            member("a", json!({"n": 0.5, "flag": false, "mixed": "auto"})),
        ];
        let frame = Facts::of(&members).unwrap().frame;
        let column = |name: &str| super::super::frame::values(frame.column(name).unwrap());
        assert_eq!(column("config.n"), [json!(1.0), json!(0.5)]);
        assert_eq!(column("config.flag"), [json!(true), json!(false)]);
        assert_eq!(column("config.mixed"), [json!("1"), json!("auto")]);
        assert_eq!(column("config.text"), [json!("x"), Value::Null]);
    }
}
