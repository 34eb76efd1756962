//! A second look where the audit's networks cannot see: data in few poses.
//!
//! A plain network does not extrapolate. Where moved data leaves the poses that it was trained on, its error grows along a
//! true symmetry too, and the audit refutes it. What the audit says even then is which directions are the least bad, and a
//! symmetry group gives itself away by structure: the least bad directions span a standard algebra, which directions without
//! a reason do not. Such an algebra is put to a test that needs no extrapolation: the plain networks, trained on along its
//! whole group, must not become worse on the data as it is than trained on plainly. A true symmetry is worth more data; a wrong one is a wrong lesson.

use nalgebra::{DMatrix, DVector};

use super::StageError;
use super::discovered::{EXTENT, NEAR};
use super::group::Sampled;
use crate::discover::audit::{Direction, NATURAL_FLOOR, remainder};
use crate::discover::ensemble::Ensemble;
use crate::discover::evidence::{Interval, SUPPORT_LIMIT, bootstrap_ratio};
use crate::discover::procedure::{Course, DEAD, Discovery, Findings, Outcome};
use crate::discover::verdict::{SIGNIFICANCE, Verdict};
use crate::engine::{Kernels, Streams};
use crate::lie::bracket::generated;
use crate::lie::identify::{Conjugacy, Identification, chance_near, circles, identify, standard_near};
use crate::lie::space::SearchSpace;
use crate::lie::subspace::{inside, orthonormalise};
use crate::train::problem::shuffle;
use crate::train::{GroupSource, Session};

/// Rows on which losses are compared.
const ROWS: usize = 8000;
/// Largest principal angle (radians) to a standard algebra. Wider than for what the audit accepts: the algebra itself is
/// tested, not the span. Random spans of several directions are hardly ever so near.
const SIMILAR: f64 = 0.35;
/// Directions of circles may be as far off as one in so many random ones is near to any: from images that are turned by up to
/// 45°, say, the flow along ellipses is as good as that along circles.
const ONE_IN: f64 = 20.0;
/// What is seen along a whole group takes longer to learn: where the first comparison is open, both sides go on for so many
/// times as many steps.
const LONGER: usize = 3;
/// Whether all networks are trained, and for how many times the audit's steps: one first, which is enough to see that there is
/// no hope; then all; then all for longer.
const ROUNDS: [(bool, usize); 3] = [(false, 1), (true, 1), (true, LONGER)];
/// Ratios above this do not become less than 1 by longer training.
const HOPELESS: f64 = 1.5;
/// Trained directions are candidates if they have this share of the strongest one's strength.
const ALIVE: f64 = 0.4;
/// Random spans that tell how telling it is to lie near a standard algebra.
const CHANCES: usize = 200;
/// Algebras that are put to the test, at most.
const MOST: usize = 3;
/// Cosine above which two directions are the same one.
const SAME: f64 = 0.99;
/// Parts of a bracket below this are taken for noise.
const NOISE: f64 = 0.2;

/// An algebra that the audit did not accept, and training along its group did.
pub struct SecondLook {
    pub identification: Identification,
    /// The directions that it was recognised by, unit coefficients in whitened directions.
    pub span: Vec<DVector<f64>>,
    /// Loss on unseen rows of networks trained along the group, over that of plain ones.
    pub ratio: Interval,
}

impl SecondLook {
    /// For the notes of the `groups` table.
    pub fn note(&self) -> String {
        format!(
            "plain networks do not see {}; trained along it, the loss on unseen rows is {:.2} times theirs ({:.2} to {:.2})",
            self.identification.name, self.ratio.value, self.ratio.low, self.ratio.high
        )
    }
}

/// Looks for a standard algebra beyond what the audit accepted, the largest first.
///
/// # Errors
/// Interruption, divergence, checkpoints that cannot be written.
pub fn second_look<D: Kernels>(
    discovery: &Discovery<'_>,
    findings: &Findings<D>,
    space: &SearchSpace,
    device: &D,
    session: &dyn Session,
) -> Result<Option<SecondLook>, StageError> {
    if findings.outcome() == Outcome::NoSkill {
        return Ok(None);
    }
    let hypotheses = hypotheses(findings, space, &discovery.streams);
    if hypotheses.is_empty() {
        return Ok(None);
    }
    let (problem, streams) = (discovery.problem, &discovery.streams);
    let mut rows = discovery.rows.to_vec();
    shuffle(&mut rows, &mut streams.get("second-look", 0));
    rows.truncate(ROWS);
    let confidence = discovery.settings.audit.confidence;
    // Plain networks that went on for as long as the others have, made when they are needed.
    let mut plain: Vec<Ensemble<D>> = Vec::new();
    for (number, Hypothesis { span, identification }) in hypotheses.into_iter().enumerate() {
        let source = Sampled(identification.sampler(EXTENT));
        let mut along: Option<Ensemble<D>> = None;
        for (round, (all, longer)) in ROUNDS.into_iter().enumerate() {
            let networks = if all { findings.ensemble.members.len() } else { 1 };
            let train = |name: &str, group: Option<&dyn GroupSource>, before: Option<&Ensemble<D>>| {
                let start = before.filter(|_| longer > 1).or(Some(&findings.ensemble));
                let name = format!("{name}-{longer}-");
                let course = Course { group, start, networks };
                discovery.ensemble((&name, longer), &findings.folds, course, device, session)
            };
            if plain.len() <= round {
                plain.push(train("second-plain", None, plain.last())?);
            }
            let trained = train(&format!("second{number}"), Some(&source), along.as_ref())?;
            let seen: Vec<usize> = rows.iter().copied().filter(|&i| findings.folds.fold(i) < networks).collect();
            let losses = |e: &Ensemble<D>| e.losses(problem, &seen, &findings.folds.of(&seen));
            let pairs = losses(&trained).into_iter().zip(losses(&plain[round]));
            let grouped: Vec<(usize, f64, f64)> =
                seen.iter().zip(pairs).map(|(&i, (a, p))| (problem.group(i), a, p)).collect();
            along = Some(trained);
            let ratio = bootstrap_ratio(&grouped, confidence, &mut streams.get("second-look", 1));
            session.event(
                "second_look",
                serde_json::json!({
                    "model": discovery.label, "name": identification.nearest, "rank": span.len(), "angle": identification.angle,
                    "steps": longer * discovery.settings.audit.steps, "networks": networks, "ratio": ratio.value, "low": ratio.low, "high": ratio.high,
                }),
            );
            if all && ratio.high <= 1.0 {
                return Ok(Some(SecondLook { identification, span, ratio }));
            }
            if ratio.low > HOPELESS {
                break;
            }
        }
    }
    Ok(None)
}

/// A standard algebra and the directions that it was recognised by.
struct Hypothesis {
    span: Vec<DVector<f64>>,
    identification: Identification,
}

/// Standard algebras near spans of the audit's least bad directions or of the trained basis: larger than what was accepted,
/// holding it, and generated by the part of it that stays on the data's support (the brackets of symmetries are symmetries,
/// so that part answers for the rest). The largest first; of equally large ones the nearest.
fn hypotheses<D: Kernels>(findings: &Findings<D>, space: &SearchSpace, streams: &Streams) -> Vec<Hypothesis> {
    let audit = &findings.audit;
    let accepted: Vec<_> =
        audit.directions.iter().filter(|d| d.verdict == Verdict::Accepted).map(Direction::vector).collect();
    // Directions that random ones equal are no candidates.
    let own = audit.directions.iter().filter(|d| !d.trained).take_while(|d| d.p_value <= SIGNIFICANCE).count();
    let by_audit = (1..=own).map(|rank| audit.candidate_span(rank));
    let least = findings.strengths.first().map_or(DEAD, |s| (ALIVE * s).max(DEAD));
    let alive = findings.strengths.iter().take_while(|&&s| s >= least).count();
    let by_training = (1..=alive).map(|rank| findings.trained[..rank].to_vec());
    let mut found: Vec<Hypothesis> = Vec::new();
    for span in by_audit.chain(by_training) {
        let beyond = span.len() > accepted.len() && span.len() < findings.support.directions.len();
        if !beyond || accepted.iter().any(|a| remainder(a, &span).norm() > 0.5) {
            continue;
        }
        for identification in standard(&span, findings, space) {
            let hypothesis = Hypothesis { span: span.clone(), identification };
            match found.iter_mut().find(|h| h.algebra() == hypothesis.algebra() && h.span.len() == span.len()) {
                Some(other) if other.identification.angle > hypothesis.identification.angle => *other = hypothesis,
                Some(_) => {}
                None => found.push(hypothesis),
            }
        }
    }
    found.retain(|h| h.is_telling(space, streams));
    // Of a compact group the whole is tested, of another one a bounded part.
    let order = |h: &Hypothesis| (std::cmp::Reverse(h.span.len()), !h.is_compact(), h.identification.angle);
    found.sort_by(|a, b| order(a).partial_cmp(&order(b)).unwrap_or(std::cmp::Ordering::Equal));
    found.truncate(MOST);
    found
}

impl Hypothesis {
    fn is_compact(&self) -> bool {
        self.identification.sampler(EXTENT).is_compact()
    }

    /// Whether it is no chance that the span lies so near to a standard algebra. A single direction always lies near some
    /// direction: there the test has to tell, which it does for a whole circle, and for others only where they are found
    /// nearly exactly.
    fn is_telling(&self, space: &SearchSpace, streams: &Streams) -> bool {
        let (rank, angle) = (self.span.len(), self.identification.angle);
        if rank == 1 {
            return self.is_compact() || angle <= NEAR;
        }
        chance_near(rank, angle, space, CHANCES, &mut streams.get("second-look-chance", rank as u64)) <= SIGNIFICANCE
    }

    /// The standard algebra with its coordinates.
    fn algebra(&self) -> &str {
        &self.identification.nearest
    }
}

/// The standard algebras near a span that the part of the span on the data's support generates: of several directions the
/// nearest one, of a single direction, which need not be very near, all.
fn standard<D: Kernels>(span: &[DVector<f64>], findings: &Findings<D>, space: &SearchSpace) -> Vec<Identification> {
    let support = &findings.support;
    let matrices: Vec<DMatrix<f64>> = span.iter().map(|u| support.combine(u)).collect();
    let near = match span.len() {
        1 => standard_near(&matrices, space, similar_direction(space.basis.len(), circles(space))),
        _ => identify(&matrices, space, SIMILAR).map(|id| vec![id]),
    };
    // As for the audit's verdicts: off the support is what surely is. A span's directions were judged one by one; the audit's
    // sharpened ones were not.
    let judged = |u: &DVector<f64>| findings.audit.directions.iter().find(|d| d.vector().dot(u).abs() > SAME);
    let on_support = |u: &DVector<f64>| match judged(u) {
        Some(direction) => direction.verdict != Verdict::NotIdentifiable,
        None => (u.transpose() * &support.off * u)[0] <= SUPPORT_LIMIT * support.natural.max(NATURAL_FLOOR),
    };
    let is_generated = |id: &Identification| {
        let Some(exact) = id.snapped.as_ref().filter(|_| id.conjugacy == Conjugacy::Standard) else { return false };
        let algebra = orthonormalise(&exact.exact.basis());
        let seen: Vec<DMatrix<f64>> =
            span.iter().zip(&matrices).filter(|(u, _)| on_support(u)).map(|(_, l)| inside(&algebra, l)).collect();
        generated(&seen, NOISE).len() == span.len()
    };
    near.unwrap_or_default().into_iter().filter(is_generated).collect()
}

/// The angle within which one in [`ONE_IN`] random directions of a space of that dimension lies to any of so many given ones, at
/// least [`SIMILAR`]: ∫₀^θ sin^(p−2) = ∫₀^(π/2) sin^(p−2) / (ONE_IN · many), which overlaps make an upper bound.
fn similar_direction(dimension: usize, many: usize) -> f64 {
    const PARTS: usize = 2000;
    let step = std::f64::consts::FRAC_PI_2 / PARTS as f64;
    let height = |i: usize| ((i as f64 + 0.5) * step).sin().powf(dimension as f64 - 2.0);
    let whole: f64 = (0..PARTS).map(height).sum();
    let mut sum = 0.0;
    for i in 0..PARTS {
        sum += height(i);
        if sum >= whole / (ONE_IN * many.max(1) as f64) {
            return (i as f64 * step).max(SIMILAR);
        }
    }
    SIMILAR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_twenty_directions_are_that_near_to_any_of_the_circles() {
        use rand::RngExt;
        let mut rng = crate::engine::Streams::new(3).get("test", 0);
        for (dimension, many) in [(4, 1), (6, 1), (9, 3), (16, 6)] {
            let limit = similar_direction(dimension, many);
            let near = (0..20_000).filter(|_| {
                let v: Vec<f64> =
                    (0..dimension).map(|_| (0..12).map(|_| rng.random_range(-0.5..0.5)).sum::<f64>()).collect();
                let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
                v[..many].iter().any(|x| x.abs() >= limit.cos() * norm)
            });
            let share = near.count() as f64 / 20_000.0;
            let expected = if limit > SIMILAR { 0.03..0.056 } else { 0.0..0.056 };
            assert!(expected.contains(&share), "{dimension}, {many}: {share} within {limit}");
        }
    }
}
