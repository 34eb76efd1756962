//! A random function with a given algebra, and no larger one unless by accident (see `verify`).

use rand_chacha::ChaCha8Rng;

use super::block::Block;
use super::fields::{Basis, Field, Parts, times};
use super::invariants::{equivariants, invariants};
use super::network::{Network, Standard, Wave};
use super::view::{View, centred, views};

/// Features of a cloud: means over all pairs of its points.
const POOLED: usize = 6;

/// What a function depends on and how; shared by a symmetric function and the term that breaks it.
#[derive(Clone)]
pub(super) struct Setting {
    pub fields: Vec<Field>,
    pub basis: Basis,
    /// Vectors as targets instead of numbers.
    pub vector: bool,
    pub wave: Wave,
    pub roughness: f64,
}

impl Setting {
    fn cloud(&self) -> bool {
        self.fields.iter().any(Field::ragged)
    }
}

/// A smooth function of invariants or, for vectors, a sum of equivariant vectors with such functions as coefficients; or several
/// of them.
pub(super) struct Function {
    setting: Setting,
    blocks: Vec<Block>,
    /// Of clouds: of each pair of points.
    pair: Option<(Standard, Network)>,
    standard: Standard,
    network: Network,
    /// Functions, and equivariant vectors in each (1 for numbers).
    count: usize,
    each: usize,
}

impl Function {
    /// Draws `count` functions that share their hidden units; features are standardised on these rows.
    pub(super) fn draw(
        setting: &Setting,
        blocks: &[Block],
        (rows, count): (&[Vec<Vec<f64>>], usize),
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let shape = (setting.wave, setting.roughness);
        let parts: Vec<Parts> = rows.iter().map(|r| setting.basis.parts(&setting.fields, r)).collect();
        let sights: Vec<Vec<Sight>> = parts.iter().map(|p| sights(setting, blocks, p)).collect();
        let features: Vec<Vec<f64>> = sights.iter().flatten().map(|s| s.features.clone()).collect();
        let width = features.first().map_or(0, Vec::len);
        let each = match (setting.vector, sights.iter().flatten().next()) {
            (true, Some(sight)) => sight.views.iter().map(|v| equivariants(v).len()).sum(),
            _ => 1,
        };
        let (setting, blocks) = (setting.clone(), blocks.to_vec());
        let standard = Standard::fit(&features);
        if !setting.cloud() {
            let network = Network::draw(width, count * each, shape, rng);
            return Self { setting, blocks, pair: None, standard, network, count, each };
        }
        let coefficients = if setting.vector { count * each } else { 0 };
        let network = Network::draw(width, POOLED + coefficients, shape, rng);
        let pooled: Vec<Vec<f64>> =
            sights.iter().map(|row| mean(row, |s| network.at(&standard.apply(&s.features)))).collect();
        let outer = Standard::fit(&pooled.iter().map(|p| p[..POOLED].to_vec()).collect::<Vec<_>>());
        let top = Network::draw(POOLED, if setting.vector { 1 } else { count }, shape, rng);
        let pair = Some((standard, network));
        Self { setting, blocks, pair, standard: outer, network: top, count, each }
    }

    /// The sum of its functions with these weights, as one function.
    pub(super) fn combined(mut self, weights: &[f64]) -> Self {
        match (self.pair.take(), self.setting.vector) {
            (Some((standard, network)), true) => {
                self.pair = Some((standard, network.combined(POOLED, self.each, weights)));
            }
            (pair, _) => {
                self.pair = pair;
                self.network = self.network.combined(0, self.each, weights);
            }
        }
        Self { count: 1, ..self }
    }

    /// The value at a row of the data, given field by field; of several functions, one after another.
    pub(super) fn at(&self, row: &[Vec<f64>]) -> Vec<f64> {
        let parts = self.setting.basis.parts(&self.setting.fields, row);
        let seen = sights(&self.setting, &self.blocks, &parts);
        match (&self.pair, self.setting.vector) {
            (None, false) => mean(&seen, |s| self.network.at(&self.standard.apply(&s.features))),
            (None, true) => mean(&seen, |s| self.sums(s, &self.network.at(&self.standard.apply(&s.features)))),
            (Some((standard, network)), false) => {
                let pooled = mean(&seen, |s| network.at(&standard.apply(&s.features))[..POOLED].to_vec());
                self.network.at(&self.standard.apply(&pooled))
            }
            (Some((standard, network)), true) => {
                mean(&seen, |s| self.sums(s, &network.at(&standard.apply(&s.features))[POOLED..]))
            }
        }
    }

    /// Σ c e of every function, in the coordinates of the data.
    fn sums(&self, sight: &Sight, coefficients: &[f64]) -> Vec<f64> {
        let own = coefficients.chunks_exact(self.each.max(1)).take(self.count);
        own.flat_map(|c| times(&self.setting.basis.matrix, &self.sum(sight, c))).collect()
    }

    /// Σ c e over the equivariant vectors e of all blocks, in the coordinates of the algebra.
    fn sum(&self, sight: &Sight, coefficients: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.setting.basis.matrix.nrows()];
        let mut left = coefficients.iter();
        for (block, view) in self.blocks.iter().zip(&sight.views) {
            for (e, c) in equivariants(view).iter().zip(&mut left) {
                for (&i, e) in block.coordinates.iter().zip(e) {
                    sum[i] += view.size * c * e;
                }
            }
        }
        sum
    }
}

/// What the blocks see of a row, or of one pair of points in it.
struct Sight {
    views: Vec<View>,
    features: Vec<f64>,
}

fn sights(setting: &Setting, blocks: &[Block], parts: &Parts) -> Vec<Sight> {
    let parts = centred(blocks, parts.clone());
    let one = |parts: Parts| {
        let scalars = parts.scalars.clone();
        let views = views(blocks, parts);
        let features = views.iter().flat_map(invariants).chain(scalars).collect();
        Sight { views, features }
    };
    if !setting.cloud() {
        return vec![one(parts)];
    }
    let (points, rest) = (parts.points.clone(), Parts { points: Vec::new(), ..parts });
    let count = points.len();
    let pairs = (0..count).flat_map(|i| (0..count).map(move |j| (i, j))).filter(|(i, j)| i != j);
    pairs
        .map(|(i, j)| {
            let mut pair = rest.clone();
            pair.points = vec![points[i].clone(), points[j].clone()];
            one(pair)
        })
        .collect()
}

fn mean(sights: &[Sight], value: impl Fn(&Sight) -> Vec<f64>) -> Vec<f64> {
    let mut sum: Vec<f64> = Vec::new();
    for sight in sights {
        let value = value(sight);
        sum.resize(value.len(), 0.0);
        sum.iter_mut().zip(&value).for_each(|(s, v)| *s += v);
    }
    sum.iter().map(|s| s / sights.len() as f64).collect()
}
