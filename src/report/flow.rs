//! The flow x' = L x of a generator as arrows, in the planes of coordinates in which it moves most.

use super::svg::{Anchor, Svg};

const SIDE: f64 = 230.0;
const MARGIN: f64 = 26.0;
/// Arrows in each direction of a plane.
const ARROWS: u32 = 7;
/// Length of the longest arrow, where the plane reaches from -1 to 1.
const LONGEST: f64 = 0.3;
/// Steps of the integration along an arrow.
const STEPS: usize = 6;
/// Planes whose share of the motion is below this are not shown.
const LEAST: f64 = 0.05;
const VIEWS: usize = 3;

/// A generator that acts on k coordinates, with translations in its last column where it has k + 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flow<'a> {
    pub matrix: &'a [f64],
    pub side: usize,
    pub k: usize,
}

impl Flow<'_> {
    fn entry(&self, row: usize, column: usize) -> f64 {
        self.matrix.get(row * self.side + column).copied().unwrap_or_default()
    }

    fn shift(&self, row: usize) -> f64 {
        if self.side > self.k { self.entry(row, self.k) } else { 0.0 }
    }

    /// The velocity at a point.
    fn velocity(&self, x: &[f64]) -> Vec<f64> {
        (0..self.k)
            .map(|row| x.iter().enumerate().map(|(at, x)| self.entry(row, at) * x).sum::<f64>() + self.shift(row))
            .collect()
    }

    /// How much of the motion is seen in a plane of two coordinates.
    fn seen(&self, (i, j): (usize, usize)) -> f64 {
        let own = |i: usize| self.entry(i, i).powi(2) + self.shift(i).powi(2);
        self.entry(i, j).powi(2) + self.entry(j, i).powi(2) + 0.25 * (own(i) + own(j))
    }

    /// The planes to look at, the one with most motion first.
    pub fn planes(&self) -> Vec<(usize, usize)> {
        let mut planes: Vec<(usize, usize)> = (0..self.k).flat_map(|i| (i + 1..self.k).map(move |j| (i, j))).collect();
        planes.sort_by(|a, b| self.seen(*b).total_cmp(&self.seen(*a)));
        let most = planes.first().map_or(0.0, |plane| self.seen(*plane));
        planes.retain(|plane| self.k == 3 || self.seen(*plane) > LEAST * most);
        planes.truncate(VIEWS);
        planes
    }

    /// The arrows in a plane; the other coordinates are 0.
    pub fn draw(&self, (i, j): (usize, usize), labels: (&str, &str)) -> String {
        let mut svg = Svg::new(SIDE, SIDE);
        let at = |x: f64, y: f64| {
            let half = (SIDE - 2.0 * MARGIN) / 2.0;
            (SIDE / 2.0 + half * x, SIDE / 2.0 - half * y)
        };
        svg.line("grid", at(-1.15, 0.0), at(1.15, 0.0));
        svg.line("grid", at(0.0, -1.15), at(0.0, 1.15));
        let starts = (0..ARROWS).flat_map(|row| (0..ARROWS).map(move |column| (row, column)));
        let place = |n: u32| 2.0 * f64::from(n) / f64::from(ARROWS - 1) - 1.0;
        let starts: Vec<Vec<f64>> = starts
            .map(|(row, column)| {
                let mut x = vec![0.0; self.k];
                (x[i], x[j]) = (place(column), place(row));
                x
            })
            .collect();
        // The speed in all coordinates: an arrow that leaves the plane is short in it.
        let speed = |x: &Vec<f64>| self.velocity(x).iter().map(|v| v * v).sum::<f64>().sqrt();
        let fastest = starts.iter().map(speed).fold(0.0, f64::max);
        if fastest > 0.0 {
            let step = LONGEST / fastest / STEPS as f64;
            for start in starts {
                let path: Vec<(f64, f64)> = self.path(start, step).iter().map(|x| at(x[i], x[j])).collect();
                svg.arrow("l0", "s0", &path);
            }
        }
        let (right, top) = (at(1.15, 0.0), at(0.0, 1.15));
        svg.text("tick", Anchor::End, (SIDE, right.1 + 9.0), labels.0);
        svg.text("tick", Anchor::Start, (top.0 + 4.0, top.1 - 6.0), labels.1);
        svg.finish(&format!("flow of the generator in the plane of {} and {}", labels.0, labels.1))
    }

    /// The path from a point, by the Runge-Kutta method of fourth order.
    fn path(&self, start: Vec<f64>, step: f64) -> Vec<Vec<f64>> {
        let along = |x: &[f64], v: &[f64], t: f64| x.iter().zip(v).map(|(x, v)| x + t * v).collect::<Vec<f64>>();
        let mut path = vec![start];
        for _ in 0..STEPS {
            let Some(x) = path.last() else { break };
            let a = self.velocity(x);
            let b = self.velocity(&along(x, &a, step / 2.0));
            let c = self.velocity(&along(x, &b, step / 2.0));
            let d = self.velocity(&along(x, &c, step));
            let mean: Vec<f64> = (0..self.k).map(|i| (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]) / 6.0).collect();
            let next = along(x, &mean, step);
            path.push(next);
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_goes_round_and_a_boost_is_looked_at_where_it_acts() {
        let turn = Flow { matrix: &[0.0, -1.0, 1.0, 0.0], side: 2, k: 2 };
        let path = turn.path(vec![1.0, 0.0], 0.03);
        let end = path.last().unwrap();
        assert!(
            (end[0].hypot(end[1]) - 1.0).abs() < 1e-9 && (end[1] - (0.03 * STEPS as f64).sin()).abs() < 1e-6,
            "{end:?}"
        );
        let mut boost = vec![0.0; 16];
        (boost[3], boost[12]) = (1.0, 1.0);
        assert_eq!(Flow { matrix: &boost, side: 4, k: 4 }.planes(), [(0, 3)]);
        let shift = Flow { matrix: &[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], side: 3, k: 2 };
        assert_eq!(shift.velocity(&[0.5, 0.5]), [1.0, 0.0]);
        assert_eq!(shift.draw((0, 1), ("x", "y")).matches("<polyline").count(), 49);
        let still = Flow { matrix: &[0.0; 4], side: 2, k: 2 };
        assert_eq!(still.draw((0, 1), ("x", "y")).matches("<polyline").count(), 0);
    }
}
