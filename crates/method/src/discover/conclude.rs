//! From evidence to a conclusion: the group is named, made exact if that fits the data, and the part of it that holds
//! is marked.

use nalgebra::{DMatrix, DVector};

use super::Discovery;
use super::algebra::{exact_basis, name_span};
use super::audit::extent::{SIZES, natural_parameter};
use super::audit::judge::SIGNIFICANCE;
use super::audit::{Audit, Direction};
use super::breaking::{APPROXIMATE, Basis, Breaking, Claim, Outcome};
use super::conclusion::{self, Conclusion, Rest, WORSE};
use super::findings::Findings;
use super::second_look::SecondLook;
use super::span::{orthonormal, remainder};
use super::verdict::Verdict;
use crate::fit::TrainError;
use crate::fit::groups::{Orbit, Sampled, Within};
use crate::motion::DEFAULT_EXTENT;
use semola_lie::identify::{Conjugacy, Identification, UNNAMED};

/// Largest share of a bracket outside the span that still counts as closed.
const CLOSED: f64 = 0.15;
/// Trained directions are listed beside the accepted ones if more than this of them lies outside.
const OUTSIDE: f64 = 0.3;

/// Largest coefficient at which a group without rotations is tested, in units of the natural parameter.
const REACH: f64 = 1.0;
/// Skill from which networks count as good enough for a claim to stand although no bound on its breaking is within the tolerance.
/// Networks that know less of the function profit from fewer parameters along a false group: on 467 rows without a symmetry, at a
/// skill of 0.81, so(2) lowered the loss by a fifth.
pub(super) const GOOD: f64 = 0.9;

/// Skill below which no claim is approximate: noise is more than half of what varies, and networks that know as little choose a basis that
/// can be far off (on 1454 rows, at a skill of 0.34, a hidden so(1,2) with a bound of 4 % broke by a fifth along one of its directions).
const CERTAIN: f64 = 0.5;

/// A bound that excludes nothing: all that the target varies by.
const NOTHING: f64 = 1.0;

/// What a conclusion is drawn from.
pub enum Evidence {
    /// The audit, which tested direction by direction.
    Audit(Audit),
    /// A test of a whole group, and the audit before it.
    SecondLook(Audit, Box<SecondLook>),
}

impl Evidence {
    /// The audit; after a second look with the directions of that group accepted.
    fn audit(&self) -> Audit {
        match self {
            Self::Audit(audit) => audit.clone(),
            Self::SecondLook(audit, look) => audit.claiming(&look.span),
        }
    }
}

/// The result of one kind of evidence.
pub(super) struct Judgement {
    verdict: Verdict,
    identification: Identification,
    notes: Vec<String>,
    within: Option<Within>,
    extent: Option<f64>,
    p_value: Option<f64>,
    audit: Audit,
    /// Whether the group was tested as a whole, because plain networks do not see it.
    whole: bool,
}

impl Judgement {
    /// The name of the algebra: with its coordinates if it is a standard one, and else with its dimension.
    pub(super) fn name(&self) -> String {
        let id = &self.identification;
        match self.is_exact() {
            true => id.nearest.clone(),
            false => format!("{} of {} dimensions", id.name, id.rank),
        }
    }

    /// Whether the basis is that of a standard algebra in its own coordinates.
    pub(super) fn is_exact(&self) -> bool {
        self.identification.snapped.is_some() && self.identification.conjugacy == Conjugacy::Standard
    }

    /// How well the basis is known.
    pub(super) fn basis(&self) -> Basis {
        match self.is_exact() {
            true => Basis::Exact,
            false if self.is_telling() && self.identification.rank > 1 => Basis::Estimated,
            false => Basis::Free,
        }
    }

    /// The group that is claimed, as it is tested: rotations as a whole, otherwise what lies near the identity.
    pub(super) fn claimed(&self, findings: &Findings) -> Option<Orbit> {
        let id = &self.identification;
        let all = id.sampler(DEFAULT_EXTENT);
        let image = findings.support.is_of_images;
        let whole = self.within.is_none() && (all.is_compact() || all.turns() && !image);
        self.verdict.claims().then(|| match whole {
            true => Orbit::Whole(Sampled(all)),
            false => Orbit::Within(within(id, REACH, findings)),
        })
    }

    /// The verdict after the claim was tested.
    pub(super) fn after(&self, breaking: Option<&Breaking>, tolerance: f64) -> Verdict {
        let Some(breaking) = breaking else { return self.verdict };
        match breaking.outcome(tolerance) {
            Outcome::Broken => Verdict::Undecided,
            // Rows that exclude nothing at all support nothing: a standard so(2) 28° off a hidden so(3) reduced the loss of 390 rows.
            Outcome::Open
                if breaking.bound <= NOTHING && self.is_telling() && self.is_well_supported(breaking, tolerance) =>
            {
                self.verdict
            }
            // Moved rows lie where there are no data: training along the group has to speak for it, with good networks. Poor ones
            // profit from fewer parameters along a false group, too.
            Outcome::Open if !(self.whole && self.gains_with_good_networks(breaking)) => Verdict::Undecided,
            _ if self.within.is_none() && breaking.worse.is_some_and(|worse| worse > WORSE) => Verdict::Undecided,
            Outcome::Holds | Outcome::Approximate if self.hides_a_direction(breaking, tolerance) => Verdict::Undecided,
            Outcome::Holds | Outcome::Approximate if self.is_a_loose_pair(breaking, tolerance) => Verdict::Undecided,
            Outcome::Holds if self.is_roughly_known() => Verdict::Approximate,
            // Any function varies little along some direction: being small speaks for a symmetry only where it is one with a name, or
            // where random directions do worse.
            Outcome::Holds if self.turns_as_a_whole() => self.verdict,
            Outcome::Holds if !self.is_telling() && !self.is_well_supported(breaking, tolerance) => Verdict::Undecided,
            Outcome::Approximate if self.basis() == Basis::Free || !self.is_telling() => Verdict::Undecided,
            Outcome::Approximate if self.audit.skill < CERTAIN => Verdict::Undecided,
            Outcome::Approximate => Verdict::Approximate,
            Outcome::Holds | Outcome::Open => self.verdict,
        }
    }

    /// The directions that may not stay in the claim, by their places among those tested. Of a span without a name each that the rows
    /// contradict by itself, however little it breaks and however many there are, or of which they do not exclude a breaking beyond the
    /// tolerance: what hardly changes the target is easily found beside a symmetry.
    pub(super) fn refuted(&self, breaking: &Breaking, tolerance: f64) -> Vec<usize> {
        match breaking.outcome(tolerance) {
            Outcome::Broken => breaking.refuted(tolerance),
            _ if self.is_nameless() => breaking.doubted(tolerance),
            _ => Vec::new(),
        }
    }

    /// Whether it is an algebra in coordinates that networks of little skill have estimated: one of its directions may break more than the
    /// group does on average (a hidden so(3) that was 19° off, at a skill of 0.6: 2.9 % with a bound of 1.8 %). A circle among them.
    fn is_roughly_known(&self) -> bool {
        let named = self.is_telling() || self.turns_as_a_whole();
        self.basis() != Basis::Exact && named && self.audit.skill < GOOD
    }

    /// Whether the rows leave open that one direction of an algebra in estimated coordinates breaks far more than the group does in the mean:
    /// u(2) lies in an so(4) four of whose six directions hold, and of a t(3) two may be symmetries.
    fn hides_a_direction(&self, breaking: &Breaking, tolerance: f64) -> bool {
        self.basis() == Basis::Estimated && !breaking.doubted(APPROXIMATE * tolerance).is_empty()
    }

    /// Whether the claim is two directions in estimated coordinates for which not more speaks than their closing: twelve numbers of a frame of
    /// R⁴ choose a turn and a boost that commute. (Of five on unused random tasks two were false, with bounds of 1.7 and 3.1 % for 3.4 and 7.1 %.)
    fn is_a_loose_pair(&self, breaking: &Breaking, tolerance: f64) -> bool {
        let pair = self.basis() == Basis::Estimated && self.identification.rank == 2;
        pair && !(self.gains_with_good_networks(breaking) && breaking.doubted(tolerance).is_empty())
    }

    /// Whether the claim is several directions that are no algebra with a name; or translations in estimated coordinates, any of which close,
    /// alone or with one direction more: nearly every single direction is a shear, a turn or a boost in some basis, and closes with them.
    pub(super) fn is_nameless(&self) -> bool {
        let id = &self.identification;
        let number = |part: &str| part.strip_prefix("t(")?.strip_suffix(')')?.parse::<usize>().ok();
        let moves: usize = id.name.split('+').filter_map(number).sum();
        let beside = id.conjugacy != Conjugacy::Standard && moves > 0 && id.rank <= moves + 1;
        id.rank > 1 && (id.name == UNNAMED || beside)
    }

    /// Whether the networks are good, each direction passed the audit's own test, and training along the group reduced the loss:
    /// such a claim stands unless the labels refute it, and the note says what they exclude. What nearly every function has somewhere must be
    /// bounded direction by direction, too.
    fn is_well_supported(&self, breaking: &Breaking, tolerance: f64) -> bool {
        if !self.is_telling() && !breaking.doubted(tolerance).is_empty() {
            return false;
        }
        let own: Vec<f64> = self.audit.accepted().filter(|d| !d.trained).map(|d| d.p_adjusted).collect();
        let all = own.len() >= self.audit.span.len() && own.iter().all(|p| *p <= SIGNIFICANCE);
        all && self.gains_with_good_networks(breaking)
    }

    /// Whether the claim is a compact group as a whole: its bound is a share of all that networks explain, so that the smallness of
    /// moves cannot make it small.
    fn turns_as_a_whole(&self) -> bool {
        self.within.is_none() && self.identification.sampler(DEFAULT_EXTENT).is_compact()
    }

    fn gains_with_good_networks(&self, breaking: &Breaking) -> bool {
        self.audit.skill >= GOOD && breaking.worse.is_some_and(|worse| worse < -WORSE)
    }

    /// Whether hardly any span has the algebra's name: nearly every single direction is something in some basis.
    fn is_telling(&self) -> bool {
        let id = &self.identification;
        let whole = id.rank > 1 || id.conjugacy == Conjugacy::Standard;
        id.name != UNNAMED && !self.is_nameless() && whole
    }

    /// What is tested by itself: of an algebra with a name its generators, and else the accepted directions.
    pub(super) fn directions(&self, findings: &Findings) -> Vec<DMatrix<f64>> {
        match self.is_nameless() {
            true => self.accepted().map(|(_, u)| findings.support.combine(u)).collect(),
            false => exact_basis(&self.identification),
        }
    }

    /// The accepted directions with their places in the audit.
    fn accepted(&self) -> impl Iterator<Item = (usize, &DVector<f64>)> {
        let accepted = |(i, d): (usize, &'_ Direction)| (d.verdict == Verdict::Accepted).then_some(i);
        let places = self.audit.directions.iter().enumerate().filter_map(accepted);
        places.map(|i| (i, &self.audit.directions[i].u))
    }

    /// The audit with what is left of the claim, if something of it may not stay: without the directions at these places, or of a group of
    /// which some parts are within the tolerance and others cannot be bounded those parts. Of a group that was tested as a whole nothing
    /// is left but the audit before it.
    pub(super) fn rest(
        &self,
        refuted: &[usize],
        (breaking, claim): (&Breaking, &Claim<'_>),
        (evidence, findings): (&Evidence, &Findings),
    ) -> Option<Audit> {
        if refuted.is_empty() {
            let held = claim.parts.iter().zip(&breaking.parts).filter(|(_, holds)| **holds);
            let held: Vec<DVector<f64>> =
                held.flat_map(|(part, _)| part.generators().into_iter().map(|l| findings.unit(&l))).collect();
            let some = !held.is_empty() && breaking.parts.contains(&false);
            return some.then(|| self.audit.claiming(&held));
        }
        if let Evidence::SecondLook(audit, _) = evidence {
            return Some(audit.clone());
        }
        let places: Vec<usize> = self.accepted().map(|(place, _)| place).collect();
        if self.is_nameless() {
            let places: Vec<usize> = refuted.iter().map(|&i| places[i]).collect();
            return Some(self.audit.clone().without(&places));
        }
        let left = claim.directions.iter().enumerate().filter(|(i, _)| !refuted.contains(i));
        let left: Vec<DVector<f64>> = left.map(|(_, l)| findings.unit(l)).collect();
        Some(if left.is_empty() { self.audit.clone().without(&places) } else { self.audit.claiming(&left) })
    }

    /// The parts of a group that is claimed as a whole, where it has several: what breaks one of them little beside what the others move.
    pub(super) fn parts(&self, group: &Orbit) -> Vec<Orbit> {
        match group {
            Orbit::Whole(all) if self.identification.is_named() => {
                let parts: Vec<Orbit> = all.0.factors().into_iter().map(|part| Orbit::Whole(Sampled(part))).collect();
                if parts.len() > 1 { parts } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }
}

/// What one kind of evidence says, before the claim is tested.
///
/// # Errors
/// If the generators are not finite.
pub(super) fn judge(
    discovery: &Discovery<'_>,
    findings: &Findings,
    evidence: &Evidence,
) -> Result<Judgement, TrainError> {
    match evidence {
        Evidence::Audit(_) => by_audit(discovery, findings, evidence.audit()),
        Evidence::SecondLook(_, look) => Ok(by_second_look(discovery, findings, evidence.audit(), look)),
    }
}

/// The accepted span is named and made exact, unless that hurts; it has to be closed under brackets.
fn by_audit(discovery: &Discovery<'_>, findings: &Findings, audit: Audit) -> Result<Judgement, TrainError> {
    let mut notes = notes(discovery, findings, &audit);
    let found = findings.matrices(audit.accepted_span());
    let (identification, note) = name_span(&found, discovery, findings)?;
    notes.extend(note);
    let mut verdict = audit.verdict();
    if verdict == Verdict::Accepted && identification.closure_residual > CLOSED {
        notes.push(format!("the accepted span does not close (residual {:.2})", identification.closure_residual));
        verdict = Verdict::Undecided;
    }
    let accepted = verdict == Verdict::Accepted;
    let limit = audit.limit().filter(|_| accepted);
    let within = limit.map(|limit| within(&identification, limit, findings));
    let extent = audit.extent().filter(|_| accepted);
    let p_value = audit.p_value();
    Ok(Judgement { verdict, identification, notes, within, extent, p_value, audit, whole: false })
}

/// The group was tested as a whole: it is the tested algebra, and no direction of it has its own extent or p-value.
fn by_second_look(discovery: &Discovery<'_>, findings: &Findings, audit: Audit, look: &SecondLook) -> Judgement {
    let mut notes = notes(discovery, findings, &audit);
    notes.push(look.note());
    let (verdict, identification) = (audit.verdict(), look.identification.clone());
    Judgement { verdict, identification, notes, within: None, extent: None, p_value: None, audit, whole: true }
}

/// Notes on the search, whatever it found.
fn notes(discovery: &Discovery<'_>, findings: &Findings, audit: &Audit) -> Vec<String> {
    let mut notes = Vec::new();
    let (support, trained) = (&findings.support, findings.trained.rank);
    let (accepted, q) = (audit.span.len(), support.directions.len());
    if !support.null.is_empty() {
        let all = discovery.space.basis.len();
        notes.push(format!("{} of {all} directions do not move the data", support.null.len()));
    }
    if !support.looked_at {
        notes.push(
            "where the data's support ends was not looked at: that needs many more rows than dimensions, and no images or \
             sets of points that differ in number"
                .to_owned(),
        );
    }
    if accepted > 0 && accepted == q {
        notes.push("every direction of the search space was accepted: look for a larger space".to_owned());
    }
    if accepted > 0 && trained != accepted {
        notes.push(format!("training alone found {trained} directions, the audit {accepted}"));
    }
    notes
}

/// The part of the group up to a size of the coefficients.
fn within(id: &Identification, limit: f64, findings: &Findings) -> Within {
    let size = |l: &DMatrix<f64>| findings.support.coefficients(l).norm().max(1e-12);
    let generators = exact_basis(id).iter().map(|l| natural_parameter(&(l / size(l)))).collect();
    Within { generators, limit: limit.max(SIZES[0] / 2.0) }
}

/// Combines the judgement with what the rows say against it, and with all findings.
pub(super) fn conclude(
    findings: &Findings,
    judgement: Judgement,
    breaking: Option<Breaking>,
    tolerance: f64,
) -> Conclusion {
    let verdict = judgement.after(breaking.as_ref(), tolerance);
    let roughly = verdict == Verdict::Approximate && judgement.is_roughly_known();
    let Judgement { identification, mut notes, within, extent, p_value, audit, .. } = judgement;
    notes.extend(breaking.as_ref().map(|b| b.note(tolerance)));
    if roughly {
        notes.push(format!("its coordinates are estimated, by networks of skill {:.2}", audit.skill));
    }
    let group = verdict.claims().then(|| Sampled(identification.sampler(DEFAULT_EXTENT)));
    let accepted = orthonormal(&audit.span);
    let trained = findings.trained.directions.iter().zip(&findings.trained.strengths);
    let rest = trained.filter_map(|(u, &strength)| {
        let outside = remainder(u, &accepted);
        let matrix = || findings.support.combine(&outside.normalize());
        (outside.norm() > OUTSIDE).then(|| Rest { matrix: matrix(), strength })
    });
    let directions = audit.directions.into_iter().map(|judged| conclusion::Direction {
        matrix: findings.support.combine(&judged.u),
        strength: findings.strength(&judged.u),
        judged,
    });
    let strength = |l: &DMatrix<f64>| findings.strength(&findings.unit(l));
    Conclusion {
        verdict,
        strengths: exact_basis(&identification).iter().map(strength).collect(),
        identification,
        group,
        within,
        extent,
        p_value,
        notes,
        breaking,
        directions: directions.collect(),
        rest: rest.collect(),
        null: findings.support.null.clone(),
        skill: audit.skill,
        random_excess: audit.random_excess,
        resolution: findings.trained.resolution,
    }
}
