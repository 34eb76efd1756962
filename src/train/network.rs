//! `model`: does the network suit the fields, and how large is it? Networks state their own requirements; here they are
//! attached to places in the pipeline.

use super::{NetworkSize, Train, item};
use semola_engine::nets::Model;
use semola_engine::nets::{Field, Whose};
use semola_engine::ops::loss::Loss;
use semola_engine::{Form, Layout};
use semola_method::discover::finite::Blocks;
use semola_plan::{Context, FieldShape};

type Fields = [(String, FieldShape)];

/// Checks the settings of the network by themselves.
pub fn check_settings(context: &mut Context, model: &Model) {
    for problem in model.problems() {
        let at = format!("model.{}.{}", model.name(), problem.key);
        context.require(false, &at, problem.value, problem.condition);
    }
}

/// Checks that the network can map these inputs to these targets.
pub fn check_fields(context: &mut Context, spec: &Train, inputs: &Fields, targets: &Fields) {
    for misfit in spec.model.check_fields(&named(inputs), &named(targets)) {
        let at = match misfit.whose {
            Whose::Inputs => "input".to_owned(),
            Whose::Input(i) => item(context, "input", i),
            Whose::Target(i) => item(context, "target", i),
        };
        match misfit.help {
            Some(help) => context.error_help(&at, misfit.message, help),
            None => context.error(&at, misfit.message),
        }
    }
}

fn named(fields: &Fields) -> Vec<Field> {
    fields.iter().map(|(name, field)| Field { name: name.clone(), form: form(field) }).collect()
}

fn form(field: &FieldShape) -> Form {
    let (axes, ragged) = (field.shape.axes().to_vec(), field.is_ragged());
    Form { action: field.action, axes, ragged, translation_scale: 1.0 }
}

/// Rows of inputs and targets as the network sees them; `None` if unknown before reading.
fn layouts(spec: &Train, inputs: &Fields, targets: &Fields) -> Option<(Layout, Layout)> {
    let forms = |fields: &Fields| fields.iter().map(|(_, f)| form(f)).collect::<Vec<_>>();
    let (inputs, mut outputs) = (forms(inputs), forms(targets));
    if spec.loss == Loss::CrossEntropy {
        let [(_, target)] = targets else { return None };
        outputs = vec![Form::classes(target.classes?)];
    }
    let ragged = inputs.iter().any(|f| f.ragged);
    if ragged && !spec.model.on_points() {
        return None;
    }
    let points = spec.model.on_points().then(|| inputs.iter().find_map(Form::points).unwrap_or(1));
    let (x, y) = (Layout::arrange((1, 1), &inputs, points), Layout::arrange((1, 1), &outputs, points));
    Some((if ragged { x.with_count() } else { x }, y))
}

/// Equal blocks of a row, which may be exchanged; `None` if unknown before reading.
pub fn blocks(spec: &Train, inputs: &Fields, targets: &Fields) -> Option<usize> {
    let known = inputs.iter().chain(targets).all(|(_, f)| f.shape.is_known());
    let (x, y) = known.then(|| layouts(spec, inputs, targets))??;
    Some(Blocks::of(&x, &y).inputs.len())
}

/// Weights and activations of the network; `None` if unknown before reading.
pub fn size(spec: &Train, inputs: &Fields, targets: &Fields) -> Option<NetworkSize> {
    if inputs.iter().chain(targets).any(|(_, f)| !f.shape.is_known()) {
        // An input of unknown width leaves the width of flat targets known.
        let width = |f: &FieldShape| if f.labels { f.classes } else { f.width().filter(|_| f.shape.is_known()) };
        let output = targets.iter().map(|(_, f)| width(f)).sum();
        return Some(NetworkSize { output, ..NetworkSize::default() });
    }
    let ragged = inputs.iter().any(|(_, f)| f.is_ragged());
    let (x, y) = layouts(spec, inputs, targets)?;
    let parameters = spec.model.parameters(&x, &y);
    let activations = (!ragged).then(|| spec.model.activations(&x, &y)).flatten();
    Some(NetworkSize { input: (!ragged).then_some(x.width), output: Some(y.width), parameters, activations })
}
