//! The orthogonality test of a claimed group with networks trained for it, and the bound on the breaking.

use semola_engine::ops::loss::Loss;
use semola_engine::{Backend, Streams};
use semola_lie::statistics::{Mean, median};

use super::dictionary::Dictionary;
use super::injection::Injection;
use super::orthogonality::{CLIP, First, Outputs, orthogonality};
use super::pairs::{Movement, Pairs};
use super::quadratic::{Moments, Quadratic};
use super::reference::reference;
use super::residual::{ResidualNetworks, Residuals};
use super::screen::{FAMILIAR, REACH, Screen, along};
use super::symmetrised::left_over;
use super::{APPROXIMATE, Against, BLIND, BOUND, Basis, Breaking, CONTRADICTED, LEVEL, Outcome};
use crate::discover::Discovery;
use crate::discover::audit::extent::natural_parameter;
use crate::discover::ensemble::{Ensemble, row_spreads};
use crate::discover::findings::Findings;
use crate::discover::networks::EnsembleFit;
use crate::fit::groups::{Orbit, Sampled, Within};
use crate::fit::{Augmentation, Problem, Session, TrainError};
use crate::motion::DEFAULT_EXTENT;
use nalgebra::DMatrix;
use semola_lie::{ExactAlgebra, GroupSampler, NamedAlgebra, Part, expm};

/// Moved rows of a test, and the least and greatest number of times that each row is moved. Most of the error of T is between rows: for single
/// directions, and for a claim before anything is trained along it, fewer do.
const MOVES: usize = 32_000;
const DRAWS: [usize; 2] = [4, 16];
const FEW_DRAWS: usize = 2;
/// Recovered shares below this count as this.
const LEAST_SEEN: f64 = 1e-3;
/// Standard errors of a one-sided 95 % bound.
const CERTAIN: f64 = 1.645;
/// Breakings that are put in, and moves of each row, where functions are looked at instead of networks.
const INJECTIONS: u64 = 8;
const MOMENT_DRAWS: usize = 8;
/// What bounds are multiplied by where the coordinates are estimated: by networks, along directions in which these see least. Of 30 such claims
/// (random tasks 101791 to 102190) 10 broke by more than the bound without it, and 4 by more than 1.5 times that; of 42 others none.
const CHOSEN: f64 = 1.5;
/// Entries of a full turn less one up to which it is one.
const TURNED: f64 = 1e-6;
/// The fold whose networks learn injected breakings.
const INJECTED: usize = 0;

/// A claim to be tested.
pub struct Claim<'a> {
    pub group: &'a Orbit,
    /// Its parts, where it has several: each is tested by itself, too.
    pub parts: &'a [Orbit],
    /// Its directions, each of which is tested by itself.
    pub directions: &'a [DMatrix<f64>],
    /// How well its basis is known.
    pub basis: Basis,
    /// In the names of checkpoints and streams.
    pub label: String,
}

/// Trains networks along the group and on what they leave, and tests the group and each of its directions.
///
/// # Errors
/// Interruption, divergence, checkpoints that cannot be written.
pub fn measure(
    screen: &Screen<'_>,
    claim: &Claim<'_>,
    device: &Backend,
    session: &dyn Session,
) -> Result<Breaking, TrainError> {
    let Screen { discovery, findings, all: pairs, .. } = screen;
    let (problem, label) = (discovery.problem, &claim.label);
    discovery.begins(&format!("claim{label}-test"), session);
    let streams = discovery.own_streams().scope(&format!("breaking{label}"));
    let draws = (MOVES / pairs.rows.len().max(1)).clamp(DRAWS[0], DRAWS[1]);
    let trained = Networks { discovery, findings, claim, device, session };
    let root = &claim.group.root();
    let measured = Measured { trained: &trained, pairs, group: claim.group, root, draws, streams: &streams };
    let plain = &findings.plain;
    let tolerance = discovery.settings.audit.tolerance;
    let (inputs, outputs) = (problem.inputs(), problem.outputs());
    let of_plain: &Outputs<'_> = &|x, folds| plain.unseen(problem, x, folds);
    let by_moments = !pairs.law.has_images();
    if by_moments {
        // Nothing is trained along what the errors of the plain networks contradict.
        let amounts = measured.amounts(&[plain], tolerance);
        let few = Measured { draws: FEW_DRAWS, ..measured };
        let first = Seen::Moments(few.moments().of(of_plain), None);
        // Errors of plain networks, where the fitted law is not quite that of the inputs, add a little even for an exact basis.
        let basis = if claim.basis == Basis::Exact { Basis::Free } else { claim.basis };
        let directions = measured.along_each(plain, None, (&amounts, false));
        let breaking = Breaking { basis, directions, ..few.by_group(plain, None, &first, &amounts) };
        let one = breaking.directions.iter().any(|d| d.is_contradicted(tolerance));
        let whole = breaking.z > CONTRADICTED && breaking.breaks_as_a_whole(tolerance);
        if whole || one && breaking.outcome(tolerance) == Outcome::Broken {
            return Ok(breaking);
        }
    }
    let f = trained.along()?;
    discovery.begins(&format!("claim{label}-test"), session);
    let amounts = measured.amounts(&[plain, &f], tolerance);
    let breaking = if by_moments {
        let of_f: &Outputs<'_> = &|x, folds| f.unseen(problem, x, folds);
        let seen = Seen::Moments(measured.moments().of(of_f), Some(measured.rough_moments().of(of_f)));
        let breaking = measured.breaking(&f, Some(of_plain), &seen, &amounts);
        let breaking = match breaking.outcome(tolerance) {
            Outcome::Holds | Outcome::Approximate => measured.each_bounded(screen, breaking, (&f, of_plain), tolerance),
            Outcome::Broken | Outcome::Open => breaking,
        };
        let parts = claim.parts.iter().enumerate();
        let parts = parts.map(|(i, part)| measured.of_part(i, part, &f, Some(of_plain), tolerance));
        parts.fold(breaking, |all, part| all.with_part(part, tolerance))
    } else {
        let (h, seen) = measured.by_networks(&f, &amounts)?;
        let of_residuals: &Outputs<'_> = &|x, folds| h.outputs(x, inputs, outputs, folds);
        measured.breaking(&f, Some(of_residuals), &seen, &amounts)
    };
    Ok(Breaking { worse: Some(worse(discovery, findings, &f, &pairs.rows)), ..breaking })
}

/// What a breaking is compared with.
struct Amounts {
    /// What the target varies by along moves as large.
    varies: f64,
    /// Variance that networks explain, and its share of all.
    explained: f64,
    known: f64,
    tolerance: f64,
}

/// How a breaking was looked for.
pub(super) enum Seen {
    /// By the errors of plain networks alone: they bound nothing.
    Errors,
    /// In the span of a dictionary, and in that of a rougher one.
    Moments(Quadratic, Option<Quadratic>),
    /// By networks that recover at least this share of the amplitude of one that is put in.
    Networks(f64),
}

impl Seen {
    /// The shares that follow, with the mean T, which plain networks bias where moved rows are not `familiar`; other figures of the breaking are left empty.
    pub(super) fn excluded(&self, (mean, familiar): (Mean, bool), varies: f64) -> Breaking {
        let none = Breaking {
            z: mean.z(),
            share: 0.0,
            bound: 1.0,
            least: 0.0,
            seen: 0.0,
            accepted: 0.0,
            rows: 0,
            basis: Basis::Free,
            directions: Vec::new(),
            parts: Vec::new(),
            worse: None,
        };
        // Blind networks, or functions, exclude nothing.
        let excludes = |seen: f64, bound: f64| if seen < BLIND { bound.max(1.0) } else { bound };
        // What is seen is less than what is there.
        let least = |seen: f64| (mean.value - LEVEL * mean.error) / seen.max(BLIND) / varies;
        match *self {
            Self::Errors => {
                let z = if familiar { none.z } else { 0.0 };
                Breaking { z, share: mean.value / varies, bound: f64::INFINITY, least: least(1.0), seen: 1.0, ..none }
            }
            Self::Networks(seen) => {
                let visible = seen.max(LEAST_SEEN);
                let bound = (mean.value.max(0.0) + BOUND * mean.error) / visible.powi(2) / varies;
                let share = mean.value / visible / varies;
                Breaking { share, bound: excludes(seen, bound), least: least(seen), seen, ..none }
            }
            Self::Moments(q, rough) => {
                // Of the energy; of the amplitude it is the root.
                let (visible, seen) = (q.seen.max(LEAST_SEEN), q.seen.sqrt());
                let bound = excludes(seen, q.most / visible / varies);
                // Plain networks see nearly all that there is.
                let by_mean = familiar && mean.z() > q.z;
                let (z, least) = if by_mean { (mean.z(), least(1.0)) } else { (q.z, q.least / varies) };
                // One more test, and so at a higher level.
                let (z, least) = match rough.filter(|r| r.z > CONTRADICTED && r.z > z) {
                    Some(rough) => (rough.z, rough.least / varies),
                    None => (z, least),
                };
                Breaking { z, share: q.value / visible / varies, bound, least, seen, ..none }
            }
        }
    }
}

/// What the measurements of one claim share.
struct Measured<'a> {
    trained: &'a Networks<'a>,
    pairs: &'a Pairs<'a>,
    group: &'a Orbit,
    root: &'a dyn Movement,
    draws: usize,
    streams: &'a Streams,
}

impl Measured<'_> {
    fn amounts(&self, nets: &[&Ensemble], tolerance: f64) -> Amounts {
        let Networks { discovery, findings, .. } = self.trained;
        let (explained, known) = explained(discovery, findings, nets, &self.pairs.rows);
        let varies = reference(self.pairs, findings, self.group, explained, self.streams);
        Amounts { varies, explained, known, tolerance }
    }

    /// What follows, with f and the outputs h, or f itself, in T; nothing about losses.
    fn breaking(&self, f: &Ensemble, h: Option<&Outputs<'_>>, seen: &Seen, amounts: &Amounts) -> Breaking {
        Breaking { directions: self.along_each(f, h, (amounts, true)), ..self.bounded(f, h, seen, amounts) }
    }

    /// What the moves of the whole group say, and for a compact one what the symmetric part of f leaves.
    fn bounded(&self, f: &Ensemble, h: Option<&Outputs<'_>>, seen: &Seen, amounts: &Amounts) -> Breaking {
        let of_f: &Outputs<'_> = &|x, folds| f.unseen(self.pairs.problem, x, folds);
        let left = by_symmetrising(self.pairs, self.group, of_f, self.streams) / amounts.varies;
        let whole = self.by_group(f, h, seen, amounts);
        Breaking { bound: left.min(whole.bound), ..whole }
    }

    /// The same of a part of the group.
    fn of_part(&self, number: usize, part: &Orbit, f: &Ensemble, h: Option<&Outputs<'_>>, tolerance: f64) -> Breaking {
        let (root, streams) = (&part.root(), &self.streams.scope(&format!("part{number}")));
        let own = Measured { group: part, root, streams, ..*self };
        let of_f: &Outputs<'_> = &|x, folds| f.unseen(self.pairs.problem, x, folds);
        let seen = Seen::Moments(own.moments().of(of_f), None);
        own.bounded(f, h, &seen, &own.amounts(&[&self.trained.findings.plain, f], tolerance))
    }

    /// The same from the moves of the whole group alone.
    fn by_group(&self, f: &Ensemble, h: Option<&Outputs<'_>>, seen: &Seen, amounts: &Amounts) -> Breaking {
        let Self { pairs, trained, streams, .. } = self;
        let f: &Outputs<'_> = &|x, folds| f.unseen(pairs.problem, x, folds);
        let (first, h) = factors(f, h);
        let whole = orthogonality(pairs, self.root, &first, h, self.draws, &streams.scope("group"));
        let varies = amounts.varies * whole.accepted.max(1e-3);
        let excluded = seen.excluded((whole.mean, whole.accepted > FAMILIAR), varies);
        let chosen = if trained.claim.basis == Basis::Exact { 1.0 } else { CHOSEN };
        Breaking {
            accepted: whole.accepted,
            rows: pairs.rows.len(),
            bound: chosen * excluded.bound,
            // Pixels are interpolated.
            basis: if pairs.law.has_images() { Basis::Free } else { trained.claim.basis },
            ..excluded
        }
    }

    /// What the rows say against each direction of the claim; shares that are not asked for are not numbers. `bounded`: those that have to be
    /// bounded by themselves are.
    fn along_each(&self, f: &Ensemble, h: Option<&Outputs<'_>>, (amounts, bounded): (&Amounts, bool)) -> Vec<Against> {
        let Self { pairs, trained, streams, .. } = self;
        let f: &Outputs<'_> = &|x, folds| f.unseen(pairs.problem, x, folds);
        let (first, h) = factors(f, h);
        let each = trained.claim.directions.iter().enumerate().map(|(i, l)| {
            let (streams, within) = (streams.scope(&format!("direction{i}")), along(l));
            let tested = orthogonality(pairs, &within.root(), &first, h, FEW_DRAWS, &streams);
            // Its share is asked for only where the test speaks against it, or where each has to be bounded.
            let each = match trained.claim.basis {
                Basis::Exact => false,
                Basis::Estimated => bounded,
                Basis::Free => true,
            };
            let asked = each || tested.mean.z() > LEVEL;
            let varies =
                || reference(pairs, trained.findings, &Orbit::Within(within.clone()), amounts.explained, &streams);
            let own = Against::of(tested, LEVEL, if asked { varies() } else { f64::NAN });
            // Networks see of a breaking what they see of the target.
            Against { most: own.most / amounts.known, ..own }
        });
        each.collect()
    }

    /// With bounds by moments for directions that T does not contradict but leaves open: each as a whole, if it turns back to where it began.
    fn each_bounded(
        &self,
        screen: &Screen<'_>,
        breaking: Breaking,
        (f, h): (&Ensemble, &Outputs<'_>),
        tolerance: f64,
    ) -> Breaking {
        let claim = self.trained.claim;
        let limit = match claim.basis {
            Basis::Exact => return breaking,
            Basis::Estimated if claim.directions.len() > 2 => APPROXIMATE * tolerance,
            Basis::Estimated | Basis::Free => tolerance,
        };
        let bounded = |(i, (l, own)): (usize, (&DMatrix<f64>, &Against))| {
            if own.z > LEVEL || own.most <= limit {
                return *own;
            }
            let group = circle(l).unwrap_or_else(|| {
                let near = Within { limit: 2.0 * REACH, ..along(l) };
                screen.within_reach(Orbit::Within(near), &format!("{}-{i}", claim.label))
            });
            let whole = self.of_part(i, &group, f, Some(h), tolerance);
            Against { most: own.most.min(whole.bound), ..*own }
        };
        let directions = claim.directions.iter().zip(&breaking.directions).enumerate().map(bounded).collect();
        Breaking { directions, ..breaking }
    }

    /// Moments of functions about as rough as what networks learn, which see a share of breakings that are put in.
    fn moments(&self) -> Moments<'_> {
        drawn_moments((self.pairs, self.root), &self.trained.findings.plain, self.draws, self.streams)
    }

    /// Moments of rougher functions, which only refute.
    fn rough_moments(&self) -> Moments<'_> {
        let (pairs, problem) = (self.pairs, self.pairs.problem);
        let rng = &mut self.streams.scope("moments").get("rough", 0);
        let dictionary = Dictionary::rough(&pairs.law, &problem.x_layout, &pairs.x, problem.outputs(), rng);
        let draws = self.draws.min(MOMENT_DRAWS);
        Moments::new(self.pairs, self.root, (dictionary, Vec::new()), draws, self.streams.scope("moments"))
    }

    /// Networks on what those along the group leave, and how much of an injected breaking they recover.
    fn by_networks(&self, f: &Ensemble, amounts: &Amounts) -> Result<(ResidualNetworks, Seen), TrainError> {
        let Self { trained, pairs, root, streams, .. } = *self;
        let problem = pairs.problem;
        let tolerances = [amounts.tolerance, APPROXIMATE * amounts.tolerance];
        let put_in = [0, 1].map(|number| {
            let (share, rng) = (tolerances[number], &mut streams.get("injected", number as u64));
            let drawn = Injection::draw((problem, &pairs.x), &pairs.law, &trained.findings.plain, rng);
            let own = drawn.at(&pairs.x);
            let energy = energy(pairs, root, (&drawn, &own), streams).max(1e-300);
            // At most as large as all that is explained: where nothing moves, nothing can be seen.
            let size = mean_square(&own, problem.outputs());
            let most = amounts.explained / size.max(1e-300);
            let injection = drawn.times((share * amounts.varies / energy).min(most).sqrt());
            (injection.at(&problem.x), injection)
        });
        let (h, recovered) = rayon::join(
            || trained.residual(f, "", None),
            || {
                let [small, large] = &put_in;
                rayon::join(
                    || trained.residual(f, "small", Some(&small.0)),
                    || trained.residual(f, "large", Some(&large.0)),
                )
            },
        );
        let (h, small, large) = (h?, recovered.0?, recovered.1?);
        let recovered = |at: usize, with| recovered_share(pairs, root, (&put_in[at].1, with, &h), streams);
        let seen = recovered(0, &small).min(recovered(1, &large));
        Ok((h, Seen::Networks(seen)))
    }
}

/// Moments of functions about as rough as what the plain networks learn, over rows that are moved, and known breakings of which they see a
/// share.
pub(super) fn drawn_moments<'a>(
    (pairs, by): (&'a Pairs<'a>, &'a dyn Movement),
    plain: &'a Ensemble,
    draws: usize,
    streams: &Streams,
) -> Moments<'a> {
    let problem = pairs.problem;
    let rng = &mut streams.get("dictionary", 0);
    let dictionary = Dictionary::draw(&pairs.law, &problem.x_layout, &pairs.x, problem.outputs(), rng);
    let injection = |number| {
        let rng = &mut streams.get("injected", number);
        Injection::draw((problem, &pairs.x), &pairs.law, plain, rng)
    };
    let injections = (0..INJECTIONS).map(injection).collect();
    Moments::new(pairs, by, (dictionary, injections), draws.min(MOMENT_DRAWS), streams.scope("moments"))
}

/// Of T, with f in both places where there is no h.
fn factors<'a>(f: &'a Outputs<'a>, h: Option<&'a Outputs<'a>>) -> (First<'a>, &'a Outputs<'a>) {
    h.map_or((First::Same, f), |h| (First::Residual(f), h))
}

/// Upper bound of what a compact group leaves of the targets; no bound of others.
fn by_symmetrising(pairs: &Pairs<'_>, group: &Orbit, f: &Outputs<'_>, streams: &Streams) -> f64 {
    match group {
        Orbit::Whole(all) if all.0.is_compact() => {
            let left = left_over(pairs, group, f, &mut streams.get("symmetrised", 0));
            left.value + CERTAIN * left.error
        }
        _ => f64::INFINITY,
    }
}

/// All turns of a direction whose elements come back to where they began.
fn circle(l: &DMatrix<f64>) -> Option<Orbit> {
    let (natural, side) = (natural_parameter(l), l.nrows());
    let turned = expm(&(&natural * std::f64::consts::TAU)) - DMatrix::identity(side, side);
    let all = || ExactAlgebra::from(NamedAlgebra::new("so(2)", side, vec![Part::Circle(natural.clone())]));
    (turned.amax() < TURNED).then(|| Orbit::Whole(Sampled(GroupSampler::new(&all(), DEFAULT_EXTENT))))
}

/// Mean over rows of the squared length of these outputs.
fn mean_square(values: &[f32], width: usize) -> f64 {
    values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / (values.len() / width.max(1)).max(1) as f64
}

/// Variance of the targets less the smallest mean squared error on unseen rows: what networks can explain, and its share. Under a robust loss
/// deviations are shortened to a few times their median.
pub(super) fn explained(
    discovery: &Discovery<'_>,
    findings: &Findings,
    nets: &[&Ensemble],
    rows: &[usize],
) -> (f64, f64) {
    let problem = discovery.problem;
    let n = rows.len().max(1) as f64;
    let robust = matches!(problem.loss, Loss::Mae | Loss::Huber);
    let mean_of = |squares: Vec<f64>| {
        let most = if robust { CLIP * CLIP * median(squares.iter().copied()) } else { f64::INFINITY };
        squares.iter().map(|s| s.min(most)).sum::<f64>() / n
    };
    let variance = mean_of(row_spreads(&problem.gather_y(rows), problem.outputs()));
    let square =
        |e: &&Ensemble| mean_of(e.unseen_errors(problem, rows, &findings.folds).into_iter().map(|e| e * e).collect());
    let left = nets.iter().map(square).fold(f64::INFINITY, f64::min);
    let explained = (variance - left).max(1e-3 * variance).max(1e-300);
    (explained, explained / variance.max(1e-300))
}

/// E a ⟨σ b, σ b − σ⁻¹ b(g x)⟩ / E a of an injected breaking b: what T would be if a network knew it.
fn energy(pairs: &Pairs<'_>, root: &dyn Movement, (injected, own): (&Injection<'_>, &[f32]), streams: &Streams) -> f64 {
    let itself: &Outputs<'_> = &|x, _| injected.at(x);
    let tested = orthogonality(pairs, root, &First::Known(own), itself, DRAWS[0], &streams.scope("energy"));
    tested.mean.value / tested.accepted.max(1e-300)
}

/// Share of the amplitude of an injected breaking that networks recover on rows of the fold that they have not seen, at least: a lower
/// bound with 95 % confidence.
fn recovered_share(
    pairs: &Pairs<'_>,
    root: &dyn Movement,
    (injected, with, without): (&Injection<'_>, &ResidualNetworks, &ResidualNetworks),
    streams: &Streams,
) -> f64 {
    let problem = pairs.problem;
    let pairs = pairs.of_fold(INJECTED);
    let (inputs, outputs) = (problem.inputs(), problem.outputs());
    let own = injected.at(&pairs.x);
    let more: &Outputs<'_> = &|x, folds| {
        let mut with = with.outputs(x, inputs, outputs, folds);
        with.iter_mut().zip(without.outputs(x, inputs, outputs, folds)).for_each(|(a, b)| *a -= b);
        with
    };
    let itself: &Outputs<'_> = &|x, _| injected.at(x);
    let recovered = |h: &Outputs<'_>| {
        orthogonality(&pairs, root, &First::Known(&own), h, DRAWS[1], &streams.scope("injected")).mean
    };
    let whole = recovered(itself).value;
    let seen = recovered(more);
    if whole > 0.0 { ((seen.value - CERTAIN * seen.error) / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// Standard errors by which losses on unseen rows are larger along the group than before.
fn worse(discovery: &Discovery<'_>, findings: &Findings, f: &Ensemble, rows: &[usize]) -> f64 {
    let (problem, folds) = (discovery.problem, findings.folds.of(rows));
    let pairs = f.losses(problem, rows, &folds).into_iter().zip(findings.plain.losses(problem, rows, &folds));
    Mean::of(rows.iter().zip(pairs).map(|(&i, (along, plain))| (problem.group(i), along - plain))).z()
}

/// The networks of a test.
struct Networks<'a> {
    discovery: &'a Discovery<'a>,
    findings: &'a Findings,
    claim: &'a Claim<'a>,
    device: &'a Backend,
    session: &'a dyn Session,
}

impl Networks<'_> {
    /// The plain networks, trained on along the group.
    fn along(&self) -> Result<Ensemble, TrainError> {
        let how = EnsembleFit {
            name: &format!("claim{}-along", self.claim.label),
            stream: None,
            augmentation: Augmentation::Group(self.claim.group),
            start: Some(&self.findings.plain),
            networks: self.findings.plain.members.len(),
            steps: self.discovery.settings.audit.steps.div_ceil(2),
            targets: None,
        };
        self.discovery.ensemble(&self.findings.folds, &how, self.device, self.session)
    }

    /// Networks on what those leave; with an injected breaking, of one fold only.
    fn residual(&self, f: &Ensemble, name: &str, injected: Option<&[f32]>) -> Result<ResidualNetworks, TrainError> {
        let Self { discovery, findings, claim, device, session } = self;
        let problem: &Problem = discovery.problem;
        let folds = if injected.is_some() { INJECTED + 1 } else { f.members.len() };
        // Alike but for what is put in: the difference of the networks is due to it.
        let stream = format!("claim{}-left", claim.label);
        let left = Residuals::of(problem, discovery.rows, f, folds, injected);
        left.learn((&format!("{stream}{name}"), &stream), discovery, &findings.folds, device, *session)
    }
}
