//! What is tried: elements from a catalogue, from the data's own frames, and from polished random starts.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::catalogue::{exchanges, matrices, signed};
use super::frame::Frames;
use super::misfit::Misfit;
use super::moving::{EXACT, Moving};
use super::polish::{Polish, all_maps, turns};
use crate::discover::settings::FinitePart;
use crate::fit::{Session, TrainError};
use semola_lie::finite::{Element, finite_order};
use semola_lie::random_rotation;
use semola_lie::space::SearchSpace;
use semola_lie::statistics::median;

/// Displacements below this count as this when misfits are compared.
pub(super) const LEAST_MOVED: f64 = 0.01;
/// Elements of the catalogue that go on.
const CATALOGUED: usize = 48;
/// Largest k of searches in frames, and from random starts.
const FRAMED: usize = 8;
const SEARCHED: usize = 6;
/// Patterns of signs, and random starts, that are polished; random elements that these are picked from.
const PATTERNS: usize = 8;
const STARTS: usize = 16;
const SCREENED: usize = 256;
/// Whitened Frobenius distances: of starts from the identity and from each other, and of results likewise.
const OFF: f64 = 0.8;
const APART: f64 = 0.7;
const TRIVIAL: f64 = 0.3;
const SAME: f64 = 0.2;
const CATALOGUE_NEAR: f64 = 0.25;
/// Results with a larger share of a random element's misfit are none, and at most so many are refined.
const PROMISING: f64 = 0.1;
const REFINED: usize = 8;
/// Steps of the refinement, within turns and within all maps.
const FINE: usize = 5;
const FREE: usize = 4;
/// By how much rounding may raise the misfit: by a factor, and in shares of a random element's.
const ROUNDED: (f64, f64) = (1.25, 0.001);
const CATALOGUE_BETTER: (f64, f64) = (1.25, 0.002);
/// Share of the rows by which another element of a component has to keep more of them inside the data to be preferred.
const MORE_INSIDE: f64 = 0.02;
/// Steps after which the best of the starts go on alone, and their number.
const FIRST: usize = 6;
const AHEAD: usize = 10;
/// Neighbouring principal values have to differ by this factor for their axes to mean something.
const DISTINCT: f64 = 1.15;

/// Where a candidate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Catalogue,
    Exchange,
    Axes,
    Frame,
    Search,
    /// A component of the group whose continuous part was accepted.
    Component,
    /// A product of accepted ones.
    Product,
}

impl Source {
    /// As written in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Exchange => "exchange",
            Self::Axes => "axes",
            Self::Frame => "frame",
            Self::Search => "search",
            Self::Component => "component",
            Self::Product => "product",
        }
    }
}

/// An element to be tested.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub element: Element,
    pub source: Source,
    /// L on rows of the first half that stay inside, and their share.
    pub misfit: f64,
    pub inside: f64,
    /// How far it moves rows; see [`Misfit::displacement`].
    pub displacement: f64,
}

impl Candidate {
    /// With what the networks say of it.
    pub fn of(element: Element, source: Source, misfit: &Misfit<'_>) -> Self {
        let (value, inside) = misfit.inside(&element);
        let displacement = misfit.displacement(&element);
        Self { element, source, misfit: value, inside, displacement }
    }

    /// The misfit for the size of its moves: small moves change any smooth function little.
    fn rank(&self) -> f64 {
        for_its_moves(self.misfit, self.displacement)
    }
}

/// A misfit over that of moves as large without meaning, up to a constant.
fn for_its_moves(misfit: f64, displacement: f64) -> f64 {
    misfit / displacement.clamp(LEAST_MOVED, 1.0)
}

/// What candidates are looked for with.
pub struct Search<'a> {
    pub wanted: &'a FinitePart,
    pub space: &'a SearchSpace,
    pub moving: &'a Moving,
    /// On few, more and many rows of the first half.
    pub coarse: &'a Misfit<'a>,
    pub medium: &'a Misfit<'a>,
    pub fine: &'a Misfit<'a>,
    pub covariance: &'a DMatrix<f64>,
    pub whitening: &'a DMatrix<f64>,
    pub unwhitening: &'a DMatrix<f64>,
    pub frames: Option<&'a Frames>,
}

impl Search<'_> {
    /// Candidates by rising misfit for the size of their moves.
    ///
    /// # Errors
    /// If the run should stop.
    pub fn all(&self, rng: &mut ChaCha8Rng, session: &dyn Session) -> Result<Vec<Candidate>, TrainError> {
        let mut known = self.catalogue();
        session.go_on()?;
        let learned = if self.wanted.search { self.learned(rng, session)? } else { None };
        let (scale, learned) = learned.unwrap_or((f64::INFINITY, Vec::new()));
        for candidate in learned {
            let near = |k: &Candidate| {
                let apart = self.distance(&k.element.linear, &candidate.element.linear);
                !k.element.exchanges()
                    && apart < CATALOGUE_NEAR
                    && k.misfit <= CATALOGUE_BETTER.0 * candidate.misfit + CATALOGUE_BETTER.1 * scale
            };
            if !known.iter().any(near) {
                known.push(candidate);
            }
        }
        Ok(sorted(known))
    }

    /// The components of a group with an accepted algebra, each with each exchange. `turns` are elements of the connected part: of
    /// the elements of a component, which are all as good, those that they conjugate to and that keep most rows inside the data stand for
    /// it. `orthogonal`: the catalogue, too, which holds nothing but orthogonal matrices.
    pub fn components(&self, matrices: &[DMatrix<f64>], turns: &[DMatrix<f64>], orthogonal: bool) -> Vec<Candidate> {
        let conjugated = |q: &DMatrix<f64>| -> Option<Vec<Element>> {
            let back = q.clone().try_inverse()?;
            Some(matrices.iter().map(|m| self.moving.linear(tidy(q * m * &back))).collect())
        };
        let k = self.covariance.nrows();
        let one = DMatrix::identity(k, k);
        let all = std::iter::once(&one).chain(turns).filter_map(conjugated);
        let inside = |elements: &Vec<Element>| elements.iter().map(|e| self.medium.inside(e).1).sum::<f64>();
        let best = all.map(|elements| (inside(&elements), elements));
        let best = best.reduce(|a, b| if b.0 > a.0 + MORE_INSIDE { b } else { a });
        let matrices: Vec<Element> = best.map(|b| b.1).unwrap_or_default();
        let exchanges: Vec<Element> = self.exchanges().into_iter().filter(|e| e.is_only_an_exchange(EXACT)).collect();
        let both = exchanges.iter().flat_map(|x| matrices.iter().map(|m| m.after(x)));
        let both: Vec<Candidate> = both.map(|e| self.candidate(e, Source::Component)).collect();
        let exchanges = exchanges.iter().map(|e| self.candidate(e.clone(), Source::Exchange));
        let matrices = matrices.iter().map(|e| self.candidate(e.clone(), Source::Component));
        let catalogue = if orthogonal { self.catalogue() } else { Vec::new() };
        sorted(matrices.chain(exchanges).chain(both).chain(catalogue).collect())
    }

    fn exchanges(&self) -> Vec<Element> {
        if self.wanted.exchanges { exchanges(self.moving) } else { Vec::new() }
    }

    fn candidate(&self, element: Element, source: Source) -> Candidate {
        Candidate::of(element, source, self.medium)
    }

    fn distance(&self, a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
        let apart = |sign: f64| (self.whitening * (a - b * sign) * self.unwhitening).norm();
        if self.moving.even { apart(1.0).min(apart(-1.0)) } else { apart(1.0) }
    }

    /// Whether the search space allows a matrix: what it fixes to zero or ties together.
    fn allows(&self, m: &DMatrix<f64>) -> bool {
        let side = self.space.side;
        let mut whole = DMatrix::zeros(side, side);
        whole.view_mut((0, 0), m.shape()).copy_from(m);
        self.space.contains(&whole, 1e-6)
    }

    fn catalogue(&self) -> Vec<Candidate> {
        let k = self.covariance.nrows();
        let linear = matrices(k, self.moving.is_of_images()).into_iter().filter(|m| self.allows(m));
        let linear = linear.map(|m| (self.moving.linear(m), Source::Catalogue));
        let exchanged = self.exchanges().into_iter().map(|e| (e, Source::Exchange));
        let axes = self.axes().into_iter().filter(|m| self.allows(m)).map(|m| (self.moving.linear(m), Source::Axes));
        let mut all: Vec<(Element, Source)> = linear.chain(exchanged).chain(axes).collect();
        if self.moving.even {
            // Of an element and its negative one is enough.
            let mut kept: Vec<(Element, Source)> = Vec::new();
            for (e, s) in all {
                let one = DMatrix::identity(k, k);
                let new = e.exchanges() || self.distance(&e.linear, &one) > 1e-6;
                let again =
                    |o: &(Element, Source)| o.0.inputs == e.inputs && self.distance(&o.0.linear, &e.linear) < 1e-6;
                if new && !kept.iter().any(again) {
                    kept.push((e, s));
                }
            }
            all = kept;
        }
        let rank = |e: &Element| for_its_moves(self.coarse.everywhere(e), self.coarse.displacement(e));
        let screened: Vec<f64> = all.par_iter().map(|(e, _)| rank(e)).collect();
        let mut order = rising(&screened);
        order.truncate(CATALOGUED);
        order.par_iter().map(|&i| self.candidate(all[i].0.clone(), all[i].1)).collect()
    }

    /// Signs of the principal axes, where these are well defined and are not the coordinates.
    fn axes(&self) -> Vec<DMatrix<f64>> {
        let k = self.covariance.nrows();
        let eigen = self.covariance.clone().symmetric_eigen();
        let mut values: Vec<f64> = eigen.eigenvalues.iter().copied().collect();
        values.sort_by(f64::total_cmp);
        let distinct = values.windows(2).all(|v| v[1] > DISTINCT * v[0].max(1e-300));
        if !distinct || k > FRAMED || self.moving.is_of_images() {
            return Vec::new();
        }
        let (q, identity): (_, Vec<usize>) = (eigen.eigenvectors, (0..k).collect());
        let pattern = |signs: usize| &q * signed(&identity, signs) * q.transpose();
        let is_new = |m: &DMatrix<f64>| !m.iter().all(|v| (v - v.round()).abs() < 1e-6);
        (1..1usize << k).map(pattern).filter(is_new).collect()
    }

    /// Elements that polishing finds, with the misfit of a random one.
    fn learned(
        &self,
        rng: &mut ChaCha8Rng,
        session: &dyn Session,
    ) -> Result<Option<(f64, Vec<Candidate>)>, TrainError> {
        let Some(frames) = self.frames else { return Ok(None) };
        let k = self.covariance.nrows();
        if !(2..=FRAMED).contains(&k) || self.moving.is_of_images() {
            return Ok(None);
        }
        let (felt, ignored) = frames.directions();
        let polish = Polish { misfit: self.medium, whitening: self.whitening, unwhitening: self.unwhitening };
        let misfit = |a: &DMatrix<f64>| self.coarse.everywhere(&self.moving.linear(polish.unwhitened(a)));
        // Whatever the function ignores stays.
        let embedded = |q: &DMatrix<f64>| &felt * q * felt.transpose() + &ignored * ignored.transpose();
        let random: Vec<DMatrix<f64>> = (0..SCREENED).map(|i| embedded(&haar(felt.ncols(), i % 2 == 1, rng))).collect();
        let screened: Vec<f64> = random.par_iter().map(misfit).collect();
        let scale = median(screened.iter().copied().filter(|v| v.is_finite()));
        let identity = DMatrix::identity(k, k);
        let mut starts: Vec<(DMatrix<f64>, Source)> = self.patterns(frames, &misfit);
        if k <= SEARCHED {
            let mut picked: Vec<&DMatrix<f64>> = Vec::new();
            for i in rising(&screened) {
                let q = &random[i];
                let far = (q - &identity).norm() > OFF && picked.iter().all(|p| (*p - q).norm() > APART);
                if far && picked.len() < STARTS {
                    picked.push(q);
                }
            }
            starts.extend(picked.into_iter().map(|q| (q.clone(), Source::Search)));
        }
        let along = turns(&felt);
        let run = |all: Vec<(DMatrix<f64>, Source)>, steps: usize| {
            let one = |(start, source): &(DMatrix<f64>, Source)| {
                session.go_on()?;
                Ok((polish.run(start, &along, steps), *source))
            };
            let mut ends: Vec<((DMatrix<f64>, f64), Source)> =
                all.par_iter().map(one).collect::<Result<_, TrainError>>()?;
            ends.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
            Ok::<_, TrainError>(ends)
        };
        let ahead = run(starts, FIRST)?.into_iter().take(AHEAD);
        let ends = run(ahead.map(|((a, _), source)| (a, source)).collect(), usize::MAX)?;
        let mut kept: Vec<(DMatrix<f64>, Source)> = Vec::new();
        for ((a, _), source) in ends {
            let new = (&a - &identity).norm() > TRIVIAL && kept.iter().all(|(b, _)| (&a - b).norm() > SAME);
            if new && misfit(&a) < PROMISING * scale && kept.len() < REFINED {
                kept.push((a, source));
            }
        }
        let finer = Polish { misfit: self.fine, ..polish };
        let refine = |(a, source): &(DMatrix<f64>, Source)| -> Option<Candidate> {
            let (a, _) = finer.run(a, &along, FINE);
            let (a, _) = finer.run(&a, &all_maps(&felt), FREE);
            let rounded = finite_order(&a).filter(|r| r.order > 1)?;
            let of = |a: &DMatrix<f64>| self.fine.everywhere(&self.moving.linear(finer.unwhitened(a)));
            let fits = of(&rounded.matrix) <= ROUNDED.0 * of(&a) + ROUNDED.1 * scale;
            let matrix = finer.unwhitened(&rounded.matrix);
            (fits && self.allows(&matrix)).then(|| self.candidate(self.moving.linear(matrix), *source))
        };
        let refine = |start| session.go_on().map(|()| refine(start)).transpose();
        Ok(Some((scale, kept.par_iter().filter_map(refine).collect::<Result<_, TrainError>>()?)))
    }

    /// The best patterns of signs in the frames.
    fn patterns(&self, frames: &Frames, misfit: &(dyn Fn(&DMatrix<f64>) -> f64 + Sync)) -> Vec<(DMatrix<f64>, Source)> {
        let k = self.covariance.nrows();
        let identity: Vec<usize> = (0..k).collect();
        let pattern = |q: &DMatrix<f64>, signs: usize| q * signed(&identity, signs) * q.transpose();
        let all: Vec<DMatrix<f64>> = frames
            .bases()
            .iter()
            .flat_map(|q| (1..1usize << k).map(move |s| (q.clone(), s)))
            .map(|(q, s)| pattern(&q, s))
            .collect();
        let values: Vec<f64> = all.par_iter().map(misfit).collect();
        rising(&values).into_iter().take(PATTERNS).map(|i| (all[i].clone(), Source::Frame)).collect()
    }
}

/// Uniform on the orthogonal matrices of determinant 1, or −1 if `improper`.
pub(super) fn haar(k: usize, improper: bool, rng: &mut ChaCha8Rng) -> DMatrix<f64> {
    let mut q = random_rotation(k, rng);
    if improper && k > 0 {
        q.column_mut(0).neg_mut();
    }
    q
}

/// Entries next to whole numbers become these.
fn tidy(m: DMatrix<f64>) -> DMatrix<f64> {
    m.map(|v| if (v - v.round()).abs() < 1e-9 { v.round() } else { v })
}

/// The places of values, from the smallest value on.
fn rising(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    order
}

/// Candidates by rising misfit of another kind, for the size of their moves.
pub fn ranked(mut all: Vec<Candidate>, misfit: &Misfit<'_>) -> Vec<Candidate> {
    all.par_iter_mut().for_each(|c| (c.misfit, c.inside) = misfit.inside(&c.element));
    sorted(all)
}

/// By rising misfit for the size of their moves; what leaves the data comes last.
fn sorted(mut all: Vec<Candidate>) -> Vec<Candidate> {
    all.sort_by(|a, b| a.rank().total_cmp(&b.rank()));
    all
}
