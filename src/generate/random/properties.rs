//! All properties of a task, drawn before its rows.

use serde::Serialize;

use super::block::Block;
use super::draw::{Draw, below, log_uniform, problem};
use super::family::{self, Family, Representation, traits};
use super::finite::Finite;
use super::law::Law;
use super::network::Wave;
use super::noise::{Noise, Tails};
use crate::generate::error::GenerateError;
use crate::generate::stream::between;
use semola_lie::random::uniform;

/// Whether a task has a symmetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Control {
    /// It has one.
    No,
    /// A function of all coordinates.
    Generic,
    /// A symmetric function and a term that breaks it.
    Broken,
}

/// The properties of a task.
#[derive(Debug, Clone)]
pub(super) struct Properties {
    pub control: Control,
    /// `None` of a generic control.
    pub family: Option<Family>,
    pub breaking: f64,
    /// A finite symmetry, and the share of the variance that breaks it.
    pub finite: Finite,
    pub finite_breaking: f64,
    pub k: usize,
    pub condition: f64,
    pub representation: Representation,
    pub fields: usize,
    pub vector: bool,
    pub affine: bool,
    pub wave: Wave,
    pub roughness: f64,
    /// What acts: of a broken control, on its symmetric part.
    pub blocks: Vec<Block>,
    pub law: Law,
    pub rows: usize,
    pub noise: Noise,
    pub repeats: usize,
    pub group: bool,
    pub units: bool,
}

/// The fewest and the most rows that are drawn.
const ROWS: (f64, f64) = (300.0, 20_000.0);

impl Properties {
    /// Draws all of them.
    ///
    /// # Errors
    /// A fixed value is not allowed, or what is fixed does not go together.
    pub(super) fn draw(draw: &Draw) -> Result<Self, GenerateError> {
        let control = control(draw)?;
        let open = representations(draw)?;
        let family = family_of(draw, control, &open)?;
        let k = draw.choice("k", &family::sizes(family, &open))?;
        let fits = |r: &Representation| family::together(family, k, *r);
        let mut options = Representation::ALL.to_vec();
        options.retain(|(r, ..)| open.contains(r) && fits(r));
        let representation = draw.choice("representation", &options)?;
        let fields = field_count(draw, representation)?;
        let blocks = match family {
            Some(f) => family::blocks(f, k, &mut draw.stream("blocks")),
            None => vec![Block::new((0..k).collect(), super::block::Kind::Still)],
        };
        let finite = draw.choice("finite", &Finite::options(control, representation, fields))?;
        let (repeats, group, law) = law(draw, representation, &blocks)?;
        Ok(Self {
            control,
            family,
            breaking: breaking(draw, control)?,
            finite,
            finite_breaking: finite_breaking(draw, finite)?,
            k,
            condition: draw.number("condition", 1.0..=5.0, |rng| {
                if uniform(rng) < 0.5 { 1.0 } else { log_uniform(rng, 1.2, 5.0) }
            })?,
            representation,
            fields,
            vector: target(draw, family, k, representation, fields)?,
            affine: affine(draw, family, (representation, finite))?,
            wave: draw.choice("activation", &[(Wave::Tanh, "tanh", 0.6), (Wave::Sine, "sine", 0.4)])?,
            roughness: draw.number("roughness", 0.1..=3.0, |rng| log_uniform(rng, 0.25, 1.25))?,
            blocks,
            law,
            rows: draw.whole("rows", crate::generate::ROWS, |rng| log_uniform(rng, ROWS.0, ROWS.1) as usize)?,
            noise: noise(draw)?,
            repeats,
            group,
            units: draw.choice("units", &[(false, "no", 0.5), (true, "yes", 0.5)])?,
        })
    }
}

fn control(draw: &Draw) -> Result<Control, GenerateError> {
    let options = [(Control::No, "no", 0.5), (Control::Generic, "generic", 0.25), (Control::Broken, "broken", 0.25)];
    let breaks = draw.fixed("base").is_some() || draw.fixed("breaking").is_some();
    let finite = draw.fixed("finite").is_some_and(|f| f != "none") || draw.fixed("finite_breaking").is_some();
    let allowed = |control: &Control| {
        (!finite || *control == Control::Generic)
            && match draw.fixed("algebra") {
                None => !breaks || *control == Control::Broken,
                Some("none") => *control == Control::Broken || (*control == Control::Generic && !breaks),
                Some(_) => *control == Control::No && !breaks,
            }
    };
    let options: Vec<_> = options.into_iter().filter(|(c, ..)| allowed(c)).collect();
    draw.choice("control", &options)
}

/// The representations that are not excluded by what is fixed.
fn representations(draw: &Draw) -> Result<Vec<Representation>, GenerateError> {
    let all = Representation::ALL;
    let fixed = match draw.fixed("representation") {
        Some(_) => Some(draw.choice("representation", &all)?),
        None => None,
    };
    let (space, fields) = (draw.fixed("space"), draw.fixed("fields"));
    let open = |r: &Representation| {
        fixed.is_none_or(|f| f == *r)
            && (space != Some("affine") || r.has_points())
            && (draw.fixed("law") != Some("trajectories") || *r != Representation::Clouds)
            && (fields != Some("1") || *r != Representation::Mixed)
            && (draw.fixed("target") != Some("equivariant") || *r != Representation::Tensors || fields != Some("1"))
    };
    let open: Vec<Representation> = all.into_iter().map(|r| r.0).filter(open).collect();
    if open.is_empty() {
        return Err(problem("no representation goes with the fixed space, fields and target; fix less".to_owned()));
    }
    Ok(open)
}

fn family_of(draw: &Draw, control: Control, open: &[Representation]) -> Result<Option<Family>, GenerateError> {
    let every = family::families(None, &Representation::ALL.map(|r| r.0));
    if let Some(value) = draw.fixed("algebra").filter(|v| *v != "none" && every.iter().all(|f| f.1 != *v)) {
        let names: Vec<&str> = ["none", "some"].into_iter().chain(every.iter().map(|f| f.1)).collect();
        return Err(problem(format!("algebra={value}; allowed are {}", names.join(", "))));
    }
    let k = draw.fixed("k").and_then(|k| k.parse().ok());
    let mut options = family::families(k, open);
    // Translations need a space that has them.
    options.retain(|(f, ..)| draw.fixed("space") != Some("gl") || traits(*f).is_some_and(|t| !t.moves));
    let keeps_spheres = |f: &Family| matches!(f, Family::Rotations | Family::Unitary | Family::Circle);
    options.retain(|(f, ..)| draw.fixed("law") != Some("sphere") || keeps_spheres(f));
    let key = match control {
        Control::Generic => return Ok(None),
        Control::No => "algebra",
        Control::Broken => "base",
    };
    draw.choice(key, &options).map(Some)
}

fn field_count(draw: &Draw, representation: Representation) -> Result<usize, GenerateError> {
    let options = [(1, "1", 0.4), (2, "2", 0.3), (3, "3", 0.2), (4, "4", 0.1)];
    let least = if representation == Representation::Mixed { 2 } else { 1 };
    let wants = draw.fixed("target") == Some("equivariant") && representation == Representation::Tensors;
    let least = if wants { 2 } else { least };
    draw.choice("fields", &options.into_iter().filter(|(n, ..)| *n >= least).collect::<Vec<_>>())
}

fn breaking(draw: &Draw, control: Control) -> Result<f64, GenerateError> {
    match control {
        Control::Broken => draw.number("breaking", 0.001..=0.9, |rng| log_uniform(rng, 0.03, 0.5)),
        Control::Generic => Ok(1.0),
        Control::No => Ok(0.0),
    }
}

/// Of tasks with a finite group a third is broken.
fn finite_breaking(draw: &Draw, finite: Finite) -> Result<f64, GenerateError> {
    if finite == Finite::None {
        return Ok(0.0);
    }
    let drawn = |rng: &mut _| if uniform(rng) < 2.0 / 3.0 { 0.0 } else { log_uniform(rng, 0.03, 0.5) };
    draw.number("finite_breaking", 0.0..=0.9, drawn)
}

/// Equivariant targets need a vector that every block can move.
fn target(
    draw: &Draw,
    family: Option<Family>,
    k: usize,
    representation: Representation,
    fields: usize,
) -> Result<bool, GenerateError> {
    let without = match representation {
        Representation::Tensors => fields == 1,
        Representation::Covectors => family == Some(Family::Special) && k > 2,
        _ => false,
    };
    let options = [(false, "invariant", 0.65), (true, "equivariant", 0.35)];
    draw.choice("target", if without { &options[..1] } else { &options })
}

/// Finite groups act about the origin, which translations would move.
fn affine(
    draw: &Draw,
    family: Option<Family>,
    (representation, finite): (Representation, Finite),
) -> Result<bool, GenerateError> {
    let options = [(false, "gl", 0.5), (true, "affine", 0.5)];
    let moves = family.and_then(traits).is_some_and(|t| t.moves);
    draw.choice(
        "space",
        match (moves, representation.has_points() && finite == Finite::None) {
            (true, _) => &options[1..],
            (false, true) => &options,
            (false, false) => &options[..1],
        },
    )
}

/// Repeats, whether groups are told, and the law.
fn law(draw: &Draw, representation: Representation, blocks: &[Block]) -> Result<(usize, bool, Law), GenerateError> {
    let mut laws = vec![
        (Law::Gaussian, "gaussian", 0.3),
        (Law::Anisotropic, "anisotropic", 0.2),
        (Law::Shell, "shell", 0.1),
        (Law::Sphere, "sphere", 0.1),
        (Law::Mixture, "mixture", 0.15),
        (Law::Trajectories, "trajectories", 0.15),
    ];
    let spheres = blocks.iter().all(Block::keeps_spheres);
    laws.retain(|(law, ..)| match law {
        Law::Sphere => spheres,
        Law::Trajectories => {
            representation != Representation::Clouds && draw.fixed("repeats").is_none_or(|repeats| repeats == "1")
        }
        _ => true,
    });
    let law = draw.choice("law", &laws)?;
    let repeated = |rng: &mut _| if uniform(rng) < 0.85 { 1 } else { 2 + below(rng, 4) };
    let repeats = if law == Law::Trajectories { 1 } else { draw.whole("repeats", 1..=20, repeated)? };
    let groups = [(false, "no", 0.5), (true, "yes", 0.5)];
    let groups = match (law, repeats) {
        (Law::Trajectories, _) => &groups[1..],
        (_, 1) if draw.fixed("group").is_none() => &groups[..1],
        _ => &groups,
    };
    Ok((repeats, draw.choice("group", groups)?, law))
}

fn noise(draw: &Draw) -> Result<Noise, GenerateError> {
    let noisy = draw.fixed("tails").is_some_and(|t| t != "none");
    let clean = draw.fixed("tails") == Some("none");
    let share = draw.number("noise", 0.05..=1.0, |rng| {
        let (exact, level) = (uniform(rng) < 1.0 / 3.0, between(rng, 0.3, 1.0));
        if clean || (exact && !noisy) { 1.0 } else { level }
    })?;
    let tails = [(Tails::None, "none", 1.0), (Tails::Gaussian, "gaussian", 0.8), (Tails::Student, "student", 0.2)];
    let tails = draw.choice("tails", if share == 1.0 { &tails[..1] } else { &tails[1..] })?;
    let outliers =
        draw.number("outliers", 0.0..=0.2, |rng| if uniform(rng) < 0.85 { 0.0 } else { between(rng, 0.01, 0.05) })?;
    Ok(Noise { tails, share, outliers })
}
