//! Points of a curve, thinned out where they would be indistinguishable.

/// More points than this on one curve are thinned out.
const POINTS: usize = 120;

/// One curve.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    pub label: String,
    /// In the order of x.
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// A curve from its points in any order; points that are not finite are left out.
    pub fn new(label: String, mut points: Vec<(f64, f64)>) -> Self {
        points.retain(|(x, y)| x.is_finite() && y.is_finite());
        points.sort_by(|left, right| left.0.total_cmp(&right.0));
        Self { label, points: thin(points) }
    }
}

/// The lowest and the highest point of each stretch: peaks survive.
fn thin(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= POINTS {
        return points;
    }
    let stretch = points.len().div_ceil(POINTS / 2);
    let extremes = |part: &[(f64, f64)]| {
        let order = |left: &&(f64, f64), right: &&(f64, f64)| left.1.total_cmp(&right.1);
        let (low, high) = (part.iter().min_by(order).copied(), part.iter().max_by(order).copied());
        let mut pair: Vec<_> = low.into_iter().chain(high).collect();
        pair.sort_by(|left, right| left.0.total_cmp(&right.0));
        pair.dedup();
        pair
    };
    points.chunks(stretch).flat_map(extremes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_keeps_its_peak() {
        let peak = |x: u32| if x == 4321 { 9.0 } else { f64::from(x % 7) / 7.0 };
        let points = (0..10_000).rev().map(|x| (f64::from(x), peak(x))).chain([(f64::NAN, 1.0)]);
        let series = Series::new("loss".into(), points.collect());
        assert!(series.points.len() <= POINTS + 2 && series.points.contains(&(4321.0, 9.0)));
        assert!(series.points.is_sorted_by(|left, right| left.0 <= right.0));
    }
}
