//! A group in the field's terms: `rotations in the plane of (qx, qy) and (vx, vy)`.

use semola_data::table::GroupRow;
use semola_lie::name::{Term, parse};

use super::generators;
use super::setting::{Field, Kind, Setting, listed};
use crate::words::number::short;

/// Vectors of a field that are written out; of more, the first and the last one.
const WRITTEN: usize = 3;

/// The group that was found, its name, and what form it has.
pub(super) fn found(setting: &Setting<'_>, group: &GroupRow) -> String {
    let size = generators(group.rank);
    let is_named = !matches!(group.name.as_str(), "" | "unnamed" | "none");
    if !is_named {
        return format!(
            "a group of {size} without a name here{}, acting on {}",
            near(group),
            inputs(setting, &group.model)
        );
    }
    if group.conjugacy == "conjugated" {
        return format!(
            "{} in hidden coordinates: it acts on linear combinations of {} as {} acts on plain coordinates ({size})",
            plural(&group.name).unwrap_or_else(|| "a group".to_owned()),
            inputs(setting, &group.model),
            group.name,
        );
    }
    let exact = if group.snapped && !group.nearest.is_empty() { &group.nearest } else { &group.name };
    format!("{} ({exact}, {size})", named(setting, &group.model, exact, group.side))
}

/// What lies nearest to an untested span.
pub(super) fn nearest(group: &GroupRow) -> String {
    match group.angle {
        Some(angle) if !group.nearest.is_empty() => {
            format!("{}, {}° away", group.nearest, short(angle.to_degrees(), 3))
        }
        _ => "no group with a name".to_owned(),
    }
}

fn near(group: &GroupRow) -> String {
    match group.nearest.as_str() {
        "" | "none" => String::new(),
        _ => format!(" (the nearest is {})", nearest(group)),
    }
}

/// A named group, acting on the fields of a model. `side` is that of its matrices; 0 where that is unknown.
pub(super) fn named(setting: &Setting<'_>, model: &str, name: &str, side: u32) -> String {
    let Ok(terms) = parse(name) else { return format!("the group {name}") };
    let k = (side as usize).saturating_sub(usize::from(setting.is_affine(model)));
    let fields: Vec<Field> = setting.inputs(model).into_iter().filter(|field| field.kind != Kind::Scalar).collect();
    let parts: Vec<String> = terms.iter().map(|term| part(term, k, &fields)).collect();
    listed(&parts)
}

/// One part of a group, with what it acts on.
fn part(term: &Term, k: usize, fields: &[Field]) -> String {
    let n = term.args.iter().sum::<usize>() * if matches!(term.family.as_str(), "u" | "su") { 2 } else { 1 };
    let is_part = n > 0 && k > 0 && n < k && !k.is_multiple_of(n);
    let own = term.coordinates.clone().or_else(|| is_part.then(|| (0..n).collect()));
    let planar = term.family == "so" && n == 2 && fields.iter().all(|field| field.kind != Kind::Pixels);
    let preposition = if planar { "in the plane of" } else { "of" };
    match verb(term) {
        Some(verb) => format!("{verb} {preposition} {}", object(own.as_deref(), k, fields)),
        None => format!("the group {}", term.given),
    }
}

/// What the elements of a family are called.
fn verb(term: &Term) -> Option<String> {
    Some(match (term.family.as_str(), term.args.as_slice()) {
        ("so", [_]) => "rotations".to_owned(),
        ("so", [1, 1]) => "Lorentz boosts".to_owned(),
        ("so", [1, _]) => "Lorentz transformations (rotations and boosts)".to_owned(),
        ("so", [p, q]) => format!("pseudo-rotations of signature ({p},{q})"),
        ("u" | "su", _) => "unitary maps".to_owned(),
        ("scale", _) => "changes of scale".to_owned(),
        ("sim", _) => "rotations and changes of scale".to_owned(),
        ("sl", _) => "volume-preserving linear maps".to_owned(),
        ("gl", _) => "all linear maps".to_owned(),
        ("sp", _) => "symplectic maps".to_owned(),
        ("shear", _) => "shears".to_owned(),
        ("galilei", _) => "Galilean transformations".to_owned(),
        ("t", _) => "translations".to_owned(),
        ("se", _) => "rotations and translations".to_owned(),
        ("aff", _) => "all affine maps".to_owned(),
        ("iso", [1, _]) => "Poincaré transformations (translations, rotations and boosts)".to_owned(),
        ("iso", _) => "translations and pseudo-rotations".to_owned(),
        _ => return None,
    })
}

/// What the elements of a group of that name are called, whatever they act on.
fn plural(name: &str) -> Option<String> {
    let verbs: Option<Vec<String>> = parse(name).ok()?.iter().map(verb).collect();
    verbs.map(|verbs| listed(&verbs))
}

/// All that moves.
fn inputs(setting: &Setting<'_>, model: &str) -> String {
    let all = setting.inputs(model);
    let fields: Vec<Field> = all.into_iter().filter(|field| field.kind != Kind::Scalar).collect();
    object(None, 0, &fields)
}

/// What a group acts on: some coordinates of the fields, or all.
fn object(own: Option<&[usize]>, k: usize, fields: &[Field]) -> String {
    let words: Vec<String> = fields.iter().map(|field| acted_on(own, k, field)).collect();
    if words.is_empty() { "the inputs".to_owned() } else { listed(&words) }
}

fn acted_on(own: Option<&[usize]>, k: usize, field: &Field) -> String {
    let name = &field.name;
    let parts = |labels: &dyn Fn(usize) -> String, own: &[usize]| {
        own.iter().map(|&at| labels(at)).collect::<Vec<_>>().join(", ")
    };
    match (field.kind, own) {
        (Kind::Pixels, _) => format!("the image `{name}` about its centre"),
        (Kind::Points(_), None) => format!("the points `{name}`"),
        (Kind::Points(_), Some(own)) => format!("the coordinates {} of the points `{name}`", parts(&axis, own)),
        (Kind::Vector(dim), own) if field.columns.len() >= dim && dim > 0 => {
            let whole: Vec<usize> = (0..dim).collect();
            let own = own.unwrap_or(&whole);
            let vectors: Vec<String> = field
                .columns
                .chunks(dim)
                .map(|columns| {
                    let label = |at: usize| columns.get(at).cloned().unwrap_or_else(|| at.to_string());
                    format!("({})", parts(&label, own))
                })
                .collect();
            match vectors.as_slice() {
                [first, .., last] if vectors.len() > WRITTEN => format!("{first}, … and {last}"),
                all => listed(all),
            }
        }
        (Kind::Vector(dim), Some(own)) if k == dim || k == 0 => {
            format!("({}) of the vectors `{name}`", parts(&|at| format!("{name}[{at}]"), own))
        }
        (Kind::Vector(_), _) => format!("the vectors `{name}`"),
        (Kind::Scalar, _) => format!("`{name}`"),
    }
}

/// A coordinate of a point.
fn axis(at: usize) -> String {
    ["x", "y", "z"].get(at).map_or_else(|| at.to_string(), |name| (*name).to_owned())
}
