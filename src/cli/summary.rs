//! The short human summary at the end: what was found, with what confidence, what it gained.

use serde_json::{Value, json};

use super::error::CliError;
use crate::cli::printer::Printer;
use semola_data::table::{EvaluationRow, GeneratorRow, GroupRow};
use semola_document::visible;
use semola_method::discover::Verdict;
use semola_pipe::finding::{Finding, finite, is_main};
use semola_pipe::run::Finished;
use semola_pipe::words::number::short;
use semola_pipe::words::wrap;

/// Width of the sentences.
const WIDTH: usize = 80;
/// Where they begin beside their labels.
const INDENT: usize = 14;

/// The summary of one member.
struct Summary<'a>(&'a Finished);

impl Summary<'_> {
    fn text(&self) -> String {
        let mut out = format!("seed {}  {}\n", self.0.seed, self.0.directory.display());
        for finding in self.0.findings() {
            out += &told(&finding);
            for line in self.matrices(&finding.model) {
                out += &format!("      {line}\n");
            }
            out += &self.finite(&finding.model);
        }
        if let Some(why) = self.0.unasked() {
            wrap(why, WIDTH - 2).iter().for_each(|line| out += &format!("  {line}\n"));
        }
        out += &self.comparison();
        let path = |name: &str| visible(&self.0.directory.join(name).to_string_lossy()).into_owned();
        out + &format!("  report: {}\n  tables: {}\n", path("report.html"), path("tables"))
    }

    /// Accepted generators, at most three, side by side if they are small.
    fn matrices(&self, model: &str) -> Vec<String> {
        let accepted: Vec<&GeneratorRow> =
            self.0.generators.iter().filter(|g| g.model == model && g.accepted && g.generator < 3).collect();
        let side = accepted.iter().map(|g| g.row + 1).max().unwrap_or(0);
        let line = |row: u32| {
            let mut text = String::new();
            for g in accepted.iter().filter(|g| g.row == row) {
                let gap = if g.col == 0 && g.generator > 0 { "    " } else { " " };
                text += &format!("{gap}{:>7}", short(if g.value.abs() < 1e-9 { 0.0 } else { g.value }, 3));
            }
            text
        };
        if side > 8 { Vec::new() } else { (0..side).map(line).collect() }
    }

    /// The finding on the finite part of a model's group; nothing where no verdict is possible, which is said of the group.
    fn finite(&self, model: &str) -> String {
        let part = self.0.finite.iter().find(|f| f.model == model);
        let Some(part) = part.filter(|f| Verdict::parse(&f.verdict) != Some(Verdict::NoSkill)) else {
            return String::new();
        };
        let elements = finite::told(model, &self.0.elements);
        let notes = (!part.notes.is_empty()).then(|| part.notes.clone());
        let lines = std::iter::once(finite::sentence(part)).chain(elements).chain(notes);
        lines.enumerate().map(|(at, text)| labelled(if at == 0 { "finite" } else { "" }, &text)).collect()
    }

    /// The finite part of a model's group.
    fn finite_json(&self, model: &str) -> Value {
        let Some(f) = self.0.finite.iter().find(|f| f.model == model) else { return Value::Null };
        let generators = finite::accepted(model, &self.0.elements).map(|e| {
            json!({
                "element": e.element_words, "matrix": e.matrix.chunks(e.side.max(1) as usize).collect::<Vec<_>>(),
                "input_blocks": e.input_blocks, "target_blocks": e.target_blocks, "order": e.order,
                "disagreement_bound": e.disagreement_bound, "p_value": e.p_value, "level": e.level,
            })
        });
        json!({
            "verdict": f.verdict, "sentence": finite::sentence(f), "order": f.order, "name": f.name, "whole": f.whole, "classes": f.classes,
            "generators": generators.collect::<Vec<_>>(), "notes": f.notes,
        })
    }

    /// One line a data set and shift: the main metric of every model.
    fn comparison(&self) -> String {
        let mut cases: Vec<(&str, &str, &str)> = Vec::new();
        let mut models: Vec<&str> = Vec::new();
        for e in self.0.evaluation.iter().filter(|e| is_main(&e.metric)) {
            let case = (e.split.as_str(), e.shift.as_str(), e.metric.as_str());
            if !cases.contains(&case) {
                cases.push(case);
            }
            if !models.contains(&e.model.as_str()) {
                models.push(&e.model);
            }
        }
        if cases.is_empty() {
            return String::new();
        }
        let width = models.iter().map(|m| visible(m).chars().count()).max().unwrap_or(0).max(9);
        let label = |c: &(&str, &str, &str)| visible(&format!("{} of {}, shift {}", c.2, c.0, c.1)).into_owned();
        // What is predicted, and in which unit, if the pipeline says so.
        let target =
            visible(&self.0.target().map_or_else(String::new, |target| format!("target {target}"))).into_owned();
        let left = cases.iter().map(|c| label(c).chars().count()).chain([target.chars().count()]).max().unwrap_or(0);
        let mut out = format!("  {target:<left$}");
        for model in &models {
            out += &format!("  {:>width$}", visible(model));
        }
        out.push('\n');
        for case in &cases {
            out += &format!("  {:<left$}", label(case));
            for model in &models {
                let found =
                    self.0.evaluation.iter().find(|e| {
                        e.model == *model && (e.split.as_str(), e.shift.as_str(), e.metric.as_str()) == *case
                    });
                out += &format!("  {:>width$}", found.map_or_else(|| "-".to_owned(), |e| short(e.value, 3)));
            }
            out.push('\n');
        }
        out
    }

    fn json(&self) -> Value {
        let findings = self.0.findings();
        let group = |(g, finding): (&GroupRow, &Finding)| {
            json!({
                "finding": finding,
                "model": g.model, "verdict": g.verdict, "rank": g.rank, "name": g.name, "conjugacy": g.conjugacy,
                "nearest": g.nearest, "angle": g.angle, "leakage": g.leakage, "coverage": g.coverage, "excess": g.excess,
                "p_value": g.p_value, "extent": g.extent, "skill": g.skill, "notes": g.notes,
                "generators": self.0.accepted(&g.model), "finite": self.finite_json(&g.model),
            })
        };
        let value = |e: &EvaluationRow| {
            json!({
                "model": e.model, "split": e.split, "shift": e.shift, "metric": e.metric, "value": e.value,
                "ci_low": e.ci_low, "ci_high": e.ci_high, "n": e.n,
            })
        };
        json!({
            "unasked": self.0.unasked(), "dir": self.0.directory.display().to_string(), "seed": self.0.seed,
            "groups": self.0.groups.iter().zip(&findings).map(group).collect::<Vec<_>>(),
            "evaluation": self.0.evaluation.iter().map(value).collect::<Vec<_>>(),
        })
    }
}

/// A finding in lines: the sentence, then what is said beside it under labels.
fn told(finding: &Finding) -> String {
    let mut out = String::new();
    for line in wrap(&visible(&format!("{}: {}", finding.model, finding.sentence)), WIDTH - 2) {
        out += &format!("  {line}\n");
    }
    finding.details().into_iter().for_each(|(label, text)| out += &labelled(label, text));
    out
}

/// A text beside its label.
fn labelled(label: &str, text: &str) -> String {
    let lines = wrap(&visible(text), WIDTH - INDENT);
    let line = |(at, line): (usize, &String)| {
        let label = if at == 0 { label } else { "" };
        format!("    {label:<0$}{line}\n", INDENT - 4)
    };
    lines.iter().enumerate().map(line).collect()
}

/// Prints the summaries of all members: words to stderr, JSON to stdout.
pub fn show(finished: &[Finished], as_json: bool, printer: &Printer) -> Result<(), CliError> {
    if as_json {
        let all: Vec<Value> = finished.iter().map(|member| Summary(member).json()).collect();
        return super::say_json(printer, &Value::Array(all));
    }
    for member in finished {
        super::say(printer, &Summary(member).text())?;
    }
    Ok(())
}
