//! `model`: does the network suit the fields, and how large is it?

use super::context::Context;
use super::scope::FieldShape;
use crate::engine::kernel::radial::FEWEST;
use crate::engine::{Form, Layout};
use crate::lie::action::Action;
use crate::model::parameter_count;
use crate::spec::types::{Loss, Model, Train};
use crate::train::NetworkSize;

/// Networks of wider layers, or of more, are not counted: to count is to build the network.
const COUNTED: usize = 1024;

type Fields = [(String, FieldShape)];

/// Checks the settings of the network by themselves. Returns whether it can be built: messages about settings that several
/// stages share are told once, so that the number of errors does not say it.
pub fn check_settings(context: &mut Context, model: &Model) -> bool {
    let at = |key: &str| format!("model.{}.{key}", model.name());
    let mut sound = true;
    for (key, widths) in lists(model) {
        for (i, width) in widths.iter().enumerate() {
            sound &= context.require(*width > 0, &format!("{}[{i}]", at(key)), width, "at least 1");
        }
    }
    match model {
        Model::Mlp(_) => {}
        Model::PointNet(p) => {
            sound &= context.require(!p.hidden.is_empty(), &at("hidden"), "empty", "at least one layer");
        }
        Model::Transformer(t) => {
            sound &= context.require(t.width > 0, &at("width"), t.width, "at least 1");
            sound &= context.require(t.layers > 0, &at("layers"), t.layers, "at least 1");
            let divides = t.heads > 0 && t.width.is_multiple_of(t.heads.max(1));
            sound &= context.require(divides, &at("heads"), t.heads, "a divisor of `width`");
        }
        Model::Pair(p) | Model::Egnn(p) => {
            sound &= context.require(p.width > 0, &at("width"), p.width, "at least 1");
            sound &= context.require(p.layers > 0, &at("layers"), p.layers, "at least 1");
            if let Some(cutoff) = p.cutoff {
                sound &= context.require(cutoff > 0.0, &at("cutoff"), cutoff, "above 0");
            }
            let none = matches!(model, Model::Pair(_)) && p.radial == 0;
            let enough = none || p.radial >= FEWEST;
            sound &= context.require(enough, &at("radial"), p.radial, "at least 4 (`pair`: or 0)");
        }
        Model::Cnn(c) => sound &= check_kernel(context, c.kernel, &c.channels, &at),
        Model::GroupCnn(c) => sound &= check_kernel(context, c.kernel, &c.channels, &at),
    }
    sound
}

fn check_kernel(context: &mut Context, kernel: usize, channels: &[usize], at: &dyn Fn(&str) -> String) -> bool {
    let odd = context.require(!kernel.is_multiple_of(2), &at("kernel"), kernel, "odd");
    context.require(!channels.is_empty(), &at("channels"), "empty", "at least one layer") && odd
}

fn lists(model: &Model) -> Vec<(&'static str, &[usize])> {
    match model {
        Model::Mlp(m) => vec![("hidden", &m.hidden)],
        Model::PointNet(p) => vec![("hidden", &p.hidden), ("head", &p.head)],
        Model::Transformer(t) => vec![("head", &t.head)],
        Model::Pair(p) | Model::Egnn(p) => vec![("head", &p.head)],
        Model::Cnn(c) => vec![("channels", &c.channels), ("hidden", &c.hidden)],
        Model::GroupCnn(c) => vec![("channels", &c.channels), ("hidden", &c.hidden)],
    }
}

/// Checks that the network can take these inputs and give these targets.
pub fn check_fields(context: &mut Context, spec: &Train, inputs: &Fields, targets: &Fields) {
    let model = &spec.model;
    if model.on_images() {
        check_images(context, model, inputs, targets);
    } else if model.on_points() {
        check_points(context, model, inputs, targets);
    } else {
        check_flat(context, inputs, targets);
    }
}

/// A multi-layer perceptron takes and gives a fixed number of values.
fn check_flat(context: &mut Context, inputs: &Fields, targets: &Fields) {
    for (role, fields) in [("input", inputs), ("target", targets)] {
        for (i, (name, field)) in fields.iter().enumerate() {
            if field.is_ragged() {
                let message =
                    format!("an mlp needs a fixed number of points, but those of field '{name}' vary from row to row");
                let help = "choose a network on points (`point_net`, `transformer`, `pair`, `egnn`), keep rows of one \
                            length (`where`), or give the field a fixed `shape`";
                context.error_help(&crate::train::item(context, role, i), message, help);
            }
        }
    }
}

fn check_points(context: &mut Context, model: &Model, inputs: &Fields, targets: &Fields) {
    let name = model.name();
    let placed = |f: &FieldShape| matches!(f.action, Action::Points { .. } | Action::Vector { .. });
    if !inputs.iter().any(|(_, f)| placed(f) && (f.is_ragged() || form(f).points().is_some())) {
        let help = "give one input `action: points` (or `vector`), with one block a point";
        context.error_help("input", format!("`{name}` needs an input that says where the points are"), help);
    }
    if let Some((image, _)) = inputs.iter().find(|(_, f)| matches!(f.action, Action::Pixels(_))) {
        let help = "use `cnn` or `group_cnn` for images";
        context.error_help("input", format!("`{name}` takes points, but field '{image}' is an image"), help);
    }
    let ragged = inputs.iter().any(|(_, f)| f.is_ragged());
    for (i, (field, f)) in targets.iter().enumerate() {
        let at = crate::train::item(context, "target", i);
        if f.is_ragged() && !ragged {
            let message =
                format!("target '{field}' has a value at each of a varying number of points, but no input has");
            context.error(&at, message);
        }
        if matches!(model, Model::Egnn(_)) && matches!(f.action, Action::Tensor { .. } | Action::Covector { .. }) {
            let message = format!("an egnn gives scalars and vectors, but target '{field}' is neither");
            context.error(&at, message);
        }
    }
    if matches!(model, Model::Egnn(_)) {
        for (i, (field, f)) in inputs.iter().enumerate() {
            if matches!(f.action, Action::Tensor { .. } | Action::Covector { .. }) {
                let at = crate::train::item(context, "input", i);
                context.error(&at, format!("an egnn takes scalars, vectors and points, but input '{field}' is none"));
            }
        }
    }
}

fn check_images(context: &mut Context, model: &Model, inputs: &Fields, targets: &Fields) {
    let name = model.name();
    let image = |f: &FieldShape| match f.action {
        Action::Pixels(image) => Some(image),
        _ => None,
    };
    let [(_, input)] = inputs else {
        context.error("input", format!("`{name}` takes exactly one input, an image"));
        return;
    };
    let Some(input) = image(input) else {
        let help = "give it `action: pixels` where it is read";
        context.error_help("input", format!("`{name}` takes an image, but '{}' is none", inputs[0].0), help);
        return;
    };
    for (i, (field, f)) in targets.iter().enumerate() {
        let other = image(f).filter(|o| (o.height, o.width) != (input.height, input.width));
        if let Some(other) = other {
            let sizes = format!("{}×{} and {}×{}", other.height, other.width, input.height, input.width);
            let message = format!("a target image must be as large as the input, but '{field}' and it are {sizes}");
            context.error(&crate::train::item(context, "target", i), message);
        }
        if matches!(f.action, Action::Pixels(_)) && targets.len() > 1 {
            let message = format!("`{name}` gives one image or other values, not both");
            context.error(&crate::train::item(context, "target", i), message);
        }
    }
}

fn form(field: &FieldShape) -> Form {
    let (axes, ragged) = (field.shape.axes().to_vec(), field.is_ragged());
    Form { action: field.action, axes, ragged, translation_scale: 1.0 }
}

/// Weights and activations of the network; `None` where they are not known before reading. `sound`: its settings can be
/// built.
pub fn size(spec: &Train, sound: bool, inputs: &Fields, targets: &Fields) -> Option<NetworkSize> {
    let settings = lists(&spec.model).into_iter().flat_map(|(_, w)| w.to_vec());
    let inner = match &spec.model {
        Model::Transformer(t) => Some([t.width, t.layers]),
        Model::Pair(p) | Model::Egnn(p) => Some([p.width, p.layers]),
        _ => None,
    };
    let forms = |fields: &Fields| fields.iter().map(|(_, f)| form(f)).collect::<Vec<_>>();
    if inputs.iter().chain(targets).any(|(_, f)| !f.shape.is_known()) {
        // An input of unknown width leaves the width of flat targets known.
        let width = |f: &FieldShape| if f.labels { f.classes } else { f.width().filter(|_| f.shape.is_known()) };
        let output = targets.iter().map(|(_, f)| width(f)).sum();
        return Some(NetworkSize { output, ..NetworkSize::default() });
    }
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
    let x = if ragged { x.with_count() } else { x };
    let parameters = match &spec.model {
        Model::Mlp(m) => {
            let widths: Vec<usize> =
                std::iter::once(x.width).chain(m.hidden.iter().copied()).chain([y.width]).collect();
            let layer = |w: &[usize]| w[0].saturating_add(1).saturating_mul(w[1]);
            Some(widths.windows(2).map(layer).fold(0, usize::saturating_add))
        }
        model => {
            let small = settings.chain(inner.into_iter().flatten()).all(|n| n <= COUNTED);
            (sound && small).then(|| parameter_count(model, &x, &y))
        }
    };
    let activations = (!ragged).then(|| activations(&spec.model, &x, &y)).flatten();
    Some(NetworkSize { input: (!ragged).then_some(x.width), output: Some(y.width), parameters, activations })
}

/// Numbers that one row leaves behind between the layers, roughly.
fn activations(model: &Model, x: &Layout, y: &Layout) -> Option<usize> {
    let points = x.points.map_or(1, |p| p.most);
    let sum = |widths: &[usize]| widths.iter().copied().fold(0, usize::saturating_add);
    let image = x.segments.iter().find_map(|s| match s.action {
        Action::Pixels(image) => Some(image.height * image.width),
        _ => None,
    });
    // What a layer reads and, after pooling, writes; as much again on the way back up to an image.
    let ways = if y.segments.iter().any(|s| matches!(s.action, Action::Pixels(_))) { 2 } else { 1 };
    let convolutions = |channels: &[usize], turns: usize, pooled: bool| {
        let mut pixels = image?;
        let (mut before, mut total) = (x.width / pixels.max(1), 0);
        for &c in channels {
            let after = if pooled { pixels.div_ceil(4) } else { pixels };
            total += pixels * before + 3 * after * turns * c;
            (pixels, before) = (after, turns * c);
        }
        Some(ways * total)
    };
    use crate::spec::types::{Cyclic, PixelPool};
    let inside = match model {
        Model::Mlp(m) => sum(&m.hidden),
        Model::PointNet(p) => points * sum(&p.hidden) + sum(&p.head),
        Model::Transformer(t) => t.layers * points * (12 * t.width + t.heads) + sum(&t.head),
        Model::Pair(p) | Model::Egnn(p) => p.layers * points * p.width * 6 + sum(&p.head),
        Model::Cnn(c) => convolutions(&c.channels, 1, c.pool != PixelPool::None)? + sum(&c.hidden),
        Model::GroupCnn(c) => {
            let turns = if c.group == Cyclic::C4 { 4 } else { 8 };
            convolutions(&c.channels, turns, c.pool != PixelPool::None)? + sum(&c.hidden)
        }
    };
    Some(x.width + inside + y.width)
}

/// The network in a few words, between the values that it takes and gives.
pub fn label(model: &Model, input: &str, output: &str) -> String {
    let join = |widths: &[usize]| widths.iter().map(usize::to_string).collect::<Vec<_>>().join(" → ");
    let head = |widths: &[usize]| if widths.is_empty() { String::new() } else { format!(", head {}", join(widths)) };
    let inside = match model {
        Model::Mlp(m) => {
            let hidden = m.hidden.iter().map(usize::to_string);
            let all = std::iter::once(input.to_owned()).chain(hidden).chain([output.to_owned()]);
            return format!("mlp {}", all.collect::<Vec<_>>().join(" → "));
        }
        Model::PointNet(p) => format!("point_net {}{}", join(&p.hidden), head(&p.head)),
        Model::Transformer(t) => {
            format!("transformer width {}, {} layers, {} heads{}", t.width, t.layers, t.heads, head(&t.head))
        }
        Model::Pair(p) | Model::Egnn(p) => {
            format!("{} width {}, {} layers{}", model.name(), p.width, p.layers, head(&p.head))
        }
        Model::Cnn(c) => format!("cnn {}{}", join(&c.channels), head(&c.hidden)),
        Model::GroupCnn(c) => {
            format!("group_cnn {:?} {}{}", c.group, join(&c.channels), head(&c.hidden)).to_lowercase()
        }
    };
    format!("{inside}, {input} → {output}")
}
