//! Functions of the inputs in which a breaking is looked for.
//!
//! Of rows that are vectors: polynomials of the second degree and cosines of random directions, of whitened values. Of rows that
//! are sets of points: means over the points of such cosines of all that a point has, cosines of what belongs to the row, and
//! products of two of these, which are means over pairs of points.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use semola_engine::ops::simd::{add_scaled, fast};
use semola_engine::{Layout, Place};
use semola_lie::random::{normal, uniform};

use super::law::Law;

/// Functions times outputs: the cost grows with its square.
const MOST: usize = 384;
/// Functions at least, however many outputs.
const LEAST: usize = 24;
/// Inputs with more coordinates have no products of two among the functions.
const PRODUCTS: usize = 16;
/// Radians per standard deviation of the inputs.
const FREQUENCIES: [f64; 2] = [0.5, 2.5];
/// The same for functions rougher than what networks learn easily.
const ROUGH: [f64; 2] = [2.5, 6.0];
/// Cosines that are worked on together, and rows.
const LANES: usize = 64;
const ROWS: usize = 64;
/// Of sets: cosines of what each point has, and of what belongs to the row.
const POINT_WAVES: usize = 32;
const ROW_WAVES: usize = 12;

/// The functions.
pub struct Dictionary<'a> {
    layout: &'a Layout,
    kind: Kind<'a>,
    count: usize,
}

enum Kind<'a> {
    Vectors { law: &'a Law, products: bool, waves: Waves },
    Sets(Box<Sets>),
}

/// √2 cos(w·z + phase), for many w at once.
struct Waves {
    phases: Vec<f32>,
    /// Of each coordinate: the frequencies of all, in radians per unit.
    frequencies: Vec<Vec<f32>>,
}

/// Functions of sets of points.
struct Sets {
    /// What each value of a row is divided by.
    units: Vec<f64>,
    points: Waves,
    row: Waves,
    /// Subtracted from each single function, and what it is then divided by.
    standard: Vec<(f64, f64)>,
    pairs: Vec<(usize, usize)>,
}

impl<'a> Dictionary<'a> {
    /// Functions for targets of so many outputs; `rows` are the inputs that they are standardised on.
    pub fn draw(law: &'a Law, layout: &'a Layout, rows: &[f32], outputs: usize, rng: &mut ChaCha8Rng) -> Self {
        Self::with(law, layout, (rows, FREQUENCIES), outputs, rng)
    }

    /// The same with rougher functions.
    pub fn rough(law: &'a Law, layout: &'a Layout, rows: &[f32], outputs: usize, rng: &mut ChaCha8Rng) -> Self {
        Self::with(law, layout, (rows, ROUGH), outputs, rng)
    }

    fn with(
        law: &'a Law,
        layout: &'a Layout,
        (rows, frequencies): (&[f32], [f64; 2]),
        outputs: usize,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let most = (MOST / outputs.max(1)).max(LEAST);
        if !law.describes_values() {
            let sets = Sets::draw(layout, (rows, frequencies), most, rng);
            let count = 1 + sets.standard.len() + sets.pairs.len();
            return Self { layout, kind: Kind::Sets(Box::new(sets)), count };
        }
        let coordinates = law.coordinates(layout);
        let quadratic = 1 + coordinates + coordinates * (coordinates + 1) / 2;
        let products = coordinates <= PRODUCTS && 2 * quadratic <= most;
        let own = if products { quadratic } else { 1 + coordinates };
        let count = most.max(own + LEAST);
        let waves = Waves::draw(coordinates, count - own, frequencies, rng);
        Self { layout, kind: Kind::Vectors { law, products, waves }, count }
    }

    /// How many functions there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Their values for rows of inputs, row by row.
    pub fn at(&self, x: &[f32]) -> Vec<f32> {
        let width = self.layout.width.max(1);
        let mut all = vec![0.0; x.len() / width * self.count];
        let rows = x.par_chunks_exact(width).zip(all.par_chunks_exact_mut(self.count.max(1)));
        rows.with_min_len(ROWS).for_each(|(row, values)| self.of_row(row, values));
        all
    }

    fn of_row(&self, row: &[f32], values: &mut [f32]) {
        let mut all = Filled { values, at: 0 };
        all.push(1.0);
        match &self.kind {
            Kind::Vectors { law, products, waves } => {
                let z = law.whitened(self.layout, row);
                all.extend(z.iter().map(|v| *v as f32));
                if *products {
                    // Of mean 0 and variance 1 for independent normal values.
                    let product =
                        |i: usize, j: usize| if i == j { (z[i] * z[i] - 1.0) / 2f64.sqrt() } else { z[i] * z[j] };
                    let both = (0..z.len()).flat_map(|i| (0..=i).map(move |j| (i, j)));
                    all.extend(both.map(|(i, j)| product(i, j) as f32));
                }
                waves.add_to(&z, 1.0, all.rest());
            }
            Kind::Sets(sets) => {
                let single = sets.single(self.layout, row);
                let single: Vec<f64> = single.iter().zip(&sets.standard).map(|(v, (m, s))| (v - m) / s).collect();
                all.extend(single.iter().map(|v| *v as f32));
                all.extend(sets.pairs.iter().map(|&(i, j)| (single[i] * single[j]) as f32));
            }
        }
    }
}

/// Values that are filled from the first on.
struct Filled<'v> {
    values: &'v mut [f32],
    at: usize,
}

impl Filled<'_> {
    fn push(&mut self, value: f32) {
        self.values[self.at] = value;
        self.at += 1;
    }

    fn extend(&mut self, values: impl Iterator<Item = f32>) {
        values.for_each(|value| self.push(value));
    }

    /// Those that are still zero.
    fn rest(&mut self) -> &mut [f32] {
        &mut self.values[self.at..]
    }
}

impl Sets {
    fn draw(layout: &Layout, (rows, frequencies): (&[f32], [f64; 2]), most: usize, rng: &mut ChaCha8Rng) -> Self {
        let units = units(layout, rows);
        let of_points = layout.points.map_or(0, |points| {
            let own = layout.segments.iter().filter(|s| s.place == Place::Points);
            own.map(|s| s.per_point(points.most)).sum()
        });
        let own = layout.segments.iter().filter(|s| s.place == Place::Row && layout.is_data(s));
        let of_row: usize = own.map(semola_engine::Segment::len).sum();
        let waves = |coordinates: usize, count: usize, rng: &mut ChaCha8Rng| {
            Waves::draw(coordinates, if coordinates == 0 { 0 } else { count }, frequencies, rng)
        };
        let points = waves(of_points, POINT_WAVES.min(most / 2), rng);
        let row = waves(of_row, ROW_WAVES.min(most / 4), rng);
        let mut sets = Self { units, points, row, standard: Vec::new(), pairs: Vec::new() };
        let all: Vec<Vec<f64>> =
            rows.par_chunks_exact(layout.width.max(1)).map(|row| sets.single(layout, row)).collect();
        let count = all.first().map_or(0, Vec::len);
        let n = all.len().max(1) as f64;
        sets.standard = (0..count)
            .map(|j| {
                let mean = all.iter().map(|r| r[j]).sum::<f64>() / n;
                let square = all.iter().map(|r| (r[j] - mean).powi(2)).sum::<f64>() / n;
                (mean, square.sqrt().max(1e-9))
            })
            .collect();
        if count > 0 {
            let pair = |_| (rng.random_range(0..count), rng.random_range(0..count));
            sets.pairs = (1 + count..most.max(1 + count)).map(pair).collect();
        }
        sets
    }

    /// The single functions: means over points, then those of the row.
    fn single(&self, layout: &Layout, row: &[f32]) -> Vec<f64> {
        let mut all = Vec::new();
        let scaled = |at: usize| f64::from(row[at]) / self.units[at];
        if let Some(points) = layout.points {
            let (held, most) = (points.of(row), points.most);
            let own: Vec<_> = layout.segments.iter().filter(|s| s.place == Place::Points).collect();
            let coordinates: usize = own.iter().map(|s| s.per_point(most)).sum();
            let mut means = vec![0.0f32; coordinates + self.points.phases.len()];
            let share = 1.0 / held.max(1) as f64;
            for p in 0..held {
                let starts = own.iter().map(|s| (s.start + p * s.per_point(most), s.per_point(most)));
                let u: Vec<f64> = starts.flat_map(|(start, n)| (start..start + n).map(scaled)).collect();
                let (own, waves) = means.split_at_mut(coordinates);
                own.iter_mut().zip(&u).for_each(|(m, v)| *m += (share * v) as f32);
                self.points.add_to(&u, share as f32, waves);
            }
            all.extend(means.into_iter().map(f64::from));
        }
        let own = layout.segments.iter().filter(|s| s.place == Place::Row && layout.is_data(s));
        let v: Vec<f64> = own.flat_map(|s| (s.start..s.start + s.len()).map(scaled)).collect();
        all.extend(v.iter().copied());
        let mut waves = vec![0.0; self.row.phases.len()];
        self.row.add_to(&v, 1.0, &mut waves);
        all.extend(waves.into_iter().map(f64::from));
        all
    }
}

/// Root mean square of each segment's values, for each value of a row; 1 where all are zero.
fn units(layout: &Layout, rows: &[f32]) -> Vec<f64> {
    let mut units = vec![1.0; layout.width];
    for s in &layout.segments {
        let (mut sum, mut count) = (0.0, 0.0);
        for row in rows.chunks_exact(layout.width.max(1)) {
            let held = &row[s.start..s.start + layout.held(s, row)];
            sum += held.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
            count += held.len() as f64;
        }
        let unit = if sum > 0.0 { (sum / count).sqrt() } else { 1.0 };
        units[s.start..s.start + s.len()].fill(unit);
    }
    units
}

impl Waves {
    /// In random directions, with frequencies between two.
    fn draw(coordinates: usize, count: usize, [low, high]: [f64; 2], rng: &mut ChaCha8Rng) -> Self {
        let (mut phases, mut frequencies) = (Vec::with_capacity(count), vec![Vec::with_capacity(count); coordinates]);
        for _ in 0..count {
            let direction: Vec<f64> = (0..coordinates).map(|_| normal(rng)).collect();
            let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-12);
            let frequency = low * (high / low).powf(uniform(rng));
            frequencies.iter_mut().zip(direction).for_each(|(all, v)| all.push((v * frequency / length) as f32));
            phases.push((std::f64::consts::TAU * uniform(rng)) as f32);
        }
        Self { phases, frequencies }
    }

    /// Adds `factor` times the value of each at z.
    fn add_to(&self, z: &[f64], factor: f32, out: &mut [f32]) {
        let factor = factor * std::f32::consts::SQRT_2;
        fast(
            #[inline(always)]
            || {
                for ((phases, out), start) in
                    self.phases.chunks(LANES).zip(out.chunks_mut(LANES)).zip((0..).step_by(LANES))
                {
                    let mut angles = [0.0f32; LANES];
                    angles[..phases.len()].copy_from_slice(phases);
                    for (w, z) in self.frequencies.iter().zip(z) {
                        add_scaled(*z as f32, &w[start..start + phases.len()], &mut angles[..phases.len()]);
                    }
                    for (out, angle) in out.iter_mut().zip(angles) {
                        *out += factor * cosine(angle);
                    }
                }
            },
        );
    }
}

/// cos x within 1e-6 and as well as its last digit is known, without branches: the Taylor series of cos 2πr, r the distance of x/2π
/// from the next integer.
#[inline(always)]
fn cosine(x: f32) -> f32 {
    let turns = x * (1.0 / std::f32::consts::TAU);
    let r = (turns - turns.round_ties_even()) * std::f32::consts::TAU;
    let t = r * r;
    (1..=9u8).rev().fold(1.0, |sum, n| 1.0 - sum * t / (f32::from(2 * n - 1) * f32::from(2 * n)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::ensemble::column_means;
    use crate::fit::Problem;
    use semola_engine::ops::loss::Loss;
    use semola_engine::{Form, Streams};
    use semola_lie::action::Action;

    #[test]
    fn cosines_are_those_of_the_library() {
        let differs = |i: i32| {
            let x = i as f32 * 0.0137;
            f64::from(cosine(x)) - f64::from(x).cos()
        };
        // At 274 radians the last digit of a number is 3e-5.
        assert!((-20_000..20_000).all(|i| differs(i).abs() < if i.abs() < 800 { 2e-6 } else { 3e-5 }));
    }

    #[test]
    fn the_functions_are_those_of_whitened_values() {
        let mut rng = Streams::new(1).get("test", 0);
        let x: Vec<f32> = (0..4000).map(|i| (1 + i % 2) as f32 * normal(&mut rng) as f32).collect();
        let of = |n: usize| Layout::arrange((2, 2), &vec![Form::number(); n], None);
        let problem = Problem::new((x, of(2)), (vec![0.0; 2000], of(1)), None, Loss::Mse);
        let law = Law::of(&problem, &(0..2000).collect::<Vec<_>>());
        let dictionary = Dictionary::draw(&law, &problem.x_layout, &problem.x, 1, &mut rng);
        assert_eq!(dictionary.len(), MOST);
        let values = dictionary.at(problem.x_row(7));
        assert_eq!(values.len(), dictionary.len());
        let z = law.whitened(&problem.x_layout, problem.x_row(7));
        let expected =
            [1.0, z[0], z[1], (z[0] * z[0] - 1.0) / 2f64.sqrt(), z[0] * z[1], (z[1] * z[1] - 1.0) / 2f64.sqrt()];
        assert!(values.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5), "{values:?}");
        let all = dictionary.at(&problem.x);
        let square = |j: usize| all.chunks_exact(MOST).map(|row| f64::from(row[j]).powi(2)).sum::<f64>() / 2000.0;
        assert!((0..MOST).all(|j| (0.2..2.2).contains(&square(j))));
        assert!(Dictionary::draw(&law, &problem.x_layout, &problem.x, 60, &mut rng).len() >= LEAST);
    }

    /// Ragged rows of points with a velocity each, and a number of the row.
    #[test]
    fn functions_of_sets_do_not_depend_on_the_order_of_points_or_on_padding() {
        let mut rng = Streams::new(2).get("test", 0);
        let ragged = |action| Form { action, axes: vec![2], ragged: true, translation_scale: 1.0 };
        let forms = [ragged(Action::Points { dim: 2 }), ragged(Action::Vector { dim: 2 }), Form::number()];
        let layout = Layout::arrange((3, 2), &forms, Some(3)).with_count();
        let row = |rng: &mut ChaCha8Rng| {
            let mut row: Vec<f32> = (0..13).map(|_| 5.0 * normal(rng) as f32).collect();
            row.push(3.0);
            row
        };
        let x: Vec<f32> = (0..300).flat_map(|_| row(&mut rng)).collect();
        let problem = Problem::new(
            (x, layout),
            (vec![0.0; 300], Layout::arrange((3, 2), &[Form::number()], None)),
            None,
            Loss::Mse,
        );
        let law = Law::of(&problem, &(0..300).collect::<Vec<_>>());
        let dictionary = Dictionary::draw(&law, &problem.x_layout, &problem.x, 1, &mut rng);
        assert_eq!(dictionary.len(), MOST);
        let one = problem.x_row(3).to_vec();
        let mut other = one.clone();
        for start in [0, 6] {
            for axis in 0..2 {
                other.swap(start + axis, start + 4 + axis);
            }
        }
        let (a, b) = (dictionary.at(&one), dictionary.at(&other));
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4));
        let mut fewer = one.clone();
        fewer[13] = 2.0;
        let c = dictionary.at(&fewer);
        assert!(a.iter().zip(&c).any(|(a, b)| (a - b).abs() > 0.1));
        fewer[4] = 99.0;
        assert_eq!(c, dictionary.at(&fewer), "padding counts for nothing");
        let all = dictionary.at(&problem.x);
        let means = column_means(&all, MOST);
        assert!(means[1..20].iter().all(|m| m.abs() < 1e-4), "{means:?}");
    }
}
