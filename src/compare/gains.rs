//! What a model with a group gained: its values against those of the same network without augmentation, member by member.
//!
//! Both networks of a member saw the same data and seed, so differences and ratios are taken within members, and averaged then.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, IdxCa, IdxSize, NamedFrom, Series};

use super::error::CompareError;
use super::frame::{has, values, word};
use super::gather::Member;
use super::read::MEMBER;
use crate::finding::{Setting, is_score};

/// Between the names of two models: the difference and the ratio of their values.
pub const DIFFERENCE: &str = " − ";
pub const RATIO: &str = " / ";

/// The models with a group of each member, with the model without augmentation that they are compared with.
fn pairs(members: &[Member], chosen: &[usize]) -> BTreeMap<usize, Vec<(String, String)>> {
    let of = |&at: &usize| {
        let pipeline = &members[at].manifest.pipeline;
        let setting = Setting::of(pipeline);
        let learned = setting.searching().into_iter();
        let pairs = learned.filter_map(|model| Some((model.to_owned(), setting.plain(model)?.to_owned()))).collect();
        (at, pairs)
    };
    chosen.iter().map(of).collect()
}

/// The rows of `evaluation` with rows for differences and, of errors, for ratios below: their model is `learned − plain`, or
/// `learned / plain`.
pub fn with_gains(table: DataFrame, members: &[Member], chosen: &[usize]) -> Result<DataFrame, CompareError> {
    const KEYS: [&str; 3] = ["split", "shift", "metric"];
    if !KEYS.iter().chain(&["model", "value"]).all(|name| has(&table, name)) {
        return Ok(table);
    }
    let pairs = pairs(members, chosen);
    let texts =
        |name: &str| Ok::<_, CompareError>(values(table.column(name)?).iter().map(word).collect::<Vec<String>>());
    let (models, keys) = (texts("model")?, KEYS.map(texts).into_iter().collect::<Result<Vec<_>, _>>()?);
    let of: Vec<usize> = table.column(MEMBER)?.idx()?.iter().map(|at| at.unwrap_or_default() as usize).collect();
    let numbers: Vec<Option<f64>> = values(table.column("value")?).iter().map(serde_json::Value::as_f64).collect();
    let key = |row: usize, model: &str| -> (usize, Vec<&str>, String) {
        (of[row], keys.iter().map(|column| column[row].as_str()).collect(), model.to_owned())
    };
    let places: BTreeMap<_, usize> = (0..models.len()).map(|row| (key(row, &models[row]), row)).collect();
    let (mut rows, mut names, mut gained) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..models.len() {
        for (learned, plain) in pairs.get(&of[row]).into_iter().flatten().filter(|(learned, _)| *learned == models[row])
        {
            let Some(&other) = places.get(&key(row, plain)) else { continue };
            let (Some(own), Some(other)) = (numbers[row], numbers[other]) else { continue };
            let mut add = |name: &str, value: f64| {
                rows.push(row as IdxSize);
                names.push(format!("{learned}{name}{plain}"));
                gained.push(value);
            };
            add(DIFFERENCE, own - other);
            if !is_score(&keys[2][row]) && other > 0.0 {
                add(RATIO, own / other);
            }
        }
    }
    if rows.is_empty() {
        return Ok(table);
    }
    let mut more = table.take(&IdxCa::from_vec("row".into(), rows))?;
    more.with_column(Column::from(Series::new("model".into(), names)))?;
    more.with_column(Column::from(Series::new("value".into(), gained)))?;
    Ok(table.vstack(&more)?)
}

/// Whether a column holds gains.
pub fn is_gain(label: &str) -> bool {
    label.contains(DIFFERENCE) || label.contains(RATIO)
}
