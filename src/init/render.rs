//! A draft as YAML with comments.

use std::path::PathBuf;

use super::Request;
use super::draft::{Draft, Noted};
use super::look::{View, is_truth, usual_rank};
use super::words::{listed, quoted};
use semola_data::profile::{ColumnProfile, Kind};
use semola_method::discover::settings::DISCOVERY_STEPS;

/// Steps to train for, where that is possible within [`EPOCHS`].
const STEPS: f64 = 4000.0;

/// Fewest and most epochs.
const EPOCHS: (f64, f64) = (3.0, 100.0);

/// Share of the rows that trains, where the test data has to be split off.
const TRAIN: f64 = 0.8;

/// Width of a comment.
const WIDTH: usize = 110;

/// Most columns that a comment names.
const NAMED: usize = 20;

/// The pipeline's text.
pub fn text(draft: &Draft, view: &View, request: &Request) -> String {
    let mut out = Out::default();
    head(&mut out, draft, view, request);
    read(&mut out, draft, view, request);
    prepare(&mut out, draft, request);
    train(&mut out, draft, view, request);
    evaluate(&mut out, draft);
    out.text
}

/// Text under construction.
#[derive(Default)]
struct Out {
    text: String,
}

impl Out {
    fn line(&mut self, indent: usize, text: &str) {
        self.text += &format!("{:indent$}{text}\n", "");
    }

    /// A comment, broken into lines.
    fn comment(&mut self, indent: usize, text: &str) {
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && line.chars().count() + word.chars().count() + indent + 3 > WIDTH {
                self.line(indent, &format!("# {line}"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        if !line.is_empty() {
            self.line(indent, &format!("# {line}"));
        }
    }

    fn note(&mut self, indent: usize, note: &str, check: bool) {
        let mark = if check && !note.is_empty() { "check: " } else { "" };
        self.comment(indent, &format!("{mark}{note}"));
    }

    fn noted(&mut self, indent: usize, before: &str, noted: &Noted) {
        self.note(indent, &noted.note, noted.check);
        self.line(indent, &format!("{before}{}", noted.text));
    }
}

fn head(out: &mut Out, draft: &Draft, view: &View, request: &Request) {
    let rows = view.profile.rows;
    let from = request.data.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
    out.comment(0, &format!("Started by `semola-pipe init` from {from} ({rows} rows). It looks like {}.", draft.kind));
    out.comment(
        0,
        "Lines marked `check:` are guesses: look at them first. `semola-pipe check` says what this file means before it runs, \
         `semola-pipe run` runs it; docs/pipeline.md has every setting.",
    );
    draft.story.iter().for_each(|remark| out.comment(0, remark));
    out.line(0, &format!("name: {}", quoted(&request.name)));
    out.comment(0, "A list such as [0, 1, 2] runs each seed.");
    out.line(0, "seed: 0");
    out.line(0, "stages:");
}

/// Name of the data set that is read.
fn first(request: &Request) -> &'static str {
    if !request.test.is_empty() { "train" } else { "all" }
}

fn read(out: &mut Out, draft: &Draft, view: &View, request: &Request) {
    out.line(2, "- read:");
    out.line(6, &format!("as: {}", first(request)));
    out.line(6, &format!("path: {}", paths(&request.data)));
    if let Some(import) = import(request) {
        out.line(6, &format!("import: {import}"));
    }
    out.line(6, "fields:");
    for field in &draft.fields {
        out.note(8, &field.note, field.check);
        out.line(8, &format!("{}: {}", field.name, field.yaml()));
    }
    draft.read.iter().for_each(|setting| out.noted(6, "", setting));
    if request.drop_invalid {
        out.note(6, "there are rows with nulls, NaN or a wrong length; `drop` leaves them out and counts them.", true);
        out.line(6, "on_invalid: drop");
    }
    let read = |name: &str| draft.read.iter().any(|s| s.text.ends_with(&format!(": {}", quoted(name))));
    let unused = |empty: bool| -> Vec<&str> {
        let unused = view.profile.columns.iter().filter(|c| !draft.uses(&c.name) && !read(&c.name));
        unused.filter(|c| (c.kind == Kind::Empty) == empty).map(|c| c.name.as_str()).collect()
    };
    let truth = |c: &&ColumnProfile| is_truth(c) && c.kind != Kind::Empty;
    let left_out = view.free().filter(truth).filter(|c| !draft.uses(&c.name)).map(|c| c.name.as_str());
    let left_out: Vec<&str> = left_out.collect();
    let rest: Vec<&str> = unused(false).into_iter().filter(|name| !left_out.contains(name)).collect();
    tell(out, 6, "Not used:", &rest);
    tell(out, 6, "check: not used, since the names say that they hold what is to be found out:", &left_out);
    tell(out, 6, "Not used, without a value in the sampled rows:", &unused(true));
    if !request.test.is_empty() {
        out.line(2, &format!("- read: {{as: test, path: {}, like: train}}", paths(&request.test)));
    }
    out.text.push('\n');
}

fn paths(paths: &[PathBuf]) -> String {
    listed(&paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>())
}

/// How data is read that is not Parquet, where that is not left to the files.
fn import(request: &Request) -> Option<String> {
    let format = request.import.format.map(|f| serde_json::to_value(f).unwrap_or_default());
    let format = format.as_ref().and_then(|f| f.as_str()).map(|f| format!("format: {f}"));
    let header = request.import.header.map(|header| format!("header: {header}"));
    let settings: Vec<String> = format.into_iter().chain(header).collect();
    (!settings.is_empty()).then(|| format!("{{{}}}", settings.join(", ")))
}

/// Names in a comment.
fn tell(out: &mut Out, indent: usize, what: &str, names: &[&str]) {
    if names.is_empty() {
        return;
    }
    let some: Vec<String> = names.iter().take(NAMED).map(|n| n.replace(|c: char| c.is_control(), " ")).collect();
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    out.comment(indent, &format!("{what} {}{more}.", some.join(", ")));
}

fn prepare(out: &mut Out, draft: &Draft, request: &Request) {
    out.line(2, "- prepare:");
    out.line(6, if !request.test.is_empty() { "from: [train, test]" } else { "from: all" });
    out.line(6, "steps:");
    if request.test.is_empty() {
        out.note(8, "no test data was found beside the file.", true);
        out.line(8, &format!("- split: {{of: all, into: {{train: {TRAIN}, test: {:.1}}}}}", 1.0 - TRAIN));
    }
    draft.steps.iter().for_each(|step| out.noted(8, "- ", step));
    out.text.push('\n');
}

/// Epochs of the networks without discovery, and of the one that first takes discovery steps.
fn epochs(draft: &Draft, view: &View, request: &Request) -> (f64, f64) {
    let share = if !request.test.is_empty() { 0.9 } else { 0.9 * TRAIN };
    let rows = view.profile.rows as f64 / draft.rows_an_example.max(1.0) * share;
    let steps = (rows / draft.batch as f64).ceil().max(1.0);
    let learned = (STEPS / steps).round().clamp(EPOCHS.0, EPOCHS.1);
    (learned + (DISCOVERY_STEPS as f64 / steps).ceil(), learned)
}

fn train(out: &mut Out, draft: &Draft, view: &View, request: &Request) {
    let (plain, learned) = epochs(draft, view, request);
    out.line(2, "- train:");
    out.line(6, "as: plain");
    out.line(6, "from: train");
    out.line(6, &format!("input: {}", listed(&draft.inputs)));
    if view.asked.is_empty() {
        let other = view.free().filter(|c| usual_rank(c).is_some() && !draft.uses(&c.name));
        let other: Vec<&str> = other.map(|c| c.name.as_str()).collect();
        let what = "check: is this what you want to predict? `init --target COLUMN` chooses another, such as";
        match other.is_empty() {
            true => out.note(6, "is this what you want to predict?", true),
            false => tell(out, 6, what, &other),
        }
    }
    out.line(6, &format!("target: {}", listed(&draft.targets)));
    draft.task.iter().for_each(|setting| out.noted(6, "", setting));
    out.note(6, &draft.model.note, draft.model.check);
    out.line(6, &format!("model: {{{}}}", draft.model.text));
    out.line(6, "augment: none");
    match &draft.learned {
        None => out.line(6, &format!("epochs: {learned}")),
        Some(_) => {
            let note = format!(
                "As many steps as discovery ({DISCOVERY_STEPS}) and the {learned} epochs after it take together."
            );
            out.comment(6, &note);
            out.line(6, &format!("epochs: {plain}"));
        }
    }
    out.line(6, &format!("batch: {}", draft.batch));
    compared(out, draft, learned);
    if let Some(reference) = &draft.reference {
        out.comment(
            2,
            &format!("{} To compare with it, remove the `#` and add `reference` to `models`.", reference.note),
        );
        out.line(2, &format!("# - train: {{as: reference, like: plain, model: {{{}}}}}", reference.text));
    }
    out.text.push('\n');
}

/// The models that differ from `plain` in the augmentation.
fn compared(out: &mut Out, draft: &Draft, learned: f64) {
    if let Some(known) = &draft.known {
        out.note(2, &known.note, known.check);
        let stage = format!("- train: {{as: known, like: plain, augment: {{known: {}}}}}", known.text);
        match known.check {
            true => {
                out.comment(2, "To compare with it, remove the `#` and add `known` to `models` below.");
                out.line(2, &format!("# {stage}"));
            }
            false => out.line(2, &stage),
        }
    }
    if let Some(space) = &draft.learned {
        out.note(2, &space.note, space.check);
        out.line(2, "- train:");
        out.line(6, "as: learned");
        out.line(6, "like: plain");
        out.line(6, &format!("augment: {{learned: {{{}}}}}", space.text));
        if let Some(rate) = draft.basis_lr {
            out.line(6, &format!("optimizer: {{basis_lr: {rate}}}"));
        }
        out.line(6, &format!("epochs: {learned}"));
    }
}

fn evaluate(out: &mut Out, draft: &Draft) {
    let known = draft.known.as_ref().filter(|k| !k.check).map(|_| "known");
    let models: Vec<&str> =
        ["plain"].into_iter().chain(known).chain(draft.learned.as_ref().map(|_| "learned")).collect();
    out.line(2, "- evaluate:");
    out.line(6, &format!("models: {}", listed(&models)));
    out.line(6, "on: test");
    if !draft.shifts.is_empty() {
        out.comment(6, "The unchanged test data is always measured too.");
        out.line(6, "shifts:");
        draft.shifts.iter().for_each(|shift| out.noted(8, "- ", shift));
    }
}
