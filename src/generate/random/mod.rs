//! Random tasks with exactly known truth: a task nobody tuned anything on.
//!
//! A seed draws an algebra (or none), fields, a target, a distribution of the inputs, noise and size; see [`keys`] for the
//! properties and `docs/random.md` for their distributions. The truth is exact: [`verify`] measures, for the very function that
//! is written, that its symmetries in the search space are the stated ones and no others; otherwise another is drawn.
//!
//! | file | concept |
//! |---|---|
//! | `keys`, `draw`, `properties` | what is drawn, by name; drawing or fixing it; all of it |
//! | `family`, `block` | families of algebras; blocks of coordinates with their generators |
//! | `fields`, `law`, `noise` | fields and hidden coordinates; distribution of the inputs; noise of the labels |
//! | `view`, `invariants`, `network`, `function`, `target` | what a block sees; its invariants; smooth functions of them; the target |
//! | `finite` | the mean of a function over a finite group; by how much elements change it |
//! | `verify`, `claim` | the symmetries, measured; by how much any group is broken |
//! | `table`, `facts`, `pipeline` | the columns; the truth in the file; a pipeline for it |

mod block;
mod claim;
mod draw;
mod facts;
mod family;
mod fields;
mod finite;
mod function;
mod invariants;
mod keys;
mod law;
mod network;
mod noise;
mod pipeline;
mod properties;
mod table;
mod target;
mod verify;
mod view;

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::error::GenerateError;
use super::stream::between;
use block::{Block, Kind};
pub use claim::Broken;
use draw::{Draw, problem};
use family::traits;
use fields::{Basis, Field, fields};
use finite::{Acting, Finite, Known};
use function::{Function, Setting};
use law::{Inputs, Law, Row};
use properties::{Control, Properties};
use semola_lie::random::uniform;
use semola_lie::rotation::random_rotation;
use target::{Breaking, Symmetrised, Target};
use verify::Seen;

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "random",
    summary: "a task drawn by --seed, half of them without symmetry, with a pipeline; --like fixes properties",
    dial: None,
    make: Make::Random(|seed, like| Ok(Box::new(Random::draw(seed, like)?))),
};

/// A random task.
pub(super) struct Random {
    seed: u64,
    properties: Properties,
    fields: Vec<Field>,
    inputs: Inputs,
    target: Target,
    /// The algebra in the data's coordinates, in the search space; empty for controls.
    generators: Vec<DMatrix<f64>>,
    algebra: String,
    /// Name and rank of what the symmetric part of a broken control has.
    base: (String, usize),
    /// The finite part of the symmetry group, where there is no algebra; otherwise it is not known.
    finite: Option<Known>,
    /// How many functions were drawn before this one.
    attempt: usize,
    /// The least eigenvalue of what is no symmetry, on rows of the law.
    gap: f64,
    /// The directions along which the function changes least, symmetries among them, with their eigenvalues.
    nearest: Vec<(f64, DMatrix<f64>)>,
    /// The mean of all eigenvalues.
    typical: f64,
    /// Powers of ten: of each field, then of the target.
    powers: Vec<i32>,
}

/// Symmetric functions to whose sums the term that breaks a symmetry is orthogonal.
const SYMMETRIC: usize = 30;
/// Functions that are tried; every tenth time with other fields.
const ATTEMPTS: usize = 60;
/// Rows on which features are standardised and variances set, and rows on which symmetries are measured.
const REFERENCE: usize = 2000;
const MEASURED: usize = 120;

impl Random {
    /// The task of this seed, with what is fixed of it.
    ///
    /// # Errors
    /// A property or value does not exist, what is fixed does not go together, or no function has exactly the algebra.
    pub(super) fn draw(seed: u64, like: &[String]) -> Result<Self, GenerateError> {
        let draw = Draw::new(seed, like)?;
        let properties = Properties::draw(&draw)?;
        let basis = basis(properties.k, properties.condition, &mut draw.stream("basis"));
        let base = algebra(&properties, &basis)?;
        for attempt in 0..ATTEMPTS {
            if let Some(task) = Self::attempt(&draw, &properties, &basis, &base, attempt)? {
                return Ok(task);
            }
        }
        Err(problem(format!(
            "no function with exactly the symmetry of seed {seed} was found; take another seed, or fix less"
        )))
    }

    fn attempt(
        draw: &Draw,
        properties: &Properties,
        basis: &Basis,
        (name, base): &(String, Vec<DMatrix<f64>>),
        attempt: usize,
    ) -> Result<Option<Self>, GenerateError> {
        let p = properties;
        let needs = p.family.and_then(traits);
        let mut rng = draw.stream(&format!("fields {}", attempt / 10));
        let vectors = needs.map_or(1, |t| t.vectors);
        let mut fields =
            fields(p.representation, (p.fields, p.k, vectors), needs.is_none_or(family::Traits::tensors), &mut rng);
        if let Some(first) = fields.first_mut().filter(|f| p.finite == Finite::Exchange && f.copies == 1) {
            first.copies = 2;
        }
        let inputs = Inputs::new(p.law, &fields, basis, &mut draw.stream("law: shape"));
        let mut rng = draw.stream(&format!("function {attempt}"));
        // A cloud has many pairs of points.
        let ragged = fields.iter().any(Field::ragged);
        let reference = inputs.spread(if ragged { REFERENCE / 4 } else { REFERENCE }, &mut rng);
        let setting = Setting {
            fields: fields.clone(),
            basis: basis.clone(),
            vector: p.vector,
            wave: p.wave,
            roughness: p.roughness,
        };
        let acting = Acting::new(p.finite, basis, &fields, p.vector);
        let drawn = match &acting {
            Some(acting) => finite_target(p, &setting, acting, &reference, &mut rng),
            None => drawn_target(p, &setting, &reference, &mut rng),
        };
        let Some(target) = drawn else { return Ok(None) };
        let exact = if p.control == Control::No { base.clone() } else { Vec::new() };
        let wide = Inputs::new(Law::Gaussian, &fields, basis, &mut rng);
        let (mut gaps, mut nearest, mut typical) = (Vec::new(), Vec::new(), 0.0);
        for law in [&wide, &inputs] {
            let rows = law.spread(MEASURED, &mut rng);
            let seen = Seen { target: &target, fields: &fields, vector: p.vector, rows: &rows };
            let spectrum = seen.spectrum((p.k, p.affine), &exact).map_err(|e| problem(e.to_string()))?;
            if !spectrum.is_exactly(exact.len()) {
                return Ok(None);
            }
            gaps.push(spectrum.gap(exact.len()));
            // Of the law of the data, which comes last.
            (nearest, typical) = (spectrum.rising(), spectrum.typical());
        }
        let mut finite = None;
        if p.control == Control::Generic {
            let rows = inputs.spread(MEASURED, &mut rng);
            let known = (acting, p.finite_breaking > 0.0);
            finite = Known::measure(known, &target, (basis, &fields, p.vector), &rows)
                .map_err(|e| problem(e.to_string()))?;
            if finite.is_none() {
                return Ok(None);
            }
        }
        let algebra = if p.control == Control::No { name.clone() } else { "none".to_owned() };
        let base = if p.control == Control::Broken { (name.clone(), base.len()) } else { ("none".to_owned(), 0) };
        let powers = powers(draw, p, &fields);
        let gap = gaps.into_iter().fold(f64::INFINITY, f64::min);
        let (seed, properties) = (draw.seed, p.clone());
        Ok(Some(Self {
            seed,
            properties,
            fields,
            inputs,
            target,
            generators: exact,
            algebra,
            base,
            finite,
            attempt,
            gap,
            nearest,
            typical,
            powers,
        }))
    }

    /// Rows of the table: inputs by field and clean labels, repeated where they are measured several times.
    fn rows(&self, count: usize, rng: &mut ChaCha8Rng) -> Vec<Row> {
        let repeats = self.properties.repeats;
        let distinct = self.inputs.draw(count.div_ceil(repeats), rng);
        distinct.into_iter().flat_map(|row| std::iter::repeat_n(row, repeats)).take(count).collect()
    }
}

/// The function: symmetric, of all coordinates, or broken.
fn drawn_target(
    p: &Properties,
    setting: &Setting,
    reference: &[Vec<Vec<f64>>],
    rng: &mut ChaCha8Rng,
) -> Option<Target> {
    let main = Function::draw(setting, &p.blocks, (reference, 1), rng);
    let whole = [Block::new((0..p.k).collect(), Kind::Still)];
    let breaking = (p.control == Control::Broken).then(|| Breaking {
        share: p.breaking,
        term: Function::draw(setting, &whole, (reference, 1), rng),
        symmetric: Function::draw(setting, &p.blocks, (reference, SYMMETRIC), rng),
    });
    Target::new(main, breaking, reference, p.vector)
}

/// A function's mean over a finite group, and another function without its mean if that breaks it.
fn finite_target(
    p: &Properties,
    setting: &Setting,
    acting: &Acting,
    reference: &[Vec<Vec<f64>>],
    rng: &mut ChaCha8Rng,
) -> Option<Target> {
    let mut draw = || Function::draw(setting, &p.blocks, (reference, 1), rng);
    let main = draw();
    let rest = (p.finite_breaking > 0.0).then(|| (p.finite_breaking, draw()));
    Target::symmetrised(Symmetrised { acting, main, rest }, reference, p.vector)
}

/// x = P z with P = U S V, singular values from 1/√c to √c: the condition is c.
fn basis(k: usize, condition: f64, rng: &mut ChaCha8Rng) -> Basis {
    let (u, v) = (random_rotation(k, rng), random_rotation(k, rng));
    if condition == 1.0 {
        return Basis { matrix: DMatrix::identity(k, k), inverse: DMatrix::identity(k, k) };
    }
    let half = condition.sqrt();
    let mut sizes: Vec<f64> = (0..k).map(|_| half.powf(2.0 * uniform(rng) - 1.0)).collect();
    sizes[0] = 1.0 / half;
    sizes[k - 1] = half;
    let diagonal = |s: fn(f64) -> f64| DMatrix::from_fn(k, k, |i, j| if i == j { s(sizes[i]) } else { 0.0 });
    let (matrix, inverse) = (&u * diagonal(|s| s) * &v, v.transpose() * diagonal(|s| 1.0 / s) * u.transpose());
    Basis { matrix, inverse }
}

/// The name and the generators, in the data's coordinates: P L P⁻¹.
fn algebra(p: &Properties, basis: &Basis) -> Result<(String, Vec<DMatrix<f64>>), GenerateError> {
    let mut generators = Vec::new();
    for block in &p.blocks {
        let own = block.generators(p.k, p.affine).map_err(|e| problem(e.to_string()))?;
        generators.extend(own);
    }
    let wide = |m: &DMatrix<f64>| {
        let side = if p.affine { p.k + 1 } else { p.k };
        let mut whole = DMatrix::identity(side, side);
        whole.view_mut((0, 0), (p.k, p.k)).copy_from(m);
        whole
    };
    let (there, back) = (wide(&basis.matrix), wide(&basis.inverse));
    let shown = generators.into_iter().map(|l| &there * l * &back).collect();
    let names: Vec<String> = p.blocks.iter().map(|b| b.name(p.k, p.affine)).filter(|n| !n.is_empty()).collect();
    Ok((names.join("+"), shown))
}

/// Powers of ten from −3 to 3: one for each field (the same for all points, which translations move together) and one for the
/// target.
fn powers(draw: &Draw, p: &Properties, fields: &[Field]) -> Vec<i32> {
    let mut rng = draw.stream("powers");
    let mut drawn: Vec<i32> = (0..=fields.len()).map(|_| between(&mut rng, -3.5, 3.5).round() as i32).collect();
    if !p.units {
        drawn.fill(0);
    }
    drawn
}

#[cfg(test)]
mod tests;
