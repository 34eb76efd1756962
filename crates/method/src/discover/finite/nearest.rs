//! Nearest rows in place of networks, where the data fill few of their dimensions: there a symmetry moves rows a little beside the
//! data, networks err a little beside it, and the nearest row does not mind.

use super::rows::distinct_neighbours;
use crate::discover::ensemble::Predictor;
use crate::discover::folds::Folds;
use crate::discover::neighbours::nearest;
use crate::fit::Problem;

/// Rows that may be nearest.
const CLOUD: usize = 4000;
/// The data are thin where they have fewer dimensions than this share of their columns.
const THIN: f64 = 0.6;

/// Predicts the target of the nearest row of other folds.
pub struct NearestRows {
    x: Vec<f32>,
    y: Vec<f32>,
    fold: Vec<usize>,
    width: usize,
    outputs: usize,
    folds: usize,
}

impl NearestRows {
    /// Of these rows.
    pub fn new(problem: &Problem, rows: &[usize], folds: &Folds) -> Self {
        let rows = &rows[..rows.len().min(CLOUD)];
        let fold = folds.of(rows);
        let count = fold.iter().max().map_or(1, |f| f + 1);
        let (width, outputs) = (problem.inputs(), problem.outputs());
        Self { x: problem.gather_x(rows), y: problem.gather_y(rows), fold, width, outputs, folds: count }
    }

    /// The targets of the nearest rows of those that are not left out.
    fn targets(&self, x: &[f32], left_out: impl Fn(usize, usize) -> bool + Sync) -> Vec<f32> {
        let found = nearest(&self.x, x, self.width, 1, left_out);
        let target = |n: &Vec<(usize, f32)>| match n.first() {
            Some(&(p, _)) => self.y[p * self.outputs..(p + 1) * self.outputs].to_vec(),
            None => vec![f32::NAN; self.outputs],
        };
        found.iter().flat_map(target).collect()
    }
}

impl Predictor for NearestRows {
    fn unseen(&self, _: &Problem, x: &[f32], folds: &[usize]) -> Vec<f32> {
        self.targets(x, |q, p| self.fold[p] == folds[q])
    }

    fn seen(&self, _: &Problem, x: &[f32]) -> Vec<f32> {
        self.targets(x, |_, _| false)
    }

    fn folds(&self) -> usize {
        self.folds
    }
}

/// Whether rows that can be compared value by value lie on a surface of few dimensions.
pub fn is_thin(problem: &Problem, rows: &[usize]) -> bool {
    let comparable = problem.x_layout.points.is_none_or(|p| p.count.is_none());
    comparable && dimension(problem, rows) < THIN * problem.inputs() as f64
}

/// The dimension of the data, from how much farther the second neighbour is than the first: of d dimensions, the ratio exceeds r with
/// probability r^{−d} (Facco et al., *Scientific Reports* 7, 2017).
fn dimension(problem: &Problem, rows: &[usize]) -> f64 {
    let logs: Vec<f64> = distinct_neighbours(problem, rows).iter().map(|(a, b)| (b / a).ln()).collect();
    // Without the largest tenth, which the law does not fit: the mean of the others is that of a censored exponential.
    let mut sorted = logs;
    sorted.sort_by(f64::total_cmp);
    let kept = sorted.len() * 9 / 10;
    let Some(last) = kept.checked_sub(1).and_then(|i| sorted.get(i)) else { return f64::INFINITY };
    let total = sorted[..kept].iter().sum::<f64>() + last * (sorted.len() - kept) as f64;
    kept as f64 / total.max(1e-300)
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::ops::loss::Loss;
    use semola_engine::{Form, Layout};
    use semola_lie::random::normal;

    /// Rows of four numbers that depend on so many normal ones.
    fn problem(free: usize) -> Problem {
        let mut rng = semola_engine::Streams::new(3).get("test", 0);
        let row = || -> Vec<f32> {
            let v: Vec<f64> = (0..free).map(|_| normal(&mut rng)).collect();
            (0..4).map(|i| if i < free { v[i] } else { (v[i % free] * (0.5 + i as f64)).sin() } as f32).collect()
        };
        let x: Vec<f32> = std::iter::repeat_with(row).take(2000).flatten().collect();
        let layout = Layout::arrange((2, 2), &vec![Form::number(); 4], None);
        let y = Layout::arrange((2, 2), &[Form::number()], None);
        Problem::new((x.clone(), layout), (x.chunks(4).map(|r| r[0]).collect(), y), None, Loss::Mse)
    }

    #[test]
    fn surfaces_are_told_from_clouds() {
        let rows: Vec<usize> = (0..2000).collect();
        assert!(!is_thin(&problem(4), &rows) && is_thin(&problem(2), &rows));
        let d = dimension(&problem(2), &rows);
        assert!((d - 2.0).abs() < 0.4, "{d}");
    }

    #[test]
    fn targets_come_from_other_folds() {
        let problem = problem(2);
        let rows: Vec<usize> = (0..200).collect();
        let folds =
            Folds::deal(&problem, &rows, 3, "test", &mut semola_engine::Streams::new(1).get("test", 0)).unwrap();
        let nearest = NearestRows::new(&problem, &rows, &folds);
        let x = problem.gather_x(&rows);
        let own = nearest.unseen(&problem, &x, &folds.of(&rows));
        let y = problem.gather_y(&rows);
        assert!(own.iter().zip(&y).all(|(a, b)| a != b), "not its own");
        let off = own.iter().zip(&y).map(|(a, b)| f64::from(a - b).abs()).sum::<f64>() / 200.0;
        assert!(off < 0.3, "{off}");
        let next: Vec<usize> = folds.of(&rows).iter().map(|f| (f + 1) % 3).collect();
        assert_eq!(nearest.unseen(&problem, &x, &next), y);
    }
}
