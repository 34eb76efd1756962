//! `train`: do inputs, targets, loss, network and optimiser fit together?

use semola_document::OneOrMany;

use super::augment::Effort;
use super::planned::PlannedTrain;
use super::{Train, Validate};
use crate::train::{network, rows};
use semola_engine::ops::loss::Loss;
use semola_method::fit::ScheduleShape;
use semola_plan::{Context, DataShape, FieldShape, ModelShape, bytes, check_same, each, grouped};

/// Parameters of a network at most: their numbers have 31 bits on a GPU.
const MOST_PARAMETERS: usize = (1 << 31) - 1;

type Fields = Vec<(String, FieldShape)>;

pub(super) fn plan(context: &mut Context<'_>, spec: &Train) -> Option<PlannedTrain> {
    network::check_settings(context, &spec.model);
    check_numbers(context, spec);
    context.distinct(&spec.input, "input");
    context.distinct(&spec.target, "target");
    let data = context.data(&spec.from, "from");
    let fields = data.as_ref().map(|data| {
        let inputs = named(context, data, spec, "input", &spec.input);
        let targets = named(context, data, spec, "target", &spec.target);
        (inputs, targets)
    });
    let space = spec.augment.check(context);
    let known = match (fields, data) {
        (Some((Some(inputs), Some(targets))), Some(data)) => Some((inputs, targets, data)),
        _ => None,
    };
    let model = known.as_ref().map(|(inputs, targets, data)| {
        network::check_fields(context, spec, inputs, targets);
        check_target(context, spec, inputs, targets);
        check_labels(context, targets);
        let blocks = network::blocks(spec, inputs, targets);
        spec.augment.check_fields(context, inputs, targets, blocks);
        check_validation(context, spec, data, inputs, targets);
        ModelShape { inputs: inputs.clone(), targets: targets.clone(), blocks }
    });
    if context.is_new_name(&spec.name, "as") {
        context.scope.models.insert(spec.name.clone(), model);
    }
    let (inputs, targets, data) = known?;
    let (rows, certainty) = rows::trained(spec, &data);
    let size = network::size(spec, &inputs, &targets).unwrap_or_default();
    check_size(context, spec, size.parameters);
    Some(PlannedTrain { spec: spec.clone(), rows, certainty, inputs, targets, size, space })
}

/// The fields of a setting; `None` if one of them is not known.
fn named(
    context: &mut Context,
    data: &DataShape,
    spec: &Train,
    below: &str,
    names: &OneOrMany<String>,
) -> Option<Fields> {
    let found: Vec<Option<(String, FieldShape)>> = each(below, names)
        .into_iter()
        .map(|(below, name)| context.field(data, &spec.from, name, &below).map(|f| (name.clone(), f)))
        .collect();
    found.into_iter().collect::<Option<Fields>>().filter(|f| !f.is_empty())
}

/// The path of the i-th name of a setting that may also be a single name.
pub fn item(context: &Context, below: &str, i: usize) -> String {
    let listed = format!("{below}[{i}]");
    if (context.is_written)(&context.path(&listed)) { listed } else { below.to_owned() }
}

fn check_target(context: &mut Context, spec: &Train, inputs: &Fields, targets: &Fields) {
    let labels = targets.iter().position(|(_, f)| f.labels);
    if spec.loss == Loss::CrossEntropy {
        if targets.len() != 1 || labels.is_none() {
            let help = "mark the target with `labels: true` where it is read, or use another `loss`";
            context.error_help("loss", "`cross_entropy` needs exactly one target, and it must be class labels", help);
        }
    } else if let Some(i) = labels {
        let message = format!("target '{}' holds class labels; the loss for them is `cross_entropy`", targets[i].0);
        context.error_help("loss", message, "add `loss: cross_entropy`");
    }
    if spec.residual {
        let wanted = "`residual` needs one input field of the target's shape and action";
        match (&inputs[..], &targets[..]) {
            (_, [(name, target)]) if target.labels => {
                context.error("residual", format!("{wanted}; '{name}' holds class labels"))
            }
            ([(_, input)], [(_, target)]) if input.matches(target) => {}
            ([(a, input)], [(b, target)]) => {
                let message = format!(
                    "{wanted}; a row of '{a}' is {} {}, one of '{b}' is {} {}",
                    input.shape,
                    said(input),
                    target.shape,
                    said(target)
                );
                context.error("residual", message);
            }
            _ => context.error(
                "residual",
                format!("{wanted}; there are {} inputs and {} targets", inputs.len(), targets.len()),
            ),
        }
    }
}

fn said(field: &FieldShape) -> String {
    format!("({})", semola_plan::action_label(field.action))
}

fn check_validation(context: &mut Context, spec: &Train, data: &DataShape, inputs: &Fields, targets: &Fields) {
    match &spec.validate {
        Validate::Fraction(fraction) => {
            context.require(*fraction > 0.0 && *fraction < 1.0, "validate", fraction, "above 0 and below 1");
            rows::check(context, spec, data, None);
        }
        Validate::Dataset(name) => {
            if *name == spec.from {
                let help = "name another data set, or give a fraction such as 0.1";
                context.error_help("validate", format!("'{name}' is the training data itself"), help);
            } else if let Some(held_out) = context.data(name, "validate") {
                let fields: Vec<_> = inputs.iter().chain(targets).collect();
                check_same(context, &held_out, name, &fields, &spec.name, "validate");
                rows::check(context, spec, data, Some((name, &held_out)));
            }
        }
    }
    if data.rows.is_some_and(|rows| rows < spec.batch) {
        let rows = rows::counted(data.rows.unwrap_or_default());
        let message = format!("`batch` is {}, but data set '{}' has only {rows}", spec.batch, spec.from);
        context.warn("batch", message, "every epoch is one step");
    }
}

/// Networks that fit nowhere, or whose weights alone do not fit into this machine.
fn check_size(context: &mut Context, spec: &Train, parameters: Option<usize>) {
    let Some(parameters) = parameters else { return };
    let at = format!("model.{}", spec.model.name());
    let help = "make the layers narrower, or the input smaller";
    if parameters > MOST_PARAMETERS {
        let message =
            format!("the network has {} parameters; at most {MOST_PARAMETERS} are possible", grouped(parameters));
        context.error_help(&at, message, help);
        return;
    }
    // Value, gradient and two moments of each.
    let Effort { networks, .. } = spec.augment.method().effort();
    let least = parameters.saturating_mul(4 * 4).saturating_mul(networks);
    let machine = context.environment.memory.and_then(|m| usize::try_from(m).ok());
    if let Some(machine) = machine.filter(|machine| least > *machine) {
        let (least, has) = (bytes(Some(least)), bytes(Some(machine)));
        let message =
            format!("the weights of '{}' alone take {least} of memory, and this machine has {has}", spec.name);
        context.error_help(&at, message, help);
    }
}

fn check_labels(context: &mut Context, targets: &Fields) {
    for (i, (name, _)) in targets.iter().enumerate().filter(|(_, (_, f))| f.labels && f.classes == Some(1)) {
        let message = format!("target '{name}' has one class only: there is nothing to learn");
        let at = item(context, "target", i);
        context.warn(&at, message, "choose another target, or read data with more classes");
    }
}

fn check_numbers(context: &mut Context, spec: &Train) {
    context.within(spec.epochs, "epochs", 1_000_000_000);
    context.within(spec.batch, "batch", 1 << 31);
    context.require(spec.patience != Some(0), "patience", 0, "at least 1");
    if let Some(ema) = spec.ema {
        context.require(ema > 0.0 && ema < 1.0, "ema", ema, "above 0 and below 1");
    }
    let o = &spec.optimizer;
    for (name, value) in [("lr", o.lr), ("basis_lr", o.basis_lr)] {
        context.require(value > 0.0, &format!("optimizer.{name}"), value, "above 0");
    }
    for (name, value) in [("weight_decay", o.weight_decay), ("clip", o.clip)] {
        context.require(value >= 0.0, &format!("optimizer.{name}"), value, "0 or more");
    }
    for (name, value) in [("beta1", o.beta1), ("beta2", o.beta2)] {
        context.require((0.0..1.0).contains(&value), &format!("optimizer.{name}"), value, "0 or more and below 1");
    }
    let s = &spec.schedule;
    context.require((0.0..=1.0).contains(&s.floor), "schedule.floor", s.floor, "between 0 and 1");
    if s.shape == ScheduleShape::Step {
        context.require(s.every > 0, "schedule.every", s.every, "at least 1");
    }
}
