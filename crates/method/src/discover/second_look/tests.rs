//! Which hypotheses cases with known answers suggest.

use nalgebra::{DMatrix, DVector};

use super::hypotheses::Observed;
use crate::discover::audit::bootstrap::Interval;
use crate::discover::audit::extent::ExtentScan;
use crate::discover::audit::neighbour_test::Measurement;
use crate::discover::audit::{Audit, Direction};
use crate::discover::findings::TrainedBasis;
use crate::discover::span::orthonormal;
use crate::discover::support::Support;
use crate::discover::verdict::Verdict;
use semola_engine::Streams;
use semola_lie::named::named;
use semola_lie::random::normal;
use semola_lie::space::SearchSpace;
use semola_lie::subspace::orthonormalise;

/// The view of an audit whose whitened coordinates are those of the space itself: candidates, the best first.
struct Case {
    audit: Audit,
    support: Support,
}

fn case(space: &SearchSpace, candidates: &[DMatrix<f64>], significant: usize) -> Case {
    let i = |value| Interval { value, low: value, high: value };
    let measured = Measurement { effect: i(0.7), excess: i(1.0), support: i(0.0), inside: 1.0 };
    let coefficients =
        |l: &DMatrix<f64>| DVector::from_iterator(space.basis.len(), space.basis.iter().map(|e| e.dot(l)));
    let mut units: Vec<DVector<f64>> = candidates.iter().map(coefficients).collect();
    units.extend((0..space.basis.len()).map(|p| DVector::from_fn(space.basis.len(), |q, _| f64::from(p == q))));
    let candidates = orthonormal(&units);
    let direction = |(at, u): (usize, &DVector<f64>)| Direction {
        u: u.clone(),
        trained: false,
        measured,
        p_value: if at < significant { 0.0125 } else { 0.5 },
        p_adjusted: 1.0,
        against: None,
        extents: ExtentScan::default(),
        verdict: Verdict::Refuted,
    };
    let directions = candidates.iter().take(6).enumerate().map(direction).collect();
    let q = space.basis.len();
    Case {
        audit: Audit {
            directions,
            span: Vec::new(),
            energy: DMatrix::zeros(0, 0),
            candidates,
            skill: 0.9,
            random_excess: 1.0,
        },
        support: Support {
            directions: space.basis.clone(),
            off: DMatrix::zeros(q, q),
            natural: 0.1,
            looked_at: true,
            is_of_images: false,
            null: Vec::new(),
            per_row: Vec::new(),
        },
    }
}

fn noisy(algebra: &[DMatrix<f64>], noise: f64) -> Vec<DMatrix<f64>> {
    let mut rng = Streams::new(5).get("test", 0);
    let add = |l: &DMatrix<f64>| l + DMatrix::from_fn(l.nrows(), l.ncols(), |_, _| noise * normal(&mut rng));
    orthonormalise(algebra).iter().map(add).collect::<Vec<_>>()
}

fn names(case: &Case, space: &SearchSpace) -> Vec<String> {
    let trained = TrainedBasis::default();
    let observed = Observed { audit: &case.audit, support: &case.support, trained: &trained };
    observed.hypotheses(space, &Streams::new(1)).into_iter().map(|h| h.identification.nearest).collect()
}

#[test]
fn noisy_boosts_and_rotations_suggest_the_lorentz_algebra() {
    let space = SearchSpace::gl(4).unwrap();
    let lorentz = named("so(1,3)", 4, false).unwrap().basis;
    assert_eq!(names(&case(&space, &noisy(&lorentz, 0.03), 6), &space)[0], "so(1,3)");
    assert!(
        names(&case(&space, &noisy(&lorentz, 0.03), 5), &space).iter().all(|n| n != "so(1,3)"),
        "the sixth is like random ones"
    );
    assert!(names(&case(&space, &noisy(&lorentz, 0.4), 6), &space).iter().all(|n| n != "so(1,3)"));
}

#[test]
fn what_is_off_the_support_is_answered_for_by_brackets_only() {
    let space = SearchSpace::gl(3).unwrap();
    let rotations = named("so(3)", 3, false).unwrap().basis;
    let off = |count: usize| {
        let mut case = case(&space, &rotations, 3);
        for d in &mut case.audit.directions[..count] {
            d.verdict = Verdict::NotIdentifiable;
        }
        names(&case, &space)
    };
    assert_eq!((off(0)[0].as_str(), off(1)[0].as_str()), ("so(3)", "so(3)"));
    assert!(off(2).iter().all(|n| n != "so(3)"), "{:?}", off(2));
}

#[test]
fn a_single_direction_of_training_that_is_no_circle_has_to_beat_random_ones() {
    let space = SearchSpace::gl(2).unwrap();
    let of = |name: &str| orthonormalise(&named(name, 2, false).unwrap().basis).remove(0);
    let names = |direction: DMatrix<f64>, p_value: f64| {
        let mut case = case(&space, &[], 0);
        let u = DVector::from_iterator(4, space.basis.iter().map(|e| e.dot(&direction)));
        let judged = Direction { u: u.clone(), trained: true, p_value, ..case.audit.directions[0].clone() };
        case.audit.directions.push(judged);
        let trained = TrainedBasis { directions: vec![u], strengths: vec![0.9], ..TrainedBasis::default() };
        let observed = Observed { audit: &case.audit, support: &case.support, trained: &trained };
        let found = observed.hypotheses(&space, &Streams::new(1));
        found.into_iter().map(|h| h.identification.nearest).collect::<Vec<_>>()
    };
    assert_eq!(names(of("shear"), 0.0125), ["shear"]);
    assert!(names(of("shear"), 0.15).is_empty());
    assert_eq!(names(of("so(2)"), 0.15), ["so(2)"]);
}

#[test]
fn a_single_direction_has_to_be_nearer_to_a_circle_than_chance_makes_it() {
    let space = SearchSpace::gl(4).unwrap();
    let circle = orthonormalise(&named("so(2)[0,1]", 4, false).unwrap().basis).remove(0);
    let mut other = DMatrix::zeros(4, 4);
    (0..4).for_each(|i| other[(i, i)] = [0.5, -0.5, 0.5, -0.5][i]);
    let at = |angle: f64| names(&case(&space, &[&circle * angle.cos() + &other * angle.sin()], 1), &space);
    assert_eq!(at(0.6), ["so(2)[0,1]"]);
    assert!(at(1.05).is_empty(), "60 degrees from it: {:?}", at(1.05));
}
