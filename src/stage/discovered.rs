//! From the findings of discovery to a conclusion: the algebra made exact, named, and written to tables.

use nalgebra::{DMatrix, DVector};
use semola_data::Event;
use semola_data::event::Discovery;

use super::StageError;
use super::group::{Orbit, Sampled, Within};
use super::second_look::SecondLook;
use crate::discover::audit::{Direction, orthonormal, remainder};
use crate::discover::ensemble::{robust_weights, weighted_gram};
use crate::discover::evidence::Evidence;
use crate::discover::procedure::{Findings, Outcome};
use crate::discover::reach::{SIZES, natural};
use crate::discover::tangent::row_major;
use crate::discover::verdict::Verdict;
use crate::engine::Streams;
use crate::lie::identify::{Conjugacy, Identification, UNNAMED, identify};
use crate::lie::space::SearchSpace;
use crate::spec::types::Learned;
use crate::table::Matrix;
use crate::table::{DirectionRow, ExtentRow, GeneratorRow, GroupRow, MatrixRow, Tables};
use crate::train::Problem;

/// Largest principal angle (radians) at which a named algebra is considered in place of the found span.
pub(super) const NEAR: f64 = 0.2;
/// An exact algebra hurts if its equivariance residual exceeds the found span's by this factor.
const HURTS: f64 = 1.25;
/// Largest share of a bracket outside the span that still counts as closed.
const CLOSED: f64 = 0.15;
/// Rows on which an exact algebra is compared with the found span.
const ROWS: usize = 1000;
/// Standard deviation of non-compact coefficients on the full orbit.
pub(super) const EXTENT: f64 = 0.5;

/// What was found out about one model's group.
pub struct Discovered {
    pub outcome: Outcome,
    pub identification: Identification,
    /// Elements of the accepted group, as far as it holds; `None` if nothing was accepted.
    pub source: Option<Orbit>,
    /// The part of it that plain networks saw no end of, where they saw one.
    pub within: Option<Within>,
    /// The accepted algebra was replaced by an exact one.
    pub snapped: bool,
    directions: Vec<(Direction, DMatrix<f64>, f64)>,
    null: Vec<DMatrix<f64>>,
    /// Trained directions outside the accepted span with their strengths.
    rest: Vec<(DMatrix<f64>, f64)>,
    strengths: Vec<f64>,
    skill: f64,
    random_excess: f64,
    resolution: f64,
    notes: Vec<String>,
    /// The group was tested as a whole, not direction by direction.
    tested: bool,
}

/// Draws the conclusion.
///
/// # Errors
/// If the generators are not finite.
pub fn conclude(
    findings: &Findings,
    second: Option<SecondLook>,
    problem: &Problem,
    rows: &[usize],
    space: &SearchSpace,
    settings: &Learned,
    streams: &Streams,
) -> Result<Discovered, StageError> {
    let mut outcome = findings.outcome();
    let mut notes = notes_of(findings, space);
    let found = if outcome == Outcome::Accepted { findings.span() } else { Vec::new() };
    let judge = Snapping::new(findings, problem, rows, streams);
    let tested = second.is_some();
    let mut identification = match second {
        Some(second) => {
            notes.push(second.note());
            second.identification
        }
        None => name(&found, space, NEAR)?,
    };
    if !tested && settings.snap && identification.is_named() && judge.hurts(&exact_basis(&identification), &found) {
        notes.push(format!("the standard {} fits worse than what was found", identification.name));
        identification = name(&found, space, 0.9 * identification.angle.min(NEAR))?;
        if identification.is_named() && judge.hurts(&exact_basis(&identification), &found) {
            identification.snapped = None;
        }
    }
    if !settings.snap && !tested {
        identification.snapped = None;
    }
    if !tested && outcome == Outcome::Accepted && identification.closure_residual > CLOSED {
        notes.push(format!("the accepted span does not close (residual {:.2})", identification.closure_residual));
        outcome = Outcome::Undecided;
    }
    let source = (outcome == Outcome::Accepted).then(|| Orbit::Whole(Sampled(identification.sampler(EXTENT))));
    let within = limit(findings).filter(|_| source.is_some() && !tested).map(|l| within(&identification, l, findings));
    let basis = orthonormal(&findings.audit.span.iter().map(|u| DVector::from_row_slice(u)).collect::<Vec<_>>());
    let combine = |u: &DVector<f64>| findings.support.combine(u);
    let strength = |u: &DVector<f64>| findings.joint.state.progress.basis.as_ref().map_or(f64::NAN, |b| b.strength(u));
    let rest = findings.trained.iter().zip(&findings.strengths).filter_map(|(u, &s)| {
        let outside = remainder(u, &basis);
        (outside.norm() > 0.3).then(|| (combine(&outside.normalize()), s))
    });
    let directions = findings.audit.directions.iter().map(|d| {
        let u = DVector::from_row_slice(&d.u);
        (d.clone(), combine(&u), strength(&u))
    });
    Ok(Discovered {
        outcome,
        snapped: identification.snapped.is_some(),
        source,
        within,
        directions: directions.collect(),
        null: findings.support.null.clone(),
        rest: rest.collect(),
        strengths: exact_basis(&identification).iter().map(|l| strength(&unit(findings, l))).collect(),
        identification,
        skill: findings.audit.skill,
        random_excess: findings.audit.random_excess,
        resolution: findings.resolution,
        notes,
        tested,
    })
}

/// The size of the coefficient beyond which an accepted direction fails, the smallest of all.
fn limit(findings: &Findings) -> Option<f64> {
    let accepted = findings.audit.directions.iter().filter(|d| d.verdict == Verdict::Accepted);
    accepted.filter(|d| d.reach.ends()).map(|d| d.reach.extent()).reduce(f64::min)
}

/// The part of the group up to a size of the coefficients.
fn within(id: &Identification, limit: f64, findings: &Findings) -> Within {
    let size = |l: &DMatrix<f64>| findings.support.coefficients(l).norm().max(1e-12);
    let generators = exact_basis(id).iter().map(|l| natural(&(l / size(l)))).collect();
    Within { generators, limit: limit.max(SIZES[0] / 2.0) }
}

/// Names a span.
///
/// # Errors
/// If the generators are not finite.
pub(super) fn name(span: &[DMatrix<f64>], space: &SearchSpace, tolerance: f64) -> Result<Identification, StageError> {
    identify(span, space, tolerance).map_err(|e| StageError::Group(e.to_string()))
}

fn unit(findings: &Findings, l: &DMatrix<f64>) -> DVector<f64> {
    let u = findings.support.coefficients(l);
    let norm = u.norm();
    if norm > 0.0 { u / norm } else { u }
}

/// The exact algebra where there is one, otherwise the found span in canonical form.
fn exact_basis(id: &Identification) -> Vec<DMatrix<f64>> {
    id.snapped.as_ref().map_or_else(|| id.canonical_basis.clone(), |s| s.exact.basis())
}

fn notes_of(findings: &Findings, space: &SearchSpace) -> Vec<String> {
    let mut notes = Vec::new();
    let (accepted, q) = (findings.audit.span.len(), findings.support.directions.len());
    if !findings.support.null.is_empty() {
        notes.push(format!("{} of {} directions do not move the data", findings.support.null.len(), space.basis.len()));
    }
    if !findings.support.looked_at {
        notes.push(
            "where the data's support ends was not looked at: that needs many more rows than dimensions, and no images or \
             sets of points that differ in number"
                .to_owned(),
        );
    }
    if accepted > 0 && accepted == q {
        notes.push("every direction of the search space was accepted: look for a larger space".to_owned());
    }
    if accepted > 0 && findings.trained_rank != accepted {
        notes.push(format!("training alone found {} directions, the audit {accepted}", findings.trained_rank));
    }
    notes
}

/// Compares algebras by their equivariance residuals on rows of the second half.
struct Snapping<'a> {
    findings: &'a Findings,
    gram: DMatrix<f64>,
}

impl<'a> Snapping<'a> {
    fn new(findings: &'a Findings, problem: &Problem, rows: &[usize], streams: &Streams) -> Self {
        let mut rows: Vec<usize> = rows.iter().copied().filter(|&i| findings.folds.half(i) == 1).collect();
        crate::train::problem::shuffle(&mut rows, &mut streams.get("snap", 0));
        rows.truncate(ROWS);
        let errors = findings.ensemble.errors(
            problem,
            &problem.gather_x(&rows),
            &problem.gather_y(&rows),
            &findings.folds.of(&rows),
        );
        let residuals = findings.ensemble.residuals(problem, &rows, &findings.support.directions);
        Self { findings, gram: weighted_gram(&residuals, &robust_weights(&errors)) }
    }

    fn energy(&self, algebra: &[DMatrix<f64>]) -> f64 {
        let units: Vec<DVector<f64>> = algebra.iter().map(|l| unit(self.findings, l)).collect();
        let basis = orthonormal(&units);
        basis.iter().map(|u| (u.transpose() * &self.gram * u)[0]).sum::<f64>() / basis.len().max(1) as f64
    }

    fn hurts(&self, exact: &[DMatrix<f64>], found: &[DMatrix<f64>]) -> bool {
        self.energy(exact) > HURTS * self.energy(found)
    }
}

impl Discovered {
    /// Takes the group back to where plain networks saw no end of it: the whole of it was a wrong lesson.
    pub fn hold_within(&mut self, within: Within) {
        self.notes.push(format!(
            "it holds up to {:.3} (the angle of a rotation in radians, the rapidity of a boost, otherwise shares of the data's size): trained along all of it the \
             network became worse on the data as they are",
            within.limit
        ));
        self.source = Some(Orbit::Within(within));
    }

    /// The accepted algebra, exact where it was snapped.
    pub fn accepted_basis(&self) -> Vec<DMatrix<f64>> {
        if self.outcome == Outcome::Accepted { exact_basis(&self.identification) } else { Vec::new() }
    }

    /// For the event log.
    pub fn as_event(&self, model: &str) -> Event {
        let id = &self.identification;
        Event::Discovered(Discovery {
            model: model.to_owned(),
            verdict: self.outcome.as_str().to_owned(),
            name: id.name.clone(),
            rank: id.rank,
            angle: id.angle,
            skill: self.skill,
            strengths: self.strengths.clone(),
        })
    }

    /// Writes `groups`, `generators`, `matrices` and `directions`.
    pub fn write(&self, model: &str, tables: &mut Tables) {
        tables.groups.push(self.group_row(model));
        let accepted = self.accepted_basis();
        let own = accepted.iter().zip(&self.strengths).map(|(l, &s)| (l, s, true));
        let rest = self.rest.iter().map(|(l, s)| (l, *s, false));
        for (i, (l, strength, accepted)) in own.chain(rest).enumerate() {
            push_generator(model, i, l, strength, accepted, tables);
        }
        let id = &self.identification;
        if let (Conjugacy::Conjugated { change_of_basis }, Outcome::Accepted) = (&id.conjugacy, self.outcome) {
            tables.matrices.push(matrix_row(model, "change_of_basis", 0, change_of_basis));
        }
        if let Some((form, _)) = id.invariant_form.as_ref().filter(|_| self.outcome == Outcome::Accepted) {
            tables.matrices.push(matrix_row(model, "invariant_form", 0, form));
        }
        for (i, (d, l, strength)) in self.directions.iter().enumerate() {
            tables.directions.push(direction_row(model, i, d, l, *strength));
            tables.extents.extend(d.reach.0.iter().map(|(size, e)| extent_row(model, i, *size, e)));
            tables.matrices.push(matrix_row(model, "direction", i, l));
        }
        for (i, l) in self.null.iter().enumerate() {
            tables.directions.push(DirectionRow {
                model: model.to_owned(),
                direction: (self.directions.len() + i) as u32,
                source: "support".to_owned(),
                verdict: "no effect".to_owned(),
                matrix: row_major(l).collect(),
                side: l.nrows() as u32,
                ..DirectionRow::default()
            });
        }
    }

    /// The smallest extent of the accepted directions; nothing where the group was tested as a whole.
    fn extent(&self) -> Option<f64> {
        let accepted = self.directions.iter().map(|d| &d.0).filter(|d| d.verdict == Verdict::Accepted);
        accepted.filter(|_| !self.tested).map(|d| d.reach.extent()).reduce(f64::min)
    }

    fn group_row(&self, model: &str) -> GroupRow {
        let id = &self.identification;
        let found = self.outcome == Outcome::Accepted;
        let accepted = || self.directions.iter().map(|d| &d.0).filter(|d| d.verdict == Verdict::Accepted);
        let largest = |f: fn(&Direction) -> f64| accepted().map(f).reduce(f64::max);
        let number = |v: f64| found.then_some(v);
        let (basis, conjugacy) = match &id.conjugacy {
            _ if !found || id.name == UNNAMED => (None, ""),
            Conjugacy::Standard => (None, "standard"),
            Conjugacy::Conjugated { change_of_basis } => (Some(change_of_basis), "conjugated"),
        };
        let form = id.invariant_form.as_ref().filter(|_| found);
        GroupRow {
            model: model.to_owned(),
            rank: if found { id.rank as u32 } else { 0 },
            name: if found { id.name.clone() } else { "none".to_owned() },
            conjugacy: conjugacy.to_owned(),
            change_of_basis: basis.map(|m| row_major(m).collect()).unwrap_or_default(),
            side: self.directions.first().map_or(0, |d| d.1.nrows() as u32),
            closure_residual: number(id.closure_residual),
            form_signature: form.map(|(_, (p, q, _))| format!("({p},{q})")).unwrap_or_default(),
            invariant_form: form.map(|(m, _)| row_major(m).collect()).unwrap_or_default(),
            nearest: if found { id.nearest.clone() } else { String::new() },
            angle: number(id.angle),
            leakage: number(id.leakage),
            coverage: number(id.coverage),
            snapped: found && self.snapped,
            snapped_to: if found && self.snapped { id.name.clone() } else { String::new() },
            excess: largest(|d| d.evidence.excess.value),
            // A group that was tested as a whole was not tested direction by direction.
            p_value: largest(|d| d.p_adjusted).filter(|_| !self.tested),
            direction_excess: self.directions.iter().map(|d| d.0.evidence.excess.value).collect(),
            direction_p_value: self.directions.iter().map(|d| d.0.p_value).collect(),
            direction_verdict: self.directions.iter().map(|d| d.0.verdict.as_str().to_owned()).collect(),
            random_excess: Some(self.random_excess),
            skill: Some(self.skill),
            verdict: self.outcome.as_str().to_owned(),
            notes: self.notes.join("; "),
            resolution: Some(self.resolution),
            extent: self.extent().filter(|_| found),
        }
    }
}

fn direction_row(model: &str, index: usize, d: &Direction, l: &DMatrix<f64>, strength: f64) -> DirectionRow {
    let e = &d.evidence;
    DirectionRow {
        model: model.to_owned(),
        direction: index as u32,
        source: if d.trained { "training" } else { "audit" }.to_owned(),
        verdict: d.verdict.as_str().to_owned(),
        strength: Some(strength),
        effect: Some(e.effect.value),
        effect_low: Some(e.effect.low),
        effect_high: Some(e.effect.high),
        excess: Some(e.excess.value),
        excess_low: Some(e.excess.low),
        excess_high: Some(e.excess.high),
        p_value: Some(d.p_value),
        p_adjusted: Some(d.p_adjusted),
        extent: (d.verdict == Verdict::Accepted && !d.reach.0.is_empty()).then(|| d.reach.extent()),
        support: Some(e.support.value),
        support_low: Some(e.support.low),
        support_high: Some(e.support.high),
        inside: Some(e.inside),
        matrix: row_major(l).collect(),
        side: l.nrows() as u32,
    }
}

fn extent_row(model: &str, direction: usize, size: f64, e: &Evidence) -> ExtentRow {
    ExtentRow {
        model: model.to_owned(),
        direction: direction as u32,
        size,
        effect: Some(e.effect.value),
        effect_low: Some(e.effect.low),
        effect_high: Some(e.effect.high),
        excess: Some(e.excess.value),
        excess_low: Some(e.excess.low),
        excess_high: Some(e.excess.high),
        inside: Some(e.inside),
    }
}

fn matrix_row(model: &str, kind: &str, index: usize, m: &DMatrix<f64>) -> MatrixRow {
    MatrixRow {
        model: model.to_owned(),
        kind: kind.to_owned(),
        index: index as u32,
        matrix: Matrix(row_major(m).collect()),
        shape: [m.nrows() as i64, m.ncols() as i64],
    }
}

fn push_generator(model: &str, index: usize, l: &DMatrix<f64>, strength: f64, accepted: bool, tables: &mut Tables) {
    for row in 0..l.nrows() {
        for col in 0..l.ncols() {
            tables.generators.push(GeneratorRow {
                model: model.to_owned(),
                generator: index as u32,
                row: row as u32,
                col: col as u32,
                value: l[(row, col)],
                strength,
                accepted,
            });
        }
    }
    tables.matrices.push(matrix_row(model, "generator", index, l));
}

/// Writes the fixed generators of a width-learning augmentation with their widths as strengths. None is accepted: the
/// method has no test for that.
pub fn write_widths(model: &str, basis: &[DMatrix<f64>], widths: &[f64], tables: &mut Tables) {
    for (i, (l, &width)) in basis.iter().zip(widths).enumerate() {
        push_generator(model, i, l, width, false, tables);
    }
}

/// Writes generators that a method without a test proposes: none is accepted, but what they are nearest to is said.
///
/// # Errors
/// If the generators are not finite.
pub fn write_untested(
    model: &str,
    generators: &[DMatrix<f64>],
    space: &SearchSpace,
    tables: &mut Tables,
) -> Result<(), StageError> {
    let id = name(generators, space, NEAR)?;
    write_widths(model, generators, &vec![1.0; generators.len()], tables);
    tables.groups.push(GroupRow {
        model: model.to_owned(),
        rank: id.rank as u32,
        name: id.name.clone(),
        side: generators.first().map_or(0, |l| l.nrows() as u32),
        closure_residual: Some(id.closure_residual),
        nearest: id.nearest.clone(),
        angle: Some(id.angle),
        leakage: Some(id.leakage),
        coverage: Some(id.coverage),
        verdict: "not tested".to_owned(),
        ..GroupRow::default()
    });
    Ok(())
}
