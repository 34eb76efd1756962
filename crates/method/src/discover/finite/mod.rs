//! The finite part of the symmetry group: mirrors, fractions of a turn, exchanges of equal blocks, with or without an accepted algebra.
//!
//! The audit's networks serve, nothing new is trained. Candidates are found on the first half of the rows and judged on the second.
//!
//! | file | what it does |
//! |---|---|
//! | `moving`, `blocks`, `rows` | how an element moves rows; equal blocks; whitened coordinates |
//! | `paired` | rows moved for the test by the labels |
//! | `misfit` | how much the networks contradict an element, on rows of the first half |
//! | `catalogue`, `frame`, `polish`, `candidates` | what is tried |
//! | `placebo`, `court` | the evidence, on rows of the second half, beside that on random elements |
//! | `along` | training along it |
//! | `given` | elements that are given, not discovered |
//! | `tables`, `words` | its rows in the tables; elements in words |
//! | `nearest` | nearest rows in place of networks, where the data are thin |
//! | `judge`, `fallback`, `procedure` | the verdict on one element; many tests; the group that accepted ones generate |

mod along;
mod blocks;
mod candidates;
mod catalogue;
mod court;
mod fallback;
mod frame;
mod given;
mod judge;
mod misfit;
mod moving;
mod nearest;
mod paired;
mod placebo;
mod polish;
mod procedure;
mod rows;
mod tables;
mod words;

use super::Discovery;
use super::breaking::{Screen, Singles};
use super::conclusion::Conclusion;
use super::settings::FinitePart;
use super::verdict::Verdict;
use crate::fit::problem::shuffle;
use crate::fit::{Session, TrainError};
use nalgebra::DMatrix;
use semola_lie::expm::expm;
use semola_lie::finite::{FiniteGroup, disconnected, made_exact, name, representatives};

use self::candidates::{Candidate, Search, Source, ranked};
use self::court::{Bench, Court};
use self::frame::Frames;
use self::misfit::Misfit;
use self::nearest::{NearestRows, is_thin};
use self::placebo::Placebo;
use self::procedure::{Tested, procedure};

pub use self::along::Along;
pub use self::blocks::Blocks;
pub use self::given::{Given, check_exchanges, exchanged};
pub use self::moving::{Moving, Side};
pub use self::procedure::Judged;

/// With fewer rows all of them judge: half of them would be too few for any verdict.
const FEW: usize = 1200;
/// Rows of the first half for rough, middling and fine misfits.
const COARSE: usize = 100;
const MEDIUM: usize = 200;
const FINE: usize = 500;
/// Below this share of explained variance nothing is claimed, as in the audit.
const SKILL: f64 = 0.3;

/// What is known of the finite part.
#[derive(Debug, Clone)]
pub struct Finite {
    pub verdict: Verdict,
    /// The accepted elements, the identity first; beside an algebra one of each component.
    pub group: FiniteGroup,
    /// Of the finite part alone.
    pub name: String,
    /// Of the group with the accepted algebra, if there is one.
    pub whole: Option<String>,
    /// In the order of the tests.
    pub judged: Vec<Judged>,
    /// How its elements move rows.
    pub moving: Moving,
    pub notes: Vec<String>,
    /// Training along it made the network worse.
    pub harmful: bool,
}

impl Finite {
    /// Nothing is tested.
    fn without_skill(trivial: FiniteGroup, moving: Moving) -> Self {
        Self {
            verdict: Verdict::NoSkill,
            name: name(&trivial),
            group: trivial,
            whole: None,
            judged: Vec::new(),
            moving,
            notes: Vec::new(),
            harmful: false,
        }
    }

    /// The group that the accepted elements generate; those that were found, not listed, are made exact.
    fn of(
        Tested { group, judged }: Tested,
        conclusion: &Conclusion,
        covariance: &DMatrix<f64>,
        moving: Moving,
        notes: Vec<String>,
    ) -> Self {
        let learned = |j: &Judged| {
            j.verdict == Verdict::Accepted
                && matches!(j.candidate.source, Source::Frame | Source::Search | Source::Axes)
        };
        let group = if judged.iter().any(learned) { made_exact(&group, covariance) } else { group };
        let whole = conclusion.is_accepted().then(|| disconnected(&conclusion.identification.name, &group));
        Self {
            verdict: verdict(&group, &judged),
            name: name(&group),
            whole,
            group,
            judged,
            moving,
            notes,
            harmful: false,
        }
    }

    /// Whether elements other than the identity are claimed.
    pub fn is_accepted(&self) -> bool {
        self.verdict.claims()
    }
}

impl Discovery<'_> {
    /// Looks for the finite part beside what was concluded of the continuous one.
    ///
    /// # Errors
    /// If the run should stop.
    pub(super) fn finite(
        &self,
        wanted: &FinitePart,
        screen: &Screen<'_>,
        conclusion: &Conclusion,
        session: &dyn Session,
    ) -> Result<Finite, TrainError> {
        let streams = self.own_streams().scope("finite");
        let (problem, findings) = (self.problem, screen.findings);
        let mut order = self.rows.to_vec();
        shuffle(&mut order, &mut streams.get("rows", 0));
        let (first, second): (Vec<usize>, Vec<usize>) = order.iter().partition(|&&i| findings.folds.half(i) == 0);
        let second = if order.len() < FEW { order } else { second };
        let moving = Moving::of(problem, &first);
        let covariance = rows::second_moment(problem, &first, &moving);
        let (whitening, unwhitening) = rows::whitening(&covariance);
        let trivial = FiniteGroup::trivial(&moving.identity(), &whitening, moving.even);
        if conclusion.skill < SKILL {
            return Ok(Finite::without_skill(trivial, moving));
        }
        let misfit = |many| Misfit::new(problem, &findings.plain, &moving, &first, many);
        let (coarse, medium, fine) = (misfit(COARSE), misfit(MEDIUM), misfit(FINE));
        let frames = (!conclusion.is_accepted())
            .then(|| Frames::measure(problem, &findings.plain, &first, (&whitening, &unwhitening), &moving.centre))
            .flatten();
        let search = Search {
            wanted,
            space: self.space,
            moving: &moving,
            coarse: &coarse,
            medium: &medium,
            fine: &fine,
            covariance: &covariance,
            whitening: &whitening,
            unwhitening: &unwhitening,
            frames: frames.as_ref(),
        };
        let mut notes = Vec::new();
        let candidates = match conclusion.is_accepted() {
            true => beside(conclusion, &search, problem.x_layout.linear, &mut notes),
            false => search.all(&mut streams.get("search", 0), session)?,
        };
        session.go_on()?;
        let placebo = Placebo {
            moving: &moving,
            whitening: &whitening,
            unwhitening: &unwhitening,
            stretched: conclusion.is_accepted(),
            pixels: moving.is_of_images().then_some(problem.inputs()),
        };
        // Where the data are thin, networks and nearest rows share the level.
        let thin = is_thin(problem, &first) && !moving.is_of_images();
        let level = if thin { wanted.level / 2.0 } else { wanted.level };
        let folds = &findings.folds;
        let singles = Singles::new(screen, &second, streams.scope("labels"));
        let bench = Bench {
            problem,
            moving: &moving,
            whitening: &whitening,
            folds,
            placebo: &placebo,
            singles: Some(&singles),
        };
        let court = Court::new(&findings.plain, bench, &second, false, &streams);
        let limits = (level, self.settings.audit.tolerance);
        let mut tested = procedure(&court, &medium, candidates.clone(), trivial.clone(), limits, session)?;
        if thin {
            let rows = NearestRows::new(problem, self.rows, folds);
            let misfit = Misfit::new(problem, &rows, &moving, &first, MEDIUM);
            let bench = Bench { singles: None, ..bench };
            let court = Court::new(&rows, bench, &second, true, &streams.scope("nearest"));
            // Networks err beside the data: what they contradict most may be true, and comes first here if it is.
            let again = procedure(&court, &misfit, ranked(candidates, &misfit), trivial, limits, session)?;
            if again.group.order() > tested.group.order() {
                notes
                    .push("the data fill few of their dimensions: nearest rows judged in place of networks".to_owned());
                tested = again;
            }
        }
        Ok(Finite::of(tested, conclusion, &covariance, moving, notes))
    }
}

/// What may lie beside an accepted algebra: one element of each component that its group may have.
fn beside(conclusion: &Conclusion, search: &Search, linear: usize, notes: &mut Vec<String>) -> Vec<Candidate> {
    let components = representatives(&conclusion.identification, linear);
    if components.others {
        notes.push("not all components that this group may have were looked for".to_owned());
    }
    search.components(&components.matrices, &quarter_turns(conclusion, linear), components.orthogonal)
}

/// exp(π L/2) for the generators L of turns in the accepted algebra, on R^k.
fn quarter_turns(conclusion: &Conclusion, k: usize) -> Vec<DMatrix<f64>> {
    let linear = |l: DMatrix<f64>| l.view((0, 0), (k, k)).into_owned();
    let turn = |l: DMatrix<f64>| {
        let whole = expm(&(&l * std::f64::consts::TAU));
        let closes = l.amax() > 0.0 && (whole - DMatrix::identity(k, k)).amax() < 1e-6;
        closes.then(|| expm(&(l * std::f64::consts::FRAC_PI_2)))
    };
    conclusion.accepted_basis().into_iter().filter(|l| l.nrows() >= k).map(linear).filter_map(turn).collect()
}

/// Of the finite part as a whole.
fn verdict(group: &FiniteGroup, judged: &[Judged]) -> Verdict {
    let any = |verdict: Verdict| judged.iter().any(|j| j.verdict == verdict);
    match group.is_trivial() {
        false => Verdict::Accepted,
        true if any(Verdict::Undecided) => Verdict::Undecided,
        true if any(Verdict::NotIdentifiable) => Verdict::NotIdentifiable,
        true => Verdict::None,
    }
}
