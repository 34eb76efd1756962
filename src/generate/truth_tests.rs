//! Every task has the linear symmetries that it states, and no other.
//!
//! For a generator L_p of the search space, r_p(x) = Df(x)·(L_p x) − L_p f(x) is how far f is from equivariant. The form
//! G_pq = E⟨r_p, r_q⟩, measured against the displacement D_pq = E⟨L_p x, L_q x⟩ + E⟨L_p f, L_q f⟩, has as many vanishing
//! eigenvalues as f has symmetries.

use nalgebra::{DMatrix, SymmetricEigen};

use super::Options;
use super::catalogue::{Simulated, build, tasks};
use super::stream::stream;
use super::task::{Split, Task};
use super::truth::{TargetAction, TruthSpace};

fn vectors(name: &str, dial: Option<f64>) -> Box<dyn Task> {
    match build(name, &Options { dial, ..Options::default() }).unwrap() {
        Simulated::Vectors(task) => task,
        Simulated::Table(_) => panic!("{name} has columns of its own"),
    }
}

/// Side of the generators, the vectors' length, and the basis matrices E_ij.
fn space(space: TruthSpace) -> (usize, usize, Vec<DMatrix<f64>>) {
    let (k, side) = match space {
        TruthSpace::Gl(k) => (k, k),
        TruthSpace::Affine(k) => (k, k + 1),
    };
    let unit = |i: usize, j: usize| DMatrix::from_fn(side, side, |r, c| f64::from(u8::from(r == i && c == j)));
    (side, k, (0..k).flat_map(|i| (0..side).map(move |j| (i, j))).map(|(i, j)| unit(i, j)).collect())
}

/// L x, vector by vector; the last column of an affine L shifts.
fn act(generator: &DMatrix<f64>, k: usize, x: &[f64]) -> Vec<f64> {
    let row = |v: &[f64], i: usize| {
        let shift = if generator.ncols() > k { generator[(i, k)] } else { 0.0 };
        v.iter().enumerate().map(|(j, x)| generator[(i, j)] * x).sum::<f64>() + shift
    };
    x.chunks(k).flat_map(|v| (0..k).map(move |i| row(v, i)).collect::<Vec<_>>()).collect()
}

/// r_p(x), by a central difference along L_p x.
fn residual(task: &dyn Task, generator: &DMatrix<f64>, k: usize, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let along = act(generator, k, x);
    let moved = |h: f64| task.target(&x.iter().zip(&along).map(|(a, b)| a + h * b).collect::<Vec<_>>());
    let h = 1e-4;
    let mut r: Vec<f64> = moved(h).iter().zip(moved(-h)).map(|(a, b)| (a - b) / (2.0 * h)).collect();
    let mut displacement = along;
    let target = task.target(x);
    let turned = match task.truth().target {
        TargetAction::Scalar => Vec::new(),
        TargetAction::Vector => act(generator, k, &target),
        TargetAction::Pseudoscalar => target.iter().map(|v| generator.trace() * v).collect(),
    };
    r.iter_mut().zip(&turned).for_each(|(r, t)| *r -= t);
    displacement.extend(turned);
    (r, displacement)
}

fn gram(columns: &[Vec<f64>]) -> DMatrix<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum();
    DMatrix::from_fn(columns.len(), columns.len(), |p, q| dot(&columns[p], &columns[q]))
}

/// The eigenvalues of G v = λ D v in ascending order, relative to the largest; and the largest ⟨v, G v⟩/⟨v, D v⟩ among the
/// stated generators, relative to the same.
fn spectrum(task: &dyn Task) -> (Vec<f64>, f64) {
    let truth = task.truth();
    let (side, k, basis) = space(truth.space);
    let (p, rng) = (basis.len(), &mut stream(3, "truth", Split::Test));
    let (mut g, mut d) = (DMatrix::zeros(p, p), DMatrix::zeros(p, p));
    for i in 0..400 {
        let x = if i % 2 == 0 && truth.shown.is_none() { task.input(Split::Train, rng) } else { task.anywhere(rng) };
        let (r, displacement): (Vec<_>, Vec<_>) = basis.iter().map(|l| residual(task, l, k, &x)).unzip();
        g += gram(&r) / 400.0;
        d += gram(&displacement) / 400.0;
    }
    let floor = DMatrix::identity(p, p) * (1e-9 * d.trace());
    let inverse = (&d + floor).cholesky().unwrap().l().try_inverse().unwrap();
    let mut values: Vec<f64> =
        SymmetricEigen::new(&inverse * &g * inverse.transpose()).eigenvalues.iter().copied().collect();
    values.sort_by(f64::total_cmp);
    let largest = values[p - 1];
    let stated = truth.generators.chunks(side * side).map(|flat| {
        let l = DMatrix::from_row_slice(side, side, flat);
        let v = DMatrix::from_iterator(p, 1, basis.iter().map(|e| e.dot(&l)));
        (v.transpose() * &g * &v)[0] / (v.transpose() * &d * &v)[0] / largest
    });
    let worst = stated.fold(0.0, f64::max);
    (values.iter().map(|v| v / largest).collect(), worst)
}

#[test]
#[expect(clippy::print_stdout, reason = "the spectra are of interest with --nocapture")]
fn every_task_has_the_stated_symmetries_and_no_other() {
    for info in tasks().filter(|t| t.vectors) {
        let task = vectors(info.name, None);
        let truth = task.truth();
        let (values, worst) = spectrum(task.as_ref());
        let below = values[..truth.rank].last().copied().unwrap_or(0.0);
        println!(
            "{:<18} rank {} of {:<2} last below {below:.1e}, first above {:.1e}",
            info.name,
            truth.rank,
            values.len(),
            values[truth.rank]
        );
        assert_eq!(values.iter().filter(|&&v| v < 1e-4).count(), truth.rank, "{}: {values:?}", info.name);
        assert!(worst < 1e-6, "{}: a stated generator is none, {worst:e}", info.name);
    }
}

#[test]
fn the_dial_leads_from_a_symmetry_to_none() {
    let smallest = |dial| {
        let task = vectors("near-rotation", Some(dial));
        (task.truth().rank, spectrum(task.as_ref()).0[0])
    };
    let (exact, small, large) = (smallest(0.0), smallest(0.05), smallest(0.5));
    assert!(exact.0 == 1 && exact.1 < 1e-9);
    assert!(small.0 == 0 && large.1 > 10.0 * small.1 && small.1 > 1e-4, "{small:?} {large:?}");
}

/// Largest difference of f(g x) and g f(x) over some rows, over the size of f; an exchange moves whole vectors.
fn broken(task: &dyn Task, matrix: &DMatrix<f64>, exchange: Option<&[usize]>) -> f64 {
    let truth = task.truth();
    let k = matrix.nrows();
    let moved = |x: &[f64], moves: bool| {
        let x = if moves { act(matrix, k, x) } else { x.to_vec() };
        let vectors: Vec<&[f64]> = x.chunks(k).collect();
        match exchange.filter(|e| e.len() == vectors.len()) {
            Some(from) => from.iter().flat_map(|&i| vectors[i].to_vec()).collect(),
            None => x.clone(),
        }
    };
    let rng = &mut stream(5, "truth", Split::Test);
    let (mut off, mut size) = (0.0f64, 0.0f64);
    for _ in 0..200 {
        let x = task.input(Split::Train, rng);
        let (there, here) = (task.target(&moved(&x, true)), task.target(&x));
        let mut expected = moved(&here, truth.target == TargetAction::Vector);
        if truth.target == TargetAction::Pseudoscalar {
            expected.iter_mut().for_each(|v| *v *= matrix.determinant());
        }
        off = off.max(there.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max));
        size = size.max(expected.iter().map(|v| v.abs()).fold(0.0, f64::max));
    }
    off / size
}

#[test]
fn finite_parts_are_what_the_tasks_state() {
    use semola_lie::finite::{Element, FiniteGroup, name};
    use semola_lie::named::named;
    let mut seen = 0;
    for info in tasks().filter(|t| t.vectors) {
        let task = vectors(info.name, None);
        let truth = task.truth();
        let (Some(finite), TruthSpace::Gl(k)) = (&truth.finite, truth.space) else { continue };
        seen += 1;
        let blocks = finite.exchanges.first().map_or(1, Vec::len);
        let one = Element::identity(k, blocks, blocks);
        let mut group = FiniteGroup::trivial(&one, &DMatrix::identity(k, k), false);
        for flat in finite.generators.chunks(k * k) {
            let matrix = DMatrix::from_row_slice(k, k, flat);
            assert!(broken(&*task, &matrix, None) < 1e-9, "{}: a stated element", info.name);
            group = group.with(&Element::linear(matrix, blocks, blocks)).unwrap();
        }
        for exchange in &finite.exchanges {
            assert!(
                broken(&*task, &DMatrix::identity(k, k), Some(exchange)) < 1e-9,
                "{}: a stated exchange",
                info.name
            );
            group =
                group.with(&Element { inputs: exchange.clone(), outputs: exchange.clone(), ..one.clone() }).unwrap();
        }
        assert_eq!((group.order(), name(&group)), (finite.order, finite.name.clone()), "{}", info.name);
        // Nothing else of the signs and quarter turns, but what the algebra generates.
        let continuous = truth.rank > 0 && named(&truth.algebra, k, false).is_ok();
        for signs in 1..1usize << k {
            let sign = |i: usize| if signs >> i & 1 == 1 { -1.0 } else { 1.0 };
            let matrix = DMatrix::from_diagonal(&(0..k).map(sign).collect::<Vec<_>>().into());
            let proper = matrix.determinant() > 0.0;
            let known = group.find(&Element::linear(matrix.clone(), blocks, blocks)).is_some();
            let mirrored = group.elements.iter().any(|e| !e.is_proper());
            if !known && !(continuous && (proper || mirrored)) {
                assert!(broken(&*task, &matrix, None) > 0.05, "{}: {matrix}", info.name);
            }
        }
    }
    assert!(seen >= 14, "{seen}");
}
