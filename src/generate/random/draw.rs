//! Drawing properties by name, each from its own stream, or taking what the user fixed.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use rand_chacha::ChaCha8Rng;
use semola_document::meant;

use super::keys::KEYS;
use crate::generate::error::GenerateError;
use crate::generate::stream::stream;
use crate::generate::task::Split;
use semola_lie::random::uniform;

/// The seed of a task and what is fixed of it. Each property has its own stream, so that fixing one leaves the draws of the
/// others as they are.
pub(super) struct Draw {
    pub seed: u64,
    fixed: BTreeMap<String, String>,
}

impl Draw {
    /// Takes `KEY=VALUE` texts.
    ///
    /// # Errors
    /// A text is not of that form, its key is unknown, or it is given twice.
    pub(super) fn new(seed: u64, like: &[String]) -> Result<Self, GenerateError> {
        let mut fixed = BTreeMap::new();
        for text in like {
            let (key, value) =
                text.split_once('=').ok_or_else(|| problem(format!("'{text}' has no '='; give KEY=VALUE")))?;
            let (key, value) = (key.trim(), value.trim());
            if KEYS.iter().all(|k| k.name != key) {
                let names: Vec<&str> = KEYS.iter().map(|k| k.name).collect();
                let hint = meant(key, names.iter().copied());
                return Err(problem(format!(
                    "there is no property '{key}'{hint}; the properties are {}",
                    names.join(", ")
                )));
            }
            // Some algebra, whichever it is, is what is no control.
            let (key, value) = if (key, value) == ("algebra", "some") { ("control", "no") } else { (key, value) };
            if fixed.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(problem(format!("'{key}' is given twice; give it once")));
            }
        }
        Ok(Self { seed, fixed })
    }

    /// What is fixed of a property.
    pub(super) fn fixed(&self, key: &str) -> Option<&str> {
        self.fixed.get(key).map(String::as_str)
    }

    /// The stream of random numbers of this name.
    pub(super) fn stream(&self, name: &str) -> ChaCha8Rng {
        stream(self.seed, &format!("random: {name}"), Split::Train)
    }

    /// The fixed option, or one drawn with these weights.
    ///
    /// # Errors
    /// What is fixed is not among the options, or what else is fixed leaves none.
    pub(super) fn choice<T: Copy>(&self, key: &str, options: &[(T, &str, f64)]) -> Result<T, GenerateError> {
        let names = || options.iter().map(|o| o.1).collect::<Vec<_>>().join(", ");
        if let Some(value) = self.fixed(key) {
            let found = options.iter().find(|o| o.1 == value).map(|o| o.0);
            let allowed = if options.is_empty() { "none".to_owned() } else { names() };
            return found.ok_or_else(|| problem(format!("{key}={value}{}; allowed here: {allowed}", self.beside(key))));
        }
        let total: f64 = options.iter().map(|o| o.2).sum();
        let mut left = total * uniform(&mut self.stream(key));
        let drawn = options.iter().find(|o| {
            left -= o.2;
            left < 0.0
        });
        drawn.or(options.last()).map(|o| o.0).ok_or_else(|| {
            problem(format!("no value of '{key}' goes with what is fixed{}; fix less", self.beside(key)))
        })
    }

    /// The fixed number, or a drawn one.
    ///
    /// # Errors
    /// What is fixed is no number of the range.
    pub(super) fn number(
        &self,
        key: &str,
        range: RangeInclusive<f64>,
        draw: impl FnOnce(&mut ChaCha8Rng) -> f64,
    ) -> Result<f64, GenerateError> {
        self.within(key, "number", range, draw)
    }

    /// The fixed whole number, or a drawn one.
    ///
    /// # Errors
    /// What is fixed is no whole number of the range.
    pub(super) fn whole(
        &self,
        key: &str,
        range: RangeInclusive<usize>,
        draw: impl FnOnce(&mut ChaCha8Rng) -> usize,
    ) -> Result<usize, GenerateError> {
        self.within(key, "whole number", range, draw)
    }

    fn within<T: FromStr + PartialOrd + Display>(
        &self,
        key: &str,
        what: &str,
        range: RangeInclusive<T>,
        draw: impl FnOnce(&mut ChaCha8Rng) -> T,
    ) -> Result<T, GenerateError> {
        let Some(text) = self.fixed(key) else { return Ok(draw(&mut self.stream(key))) };
        let value = text.parse().ok().filter(|v| range.contains(v));
        let words = || format!("{key}={text}; give a {what} from {} to {}", range.start(), range.end());
        value.ok_or_else(|| problem(words()))
    }

    /// The other fixed properties, in words.
    fn beside(&self, key: &str) -> String {
        let others: Vec<String> =
            self.fixed.iter().filter(|(k, _)| *k != key).map(|(k, v)| format!("{k}={v}")).collect();
        if others.is_empty() { String::new() } else { format!(" (beside {})", others.join(", ")) }
    }
}

/// An error of `--like`.
pub(super) fn problem(reason: String) -> GenerateError {
    GenerateError::Option { option: "like", task: "random".to_owned(), reason }
}

/// A number whose logarithm is uniform.
pub(super) fn log_uniform(rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    low * (high / low).powf(uniform(rng))
}

/// A uniform whole number from 0 to n − 1; 0 if n is 0.
pub(super) fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((uniform(rng) * n as f64) as usize).min(n.saturating_sub(1))
}

/// `count` of the numbers 0..n, ascending, every such set with equal probability.
pub(super) fn subset(rng: &mut ChaCha8Rng, n: usize, count: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..n).collect();
    while all.len() > count {
        all.remove(below(rng, all.len()));
    }
    all
}
