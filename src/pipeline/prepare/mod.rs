//! `prepare`: do the steps fit the fields, and what do the data sets look like after them?

mod classes;
mod images;
mod memory;
mod points;
mod poses;

use super::context::{Context, each};
use super::rows;
use super::scope::{DataShape, FieldShape};
use super::split;
use crate::lie::action::Action;
use crate::prepare::PlannedPrepare;
use crate::spec::types::{Center, CenterOn, OneOrMany, Prepare, Step};

/// A data set while the steps go over it.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub name: String,
    pub data: DataShape,
    /// Stands for all parts of a split by the values of a column: their names are only in the data.
    pub by_values: bool,
}

/// The data sets while the steps go over them.
#[derive(Debug, Clone, Default)]
pub(super) struct Working {
    pub members: Vec<Member>,
    /// After a split nothing says which part is first.
    pub split: bool,
}

pub fn plan(context: &mut Context<'_>, spec: &Prepare) -> PlannedPrepare {
    context.distinct(&spec.from, "from");
    let mut working = Working::default();
    for (below, name) in each("from", &spec.from) {
        if let Some(data) = context.data(name, &below) {
            working.members.push(Member { name: name.clone(), data, by_values: false });
        }
    }
    if spec.steps.is_empty() {
        context.error("steps", "there are no steps");
    }
    let mut peak = Some(0);
    for (number, step) in spec.steps.iter().enumerate() {
        let before = working.clone();
        apply(context, &mut working, number, step);
        let needed = memory::needed(context, step, &before, &working);
        peak = peak.zip(needed).map(|(a, b)| a.max(b));
    }
    let mut produces = Vec::new();
    for member in working.members {
        if member.by_values {
            context.scope.split_by_values = Some(member.data.clone());
        } else {
            context.scope.data.insert(member.name.clone(), member.data.clone());
        }
        produces.push((member.name, member.data));
    }
    PlannedPrepare { spec: spec.clone(), produces, peak }
}

fn apply(context: &mut Context, working: &mut Working, number: usize, step: &Step) {
    let at = format!("steps[{number}].{}", step.name());
    match step {
        Step::Center(step) => center(context, working, step, &at),
        Step::Scale(step) => {
            check_fit(context, working, step.fit.as_deref(), &at);
            change(context, working, &step.fields, &at, numeric);
        }
        Step::Standardise(step) => {
            check_fit(context, working, step.fit.as_deref(), &at);
            change(context, working, &step.fields, &at, scalar);
        }
        Step::ElementBaseline(step) => {
            check_fit(context, working, step.fit.as_deref(), &at);
            for_field(context, working, &step.elements, &format!("{at}.elements"), elements);
            let below = format!("{at}.field");
            for_field(context, working, &step.field, &below, baseline_target);
            mark(context, working, &step.field, &below);
        }
        Step::Subsample(step) => {
            context.require(step.rows > 0, &format!("{at}.rows"), step.rows, "at least 1");
            working.members.iter_mut().for_each(|member| rows::subsample(&mut member.data, step.rows));
        }
        Step::Split(step) => split::split(context, working, step, &at),
        Step::Add(step) => split::add(context, working, step, &at),
        Step::SamplePoints(step) => points::sample(context, working, step, &at),
        Step::Neighbours(step) => points::neighbours(context, working, step, &at),
        Step::Normals(step) => points::normals(context, working, step, &at),
        Step::UnitSphere(step) => change(context, working, &step.fields, &at, has_centroid),
        Step::Jitter(step) => poses::jitter(context, working, step, &at),
        Step::Turn(step) => poses::turn(context, working, step, &at),
        Step::Rasterise(step) => images::rasterise(context, working, step, &at),
        Step::OneHot(step) => classes::one_hot(context, working, step, &at),
        Step::Encode(step) => classes::encode(context, working, step, &at),
        Step::Resize(step) => images::resize(context, working, step, &at),
        Step::Pad(step) => images::pad(context, working, step, &at),
        Step::Crop(step) => images::crop(context, working, step, &at),
        Step::Normalise(step) => {
            check_fit(context, working, step.fit.as_deref(), &at);
            change(context, working, &step.fields, &at, |name, field| images::image(name, field).map(|_| ()));
        }
    }
}

fn center(context: &mut Context, working: &mut Working, step: &Center, at: &str) {
    if step.on == CenterOn::Mean {
        check_fit(context, working, step.fit.as_deref(), at);
        change(context, working, &step.fields, at, numeric);
    } else {
        if step.fit.is_some() {
            context.error(&format!("{at}.fit"), "`fit` has no meaning for a centre of each row; remove it");
        }
        change(context, working, &step.fields, at, has_centroid);
    }
    match (step.on, &step.elements) {
        (CenterOn::Mass, Some(name)) => for_field(context, working, name, &format!("{at}.elements"), elements),
        (CenterOn::Mass, None) => {
            let help = "name the field of atomic numbers: `elements: FIELD`";
            context.error_help(&format!("{at}.on"), "a centre of mass needs to know the atoms", help);
        }
        (_, Some(_)) => {
            context.error(&format!("{at}.elements"), "`elements` has a meaning with `on: mass` only; remove it");
        }
        _ => {}
    }
}

/// The numbers of a step are computed on one of the data sets that it changes.
fn check_fit(context: &mut Context, working: &Working, fit: Option<&str>, at: &str) {
    let names: Vec<&str> = working.members.iter().filter(|m| !m.by_values).map(|m| m.name.as_str()).collect();
    let listed = crate::spec::quoted_list(&names);
    match fit {
        None if working.split => {
            let message = "after a split, say with `fit` on which part the numbers are computed";
            context.error_help(at, message, format!("the data sets here are {listed}"));
        }
        Some(name) if !names.contains(&name) && !working.members.iter().any(|m| m.by_values) => {
            let below = format!("{at}.fit");
            if names.is_empty() {
                return;
            }
            if working.split || context.data(name, &below).is_some() {
                let meant = super::context::hint(name, names);
                let message = format!("`fit` must be one of the data sets that the step changes, not '{name}'{meant}");
                context.error_help(&below, message, format!("the data sets here are {listed}"));
            }
        }
        _ => {}
    }
}

type Check = fn(&str, &FieldShape) -> Result<(), String>;

/// Checks the fields in every data set and notes that the step changes them.
fn change(context: &mut Context, working: &mut Working, fields: &OneOrMany<String>, at: &str, check: Check) {
    context.distinct(fields, &format!("{at}.fields"));
    for (below, name) in each(&format!("{at}.fields"), fields) {
        for_field(context, working, name, &below, check);
        mark(context, working, name, at);
    }
}

fn for_field(context: &mut Context, working: &Working, name: &str, below: &str, check: Check) {
    for member in &working.members {
        let known = member.data.fields.contains_key(name);
        match context.field(&member.data, &member.name, name, below) {
            Some(field) => {
                if let Err(message) = check(name, &field) {
                    context.error(below, message);
                    return;
                }
            }
            None if !known => return,
            None => {}
        }
    }
}

/// Adds a field to every data set; `make` gives it from the data set, after telling what is wrong. Without `as` in the
/// pipeline it takes the place of the field of that name.
fn add_field(
    context: &mut Context,
    working: &mut Working,
    name: &str,
    at: &str,
    mut make: impl FnMut(&mut Context, &Member) -> Option<FieldShape>,
) {
    for i in 0..working.members.len() {
        let member = working.members[i].clone();
        let named = context.document.is_written(&context.path(&format!("{at}.as")));
        if named && member.data.fields.contains_key(name) {
            let message = format!("data set '{}' has a field '{name}' already", member.name);
            context.error(&format!("{at}.as"), message);
            return;
        }
        let field = make(context, &member);
        let failed = field.is_none();
        working.members[i].data.fields.insert(name.to_owned(), field);
        if failed {
            // What went wrong was told; the name exists, so that later steps do not complain about it.
            working.members.iter_mut().for_each(|m| _ = m.data.fields.insert(name.to_owned(), None));
            return;
        }
    }
}

/// Replaces a field in every data set; `make` gives it from the old one, or says what is wrong.
fn replace_field(
    context: &mut Context,
    working: &mut Working,
    name: &str,
    below: &str,
    make: impl Fn(&FieldShape) -> Result<FieldShape, String>,
) {
    for i in 0..working.members.len() {
        let known = working.members[i].data.fields.contains_key(name);
        let member = working.members[i].clone();
        match context.field(&member.data, &member.name, name, below).map(|field| make(&field)) {
            Some(Ok(field)) => _ = working.members[i].data.fields.insert(name.to_owned(), Some(field)),
            Some(Err(message)) => return context.error(below, format!("field '{name}': {message}")),
            None if !known => return,
            None => {}
        }
    }
}

fn mark(context: &Context, working: &mut Working, name: &str, at: &str) {
    let step = context.path(at);
    for member in &mut working.members {
        if let Some(Some(field)) = member.data.fields.get_mut(name) {
            field.changes.push(step.clone());
        }
    }
}

fn numeric(name: &str, field: &FieldShape) -> Result<(), String> {
    if field.labels { Err(format!("field '{name}' holds class labels, which this step would change")) } else { Ok(()) }
}

fn scalar(name: &str, field: &FieldShape) -> Result<(), String> {
    numeric(name, field)?;
    if field.action == Action::Scalar {
        return Ok(());
    }
    Err(format!(
        "`standardise` would break the action on field '{name}', which is not scalar; use `center` and `scale`"
    ))
}

fn has_centroid(name: &str, field: &FieldShape) -> Result<(), String> {
    match field.action {
        Action::Scalar | Action::Tensor { .. } | Action::Pixels(_) => {
            Err(format!("field '{name}' has no points to take a centroid of"))
        }
        _ if field.blocks() == Some(1) => Err(format!("field '{name}' is one vector: its centroid is itself")),
        _ => Ok(()),
    }
}

fn baseline_target(name: &str, field: &FieldShape) -> Result<(), String> {
    numeric(name, field)?;
    if field.action == Action::Scalar && field.width() == Some(1) {
        return Ok(());
    }
    Err(format!("a baseline is subtracted from one scalar a row; a row of field '{name}' is {}", field.shape))
}

fn elements(name: &str, field: &FieldShape) -> Result<(), String> {
    if field.action == Action::Scalar && !field.labels {
        return Ok(());
    }
    Err(format!("field '{name}' cannot hold atomic numbers: they are scalars, and no class labels"))
}
